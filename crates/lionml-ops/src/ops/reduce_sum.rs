//! `ReduceSum`: the sum along some axes.
//!
//! ONNX: [ReduceSum](https://onnx.ai/onnx/operators/onnx__ReduceSum.html) and
//! [ReduceMean](https://onnx.ai/onnx/operators/onnx__ReduceMean.html), which the importer divides.
//! Exactness: the sum of the quantised elements, without rounding.
//!
//! No row: a sum is a linear combination.

use lionml_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};

use crate::{
    OpError, counts,
    reduction::{Fold, Groups, Reduction},
};

/// The sum along some axes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReduceSum {
    /// The axes to sum along, each once; without any the operand itself.
    pub axes: Vec<usize>,
    /// Whether they remain, with size one.
    pub keep_dims: bool,
}

impl Reduction for ReduceSum {
    const FOLD: Fold = Fold::Sum;

    fn groups(&self, x: &Shape) -> Result<Groups, OpError> {
        Groups::axes(&self.axes, self.keep_dims, x)
    }

    fn float(&self, x: &Tensor<f64>) -> Result<Tensor<f64>, OpError> {
        Groups::fold(&self.axes, self.keep_dims, x, 0.0, |a, b| a + b)
    }

    fn work(&self, x: &[usize]) -> usize {
        counts::elements(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Fact, Op,
        check::{Check, Checked, wire},
    };

    fn reduce(axes: &[usize], keep_dims: bool) -> ReduceSum {
        ReduceSum { axes: axes.to_vec(), keep_dims }
    }

    impl Checked for ReduceSum {
        fn checks(checks: &mut Vec<Check<Self>>) {
            for axes in [&[][..], &[1], &[2, 0], &[0, 1, 2]] {
                for keep_dims in [false, true] {
                    Check::new(reduce(axes, keep_dims))
                        .case([wire([2, 3, 2], 4, -50, -4)])
                        .add_to(checks);
                }
            }
        }
    }

    #[test]
    fn matches_shapes_by_hand() {
        let shape = |keep_dims| {
            reduce(&[1], keep_dims).infer(&[Fact::float([2, 3, 4])]).unwrap()[0].shape.clone()
        };
        assert_eq!((shape(false), shape(true)), (Shape::from([2, 4]), Shape::from([2, 1, 4])));
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(reduce(&[0], false)).case([wire([64, 2], 4, -50, 40)]).counts();
        assert_eq!(counts, ["0 rows, 0 hints, 0 + 0 + 0 non-zeros"]);
    }

    #[test]
    fn rejects_axes_that_do_not_exist_or_repeat() {
        for axes in [&[2][..], &[0, 0]] {
            let error = reduce(axes, true).infer(&[Fact::float([2, 3])]);
            assert!(matches!(error, Err(OpError::Attribute { attribute: "axes", .. })));
        }
    }
}
