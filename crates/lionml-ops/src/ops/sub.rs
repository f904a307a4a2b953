//! `Sub`: the difference of two tensors, broadcast.
//!
//! ONNX: [Sub](https://onnx.ai/onnx/operators/onnx__Sub.html), all opsets.
//! Exactness: the difference of the quantised operands, without rounding.
//!
//! No row: a difference is a linear combination. The coarser operand is brought to the finer scale
//! by a whole factor.

use lionml_gadgets::Signal;
use lionml_quant::Number;
use lionml_r1cs::{Builder, Linear};
use serde::{Deserialize, Serialize};

use crate::{
    Elementwise, Form, Formats, Integers, OpError, PerElement, Properties, Role, Rounding,
};

/// The difference of two tensors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sub;

impl Elementwise<2> for Sub {
    fn number(&self, [a, b]: &[Number; 2]) -> Result<Number, OpError> {
        Ok(Number { interval: a.interval.sub(&b.interval)?, ..*a })
    }

    fn float(&self, [a, b]: [f64; 2]) -> f64 {
        a - b
    }

    fn integer(&self, [a, b]: [i128; 2], _: &Formats<2>) -> Result<i128, OpError> {
        Ok(a - b)
    }

    fn rows(
        &self,
        _: &mut Builder,
        [a, b]: [Signal; 2],
        _: &Formats<2>,
    ) -> Result<Linear, OpError> {
        Ok(&a.linear - &b.linear)
    }

    fn per_element(&self) -> PerElement<'_, 2> {
        PerElement {
            roles: [Role::Term; 2],
            uses: [0; 2],
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
        Fact, Op,
        check::{Check, Checked, constant, wire},
    };

    impl Checked for Sub {
        fn checks(checks: &mut Vec<Check<Self>>) {
            Check::new(Sub)
                .case([wire([2, 3], 4, -50, 50), wire([3], 4, -7, 9)])
                .case([wire([2, 1], 2, 0, 255), wire([1, 2], 6, -3, 3)])
                .case([constant([3], 8, &[100, -200, 3]), wire([3], 4, -50, 50)])
                .add_to(checks);
        }
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(Sub).case([wire([64], 4, -50, 50), wire([64], 4, -7, 9)]).counts();
        assert_eq!(counts, ["0 rows, 0 hints, 0 + 0 + 0 non-zeros"]);
    }

    #[test]
    fn rejects_shapes_that_do_not_broadcast() {
        let (a, b) = (Fact::float([2]), Fact::float([3]));
        assert!(matches!(Sub.infer(&[a.clone(), b]), Err(OpError::Shape(_))));
        assert_eq!(Sub.infer(&[a]), Err(OpError::Operands { expected: 2, got: 1 }));
    }
}
