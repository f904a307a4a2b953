//! `SumPool`: the sum over each window of the spatial axes; padding adds nothing.
//!
//! ONNX: [AveragePool](https://onnx.ai/onnx/operators/onnx__AveragePool.html) and
//! [GlobalAveragePool](https://onnx.ai/onnx/operators/onnx__GlobalAveragePool.html): the importer
//! multiplies by the inverse of [`SumPool::divisors`].
//! Exactness: the sum of the quantised elements, without rounding.
//!
//! No row: a sum is a linear combination.

use lionml_tensor::{Shape, Tensor, Window};
use serde::{Deserialize, Serialize};

use crate::{
    OpError, counts,
    reduction::{Fold, Groups, Reduction},
};

/// The sum over each window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SumPool {
    /// The sliding window.
    pub window: Window,
}

impl SumPool {
    /// The divisors that make averages of the sums, of the shape `[1, 1, windows…]`: the number of
    /// elements of each window, with or without those on padding.
    pub fn divisors(
        &self,
        spatial: &[usize],
        count_padding: bool,
    ) -> Result<Tensor<usize>, OpError> {
        self.window.check(spatial)?;
        let windows = Shape::new(self.window.output.clone());
        windows.checked_elements()?;
        let divisor = |position: Vec<usize>| {
            if count_padding {
                self.window.taps_with_padding(&position, spatial)
            } else {
                self.window.taps(&position, spatial).len()
            }
        };
        let divisors = windows.coordinates().map(divisor).collect();
        Ok(Tensor::new([&[1, 1], windows.axes()].concat(), divisors)?)
    }
}

impl Reduction for SumPool {
    const FOLD: Fold = Fold::Sum;

    fn groups(&self, x: &Shape) -> Result<Groups, OpError> {
        Groups::windows(&self.window, x)
    }

    fn float(&self, x: &Tensor<f64>) -> Result<Tensor<f64>, OpError> {
        Groups::fold_windows(&self.window, x, 0.0, |a, b| a + b)
    }

    fn work(&self, x: &[usize]) -> usize {
        counts::windows(x, &self.window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Fact, Op,
        check::{Check, Checked, wire},
    };

    fn pool(pads: usize, outputs: usize) -> SumPool {
        let window = Window {
            kernel: vec![3, 2],
            strides: vec![2, 2],
            dilations: vec![1, 1],
            pads_before: vec![pads, 0],
            pads_after: vec![pads, 0],
            output: vec![outputs, 2],
        };
        SumPool { window }
    }

    impl Checked for SumPool {
        fn checks(checks: &mut Vec<Check<Self>>) {
            Check::new(pool(1, 2)).case([wire([2, 2, 4, 4], 4, -50, 40)]).add_to(checks);
            Check::new(pool(0, 2)).case([wire([1, 2, 5, 5], 4, 3, 40)]).add_to(checks);
        }
    }

    #[test]
    fn rejects_more_taps_than_memory_holds() {
        let mut op = pool(0, 2);
        op.window.output = vec![1 << 12, 2];
        op.window.pads_after = vec![1 << 13, 0];
        let fact = |channels| Fact::float([1, channels, 4, 4]);
        assert!(op.infer(&[fact(2)]).is_ok());
        // Channels multiply what one channel may hold.
        assert!(matches!(op.infer(&[fact(1 << 14)]), Err(OpError::Shape(_))));
    }

    #[test]
    fn matches_divisors_by_hand() {
        let divisors = |count_padding| pool(1, 3).divisors(&[4, 4], count_padding).unwrap();
        assert_eq!(divisors(false).data(), [4, 4, 6, 6, 2, 2]);
        // The last windows reach one element past the padding, which nothing counts.
        assert_eq!(divisors(true).data(), [6, 6, 6, 6, 4, 4]);
        assert_eq!(divisors(true).shape(), &Shape::from([1, 1, 3, 2]));
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(pool(0, 2)).case([wire([1, 2, 5, 5], 4, -50, 40)]).counts();
        assert_eq!(counts, ["0 rows, 0 hints, 0 + 0 + 0 non-zeros"]);
    }

    #[test]
    fn rejects_shapes_without_the_windows_axes() {
        for shape in [&[4][..], &[1, 2, 4], &[1, 2, 4, 4, 4]] {
            let error = pool(0, 1).infer(&[Fact::float(shape.to_vec())]);
            assert!(matches!(error, Err(OpError::Shape(_))), "{shape:?}");
        }
    }
}
