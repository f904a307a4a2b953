//! Sign and magnitude: `x = σ · a` with `σ = ±1` and the bits of `a ≥ 0`.
//!
//! | constraint              | rows | enforces                                    |
//! |-------------------------|------|---------------------------------------------|
//! | `bᵢ · bᵢ = bᵢ`          | `k`  | the magnitude has `k` bits                  |
//! | `n · n = n`             | 1    | `σ = 1 − 2n` is one or minus one            |
//! | `σ · Σ 2^i bᵢ = x`      | 1    | sign and magnitude are those of the value   |
//!
//! `k` is the width of the largest magnitude. Where the interval decides the sign it is a constant
//! and its row falls away. A dense combination stands in one row only, so this costs no more than
//! two's complement (see `bits`), and functions with a symmetry need half of their table.
//!
//! # Soundness
//!
//! Two magnitudes below `2^k` with `σ · a = σ' · a'` are equal, and so are the signs unless both
//! are zero: the other sign would need the magnitude `p − a`, which has 252 bits. A sign that is no
//! sign could have another magnitude, as −1/3 has three times `a`: `n · n = n` stops it. **Zero has both
//! signs**: the caller must multiply the sign only with what is zero where the magnitude is.

use lionml_r1cs::{Builder, Linear};

use crate::{Signal, enforce_boolean};

/// A sign and the bits of a magnitude.
#[derive(Clone, Debug)]
pub struct Magnitude {
    /// One or minus one; where the magnitude is zero, whichever the prover likes.
    pub sign: Linear,
    /// The bits of the magnitude, lowest first.
    pub bits: Vec<Linear>,
}

/// The number of bits of the magnitude of a signal.
fn width(x: &Signal) -> u32 {
    128 - x.interval.magnitude().leading_zeros()
}

/// The sign and the magnitude of a signal.
///
/// # Soundness
///
/// Zero has both signs: whatever the sign is multiplied with must be zero at magnitude zero.
pub fn magnitude_unchecked(builder: &mut Builder, x: &Signal) -> Magnitude {
    let bits: Vec<Linear> = builder
        .integer_hint("magnitude", vec![x.linear.clone()], width(x) as usize, {
            let width = width(x);
            move |v| (0..width).map(|i| v[0].abs() >> i & 1).collect()
        })
        .into_iter()
        .map(Linear::from)
        .collect();
    for bit in &bits {
        enforce_boolean(builder, bit);
    }
    let sign = if x.interval.low() >= 0 {
        Linear::integer(1)
    } else if x.interval.high() <= 0 {
        Linear::integer(-1)
    } else {
        let inputs = vec![x.linear.clone()];
        let negative = builder
            .integer_hint("is negative", inputs, 1, |v| vec![i128::from(v[0] < 0)])[0]
            .into();
        enforce_boolean(builder, &negative);
        &Linear::integer(1) - &negative.times(2)
    };
    builder.enforce("sign times magnitude", &sign, Linear::from_bits(&bits), &x.linear);
    Magnitude { sign, bits }
}

#[cfg(test)]
mod tests {
    use lionml_quant::Interval;
    use lionml_r1cs::{
        Fr,
        field::{Field, One, from_i128},
    };
    use lionml_testing::{Lie, Target};

    use super::*;

    fn target(low: i128, high: i128) -> (Target, Magnitude) {
        let mut builder = Builder::new();
        // Two terms: a dense combination, as after a linear layer.
        let sum = &Linear::from(builder.private_input()) + &builder.private_input().into();
        let x = Signal::new(sum, Interval::new(low, high).unwrap());
        let magnitude = magnitude_unchecked(&mut builder, &x);
        (Target::new(builder.finish()).with_free_hints(&["is negative"]), magnitude)
    }

    const LIES: &[Lie] = &[
        Lie { hint: "is negative", values: |n| vec![Fr::one() - n[0]] },
        // A sign that is no sign: σ = −1/3, so that the magnitude is three times as large.
        Lie {
            hint: "is negative",
            values: |_| vec![from_i128(2) * from_i128(3).inverse().unwrap()],
        },
        Lie { hint: "magnitude", values: |b| b.iter().map(|b| Fr::one() - b).collect() },
    ];

    #[test]
    fn matches_integers_and_rejects_lies() {
        let (target, magnitude) = target(-20, 9);
        for x in [-20i128, -1, 0, 1, 9] {
            let witness = target.honest(&[x, 0]);
            let value = |l: &Linear| l.value(|v| witness.value(v));
            assert_eq!(value(&Linear::from_bits(&magnitude.bits)), from_i128(x.abs()));
            assert_eq!(value(&magnitude.sign), from_i128(if x < 0 { -1 } else { 1 }));
            target.assert_sound(&[x, 0], if x == 0 { &LIES[2..] } else { LIES });
        }
    }

    /// The sign −1/3 and three times the magnitude: their product is right, and each digit is one.
    #[test]
    fn rejects_a_sign_and_a_magnitude_that_lie_together() {
        let together = [
            Lie {
                hint: "is negative",
                values: |_| vec![from_i128(2) * from_i128(3).inverse().unwrap()],
            },
            Lie { hint: "magnitude", values: |_| [1, 1, 1, 1, 0].map(from_i128).to_vec() },
        ];
        let (target, _) = target(-20, 9);
        target.assert_rejects_joint_lie(&[-5, 0], &together);
    }

    #[test]
    fn rejects_values_outside_the_interval() {
        let (target, _) = target(-20, 9);
        for outside in [-32i128, 32, 1 << 100] {
            let mut witness = target.honest(&[0, 0]);
            witness.set(lionml_r1cs::Variable::private(0), from_i128(outside));
            assert!(!target.circuit().check(&witness).is_satisfied());
        }
    }

    #[test]
    fn pins_counts() {
        for (low, high, rows) in [(-20, 9, 5 + 2), (0, 9, 4 + 1), (-9, 0, 4 + 1), (0, 0, 1)] {
            assert_eq!(target(low, high).0.circuit().constraints(), rows);
        }
    }
}
