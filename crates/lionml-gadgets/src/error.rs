//! Errors of gadgets.

use lionml_quant::QuantError;

/// A gadget that cannot be written for its signals.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GadgetError {
    /// A number that no wire may hold.
    #[error(transparent)]
    Quant(#[from] QuantError),
    /// A gadget that needs at least one signal and got none.
    #[error("`{gadget}` of no values")]
    Empty {
        /// The gadget.
        gadget: &'static str,
    },
}
