//! `Concat`: tensors one after another along an axis.
//!
//! ONNX: [Concat](https://onnx.ai/onnx/operators/onnx__Concat.html), all opsets. Operands of
//! coarser scales are brought to the finest by whole factors.
//!
//! No row: elements move.

use lionml_tensor::{Shape, ShapeError, Tensor};
use serde::{Deserialize, Serialize};

use crate::{Layout, OpError, Source, counts};

/// Tensors one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concat {
    /// The axis along which they follow each other.
    pub axis: usize,
}

impl Layout for Concat {
    fn sources(&self, inputs: &[Shape]) -> Result<Tensor<Source>, OpError> {
        let Some(first) = inputs.first() else {
            return Err(OpError::Operands { expected: 1, got: 0 });
        };
        if self.axis >= first.rank() {
            return Err(OpError::Attribute {
                attribute: "axis",
                value: self.axis.to_string(),
                expected: "an axis of the operands",
            });
        }
        let mut axes = first.axes().to_vec();
        axes[self.axis] = 0;
        for input in inputs {
            let mut others = input.axes().to_vec();
            let size = others.get_mut(self.axis).map(|size| std::mem::replace(size, 0));
            let Some(size) = size.filter(|_| {
                others
                    .iter()
                    .zip(first.axes())
                    .enumerate()
                    .all(|(i, (a, b))| i == self.axis || a == b)
                    && others.len() == first.rank()
            }) else {
                let expected = format!("{first} but for axis {}", self.axis);
                return Err(ShapeError::Mismatch { expected, got: input.clone() }.into());
            };
            axes[self.axis] += size;
        }
        let shape = Shape::new(axes);
        let outer: usize = shape.axes()[..self.axis].iter().product();
        let mut sources = Vec::with_capacity(shape.checked_elements()?);
        for block in 0..outer {
            for (operand, input) in inputs.iter().enumerate() {
                let size: usize = input.axes()[self.axis..].iter().product();
                sources.extend((0..size).map(|i| Source::Operand(operand, block * size + i)));
            }
        }
        Ok(Tensor::new(shape, sources)?)
    }

    fn work(&self, operands: &[&[usize]]) -> usize {
        operands.iter().map(|axes| counts::elements(axes)).fold(0, usize::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Fact, Op,
        check::{Check, Checked, constant, wire},
    };

    impl Checked for Concat {
        fn checks(checks: &mut Vec<Check<Self>>) {
            Check::new(Concat { axis: 1 })
                .case([
                    wire([2, 1, 2], 4, -5, 5),
                    wire([2, 2, 2], 6, 0, 9),
                    wire([2, 0, 2], 0, 0, 1),
                ])
                .case([wire([1, 1], 4, -5, 5), constant([1, 2], 1, &[7, -8])])
                .add_to(checks);
            Check::new(Concat { axis: 0 }).case([wire([2], 4, -5, 5)]).add_to(checks);
        }
    }

    #[test]
    fn matches_a_concatenation_by_hand() {
        let a = Tensor::new([2, 1], vec![1.0, 2.0]).unwrap();
        let b = Tensor::new([2, 2], vec![3.0, 4.0, 5.0, 6.0]).unwrap();
        let y = Concat { axis: 1 }.eval_float(&[a, b]).unwrap().remove(0);
        assert_eq!(y, Tensor::new([2, 3], vec![1.0, 3.0, 4.0, 2.0, 5.0, 6.0]).unwrap());
    }

    #[test]
    fn pins_counts() {
        let check = Check::new(Concat { axis: 0 }).case([wire([3], 4, -5, 5), wire([2], 4, 0, 9)]);
        assert_eq!(check.counts(), ["0 rows, 0 hints, 0 + 0 + 0 non-zeros"]);
    }

    #[test]
    fn rejects_shapes_that_do_not_line_up() {
        let infer = |axis, shapes: &[&[usize]]| {
            let facts: Vec<_> = shapes.iter().map(|s| Fact::float(s.to_vec())).collect();
            Concat { axis }.infer(&facts)
        };
        for shapes in [[&[2, 3][..], &[3, 3]], [&[2, 3], &[2]], [&[2, 3], &[2, 3, 1]]] {
            assert!(matches!(infer(1, &shapes), Err(OpError::Shape(_))), "{shapes:?}");
        }
        assert!(matches!(infer(2, &[&[2, 3]]), Err(OpError::Attribute { .. })));
        assert!(matches!(infer(0, &[]), Err(OpError::Operands { .. })));
    }
}
