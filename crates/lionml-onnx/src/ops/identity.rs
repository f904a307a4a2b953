//! Operators that change nothing: Identity, and Dropout outside of training.

use lionml_tensor::Tensor;

use crate::{
    element::Type,
    node::{NodeImport, Outputs},
};

pub(super) fn identity(node: &mut NodeImport<'_, '_>) -> Outputs {
    Ok(vec![node.operand(0)?])
}

const TRAINING: &str = "export the model for inference: `model.eval()` before `torch.onnx.export`";

/// The operand, and a mask of ones.
pub(super) fn dropout(node: &mut NodeImport<'_, '_>) -> Outputs {
    node.ignore("seed");
    let x = node.operand(0)?;
    let is_training = match node.opset {
        ..=6 => {
            node.ignore("ratio");
            !node.flag("is_test", false)?
        }
        7..=11 => {
            node.ignore("ratio");
            false
        }
        _ => {
            let is_zero = |index: usize| match node.optional(index) {
                Some(value) => value.as_constant().is_some_and(|constant| constant.is_all(0.0)),
                None => index == 2,
            };
            // Either nothing is dropped, or none of it.
            !is_zero(2) && !is_zero(1)
        }
    };
    if is_training {
        return Err(node.refused("`training_mode`", "set", "inference", Some(TRAINING)));
    }
    let mask = if node.opset < 10 { x.kind() } else { Type::Boolean };
    let ones = Tensor::full(x.shape().clone(), 1.0);
    let mut outputs = vec![x];
    if node.has_output(1) {
        outputs.push(node.number(mask, &ones)?);
    }
    Ok(outputs)
}
