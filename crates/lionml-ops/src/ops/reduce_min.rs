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
//! The signs of the differences are unique bits. A minimum that is no member needs another sign or
//! another product.

use lionml_gadgets::min;
use lionml_quant::QTensor;
use lionml_r1cs::{Builder, Linear};
use lionml_tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{Fact, Op, OpError, Wires, groups::Groups, op::operands};

/// The smallest element along some axes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReduceMin {
    /// The axes, each once; without any the operand itself.
    pub axes: Vec<usize>,
    /// Whether they remain, with size one.
    pub keep_dims: bool,
}

impl Op for ReduceMin {
    fn infer(&self, inputs: &[Fact]) -> Result<Vec<Fact>, OpError> {
        let [x] = operands(inputs)?;
        let groups = Groups::axes(&self.axes, self.keep_dims, &x.shape)?.without_empty()?;
        let fact = Fact::derived(groups.shape().clone(), inputs, |numbers| Ok(numbers[0]))?;
        Ok(vec![fact])
    }

    fn eval_float(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, OpError> {
        let [x] = operands(inputs)?;
        Ok(vec![Groups::fold(&self.axes, self.keep_dims, x, f64::INFINITY, f64::min)?])
    }

    fn eval_quant(
        &self,
        inputs: &[QTensor],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<i128>>, OpError> {
        let [x] = operands(inputs)?;
        let groups = Groups::axes(&self.axes, self.keep_dims, x.values.shape())?;
        // No group is empty: `infer` has refused those.
        Ok(vec![groups.reduce(&x.values, |elements| elements.min().unwrap_or_default())])
    }

    fn synthesize(
        &self,
        builder: &mut Builder,
        inputs: &[Wires],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<Linear>>, OpError> {
        let [x] = operands(inputs)?;
        Ok(vec![Groups::axes(&self.axes, self.keep_dims, x.shape())?.extreme(builder, x, min)?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Check, FLIPPED_BITS, wire};

    fn reduce(axes: &[usize], keep_dims: bool) -> ReduceMin {
        ReduceMin { axes: axes.to_vec(), keep_dims }
    }

    #[test]
    fn matches_integers_and_floats() {
        for axes in [&[][..], &[1], &[2, 0]] {
            for keep_dims in [false, true] {
                Check::new(reduce(axes, keep_dims)).case([wire([2, 3, 2], 4, -9, 6)]).run();
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
