//! Truth values: And, Or, Xor, Not, and Where.

use lionml_ops::ops::{Mul, Square, Sub, Where};
use lionml_tensor::{ShapeError, Tensor};

use crate::{
    ImportError,
    element::Type,
    masks::hides,
    node::{NodeImport, Outputs},
    value::Value,
};

fn pair(node: &mut NodeImport<'_, '_>) -> Result<[Value; 2], ImportError> {
    let [a, b] = node.pair()?;
    only_booleans(node, &a)?;
    Ok([a, b])
}

fn only_booleans(node: &NodeImport<'_, '_>, value: &Value) -> Result<(), ImportError> {
    match value.kind() {
        Type::Boolean => Ok(()),
        kind => Err(node.refuse("its operand", kind.to_string(), "bool")),
    }
}

/// `a · b`.
pub(super) fn and(node: &mut NodeImport<'_, '_>) -> Outputs {
    let [a, b] = pair(node)?;
    Ok(vec![node.add(Mul, &[&a, &b])?])
}

/// `1 − (1 − a) · (1 − b)`.
pub(super) fn or(node: &mut NodeImport<'_, '_>) -> Outputs {
    let [a, b] = pair(node)?;
    let [a, b] = [negated(node, &a)?, negated(node, &b)?];
    let neither = node.add(Mul, &[&a, &b])?;
    Ok(vec![negated(node, &neither)?])
}

/// `(a − b)²`.
pub(super) fn xor(node: &mut NodeImport<'_, '_>) -> Outputs {
    let [a, b] = pair(node)?;
    let difference = node.add(Sub, &[&a, &b])?;
    Ok(vec![node.add(Square, &[&difference])?])
}

pub(super) fn not(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    only_booleans(node, &x)?;
    Ok(vec![negated(node, &x)?])
}

fn negated(node: &mut NodeImport<'_, '_>, x: &Value) -> Result<Value, ImportError> {
    let one = node.scalar(Type::Boolean, 1.0)?;
    node.add(Sub, &[&one, x])
}

/// The choice between a wire and what hides it, by a condition that is known.
fn hidden(
    node: &mut NodeImport<'_, '_>,
    condition: &Tensor<i128>,
    a: &Value,
    b: &Value,
) -> Result<Option<Value>, ImportError> {
    let (filling, is_first) = match (a, b) {
        (Value::Wire(_), Value::Constant(filling)) => (filling, false),
        (Value::Constant(filling), Value::Wire(_)) => (filling, true),
        _ => return Ok(None),
    };
    let fill = filling.floats().data().first().copied().unwrap_or_default();
    if !hides(fill) || !filling.is_all(fill) {
        return Ok(None);
    }
    let zeros = node.number(filling.kind, &Tensor::full(filling.shape().clone(), 0.0))?;
    let shown = match is_first {
        true => chosen(node, condition, &zeros, b)?,
        false => chosen(node, condition, a, &zeros)?,
    };
    let Value::Wire(shown) = shown else { return Ok(None) };
    let mask = condition.map(|value| if (*value != 0) == is_first { fill } else { 0.0 });
    let mask = mask.broadcast_to(&shown.shape).map_err(|error| node.error(error.to_string()))?;
    Ok(Some(node.masked(shown, mask)))
}

/// With a condition that is known nothing is computed.
pub(super) fn choose(node: &mut NodeImport<'_, '_>) -> Outputs {
    let (condition, a, b) = (node.operand(0)?, node.operand(1)?, node.operand(2)?);
    only_booleans(node, &condition)?;
    node.same_type(&[&a, &b])?;
    let Some(known) = condition.as_constant() else {
        return Ok(vec![node.add_as(a.kind(), Where, &[&condition, &a, &b])?]);
    };
    let known = known.integers().ok_or_else(|| node.error("its condition has no truth values"))?;
    if let Some(masked) = hidden(node, known, &a, &b)? {
        return Ok(vec![masked]);
    }
    Ok(vec![chosen(node, known, &a, &b)?])
}

/// Elements of one operand where a condition is true, and of the other one where it is not.
fn chosen(
    node: &mut NodeImport<'_, '_>,
    known: &Tensor<i128>,
    a: &Value,
    b: &Value,
) -> Result<Value, ImportError> {
    let error = |error: ShapeError| node.error(error.to_string());
    let shape = a.shape().broadcast(b.shape()).map_err(error)?;
    let shape = shape.broadcast(known.shape()).map_err(error)?;
    node.check_room(&shape)?;
    let [left, right] = [a, b].map(|operand| operand.shape().broadcast_offsets(&shape));
    let (left, right) = (left.map_err(error)?, right.map_err(error)?);
    let condition = known.shape().broadcast_offsets(&shape).map_err(error)?;
    let first = a.shape().elements();
    let places =
        condition.iter().zip(left.iter().zip(&right)).map(|(condition, (left, right))| match known
            .data()
            .get(*condition)
        {
            Some(0) | None => first + right,
            Some(_) => *left,
        });
    let places = Tensor::new(shape, places.collect()).map_err(error)?;
    node.pick(&[a, b], &places)
}
