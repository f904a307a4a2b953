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
//! maximum that is not in its window needs another sign or another product.

use lionml_tensor::{Shape, Tensor, Window};
use serde::{Deserialize, Serialize};

use crate::{
    OpError, counts,
    reduction::{Fold, Groups, Reduction},
};

/// The largest element of each window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaxPool {
    /// The sliding window; each position must reach an element.
    pub window: Window,
}

impl Reduction for MaxPool {
    const FOLD: Fold = Fold::Max;

    fn groups(&self, x: &Shape) -> Result<Groups, OpError> {
        Groups::windows(&self.window, x)
    }

    fn float(&self, x: &Tensor<f64>) -> Result<Tensor<f64>, OpError> {
        Groups::fold_windows(&self.window, x, f64::NEG_INFINITY, f64::max)
    }

    fn work(&self, x: &[usize]) -> usize {
        counts::windows(x, &self.window)
    }
}

#[cfg(test)]
mod tests {
    use lionml_quant::Interval;

    use super::*;
    use crate::{
        Fact, Op,
        check::{Check, Checked, FLIPPED_BITS, wire},
    };

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

    impl Checked for MaxPool {
        fn checks(checks: &mut Vec<Check<Self>>) {
            Check::new(pool(2, 2, 0, 2)).case([wire([1, 2, 4, 4], 4, -9, 6)]).add_to(checks);
            Check::new(pool(2, 2, 0, 1)).case([wire([1, 1, 2, 2], 4, -9, 6)]).add_to(checks);
            // Negative elements against padding.
            Check::new(pool(3, 2, 1, 2)).case([wire([1, 1, 3, 3], 4, -9, -6)]).add_to(checks);
            Check::new(pool(1, 2, 0, 2)).case([wire([2, 1, 3, 3], 4, -9, 6)]).add_to(checks);
        }
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
