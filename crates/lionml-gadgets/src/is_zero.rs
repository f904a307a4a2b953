//! Whether a signal is zero.
//!
//! | constraint            | rows   | enforces                                         |
//! |-----------------------|--------|--------------------------------------------------|
//! | `p = x · inverse`     | 1      | `p = 0` where `x = 0`, whatever the inverse       |
//! | `x · (1 − p) = 0`     | 1      | `p = 1` where `x ≠ 0`                            |
//!
//! A dense combination is materialised first: one more row. Where the interval decides, no row.
//!
//! # Soundness
//!
//! A prover who calls zero something else fails in the first row, one who calls something else
//! zero in the second. The inverse of zero is free: it multiplies zero and nothing else uses it.

use lionml_quant::Interval;
use lionml_r1cs::{
    Builder, Linear,
    field::{Field, Fr, Zero},
};

use crate::Signal;

/// One where the signal is zero, zero elsewhere.
pub fn is_zero(builder: &mut Builder, x: &Signal) -> Linear {
    if !x.interval.contains(0) {
        return Linear::zero();
    }
    if Interval::BIT.covers(&x.interval) {
        return &Linear::integer(1) - &x.linear;
    }
    let value = builder.materialize("is zero", &x.linear);
    let inverse = builder
        .hint("inverse", vec![value.clone()], 1, |v| vec![v[0].inverse().unwrap_or_else(Fr::zero)])
        [0];
    let is_other = builder.product("is not zero", &value, &inverse.into());
    let result = &Linear::integer(1) - &is_other;
    builder.enforce("only zero is zero", &value, &result, Linear::zero());
    result
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::field::{One, from_i128};
    use lionml_testing::{Lie, Target};

    use super::*;

    fn target(low: i128, high: i128) -> (Target, Linear) {
        let mut builder = Builder::new();
        let x = builder.private_input().into();
        let result = is_zero(&mut builder, &Signal::new(x, Interval::new(low, high).unwrap()));
        (Target::new(builder.finish()).with_free_hints(&["inverse"]), result)
    }

    const LIES: &[Lie] = &[
        Lie { hint: "inverse", values: |_| vec![Fr::zero()] },
        Lie { hint: "is not zero", values: |p| vec![Fr::one() - p[0]] },
    ];

    #[test]
    fn matches_integers_and_rejects_lies() {
        let (target, result) = target(-5, 5);
        for x in [-5, -1, 0, 1, 5] {
            let witness = target.honest(&[x]);
            assert_eq!(result.value(|v| witness.value(v)), from_i128(i128::from(x == 0)));
            target.assert_sound(&[x], if x == 0 { &LIES[1..] } else { LIES });
        }
    }

    #[test]
    fn matches_integers_of_every_small_interval() {
        // Where the interval decides no row is written: of those with one number besides zero only
        // that of a bit does.
        for (low, high) in (-3..=3).flat_map(|low| (low..=3).map(move |high| (low, high))) {
            let (target, result) = target(low, high);
            for x in low..=high {
                let witness = target.honest(&[x]);
                let expected = from_i128(i128::from(x == 0));
                assert_eq!(result.value(|v| witness.value(v)), expected, "{x} in [{low}, {high}]");
            }
        }
    }

    #[test]
    fn rejects_lies_about_a_dense_operand() {
        let mut builder = Builder::new();
        let sum = &Linear::from(builder.private_input()) + &builder.private_input().into();
        is_zero(&mut builder, &Signal::new(sum, Interval::new(-5, 5).unwrap()));
        let target = Target::new(builder.finish()).with_free_hints(&["inverse"]);
        let other =
            Lie { hint: "is zero", values: |x| vec![Fr::from(u64::from(x[0] == Fr::zero()))] };
        for y in [-1, 3] {
            target.assert_sound(&[1, y], std::slice::from_ref(&other));
        }
    }

    #[test]
    fn pins_counts() {
        for (low, high, rows) in [(-5, 5, 2), (0, 1, 0), (1, 5, 0), (-3, -1, 0)] {
            assert_eq!(target(low, high).0.circuit().constraints(), rows);
        }
    }
}
