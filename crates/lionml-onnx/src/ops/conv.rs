//! Convolutions: Conv.

use lionml_graph::Outlet;
use lionml_ops::ops::{Broadcast, Conv};
use lionml_tensor::Shape;
use tract_onnx::tract_core::ops::cnn::{Conv as TractConv, KernelFormat};

use crate::{ImportError, node::NodeImport};

/// `Conv`, whose bias is a scalar zero where the file has none, and a scalar where it has one.
pub(crate) fn conv(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let op = node.op::<TractConv>()?.clone();
    if op.kernel_fmt != KernelFormat::OIHW || op.q_params.is_some() {
        return Err(node.error("a convolution of another format".to_owned()));
    }
    let window = node.window(&op.pool_spec)?;
    let conv = Conv { window, groups: op.group };
    let (x, weights) = (node.outlet(0)?, node.outlet(1)?);
    if node.is_uniform(2, 0.0)? {
        return Ok(vec![node.add(conv, &[x, weights])?]);
    }
    let mut bias = node.outlet(2)?;
    let shape = Shape::from([op.pool_spec.output_channels]);
    if node.operand_shape(2)? != shape {
        bias = node.add(Broadcast { shape }, &[bias])?;
    }
    Ok(vec![node.add(conv, &[x, weights, bias])?])
}
