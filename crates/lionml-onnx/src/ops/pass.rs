//! What changes nothing: Identity, and Dropout outside of training.

use lionml_graph::Outlet;
use lionml_tensor::Tensor;

use crate::{ImportError, node::NodeImport, tract};

/// `Identity`.
pub(crate) fn identity(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    Ok(vec![node.outlet(0)?])
}

/// `Dropout`, with its mask of ones. tract removes one that drops nothing: only such a one is
/// imported.
pub(crate) fn dropout(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let drops_nothing =
        tract::guarded(node.labels, || node.node.op.declutter(node.typed, node.node))?;
    if drops_nothing.is_none() {
        return Err(node.operand("`training_mode`", "set", "inference"));
    }
    let mut outlets = vec![node.outlet(0)?];
    if node.node.outputs.len() > 1 {
        let shape = node.operand_shape(0)?;
        outlets.push(node.add_constant(Tensor::full(shape, 1.0)));
    }
    Ok(outlets)
}
