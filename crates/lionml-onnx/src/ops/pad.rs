//! Pad.

use lionml_ops::ops::{Pad, PadMode};
use lionml_tensor::{Shape, Tensor};

use super::slice::part;
use crate::{
    ImportError,
    masks::hides,
    node::{NodeImport, Outputs},
    value::Value,
};

/// Elements around a tensor; negative padding removes some.
pub(super) fn import(node: &mut NodeImport<'_, '_>) -> Outputs {
    let mut x = node.operand(0)?;
    let rank = x.shape().rank();
    let (pads, axes, value) = match node.opset {
        ..=10 => {
            let pads =
                node.ints("pads")?.ok_or_else(|| node.error("it has no attribute `pads`"))?;
            let value = node.optional_float("value")?;
            let value = value.map(|value| node.scalar(x.kind(), value.into())).transpose()?;
            (pads, None, value)
        }
        _ => (
            node.integers(1, "its padding")?,
            node.optional_integers(3, "its axes")?,
            node.optional(2),
        ),
    };
    let axes = match axes {
        Some(axes) => node.axes(&axes, rank)?,
        None => (0..rank).collect(),
    };
    if pads.len() != 2 * axes.len() {
        return Err(node.error(format!("`{}` pads for `{}` axes", pads.len(), axes.len())));
    }
    let mode = node.text("mode", "constant")?;
    let (mut before, mut after) = (vec![0; rank], vec![0; rank]);
    let (starts, ends) = pads.split_at_checked(axes.len()).unwrap_or_default();
    for (axis, (start, end)) in axes.into_iter().zip(starts.iter().zip(ends)) {
        let size = x.shape().axes().get(axis).copied().unwrap_or_default();
        let removed = |pad: i64| usize::try_from(pad.min(0).unsigned_abs()).unwrap_or(usize::MAX);
        let kept =
            size.checked_sub(removed(*start)).and_then(|rest| rest.checked_sub(removed(*end)));
        let Some(kept) = kept else {
            return Err(
                node.error(format!("more than the `{size}` elements of axis `{axis}` removed"))
            );
        };
        x = part(node, &x, axis, removed(*start), removed(*start) + kept)?;
        for (pads, pad) in [(&mut before, start), (&mut after, end)] {
            let pad = usize::try_from((*pad).max(0)).unwrap_or(usize::MAX);
            let reach = match mode.as_str() {
                "reflect" => kept.saturating_sub(1),
                "constant" => usize::MAX,
                _ if kept == 0 => 0,
                _ => usize::MAX,
            };
            if pad > reach {
                return Err(node.error(format!("more padding than elements along axis `{axis}`")));
            }
            if let Some(place) = pads.get_mut(axis) {
                *place = pad;
            }
        }
    }
    let sizes = x.shape().axes().iter().zip(before.iter().zip(&after));
    let sizes =
        sizes.map(|(size, (before, after))| size.saturating_add(*before).saturating_add(*after));
    let shape = Shape::new(sizes.collect::<Vec<_>>());
    node.check_room(&shape)?;
    let mode = match mode.as_str() {
        "constant" => PadMode::Constant,
        "edge" => PadMode::Edge,
        "reflect" => PadMode::Reflect,
        "wrap" => return Ok(vec![wrapped(node, &x, &before, shape)?]),
        other => {
            let supported = "`constant`, `edge`, `reflect` and `wrap`";
            return Err(node.refuse_attribute("mode", other, supported));
        }
    };
    if shape == *x.shape() {
        return Ok(vec![x]);
    }
    // Zeros need no operand.
    let is_zero = |value: &Value| value.as_constant().is_some_and(|value| value.is_all(0.0));
    let value = value.filter(|value| mode == PadMode::Constant && !is_zero(value));
    let operands: Vec<_> = std::iter::once(&x).chain(&value).collect();
    node.same_type(&operands)?;
    // Hidden rather than filled, where a pool may pass over it.
    if let (Some(Value::Constant(filling)), Value::Wire(_)) = (&value, &x)
        && let [fill] = filling.floats().data()
        && hides(*fill)
    {
        let frame = Tensor::full(x.shape().clone(), 0.0);
        let frame = node.number(x.kind(), &frame)?;
        let filling = node.scalar(x.kind(), *fill)?;
        let pad = Pad { before, after, mode };
        let mask = node.add(pad.clone(), &[&frame, &filling])?;
        let shown = node.add(pad, &[&x])?;
        if let (Value::Wire(shown), Some(mask)) = (shown, mask.as_constant()) {
            return Ok(vec![node.masked(shown, mask.floats().into_owned())]);
        }
        return Err(node.error("its padding is not constant"));
    }
    Ok(vec![node.add(Pad { before, after, mode }, &operands)?])
}

/// Elements from the other end of each axis, as often as it takes.
fn wrapped(
    node: &mut NodeImport<'_, '_>,
    x: &Value,
    before: &[usize],
    shape: Shape,
) -> Result<Value, ImportError> {
    let places = Tensor::from_fn(shape.clone(), |offset| {
        let at = shape.coordinate(offset);
        let at = at.iter().zip(before).zip(x.shape().axes());
        let at: Vec<_> = at
            .map(|((at, before), size)| {
                let size = (*size).max(1);
                (at + size - before % size) % size
            })
            .collect();
        x.shape().offset(&at)
    });
    node.pick(&[x], &places)
}
