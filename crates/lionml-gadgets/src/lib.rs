//! Gadgets: the arithmetic of fixed-point machine learning in R1CS. No tensors, no floats.
//!
//! A gadget takes [`Signal`]s: linear combinations with an interval that earlier rows enforce.
//! Every width is derived from intervals. Each gadget's file states its rows, what each enforces,
//! and which lie each stops.

mod arg_max;
mod bits;
mod compare;
mod divide;
mod dot;
mod error;
mod is_zero;
mod lookup;
mod magnitude;
mod maximum;
pub mod native;
mod pack;
mod piecewise;
mod poseidon;
mod poseidon_constants;
mod raw_bits;
mod requantize;
mod signal;

pub use arg_max::arg_max;
pub use bits::{decompose, enforce_boolean, enforce_range};
pub use compare::{is_non_negative, max, min, relu};
pub use divide::divide;
pub use dot::dot;
pub use error::GadgetError;
pub use is_zero::is_zero;
pub use lookup::select;
pub use magnitude::{Magnitude, magnitude_unchecked};
pub use maximum::below_maximum;
pub use pack::Packing;
pub use piecewise::piecewise;
pub use poseidon::poseidon8;
pub use raw_bits::{ELEMENT_BITS, TypedBits, input_digest, pack_bits, to_type_bits};
pub use requantize::{requantize, requantize_relu};
pub use signal::Signal;
