//! DequantizeLinear, and QuantizeLinear of constants.

use lionml_ops::ops::{Mul, Sub};
use lionml_tensor::Tensor;

use crate::{
    ImportError,
    element::{Type, name_of},
    node::{NodeImport, Outputs, i128_of},
    value::{Value, Values},
};

/// `(x − zero point) · scale`.
pub(super) fn dequantize(node: &mut NodeImport<'_, '_>) -> Outputs {
    let (x, scale, zero) = (node.operand(0)?, node.operand(1)?, node.optional(2));
    let axis = node.int("axis", 1)?;
    let kind = match node.int("output_dtype", 0)? {
        0 => scale.kind(),
        number => kind_of(node, "output_dtype", number)?,
    };
    let scale = along(node, &x, scale, axis)?;
    let scale = node.cast(&scale, kind)?;
    let mut value = node.cast(&x, kind)?;
    if let Some(zero) = zero {
        let zero = along(node, &x, zero, axis)?;
        let zero = node.cast(&zero, kind)?;
        if !zero.as_constant().is_some_and(|zero| zero.is_all(0.0)) {
            value = node.add(Sub, &[&value, &zero])?;
        }
    }
    Ok(vec![node.add(Mul, &[&value, &scale])?])
}

/// Integers next to `x / scale + zero point`, no further than their type reaches.
pub(super) fn quantize(node: &mut NodeImport<'_, '_>) -> Outputs {
    const WAY_OUT: &str =
        "leave the quantisation of activations out of the model: LionML chooses its own";
    let (x, scale, zero) = (node.operand(0)?, node.operand(1)?, node.optional(2));
    let axis = node.int("axis", 1)?;
    node.ignore("saturate");
    node.ignore("precision");
    let kind = match (&zero, node.int("output_dtype", 0)?) {
        (Some(zero), _) => zero.kind(),
        (None, 0) => Type::Integer { signed: false, bits: 8 },
        (None, number) => kind_of(node, "output_dtype", number)?,
    };
    let Some((low, high)) = kind.integers() else {
        return Err(node.refuse("its zero point", kind.to_string(), "integers"));
    };
    let scale = along(node, &x, scale, axis)?;
    let zero = zero.map(|zero| along(node, &x, zero, axis)).transpose()?;
    let [x, scale] = [&x, &scale].map(|value| value.as_constant().map(|c| c.floats().into_owned()));
    let (Some(x), Some(scale)) = (x, scale) else { return Err(node.only_constants(Some(WAY_OUT))) };
    let zero = match zero.as_ref().map(Value::as_constant) {
        None => Tensor::scalar(0.0),
        Some(Some(zero)) => zero.floats().into_owned(),
        Some(None) => return Err(node.only_constants(Some(WAY_OUT))),
    };
    let error = |error: lionml_tensor::ShapeError| node.error(error.to_string());
    let (scale, zero) = (
        scale.broadcast_to(x.shape()).map_err(error)?,
        zero.broadcast_to(x.shape()).map_err(error)?,
    );
    let values = x.data().iter().zip(scale.data().iter().zip(zero.data()));
    let values = values.map(|(x, (scale, zero))| {
        let whole = i128_of(libm::rint(x / scale) + zero);
        whole.map(|whole| whole.clamp(low, high)).ok_or_else(|| node.error("it is not finite"))
    });
    let values =
        Tensor::new(x.shape().clone(), values.collect::<Result<_, _>>()?).map_err(error)?;
    Ok(vec![node.known(kind, Values::Integers(values))])
}

fn kind_of(node: &NodeImport<'_, '_>, name: &str, number: i64) -> Result<Type, ImportError> {
    let number = i32::try_from(number).unwrap_or_default();
    Type::of_number(number)
        .ok_or_else(|| node.refuse_attribute(name, name_of(number), "floats and integers"))
}

/// A parameter along an axis of the operand: one number, one a channel, or one a block of it.
fn along(
    node: &mut NodeImport<'_, '_>,
    x: &Value,
    parameter: Value,
    axis: i64,
) -> Result<Value, ImportError> {
    let block = node.int("block_size", 0)?;
    let rank = x.shape().rank();
    if block != 0 {
        let axis = node.axis(axis, rank)?;
        let block = usize::try_from(block).ok().filter(|block| *block > 0).ok_or_else(|| {
            node.refuse_attribute("block_size", block.to_string(), "a size above zero, or `0`")
        })?;
        let mut sizes = x.shape().axes().to_vec();
        sizes.iter_mut().skip(axis).take(1).for_each(|size| *size = size.div_ceil(block));
        if parameter.shape().axes() != sizes {
            let (got, shape) = (parameter.shape(), x.shape());
            return Err(node.error(format!("scales of shape `{got}` for blocks of `{shape}`")));
        }
        let places = Tensor::from_fn(x.shape().clone(), |offset| {
            let mut at = x.shape().coordinate(offset);
            at.iter_mut().skip(axis).take(1).for_each(|at| *at /= block);
            parameter.shape().offset(&at)
        });
        return node.pick(&[&parameter], &places);
    }
    match *parameter.shape().axes() {
        [] => Ok(parameter),
        [1] => node.reshape(parameter, Vec::new()),
        [size] => {
            let axis = node.axis(axis, rank)?;
            if x.shape().axes().get(axis) != Some(&size) {
                let shape = x.shape();
                return Err(node.error(format!("`{size}` scales along axis `{axis}` of `{shape}`")));
            }
            node.reshape(parameter, [&[size], vec![1; rank - axis - 1].as_slice()].concat())
        }
        _ => Err(node.error(format!("scales of shape `{}`", parameter.shape()))),
    }
}
