//! What an integer on a wire means.

use std::{fmt, sync::Arc};

use lionml_tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{Interval, QuantError};

/// The real number that the integer one stands for: `numerator / denominator · 2^-fraction_bits`.
///
/// Almost every scale is a power of two. Pixels of eight bits stand for `k / 255`; the weights of
/// the first linear layer then have a numerator of 255, so that the products are binary again, at
/// no cost. Numerator and denominator are odd and coprime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "(u32, u32, i32)", into = "(u32, u32, i32)")]
pub struct Scale {
    numerator: u32,
    denominator: u32,
    fraction_bits: i32,
}

/// No scale has more fraction bits, or more whole ones.
const MAX_FRACTION_BITS: i32 = 200;

impl Scale {
    /// The scale of plain integers.
    pub const ONE: Self = Self { numerator: 1, denominator: 1, fraction_bits: 0 };

    /// The scale `2^-fraction_bits`.
    pub fn binary(fraction_bits: i32) -> Self {
        Self { fraction_bits, ..Self::ONE }
    }

    /// The scale `1 / denominator`; a denominator of zero counts as one.
    pub fn reciprocal(denominator: u32) -> Self {
        Self::reduced(1, u64::from(denominator.max(1)), 0).unwrap_or(Self::ONE)
    }

    fn reduced(numerator: u64, denominator: u64, fraction_bits: i32) -> Option<Self> {
        let divisor = gcd(numerator, denominator);
        let (n, d) = (numerator / divisor, denominator / divisor);
        let (down, up) = (n.trailing_zeros().cast_signed(), d.trailing_zeros().cast_signed());
        let fraction_bits = fraction_bits + up - down;
        let numerator = u32::try_from(n >> n.trailing_zeros()).ok()?;
        let denominator = u32::try_from(d >> d.trailing_zeros()).ok()?;
        let fits = (-MAX_FRACTION_BITS..=MAX_FRACTION_BITS).contains(&fraction_bits);
        fits.then_some(Self { numerator, denominator, fraction_bits })
    }

    /// The odd factors of the scale, numerator and denominator.
    pub fn odd_ratio(&self) -> (u32, u32) {
        (self.numerator, self.denominator)
    }

    /// The number of binary digits after the point.
    pub fn fraction_bits(&self) -> i32 {
        self.fraction_bits
    }

    /// The scale whose product with this one is `2^-fraction_bits`.
    pub fn complement(&self, fraction_bits: i32) -> Self {
        Self {
            numerator: self.denominator,
            denominator: self.numerator,
            fraction_bits: fraction_bits - self.fraction_bits,
        }
    }

    /// The real number that the integer one stands for.
    pub fn step(&self) -> f64 {
        libm::ldexp(f64::from(self.numerator) / f64::from(self.denominator), -self.fraction_bits)
    }

    /// The nearest integer, halves up, to a real number.
    pub fn quantize(&self, real: f64) -> Result<i128, QuantError> {
        if !real.is_finite() {
            return Err(QuantError::NotFinite { value: real.to_string() });
        }
        let odd = real * f64::from(self.denominator) / f64::from(self.numerator);
        let exact = libm::ldexp(odd, self.fraction_bits);
        // Not the floor of a sum with 0.5: from 2^52 on that makes odd numbers even.
        let whole = libm::floor(exact);
        let scaled = if exact - whole >= 0.5 { whole + 1.0 } else { whole };
        if scaled.abs() >= libm::ldexp(1.0, 120) {
            return Err(QuantError::Overflow);
        }
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^120")]
        Ok(scaled as i128)
    }

    /// The real number that an integer stands for.
    #[expect(clippy::cast_precision_loss, reason = "a float is asked for")]
    pub fn dequantize(&self, value: i128) -> f64 {
        let odd = value as f64 * f64::from(self.numerator) / f64::from(self.denominator);
        libm::ldexp(odd, -self.fraction_bits)
    }

    /// The scale of a product.
    pub fn product(&self, other: &Self) -> Result<Self, QuantError> {
        Self::reduced(
            u64::from(self.numerator) * u64::from(other.numerator),
            u64::from(self.denominator) * u64::from(other.denominator),
            self.fraction_bits + other.fraction_bits,
        )
        .ok_or(QuantError::Overflow)
    }

    /// The coarsest scale that both refine to without loss, and the factors that take each there.
    pub fn common(&self, other: &Self) -> Result<(Self, i128, i128), QuantError> {
        let divisor = gcd(u64::from(self.denominator), u64::from(other.denominator));
        let common = Self::reduced(
            gcd(u64::from(self.numerator), u64::from(other.numerator)),
            u64::from(self.denominator) / divisor * u64::from(other.denominator),
            self.fraction_bits.max(other.fraction_bits),
        )
        .ok_or(QuantError::Overflow)?;
        Ok((common, common.factor_from(self)?, common.factor_from(other)?))
    }

    /// The factor that takes integers of a coarser scale here, where it is whole.
    pub fn factor_from(&self, coarser: &Self) -> Result<i128, QuantError> {
        let error = QuantError::Rescale { from: *coarser, to: *self };
        let numerator = u64::from(coarser.numerator) * u64::from(self.denominator);
        let denominator = u64::from(coarser.denominator) * u64::from(self.numerator);
        let up = u32::try_from(self.fraction_bits - coarser.fraction_bits).ok();
        match up.filter(|&up| up <= 60) {
            Some(up) if numerator.is_multiple_of(denominator) => {
                Ok(i128::from(numerator / denominator) << up)
            }
            _ => Err(error),
        }
    }
}

impl From<Scale> for (u32, u32, i32) {
    fn from(scale: Scale) -> Self {
        (scale.numerator, scale.denominator, scale.fraction_bits)
    }
}

impl TryFrom<(u32, u32, i32)> for Scale {
    type Error = QuantError;

    /// Only the reduced form is a scale: each has one encoding.
    fn try_from((numerator, denominator, bits): (u32, u32, i32)) -> Result<Self, QuantError> {
        let given = Self { numerator, denominator, fraction_bits: bits };
        let is_positive = numerator > 0
            && denominator > 0
            && bits.unsigned_abs() <= MAX_FRACTION_BITS.unsigned_abs();
        is_positive
            .then(|| Self::reduced(u64::from(numerator), u64::from(denominator), bits))
            .flatten()
            .filter(|reduced| *reduced == given)
            .ok_or(QuantError::Overflow)
    }
}

/// The least `e` with `|value| ≤ 2^e`, from −60 to 60; zero for zero and for what is not finite.
pub fn exponent(value: f64) -> i32 {
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the exponent of a float")]
    let exponent = libm::ceil(libm::log2(value.abs())) as i32;
    exponent.clamp(-60, 60)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.numerator, self.denominator, self.fraction_bits) {
            (1, 1, bits) => write!(f, "2^{}", -bits),
            (n, d, 0) => write!(f, "{n}/{d}"),
            (n, d, bits) => write!(f, "{n}/{d}·2^{}", -bits),
        }
    }
}

/// What is known of the integers on a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Number {
    /// What the integer one stands for.
    pub scale: Scale,
    /// Which integers can occur.
    pub interval: Interval,
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {}", self.interval, self.scale)
    }
}

/// A tensor of integers with their meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QTensor {
    /// The integers.
    pub values: Arc<Tensor<i128>>,
    /// What they mean and how large they can be.
    pub number: Number,
}

impl QTensor {
    /// The integers with their meaning; the interval is the smallest around them.
    pub fn constant(values: Tensor<i128>, scale: Scale) -> Result<Self, QuantError> {
        let interval = Interval::around(values.data().iter().copied())?;
        Ok(Self { values: Arc::new(values), number: Number { scale, interval } })
    }

    /// Real numbers, quantised; the interval is the smallest around them.
    pub fn quantize(reals: &Tensor<f64>, scale: Scale) -> Result<Self, QuantError> {
        Self::constant(reals.try_map(|&r| scale.quantize(r))?, scale)
    }

    /// The real numbers.
    pub fn dequantize(&self) -> Tensor<f64> {
        self.values.map(|&v| self.number.scale.dequantize(v))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_exponents() {
        assert_eq!([1.0, 1.1, -0.5, 0.0, f64::NAN].map(exponent), [0, 1, -1, 0, 0]);
    }

    #[test]
    fn matches_scales_by_hand() {
        assert_eq!(Scale::reciprocal(255).quantize(1.0), Ok(255));
        assert_eq!(Scale::reciprocal(12), Scale { numerator: 1, denominator: 3, fraction_bits: 2 });
        assert_eq!(Scale::binary(4).quantize(-0.53125), Ok(-8));
        assert_eq!(Scale::binary(4).dequantize(-8), -0.5);
        let largest = (1i128 << 53) - 1;
        for value in [largest, -largest, (1 << 52) + 1] {
            assert_eq!(Scale::ONE.quantize(value as f64), Ok(value));
        }
        assert_eq!(
            [0.5, -0.5, 0.499_999_999_999_999_94].map(|v| Scale::ONE.quantize(v)),
            [Ok(1), Ok(0), Ok(0)]
        );
        assert!(Scale::ONE.quantize(f64::NAN).is_err());
        assert!(Scale::binary(100).quantize(1e20).is_err());
        let pixels = Scale::reciprocal(255);
        assert_eq!(pixels.product(&pixels.complement(20)), Ok(Scale::binary(20)));
    }

    #[test]
    fn matches_common_scales() {
        let (third, sixteenth) = (Scale::reciprocal(6), Scale::binary(4));
        let (common, left, right) = third.common(&sixteenth).unwrap();
        assert_eq!((common, left, right), (Scale::reciprocal(48), 8, 3));
        assert!(Scale::binary(3).factor_from(&Scale::binary(4)).is_err());
    }

    #[test]
    fn rejects_scales_that_are_not_reduced() {
        assert!(Scale::try_from((2, 1, 0)).is_err());
        assert!(Scale::try_from((3, 3, 0)).is_err());
        assert!(Scale::try_from((1, 0, 0)).is_err());
        assert!(Scale::try_from((1, 1, i32::MIN)).is_err());
        assert_eq!(Scale::try_from((1, 255, 0)), Ok(Scale::reciprocal(255)));
    }
}
