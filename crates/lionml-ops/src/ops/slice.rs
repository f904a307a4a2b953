//! `Slice`: a part of a tensor, at even steps along some axes, backwards too.
//!
//! ONNX: [Slice](https://onnx.ai/onnx/operators/onnx__Slice.html), all opsets, and
//! [Split](https://onnx.ai/onnx/operators/onnx__Split.html). The importer resolves ends that count
//! from behind or pass the tensor.
//!
//! No row: elements move.

use lionml_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};

use crate::{Layout, OpError, Source, counts, op::operands};

/// A part of a tensor; one entry an axis of `axes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// The first index.
    pub starts: Vec<i64>,
    /// The index before which to stop: that of no element at either end, `-1` or the size, where
    /// the slice reaches that end. Negative indices do not count from behind.
    pub ends: Vec<i64>,
    /// The axes, each once.
    pub axes: Vec<usize>,
    /// The step from each index to the next; not zero.
    pub steps: Vec<i64>,
}

impl Slice {
    /// The indices along an axis that `axes` names.
    fn indices(&self, entry: usize, size: usize) -> Result<Vec<usize>, OpError> {
        let (start, end, step) = (self.starts[entry], self.ends[entry], self.steps[entry]);
        let attribute = |attribute, value: i64, expected| {
            Err(OpError::Attribute { attribute, value: value.to_string(), expected })
        };
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        if step == 0 {
            return attribute("steps", step, "a step other than zero");
        }
        if !(-1..=size).contains(&end) {
            return attribute("ends", end, "an index, or one past either end");
        }
        let mut index = start;
        let mut indices = Vec::new();
        while if step > 0 { index < end } else { index > end } {
            match usize::try_from(index).ok().filter(|_| index < size) {
                Some(index) => indices.push(index),
                None => return attribute("starts", start, "the index of an element"),
            }
            index = index.saturating_add(step);
        }
        Ok(indices)
    }
}

impl Layout for Slice {
    fn sources(&self, inputs: &[Shape]) -> Result<Tensor<Source>, OpError> {
        let [x] = operands(inputs)?;
        let once = |(i, axis): (usize, &usize)| *axis < x.rank() && !self.axes[..i].contains(axis);
        let entries = [self.starts.len(), self.ends.len(), self.steps.len()];
        if !self.axes.iter().enumerate().all(once) || entries != [self.axes.len(); 3] {
            return Err(OpError::Attribute {
                attribute: "axes",
                value: format!("{:?}", self.axes),
                expected: "axes of the operand, each once, with as many starts, ends and steps",
            });
        }
        let mut offsets = vec![0];
        let mut shape = Vec::with_capacity(x.rank());
        for (axis, &size) in x.axes().iter().enumerate() {
            let indices = match self.axes.iter().position(|a| *a == axis) {
                Some(entry) => self.indices(entry, size)?,
                None => (0..size).collect(),
            };
            offsets = offsets
                .iter()
                .flat_map(|start| indices.iter().map(move |index| start * size + index))
                .collect();
            shape.push(indices.len());
        }
        let sources = offsets.into_iter().map(|offset| Source::Operand(0, offset)).collect();
        Ok(Tensor::new(shape, sources)?)
    }

    fn work(&self, operands: &[&[usize]]) -> usize {
        counts::broadcast(operands, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Fact, Op,
        check::{Check, Checked, wire},
    };

    fn slice(axis: usize, start: i64, end: i64, step: i64) -> Slice {
        Slice { starts: vec![start], ends: vec![end], axes: vec![axis], steps: vec![step] }
    }

    impl Checked for Slice {
        fn checks(checks: &mut Vec<Check<Self>>) {
            let both = Slice {
                starts: vec![4, 0],
                ends: vec![-1, 2],
                axes: vec![2, 0],
                steps: vec![-2, 1],
            };
            Check::new(both).case([wire([3, 2, 5], 4, -5, 5)]).add_to(checks);
            Check::new(slice(0, 3, 3, 1)).case([wire([3], 4, -5, 5)]).add_to(checks);
        }
    }

    #[test]
    fn matches_slices_by_hand() {
        let x = Tensor::from_fn([2, 4], |i| i as f64);
        let y = |op: Slice| op.eval_float(std::slice::from_ref(&x)).unwrap().remove(0);
        assert_eq!(y(slice(1, 1, 4, 2)), Tensor::new([2, 2], vec![1.0, 3.0, 5.0, 7.0]).unwrap());
        assert_eq!(y(slice(1, 3, -1, -2)), Tensor::new([2, 2], vec![3.0, 1.0, 7.0, 5.0]).unwrap());
        assert_eq!(y(slice(0, 1, 2, 1)).data(), [4.0, 5.0, 6.0, 7.0]);
        assert_eq!(y(slice(0, 1, 1, 1)).shape(), &Shape::from([0, 4]));
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(slice(0, 1, 3, 1)).case([wire([4], 4, -5, 5)]).counts();
        assert_eq!(counts, ["0 rows, 0 hints, 0 + 0 + 0 non-zeros"]);
    }

    #[test]
    fn rejects_indices_outside() {
        let fact = [Fact::float([4])];
        for (op, name) in [
            (slice(1, 0, 1, 1), "axes"),
            (Slice { ends: vec![], ..slice(0, 0, 1, 1) }, "axes"),
            (slice(0, 0, 1, 0), "steps"),
            (slice(0, 0, 5, 1), "ends"),
            (slice(0, 0, -2, -1), "ends"),
            (slice(0, -1, 2, 1), "starts"),
            (slice(0, 4, 0, -1), "starts"),
            (slice(0, i64::MAX, 0, -1), "starts"),
        ] {
            let error = op.infer(&fact).unwrap_err();
            assert!(matches!(error, OpError::Attribute { attribute, .. } if attribute == name));
        }
    }
}
