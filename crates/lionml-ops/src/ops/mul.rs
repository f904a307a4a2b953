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

use lionml_quant::{Number, QTensor};
use lionml_r1cs::{Builder, Linear};
use lionml_tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{Fact, Op, OpError, Wires, op::operands};

/// The product of two tensors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mul;

impl Op for Mul {
    fn infer(&self, inputs: &[Fact]) -> Result<Vec<Fact>, OpError> {
        let [a, b] = operands(inputs)?;
        let fact = Fact::derived(a.shape.broadcast(&b.shape)?, inputs, |numbers| {
            let [a, b] = operands(numbers)?;
            let scale = a.scale.product(&b.scale)?;
            Ok(Number { scale, interval: a.interval.mul(&b.interval)? })
        })?;
        Ok(vec![fact])
    }

    fn eval_float(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, OpError> {
        let [a, b] = operands(inputs)?;
        let shape = a.shape().broadcast(b.shape())?;
        let (a, b) = (a.broadcast_to(&shape)?, b.broadcast_to(&shape)?);
        Ok(vec![Tensor::from_fn(shape, |i| a.data()[i] * b.data()[i])])
    }

    fn eval_quant(
        &self,
        inputs: &[QTensor],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<i128>>, OpError> {
        let [a, b] = operands(inputs)?;
        let shape = a.values.shape().broadcast(b.values.shape())?;
        let (a, b) = (a.values.broadcast_to(&shape)?, b.values.broadcast_to(&shape)?);
        Ok(vec![Tensor::from_fn(shape, |i| a.data()[i] * b.data()[i])])
    }

    fn synthesize(
        &self,
        builder: &mut Builder,
        inputs: &[Wires],
        outputs: &[Fact],
    ) -> Result<Vec<Tensor<Linear>>, OpError> {
        let ([a, b], [output]) = (operands(inputs)?, operands(outputs)?);
        let mut materialized = |x: &Wires| {
            let from = x.shape().broadcast_offsets(&output.shape)?;
            let mut uses = vec![0; x.shape().elements()];
            from.iter().for_each(|&i| uses[i] += 1);
            Ok::<_, OpError>((x.materialized(builder, &uses), from))
        };
        let ((a, from_a), (b, from_b)) = (materialized(a)?, materialized(b)?);
        let product = Tensor::from_fn(output.shape.clone(), |i| {
            builder.product("product", &a.data()[from_a[i]], &b.data()[from_b[i]])
        });
        Ok(vec![product])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Check, constant, wire};

    #[test]
    fn matches_integers_and_floats() {
        Check::new(Mul)
            .case([wire([2, 3], 4, -50, 40), wire([3], 2, -7, 9)])
            .case([wire([2, 1], 6, 0, 255), wire([1, 2], -1, -3, -1)])
            .case([wire([3], 4, -50, 50), constant([2, 3], 8, &[100, -200, 3, 0, 1, -1])])
            .case([constant([], 3, &[5]), wire([2], 4, -50, 50)])
            .run();
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(Mul)
            .case([wire([4, 8], 4, -50, 50), wire([8], 4, -7, 9)])
            .case([wire([64], 4, -50, 50), constant([], 4, &[3])])
            .counts();
        assert_eq!(counts, ["32 rows, 32 hints, 32 + 32 + 32 non-zeros", "0 rows, 0 hints, 0 + 0 + 0 non-zeros"]);
    }

    #[test]
    fn rejects_what_does_not_fit() {
        let (a, b) = (Fact::float([2]), Fact::float([3]));
        assert!(matches!(Mul.infer(&[a.clone(), b]), Err(OpError::Shape(_))));
        assert_eq!(Mul.infer(&[a]), Err(OpError::Operands { expected: 2, got: 1 }));
    }
}
