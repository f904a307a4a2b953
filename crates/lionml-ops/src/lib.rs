//! Operators: one a file, each with its shape and interval rule, its float reference, its exact
//! integer meaning and its constraints, which are written apart and meet only in tests, and with the
//! facts that passes over graphs need.
//!
//! To add an operator: one file in `ops/`, one line in the list of `ops.rs`, and the importer's
//! mapping in `lionml-onnx`.

mod counts;
mod elementwise;
mod error;
mod expression;
mod fact;
mod layout;
mod materialize;
mod op;
pub mod ops;
mod piecewise_fit;
mod products;
mod properties;
mod reduction;
mod weights;
mod wires;

#[cfg(test)]
pub(crate) mod check;

pub use counts::work;
pub use elementwise::{Elementwise, Formats, PerElement};
pub use error::OpError;
pub use expression::EinsumExpression;
pub use fact::Fact;
pub use layout::{Layout, Source};
pub use op::Op;
pub use ops::AnyOp;
pub use properties::{Form, Integers, Properties, Role, Rounding, Tabled};
pub use weights::Weighted;
pub use wires::Wires;
