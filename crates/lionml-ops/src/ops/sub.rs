//! `Sub`: the difference of two tensors, broadcast.
//!
//! ONNX: [Sub](https://onnx.ai/onnx/operators/onnx__Sub.html), all opsets.
//! Exactness: the difference of the quantised operands, without rounding.
//!
//! No row: a difference is a linear combination. The coarser operand is brought to the finer scale
//! by a whole factor.

use lionml_quant::{Number, QTensor};
use lionml_r1cs::{Builder, Linear, field::from_i128};
use lionml_tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{Fact, Op, OpError, Wires, op::operands};

/// The difference of two tensors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sub;

impl Op for Sub {
    fn infer(&self, inputs: &[Fact]) -> Result<Vec<Fact>, OpError> {
        let [a, b] = operands(inputs)?;
        let fact = Fact::derived(a.shape.broadcast(&b.shape)?, inputs, |numbers| {
            let [a, b] = operands(numbers)?;
            let (scale, left, right) = a.scale.common(&b.scale)?;
            let interval = a.interval.times(left)?.sub(&b.interval.times(right)?)?;
            Ok(Number { scale, interval })
        })?;
        Ok(vec![fact])
    }

    fn eval_float(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, OpError> {
        let [a, b] = operands(inputs)?;
        let shape = a.shape().broadcast(b.shape())?;
        let (a, b) = (a.broadcast_to(&shape)?, b.broadcast_to(&shape)?);
        Ok(vec![Tensor::from_fn(shape, |i| a.data()[i] - b.data()[i])])
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
        Ok(vec![Tensor::from_fn(shape, |i| a.data()[i] * left - b.data()[i] * right)])
    }

    fn synthesize(
        &self,
        builder: &mut Builder,
        inputs: &[Wires],
        outputs: &[Fact],
    ) -> Result<Vec<Tensor<Linear>>, OpError> {
        let ([a, b], [output]) = (operands(inputs)?, operands(outputs)?);
        let (_, left, right) = a.number().scale.common(&b.number().scale)?;
        let (left, right) = (from_i128(left), from_i128(-right));
        let from_a = a.shape().broadcast_offsets(&output.shape)?;
        let from_b = b.shape().broadcast_offsets(&output.shape)?;
        let (of_a, of_b) = (a.terms(from_a.iter().copied()), b.terms(from_b.iter().copied()));
        builder.check_terms(of_a.saturating_add(of_b))?;
        let difference = Tensor::from_fn(output.shape.clone(), |i| {
            Linear::sum([(left, &a.linear(from_a[i])), (right, &b.linear(from_b[i]))])
        });
        Ok(vec![difference])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Check, constant, wire};

    #[test]
    fn matches_integers_and_floats() {
        Check::new(Sub)
            .case([wire([2, 3], 4, -50, 50), wire([3], 4, -7, 9)])
            .case([wire([2, 1], 2, 0, 255), wire([1, 2], 6, -3, 3)])
            .case([constant([3], 8, &[100, -200, 3]), wire([3], 4, -50, 50)])
            .run();
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
