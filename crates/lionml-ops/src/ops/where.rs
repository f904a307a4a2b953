//! `Where`: one of two tensors, as a condition says, element by element, broadcast.
//!
//! ONNX: [Where](https://onnx.ai/onnx/operators/onnx__Where.html), all opsets.
//! Exactness: that of the quantised element that is chosen, without rounding.
//!
//! | constraint         | per element | enforces                                              |
//! |--------------------|-------------|-------------------------------------------------------|
//! | `c · (x − y) = d`  | 1           | the output `y + d`; none where `c` or `x − y` is constant |
//!
//! The condition is zero or one at the scale one. The coarser of the others is brought to the finer
//! scale by a whole factor.
//!
//! # Soundness
//!
//! The row leaves `d` no choice. A condition that is neither zero nor one would mix the two: `infer`
//! takes only a wire whose interval, which rows before this operator enforce, has no other integer.

use lionml_gadgets::Signal;
use lionml_quant::{Interval, Number, Scale};
use lionml_r1cs::{Builder, Linear};
use serde::{Deserialize, Serialize};

use crate::{
    Elementwise, Form, Formats, Integers, OpError, PerElement, Properties, Role, Rounding,
};

/// The second operand where the first, a condition, is one; the third where it is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Where;

impl Elementwise<3> for Where {
    fn number(&self, [condition, x, y]: &[Number; 3]) -> Result<Number, OpError> {
        if condition.scale != Scale::ONE || !Interval::BIT.covers(&condition.interval) {
            let (operand, got, expected) = (0, *condition, "a condition: zero or one");
            return Err(OpError::Number { operand, got, expected });
        }
        Ok(Number { interval: x.interval.hull(&y.interval), ..*x })
    }

    fn float(&self, [condition, x, y]: [f64; 3]) -> f64 {
        if condition == 0.0 { y } else { x }
    }

    fn integer(&self, [condition, x, y]: [i128; 3], _: &Formats<3>) -> Result<i128, OpError> {
        Ok(if condition == 0 { y } else { x })
    }

    fn rows(
        &self,
        builder: &mut Builder,
        [condition, x, y]: [Signal; 3],
        _: &Formats<3>,
    ) -> Result<Linear, OpError> {
        let difference = &x.linear - &y.linear;
        Ok(&builder.product("choice", &condition.linear, &difference) + &y.linear)
    }

    fn per_element(&self) -> PerElement<'_, 3> {
        PerElement {
            roles: [Role::Whole, Role::Term, Role::Term],
            // The third stands in the row and in the output.
            uses: [1, 1, 2],
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
        check::{Check, Checked, Operand, constant, wire},
    };

    fn condition(shape: &[usize]) -> Operand {
        wire(shape.to_vec(), 0, 0, 1)
    }

    impl Checked for Where {
        fn checks(checks: &mut Vec<Check<Self>>) {
            let x = || wire([2, 3], 4, -50, 50);
            Check::new(Where)
                .case([condition(&[2, 3]), x(), wire([3], 6, -7, 900)])
                .case([condition(&[2, 1]), wire([3], 2, -7, 9), x()])
                .case([condition(&[3]), constant([], 3, &[-20]), x()])
                .case([condition(&[3]), x(), constant([1], 8, &[5])])
                .case([condition(&[3]), constant([], 3, &[7]), constant([3], 4, &[1, -2, 0])])
                .case([constant([3], 0, &[0, 1, 0]), x(), wire([3], 6, -7, 9)])
                .case([wire([2], 0, 1, 1), wire([2], 0, 3, 9), wire([2], 0, -4, -2)])
                .add_to(checks);
        }
    }

    #[test]
    fn pins_counts() {
        let x = || wire([8], 4, -50, 50);
        let counts = Check::new(Where)
            .case([condition(&[8]), x(), wire([8], 4, -7, 9)])
            .case([condition(&[8]), x(), constant([1], 4, &[3])])
            .case([condition(&[8]), constant([], 4, &[1]), constant([], 4, &[3])])
            .case([constant([8], 0, &[1, 0, 1, 0, 1, 0, 1, 0]), x(), x()])
            .counts();
        assert_eq!(
            counts,
            [
                "8 rows, 8 hints, 8 + 16 + 8 non-zeros",
                "8 rows, 8 hints, 8 + 16 + 8 non-zeros",
                "0 rows, 0 hints, 0 + 0 + 0 non-zeros",
                "0 rows, 0 hints, 0 + 0 + 0 non-zeros"
            ]
        );
    }

    #[test]
    fn rejects_conditions_that_are_not_zero_or_one() {
        let number = |bits, low, high| Number {
            scale: Scale::binary(bits),
            interval: Interval::new(low, high).unwrap(),
        };
        let x = || Fact::fixed([2], number(4, -9, 9));
        for got in [number(0, 0, 2), number(0, -1, 1), number(1, 0, 1)] {
            let error = Where.infer(&[Fact::fixed([2], got), x(), x()]);
            let expected = "a condition: zero or one";
            assert_eq!(error, Err(OpError::Number { operand: 0, got, expected }));
        }
        let condition = Fact::fixed([2], number(0, 0, 1));
        assert!(matches!(
            Where.infer(&[condition.clone(), x(), Fact::float([3])]),
            Err(OpError::Shape(_))
        ));
        assert_eq!(Where.infer(&[condition]), Err(OpError::Operands { expected: 3, got: 1 }));
    }
}
