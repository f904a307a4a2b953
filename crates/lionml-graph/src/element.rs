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
