//! `Gather`: the slices along an axis at constant indices.
//!
//! ONNX: [Gather](https://onnx.ai/onnx/operators/onnx__Gather.html), all opsets, with constant
//! indices; the importer resolves those that count from behind.
//!
//! No row: elements move.

use lionml_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};

use crate::{Layout, OpError, Source, counts, op::operands};

/// The slices along an axis at constant indices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gather {
    /// The axis, which the axes of the indices replace.
    pub axis: usize,
    /// Which slices.
    pub indices: Tensor<usize>,
}

impl Layout for Gather {
    fn sources(&self, inputs: &[Shape]) -> Result<Tensor<Source>, OpError> {
        let [x] = operands(inputs)?;
        let attribute = |attribute, value: usize, expected| OpError::Attribute {
            attribute,
            value: value.to_string(),
            expected,
        };
        let Some(&size) = x.axes().get(self.axis) else {
            return Err(attribute("axis", self.axis, "an axis of the operand"));
        };
        if let Some(&index) = self.indices.data().iter().find(|&&index| index >= size) {
            return Err(attribute("indices", index, "indices below the size of the axis"));
        }
        let (before, after) = (&x.axes()[..self.axis], &x.axes()[self.axis + 1..]);
        let shape = Shape::new([before, self.indices.shape().axes(), after].concat());
        let mut sources = Vec::with_capacity(shape.checked_elements()?);
        let block: usize = after.iter().product();
        for outer in 0..before.iter().product() {
            for index in self.indices.data() {
                let start = (outer * size + index) * block;
                sources.extend((start..start + block).map(|offset| Source::Operand(0, offset)));
            }
        }
        Ok(Tensor::new(shape, sources)?)
    }

    fn work(&self, operands: &[&[usize]]) -> usize {
        let Some(x) = operands.first() else { return 0 };
        let mut axes = x.to_vec();
        if let Some(size) = axes.get_mut(self.axis) {
            *size = 1;
        }
        counts::elements(&[&axes, self.indices.shape().axes()].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Fact, Op,
        check::{Check, Checked, wire},
    };

    fn gather(axis: usize, shape: impl Into<Shape>, indices: &[usize]) -> Gather {
        Gather { axis, indices: Tensor::new(shape, indices.to_vec()).unwrap() }
    }

    impl Checked for Gather {
        fn checks(checks: &mut Vec<Check<Self>>) {
            Check::new(gather(1, [2, 2], &[2, 0, 1, 1]))
                .case([wire([2, 3, 2], 4, -5, 5)])
                .add_to(checks);
            Check::new(gather(0, [], &[2])).case([wire([3], 4, -5, 5)]).add_to(checks);
        }
    }

    #[test]
    fn matches_a_gathering_by_hand() {
        let x = Tensor::from_fn([3, 2], |i| i as f64);
        let y = gather(0, [2, 1], &[2, 0]).eval_float(&[x]).unwrap().remove(0);
        assert_eq!(y, Tensor::new([2, 1, 2], vec![4.0, 5.0, 0.0, 1.0]).unwrap());
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(gather(0, [2], &[1, 1])).case([wire([4], 4, -5, 5)]).counts();
        assert_eq!(counts, ["0 rows, 0 hints, 0 + 0 + 0 non-zeros"]);
    }

    #[test]
    fn rejects_indices_and_axes_outside() {
        for (op, name) in [(gather(1, [1], &[0]), "axis"), (gather(0, [1], &[3]), "indices")] {
            let error = op.infer(&[Fact::float([3])]).unwrap_err();
            assert!(matches!(error, OpError::Attribute { attribute, .. } if attribute == name));
        }
    }
}
