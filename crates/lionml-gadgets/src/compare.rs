//! Signs, and what follows from them: ReLU, maximum and minimum.
//!
//! | gadget            | rows                   | enforces                                    |
//! |-------------------|------------------------|---------------------------------------------|
//! | `is_non_negative` | `k` or `k + 1`         | the top bit of `x + 2^(k−1)`                |
//! | `relu`            | that and 1             | `y = s · x`                                 |
//! | `max`, `min`      | `relu` of a difference | `max(a, b) = b + relu(a − b)`               |
//!
//! `k` is the two's complement width of the interval; where the interval decides, no row is needed.
//!
//! # Soundness
//!
//! The bits of `x + 2^(k−1)` are unique (see `bits`), so the sign is: zero counts as not negative,
//! in one way only. A prover who claims the other sign needs other bits. The product row leaves
//! `y` no choice once the sign is fixed.
//!
//! The equations: `docs/gadgets/compare.md`.

use lionml_quant::Interval;
use lionml_r1cs::{Builder, Linear};

use crate::{GadgetError, Signal, decompose, requantize_relu};

/// One where the signal is zero or more, zero where it is negative.
pub fn is_non_negative(builder: &mut Builder, x: &Signal) -> Linear {
    if x.interval.low() >= 0 {
        return Linear::integer(1);
    }
    if x.interval.high() < 0 {
        return Linear::zero();
    }
    let width = x.interval.signed_bits();
    let mut bits = decompose(builder, &x.linear, -(1 << (width - 1)), width);
    bits.pop().unwrap_or_default()
}

/// `max(x, 0)`.
pub fn relu(builder: &mut Builder, x: &Signal) -> Result<Signal, GadgetError> {
    requantize_relu(builder, x, 0)
}

/// The larger of two signals.
pub fn max(builder: &mut Builder, a: &Signal, b: &Signal) -> Result<Signal, GadgetError> {
    // The longer one stands in the rows of the difference alone.
    let (a, b) = if a.linear.terms().len() < b.linear.terms().len() { (b, a) } else { (a, b) };
    let larger = relu(builder, &a.minus(b)?)?.plus(b)?;
    let interval = Interval::new(
        a.interval.low().max(b.interval.low()),
        a.interval.high().max(b.interval.high()),
    )?;
    Ok(Signal::new(larger.linear, interval))
}

/// The smaller of two signals.
pub fn min(builder: &mut Builder, a: &Signal, b: &Signal) -> Result<Signal, GadgetError> {
    max(builder, &a.times(-1)?, &b.times(-1)?)?.times(-1)
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::{
        Fr,
        field::{One, from_i128},
    };
    use lionml_testing::{Lie, Target};

    use super::*;

    const LIES: &[Lie] = &[
        // The other sign: all bits flipped.
        Lie { hint: "bits", values: |b| b.iter().map(|b| lionml_r1cs::Fr::one() - b).collect() },
    ];

    fn signals(builder: &mut Builder, count: usize, interval: Interval) -> Vec<Signal> {
        (0..count).map(|_| Signal::new(builder.private_input().into(), interval)).collect()
    }

    #[test]
    fn matches_integers_at_interval_ends() {
        let interval = Interval::new(-20, 9).unwrap();
        let mut builder = Builder::new();
        let x = signals(&mut builder, 2, interval);
        let outputs = [
            relu(&mut builder, &x[0]).unwrap().linear,
            max(&mut builder, &x[0], &x[1]).unwrap().linear,
            min(&mut builder, &x[0], &x[1]).unwrap().linear,
            is_non_negative(&mut builder, &x[0]),
        ];
        let target = Target::new(builder.finish());
        for (a, b) in [(-20, 9), (-1, -1), (0, -1), (1, 0), (9, -20), (9, 9)] {
            let witness = target.honest(&[a, b]);
            let values = outputs.clone().map(|o| o.value(|v| witness.value(v)));
            assert_eq!(values, [a.max(0), a.max(b), a.min(b), i128::from(a >= 0)].map(from_i128));
            target.assert_sound(&[a, b], LIES);
        }
    }

    #[test]
    fn pins_counts() {
        let count = |interval: Interval, f: fn(&mut Builder, &[Signal])| {
            let mut builder = Builder::new();
            let x = signals(&mut builder, 2, interval);
            f(&mut builder, &x);
            builder.rows()
        };
        let byte = Interval::signed(8).unwrap();
        assert_eq!(count(byte, |b, x| _ = relu(b, &x[0])), 8 + 1);
        assert_eq!(count(byte, |b, x| _ = max(b, &x[0], &x[1])), 1 + 9 + 1);
        assert_eq!(count(byte, |b, x| _ = min(b, &x[0], &Signal::constant(3).unwrap())), 9 + 1);
        assert_eq!(count(Interval::BIT, |b, x| _ = relu(b, &x[0])), 0);

        // A dense combination stands in one row: that of its bits.
        let mut builder = Builder::new();
        let terms = signals(&mut builder, 100, Interval::BIT);
        let dense = Linear::sum(terms.iter().map(|x| (Fr::one(), &x.linear)));
        relu(&mut builder, &Signal::new(dense, byte)).unwrap();
        let (circuit, _) = builder.finish();
        assert_eq!(circuit.constraints(), 8 + 2);
        let non_zeros: usize = circuit.cost().non_zeros.iter().sum();
        assert_eq!(non_zeros, 145);
    }
}
