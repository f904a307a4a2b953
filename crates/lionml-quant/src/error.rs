//! Errors of number formats.

use crate::{IntegerType, Interval, Scale};

/// A number that does not fit its format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuantError {
    /// Integers beyond what any wire may hold.
    #[error("an integer passes the widest interval that a wire may have")]
    Overflow,
    /// A value outside the interval of its wire.
    #[error("value `{value}` outside the interval `{interval}`")]
    OutsideInterval {
        /// The value.
        value: i128,
        /// The interval of the wire.
        interval: Interval,
    },
    /// A value that its integer type does not hold.
    #[error("value `{value}` does not fit `{integer_type}`")]
    OutsideType {
        /// The value.
        value: i128,
        /// The type.
        integer_type: IntegerType,
    },
    /// A text that names none of Leo's integer types.
    #[error("`{text}` is not an integer type (`i8` to `i128`, `u8` to `u128`)")]
    IntegerType {
        /// The text.
        text: String,
    },
    /// A float that is not a number or infinite.
    #[error("`{value}` is not a finite number")]
    NotFinite {
        /// The float, as text.
        value: String,
    },
    /// Pieces of a function that are not the leaves of a binary tree over its arguments, or too many.
    #[error("the pieces of a function do not cover its arguments")]
    Pieces,
    /// No rescaling between two scales.
    #[error("no rescaling from `{from}` to `{to}`")]
    Rescale {
        /// The scale at hand.
        from: Scale,
        /// The scale asked for.
        to: Scale,
    },
}
