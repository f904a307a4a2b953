//! `ReduceMin`: the smallest element along some axes.
//!
//! ONNX: [ReduceMin](https://onnx.ai/onnx/operators/onnx__ReduceMin.html), all opsets.
//! Exactness: that of the quantised elements, without rounding.
//!
//! | constraint              | per output of `n` | enforces                                |
//! |-------------------------|-------------------|-----------------------------------------|
//! | [`lionml_gadgets::min`] | `n − 1` times     | the smaller of the smallest and another |
//!
//! # Soundness
//!
//! The signs of the differences are unique bits. A minimum that is not in its group needs another sign or
//! another product.

use lionml_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};

use crate::{
    OpError, counts,
    reduction::{Fold, Groups, Reduction},
};

/// The smallest element along some axes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReduceMin {
    /// The axes, each once; without any the operand itself.
    pub axes: Vec<usize>,
    /// Whether they remain, with size one.
    pub keep_dims: bool,
}

impl Reduction for ReduceMin {
    const FOLD: Fold = Fold::Min;

    fn groups(&self, x: &Shape) -> Result<Groups, OpError> {
        Groups::axes(&self.axes, self.keep_dims, x)
    }

    fn float(&self, x: &Tensor<f64>) -> Result<Tensor<f64>, OpError> {
        Groups::fold(&self.axes, self.keep_dims, x, f64::INFINITY, f64::min)
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
        check::{Check, Checked, FLIPPED_BITS, wire},
    };

    fn reduce(axes: &[usize], keep_dims: bool) -> ReduceMin {
        ReduceMin { axes: axes.to_vec(), keep_dims }
    }

    impl Checked for ReduceMin {
        fn checks(checks: &mut Vec<Check<Self>>) {
            for axes in [&[][..], &[1], &[2, 0]] {
                for keep_dims in [false, true] {
                    Check::new(reduce(axes, keep_dims))
                        .case([wire([2, 3, 2], 4, -9, 6)])
                        .add_to(checks);
                }
            }
        }
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(reduce(&[1], false)).case([wire([2, 4], 4, -128, 127)]).counts();
        assert_eq!(counts, ["66 rows, 12 hints, 63 + 108 + 98 non-zeros"]);
    }

    #[test]
    fn rejects_lies() {
        Check::new(reduce(&[0], true)).case([wire([3], 4, -9, 6)]).lies(FLIPPED_BITS).run();
    }

    #[test]
    fn rejects_the_smallest_of_nothing() {
        let error = reduce(&[0], true).infer(&[Fact::float([0, 3])]);
        assert!(matches!(error, Err(OpError::Shape(_))));
    }
}
