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

use lionml_gadgets::max;
use lionml_quant::{Interval, Number, QTensor};
use lionml_r1cs::{Builder, Linear};
use lionml_tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{Fact, Op, OpError, Wires, op::operands};

/// The larger of two tensors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Max;

impl Op for Max {
    fn infer(&self, inputs: &[Fact]) -> Result<Vec<Fact>, OpError> {
        let [a, b] = operands(inputs)?;
        let fact = Fact::derived(a.shape.broadcast(&b.shape)?, inputs, |numbers| {
            let [a, b] = operands(numbers)?;
            let (scale, left, right) = a.scale.common(&b.scale)?;
            let (a, b) = (a.interval.times(left)?, b.interval.times(right)?);
            let interval = Interval::new(a.low().max(b.low()), a.high().max(b.high()))?;
            Ok(Number { scale, interval })
        })?;
        Ok(vec![fact])
    }

    fn eval_float(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, OpError> {
        let [a, b] = operands(inputs)?;
        let shape = a.shape().broadcast(b.shape())?;
        let (a, b) = (a.broadcast_to(&shape)?, b.broadcast_to(&shape)?);
        Ok(vec![Tensor::from_fn(shape, |i| a.data()[i].max(b.data()[i]))])
    }

    fn eval_quant(
        &self,
        inputs: &[QTensor],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<i128>>, OpError> {
        let [a, b] = operands(inputs)?;
        let (_, left, right) = a.number.scale.common(&b.number.scale)?;
        let shape = a.values.shape().broadcast(b.values.shape())?;
        let (a, b) = (a.values.broadcast_to(&shape)?, b.values.broadcast_to(&shape)?);
        Ok(vec![Tensor::from_fn(shape, |i| (a.data()[i] * left).max(b.data()[i] * right))])
    }

    fn synthesize(
        &self,
        builder: &mut Builder,
        inputs: &[Wires],
        outputs: &[Fact],
    ) -> Result<Vec<Tensor<Linear>>, OpError> {
        let ([a, b], [output]) = (operands(inputs)?, operands(outputs)?);
        let (_, left, right) = a.number().scale.common(&b.number().scale)?;
        let from_a = a.shape().broadcast_offsets(&output.shape)?;
        let from_b = b.shape().broadcast_offsets(&output.shape)?;
        let elements = from_a.iter().zip(&from_b).map(|(&i, &j)| {
            let (a, b) = (a.signal(i).times(left)?, b.signal(j).times(right)?);
            Ok(max(builder, &a, &b)?.linear)
        });
        let elements = elements.collect::<Result<_, OpError>>()?;
        Ok(vec![Tensor::new(output.shape.clone(), elements)?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Check, FLIPPED_BITS, constant, wire};

    #[test]
    fn matches_integers_and_floats() {
        Check::new(Max)
            .case([wire([2, 3], 4, -50, 50), wire([3], 4, -7, 9)])
            .case([wire([2, 1], 6, 0, 255), wire([1, 2], 2, -3, 3)])
            .case([wire([3], 4, -50, 50), constant([3], 8, &[100, -200, 3])])
            .run();
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(Max)
            .case([wire([1], 4, -64, 63), wire([1], 4, -64, 63)])
            .case([wire([1], 4, -128, 127), constant([1], 4, &[0])])
            .case([wire([1], 4, -9, 3), constant([1], 4, &[5])])
            .counts();
        assert_eq!(counts, ["10 rows, 2 hints, 14 + 11 + 15 non-zeros", "9 rows, 2 hints, 25 + 16 + 8 non-zeros", "0 rows, 0 hints, 0 + 0 + 0 non-zeros"]);
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
