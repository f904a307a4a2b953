//! Changes of axes: Reshape, Flatten, Squeeze, Unsqueeze, Transpose, and what other ops do to align
//! their operands.

use lionml_graph::Outlet;
use lionml_ops::ops::{Reshape, Transpose};
use tract_onnx::tract_core::ops::change_axes::AxisOp;

use crate::{ImportError, node::NodeImport};

/// `AddAxis`, `RmAxis` and `Reshape`: the same elements in the shape that tract worked out.
pub(crate) fn reshape(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let shape = node.output_shape()?;
    let x = node.outlet(0)?;
    if node.operand_shape(0)? == shape {
        return Ok(vec![x]);
    }
    Ok(vec![node.add(Reshape { shape }, &[x])?])
}

/// `MoveAxis`: tract takes a transposition apart into single moves.
pub(crate) fn transpose(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let AxisOp::Move(from, to) = *node.op::<AxisOp>()? else {
        return Err(node.error("a move of axes of another kind".to_owned()));
    };
    let mut permutation: Vec<usize> = (0..node.operand_shape(0)?.rank()).collect();
    if from.max(to) >= permutation.len() {
        return Err(node.error(format!("axis `{}` does not exist", from.max(to))));
    }
    let axis = permutation.remove(from);
    permutation.insert(to, axis);
    let x = node.outlet(0)?;
    Ok(vec![node.add(Transpose { permutation }, &[x])?])
}
