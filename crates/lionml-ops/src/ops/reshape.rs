//! `Reshape`: the same elements under another shape.
//!
//! ONNX: [Reshape](https://onnx.ai/onnx/operators/onnx__Reshape.html), Flatten, Squeeze,
//! Unsqueeze: the importer resolves their arguments to one shape.
//!
//! No row: elements move.

use lionml_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};

use crate::{Layout, OpError, Source, counts, op::operands};

/// The same elements under another shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reshape {
    /// The new shape.
    pub shape: Shape,
}

impl Layout for Reshape {
    fn sources(&self, inputs: &[Shape]) -> Result<Tensor<Source>, OpError> {
        let [x] = operands(inputs)?;
        let sources = (0..x.elements()).map(|i| Source::Operand(0, i)).collect();
        Ok(Tensor::new(self.shape.clone(), sources)?)
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

    impl Checked for Reshape {
        fn checks(checks: &mut Vec<Check<Self>>) {
            Check::new(Reshape { shape: [3, 2].into() })
                .case([wire([2, 3], 4, -5, 5)])
                .add_to(checks);
        }
    }

    #[test]
    fn pins_counts() {
        let check = Check::new(Reshape { shape: [6].into() }).case([wire([2, 3], 4, -5, 5)]);
        assert_eq!(check.counts(), ["0 rows, 0 hints, 0 + 0 + 0 non-zeros"]);
    }

    #[test]
    fn rejects_another_number_of_elements() {
        let op = Reshape { shape: [5].into() };
        assert!(matches!(op.infer(&[Fact::float([2, 3])]), Err(OpError::Shape(_))));
    }
}
