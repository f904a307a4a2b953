//! `Broadcast`: the elements repeated to a larger shape, by NumPy's rule.
//!
//! ONNX: [Expand](https://onnx.ai/onnx/operators/onnx__Expand.html): the importer resolves its
//! argument to the shape of the output.
//!
//! No row: elements repeat.

use lionml_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};

use crate::{Layout, OpError, Source, counts, op::operands};

/// The elements repeated to a larger shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broadcast {
    /// The shape of the output.
    pub shape: Shape,
}

impl Layout for Broadcast {
    fn sources(&self, inputs: &[Shape]) -> Result<Tensor<Source>, OpError> {
        let [x] = operands(inputs)?;
        self.shape.checked_elements()?;
        let offsets = x.broadcast_offsets(&self.shape)?;
        let sources = offsets.into_iter().map(|offset| Source::Operand(0, offset)).collect();
        Ok(Tensor::new(self.shape.clone(), sources)?)
    }

    fn work(&self, _: &[&[usize]]) -> usize {
        counts::elements(self.shape.axes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Fact, Op,
        check::{Check, Checked, wire},
    };

    impl Checked for Broadcast {
        fn checks(checks: &mut Vec<Check<Self>>) {
            let op = Broadcast { shape: [2, 2, 3].into() };
            Check::new(op).case([wire([2, 1], 4, -5, 5)]).case([wire([], 4, -5, 5)]).add_to(checks);
        }
    }

    #[test]
    fn matches_a_broadcast_by_hand() {
        let x = Tensor::new([2, 1], vec![1.0, 2.0]).unwrap();
        let y = Broadcast { shape: [2, 3].into() }.eval_float(&[x]).unwrap().remove(0);
        assert_eq!(y.data(), [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]);
    }

    #[test]
    fn pins_counts() {
        let check = Check::new(Broadcast { shape: [4, 3].into() }).case([wire([3], 4, -5, 5)]);
        assert_eq!(check.counts(), ["0 rows, 0 hints, 0 + 0 + 0 non-zeros"]);
    }

    #[test]
    fn rejects_shapes_that_do_not_broadcast() {
        for shape in [Shape::from([3]), Shape::from([1]), Shape::from([1 << 20, 1 << 20, 2])] {
            let error = Broadcast { shape: shape.clone() }.infer(&[Fact::float([2])]);
            assert!(matches!(error, Err(OpError::Shape(_))), "{shape}");
        }
    }
}
