//! `MaxPool`: the largest element of each window of the spatial axes; padding never wins.
//!
//! ONNX: [MaxPool](https://onnx.ai/onnx/operators/onnx__MaxPool.html) and
//! [GlobalMaxPool](https://onnx.ai/onnx/operators/onnx__GlobalMaxPool.html), all opsets. Not
//! supported: the second output, which says where the largest elements are.
//! Exactness: that of the quantised elements, without rounding.
//!
//! | constraint              | per window of `n` | enforces                              |
//! |-------------------------|-------------------|---------------------------------------|
//! | [`lionml_gadgets::max`] | `n − 1` times     | the larger of the largest and another |
//!
//! # Soundness
//!
//! The signs of the differences are unique bits, so ties and padding leave no choice either. A
//! maximum that is no member of its window needs another sign or another product.

use lionml_gadgets::max;
use lionml_quant::QTensor;
use lionml_r1cs::{Builder, Linear};
use lionml_tensor::{Tensor, Window};
use serde::{Deserialize, Serialize};

use crate::{Fact, Op, OpError, Wires, groups::Groups, op::operands};

/// The largest element of each window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaxPool {
    /// How the window slides; every one must reach an element.
    pub window: Window,
}

impl Op for MaxPool {
    fn infer(&self, inputs: &[Fact]) -> Result<Vec<Fact>, OpError> {
        let [x] = operands(inputs)?;
        let groups = Groups::windows(&self.window, &x.shape)?.without_empty()?;
        let fact = Fact::derived(groups.shape().clone(), inputs, |numbers| Ok(numbers[0]))?;
        Ok(vec![fact])
    }

    fn eval_float(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, OpError> {
        let [x] = operands(inputs)?;
        let groups = Groups::windows(&self.window, x.shape())?;
        let largest = groups.shape().coordinates().map(|at| {
            let taps = self.window.taps(&at[2..], &x.shape().axes()[2..]);
            let offset = |tap: &[usize]| x.shape().offset(&[&at[..2], tap].concat());
            taps.iter().map(|(_, tap)| x.data()[offset(tap)]).fold(f64::NEG_INFINITY, f64::max)
        });
        Ok(vec![Tensor::new(groups.shape().clone(), largest.collect())?])
    }

    fn eval_quant(
        &self,
        inputs: &[QTensor],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<i128>>, OpError> {
        let [x] = operands(inputs)?;
        let groups = Groups::windows(&self.window, x.values.shape())?;
        // No window is empty: `infer` has refused those.
        Ok(vec![groups.reduce(&x.values, |elements| elements.max().unwrap_or_default())])
    }

    fn synthesize(
        &self,
        builder: &mut Builder,
        inputs: &[Wires],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<Linear>>, OpError> {
        let [x] = operands(inputs)?;
        Ok(vec![Groups::windows(&self.window, x.shape())?.extreme(builder, x, max)?])
    }
}

#[cfg(test)]
mod tests {
    use lionml_quant::Interval;

    use super::*;
    use crate::check::{Check, FLIPPED_BITS, wire};

    fn pool(kernel: usize, stride: usize, pads: usize, outputs: usize) -> MaxPool {
        let window = Window {
            kernel: vec![kernel; 2],
            strides: vec![stride; 2],
            dilations: vec![1; 2],
            pads_before: vec![pads; 2],
            pads_after: vec![pads; 2],
            output: vec![outputs; 2],
        };
        MaxPool { window }
    }

    #[test]
    fn matches_integers_and_floats() {
        Check::new(pool(2, 2, 0, 2)).case([wire([1, 2, 4, 4], 4, -9, 6)]).run();
        // Negative elements against padding.
        Check::new(pool(3, 2, 1, 2)).case([wire([1, 1, 3, 3], 4, -9, -6)]).run();
        Check::new(pool(1, 2, 0, 2)).case([wire([2, 1, 3, 3], 4, -9, 6)]).run();
    }

    #[test]
    fn matches_the_interval_of_the_operand() {
        let inputs = [wire([1, 1, 4, 4], 4, -9, 6)].map(|operand| match operand {
            crate::check::Operand::Wire(shape, number) => Fact::fixed(shape, number),
            crate::check::Operand::Constant(q) => Fact::constant(q),
        });
        let fact = &pool(2, 2, 0, 2).infer(&inputs).unwrap()[0];
        assert_eq!(fact.number.unwrap().interval, Interval::new(-9, 6).unwrap());
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(pool(2, 2, 0, 1)).case([wire([1, 1, 2, 2], 4, -128, 127)]).counts();
        // Three maxima of nine bits of difference.
        assert_eq!(counts, ["33 rows, 6 hints, 31 + 48 + 55 non-zeros"]);
    }

    #[test]
    fn rejects_lies() {
        Check::new(pool(2, 2, 0, 1)).case([wire([1, 1, 2, 2], 4, -9, 6)]).lies(FLIPPED_BITS).run();
    }

    #[test]
    fn rejects_windows_on_padding_alone() {
        let infer = |pads| pool(1, 1, pads, 3).infer(&[Fact::float([1, 1, 3, 3])]);
        assert!(infer(0).is_ok());
        assert!(matches!(infer(1), Err(OpError::Shape(_))));
    }
}
