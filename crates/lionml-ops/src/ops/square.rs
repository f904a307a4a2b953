//! `Square`: `x²`, element by element.
//!
//! ONNX: none; the importer takes it for a product of a tensor with itself.
//! `Mul` of both would be as exact, but could not know that no square is negative.
//! Exactness: the square of the quantised operand, without rounding.
//!
//! | constraint  | per element | enforces   |
//! |-------------|-------------|------------|
//! | `x · x = y` | 1           | the square |
//!
//! # Soundness
//!
//! The row leaves `y` no choice.

use lionml_gadgets::Signal;
use lionml_quant::{Interval, Number};
use lionml_r1cs::{Builder, Linear};
use serde::{Deserialize, Serialize};

use crate::{
    Elementwise, Form, Formats, Integers, OpError, PerElement, Properties, Role, Rounding,
};

/// `x²`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Square;

impl Elementwise<1> for Square {
    fn number(&self, [x]: &[Number; 1]) -> Result<Number, OpError> {
        let interval = &x.interval;
        let nearest = 0.clamp(interval.low(), interval.high());
        let low = Interval::point(nearest)?.times(nearest)?;
        let high = Interval::point(interval.magnitude())?.times(interval.magnitude())?;
        Ok(Number { scale: x.scale.product(&x.scale)?, interval: low.hull(&high) })
    }

    fn float(&self, [x]: [f64; 1]) -> f64 {
        x * x
    }

    fn integer(&self, [x]: [i128; 1], _: &Formats<1>) -> Result<i128, OpError> {
        Ok(x * x)
    }

    fn rows(
        &self,
        builder: &mut Builder,
        [x]: [Signal; 1],
        _: &Formats<1>,
    ) -> Result<Linear, OpError> {
        Ok(builder.product("square", &x.linear, &x.linear))
    }

    fn per_element(&self) -> PerElement<'_, 1> {
        PerElement {
            roles: [Role::Factor; 1],
            uses: [2; 1],
            steps: 1,
            properties: Properties {
                form: Form::Products,
                rounding: Rounding::Never,
                integers: Integers::Kept,
                range: None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Fact, Op,
        check::{Check, Checked, wire},
    };

    impl Checked for Square {
        fn checks(checks: &mut Vec<Check<Self>>) {
            Check::new(Square)
                .case([wire([2, 3], 4, -50, 40)])
                .case([wire([2], -1, 3, 9)])
                .case([wire([2], 1, -9, -3)])
                .add_to(checks);
        }
    }

    #[test]
    fn matches_intervals_by_hand() {
        for (operand, low, high) in [((-50, 40), 0, 2500), ((3, 9), 9, 81), ((-9, -3), 9, 81)] {
            let interval = Interval::new(operand.0, operand.1).unwrap();
            let number = Number { scale: lionml_quant::Scale::ONE, interval };
            let fact = Square.infer(&[Fact::fixed([1], number)]).unwrap().remove(0);
            assert_eq!(fact.number.unwrap().interval, Interval::new(low, high).unwrap());
        }
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(Square).case([wire([64], 4, -50, 40)]).counts();
        assert_eq!(counts, ["64 rows, 64 hints, 64 + 64 + 64 non-zeros"]);
    }

    #[test]
    fn rejects_squares_past_every_interval() {
        let interval = Interval::new(-(1 << 61), 0).unwrap();
        let number = Number { scale: lionml_quant::Scale::ONE, interval };
        assert!(matches!(Square.infer(&[Fact::fixed([1], number)]), Err(OpError::Quant(_))));
    }
}
