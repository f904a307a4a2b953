//! Division of one signal by another: `q = ⌊a / b⌋` with `b > 0`.
//!
//! | constraint            | rows          | enforces                                        |
//! |-----------------------|---------------|-------------------------------------------------|
//! | `q · b = a − r`       | 1             | quotient and remainder belong together          |
//! | bits of `q`           | `kq`          | the quotient is small: the row above cannot wrap |
//! | bits of `r`           | `kb`          | the remainder is not negative                   |
//! | bits of `b − 1 − r`   | `kb + 1`      | the remainder is less than the divisor          |
//!
//! `kq` and `kb` are the widths of the quotient's interval and of the largest remainder. A dense
//! divisor is materialised first. The nearest quotient, halves up, is `⌊(2a + b) / 2b⌋`.
//!
//! # Soundness
//!
//! With `q` and `r` confined by bits and `b` by its interval, `q · b + r` stays far below the
//! modulus (the gadget refuses intervals for which it would not), so the row holds for the
//! integers, and integer division with `0 ≤ r < b` has one solution. A quotient one less needs a
//! remainder `b` larger, which fails in the bits of `b − 1 − r`; one more needs a negative one,
//! which fails in the bits of `r`. The classic forgery takes any remainder and divides in the
//! field: that quotient has 252 bits and fails in its own.

use lionml_quant::Interval;
use lionml_r1cs::{Builder, Linear};

use crate::{GadgetError, Signal, decompose};

/// The quotient of two signals, rounded down; the divisor's interval must be positive.
///
/// `known` is what the caller knows of the quotient where that is more than the operands'
/// intervals say. It narrows the bits: a quotient outside has no witness.
pub fn divide(
    builder: &mut Builder,
    a: &Signal,
    b: &Signal,
    known: Option<&Interval>,
) -> Result<Signal, GadgetError> {
    if b.interval.low() < 1 {
        return Err(GadgetError::Divisor { interval: b.interval });
    }
    let corners = [a.interval.low(), a.interval.high()].into_iter().flat_map(|dividend| {
        [b.interval.low(), b.interval.high()].map(|divisor| dividend.div_euclid(divisor))
    });
    let all = Interval::around(corners)?;
    let interval = known.and_then(|known| all.intersect(known)).unwrap_or(all);
    let quotient_bits = interval.width();
    let remainder_bits = Interval::new(0, b.interval.high() - 1)?.width();
    // No wrap: what the bits allow, times the divisor, is an interval too.
    Interval::new(interval.low(), interval.low() + (1 << quotient_bits))?.mul(&b.interval)?;

    let divisor = builder.materialize("divisor", &b.linear);
    let inputs = vec![a.linear.clone(), divisor.clone()];
    let hint = builder.integer_hint("division", inputs, 2, |v| {
        let (quotient, remainder) = (v[0].checked_div_euclid(v[1]), v[0].checked_rem_euclid(v[1]));
        vec![quotient.unwrap_or_default(), remainder.unwrap_or_default()]
    });
    let (quotient, remainder) = (Linear::from(hint[0]), Linear::from(hint[1]));
    builder.enforce("quotient times divisor", &quotient, &divisor, &a.linear - &remainder);
    decompose(builder, &quotient, interval.low(), quotient_bits);
    decompose(builder, &remainder, 0, remainder_bits);
    let room = &(&divisor - &Linear::integer(1)) - &remainder;
    decompose(builder, &room, 0, remainder_bits);
    Ok(Signal::new(quotient, interval))
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::{
        Fr,
        field::{Field, One, from_i128},
    };
    use lionml_testing::{Lie, Target};
    use proptest::prelude::*;

    use super::*;

    fn target(a: Interval, b: Interval) -> (Target, Signal) {
        let mut builder = Builder::new();
        let [x, y] = [a, b].map(|i| Signal::new(builder.private_input().into(), i));
        let quotient = divide(&mut builder, &x, &y, None).unwrap();
        (Target::new(builder.finish()), quotient)
    }

    fn interval(low: i128, high: i128) -> Interval {
        Interval::new(low, high).unwrap()
    }

    /// Lies about a division by seven.
    const LIES: &[Lie] = &[
        // Quotient one less or more, remainder seven more or less.
        Lie { hint: "division", values: |v| vec![v[0] - Fr::one(), v[1] + from_i128(7)] },
        Lie { hint: "division", values: |v| vec![v[0] + Fr::one(), v[1] - from_i128(7)] },
        // Another remainder, the quotient taken in the field.
        Lie {
            hint: "division",
            values: |v| {
                let seventh = from_i128(7).inverse().unwrap();
                let other = if v[1] == Fr::one() { Fr::from(2u64) } else { Fr::one() };
                vec![v[0] + (v[1] - other) * seventh, other]
            },
        },
    ];

    #[test]
    fn rejects_lies() {
        let (target, _) = target(interval(-100, 100), interval(1, 12));
        for a in [-100, -7, -1, 0, 6, 7, 8, 100] {
            target.assert_sound(&[a, 7], LIES);
        }
    }

    #[test]
    fn rejects_lies_about_a_dense_divisor() {
        let mut builder = Builder::new();
        let mut wire = || Linear::from(builder.private_input());
        let a = Signal::new(wire(), interval(-100, 100));
        let b = Signal::new(&wire() + &wire(), interval(1, 12));
        divide(&mut builder, &a, &b, None).unwrap();
        let target = Target::new(builder.finish());
        let other = Lie { hint: "divisor", values: |b| vec![b[0] - from_i128(3)] };
        for a in [-100, 0, 13, 100] {
            target.assert_sound(&[a, 4, 3], std::slice::from_ref(&other));
        }
    }

    #[test]
    fn rejects_divisors_that_might_not_be_positive() {
        let mut builder = Builder::new();
        let x = Signal::constant(5).unwrap();
        let y = Signal::new(builder.private_input().into(), interval(0, 5));
        let error = divide(&mut builder, &x, &y, None).unwrap_err();
        assert_eq!(error, GadgetError::Divisor { interval: interval(0, 5) });
    }

    #[test]
    fn rejects_intervals_that_could_wrap() {
        let mut builder = Builder::new();
        let wide = Interval::signed(100).unwrap();
        let x = Signal::new(builder.private_input().into(), wide);
        let y = Signal::new(builder.private_input().into(), interval(1, 1 << 60));
        assert!(matches!(divide(&mut builder, &x, &y, None), Err(GadgetError::Quant(_))));
    }

    proptest! {
        #[test]
        fn matches_integers_exactly(low in -300i128..300, size in 0i128..600, b in 1i128..40, more in 0i128..40, at in 0i128..600) {
            let a = low + at.min(size);
            let (target, quotient) = target(interval(low, low + size), interval(b, b + more));
            for divisor in [b, b + more] {
                let witness = target.honest(&[a, divisor]);
                let expected = a.div_euclid(divisor);
                prop_assert_eq!(quotient.linear.value(|v| witness.value(v)), from_i128(expected));
                prop_assert!(quotient.interval.contains(expected));
            }
        }
    }

    #[test]
    fn pins_counts() {
        // A quotient of 8 bits, a remainder of 4.
        let (target, _) = target(interval(-100, 100), interval(1, 12));
        assert_eq!(target.circuit().constraints(), 1 + 8 + 4 + 5);
        let mut builder = Builder::new();
        let a = Signal::new(builder.private_input().into(), interval(0, 100));
        let b = Signal::new(builder.private_input().into(), interval(1, 12));
        let quotient = divide(&mut builder, &a, &b, Some(&interval(-1, 15))).unwrap();
        assert_eq!(quotient.interval, interval(0, 15));
        assert_eq!(builder.rows(), 1 + 4 + 4 + 5);
    }
}
