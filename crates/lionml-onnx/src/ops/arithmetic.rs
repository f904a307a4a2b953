//! Sums and products, of Add, Sub, Mul and of what Gemm, BatchNormalization and averages do after
//! their sums.

use lionml_graph::Outlet;
use lionml_ops::ops::{Add, Mul, Square, Sub};

use crate::{ImportError, node::NodeImport, tensors::from_tract};

/// `Add`.
pub(crate) fn add(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let operands = [node.outlet(0)?, node.outlet(1)?];
    Ok(vec![node.arithmetic(Add, &operands)?])
}

/// `Sub`.
pub(crate) fn sub(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let operands = [node.outlet(0)?, node.outlet(1)?];
    Ok(vec![node.arithmetic(Sub, &operands)?])
}

/// `Mul`; one that changes nothing, such as Gemm's by `beta = 1`, is dropped.
pub(crate) fn mul(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    for (factor, other) in [(0, 1), (1, 0)] {
        if node.is_uniform(factor, 1.0)? && node.operand_shape(other)? == node.output_shape()? {
            return Ok(vec![node.outlet(other)?]);
        }
    }
    let operands = [node.outlet(0)?, node.outlet(1)?];
    if operands[0] == operands[1] {
        // No square is negative, which a product of any two could be.
        return Ok(vec![node.arithmetic(Square, &operands[..1])?]);
    }
    Ok(vec![node.arithmetic(Mul, &operands)?])
}

/// `Div`, by which a mean divides its sum too: the product with a constant's reciprocal.
pub(crate) fn div(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    if !node.output_type()?.is_float() {
        return Err(node.operand("its operand", "integers", "floats"));
    }
    let Some(divisor) = node.constant(1).cloned() else {
        return Err(node.operand("its divisor", "computed from inputs", "a constant"));
    };
    let divisor = from_tract(&node.label.name, &divisor)?;
    if divisor.data().contains(&0.0) {
        return Err(node.operand("its divisor", "zero", "a constant that is not"));
    }
    let reciprocal = node.add_constant(divisor.map(|v| v.recip()));
    let dividend = node.outlet(0)?;
    Ok(vec![node.add(Mul, &[dividend, reciprocal])?])
}
