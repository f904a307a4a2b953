//! `ReduceSum`: the sum along some axes.
//!
//! ONNX: [ReduceSum](https://onnx.ai/onnx/operators/onnx__ReduceSum.html) and
//! [ReduceMean](https://onnx.ai/onnx/operators/onnx__ReduceMean.html), which the importer divides.
//! Exactness: the sum of the quantised elements, without rounding.
//!
//! No row: a sum is a linear combination.

use lionml_quant::{Number, QTensor};
use lionml_r1cs::{Builder, Linear};
use lionml_tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{Fact, Op, OpError, Wires, groups::Groups, op::operands};

/// The sum along some axes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReduceSum {
    /// The axes to sum along, each once; without any the operand itself.
    pub axes: Vec<usize>,
    /// Whether they remain, with size one.
    pub keep_dims: bool,
}

impl Op for ReduceSum {
    fn infer(&self, inputs: &[Fact]) -> Result<Vec<Fact>, OpError> {
        let [x] = operands(inputs)?;
        let groups = Groups::axes(&self.axes, self.keep_dims, &x.shape)?;
        let fact = Fact::derived(groups.shape().clone(), inputs, |numbers| {
            let [Number { scale, interval }] = *operands(numbers)?;
            Ok(Number { scale, interval: groups.sum_interval(&interval)? })
        })?;
        Ok(vec![fact])
    }

    fn eval_float(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, OpError> {
        let [x] = operands(inputs)?;
        Ok(vec![Groups::fold(&self.axes, self.keep_dims, x, 0.0, |a, b| a + b)?])
    }

    fn eval_quant(
        &self,
        inputs: &[QTensor],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<i128>>, OpError> {
        let [x] = operands(inputs)?;
        let groups = Groups::axes(&self.axes, self.keep_dims, x.values.shape())?;
        // No partial sum passes the magnitude of the interval that `infer` has accepted.
        Ok(vec![groups.reduce(&x.values, |elements| elements.sum())])
    }

    fn synthesize(
        &self,
        builder: &mut Builder,
        inputs: &[Wires],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<Linear>>, OpError> {
        let [x] = operands(inputs)?;
        Ok(vec![Groups::axes(&self.axes, self.keep_dims, x.shape())?.sum(builder, x)?])
    }
}

#[cfg(test)]
mod tests {
    use lionml_tensor::Shape;

    use super::*;
    use crate::check::{Check, wire};

    fn reduce(axes: &[usize], keep_dims: bool) -> ReduceSum {
        ReduceSum { axes: axes.to_vec(), keep_dims }
    }

    #[test]
    fn matches_integers_and_floats() {
        for axes in [&[][..], &[1], &[2, 0], &[0, 1, 2]] {
            for keep_dims in [false, true] {
                Check::new(reduce(axes, keep_dims)).case([wire([2, 3, 2], 4, -50, -4)]).run();
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
