//! Contractions: MatMul, and the product in Gemm.

use lionml_graph::Outlet;
use lionml_ops::{EinsumExpression, ops::Einsum};
use tract_onnx::tract_core::ops::einsum::EinSum;

use crate::{ImportError, node::NodeImport};

/// `EinSum` of two operands.
pub(crate) fn einsum(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let op = node.op::<EinSum>()?;
    if op.q_params.is_some() || node.operands() != 2 {
        return Err(node.error("a product of another kind".to_owned()));
    }
    let expression: EinsumExpression =
        op.axes.to_string().parse().map_err(|e: lionml_ops::OpError| node.error(e.to_string()))?;
    let operands = [node.outlet(0)?, node.outlet(1)?];
    Ok(vec![node.arithmetic(Einsum { expression }, &operands)?])
}
