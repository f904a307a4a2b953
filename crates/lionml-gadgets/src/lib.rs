//! Gadgets: the arithmetic of fixed-point machine learning in R1CS. No tensors, no floats.
//!
//! A gadget takes [`Signal`]s: linear combinations with an interval that earlier rows enforce.
//! Every width is derived from intervals. Each gadget's file states its rows, what each enforces,
//! and which lie each stops.

mod bits;
mod compare;
mod error;
mod requantize;
mod signal;

pub use bits::{decompose, enforce_boolean, enforce_range};
pub use compare::{is_non_negative, max, relu};
pub use error::GadgetError;
pub use requantize::{requantize, requantize_relu};
pub use signal::Signal;
