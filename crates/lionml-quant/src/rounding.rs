//! The one rounding of LionML: to the nearest integer, halves up.

use serde::{Deserialize, Serialize};

use crate::{Interval, QuantError, Scale};

/// `⌊value / 2^shift + 1/2⌋`: the nearest integer, halves towards +∞.
pub fn round_shift(value: i128, shift: u32) -> Result<i128, QuantError> {
    if shift == 0 {
        return Ok(value);
    }
    if shift > 120 {
        return Err(QuantError::Overflow);
    }
    Ok(value.checked_add(1 << (shift - 1)).ok_or(QuantError::Overflow)? >> shift)
}

/// The change from one scale to another: `q ↦ ⌊q · multiplier / 2^shift + 1/2⌋`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescale {
    multiplier: i128,
    shift: u32,
}

/// Precision of the multiplier between scales whose ratio is not a power of two, in bits.
const MULTIPLIER_BITS: i32 = 16;

impl Rescale {
    /// The change from one scale to another. Exact where the ratio is a power of two (up to the
    /// rounding); otherwise the ratio is taken to sixteen bits.
    pub fn between(from: Scale, to: Scale) -> Result<Self, QuantError> {
        let error = QuantError::Rescale { from, to };
        // real = q · from = q' · to, so q' = q · from / to.
        let gained = to.fraction_bits() - from.fraction_bits();
        let ((from_n, from_d), (to_n, to_d)) = (from.odd_ratio(), to.odd_ratio());
        let numerator = i128::from(from_n) * i128::from(to_d);
        let denominator = i128::from(from_d) * i128::from(to_n);
        let (multiplier, shift) = if numerator % denominator == 0 {
            (numerator / denominator, -gained)
        } else {
            let extra = MULTIPLIER_BITS + denominator.ilog2().cast_signed();
            // Odd factors near 2^32, as only an artefact has them, pass the integers here.
            let twice = numerator.checked_mul(2 << extra).ok_or_else(|| error.clone())?;
            (((twice / denominator) + 1) >> 1, extra - gained)
        };
        if shift >= 0 {
            let shift = u32::try_from(shift).map_err(|_| error.clone())?;
            if shift > 100 {
                return Err(error);
            }
            Ok(Self { multiplier, shift })
        } else {
            let up = u32::try_from(-shift).ok().filter(|&s| s <= 60).ok_or(error)?;
            Ok(Self { multiplier: multiplier << up, shift: 0 })
        }
    }

    /// The factor before the shift.
    pub fn multiplier(&self) -> i128 {
        self.multiplier
    }

    /// The number of bits that are rounded away.
    pub fn shift(&self) -> u32 {
        self.shift
    }

    /// The rescaled integer.
    pub fn apply(&self, value: i128) -> Result<i128, QuantError> {
        round_shift(value.checked_mul(self.multiplier).ok_or(QuantError::Overflow)?, self.shift)
    }

    /// The interval of rescaled integers.
    pub fn apply_interval(&self, interval: &Interval) -> Result<Interval, QuantError> {
        Interval::new(self.apply(interval.low())?, self.apply(interval.high())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_nearest_with_halves_up() {
        let rounded: Vec<_> = (-6..=6).map(|v| round_shift(v, 2).unwrap()).collect();
        assert_eq!(rounded, [-1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1, 2]);
    }

    #[test]
    fn rejects_ratios_past_the_integers() {
        let (from, to) = (Scale::try_from((u32::MAX, 1, 0)), Scale::try_from((1, u32::MAX - 2, 0)));
        let (from, to) = (from.unwrap(), to.unwrap());
        // Exact: a multiplier of 64 bits.
        assert_eq!(Rescale::between(from, to).unwrap().shift(), 0);
        let (from, to) = (Scale::try_from((u32::MAX, u32::MAX - 2, 0)).unwrap(), {
            Scale::try_from((u32::MAX - 4, u32::MAX - 6, 0)).unwrap()
        });
        assert_eq!(Rescale::between(from, to), Err(QuantError::Rescale { from, to }));
    }

    #[test]
    fn matches_exact_ratios() {
        let rescale = Rescale::between(Scale::binary(8), Scale::binary(3)).unwrap();
        assert_eq!((rescale.multiplier(), rescale.shift()), (1, 5));
        let finer = Rescale::between(Scale::binary(3), Scale::binary(8)).unwrap();
        assert_eq!(finer.apply(3), Ok(96));
        let pixels = Rescale::between(Scale::reciprocal(255), Scale::binary(8)).unwrap();
        assert_eq!(
            (pixels.apply(255), pixels.apply(128), pixels.apply(0)),
            (Ok(256), Ok(129), Ok(0))
        );
    }
}
