//! Operators of constants: they are computed at once, by their own executions.

use lionml_ops::{AnyOp, Fact, OpError, work};
use lionml_quant::{QTensor, QuantError, Scale};
use lionml_tensor::Tensor;

use crate::{
    ImportError,
    element::Type,
    node::{MAX_WORK, NodeImport, i128_of},
    value::{Constant, Values},
};

/// The output of an operator of constants: integers by its integer execution, in which none is rounded,
/// and floats by its floats.
pub(crate) fn eval(
    node: &mut NodeImport<'_, '_>,
    kind: Type,
    op: &AnyOp,
    operands: &[&Constant],
) -> Result<Values, ImportError> {
    let label = node.label.clone();
    let error = |source| ImportError::Operator { node: label.clone(), source };
    let facts: Vec<_> = operands.iter().map(|c| Fact::float(c.shape().clone())).collect();
    node.building.work = node.building.work.checked_sub(work(&**op, &facts)).ok_or_else(|| {
        node.error(format!("it computes more than `{MAX_WORK}` elements and products of constants"))
    })?;
    let outputs = op.infer(&facts).map_err(error)?;
    let [output] = outputs.as_slice() else {
        return Err(node.error("an operator of several outputs"));
    };
    node.take_room(&output.shape)?;
    let integers: Option<Vec<_>> = operands.iter().map(|constant| constant.integers()).collect();
    if let (Some(integers), false) = (integers, kind.is_float()) {
        return Ok(Values::Integers(exact(op, &integers).map_err(error)?));
    }
    let floats: Vec<_> = operands.iter().map(|constant| constant.floats().into_owned()).collect();
    let output = op.eval_float(&floats).map_err(error)?.pop();
    let output = output.ok_or_else(|| node.error("an operator without an output"))?;
    Ok(match kind {
        Type::Float(_) => Values::Floats(output),
        _ => Values::Integers(output.try_map(|&value| {
            i128_of(value).ok_or_else(|| node.error(format!("`{value}` is not an integer")))
        })?),
    })
}

/// The integers that an operator computes from integers.
fn exact(op: &AnyOp, operands: &[&Tensor<i128>]) -> Result<Tensor<i128>, OpError> {
    let operands = operands.iter().map(|values| QTensor::constant((*values).clone(), Scale::ONE));
    let operands = operands.collect::<Result<Vec<_>, _>>()?;
    let facts: Vec<_> = operands.iter().cloned().map(Fact::constant).collect();
    let outputs = op.infer(&facts)?;
    let values = op.eval_quant(&operands, &outputs)?.pop();
    let (Some(values), [output]) = (values, outputs.as_slice()) else {
        return Err(OpError::Operands { expected: 1, got: outputs.len() });
    };
    let factor = Scale::ONE.factor_from(&output.require_number(0)?.scale)?;
    values.try_map(|value| value.checked_mul(factor).ok_or(QuantError::Overflow.into()))
}
