//! `Max`: the larger of two tensors, element by element, broadcast.
//!
//! ONNX: [Max](https://onnx.ai/onnx/operators/onnx__Max.html), all opsets, two operands at a time;
//! the lower end of [Clip](https://onnx.ai/onnx/operators/onnx__Clip.html).
//! Exactness: that of the quantised operands, without rounding.
//!
//! | constraint            | per element | enforces                                          |
//! |-----------------------|-------------|---------------------------------------------------|
//! | bits of `a − b`       | `k`, `k + 1`| which is larger; `k` where one operand is constant |
//! | `s · (a − b)`         | 1           | the difference is added to `b` where it is positive |
//!
//! Where the intervals decide, no row. The coarser operand is brought to the finer scale.
//!
//! # Soundness
//!
//! A prover who prefers the smaller operand needs another sign of the difference, and its bits are
//! unique (see [`lionml_gadgets::max`]).

use lionml_gadgets::{Signal, max};
use lionml_quant::{Interval, Number};
use lionml_r1cs::{Builder, Linear};
use serde::{Deserialize, Serialize};

use crate::{
    Elementwise, Form, Formats, Integers, OpError, PerElement, Properties, Role, Rounding,
};

/// The larger of two tensors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Max;

impl Elementwise<2> for Max {
    fn number(&self, [a, b]: &[Number; 2]) -> Result<Number, OpError> {
        let (low, high) =
            (a.interval.low().max(b.interval.low()), a.interval.high().max(b.interval.high()));
        Ok(Number { interval: Interval::new(low, high)?, ..*a })
    }

    fn float(&self, [a, b]: [f64; 2]) -> f64 {
        a.max(b)
    }

    fn integer(&self, [a, b]: [i128; 2], _: &Formats<2>) -> Result<i128, OpError> {
        Ok(a.max(b))
    }

    fn rows(
        &self,
        builder: &mut Builder,
        [a, b]: [Signal; 2],
        _: &Formats<2>,
    ) -> Result<Linear, OpError> {
        Ok(max(builder, &a, &b)?.linear)
    }

    fn per_element(&self) -> PerElement<'_, 2> {
        PerElement {
            roles: [Role::Term; 2],
            uses: [0; 2],
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
    use super::*;
    use crate::{
        Fact, Op,
        check::{Check, Checked, FLIPPED_BITS, constant, wire},
    };

    impl Checked for Max {
        fn checks(checks: &mut Vec<Check<Self>>) {
            Check::new(Max)
                .case([wire([2, 3], 4, -50, 50), wire([3], 4, -7, 9)])
                .case([wire([2, 1], 6, 0, 255), wire([1, 2], 2, -3, 3)])
                .case([wire([3], 4, -50, 50), constant([3], 8, &[100, -200, 3])])
                .add_to(checks);
        }
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(Max)
            .case([wire([1], 4, -64, 63), wire([1], 4, -64, 63)])
            .case([wire([1], 4, -128, 127), constant([1], 4, &[0])])
            .case([wire([1], 4, -9, 3), constant([1], 4, &[5])])
            .counts();
        assert_eq!(
            counts,
            [
                "10 rows, 2 hints, 14 + 11 + 15 non-zeros",
                "9 rows, 2 hints, 25 + 16 + 8 non-zeros",
                "0 rows, 0 hints, 0 + 0 + 0 non-zeros"
            ]
        );
    }

    #[test]
    fn rejects_lies() {
        Check::new(Max)
            .case([wire([3], 4, -50, 50), wire([3], 4, -20, 30)])
            .lies(FLIPPED_BITS)
            .run();
    }

    #[test]
    fn rejects_shapes_that_do_not_broadcast() {
        let (a, b) = (Fact::float([2]), Fact::float([3]));
        assert!(matches!(Max.infer(&[a.clone(), b]), Err(OpError::Shape(_))));
        assert_eq!(Max.infer(&[a]), Err(OpError::Operands { expected: 2, got: 1 }));
    }
}
