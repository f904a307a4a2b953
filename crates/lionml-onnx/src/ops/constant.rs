//! Constant, ConstantOfShape, EyeLike and Range.

use lionml_tensor::{Shape, Tensor};

use crate::{
    element::{FLOAT, INT64, Type, name_of},
    node::{NodeImport, Outputs},
    value::Values,
};

pub(super) fn constant(node: &mut NodeImport<'_, '_>) -> Outputs {
    if let Some(value) = node.tensor("value")? {
        return Ok(vec![value]);
    }
    let vector = |values: Vec<f64>| {
        Tensor::from_fn([values.len()], |i| values.get(i).copied().unwrap_or_default())
    };
    if let Some(value) = node.optional_float("value_float")? {
        return Ok(vec![node.scalar(FLOAT, value.into())?]);
    }
    if let Some(values) = node.floats("value_floats")? {
        let values = vector(values.into_iter().map(f64::from).collect());
        return Ok(vec![node.number(FLOAT, &values)?]);
    }
    if let Some(value) = node.optional_int("value_int")? {
        return Ok(vec![node.known(INT64, Values::Integers(Tensor::scalar(value.into())))]);
    }
    if let Some(values) = node.ints("value_ints")? {
        return Ok(vec![node.list(&values)]);
    }
    let known = ["value_string", "value_strings", "sparse_value"];
    Err(match known.into_iter().find(|name| node.has_attribute(name)) {
        Some("sparse_value") => {
            node.refuse_attribute("sparse_value", "a sparse tensor", "dense constants")
        }
        Some(name) => node.refuse_attribute(name, "a text", "numbers"),
        None => node.error("it has no value"),
    })
}

pub(super) fn constant_of_shape(node: &mut NodeImport<'_, '_>) -> Outputs {
    let shape = node.integers(0, "its shape")?;
    let axes: Result<Vec<usize>, _> = shape.iter().map(|size| usize::try_from(*size)).collect();
    let shape = Shape::new(axes.map_err(|_| node.error(format!("the shape `{shape:?}`")))?);
    node.take_room(&shape)?;
    let value = node.tensor("value")?;
    let Some(value) = value else {
        return Ok(vec![node.known(FLOAT, Values::Floats(Tensor::full(shape, 0.0)))]);
    };
    let values = match value.as_constant().map(|constant| &constant.values) {
        Some(Values::Floats(values)) => {
            values.data().first().map(|v| Values::Floats(Tensor::full(shape, *v)))
        }
        Some(Values::Integers(values)) => {
            values.data().first().map(|v| Values::Integers(Tensor::full(shape, *v)))
        }
        None => None,
    };
    let values = values.ok_or_else(|| node.error("attribute `value` has no element"))?;
    Ok(vec![node.known(value.kind(), values)])
}

pub(super) fn eye_like(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let kind = match node.optional_int("dtype")? {
        Some(number) => {
            let number = i32::try_from(number).unwrap_or_default();
            Type::of_number(number).ok_or_else(|| {
                node.refuse_attribute("dtype", name_of(number), "floats, integers and booleans")
            })?
        }
        None => x.kind(),
    };
    let above = node.int("k", 0)?;
    let &[rows, columns] = x.shape().axes() else {
        return Err(node.error(format!("its operand of shape `{}` is not a matrix", x.shape())));
    };
    node.take_room(x.shape())?;
    let is_one = |i: usize| {
        let (row, column) = (i / columns.max(1), i % columns.max(1));
        let row = i64::try_from(row).unwrap_or(i64::MAX).checked_add(above);
        row == i64::try_from(column).ok()
    };
    let ones = Tensor::from_fn([rows, columns], |i| if is_one(i) { 1.0 } else { 0.0 });
    Ok(vec![node.number(kind, &ones)?])
}

/// Numbers at even distances.
pub(super) fn range(node: &mut NodeImport<'_, '_>) -> Outputs {
    let mut bounds = Vec::with_capacity(3);
    for operand in 0..3 {
        bounds.push(node.constant(operand, "a bound", None)?);
    }
    let kind = node.operand(0)?.kind();
    let [start, limit, delta] = bounds.as_slice() else {
        return Err(node.error("expected three operands"));
    };
    let too_many = "it has more elements than a tensor may have";
    match (&start.values, &limit.values, &delta.values) {
        (Values::Integers(start), Values::Integers(limit), Values::Integers(delta)) => {
            let (&[start], &[limit], &[delta]) = (start.data(), limit.data(), delta.data()) else {
                return Err(node.error("a bound is not one number"));
            };
            if delta == 0 {
                return Err(node.error("its step is zero"));
            }
            let span = limit - start;
            let count =
                (span / delta + i128::from(span % delta != 0 && (span > 0) == (delta > 0))).max(0);
            let count = usize::try_from(count).map_err(|_| node.error(too_many))?;
            node.take_room(&Shape::from([count]))?;
            let mut next = start - delta;
            let values = Tensor::from_fn([count], |_| {
                next += delta;
                next
            });
            Ok(vec![node.known(kind, Values::Integers(values))])
        }
        (Values::Floats(start), Values::Floats(limit), Values::Floats(delta)) => {
            let (&[start], &[limit], &[delta]) = (start.data(), limit.data(), delta.data()) else {
                return Err(node.error("a bound is not one number"));
            };
            let count = libm::ceil((limit - start) / delta).max(0.0);
            let count = crate::node::i128_of(count).and_then(|count| usize::try_from(count).ok());
            let count = count.ok_or_else(|| node.error(too_many))?;
            node.take_room(&Shape::from([count]))?;
            #[expect(clippy::cast_precision_loss, reason = "a tensor has fewer elements than 2^53")]
            let values = Tensor::from_fn([count], |i| start + i as f64 * delta);
            Ok(vec![node.known(kind, Values::Floats(values))])
        }
        _ => Err(node.error("its operands are of different types")),
    }
}
