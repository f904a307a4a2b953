//! BatchNormalization.

use lionml_ops::ops::{Add, Mul, Sub};

use crate::{
    ImportError,
    node::{NodeImport, Outputs},
    value::Value,
};

const TRAINING: &str = "export the model for inference: `model.eval()` before `torch.onnx.export`";

/// `scale · (x − mean) / √(variance + epsilon) + bias`, of which the variance must be constant.
pub(super) fn batch(node: &mut NodeImport<'_, '_>) -> Outputs {
    node.ignore("momentum");
    let is_training = match node.opset {
        ..=6 => !node.flag("is_test", false)?,
        7..=13 => false,
        _ => node.flag("training_mode", false)?,
    };
    if is_training || node.output_count() > 1 {
        return Err(node.refused("its mode", "training", "inference", Some(TRAINING)));
    }
    if node.opset < 9 && !node.flag("spatial", true)? {
        return Err(node.refuse_attribute("spatial", "0", "`1`: one mean and variance a channel"));
    }
    let epsilon = f64::from(node.float("epsilon", 1e-5)?);
    let [x, scale, bias, mean] = [0, 1, 2, 3].map(|index| node.operand(index));
    let [x, scale, bias, mean] = [x?, scale?, bias?, mean?];
    let variance = node.constant(4, "its variance", None)?;
    node.only_floats(&x)?;
    let kind = x.kind();
    let channels = x.shape().axes().get(1).copied().unwrap_or(1);
    let behind = vec![1; x.shape().rank().saturating_sub(2)];
    let along_channels = |node: &mut NodeImport<'_, '_>, value: Value| {
        if value.shape().axes() != [channels] {
            return Err(node.error(format!(
                "a parameter of shape `{}` for `{channels}` channels",
                value.shape()
            )));
        }
        node.reshape(value, [&[channels], behind.as_slice()].concat())
    };
    let root = variance.floats().map(|v| 1.0 / libm::sqrt(v + epsilon));
    let root = node.number(kind, &root)?;
    let cast = |node: &mut NodeImport<'_, '_>, value: Value| -> Result<Value, ImportError> {
        let value = node.cast(&value, kind)?;
        along_channels(node, value)
    };
    let (root, scale) = (along_channels(node, root)?, cast(node, scale)?);
    let (bias, mean) = (cast(node, bias)?, cast(node, mean)?);
    let slope = node.add(Mul, &[&scale, &root])?;
    let centre = node.add(Mul, &[&mean, &slope])?;
    let offset = node.add(Sub, &[&bias, &centre])?;
    let product = node.add(Mul, &[&x, &slope])?;
    Ok(vec![node.add(Add, &[&product, &offset])?])
}
