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

use lionml_gadgets::relu;
use lionml_quant::{Interval, Number, QTensor};
use lionml_r1cs::{Builder, Linear};
use lionml_tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{Fact, Op, OpError, Wires, op::operands};

/// `max(x, 0)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relu;

impl Op for Relu {
    fn infer(&self, inputs: &[Fact]) -> Result<Vec<Fact>, OpError> {
        let [x] = operands(inputs)?;
        let fact = Fact::derived(x.shape.clone(), inputs, |numbers| {
            let [Number { scale, interval }] = *operands(numbers)?;
            let interval = Interval::new(interval.low().max(0), interval.high().max(0))?;
            Ok(Number { scale, interval })
        })?;
        Ok(vec![fact])
    }

    fn eval_float(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, OpError> {
        let [x] = operands(inputs)?;
        Ok(vec![x.map(|v| v.max(0.0))])
    }

    fn eval_quant(
        &self,
        inputs: &[QTensor],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<i128>>, OpError> {
        let [x] = operands(inputs)?;
        Ok(vec![x.values.map(|&v| v.max(0))])
    }

    fn synthesize(
        &self,
        builder: &mut Builder,
        inputs: &[Wires],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<Linear>>, OpError> {
        let [x] = operands(inputs)?;
        let outputs = (0..x.shape().elements())
            .map(|i| Ok(relu(builder, &x.signal(i))?.linear))
            .collect::<Result<_, OpError>>()?;
        Ok(vec![Tensor::new(x.shape().clone(), outputs)?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Check, FLIPPED_BITS, wire};

    #[test]
    fn matches_integers_and_floats() {
        Check::new(Relu)
            .case([wire([2, 3], 4, -50, 50)])
            .case([wire([4], 0, -1, 0)])
            .case([wire([4], 0, 3, 9)])
            .run();
    }

    #[test]
    fn pins_counts() {
        let counts =
            Check::new(Relu).case([wire([2], 4, -128, 127)]).case([wire([2], 4, 0, 9)]).counts();
        assert_eq!(counts, ["18 rows, 4 hints, 50 + 32 + 16 non-zeros", "0 rows, 0 hints, 0 + 0 + 0 non-zeros"]);
    }

    #[test]
    fn rejects_lies() {
        Check::new(Relu).case([wire([3], 4, -50, 50)]).lies(FLIPPED_BITS).run();
    }
}
