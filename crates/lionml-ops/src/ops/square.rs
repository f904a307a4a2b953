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

use lionml_quant::{Interval, Number, QTensor};
use lionml_r1cs::{Builder, Linear};
use lionml_tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{Fact, Op, OpError, Wires, op::operands};

/// `x²`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Square;

impl Op for Square {
    fn infer(&self, inputs: &[Fact]) -> Result<Vec<Fact>, OpError> {
        let [x] = operands(inputs)?;
        let fact = Fact::derived(x.shape.clone(), inputs, |numbers| {
            let [Number { scale, interval }] = *operands(numbers)?;
            let nearest = 0.clamp(interval.low(), interval.high());
            let low = Interval::point(nearest)?.times(nearest)?;
            let high = Interval::point(interval.magnitude())?.times(interval.magnitude())?;
            Ok(Number { scale: scale.product(&scale)?, interval: low.hull(&high) })
        })?;
        Ok(vec![fact])
    }

    fn eval_float(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, OpError> {
        let [x] = operands(inputs)?;
        Ok(vec![x.map(|v| v * v)])
    }

    fn eval_quant(
        &self,
        inputs: &[QTensor],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<i128>>, OpError> {
        let [x] = operands(inputs)?;
        Ok(vec![x.values.map(|v| v * v)])
    }

    fn synthesize(
        &self,
        builder: &mut Builder,
        inputs: &[Wires],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<Linear>>, OpError> {
        let [x] = operands(inputs)?;
        // An element stands on both sides of its row.
        let elements = x.materialized(builder, &vec![2; x.shape().elements()]);
        Ok(vec![elements.map(|element| builder.product("square", element, element))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Check, wire};

    #[test]
    fn matches_integers_and_floats() {
        Check::new(Square)
            .case([wire([2, 3], 4, -50, 40)])
            .case([wire([2], -1, 3, 9)])
            .case([wire([2], 1, -9, -3)])
            .run();
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
