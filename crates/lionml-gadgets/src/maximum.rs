//! How far each of `n` signals lies below the largest of them.
//!
//! | constraint               | rows           | enforces                                    |
//! |--------------------------|----------------|---------------------------------------------|
//! | bits of `m − xᵢ`         | `n · (k + 1)`  | no signal is larger than `m`                |
//! | `Π (m − xᵢ) = 0`         | `n − 1`        | some signal is `m`                          |
//!
//! The bits serve as the argument of a table afterwards; where only the maximum is needed, a chain
//! of `max` costs less.
//!
//! # Soundness
//!
//! A maximum that is too small fails in the bits of the largest signal, whose distance would be
//! negative. One that is too large makes every distance a number from 1 to `2^k − 1`, and a field
//! has no zero divisors: the product is not zero.

use lionml_quant::Interval;
use lionml_r1cs::{Builder, Linear};

use crate::{GadgetError, Signal, decompose};

/// The bits of `max(x) − xᵢ` for each signal, lowest first.
pub fn below_maximum(
    builder: &mut Builder,
    signals: &[Signal],
) -> Result<Vec<Vec<Linear>>, GadgetError> {
    let Some(high) = signals.iter().map(|x| x.interval.high()).max() else {
        return Err(GadgetError::Empty { gadget: "maximum" });
    };
    let inputs = signals.iter().map(|x| x.linear.clone()).collect();
    let maximum: Linear = builder
        .integer_hint("maximum", inputs, 1, |v| vec![v.iter().copied().max().unwrap_or_default()])
        [0]
    .into();
    let mut distances = Vec::with_capacity(signals.len());
    for x in signals {
        let width = Interval::new(0, high - x.interval.low())?.width();
        distances.push(decompose(builder, &(&maximum - &x.linear), 0, width));
    }
    let mut product = Linear::integer(1);
    for (index, bits) in distances.iter().enumerate() {
        let distance = Linear::from_bits(bits);
        if index + 1 < distances.len() {
            product = builder.product("product of distances", &product, &distance);
        } else {
            builder.enforce("some signal is the maximum", &product, distance, Linear::zero());
        }
    }
    Ok(distances)
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::{
        Fr,
        field::{One, from_i128},
    };
    use lionml_testing::{Lie, Target};

    use super::*;

    fn target(count: usize) -> (Target, Vec<Vec<Linear>>) {
        let mut builder = Builder::new();
        let interval = Interval::new(-9, 6).unwrap();
        let signals: Vec<_> =
            (0..count).map(|_| Signal::new(builder.private_input().into(), interval)).collect();
        let distances = below_maximum(&mut builder, &signals).unwrap();
        (Target::new(builder.finish()), distances)
    }

    const LIES: &[Lie] = &[
        Lie { hint: "maximum", values: |v| vec![v[0] + Fr::one()] },
        Lie { hint: "maximum", values: |v| vec![v[0] - Fr::one()] },
        Lie { hint: "product of distances", values: |v| vec![v[0] + Fr::one()] },
    ];

    #[test]
    fn matches_integers_and_rejects_lies() {
        for values in [[-9, 6, 5], [6, -9, 6], [3, 3, 3], [-2, 4, 4], [-9, -8, 1]] {
            let (target, distances) = target(3);
            let witness = target.honest(&values);
            for (bits, x) in distances.iter().zip(values) {
                let distance = Linear::from_bits(bits).value(|v| witness.value(v));
                assert_eq!(distance, from_i128(values.iter().max().unwrap() - x));
            }
            target.assert_sound(&values, LIES);
        }
    }

    #[test]
    fn pins_counts() {
        for (count, rows) in [(1, 5 + 1), (2, 2 * 5 + 1), (10, 10 * 5 + 9)] {
            assert_eq!(target(count).0.circuit().constraints(), rows);
        }
    }

    #[test]
    fn rejects_no_signals() {
        let error = below_maximum(&mut Builder::new(), &[]).unwrap_err();
        assert_eq!(error, GadgetError::Empty { gadget: "maximum" });
    }
}
