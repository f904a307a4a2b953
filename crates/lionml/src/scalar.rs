//! Single values of inputs and outputs.

use std::fmt;

use lionml_statement::Port;
use serde::Serialize;

/// A value of an input or output: of an element that is an integer or a truth value all digits, which a
/// float would not hold from 2^53 on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Scalar {
    /// An integer, or a truth value as 0 or 1.
    Integer(i128),
    /// A float.
    Float(f64),
}

impl Scalar {
    /// The values that integers of a port stand for.
    pub fn all(port: &Port, integers: &[i128]) -> Vec<Self> {
        let is_whole = port.is_whole();
        let value = |&value: &i128| match is_whole {
            true => Self::Integer(value),
            false => Self::Float(port.scale.dequantize(value)),
        };
        integers.iter().map(value).collect()
    }

    /// The nearest float.
    #[expect(clippy::cast_precision_loss, reason = "a float is asked for")]
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Integer(value) => value as f64,
            Self::Float(value) => value,
        }
    }
}

impl PartialEq<f64> for Scalar {
    fn eq(&self, other: &f64) -> bool {
        self.to_f64() == *other
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_integers_beyond_floats() {
        let value = Scalar::Integer((1 << 53) + 1);
        assert_eq!(
            serde_json::to_string(&[value, Scalar::Float(2.0)]).unwrap(),
            "[9007199254740993,2.0]"
        );
        assert_eq!(value.to_string(), "9007199254740993");
    }
}
