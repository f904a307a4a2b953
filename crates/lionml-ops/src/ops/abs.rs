//! `Abs`: `|x|`, element by element.
//!
//! ONNX: [Abs](https://onnx.ai/onnx/operators/onnx__Abs.html), all opsets.
//! Exactness: that of the quantised operand, without rounding. (`LeakyRelu` of the slope −1 means the
//! same, but its output is rounded, and integers must not be.)
//!
//! | constraint      | per element | enforces                           |
//! |-----------------|-------------|------------------------------------|
//! | `relu(x)`       | `k + 1`     | see [`lionml_gadgets::relu`]       |
//! | a dense operand | 1           | it is a variable: it is used twice |
//!
//! The output `2 · relu(x) − x` is linear in both. Where the interval decides the sign, no row.
//!
//! # Soundness
//!
//! A prover who lies about the sign needs other bits, and the bits of a value are unique.

use lionml_gadgets::{Signal, relu};
use lionml_quant::{Interval, Number};
use lionml_r1cs::{Builder, Linear};
use serde::{Deserialize, Serialize};

use crate::{
    Elementwise, Form, Formats, Integers, OpError, PerElement, Properties, Role, Rounding,
};

/// `|x|`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abs;

impl Elementwise<1> for Abs {
    fn number(&self, [x]: &[Number; 1]) -> Result<Number, OpError> {
        let interval = &x.interval;
        let nearest = 0.clamp(interval.low(), interval.high());
        let interval = Interval::new(nearest.abs(), interval.magnitude())?;
        Ok(Number { interval, ..*x })
    }

    fn float(&self, [x]: [f64; 1]) -> f64 {
        x.abs()
    }

    fn integer(&self, [x]: [i128; 1], _: &Formats<1>) -> Result<i128, OpError> {
        Ok(x.abs())
    }

    fn rows(
        &self,
        builder: &mut Builder,
        [mut x]: [Signal; 1],
        _: &Formats<1>,
    ) -> Result<Linear, OpError> {
        if x.interval.low() < 0 && x.interval.high() > 0 {
            x.linear = builder.materialize("abs operand", &x.linear);
        }
        let positive = relu(builder, &x)?.linear;
        Ok(&positive.times(2) - &x.linear)
    }

    fn per_element(&self) -> PerElement<'_, 1> {
        PerElement {
            roles: [Role::Term],
            uses: [0],
            steps: 1,
            properties: Properties {
                form: Form::Bits,
                rounding: Rounding::Never,
                integers: Integers::Kept,
                range: None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use lionml_quant::Scale;
    use lionml_tensor::Tensor;
    use lionml_testing::{Lie, Target};

    use super::*;
    use crate::{
        Fact, Op, Wires,
        check::{Check, Checked, FLIPPED_BITS, wire},
    };

    impl Checked for Abs {
        fn checks(checks: &mut Vec<Check<Self>>) {
            Check::new(Abs)
                .case([wire([2, 3], 4, -50, 40)])
                .case([wire([4], 0, -1, 0)])
                .case([wire([4], 0, 3, 9)])
                .case([wire([4], 0, -9, -2)])
                .add_to(checks);
        }
    }

    #[test]
    fn matches_intervals_by_hand() {
        for (operand, low, high) in [((-50, 40), 0, 50), ((3, 9), 3, 9), ((-9, -3), 3, 9)] {
            let interval = Interval::new(operand.0, operand.1).unwrap();
            let fact = Fact::fixed([1], Number { scale: Scale::ONE, interval });
            let fact = Abs.infer(&[fact]).unwrap().remove(0);
            assert_eq!(fact.number.unwrap().interval, Interval::new(low, high).unwrap());
        }
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(Abs)
            .case([wire([1], 4, -128, 127)])
            .case([wire([1], 4, 0, 9)])
            .case([wire([1], 4, -9, 0)])
            .counts();
        assert_eq!(
            counts,
            [
                "9 rows, 2 hints, 25 + 16 + 8 non-zeros",
                "0 rows, 0 hints, 0 + 0 + 0 non-zeros",
                "0 rows, 0 hints, 0 + 0 + 0 non-zeros"
            ]
        );
    }

    #[test]
    fn rejects_lies() {
        Check::new(Abs).case([wire([3], 4, -50, 50)]).lies(FLIPPED_BITS).run();
    }

    #[test]
    fn rejects_lies_about_a_dense_operand() {
        let number = Number { scale: Scale::ONE, interval: Interval::new(-50, 50).unwrap() };
        let outputs = Abs.infer(&[Fact::fixed([1], number)]).unwrap();
        let mut builder = Builder::new();
        let sum = (0..3).fold(Linear::zero(), |sum, _| &sum + &builder.private_input().into());
        let elements = Tensor::new([1], vec![sum]).unwrap();
        Abs.synthesize(&mut builder, &[Wires::Variable { elements, number }], &outputs).unwrap();
        let target = Target::new(builder.finish());
        let other = Lie { hint: "abs operand", values: |x| vec![-x[0]] };
        for x in [-40, 20] {
            target.assert_sound(&[x, 3, 4], std::slice::from_ref(&other));
        }
    }
}
