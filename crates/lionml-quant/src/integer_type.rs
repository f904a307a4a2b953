//! The integers of Leo, in which a program passes what a circuit proves.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Interval, QuantError};

/// One of Leo's integer types, `i8` to `u128`; text everywhere outside the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IntegerType {
    is_signed: bool,
    bits: u32,
}

impl IntegerType {
    /// The widths that Leo has.
    const BITS: [u32; 5] = [8, 16, 32, 64, 128];

    /// The type of salts.
    pub const U128: Self = Self { is_signed: false, bits: 128 };

    /// The type with this sign and width; none where Leo has no such type.
    pub fn new(is_signed: bool, bits: u32) -> Option<Self> {
        Self::BITS.contains(&bits).then_some(Self { is_signed, bits })
    }

    /// All types, the narrow ones first.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::BITS
            .into_iter()
            .flat_map(|bits| [false, true].map(|is_signed| Self { is_signed, bits }))
    }

    /// The narrowest type that holds the interval: a signed one only where it has negative numbers.
    pub fn smallest_for(interval: &Interval) -> Self {
        let is_signed = interval.low() < 0;
        let unsigned_bits = 128 - interval.high().leading_zeros();
        let needed = if is_signed { interval.signed_bits() } else { unsigned_bits };
        // An interval never needs more than 122 bits.
        let bits = Self::BITS.into_iter().find(|&bits| bits >= needed).unwrap_or(128);
        Self { is_signed, bits }
    }

    /// The width.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// Whether the type has negative numbers.
    pub fn is_signed(&self) -> bool {
        self.is_signed
    }

    /// All its values; an error for the types of 128 bits, which pass the widest interval.
    pub fn interval(&self) -> Result<Interval, QuantError> {
        if self.is_signed { Interval::signed(self.bits) } else { Interval::unsigned(self.bits) }
    }

    /// Whether the type holds the integer.
    pub fn contains(&self, value: i128) -> bool {
        match (self.is_signed, self.bits) {
            (true, bits) => [0, -1].contains(&(value >> (bits - 1))),
            (false, 128) => value >= 0,
            (false, bits) => value >> bits == 0,
        }
    }

    /// The value, or an error where the type does not hold it.
    pub fn check(&self, value: i128) -> Result<i128, QuantError> {
        if self.contains(value) {
            Ok(value)
        } else {
            Err(QuantError::OutsideType { value, integer_type: *self })
        }
    }
}

impl fmt::Display for IntegerType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.is_signed { 'i' } else { 'u' }, self.bits)
    }
}

impl FromStr for IntegerType {
    type Err = QuantError;

    fn from_str(text: &str) -> Result<Self, QuantError> {
        // By the printed form, so that `i08` or `+8` is no second name of a type.
        Self::all()
            .find(|integer_type| integer_type.to_string() == text)
            .ok_or_else(|| QuantError::IntegerType { text: text.to_owned() })
    }
}

impl TryFrom<String> for IntegerType {
    type Error = QuantError;

    fn try_from(text: String) -> Result<Self, QuantError> {
        text.parse()
    }
}

impl From<IntegerType> for String {
    fn from(integer_type: IntegerType) -> Self {
        integer_type.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smallest(low: i128, high: i128) -> String {
        IntegerType::smallest_for(&Interval::new(low, high).unwrap()).to_string()
    }

    #[test]
    fn matches_smallest_types_by_hand() {
        assert_eq!(smallest(0, 0), "u8");
        assert_eq!(smallest(5, 255), "u8");
        assert_eq!(smallest(0, 256), "u16");
        assert_eq!(smallest(-1, 127), "i8");
        assert_eq!(smallest(-1, 128), "i16");
        assert_eq!(smallest(-129, 0), "i16");
        assert_eq!(smallest(-5, -3), "i8");
        assert_eq!(smallest(-(1 << 63), 0), "i64");
        assert_eq!(smallest(0, 1 << 63), "u64");
        assert_eq!(smallest(0, Interval::MAX_MAGNITUDE), "u128");
        assert_eq!(smallest(-Interval::MAX_MAGNITUDE, 0), "i128");
    }

    #[test]
    fn matches_intervals() {
        for integer_type in IntegerType::all() {
            let Ok(interval) = integer_type.interval() else {
                assert_eq!(integer_type.bits(), 128);
                continue;
            };
            assert_eq!(IntegerType::smallest_for(&interval), integer_type);
            for end in [interval.low(), interval.high()] {
                assert!(integer_type.contains(end));
            }
            for beyond in [interval.low() - 1, interval.high() + 1] {
                let error = QuantError::OutsideType { value: beyond, integer_type };
                assert_eq!(integer_type.check(beyond), Err(error));
            }
        }
        assert!(!IntegerType::U128.contains(-1));
        assert!(IntegerType::new(true, 128).unwrap().contains(i128::MIN));
    }

    #[test]
    fn matches_text_both_ways() {
        for integer_type in IntegerType::all() {
            assert_eq!(integer_type.to_string().parse(), Ok(integer_type));
        }
    }

    #[test]
    fn rejects_other_texts() {
        for text in ["", "i", "8", "i7", "i08", "I8", "u256", " u8", "f32"] {
            let error = QuantError::IntegerType { text: text.to_owned() };
            assert_eq!(text.parse::<IntegerType>(), Err(error));
        }
        assert_eq!(IntegerType::new(false, 12), None);
    }
}
