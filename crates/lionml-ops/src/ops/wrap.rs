//! `Wrap`: integers as their type holds them, modulo a power of two.
//!
//! ONNX: none of its own; what Add, Sub, Mul, Neg, MatMul, ReduceSum and Cast do with an integer that
//! the type of their output does not hold, as NumPy and ONNX Runtime do it.
//! Exactness: exact. The operand must be whole numbers.
//!
//! | integers of the operand                  | rows per element | enforces                   |
//! |------------------------------------------|------------------|----------------------------|
//! | all in one window of `2^bits`            | 0                |                            |
//! | in several windows, the operand a wire   | `k`              | the bits from the first on |
//! | in several windows, the operand a sum    | `k + 1`          | the same, and their sum    |
//!
//! Windows follow each other from the type's lowest integer on, in both directions. `k` is the width
//! of the integers from the start of the first window on.
//!
//! # Soundness
//!
//! The only hint is the bits, which [`lionml_gadgets::decompose`] pins. A prover could give other low
//! bits and let one that is left out make up for them in the field: it would be no bit, which "a bit
//! is zero or one" and "the top bit is zero or one" stop, for the left-out bits as for the others. Nor
//! can the bits be those of another number: "the bits are those of the value" stops that for a sum,
//! and for a wire the top bit is whatever the others leave.

use lionml_gadgets::{Signal, decompose};
use lionml_quant::{Interval, Number, QuantError, Scale};
use lionml_r1cs::{Builder, Linear};
use serde::{Deserialize, Serialize};

use crate::{
    Elementwise, Form, Formats, Integers, OpError, PerElement, Properties, Role, Rounding,
};

/// Integers as a type holds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrap {
    /// Whether the type has negative integers.
    pub signed: bool,
    /// Its width.
    pub bits: u32,
}

/// How the integers of an operand relate to a type.
struct Rule {
    /// The factor that makes them whole numbers.
    factor: i128,
    /// The whole numbers.
    interval: Interval,
    /// The integers of the type.
    all: Interval,
    /// `2^bits`.
    modulus: i128,
    /// The distance of the window of the lowest of them from the type's.
    offset: i128,
    /// Whether the others lie in the same window: then the offset is all that is taken off.
    is_one_window: bool,
}

impl Wrap {
    fn rule(&self, number: &Number) -> Result<Rule, OpError> {
        let factor = Scale::ONE.factor_from(&number.scale)?;
        let interval = number.interval.times(factor)?;
        let all = Interval::of_type(self.signed, self.bits)?;
        let modulus = 1i128.checked_shl(self.bits).ok_or(QuantError::Overflow)?;
        let offset = |value: i128| (value - all.low()).div_euclid(modulus) * modulus;
        let (offset, last) = (offset(interval.low()), offset(interval.high()));
        Ok(Rule { factor, interval, all, modulus, offset, is_one_window: offset == last })
    }
}

impl Elementwise<1> for Wrap {
    fn number(&self, [x]: &[Number; 1]) -> Result<Number, OpError> {
        let Rule { interval, all, offset, is_one_window, .. } = self.rule(x)?;
        let interval = match is_one_window {
            true => Interval::new(interval.low() - offset, interval.high() - offset)?,
            false => all,
        };
        Ok(Number { scale: Scale::ONE, interval })
    }

    fn float(&self, [x]: [f64; 1]) -> f64 {
        let power = |bits: u32| libm::ldexp(1.0, bits.min(1000).cast_signed());
        let (modulus, half) = (power(self.bits), power(self.bits.saturating_sub(1)));
        let low = if self.signed { -half } else { 0.0 };
        x - modulus * libm::floor((x - low) / modulus)
    }

    fn integer(&self, [x]: [i128; 1], formats: &Formats<1>) -> Result<i128, OpError> {
        let Rule { factor, all, modulus, .. } = self.rule(&formats.operands[0])?;
        let whole = x.checked_mul(factor).ok_or(QuantError::Overflow)?;
        Ok((whole - all.low()).rem_euclid(modulus) + all.low())
    }

    fn rows(
        &self,
        builder: &mut Builder,
        [x]: [Signal; 1],
        formats: &Formats<1>,
    ) -> Result<Linear, OpError> {
        let Rule { factor, interval, all, offset, is_one_window, .. } =
            self.rule(&formats.operands[0])?;
        let whole = x.linear.times(factor);
        if is_one_window {
            return Ok(&whole - &Linear::integer(offset));
        }
        let base = offset + all.low();
        let width = i128::BITS - (interval.high() - base).leading_zeros();
        let bits = decompose(builder, &whole, base, width);
        let lowest = bits.get(..self.bits as usize).unwrap_or(&bits);
        Ok(&Linear::from_bits(lowest) + &Linear::integer(all.low()))
    }

    fn per_element(&self) -> PerElement<'_, 1> {
        PerElement {
            roles: [Role::Term; 1],
            uses: [0; 1],
            steps: 1,
            properties: Properties {
                form: Form::Bits,
                rounding: Rounding::Never,
                integers: Integers::Made,
                range: None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::{
        Fr,
        field::{Field, One, power_of_two},
    };
    use lionml_testing::Lie;

    use super::*;
    use crate::{
        Fact, Op,
        check::{Check, Checked, FLIPPED_BITS, wire},
    };
    use lionml_quant::QTensor;
    use lionml_tensor::Tensor;

    const INT8: Wrap = Wrap { signed: true, bits: 8 };
    const UINT8: Wrap = Wrap { signed: false, bits: 8 };

    impl Checked for Wrap {
        fn checks(checks: &mut Vec<Check<Self>>) {
            for op in [INT8, UINT8] {
                Check::new(op)
                    .case([wire([2, 3], 0, -200, 400)])
                    .case([wire([3], 0, 0, 127)])
                    .case([wire([3], 0, 250, 262)])
                    .case([wire([3], 0, 300, 320)])
                    .case([wire([3], 0, -129, -1)])
                    .case([wire([3], -2, -90, 90)])
                    .add_to(checks);
            }
            Check::new(Wrap { signed: true, bits: 32 })
                .case([wire([2], 0, -(1 << 40), 1 << 40)])
                .add_to(checks);
        }
    }

    #[test]
    fn pins_values() {
        let wrapped = |op: Wrap, value: i128| {
            let number = Number { scale: Scale::ONE, interval: Interval::signed(20).unwrap() };
            let operand = QTensor { values: Tensor::full([1], value).into(), number };
            let outputs = op.infer(&[Fact::fixed([1], number)]).unwrap();
            op.eval_quant(&[operand], &outputs).unwrap()[0].data()[0]
        };
        assert_eq!([255, 256, 300, -1, -256].map(|v| wrapped(UINT8, v)), [255, 0, 44, 255, 0]);
        assert_eq!(
            [127, 128, 300, -128, -129].map(|v| wrapped(INT8, v)),
            [127, -128, 44, -128, 127]
        );
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(UINT8)
            .case([wire([1], 0, -200, 400)])
            .case([wire([1], 0, 0, 255)])
            .case([wire([1], 0, 300, 320)])
            .counts();
        // From -256 to 400: ten bits.
        assert_eq!(
            counts,
            [
                "10 rows, 1 hints, 20 + 20 + 9 non-zeros",
                "0 rows, 0 hints, 0 + 0 + 0 non-zeros",
                "0 rows, 0 hints, 0 + 0 + 0 non-zeros",
            ]
        );
    }

    #[test]
    fn rejects_lies() {
        // Another lowest bit, made up for by one that is left out.
        const MADE_UP_FOR: &[Lie] = &[Lie {
            hint: "bits",
            values: |bits| {
                let mut bits = bits.to_vec();
                let change = Fr::one() - bits[0] - bits[0];
                bits[0] += change;
                bits[8] -= change * power_of_two(8).inverse().unwrap();
                bits
            },
        }];
        for op in [UINT8, INT8] {
            for lies in [FLIPPED_BITS, MADE_UP_FOR] {
                Check::new(op).case([wire([3], 0, -200, 400)]).lies(lies).run();
            }
        }
    }

    #[test]
    fn rejects_what_is_not_whole_and_types_beyond_intervals() {
        let fact =
            |scale| Fact::fixed([1], Number { scale, interval: Interval::signed(8).unwrap() });
        assert!(matches!(
            UINT8.infer(&[fact(Scale::binary(1))]),
            Err(OpError::Quant(QuantError::Rescale { .. }))
        ));
        for bits in [0, 122, u32::MAX] {
            assert!(Wrap { signed: true, bits }.infer(&[fact(Scale::ONE)]).is_err(), "{bits}");
        }
    }
}
