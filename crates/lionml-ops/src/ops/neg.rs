//! `Neg`: `−x`, element by element.
//!
//! ONNX: [Neg](https://onnx.ai/onnx/operators/onnx__Neg.html), all opsets.
//! Exactness: that of the quantised operand, without rounding.
//!
//! No row: the coefficients change sign.

use lionml_gadgets::Signal;
use lionml_quant::Number;
use lionml_r1cs::{Builder, Linear};
use serde::{Deserialize, Serialize};

use crate::{
    Elementwise, Form, Formats, Integers, OpError, PerElement, Properties, Role, Rounding,
};

/// `−x`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neg;

impl Elementwise<1> for Neg {
    fn number(&self, [x]: &[Number; 1]) -> Result<Number, OpError> {
        Ok(Number { interval: x.interval.neg(), ..*x })
    }

    fn float(&self, [x]: [f64; 1]) -> f64 {
        -x
    }

    fn integer(&self, [x]: [i128; 1], _: &Formats<1>) -> Result<i128, OpError> {
        Ok(-x)
    }

    fn rows(&self, _: &mut Builder, [x]: [Signal; 1], _: &Formats<1>) -> Result<Linear, OpError> {
        Ok(-&x.linear)
    }

    fn per_element(&self) -> PerElement<'_, 1> {
        PerElement {
            roles: [Role::Term; 1],
            uses: [0; 1],
            steps: 1,
            properties: Properties {
                form: Form::Linear,
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
        Op,
        check::{Check, Checked, wire},
    };

    impl Checked for Neg {
        fn checks(checks: &mut Vec<Check<Self>>) {
            Check::new(Neg)
                .case([wire([2, 3], 4, -50, 40)])
                .case([wire([2], 0, 3, 9)])
                .add_to(checks);
        }
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(Neg).case([wire([64], 4, -50, 40)]).counts();
        assert_eq!(counts, ["0 rows, 0 hints, 0 + 0 + 0 non-zeros"]);
    }

    #[test]
    fn rejects_another_number_of_operands() {
        assert_eq!(Neg.infer(&[]), Err(OpError::Operands { expected: 1, got: 0 }));
    }
}
