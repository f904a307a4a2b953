//! Errors of writing Leo.

use lionml_ops::OpError;
use lionml_quant::QuantError;
use lionml_tensor::ShapeError;

/// A model that cannot be written as a Leo function.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LeoError {
    /// A node that has no form in Leo.
    #[error("node `{node}` has op `{op}`, which cannot be written in Leo")]
    Node {
        /// The node.
        node: String,
        /// Its operator.
        op: &'static str,
        /// Why not.
        #[source]
        source: Box<Self>,
    },
    /// An operator that only a circuit of its own has.
    #[error("only a circuit has this operator")]
    Unsupported,
    /// An interval that was calibrated: Leo's integers would not enforce it.
    #[error("its interval was calibrated on samples, not proven")]
    Calibrated,
    /// Numbers that none of Leo's integers holds.
    #[error("its numbers take `{bits}` bits, and Leo's widest integer has `128`")]
    Width {
        /// How many they take.
        bits: u32,
    },
    /// More than a Leo program may have.
    #[error("the model takes `{got}` {what}, and Leo allows `{limit}`")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// How many the model takes, no fewer.
        got: usize,
        /// How many there may be.
        limit: usize,
    },
    /// An operator that does not fit its operands.
    #[error(transparent)]
    Op(#[from] OpError),
    /// A number that does not fit.
    #[error(transparent)]
    Quant(#[from] QuantError),
    /// A shape that does not fit.
    #[error(transparent)]
    Shape(#[from] ShapeError),
}
