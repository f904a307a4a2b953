//! Softmax, along several axes before operator set 13.

use lionml_graph::Outlet;
use lionml_ops::ops::Softmax;
use tract_onnx::tract_core::ops::nn::{Softmax as TractSoftmax, SoftmaxKind};

use crate::{ImportError, node::NodeImport};

/// `Softmax`.
pub(crate) fn softmax(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let op = node.op::<TractSoftmax>()?.clone();
    if !matches!(op.kind, SoftmaxKind::Softmax) || !node.output_type()?.is_float() {
        return Err(node.operand("its operand", "integers", "floats"));
    }
    let x = node.outlet(0)?;
    Ok(vec![node.add(Softmax { axes: op.axes.to_vec(), table: None }, &[x])?])
}
