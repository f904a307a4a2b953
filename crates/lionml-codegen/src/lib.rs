//! Compiled models as source that others build on.
//!
//! [`RustCircuit`] writes a circuit as Rust on `snarkvm-algorithms`, [`LeoModule`] a quantised model as
//! a function of a Leo library.

mod leo;
mod rust;
mod text;

pub use leo::{LeoError, LeoModule};
pub use rust::{Generated, PublicValue, RustCircuit};
