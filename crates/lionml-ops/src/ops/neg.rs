//! `Neg`: `−x`, element by element.
//!
//! ONNX: [Neg](https://onnx.ai/onnx/operators/onnx__Neg.html), all opsets.
//! Exactness: that of the quantised operand, without rounding.
//!
//! No row: the coefficients change sign.

use lionml_quant::{Number, QTensor};
use lionml_r1cs::{Builder, Linear};
use lionml_tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{Fact, Op, OpError, Wires, op::operands};

/// `−x`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neg;

impl Op for Neg {
    fn infer(&self, inputs: &[Fact]) -> Result<Vec<Fact>, OpError> {
        let [x] = operands(inputs)?;
        let fact = Fact::derived(x.shape.clone(), inputs, |numbers| {
            let [Number { scale, interval }] = *operands(numbers)?;
            Ok(Number { scale, interval: interval.neg() })
        })?;
        Ok(vec![fact])
    }

    fn eval_float(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, OpError> {
        let [x] = operands(inputs)?;
        Ok(vec![x.map(|v| -v)])
    }

    fn eval_quant(
        &self,
        inputs: &[QTensor],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<i128>>, OpError> {
        let [x] = operands(inputs)?;
        Ok(vec![x.values.map(|v| -v)])
    }

    fn synthesize(
        &self,
        _builder: &mut Builder,
        inputs: &[Wires],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<Linear>>, OpError> {
        let [x] = operands(inputs)?;
        Ok(vec![Tensor::from_fn(x.shape().clone(), |i| -&x.linear(i))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Check, wire};

    #[test]
    fn matches_integers_and_floats() {
        Check::new(Neg).case([wire([2, 3], 4, -50, 40)]).case([wire([2], 0, 3, 9)]).run();
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
