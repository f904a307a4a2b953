//! Which axes a contraction pairs, keeps and sums over.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::OpError;

/// A contraction of two operands in Einstein's notation, such as `bik,bkj->bij`: each letter names
/// an axis; what the output does not name is summed over.
///
/// Letters are ASCII, so there are at most 52 axes. A letter that an operand repeats means its
/// diagonal. The output repeats none and names only axes of the operands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EinsumExpression {
    left: Vec<u8>,
    right: Vec<u8>,
    output: Vec<u8>,
}

impl EinsumExpression {
    /// The axes of the left operand.
    pub fn left(&self) -> &[u8] {
        &self.left
    }

    /// The axes of the right operand.
    pub fn right(&self) -> &[u8] {
        &self.right
    }

    /// The axes of the output.
    pub fn output(&self) -> &[u8] {
        &self.output
    }

    /// The axes that are summed over, in the order in which the operands name them.
    pub fn summed(&self) -> Vec<u8> {
        let mut summed = Vec::new();
        for &axis in self.left.iter().chain(&self.right) {
            if !self.output.contains(&axis) && !summed.contains(&axis) {
                summed.push(axis);
            }
        }
        summed
    }
}

impl FromStr for EinsumExpression {
    type Err = OpError;

    fn from_str(text: &str) -> Result<Self, OpError> {
        let parse = || {
            let (operands, output) = text.split_once("->")?;
            let (left, right) = operands.split_once(',')?;
            let [left, right, output] = [left, right, output].map(|axes| axes.as_bytes().to_vec());
            let letters = left.iter().chain(&right).chain(&output);
            let known = |axis: &u8| left.contains(axis) || right.contains(axis);
            let once = |(i, axis): (usize, &u8)| !output[..i].contains(axis);
            let valid = letters.into_iter().all(u8::is_ascii_alphabetic)
                && output.iter().all(known)
                && output.iter().enumerate().all(once);
            valid.then_some(Self { left, right, output })
        };
        parse().ok_or_else(|| OpError::Attribute {
            attribute: "expression",
            value: text.to_owned(),
            expected: "letters `left,right->output`, the output's distinct and known",
        })
    }
}

impl fmt::Display for EinsumExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let write = |f: &mut fmt::Formatter<'_>, axes: &[u8]| {
            axes.iter().try_for_each(|&axis| write!(f, "{}", char::from(axis)))
        };
        write(f, &self.left)?;
        f.write_str(",")?;
        write(f, &self.right)?;
        f.write_str("->")?;
        write(f, &self.output)
    }
}

impl TryFrom<String> for EinsumExpression {
    type Error = OpError;

    fn try_from(text: String) -> Result<Self, OpError> {
        text.parse()
    }
}

impl From<EinsumExpression> for String {
    fn from(expression: EinsumExpression) -> Self {
        expression.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_its_text() {
        for text in ["bik,bkj->bij", "ii,->i", ",->", "Aa,ab->Ab"] {
            assert_eq!(text.parse::<EinsumExpression>().unwrap().to_string(), text);
        }
        let expression: EinsumExpression = "bikl,lbkj->bij".parse().unwrap();
        assert_eq!(expression.summed(), b"kl");
    }

    #[test]
    fn rejects_malformed_expressions() {
        for text in ["", "ab->ab", "a,b", "a,b,c->a", "a,b->c", "a,b->aa", "a b,b->a", "...a,b->a"]
        {
            assert!(text.parse::<EinsumExpression>().is_err(), "{text}");
        }
    }
}
