//! Softmax.

use lionml_ops::ops::Softmax;

use crate::{
    node::{NodeImport, Outputs},
    value::Value,
};

/// Before operator set 13 it is along all axes from one on.
pub(super) fn import(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    node.only_floats(&x)?;
    let rank = x.shape().rank();
    let axes: Vec<_> = match node.opset {
        ..=12 => {
            let axis = node.int("axis", 1)?;
            // Of a vector all of it is one row.
            let axis = if axis == 1 && rank == 1 { 0 } else { node.axis(axis, rank)? };
            (axis..rank).collect()
        }
        _ => vec![node.axis(node.int("axis", -1)?, rank)?],
    };
    if let Value::Masked(masked) = &x {
        return Ok(vec![node.masked_softmax(masked, &axes)?]);
    }
    Ok(vec![node.add(Softmax { axes, table: None }, &[&x])?])
}
