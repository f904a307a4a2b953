//! Shape and Size: what is known of any tensor.

use lionml_tensor::Tensor;

use crate::{
    element::INT64,
    node::{NodeImport, Outputs},
    value::Values,
};

pub(super) fn shape(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let rank = i64::try_from(x.shape().rank()).unwrap_or(i64::MAX);
    let place = |at: i64| if at < 0 { at.saturating_add(rank) } else { at }.clamp(0, rank);
    let start = place(node.int("start", 0)?);
    let end = place(node.int("end", rank)?).max(start);
    let axes = x.shape().axes().iter().map(|&size| i64::try_from(size).unwrap_or(i64::MAX));
    let part = |at: i64| usize::try_from(at).unwrap_or_default();
    let axes: Vec<_> = axes.skip(part(start)).take(part(end - start)).collect();
    Ok(vec![node.list(&axes)])
}

pub(super) fn size(node: &mut NodeImport<'_, '_>) -> Outputs {
    let elements = node.operand(0)?.shape().elements();
    let elements = i128::try_from(elements).unwrap_or(i128::MAX);
    Ok(vec![node.known(INT64, Values::Integers(Tensor::scalar(elements)))])
}
