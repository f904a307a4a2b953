//! Sums and products, of Add, Sub, Mul and of what Gemm, BatchNormalization and averages do after
//! their sums.

use lionml_graph::Outlet;
use lionml_ops::ops::{Add, Mul, Sub};

use crate::{ImportError, node::NodeImport, tensors::from_tract};

/// `Add`.
pub(crate) fn add(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let operands = [node.outlet(0)?, node.outlet(1)?];
    Ok(vec![node.add(Add, &operands)?])
}

/// `Sub`.
pub(crate) fn sub(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let operands = [node.outlet(0)?, node.outlet(1)?];
    Ok(vec![node.add(Sub, &operands)?])
}

/// `Mul`; one that changes nothing, such as Gemm's by `beta = 1`, is dropped.
pub(crate) fn mul(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    for (factor, other) in [(0, 1), (1, 0)] {
        if node.is_uniform(factor, 1.0)? && node.operand_shape(other)? == node.output_shape()? {
            return Ok(vec![node.outlet(other)?]);
        }
    }
    let operands = [node.outlet(0)?, node.outlet(1)?];
    Ok(vec![node.add(Mul, &operands)?])
}

/// `Div`, by which a mean divides its sum: the product with a constant's reciprocal.
pub(crate) fn div(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let (Some(divisor), true) = (node.constant(1).cloned(), node.output_type()?.is_float()) else {
        return Err(node.operand("its operand", "integers", "floats"));
    };
    let divisor = from_tract(&node.label.name, &divisor)?;
    let reciprocal = node.add_constant(divisor.map(|v| v.recip()));
    let dividend = node.outlet(0)?;
    Ok(vec![node.add(Mul, &[dividend, reciprocal])?])
}
