//! `Pad`: elements added before and after those of each axis.
//!
//! ONNX: [Pad](https://onnx.ai/onnx/operators/onnx__Pad.html), all opsets and modes; the importer
//! turns negative padding into a slice, and padding by the other end into slices and a concatenation.
//!
//! No row: elements move.

use lionml_tensor::{Shape, ShapeError, Tensor};
use serde::{Deserialize, Serialize};

use crate::{Layout, OpError, Source, counts, op::operands};

/// The elements of the padding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PadMode {
    /// One value: that of a second operand of one element, or zero.
    #[default]
    Constant,
    /// The nearest element.
    Edge,
    /// The elements mirrored at the first and the last, which do not repeat.
    Reflect,
}

impl PadMode {
    /// The index along an axis of `size > 0` elements of which a copy stands `index` after the
    /// first padding of `before`; none for the constant.
    fn index(self, index: usize, before: usize, size: usize) -> Option<usize> {
        let inside = index.checked_sub(before).filter(|&i| i < size);
        if inside.is_some() {
            return inside;
        }
        match self {
            Self::Constant => None,
            Self::Edge => Some(if index < before { 0 } else { size - 1 }),
            Self::Reflect if size == 1 => Some(0),
            Self::Reflect => {
                // Steps from the first element, forwards in one period of the pattern.
                let period = 2 * (size - 1);
                let step = (index + period * before.div_ceil(period) - before) % period;
                Some(step.min(period - step))
            }
        }
    }
}

/// Elements added around a tensor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pad {
    /// The number before the first, for each axis.
    pub before: Vec<usize>,
    /// The number after the last, for each axis.
    pub after: Vec<usize>,
    /// Their values.
    pub mode: PadMode,
}

impl Layout for Pad {
    fn sources(&self, inputs: &[Shape]) -> Result<Tensor<Source>, OpError> {
        let (x, padding) = match inputs {
            [x, value] if self.mode == PadMode::Constant => {
                if value.elements() != 1 {
                    let expected = "one element".to_owned();
                    return Err(ShapeError::Mismatch { expected, got: value.clone() }.into());
                }
                (x, Source::Operand(1, 0))
            }
            _ => {
                let [x] = operands(inputs)?;
                (x, Source::Zero)
            }
        };
        let rank = x.rank();
        if self.before.len() != rank || self.after.len() != rank {
            return Err(OpError::Attribute {
                attribute: "pads",
                value: format!("{:?} {:?}", self.before, self.after),
                expected: "one entry before and after for each axis",
            });
        }
        let axes = x.axes().iter().zip(self.before.iter().zip(&self.after));
        let shape = Shape::new(
            axes.map(|(&size, (&before, &after))| {
                size.saturating_add(before).saturating_add(after)
            })
            .collect::<Vec<_>>(),
        );
        shape.checked_elements()?;
        let mut offsets = vec![Some(0)];
        for (axis, &size) in x.axes().iter().enumerate() {
            let before = self.before[axis];
            let copies = self.mode != PadMode::Constant && shape.axes()[axis] > 0;
            if copies && size == 0 {
                let expected = "an element to copy along each padded axis".to_owned();
                return Err(ShapeError::Mismatch { expected, got: x.clone() }.into());
            }
            let indices: Vec<_> =
                (0..shape.axes()[axis]).map(|i| self.mode.index(i, before, size)).collect();
            offsets = offsets
                .iter()
                .flat_map(|start| {
                    indices.iter().map(move |index| Some((*start)? * size + (*index)?))
                })
                .collect();
        }
        let source = |offset| Option::map_or(offset, padding, |o| Source::Operand(0, o));
        Ok(Tensor::new(shape, offsets.into_iter().map(source).collect())?)
    }

    fn work(&self, operands: &[&[usize]]) -> usize {
        let Some(x) = operands.first() else { return 0 };
        let pads = self.before.iter().zip(&self.after);
        let padded = x
            .iter()
            .zip(pads)
            .map(|(size, (before, after))| size.saturating_add(*before).saturating_add(*after));
        counts::elements(&padded.collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Fact, Op,
        check::{Check, Checked, constant, wire},
    };

    fn pad(before: &[usize], after: &[usize], mode: PadMode) -> Pad {
        Pad { before: before.to_vec(), after: after.to_vec(), mode }
    }

    impl Checked for Pad {
        fn checks(checks: &mut Vec<Check<Self>>) {
            for mode in [PadMode::Constant, PadMode::Edge, PadMode::Reflect] {
                Check::new(pad(&[1, 0], &[2, 3], mode))
                    .case([wire([2, 3], 4, 2, 5)])
                    .add_to(checks);
            }
            Check::new(pad(&[1], &[2], PadMode::Constant))
                .case([wire([2], 4, 2, 5), constant([], 6, &[-7])])
                .case([wire([2], 4, 2, 5), wire([1], 1, -7, 7)])
                .add_to(checks);
        }
    }

    #[test]
    fn matches_numpy_by_hand() {
        let padded = |mode| {
            let x = Tensor::from_fn([3], |i| (i + 1) as f64);
            pad(&[4], &[5], mode).eval_float(&[x]).unwrap().remove(0).into_data()
        };
        let row = |digits: &str| -> Vec<f64> {
            digits.chars().map(|c| f64::from(c.to_digit(10).unwrap())).collect()
        };
        assert_eq!(padded(PadMode::Constant), row("000012300000"));
        assert_eq!(padded(PadMode::Edge), row("111112333333"));
        assert_eq!(padded(PadMode::Reflect), row("123212321232"));
    }

    #[test]
    fn pins_counts() {
        let check = Check::new(pad(&[1], &[1], PadMode::Constant)).case([wire([2], 4, 2, 5)]);
        assert_eq!(check.counts(), ["0 rows, 0 hints, 0 + 0 + 0 non-zeros"]);
    }

    #[test]
    fn rejects_what_does_not_fit() {
        let x = || Fact::float([2]);
        let constant = pad(&[1], &[1], PadMode::Constant);
        assert!(matches!(constant.infer(&[x(), x()]), Err(OpError::Shape(_))));
        assert!(matches!(constant.infer(&[Fact::float([2, 2])]), Err(OpError::Attribute { .. })));
        let edge = pad(&[1], &[1], PadMode::Edge);
        assert!(matches!(edge.infer(&[x(), Fact::float([])]), Err(OpError::Operands { .. })));
        assert!(matches!(edge.infer(&[Fact::float([0])]), Err(OpError::Shape(_))));
        let large = pad(&[usize::MAX], &[1], PadMode::Constant);
        assert!(matches!(large.infer(&[x()]), Err(OpError::Shape(_))));
    }
}
