//! Rank-1 constraint systems: a builder, sparse matrices, witnesses, and what one wants to know of
//! them (checks, rank, statistics, cost, digest).
//!
//! Structure and values are separate objects. A [`Circuit`] never sees a value; a [`Witness`] is a
//! plain vector, computed by a [`Program`] that the [`Builder`] records beside the rows, so that
//! any value can be replaced by a lie and the honest rest run again.
//!
//! ```
//! use lionml_r1cs::{Builder, Linear, field};
//!
//! let mut builder = Builder::new();
//! let x = builder.private_input();
//! let square = builder.hint("square", vec![x.into()], 1, |v| vec![v[0] * v[0]])[0];
//! builder.enforce("square", x, x, square);
//! let (circuit, program) = builder.finish();
//! let witness = program.solve(&[field::from_i128(7)]).unwrap();
//! assert!(circuit.check(&witness).is_satisfied());
//! ```

mod builder;
mod check;
mod circuit;
mod cost;
mod digest;
pub mod field;
mod linear;
mod origin;
mod placement;
mod rank;
mod row;
mod size;
mod witness;

pub use builder::Builder;
pub use check::{CheckReport, Failure};
pub use circuit::{Circuit, Matrix};
pub use cost::{Cost, Domains};
pub use digest::Digest;
pub use field::Fr;
pub use linear::{Linear, Variable};
pub use rank::free_variables;
pub use size::SizeError;
pub use witness::{Program, ProgramError, Step, Witness};
