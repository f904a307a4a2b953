//! Compiled models as source that others build on.
//!
//! [`RustCircuit`] writes a circuit as Rust on `snarkvm-algorithms`.

mod rust;
mod text;

pub use rust::{Generated, PublicValue, RustCircuit};
