//! Padding: Pad.

use lionml_graph::Outlet;
use lionml_ops::ops::{Pad, PadMode};
use tract_onnx::tract_core::ops::array::{Pad as TractPad, PadMode as TractPadMode};

use crate::{ImportError, node::NodeImport, tensors::from_tract};

/// `Pad`.
pub(crate) fn pad(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let op = node.op::<TractPad>()?.clone();
    let mut operands = vec![node.outlet(0)?];
    let mode = match &op.mode {
        TractPadMode::Edge => PadMode::Edge,
        TractPadMode::Reflect => PadMode::Reflect,
        TractPadMode::Constant(value) => {
            let value = from_tract(&node.label.name, value)?;
            if value.data() != [0.0] {
                operands.push(node.add_constant(value));
            }
            PadMode::Constant
        }
    };
    let (before, after) = op.pads.iter().copied().unzip();
    Ok(vec![node.add(Pad { before, after, mode }, &operands)?])
}
