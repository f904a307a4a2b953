//! Operators: one a file, each with its shape and interval rule, its float reference, its exact
//! integer meaning and its constraints, which are written apart and meet only in tests.
//!
//! To add an operator: one file in `ops/`, one line in the list below, and the importer's mapping
//! in `lionml-onnx`.

mod error;
mod expression;
mod fact;
mod fit;
mod groups;
mod layout;
mod materialize;
mod op;
pub mod ops;
mod products;
mod wires;
mod work;

#[cfg(test)]
pub(crate) mod check;

pub use error::OpError;
pub use expression::EinsumExpression;
pub use fact::Fact;
pub use layout::{Layout, Source};
pub use op::Op;
pub use ops::AnyOp;
pub use wires::Wires;
