//! The types that values of a model have in Leo: integers, and arrays of them.

use std::fmt;

use leo_parser_rowan::SyntaxKind;
use serde::{Deserialize, Serialize};

/// The longest array of Leo's virtual machine.
pub(crate) const MAX_ARRAY: u32 = 2048;

/// One of Leo's integer types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Integer {
    I8,
    I16,
    I32,
    I64,
    I128,
    U8,
    U16,
    U32,
    U64,
    U128,
}

/// An integer, or nested arrays of integers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Type {
    /// What the arrays hold in the end.
    pub(crate) integer: Integer,
    /// The lengths of the arrays, the outermost first.
    pub(crate) lengths: Vec<u32>,
}

impl Integer {
    pub(crate) fn from_keyword(kind: SyntaxKind) -> Option<Self> {
        Some(match kind {
            SyntaxKind::KW_I8 => Self::I8,
            SyntaxKind::KW_I16 => Self::I16,
            SyntaxKind::KW_I32 => Self::I32,
            SyntaxKind::KW_I64 => Self::I64,
            SyntaxKind::KW_I128 => Self::I128,
            SyntaxKind::KW_U8 => Self::U8,
            SyntaxKind::KW_U16 => Self::U16,
            SyntaxKind::KW_U32 => Self::U32,
            SyntaxKind::KW_U64 => Self::U64,
            SyntaxKind::KW_U128 => Self::U128,
            _ => return None,
        })
    }

    pub(crate) fn bits(self) -> u32 {
        match self {
            Self::I8 | Self::U8 => 8,
            Self::I16 | Self::U16 => 16,
            Self::I32 | Self::U32 => 32,
            Self::I64 | Self::U64 => 64,
            Self::I128 | Self::U128 => 128,
        }
    }

    pub(crate) fn is_signed(self) -> bool {
        matches!(self, Self::I8 | Self::I16 | Self::I32 | Self::I64 | Self::I128)
    }

    /// The least value; and the greatest as far as an `i128` holds it, as no model has greater.
    pub(crate) fn bounds(self) -> (i128, i128) {
        match (self.is_signed(), self.bits()) {
            (true, bits) => (i128::MIN >> (128 - bits), i128::MAX >> (128 - bits)),
            (false, 128) => (0, i128::MAX),
            (false, bits) => (0, (1 << bits) - 1),
        }
    }
}

impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.is_signed() { 'i' } else { 'u' }, self.bits())
    }
}

impl Type {
    /// The number of integers in a value.
    pub(crate) fn elements(&self) -> u64 {
        self.lengths.iter().fold(1, |product: u64, &length| product.saturating_mul(length.into()))
    }

    /// What stands behind a name to reach each integer, in order: `[0u32][1u32]`.
    pub(crate) fn indices(&self) -> Vec<String> {
        let mut indices = vec![String::new()];
        for &length in &self.lengths {
            indices = indices
                .iter()
                .flat_map(|index| (0..length).map(move |i| format!("{index}[{i}u32]")))
                .collect();
        }
        indices
    }

    /// A value of the type, all zeros.
    pub(crate) fn zero(&self) -> String {
        let zero = format!("0{}", self.integer);
        self.lengths.iter().rev().fold(zero, |value, length| format!("[{value}; {length}]"))
    }

    /// The type as part of a name: `i16_8_8`.
    pub(crate) fn in_names(&self) -> String {
        let lengths: String = self.lengths.iter().map(|length| format!("_{length}")).collect();
        format!("{}{lengths}", self.integer)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let integer = self.integer.to_string();
        f.write_str(
            &self.lengths.iter().rev().fold(integer, |t, length| format!("[{t}; {length}]")),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_what_types_look_like() {
        let nested = Type { integer: Integer::I16, lengths: vec![2, 3] };
        assert_eq!(nested.to_string(), "[[i16; 3]; 2]");
        assert_eq!(nested.zero(), "[[0i16; 3]; 2]");
        assert_eq!(nested.in_names(), "i16_2_3");
        assert_eq!(nested.elements(), 6);
        assert_eq!(
            nested.indices(),
            [
                "[0u32][0u32]",
                "[0u32][1u32]",
                "[0u32][2u32]",
                "[1u32][0u32]",
                "[1u32][1u32]",
                "[1u32][2u32]"
            ]
        );
        let scalar = Type { integer: Integer::U128, lengths: vec![] };
        assert_eq!((scalar.to_string(), scalar.indices()), ("u128".into(), vec![String::new()]));
    }

    #[test]
    fn pins_bounds() {
        assert_eq!(Integer::I8.bounds(), (-128, 127));
        assert_eq!(Integer::I128.bounds(), (i128::MIN, i128::MAX));
        assert_eq!(Integer::U64.bounds(), (0, u64::MAX.into()));
    }
}
