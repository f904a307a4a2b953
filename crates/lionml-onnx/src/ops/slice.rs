//! Slice and Split.

use lionml_ops::ops::Slice;

use crate::{
    ImportError,
    node::{NodeImport, Outputs},
    value::Value,
};

/// A part of a tensor: from behind where an index is negative, and then to what the direction of the step
/// can reach.
pub(super) fn slice(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let missing = |name: &str| node.error(format!("it has no attribute `{name}`"));
    let (starts, ends, axes, steps) = match node.opset {
        ..=9 => (
            node.ints("starts")?.ok_or_else(|| missing("starts"))?,
            node.ints("ends")?.ok_or_else(|| missing("ends"))?,
            node.ints("axes")?,
            None,
        ),
        _ => (
            node.integers(1, "`starts`")?,
            node.integers(2, "`ends`")?,
            node.optional_integers(3, "`axes`")?,
            node.optional_integers(4, "`steps`")?,
        ),
    };
    let axes = axes.unwrap_or_else(|| (0..i64::MAX).take(starts.len()).collect());
    let steps = steps.unwrap_or_else(|| vec![1; starts.len()]);
    if [axes.len(), ends.len(), steps.len()] != [starts.len(); 3] {
        return Err(node.error("`starts`, `ends`, `axes` and `steps` are not of one length"));
    }
    let axes = node.axes(&axes, x.shape().rank())?;
    let mut slice = Slice { starts: vec![], ends: vec![], axes: vec![], steps: vec![] };
    for (((axis, start), end), step) in axes.into_iter().zip(starts).zip(ends).zip(steps) {
        if step == 0 {
            return Err(node.error("the step is zero"));
        }
        let size =
            x.shape().axes().get(axis).and_then(|size| i64::try_from(*size).ok()).unwrap_or(0);
        let place = |v: i64| if v < 0 { v.saturating_add(size) } else { v };
        let (start, end) = match step > 0 {
            true => (place(start).clamp(0, size), place(end).clamp(0, size)),
            false => (place(start).min(size - 1).max(-1), place(end).min(size - 1).max(-1)),
        };
        if (start, end, step) != (0, size, 1) {
            slice.starts.push(start);
            slice.ends.push(end);
            slice.axes.push(axis);
            slice.steps.push(step);
        }
    }
    match slice.axes.is_empty() {
        true => Ok(vec![x]),
        false => Ok(vec![node.add(slice, &[&x])?]),
    }
}

/// Parts along an axis, of sizes that are given or equal.
pub(super) fn split(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let axis = node.axis(node.int("axis", 0)?, x.shape().rank())?;
    let size = x.shape().axes().get(axis).copied().unwrap_or_default();
    let stated = match node.opset {
        ..=12 => node.ints("split")?,
        _ => node.optional_integers(1, "its sizes")?,
    };
    let count = match node.opset {
        ..=17 => None,
        _ => node.optional_int("num_outputs")?,
    };
    let count = match count {
        Some(count) => usize::try_from(count).ok().filter(|count| *count > 0).ok_or_else(|| {
            node.refuse_attribute("num_outputs", count.to_string(), "a number above zero")
        })?,
        None => node.output_count().max(1),
    };
    if stated.is_none() && count > size.max(1) + node.output_count() {
        return Err(node.error(format!("`{count}` parts of `{size}` elements")));
    }
    let sizes: Vec<usize> = match stated {
        Some(sizes) => {
            let sizes: Result<_, _> = sizes.iter().map(|size| usize::try_from(*size)).collect();
            sizes.map_err(|_| node.error("a part of a negative size"))?
        }
        None => {
            // The last part is what is left.
            let each = size.div_ceil(count);
            (0..count).map(|part| each.min(size.saturating_sub(part * each))).collect()
        }
    };
    if sizes.iter().fold(0usize, |sum, size| sum.saturating_add(*size)) != size {
        return Err(node.error(format!("parts of sizes `{sizes:?}` of `{size}` elements")));
    }
    let (mut start, mut parts) = (0, Vec::with_capacity(sizes.len()));
    for size in sizes {
        parts.push(part(node, &x, axis, start, start + size)?);
        start += size;
    }
    Ok(parts)
}

/// The elements between two indices along an axis.
pub(crate) fn part(
    node: &mut NodeImport<'_, '_>,
    x: &Value,
    axis: usize,
    start: usize,
    end: usize,
) -> Result<Value, ImportError> {
    if start == 0 && x.shape().axes().get(axis) == Some(&end) {
        return Ok(x.clone());
    }
    let [start, end] = [start, end].map(|at| i64::try_from(at).unwrap_or(i64::MAX));
    let slice = Slice { starts: vec![start], ends: vec![end], axes: vec![axis], steps: vec![1] };
    node.add(slice, &[x])
}
