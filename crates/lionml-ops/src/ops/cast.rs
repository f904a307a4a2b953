//! `Cast`: the same numbers as another type of elements.
//!
//! ONNX: [Cast](https://onnx.ai/onnx/operators/onnx__Cast.html), all opsets, between floats,
//! integers and truth values; from one type of integers to another it is a `Wrap`. Not supported,
//! refused by name: floats that the type of integers might not hold (ONNX does not say what becomes
//! of them), operands whose scale has an odd factor.
//! Exactness: that of the quantised operand; floats of any width are the same fixed-point numbers.
//!
//! | cast                    | rows per element | enforces                                  |
//! |-------------------------|------------------|-------------------------------------------|
//! | to float, whole numbers | 0                |                                           |
//! | fractions to integer    | `k + 3`          | sign, magnitude without its fraction      |
//! | to truth value          | 2 or 3           | whether it is zero                        |
//!
//! `k` is the width of the largest magnitude; rounding is towards zero.
//!
//! # Soundness
//!
//! A prover could lie about the sign or the bits (see [`lionml_gadgets::magnitude_unchecked`]:
//! both are unique but for the sign of zero, which is multiplied with the upper bits of zero), or
//! call zero something else or the reverse (see [`lionml_gadgets::is_zero`], whose inverse is free
//! for zero and used for nothing else).

use lionml_gadgets::{is_zero, magnitude_unchecked};
use lionml_quant::{Interval, Number, QTensor, QuantError, Scale};
use lionml_r1cs::{Builder, Linear};
use lionml_tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{Fact, Op, OpError, Wires, op::operands};

/// The same numbers as another type of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cast {
    /// What the elements become.
    pub to: CastTarget,
}

/// What elements can become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CastTarget {
    /// A float of any width.
    Float,
    /// An integer.
    Integer {
        /// Whether it can be negative.
        signed: bool,
        /// Its width.
        bits: u32,
    },
    /// A truth value.
    Boolean,
}

/// What integers become.
enum Rule {
    /// What they are, times a factor.
    Times(i128),
    /// Divided by `2^shift`, towards zero.
    Truncate(u32),
    /// Whether they are not zero.
    IsOther,
}

impl Cast {
    fn rule(&self, number: &Number) -> Result<Rule, OpError> {
        match self.to {
            CastTarget::Float => Ok(Rule::Times(1)),
            CastTarget::Boolean if number.interval == Interval::BIT => Ok(Rule::Times(1)),
            CastTarget::Boolean => Ok(Rule::IsOther),
            CastTarget::Integer { .. } => match Scale::ONE.factor_from(&number.scale) {
                Ok(factor) => Ok(Rule::Times(factor)),
                Err(error) => {
                    let shift = u32::try_from(number.scale.fraction_bits()).ok();
                    let is_binary = number.scale.odd_ratio() == (1, 1);
                    // No interval is wider than 2^120.
                    shift
                        .filter(|_| is_binary)
                        .map(|shift| Rule::Truncate(shift.min(121)))
                        .ok_or_else(|| error.into())
                }
            },
        }
    }

    /// The interval of the integers; the type must hold all of it.
    fn interval(&self, number: &Number) -> Result<Interval, OpError> {
        let interval = match self.rule(number)? {
            Rule::Times(factor) => number.interval.times(factor)?,
            Rule::Truncate(shift) => number.interval.map(|v| v / (1 << shift))?,
            Rule::IsOther => Interval::BIT,
        };
        if let CastTarget::Integer { signed, bits } = self.to {
            // Types of 128 bits hold every interval with their sign.
            let all = Interval::of_type(signed, bits.min(120));
            if !all.is_ok_and(|all| all.covers(&interval)) {
                return Err(OpError::Attribute {
                    attribute: "to",
                    value: format!("{:?}", self.to),
                    expected: "a type that holds every integer of the operand",
                });
            }
        }
        Ok(interval)
    }
}

impl Op for Cast {
    fn infer(&self, inputs: &[Fact]) -> Result<Vec<Fact>, OpError> {
        let [x] = operands(inputs)?;
        let fact = Fact::derived(x.shape.clone(), inputs, |numbers| {
            let [number] = operands(numbers)?;
            let scale = if self.to == CastTarget::Float { number.scale } else { Scale::ONE };
            Ok(Number { scale, interval: self.interval(number)? })
        })?;
        Ok(vec![fact])
    }

    fn eval_float(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, OpError> {
        let [x] = operands(inputs)?;
        Ok(vec![x.map(|&v| match self.to {
            CastTarget::Float => v,
            CastTarget::Integer { .. } => libm::trunc(v),
            CastTarget::Boolean => f64::from(u8::from(v != 0.0)),
        })])
    }

    fn eval_quant(
        &self,
        inputs: &[QTensor],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<i128>>, OpError> {
        let [x] = operands(inputs)?;
        let rule = self.rule(&x.number)?;
        let values = x.values.try_map(|&v| match rule {
            Rule::Times(factor) => v.checked_mul(factor).ok_or(QuantError::Overflow),
            Rule::Truncate(shift) => Ok(v / (1 << shift)),
            Rule::IsOther => Ok(i128::from(v != 0)),
        })?;
        Ok(vec![values])
    }

    fn synthesize(
        &self,
        builder: &mut Builder,
        inputs: &[Wires],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<Linear>>, OpError> {
        let [x] = operands(inputs)?;
        let rule = self.rule(&x.number())?;
        Ok(vec![Tensor::from_fn(x.shape().clone(), |i| match rule {
            Rule::Times(factor) => x.linear(i).times(factor),
            Rule::Truncate(shift) => {
                let magnitude = magnitude_unchecked(builder, &x.signal(i));
                let whole = magnitude.bits.get(shift as usize..).unwrap_or_default();
                builder.product("truncated", &magnitude.sign, &Linear::from_bits(whole))
            }
            Rule::IsOther => &Linear::integer(1) - &is_zero(builder, &x.signal(i)),
        })])
    }
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::{Fr, field::One};
    use lionml_testing::Lie;

    use super::*;
    use crate::check::{Check, wire};

    const INT8: Cast = Cast { to: CastTarget::Integer { signed: true, bits: 8 } };
    const BOOLEAN: Cast = Cast { to: CastTarget::Boolean };
    const FLOAT: Cast = Cast { to: CastTarget::Float };

    #[test]
    fn matches_integers_and_floats() {
        Check::new(INT8)
            .case([wire([2, 3], 4, -500, 400)])
            .case([wire([3], 4, 16, 400)])
            .case([wire([3], 4, -400, -1)])
            .case([wire([3], 4, -15, 15)])
            .case([wire([3], 0, -128, 127)])
            .case([wire([3], -2, -30, 20)])
            .free_at_zero(&["is negative"])
            .run();
        Check::new(FLOAT).case([wire([3], 4, -5, 9)]).run();
        Check::new(BOOLEAN)
            .case([wire([3], 0, 0, 1)])
            // One bit in another unit, and numbers that are not negative: no bits as they are.
            .case([wire([3], 3, 0, 1)])
            .case([wire([3], 0, 0, 2)])
            .case([wire([3], 0, 0, 9)])
            .case([wire([3], 0, -1, 1)])
            .case([wire([3], 0, -1, 0)])
            .case([wire([3], 3, 2, 9)])
            .case([wire([3], 3, -2, 9)])
            .free_hints(&["inverse"])
            .run();
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(INT8)
            .case([wire([1], 4, -512, 511)])
            .case([wire([1], 0, -128, 127)])
            .counts();
        // Ten bits: the magnitude of -512.
        assert_eq!(counts, ["13 rows, 3 hints, 15 + 27 + 13 non-zeros", "0 rows, 0 hints, 0 + 0 + 0 non-zeros"]);
        let counts = Check::new(BOOLEAN).case([wire([1], 4, -512, 511)]).counts();
        assert_eq!(counts, ["2 rows, 2 hints, 2 + 3 + 1 non-zeros"]);
    }

    #[test]
    fn rejects_lies() {
        const LIES: &[Lie] = &[
            Lie { hint: "is negative", values: |n| vec![Fr::one() - n[0]] },
            Lie { hint: "magnitude", values: |b| b.iter().map(|b| Fr::one() - b).collect() },
            Lie { hint: "truncated", values: |v| vec![v[0] - Fr::one()] },
        ];
        Check::new(INT8)
            .case([wire([3], 4, -500, 400)])
            .free_at_zero(&["is negative"])
            .lies(LIES)
            .run();
        const OTHER: &[Lie] =
            &[Lie { hint: "is not zero", values: |p| vec![Fr::one() - p[0]] }];
        Check::new(BOOLEAN)
            .case([wire([3], 4, -500, 400)])
            .free_hints(&["inverse"])
            .lies(OTHER)
            .run();
    }

    #[test]
    fn rejects_types_that_are_too_narrow() {
        let fact = |scale: Scale, high: i128| {
            let interval = Interval::new(-high, high).unwrap();
            Fact::fixed([1], Number { scale, interval })
        };
        let error = INT8.infer(&[fact(Scale::ONE, 128)]).unwrap_err();
        assert!(matches!(error, OpError::Attribute { attribute: "to", .. }));
        let unsigned = Cast { to: CastTarget::Integer { signed: false, bits: 64 } };
        assert!(unsigned.infer(&[fact(Scale::ONE, 1)]).is_err());
        let error = INT8.infer(&[fact(Scale::reciprocal(255), 100)]).unwrap_err();
        assert!(matches!(error, OpError::Quant(QuantError::Rescale { .. })));
    }
}
