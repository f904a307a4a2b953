//! The element types of a model's inputs and outputs.

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
    /// Whether a number is one of this type. Integers from 2^53 on are not: the float may stand for a
    /// neighbour of the one that was meant.
    pub fn holds(&self, value: f64) -> bool {
        const INEXACT: f64 = (1u64 << 53) as f64;
        match self {
            Self::Float => true,
            Self::Integer { signed, bits } => {
                let power = |bits: u32| libm::ldexp(1.0, bits.min(1000).cast_signed());
                let (low, end) = match signed {
                    true => (-power(bits.saturating_sub(1)), power(bits.saturating_sub(1))),
                    false => (0.0, power(*bits)),
                };
                let is_whole = value.fract() == 0.0 && value.abs() < INEXACT;
                is_whole && (low..end).contains(&value)
            }
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
