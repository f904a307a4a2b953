//! Which integers a wire can hold.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::QuantError;

/// All integers from `low` to `high`, both included.
///
/// Intervals stay below 2^120 in magnitude: sums of them fit `i128`, and the field (2^252) is far
/// away, so no value of a circuit can wrap around.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(i128, i128)", into = "(i128, i128)")]
pub struct Interval {
    low: i128,
    high: i128,
}

impl Interval {
    /// The magnitude that no bound may pass.
    pub const MAX_MAGNITUDE: i128 = 1 << 120;

    /// The interval from `low` to `high`.
    pub fn new(low: i128, high: i128) -> Result<Self, QuantError> {
        let fits = |bound: i128| (-Self::MAX_MAGNITUDE..=Self::MAX_MAGNITUDE).contains(&bound);
        if low > high || !fits(low) || !fits(high) {
            return Err(QuantError::Overflow);
        }
        Ok(Self { low, high })
    }

    /// The interval that holds one integer; `value` must be within the largest magnitude.
    pub fn point(value: i128) -> Result<Self, QuantError> {
        Self::new(value, value)
    }

    /// The two values of a bit.
    pub const BIT: Self = Self { low: 0, high: 1 };

    /// The interval that holds zero alone.
    pub const ZERO: Self = Self { low: 0, high: 0 };

    /// All integers of `bits` bits without sign.
    pub fn unsigned(bits: u32) -> Result<Self, QuantError> {
        let end = 1i128.checked_shl(bits).filter(|_| bits <= 120).ok_or(QuantError::Overflow)?;
        Self::new(0, end - 1)
    }

    /// All integers of `bits` bits in two's complement.
    pub fn signed(bits: u32) -> Result<Self, QuantError> {
        let half = bits.checked_sub(1).filter(|&b| b <= 120).ok_or(QuantError::Overflow)?;
        Self::new(-(1i128 << half), (1i128 << half) - 1)
    }

    /// All integers of a type of `bits` bits.
    pub fn of_type(signed: bool, bits: u32) -> Result<Self, QuantError> {
        if signed { Self::signed(bits) } else { Self::unsigned(bits) }
    }

    /// The smallest integer.
    pub fn low(&self) -> i128 {
        self.low
    }

    /// The largest integer.
    pub fn high(&self) -> i128 {
        self.high
    }

    /// Whether the integer lies in the interval.
    pub fn contains(&self, value: i128) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Whether all of `other` lies in the interval.
    pub fn covers(&self, other: &Self) -> bool {
        self.low <= other.low && other.high <= self.high
    }

    /// The value, or an error where it lies outside.
    pub fn check(&self, value: i128) -> Result<i128, QuantError> {
        if self.contains(value) {
            Ok(value)
        } else {
            Err(QuantError::OutsideInterval { value, interval: *self })
        }
    }

    /// The fewest bits that hold `value − low` for every value.
    pub fn width(&self) -> u32 {
        128 - (self.high - self.low).leading_zeros()
    }

    /// The fewest bits of two's complement that hold every value.
    pub fn signed_bits(&self) -> u32 {
        let magnitude = |v: i128| 128 - (if v < 0 { !v } else { v }).leading_zeros();
        magnitude(self.low).max(magnitude(self.high)) + 1
    }

    /// The largest absolute value.
    pub fn magnitude(&self) -> i128 {
        self.low.abs().max(self.high.abs())
    }

    /// The smallest interval of whole bits around this one: `k` bits without sign where no value
    /// is negative, two's complement otherwise. This is what a range check of `k` rows enforces.
    pub fn to_whole_bits(&self) -> Result<Self, QuantError> {
        if self.low >= 0 {
            Self::unsigned((128 - self.high.leading_zeros()).max(1))
        } else {
            Self::signed(self.signed_bits())
        }
    }

    /// Every sum of a value here and a value there.
    pub fn add(&self, other: &Self) -> Result<Self, QuantError> {
        Self::new(self.low + other.low, self.high + other.high)
    }

    /// Every difference of a value here and a value there.
    pub fn sub(&self, other: &Self) -> Result<Self, QuantError> {
        self.add(&other.neg())
    }

    /// Every negated value.
    pub fn neg(&self) -> Self {
        Self { low: -self.high, high: -self.low }
    }

    /// Every product of a value here and a value there.
    pub fn mul(&self, other: &Self) -> Result<Self, QuantError> {
        let mut bounds = [0; 4];
        for (i, (l, r)) in [
            (self.low, other.low),
            (self.low, other.high),
            (self.high, other.low),
            (self.high, other.high),
        ]
        .into_iter()
        .enumerate()
        {
            bounds[i] = l.checked_mul(r).ok_or(QuantError::Overflow)?;
        }
        Self::new(
            bounds.into_iter().min().unwrap_or_default(),
            bounds.into_iter().max().unwrap_or_default(),
        )
    }

    /// Every multiple by one factor.
    pub fn times(&self, factor: i128) -> Result<Self, QuantError> {
        let (l, h) = (self.low.checked_mul(factor), self.high.checked_mul(factor));
        let (l, h) = (l.ok_or(QuantError::Overflow)?, h.ok_or(QuantError::Overflow)?);
        Self::new(l.min(h), l.max(h))
    }

    /// The smallest interval around both.
    pub fn hull(&self, other: &Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// The values in both, if any.
    pub fn intersect(&self, other: &Self) -> Option<Self> {
        Self::new(self.low.max(other.low), self.high.min(other.high)).ok()
    }

    /// The image under a monotone function.
    pub fn map(&self, f: impl Fn(i128) -> i128) -> Result<Self, QuantError> {
        Self::new(f(self.low), f(self.high))
    }

    /// The smallest interval around all values, or zero where there are none.
    pub fn around(values: impl IntoIterator<Item = i128>) -> Result<Self, QuantError> {
        let mut values = values.into_iter();
        let Some(first) = values.next() else { return Ok(Self::ZERO) };
        let (low, high) = values.fold((first, first), |(l, h), v| (l.min(v), h.max(v)));
        Self::new(low, high)
    }
}

impl From<Interval> for (i128, i128) {
    fn from(interval: Interval) -> Self {
        (interval.low, interval.high)
    }
}

impl TryFrom<(i128, i128)> for Interval {
    type Error = QuantError;

    fn try_from((low, high): (i128, i128)) -> Result<Self, QuantError> {
        Self::new(low, high)
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {}]", self.low, self.high)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn matches_widths_by_hand() {
        let interval = |l, h| Interval::new(l, h).unwrap();
        assert_eq!(interval(0, 255).width(), 8);
        assert_eq!(interval(0, 256).width(), 9);
        assert_eq!(interval(-1, 0).width(), 1);
        assert_eq!(interval(5, 5).width(), 0);
        assert_eq!(interval(-128, 127).signed_bits(), 8);
        assert_eq!(interval(-129, 0).signed_bits(), 9);
        assert_eq!(interval(0, 0).signed_bits(), 1);
        assert_eq!(interval(-3, 100).to_whole_bits().unwrap(), interval(-128, 127));
        assert_eq!(interval(0, 200).to_whole_bits().unwrap(), interval(0, 255));
        assert!(Interval::new(1, 0).is_err());
        assert!(Interval::new(0, i128::MAX).is_err());
    }

    proptest! {
        #[test]
        fn matches_arithmetic_of_members(a in -1000i128..1000, b in 0i128..50, c in -1000i128..1000, d in 0i128..50, x in 0i128..50, y in 0i128..50) {
            let (left, right) = (Interval::new(a, a + b).unwrap(), Interval::new(c, c + d).unwrap());
            let (u, v) = (a + x.min(b), c + y.min(d));
            prop_assert!(left.add(&right).unwrap().contains(u + v));
            prop_assert!(left.sub(&right).unwrap().contains(u - v));
            prop_assert!(left.mul(&right).unwrap().contains(u * v));
            prop_assert!(left.times(c).unwrap().contains(u * c));
            prop_assert!(left.to_whole_bits().unwrap().covers(&left));
        }
    }
}
