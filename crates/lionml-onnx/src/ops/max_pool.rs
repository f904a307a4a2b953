//! Maxima of windows: MaxPool.

use lionml_graph::Outlet;
use lionml_ops::ops::MaxPool;
use tract_onnx::tract_core::ops::cnn::MaxPool as TractMaxPool;

use crate::{ImportError, node::NodeImport};

/// `MaxPool`, without the indices of the maxima.
pub(crate) fn max_pool(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let op = node.op::<TractMaxPool>()?.clone();
    if op.with_index_outputs.is_some() {
        return Err(node.operand("its output `Indices`", "used", "the maxima alone"));
    }
    let window = node.window(&op.pool_spec)?;
    let x = node.outlet(0)?;
    Ok(vec![node.add(MaxPool { window }, &[x])?])
}
