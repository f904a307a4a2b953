//! `Mul`: the product of two tensors, element by element, broadcast.
//!
//! ONNX: [Mul](https://onnx.ai/onnx/operators/onnx__Mul.html), all opsets.
//! Exactness: the product of the quantised operands, without rounding.
//!
//! | constraint  | per element | enforces                                |
//! |-------------|-------------|-----------------------------------------|
//! | `a · b = y` | 1           | the product; none with a constant       |
//!
//! # Soundness
//!
//! The row leaves `y` no choice.

use lionml_gadgets::Signal;
use lionml_quant::Number;
use lionml_r1cs::{Builder, Linear};
use serde::{Deserialize, Serialize};

use crate::{
    Elementwise, Form, Formats, Integers, OpError, PerElement, Properties, Role, Rounding,
};

/// The product of two tensors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mul;

impl Elementwise<2> for Mul {
    fn number(&self, [a, b]: &[Number; 2]) -> Result<Number, OpError> {
        Ok(Number { scale: a.scale.product(&b.scale)?, interval: a.interval.mul(&b.interval)? })
    }

    fn float(&self, [a, b]: [f64; 2]) -> f64 {
        a * b
    }

    fn integer(&self, [a, b]: [i128; 2], _: &Formats<2>) -> Result<i128, OpError> {
        Ok(a * b)
    }

    fn rows(
        &self,
        builder: &mut Builder,
        [a, b]: [Signal; 2],
        _: &Formats<2>,
    ) -> Result<Linear, OpError> {
        Ok(builder.product("product", &a.linear, &b.linear))
    }

    fn per_element(&self) -> PerElement<'_, 2> {
        PerElement {
            roles: [Role::Factor; 2],
            uses: [1; 2],
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
        check::{Check, Checked, constant, wire},
    };

    impl Checked for Mul {
        fn checks(checks: &mut Vec<Check<Self>>) {
            Check::new(Mul)
                .case([wire([2, 3], 4, -50, 40), wire([3], 2, -7, 9)])
                .case([wire([2, 1], 6, 0, 255), wire([1, 2], -1, -3, -1)])
                .case([wire([3], 4, -50, 50), constant([2, 3], 8, &[100, -200, 3, 0, 1, -1])])
                .case([constant([], 3, &[5]), wire([2], 4, -50, 50)])
                .add_to(checks);
        }
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(Mul)
            .case([wire([4, 8], 4, -50, 50), wire([8], 4, -7, 9)])
            .case([wire([64], 4, -50, 50), constant([], 4, &[3])])
            .counts();
        assert_eq!(
            counts,
            ["32 rows, 32 hints, 32 + 32 + 32 non-zeros", "0 rows, 0 hints, 0 + 0 + 0 non-zeros"]
        );
    }

    #[test]
    fn rejects_what_does_not_fit() {
        let (a, b) = (Fact::float([2]), Fact::float([3]));
        assert!(matches!(Mul.infer(&[a.clone(), b]), Err(OpError::Shape(_))));
        assert_eq!(Mul.infer(&[a]), Err(OpError::Operands { expected: 2, got: 1 }));
    }
}
