//! Changes of axes: Reshape, Flatten, Squeeze, Unsqueeze, Transpose.

use lionml_ops::ops::Transpose;

use crate::node::{NodeImport, Outputs};

/// A size of zero is the operand's unless `allowzero` says otherwise, and one of −1 is what is left.
pub(super) fn reshape(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let sizes = node.integers(1, "its shape")?;
    let allow_zero = node.flag("allowzero", false)?;
    let (mut axes, mut open) = (Vec::with_capacity(sizes.len()), None);
    for (axis, &size) in sizes.iter().enumerate() {
        axes.push(match size {
            0 if !allow_zero => *x.shape().axes().get(axis).ok_or_else(|| {
                node.error(format!(
                    "size `{axis}` of `{sizes:?}` is that of an axis that is not there"
                ))
            })?,
            -1 if open.is_none() => {
                open = Some(axis);
                1
            }
            size => usize::try_from(size)
                .map_err(|_| node.error(format!("the shape `{sizes:?}` is not a shape")))?,
        });
    }
    let elements = x.shape().elements();
    // The open size is one until now.
    let rest = sizes_product(&axes).and_then(|known| elements.checked_div(known));
    if let (Some(place), Some(rest)) = (open.and_then(|axis| axes.get_mut(axis)), rest) {
        *place = rest;
    }
    if sizes_product(&axes) != Some(elements) {
        return Err(node.error(format!(
            "its operand of shape `{}` does not fill the shape `{sizes:?}`{}",
            x.shape(),
            match x.shape().axes().first() {
                Some(batch) if *batch > 1 => {
                    ": where the model fixes its batch, give one input at a time"
                }
                _ => "",
            }
        )));
    }
    Ok(vec![node.reshape(x, axes)?])
}

fn sizes_product(sizes: &[usize]) -> Option<usize> {
    sizes.iter().try_fold(1usize, |product, size| product.checked_mul(*size))
}

pub(super) fn flatten(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let rank = x.shape().rank();
    let axis = match node.int("axis", 1)? {
        axis if i64::try_from(rank) == Ok(axis) => rank,
        axis => node.axis(axis, rank)?,
    };
    let (rows, columns) = x.shape().axes().split_at_checked(axis).unwrap_or_default();
    let shape = [rows.iter().product(), columns.iter().product()];
    Ok(vec![node.reshape(x, shape)?])
}

/// The axes of an attribute, or from operator set 13 on of an operand.
fn axes(node: &NodeImport<'_, '_>) -> Result<Option<Vec<i64>>, crate::ImportError> {
    match node.opset {
        ..=12 => node.ints("axes"),
        _ => node.optional_integers(1, "its axes"),
    }
}

/// Without axes all of size one go.
pub(super) fn squeeze(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let sizes = x.shape().axes().to_vec();
    let is_one = |axis: &usize| sizes.get(*axis) == Some(&1);
    let removed = match axes(node)? {
        Some(axes) => node.axes(&axes, sizes.len())?,
        None => (0..sizes.len()).filter(is_one).collect(),
    };
    if let Some(axis) = removed.iter().find(|axis| !is_one(axis)) {
        return Err(node.error(format!("axis `{axis}` of `{}` is not of size one", x.shape())));
    }
    let kept = sizes.iter().enumerate().filter(|(axis, _)| !removed.contains(axis));
    let shape: Vec<_> = kept.map(|(_, size)| *size).collect();
    Ok(vec![node.reshape(x, shape)?])
}

pub(super) fn unsqueeze(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let added = axes(node)?.ok_or_else(|| node.error("it has no axes"))?;
    let added = node.axes(&added, x.shape().rank() + added.len())?;
    let mut sizes = x.shape().axes().iter().copied();
    let shape: Vec<_> = (0..x.shape().rank() + added.len())
        .map(|axis| if added.contains(&axis) { 1 } else { sizes.next().unwrap_or(1) })
        .collect();
    Ok(vec![node.reshape(x, shape)?])
}

/// Without a permutation the axes are reversed.
pub(super) fn transpose(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let rank = x.shape().rank();
    let permutation: Vec<usize> = match node.ints("perm")? {
        None => (0..rank).rev().collect(),
        Some(perm) => {
            let places: Result<Vec<usize>, _> =
                perm.iter().map(|axis| usize::try_from(*axis)).collect();
            let is_each_once = |places: &Vec<usize>| {
                places.len() == rank && (0..rank).all(|axis| places.contains(&axis))
            };
            places.ok().filter(is_each_once).ok_or_else(|| {
                node.refuse_attribute("perm", format!("{perm:?}"), "every axis once")
            })?
        }
    };
    match permutation.iter().copied().eq(0..rank) {
        true => Ok(vec![x]),
        false => Ok(vec![node.add(Transpose { permutation }, &[&x])?]),
    }
}
