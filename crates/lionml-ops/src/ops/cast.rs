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

use lionml_gadgets::{Signal, is_zero, magnitude_unchecked};
use lionml_quant::{Interval, Number, QuantError, Scale};
use lionml_r1cs::{Builder, Linear};
use serde::{Deserialize, Serialize};

use crate::{
    Elementwise, Form, Formats, Integers, OpError, PerElement, Properties, Role, Rounding,
};

/// The same numbers as another type of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cast {
    /// The new type.
    pub to: CastTarget,
}

/// A type of elements.
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

/// How integers are cast.
enum Rule {
    /// Multiplied by a factor.
    Times(i128),
    /// Divided by `2^shift`, towards zero.
    Truncate(u32),
    /// One where they are not zero, else zero.
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

impl Elementwise<1> for Cast {
    fn number(&self, [x]: &[Number; 1]) -> Result<Number, OpError> {
        let scale = if self.to == CastTarget::Float { x.scale } else { Scale::ONE };
        Ok(Number { scale, interval: self.interval(x)? })
    }

    fn float(&self, [x]: [f64; 1]) -> f64 {
        match self.to {
            CastTarget::Float => x,
            CastTarget::Integer { .. } => libm::trunc(x),
            CastTarget::Boolean => f64::from(u8::from(x != 0.0)),
        }
    }

    fn integer(&self, [x]: [i128; 1], formats: &Formats<1>) -> Result<i128, OpError> {
        Ok(match self.rule(&formats.operands[0])? {
            Rule::Times(factor) => x.checked_mul(factor).ok_or(QuantError::Overflow)?,
            Rule::Truncate(shift) => x / (1 << shift),
            Rule::IsOther => i128::from(x != 0),
        })
    }

    fn rows(
        &self,
        builder: &mut Builder,
        [x]: [Signal; 1],
        formats: &Formats<1>,
    ) -> Result<Linear, OpError> {
        Ok(match self.rule(&formats.operands[0])? {
            Rule::Times(factor) => x.linear.times(factor),
            Rule::Truncate(shift) => {
                let magnitude = magnitude_unchecked(builder, &x);
                let whole = magnitude.bits.get(shift as usize..).unwrap_or_default();
                builder.product("truncated", &magnitude.sign, &Linear::from_bits(whole))
            }
            Rule::IsOther => &Linear::integer(1) - &is_zero(builder, &x),
        })
    }

    fn per_element(&self) -> PerElement<'_, 1> {
        PerElement {
            roles: [Role::Term; 1],
            uses: [0; 1],
            steps: 1,
            properties: Properties {
                form: Form::Bits,
                rounding: Rounding::Never,
                integers: match self.to {
                    CastTarget::Float => Integers::Lost,
                    CastTarget::Integer { .. } | CastTarget::Boolean => Integers::Made,
                },
                range: None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::{Fr, field::One};
    use lionml_testing::Lie;

    use super::*;
    use crate::{
        Fact, Op,
        check::{Check, Checked, wire},
    };

    const INT8: Cast = Cast { to: CastTarget::Integer { signed: true, bits: 8 } };
    const BOOLEAN: Cast = Cast { to: CastTarget::Boolean };
    const FLOAT: Cast = Cast { to: CastTarget::Float };

    impl Checked for Cast {
        fn checks(checks: &mut Vec<Check<Self>>) {
            Check::new(INT8)
                .case([wire([2, 3], 4, -500, 400)])
                .case([wire([3], 4, 16, 400)])
                .case([wire([3], 4, -400, -1)])
                .case([wire([3], 4, -15, 15)])
                .case([wire([3], 0, -128, 127)])
                .case([wire([3], -2, -30, 20)])
                .free_at_zero(&["is negative"])
                .add_to(checks);
            Check::new(FLOAT).case([wire([3], 4, -5, 9)]).add_to(checks);
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
                .add_to(checks);
        }
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(INT8)
            .case([wire([1], 4, -512, 511)])
            .case([wire([1], 0, -128, 127)])
            .counts();
        // Ten bits: the magnitude of -512.
        assert_eq!(
            counts,
            ["13 rows, 3 hints, 15 + 27 + 13 non-zeros", "0 rows, 0 hints, 0 + 0 + 0 non-zeros"]
        );
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
        const OTHER: &[Lie] = &[Lie { hint: "is not zero", values: |p| vec![Fr::one() - p[0]] }];
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
