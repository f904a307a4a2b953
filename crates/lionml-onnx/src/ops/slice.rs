//! Parts of a tensor: Slice, which tract knows in two forms, Split, and Gather.

use lionml_graph::Outlet;
use lionml_ops::ops::{Gather, Slice};
use lionml_tensor::Tensor;
use tract_onnx::tract_core::ops::array::{
    Gather as TractGather, Slice as TractSlice, StridedSlice,
};

use crate::{ImportError, node::NodeImport};

/// `Slice` of one axis, from the attributes of operator set 9.
pub(crate) fn slice(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let op = node.op::<TractSlice>()?.clone();
    let bound = |v: Option<i64>| v.ok_or_else(|| node.error("its bounds are not fixed".to_owned()));
    let (start, end) = (bound(op.start.as_i64())?, bound(op.end.as_i64())?);
    let x = node.outlet(0)?;
    let slice = Slice { starts: vec![start], ends: vec![end], axes: vec![op.axis], steps: vec![1] };
    Ok(vec![node.add(slice, &[x])?])
}

/// `StridedSlice`: ONNX's rules for bounds and steps, which are operands.
pub(crate) fn strided_slice(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let op = node.op::<StridedSlice>()?.clone();
    let shape = node.operand_shape(0)?;
    let starts = integers(node, 1, "`starts`")?;
    let axes = match op.optional_axes_input {
        Some(operand) => integers(node, operand, "`axes`")?,
        None => (0..i64::MAX).take(starts.len()).collect(),
    };
    let ends = integers(node, 2, "`ends`")?;
    let steps = match op.optional_steps_input {
        Some(operand) => integers(node, operand, "`steps`")?,
        None => vec![1; starts.len()],
    };
    if [axes.len(), ends.len(), steps.len()] != [starts.len(); 3] {
        return Err(node.operand("`starts`", "of another length", "one start an axis"));
    }
    let mut slice = Slice { starts: vec![], ends: vec![], axes: vec![], steps: vec![] };
    for (((axis, start), end), step) in axes.iter().zip(starts).zip(ends).zip(steps) {
        let axis = shape.axis(*axis).map_err(|e| node.error(e.to_string()))?;
        let size = shape.axes().get(axis).and_then(|size| i64::try_from(*size).ok()).unwrap_or(0);
        // From behind where negative, then to what the direction of the step can reach.
        let place = |v: i64| if v < 0 { v.saturating_add(size) } else { v };
        let (low, high) = if step > 0 { (0, size) } else { (-1, size - 1) };
        let (start, end) = (place(start).clamp(low, high), place(end).clamp(low, high));
        slice.starts.push(start);
        slice.ends.push(end);
        slice.axes.push(axis);
        slice.steps.push(step);
    }
    let x = node.outlet(0)?;
    Ok(vec![node.add(slice, &[x])?])
}

/// `Gather` at constant indices, which may count from behind.
pub(crate) fn gather(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let axis = node.op::<TractGather>()?.axis;
    let size = node.operand_shape(0)?.axes().get(axis).copied().unwrap_or_default();
    let place = |index: i64| {
        let from_behind = if index < 0 { i64::try_from(size).unwrap_or(i64::MAX) } else { 0 };
        usize::try_from(index.saturating_add(from_behind)).ok().filter(|&index| index < size)
    };
    let indices = integers(node, 1, "the list of indices")?.into_iter().map(place).collect();
    let Some(indices) = indices else {
        return Err(node.operand("an index", "beyond the axis", "indices of the axis"));
    };
    let indices = Tensor::new(node.operand_shape(1)?, indices);
    let indices = indices.map_err(|e| node.error(e.to_string()))?;
    let x = node.outlet(0)?;
    Ok(vec![node.add(Gather { axis, indices }, &[x])?])
}

/// The integers of an operand that must be constant.
fn integers(
    node: &NodeImport<'_>,
    operand: usize,
    place: &'static str,
) -> Result<Vec<i64>, ImportError> {
    let value =
        node.constant(operand).ok_or_else(|| node.operand(place, "computed", "constant"))?;
    let cast = value.cast_to::<i64>();
    let integers = cast
        .as_ref()
        .ok()
        .and_then(|t| t.try_as_plain_ram().ok()?.as_slice().ok().map(<[i64]>::to_vec));
    integers.ok_or_else(|| node.operand(place, "no list of integers", "integers"))
}
