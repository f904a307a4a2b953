//! One row while a circuit is written.

use crate::Linear;

/// A row before it is placed in the matrices.
pub(crate) enum Row {
    /// `a · b = c`.
    Product(Linear, Linear, Linear),
    /// `linear = 0`; which matrix holds it is decided when the circuit is finished.
    Zero(Linear),
}

impl Row {
    /// The terms of all its combinations.
    pub(crate) fn terms(&self) -> usize {
        match self {
            Self::Product(a, b, c) => [a, b, c].map(|linear| linear.terms().len()).iter().sum(),
            Self::Zero(linear) => linear.terms().len(),
        }
    }
}
