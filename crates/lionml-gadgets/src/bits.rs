//! Bits: `x − low = Σ 2^i · bᵢ` over as many bits as the interval needs.
//!
//! | constraint            | rows     | enforces                                   |
//! |-----------------------|----------|--------------------------------------------|
//! | `bᵢ · bᵢ = bᵢ`        | `k`      | each bit is zero or one                    |
//! | `Σ 2^i bᵢ = x − low`  | 1 or 0   | the bits are those of the value            |
//!
//! The second row is there for a dense combination, which then occurs in that row alone. A plain
//! variable needs none: its top bit is not a variable but `(x − low − Σ_{i<k−1} 2^i bᵢ) / 2^(k−1)`,
//! and the row that makes this boolean pins the sum as well.
//!
//! # Soundness
//!
//! With `k` boolean digits the sum lies in `[0, 2^k)`, and `k` is far below the 252 bits of the
//! field, so exactly one choice of digits equals the value, and none does where the value lies
//! outside. A prover could otherwise give a digit of two (`bᵢ · bᵢ = bᵢ` stops it), the digits of
//! another number (the sum stops it) or of `value + p` (`2^k < p` stops it).
//!
//! The equations: `docs/gadgets/bits.md`.

use lionml_quant::Interval;
use lionml_r1cs::{
    Builder, Linear,
    field::{Field, Fr, One, low_bits, power_of_two},
};

use crate::{GadgetError, Signal};

/// Pins a combination to zero or one: one row.
pub fn enforce_boolean(builder: &mut Builder, bit: &Linear) {
    builder.enforce("a bit is zero or one", bit, bit, bit);
}

/// The bits of `value − low`, lowest first: `width` of them, where `[low, low + 2^width)` covers
/// the signal's interval (the caller's duty; an honest value beyond it has no witness).
///
/// Also a range check: afterwards the value lies in `[low, low + 2^width)` whatever was known.
pub fn decompose(builder: &mut Builder, value: &Linear, low: i128, width: u32) -> Vec<Linear> {
    let shifted = value - &Linear::integer(low);
    if width == 0 {
        builder.enforce_zero("a value without width is its low end", shifted);
        return Vec::new();
    }
    let is_plain =
        value.terms().iter().filter(|(v, _)| *v != lionml_r1cs::Variable::ONE).count() == 1;
    let hinted = if is_plain { width - 1 } else { width };
    let mut bits: Vec<Linear> = builder
        .hint("bits", vec![shifted.clone()], hinted as usize, move |v| {
            low_bits(&v[0], hinted as usize).into_iter().map(|b| Fr::from(u64::from(b))).collect()
        })
        .into_iter()
        .map(Linear::from)
        .collect();
    for bit in &bits {
        enforce_boolean(builder, bit);
    }
    let rest = &shifted - &Linear::from_bits(&bits);
    if is_plain {
        let unit = power_of_two(width - 1).inverse().unwrap_or_else(Fr::one);
        let top = rest.scaled(unit);
        // Two long sides instead of three: `t · (t − 1) = 0`.
        let complement = &top - &Linear::integer(1);
        builder.enforce("the top bit is zero or one", &top, complement, Linear::zero());
        bits.push(top);
    } else {
        builder.enforce_zero("the bits are those of the value", rest);
    }
    bits
}

/// Confines a value about which nothing is known to an interval of whole bits (see
/// [`Interval::to_whole_bits`]) and returns the bits of two's complement, lowest first: the last
/// one is the sign where the interval has negative numbers.
pub fn enforce_range(
    builder: &mut Builder,
    value: &Linear,
    interval: &Interval,
) -> Result<(Signal, Vec<Linear>), GadgetError> {
    let interval = interval.to_whole_bits()?;
    let mut bits = decompose(builder, value, interval.low(), interval.width());
    if interval.low() < 0
        && let Some(top) = bits.last_mut()
    {
        // x + 2^(k−1) has the top bit of a number that is not negative.
        *top = &Linear::integer(1) - top;
    }
    Ok((Signal::new(value.clone(), interval), bits))
}

#[cfg(test)]
mod tests {
    use lionml_testing::{Lie, Target};

    use super::*;

    fn target(terms: usize, low: i128, width: u32) -> Target {
        let mut builder = Builder::new();
        let sum = (0..terms).fold(Linear::zero(), |sum, _| &sum + &builder.private_input().into());
        decompose(&mut builder, &sum, low, width);
        Target::new(builder.finish())
    }

    const LIES: &[Lie] = &[
        // A digit of two and one less in the next.
        Lie {
            hint: "bits",
            values: |bits| {
                let two = Fr::from(2u64);
                [&[bits[0] + two, bits[1] - Fr::one()], &bits[2..]].concat()
            },
        },
        // The bits of another number.
        Lie { hint: "bits", values: |bits| bits.iter().map(|b| Fr::one() - b).collect() },
    ];

    #[test]
    fn rejects_lies() {
        for value in [-8, -1, 0, 5, 7] {
            target(1, -8, 4).assert_sound(&[value], LIES);
            target(2, -8, 4).assert_sound(&[value, 0], LIES);
        }
    }

    #[test]
    fn rejects_values_outside_the_interval() {
        for terms in [1, 2] {
            let mut inputs = vec![Fr::from(0u64); terms];
            for outside in [-9, 8, 1 << 100] {
                let mut builder = Builder::new();
                let sum = (0..terms)
                    .fold(Linear::zero(), |sum, _| &sum + &builder.private_input().into());
                decompose(&mut builder, &sum, -8, 4);
                let (circuit, program) = builder.finish();
                inputs[0] = lionml_r1cs::field::from_i128(outside);
                let witness = program.solve(&inputs).unwrap();
                assert!(!circuit.check(&witness).is_satisfied(), "{outside}");
            }
        }
    }

    #[test]
    fn matches_twos_complement() {
        for (interval, value, expected) in [
            (Interval::signed(4).unwrap(), -3, [1, 0, 1, 1]),
            (Interval::signed(4).unwrap(), 5, [1, 0, 1, 0]),
            (Interval::unsigned(4).unwrap(), 13, [1, 0, 1, 1]),
        ] {
            let mut builder = Builder::new();
            let x = builder.private_input();
            let (_, bits) = enforce_range(&mut builder, &x.into(), &interval).unwrap();
            let target = Target::new(builder.finish());
            let witness = target.honest(&[value]);
            let values: Vec<_> = bits.iter().map(|b| b.value(|v| witness.value(v))).collect();
            assert_eq!(values, expected.map(|b: u64| Fr::from(b)));
        }
    }

    #[test]
    fn pins_counts() {
        assert_eq!(target(1, 0, 8).circuit().constraints(), 8);
        assert_eq!(target(2, 0, 8).circuit().constraints(), 9);
        assert_eq!(
            target(1, 0, 8).circuit().cost().non_zeros.iter().sum::<usize>(),
            7 * 3 + 8 + 9 + 3
        );
    }
}
