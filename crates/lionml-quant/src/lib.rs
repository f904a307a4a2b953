//! Fixed-point number formats: what an integer on a wire means and how large it can be.
//!
//! A wire holds integers `q`; [`Scale`] says which real number each stands for, [`Interval`]
//! which values it can take. Every bit width of a circuit is derived from an interval.

mod error;
mod integer_type;
mod interval;
mod piecewise;
mod rounding;
mod scale;

pub use error::QuantError;
pub use integer_type::IntegerType;
pub use interval::Interval;
pub use piecewise::{Piece, Piecewise};
pub use rounding::{Rescale, round_shift};
pub use scale::{Number, QTensor, Scale, exponent};
