//! Functions of one element: Neg, LeakyRelu, Sigmoid, Tanh.

use lionml_graph::Outlet;
use lionml_ops::ops::{Curve, CurveFunction, LeakyRelu, Neg};
use tract_onnx::tract_core::ops::{element_wise::ElementWiseOp, nn::LeakyRelu as TractLeakyRelu};

use crate::{ImportError, node::NodeImport};

/// `Neg`.
pub(crate) fn neg(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let x = node.outlet(0)?;
    Ok(vec![node.arithmetic(Neg, &[x])?])
}

/// `LeakyRelu`.
pub(crate) fn leaky_relu(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let op = node.op::<ElementWiseOp>()?.0.downcast_ref::<TractLeakyRelu>();
    let slope = op.ok_or_else(|| node.error("an op of another kind".to_owned()))?.alpha;
    let x = node.outlet(0)?;
    Ok(vec![node.add(LeakyRelu { slope }, &[x])?])
}

/// `Sigmoid`.
pub(crate) fn sigmoid(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let x = node.outlet(0)?;
    Ok(vec![node.add(Curve { function: CurveFunction::Sigmoid, table: None }, &[x])?])
}

/// `Tanh`.
pub(crate) fn tanh(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let x = node.outlet(0)?;
    Ok(vec![node.add(Curve { function: CurveFunction::Tanh, table: None }, &[x])?])
}
