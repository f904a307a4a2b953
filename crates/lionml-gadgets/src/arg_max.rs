//! The index of the largest of `n` signals, with a rule for ties.
//!
//! | constraint                              | rows         | enforces                          |
//! |-----------------------------------------|--------------|-----------------------------------|
//! | `sⱼ · sⱼ = sⱼ`, `sⱼ = tⱼ₋₁ − tⱼ`          | `n`          | exactly one `sⱼ` is one           |
//! | bits of `uⱼ = m − xⱼ − before(j)`        | `n · (k + 1)`| nothing is larger, nothing before |
//! | `sⱼ · uⱼ = 0`                           | `n`          | `m` is the signal at the index    |
//!
//! `tⱼ` says that `j` is less than the index, so `Σ tⱼ` is the index, `t₋₁ = 1`, `tₙ₋₁ = 0`, and
//! the differences sum to one. `before(j)` is one for the signals that must be strictly smaller:
//! `tⱼ` where the first of equal signals wins, `1 − tⱼ₋₁` where the last one does.
//!
//! # Soundness
//!
//! Booleans that sum to one, and there are far fewer than `p` of them, are zero but for one: two
//! ones or a fraction of one fail in the first rows. A smaller signal fails in the bits of the
//! larger one. An `m` above all signals fails in the product at the index. The other side of a tie
//! fails in the bits of the side that should have won, which would have to be `−1`.

use lionml_quant::Interval;
use lionml_r1cs::{Builder, Linear};

use crate::{GadgetError, Signal, decompose, enforce_boolean};

/// The index of the largest signal; among equal ones the first, or the last.
pub fn arg_max(
    builder: &mut Builder,
    signals: &[Signal],
    select_last: bool,
) -> Result<Signal, GadgetError> {
    let high = signals.iter().map(|x| x.interval.high()).max();
    let (Some(high), count) = (high, signals.len()) else {
        return Err(GadgetError::Empty { gadget: "arg max" });
    };
    let mut below = best(builder, signals, select_last);
    let maximum = below.pop().unwrap_or_default();
    let index = Linear::sum(below.iter().map(|t| (1u64.into(), t)));
    below.push(Linear::zero());
    let mut previous = Linear::integer(1);
    for (x, is_below) in signals.iter().zip(below) {
        let selected = &previous - &is_below;
        enforce_boolean(builder, &selected);
        let before = if select_last { &Linear::integer(1) - &previous } else { is_below.clone() };
        let excess = &(&maximum - &x.linear) - &before;
        let width = Interval::new(0, high - x.interval.low())?.width();
        let excess = Linear::from_bits(&decompose(builder, &excess, 0, width));
        if width > 0 {
            builder.enforce("the maximum is selected", &selected, excess, Linear::zero());
        }
        previous = is_below;
    }
    let last = i128::try_from(count - 1).unwrap_or(Interval::MAX_MAGNITUDE);
    Ok(Signal::new(index, Interval::new(0, last)?))
}

/// The hint: for all indices but the last, whether they are below the best, and then the maximum.
fn best(builder: &mut Builder, signals: &[Signal], select_last: bool) -> Vec<Linear> {
    let inputs = signals.iter().map(|x| x.linear.clone()).collect();
    let hint = builder.integer_hint("arg max", inputs, signals.len(), move |values| {
        let mut best = 0;
        for (j, value) in values.iter().enumerate() {
            if *value > values[best] || (select_last && *value == values[best]) {
                best = j;
            }
        }
        let below = (0..values.len() - 1).map(|j| i128::from(j < best));
        below.chain([values[best]]).collect()
    });
    hint.into_iter().map(Linear::from).collect()
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::{
        Fr,
        field::{One, Zero, from_i128},
    };
    use lionml_testing::{Lie, Target};

    use super::*;

    fn target(count: usize, select_last: bool) -> (Target, Signal) {
        let mut builder = Builder::new();
        let interval = Interval::new(-9, 6).unwrap();
        let signals: Vec<_> =
            (0..count).map(|_| Signal::new(builder.private_input().into(), interval)).collect();
        let index = arg_max(&mut builder, &signals, select_last).unwrap();
        (Target::new(builder.finish()), index)
    }

    fn index(first: Fr, second: Fr, maximum: Fr) -> Vec<Fr> {
        vec![first, second, maximum]
    }

    /// Lies about three signals: each other index, more than one, and a maximum that is none.
    const LIES: &[Lie] = &[
        Lie { hint: "arg max", values: |v| index(Fr::zero(), Fr::zero(), v[2]) },
        Lie { hint: "arg max", values: |v| index(Fr::one(), Fr::zero(), v[2]) },
        Lie { hint: "arg max", values: |v| index(Fr::one(), Fr::one(), v[2]) },
        Lie { hint: "arg max", values: |v| index(Fr::zero(), Fr::one(), v[2]) },
        Lie { hint: "arg max", values: |v| index(v[0], v[1], v[2] + Fr::one()) },
        Lie { hint: "arg max", values: |v| index(v[0], v[1], v[2] - Fr::one()) },
        // Half of each side of a tie.
        Lie {
            hint: "arg max",
            values: |v| {
                let half = lionml_r1cs::field::Field::inverse(&from_i128(2)).unwrap();
                index(half, Fr::zero(), v[2])
            },
        },
    ];

    #[test]
    fn matches_integers_and_rejects_lies() {
        for (values, first, last) in [
            ([-9, 6, 5], 1, 1),
            ([6, -9, 6], 0, 2),
            ([3, 3, 3], 0, 2),
            ([-2, 4, 4], 1, 2),
            ([4, 4, -9], 0, 1),
        ] {
            for (select_last, expected) in [(false, first), (true, last)] {
                let (target, index) = target(3, select_last);
                let witness = target.honest(&values);
                assert_eq!(index.linear.value(|v| witness.value(v)), from_i128(expected));
                for lie in LIES {
                    let honest = witness.private[3..6].to_vec();
                    let applies = (lie.values)(&honest) != honest;
                    let lies = if applies { std::slice::from_ref(lie) } else { &[] };
                    target.assert_sound(&values, lies);
                }
            }
        }
    }

    #[test]
    fn pins_counts() {
        // Four bits hold the differences of [-9, 6]; one signal needs only its own.
        for (count, rows) in [(1, 1 + 5 + 1), (3, 3 * (1 + 5 + 1)), (10, 10 * 7)] {
            assert_eq!(target(count, false).0.circuit().constraints(), rows);
        }
    }

    #[test]
    fn rejects_no_signals() {
        let error = arg_max(&mut Builder::new(), &[], false).unwrap_err();
        assert_eq!(error, GadgetError::Empty { gadget: "arg max" });
    }
}
