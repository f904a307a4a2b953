//! What the elements of a model's inputs and outputs are.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The element type of an input or output of the original model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Element {
    /// A float of any width.
    Float,
    /// An integer.
    Integer {
        /// Whether it can be negative.
        signed: bool,
        /// Its width.
        bits: u32,
    },
    /// A truth value.
    Boolean,
}

impl Element {
    /// Whether a number is one of this type, whatever its width. Integers from 2^53 on are not: the
    /// float may stand for a neighbour of the one that was meant.
    pub fn holds(&self, value: f64) -> bool {
        const INEXACT: f64 = (1u64 << 53) as f64;
        match self {
            Self::Float => true,
            Self::Integer { .. } => value.fract() == 0.0 && value.abs() < INEXACT,
            Self::Boolean => value == 0.0 || value == 1.0,
        }
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Float => write!(f, "float"),
            Self::Integer { signed, bits } => {
                write!(f, "{}int{bits}", if *signed { "" } else { "u" })
            }
            Self::Boolean => write!(f, "bool"),
        }
    }
}
