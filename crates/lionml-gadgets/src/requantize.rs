//! Requantisation: `⌊x / 2^s + 1/2⌋`, alone or with ReLU.
//!
//! | constraint                    | rows    | enforces                                     |
//! |-------------------------------|---------|----------------------------------------------|
//! | bits of `x + 2^(s−1) − low`   | `k + 1` | quotient (upper bits) and remainder (lower)  |
//! | `y = sign · upper bits`       | 1       | with ReLU: negative numbers give zero        |
//!
//! The quotient is a linear combination of the upper bits: nothing is divided. `low` is a multiple
//! of `2^s`, or `−2^(k−1)` with ReLU, so that the top bit is the sign.
//!
//! # Soundness
//!
//! The division has one solution with a remainder of `s` bits and a quotient of `k − s` bits, and
//! the bits are unique (see `bits`). The classic forgery takes the quotient in the field, with a
//! wrong remainder: here the quotient has no variable of its own that could hold 252 bits.
//!
//! Where the interval leaves one quotient, or one sign, no row is written: what holds then holds by
//! rows before, as every [`Signal`] promises. Who narrows an interval must write its own.
//!
//! The equations: `docs/gadgets/requantize.md`.

use lionml_quant::{Interval, round_shift};
use lionml_r1cs::{Builder, Linear};

use crate::{GadgetError, Signal, decompose};

/// The signal divided by `2^shift`, to the nearest integer, halves up.
pub fn requantize(builder: &mut Builder, x: &Signal, shift: u32) -> Result<Signal, GadgetError> {
    if shift == 0 {
        return Ok(x.clone());
    }
    let interval = x.interval.map(|v| round_shift(v, shift).unwrap_or(v))?;
    if interval.low() == interval.high() {
        return Signal::constant(interval.low());
    }
    let rounded = x.offset(1 << (shift - 1))?;
    let low = (rounded.interval.low() >> shift) << shift;
    let width = Interval::new(low, rounded.interval.high())?.width();
    let bits = decompose(builder, &rounded.linear, low, width);
    let upper = Linear::from_bits(bits.get(shift as usize..).unwrap_or_default());
    Ok(Signal::new(&upper + &Linear::integer(low >> shift), interval))
}

/// `max(⌊x / 2^shift + 1/2⌋, 0)`; without a shift it is the ReLU alone.
pub fn requantize_relu(
    builder: &mut Builder,
    x: &Signal,
    shift: u32,
) -> Result<Signal, GadgetError> {
    let interval = x.interval.map(|v| round_shift(v, shift).unwrap_or(v).max(0))?;
    if interval == Interval::ZERO {
        return Signal::constant(0);
    }
    let rounded = if shift == 0 { x.clone() } else { x.offset(1 << (shift - 1))? };
    if rounded.interval.low() >= 0 {
        return requantize(builder, x, shift);
    }
    let width = rounded.interval.signed_bits();
    let mut bits = decompose(builder, &rounded.linear, -(1 << (width - 1)), width);
    let sign = bits.pop().unwrap_or_default();
    let mut factor = Linear::from_bits(bits.get(shift as usize..).unwrap_or_default());
    if shift == 0 && x.linear.terms().len() < factor.terms().len() {
        // Where the sign is one both are equal: the shorter has fewer non-zeros.
        factor = x.linear.clone();
    }
    Ok(Signal::new(builder.product("relu", &sign, &factor), interval))
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::{
        Fr,
        field::{Field, Zero, from_i128},
    };
    use lionml_testing::{Lie, Target};
    use proptest::prelude::*;

    use super::*;

    type Gadget = fn(&mut Builder, &Signal, u32) -> Result<Signal, GadgetError>;

    fn target(gadget: Gadget, interval: Interval, shift: u32) -> (Target, Signal) {
        let mut builder = Builder::new();
        // Two terms: a dense combination, as after a linear layer.
        let sum = &Linear::from(builder.private_input()) + &builder.private_input().into();
        let output = gadget(&mut builder, &Signal::new(sum, interval), shift).unwrap();
        (Target::new(builder.finish()), output)
    }

    const LIES: &[Lie] = &[
        // Remainder three more, quotient taken in the field.
        Lie {
            hint: "bits",
            values: |bits| {
                let three = from_i128(3);
                let unit = from_i128(4).inverse().unwrap();
                [&[bits[0] + three, bits[1], bits[2] - three * unit], &bits[3..]].concat()
            },
        },
        // Quotient one less, remainder four more.
        Lie {
            hint: "bits",
            values: |bits| {
                [&[bits[0] + from_i128(4), bits[1], bits[2] - Fr::from(1u64)], &bits[3..]].concat()
            },
        },
    ];

    #[test]
    fn rejects_lies() {
        let interval = Interval::new(-37, 50).unwrap();
        for gadget in [requantize as Gadget, requantize_relu] {
            let (target, _) = target(gadget, interval, 2);
            for value in [-37, -2, -1, 0, 1, 2, 50] {
                target.assert_sound(&[value, 0], LIES);
            }
        }
        // A positive number called zero, a negative one let through.
        let other = Lie { hint: "relu", values: |y| vec![Fr::from(u64::from(y[0] == Fr::zero()))] };
        let (target, _) = target(requantize_relu, interval, 2);
        for value in [-37, 0, 50] {
            target.assert_sound(&[value, 0], std::slice::from_ref(&other));
        }
    }

    proptest! {
        #[test]
        fn matches_integers_exactly(low in -300i128..300, size in 0i128..600, shift in 0u32..6, at in 0i128..600) {
            let interval = Interval::new(low, low + size).unwrap();
            let value = low + at.min(size);
            for (gadget, floor) in [(requantize as Gadget, i128::MIN), (requantize_relu, 0)] {
                let (target, output) = target(gadget, interval, shift);
                let witness = target.honest(&[value, 0]);
                let expected = round_shift(value, shift).unwrap().max(floor);
                prop_assert_eq!(output.linear.value(|v| witness.value(v)), from_i128(expected));
                prop_assert!(output.interval.contains(expected));
            }
        }
    }

    #[test]
    fn pins_counts() {
        let interval = Interval::signed(20).unwrap();
        // One bit more than twenty: the rounding offset passes the top of the interval.
        assert_eq!(target(requantize, interval, 8).0.circuit().constraints(), 21 + 1);
        assert_eq!(target(requantize_relu, interval, 8).0.circuit().constraints(), 21 + 2);
        let narrow = Interval::new(-(1 << 19), (1 << 19) - 200).unwrap();
        assert_eq!(target(requantize_relu, narrow, 8).0.circuit().constraints(), 20 + 2);
    }
}
