//! The larger and the smaller of two: Max, Min, Relu and Clip.

use lionml_graph::Outlet;
use lionml_ops::ops::{Max, Min, Relu};

use crate::{ImportError, node::NodeImport};

/// `Max`: of floats with zero it is Relu, which rounds; with a lower limit that no value passes it
/// is dropped.
pub(crate) fn max(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    for (limit, other) in [(0, 1), (1, 0)] {
        if node.operand_shape(other)? != node.output_shape()? {
            continue;
        }
        let lowest = node.range()?.0;
        if node.all(limit, |v| v <= lowest)? {
            return Ok(vec![node.outlet(other)?]);
        }
        if node.output_type()?.is_float() && node.is_uniform(limit, 0.0)? {
            let x = node.outlet(other)?;
            return Ok(vec![node.add(Relu, &[x])?]);
        }
    }
    let operands = [node.outlet(0)?, node.outlet(1)?];
    Ok(vec![node.add(Max, &operands)?])
}

/// `Min`: with an upper limit that no value passes it is dropped.
pub(crate) fn min(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    for (limit, other) in [(0, 1), (1, 0)] {
        let highest = node.range()?.1;
        if node.operand_shape(other)? == node.output_shape()?
            && node.all(limit, |v| v >= highest)?
        {
            return Ok(vec![node.outlet(other)?]);
        }
    }
    let operands = [node.outlet(0)?, node.outlet(1)?];
    Ok(vec![node.add(Min, &operands)?])
}
