//! Concat.

use lionml_graph::Outlet;
use lionml_ops::ops::Concat;
use tract_onnx::tract_core::ops::array::TypedConcat;

use crate::{ImportError, node::NodeImport};

/// `Concat`.
pub(crate) fn concat(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let axis = node.op::<TypedConcat>()?.axis;
    let operands = (0..node.operands()).map(|i| node.outlet(i)).collect::<Result<Vec<_>, _>>()?;
    Ok(vec![node.add(Concat { axis }, &operands)?])
}
