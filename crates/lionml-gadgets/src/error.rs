//! Errors of gadgets.

use lionml_quant::{IntegerType, Interval, QuantError};

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
    /// Bits that an integer type has no place for.
    #[error("`{bits}` bits {} do not fit `{integer_type}`", if *.is_signed { "with sign" } else { "without sign" })]
    TypeTooNarrow {
        /// The bits of the value.
        bits: usize,
        /// Whether the last of them is a sign.
        is_signed: bool,
        /// The type.
        integer_type: IntegerType,
    },
    /// A divisor that might not be positive.
    #[error("a divisor in the interval `{interval}` might not be positive")]
    Divisor {
        /// Where the divisor lies.
        interval: Interval,
    },
    /// An argument that is wider than the table of a function.
    #[error("an argument of `{got}` bits where the table takes `{expected}`")]
    TableBits {
        /// The width that the table takes.
        expected: u32,
        /// The width of the argument.
        got: usize,
    },
    /// Packed values in another number of field elements than their intervals fill.
    #[error("the packed values fill `{expected}` field elements, got `{got}`")]
    PackedElements {
        /// How many they fill.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// Another number of values than a packing has.
    #[error("the packing holds `{expected}` values, got `{got}`")]
    PackedValues {
        /// How many it holds.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// A field element with bits beyond the last value packed in it.
    #[error("field element `{element}` is not one of packed values")]
    NotPacked {
        /// The index of the element.
        element: usize,
    },
}
