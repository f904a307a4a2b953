//! What an integer on a wire means.

use std::{fmt, sync::Arc};

use lionml_tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{Interval, QuantError};

/// The real number that the integer one stands for: `1 / (odd · 2^fraction_bits)`.
///
/// Almost every scale is a power of two (`odd` is one). Pixels of eight bits stand for `k / 255`;
/// the first linear layer absorbs the odd factor in its weights, at no cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Scale {
    odd: u32,
    fraction_bits: i32,
}

impl Scale {
    /// The scale of plain integers.
    pub const ONE: Self = Self { odd: 1, fraction_bits: 0 };

    /// The scale `2^-fraction_bits`.
    pub fn binary(fraction_bits: i32) -> Self {
        Self { odd: 1, fraction_bits }
    }

    /// The scale `1 / (denominator · 2^fraction_bits)`, in lowest form; a denominator of zero
    /// counts as one.
    pub fn new(denominator: u32, fraction_bits: i32) -> Self {
        let denominator = denominator.max(1);
        let twos = denominator.trailing_zeros();
        Self { odd: denominator >> twos, fraction_bits: fraction_bits + twos.cast_signed() }
    }

    /// The odd part of the denominator.
    pub fn odd(&self) -> u32 {
        self.odd
    }

    /// The number of binary digits after the point.
    pub fn fraction_bits(&self) -> i32 {
        self.fraction_bits
    }

    /// The real number that the integer one stands for.
    pub fn step(&self) -> f64 {
        libm::ldexp(1.0 / f64::from(self.odd), -self.fraction_bits)
    }

    /// The nearest integer, halves up, to a real number.
    pub fn quantize(&self, real: f64) -> Result<i128, QuantError> {
        if !real.is_finite() {
            return Err(QuantError::NotFinite { value: real.to_string() });
        }
        let scaled = libm::floor(libm::ldexp(real * f64::from(self.odd), self.fraction_bits) + 0.5);
        if scaled.abs() >= libm::ldexp(1.0, 120) {
            return Err(QuantError::Overflow);
        }
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^120")]
        Ok(scaled as i128)
    }

    /// The real number that an integer stands for.
    #[expect(clippy::cast_precision_loss, reason = "a float is asked for")]
    pub fn dequantize(&self, value: i128) -> f64 {
        value as f64 * self.step()
    }

    /// The scale of a product.
    pub fn product(&self, other: &Self) -> Result<Self, QuantError> {
        let odd = self.odd.checked_mul(other.odd).ok_or(QuantError::Overflow)?;
        Ok(Self { odd, fraction_bits: self.fraction_bits + other.fraction_bits })
    }

    /// The coarsest scale that both refine to without loss, and the factors that take each there.
    pub fn common(&self, other: &Self) -> Result<(Self, i128, i128), QuantError> {
        let divisor = gcd(self.odd, other.odd);
        let odd = (self.odd / divisor).checked_mul(other.odd).ok_or(QuantError::Overflow)?;
        let common = Self { odd, fraction_bits: self.fraction_bits.max(other.fraction_bits) };
        Ok((common, common.factor_from(self)?, common.factor_from(other)?))
    }

    /// The factor that takes integers of a coarser scale here, where it is whole.
    pub fn factor_from(&self, coarser: &Self) -> Result<i128, QuantError> {
        let error = QuantError::Rescale { from: *coarser, to: *self };
        let up = u32::try_from(self.fraction_bits - coarser.fraction_bits).ok();
        match up.filter(|&up| up <= 90) {
            Some(up) if self.odd % coarser.odd == 0 => Ok(i128::from(self.odd / coarser.odd) << up),
            _ => Err(error),
        }
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.odd, self.fraction_bits) {
            (1, bits) => write!(f, "2^{}", -bits),
            (odd, 0) => write!(f, "1/{odd}"),
            (odd, bits) => write!(f, "2^{}/{odd}", -bits),
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
    fn matches_scales_by_hand() {
        assert_eq!(Scale::new(255, 0).quantize(1.0), Ok(255));
        assert_eq!(Scale::new(12, 0), Scale::new(3, 2));
        assert_eq!(Scale::binary(4).quantize(-0.53125), Ok(-8));
        assert_eq!(Scale::binary(4).dequantize(-8), -0.5);
        assert!(Scale::ONE.quantize(f64::NAN).is_err());
        assert!(Scale::binary(100).quantize(1e20).is_err());
    }

    #[test]
    fn matches_common_scales() {
        let (common, left, right) = Scale::new(3, 1).common(&Scale::binary(4)).unwrap();
        assert_eq!((common, left, right), (Scale::new(3, 4), 8, 3));
        assert!(Scale::binary(3).factor_from(&Scale::binary(4)).is_err());
    }
}
