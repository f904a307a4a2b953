//! `Transpose`: the axes in another order.
//!
//! ONNX: [Transpose](https://onnx.ai/onnx/operators/onnx__Transpose.html), all opsets.
//!
//! No row: elements move.

use lionml_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};

use crate::{Layout, OpError, Source, counts, op::operands};

/// The axes in another order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transpose {
    /// For each axis of the output, the axis of the operand.
    pub permutation: Vec<usize>,
}

impl Layout for Transpose {
    fn sources(&self, inputs: &[Shape]) -> Result<Tensor<Source>, OpError> {
        let [x] = operands(inputs)?;
        let is_permutation = self.permutation.len() == x.rank()
            && (0..x.rank()).all(|axis| self.permutation.contains(&axis));
        if !is_permutation {
            return Err(OpError::Attribute {
                attribute: "permutation",
                value: format!("{:?}", self.permutation),
                expected: "every axis of the operand once",
            });
        }
        let strides = x.strides();
        let axes = self.permutation.iter().map(|&axis| (x.axes()[axis], strides[axis]));
        let offsets = axes.clone().fold(vec![0], |offsets, (size, stride)| {
            offsets.iter().flat_map(|start| (0..size).map(move |i| start + i * stride)).collect()
        });
        let sources = offsets.into_iter().map(|offset| Source::Operand(0, offset)).collect();
        Ok(Tensor::new(axes.map(|(size, _)| size).collect::<Vec<_>>(), sources)?)
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

    fn transpose(permutation: &[usize]) -> Transpose {
        Transpose { permutation: permutation.to_vec() }
    }

    impl Checked for Transpose {
        fn checks(checks: &mut Vec<Check<Self>>) {
            Check::new(transpose(&[2, 0, 1])).case([wire([2, 3, 2], 4, -5, 5)]).add_to(checks);
            Check::new(transpose(&[])).case([wire([], 4, -5, 5)]).add_to(checks);
        }
    }

    #[test]
    fn matches_a_transposition_by_hand() {
        let x = Tensor::from_fn([2, 3, 1], |i| i as f64);
        let y = transpose(&[1, 2, 0]).eval_float(&[x]).unwrap().remove(0);
        assert_eq!(y, Tensor::new([3, 1, 2], vec![0.0, 3.0, 1.0, 4.0, 2.0, 5.0]).unwrap());
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(transpose(&[1, 0])).case([wire([2, 3], 4, -5, 5)]).counts();
        assert_eq!(counts, ["0 rows, 0 hints, 0 + 0 + 0 non-zeros"]);
    }

    #[test]
    fn rejects_what_is_no_permutation() {
        for permutation in [&[0][..], &[0, 0], &[0, 2], &[0, 1, 2]] {
            let error = transpose(permutation).infer(&[Fact::float([2, 3])]);
            assert!(matches!(error, Err(OpError::Attribute { .. })), "{permutation:?}");
        }
    }
}
