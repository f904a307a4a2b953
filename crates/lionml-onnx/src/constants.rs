//! Functions of elements that are computed of constants alone, until an operator of LionML computes them
//! of inputs.

use lionml_tensor::{Shape, Tensor};

use crate::{
    ImportError,
    element::Type,
    node::{NodeImport, Outputs},
    value::{Value, Values},
};

/// A function of each element of an operand of floats.
pub(crate) fn map(
    node: &mut NodeImport<'_, '_>,
    way_out: Option<&'static str>,
    floats: impl Fn(f64) -> f64,
) -> Outputs {
    let x = node.operand(0)?;
    let Some(constant) = x.as_constant() else { return Err(node.only_constants(way_out)) };
    let Values::Floats(values) = &constant.values else {
        return Err(node.refuse("its operand", x.kind().to_string(), "floats"));
    };
    let values = values.map(|v| floats(*v));
    node.take_room(x.shape())?;
    Ok(vec![node.known(x.kind(), Values::Floats(values))])
}

/// A function of the elements of two constants that broadcast; integers wrap around as the type's do.
pub(crate) fn zip(
    node: &mut NodeImport<'_, '_>,
    [a, b]: [&Value; 2],
    floats: impl Fn(f64, f64) -> f64,
    integers: impl Fn(i128, i128) -> Option<i128>,
) -> Outputs {
    let kind = a.kind();
    let [a, b] = broadcast(node, [a, b], None)?;
    let values = match (a, b) {
        (Values::Integers(a), Values::Integers(b)) => {
            let too_large = || node.error("its integers are too large");
            let both = a.data().iter().zip(b.data());
            let values = both.map(|(a, b)| integers(*a, *b).ok_or_else(too_large));
            Values::Integers(tensor(node, a.shape(), values.collect::<Result<_, _>>()?)?)
        }
        (a, b) => {
            let [a, b] = [a, b].map(as_floats);
            let both = a.data().iter().zip(b.data());
            Values::Floats(tensor(node, a.shape(), both.map(|(a, b)| floats(*a, *b)).collect())?)
        }
    };
    let value = node.known(kind, values);
    Ok(vec![node.wrapped(value)?])
}

/// A comparison of the elements of two constants that broadcast.
pub(crate) fn compare(
    node: &mut NodeImport<'_, '_>,
    way_out: Option<&'static str>,
    floats: impl Fn(f64, f64) -> bool,
    integers: impl Fn(i128, i128) -> bool,
) -> Outputs {
    let [a, b] = node.pair()?;
    let values = match broadcast(node, [&a, &b], way_out)? {
        [Values::Integers(a), Values::Integers(b)] => {
            let both = a.data().iter().zip(b.data());
            tensor(node, a.shape(), both.map(|(a, b)| integers(*a, *b).into()).collect())?
        }
        values => {
            let [a, b] = values.map(as_floats);
            let both = a.data().iter().zip(b.data());
            tensor(node, a.shape(), both.map(|(a, b)| floats(*a, *b).into()).collect())?
        }
    };
    Ok(vec![node.known(Type::Boolean, Values::Integers(values))])
}

fn tensor<T>(
    node: &NodeImport<'_, '_>,
    shape: &Shape,
    values: Vec<T>,
) -> Result<Tensor<T>, ImportError> {
    Tensor::new(shape.clone(), values).map_err(|error| node.error(error.to_string()))
}

fn as_floats(values: Values) -> Tensor<f64> {
    match values {
        Values::Floats(values) => values,
        Values::Integers(values) => values.map(|v| Type::nearest_double(*v)),
    }
}

/// The elements of two constants in their common shape.
fn broadcast(
    node: &mut NodeImport<'_, '_>,
    operands: [&Value; 2],
    way_out: Option<&'static str>,
) -> Result<[Values; 2], ImportError> {
    let error = |error: lionml_tensor::ShapeError| node.error(error.to_string());
    let [a, b] = operands.map(Value::shape);
    let shape = a.broadcast(b).map_err(error)?;
    node.take_room(&shape)?;
    let wide = |value: &Value| {
        let constant = value.as_constant().ok_or_else(|| node.only_constants(way_out))?;
        let error = |error: lionml_tensor::ShapeError| node.error(error.to_string());
        Ok::<_, ImportError>(match &constant.values {
            Values::Floats(values) => Values::Floats(values.broadcast_to(&shape).map_err(error)?),
            Values::Integers(values) => {
                Values::Integers(values.broadcast_to(&shape).map_err(error)?)
            }
        })
    };
    let [a, b] = operands.map(wide);
    Ok([a?, b?])
}
