//! `Relu`: `max(x, 0)`, element by element.
//!
//! ONNX: [Relu](https://onnx.ai/onnx/operators/onnx__Relu.html), all opsets.
//! Exactness: that of the quantised operand, without rounding.
//!
//! Rows: see [`lionml_gadgets::relu`]; where a requantisation follows, the compiler fuses both
//! into `Requantize`, whose bits give the sign as well.
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

/// `max(x, 0)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relu;

impl Elementwise<1> for Relu {
    fn number(&self, [x]: &[Number; 1]) -> Result<Number, OpError> {
        let interval = Interval::new(x.interval.low().max(0), x.interval.high().max(0))?;
        Ok(Number { interval, ..*x })
    }

    fn float(&self, [x]: [f64; 1]) -> f64 {
        x.max(0.0)
    }

    fn integer(&self, [x]: [i128; 1], _: &Formats<1>) -> Result<i128, OpError> {
        Ok(x.max(0))
    }

    fn rows(
        &self,
        builder: &mut Builder,
        [x]: [Signal; 1],
        _: &Formats<1>,
    ) -> Result<Linear, OpError> {
        Ok(relu(builder, &x)?.linear)
    }

    fn per_element(&self) -> PerElement<'_, 1> {
        PerElement {
            roles: [Role::Term; 1],
            uses: [0; 1],
            steps: 1,
            properties: Properties {
                form: Form::Bits,
                rounding: Rounding::Relu,
                integers: Integers::Kept,
                range: None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Check, Checked, FLIPPED_BITS, wire};

    impl Checked for Relu {
        fn checks(checks: &mut Vec<Check<Self>>) {
            Check::new(Relu)
                .case([wire([2, 3], 4, -50, 50)])
                .case([wire([4], 0, -1, 0)])
                .case([wire([4], 0, 3, 9)])
                .add_to(checks);
        }
    }

    #[test]
    fn pins_counts() {
        let counts =
            Check::new(Relu).case([wire([2], 4, -128, 127)]).case([wire([2], 4, 0, 9)]).counts();
        assert_eq!(
            counts,
            ["18 rows, 4 hints, 50 + 32 + 16 non-zeros", "0 rows, 0 hints, 0 + 0 + 0 non-zeros"]
        );
    }

    #[test]
    fn rejects_lies() {
        Check::new(Relu).case([wire([3], 4, -50, 50)]).lies(FLIPPED_BITS).run();
    }
}
