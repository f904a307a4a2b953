//! Expand and Tile.

use lionml_ops::ops::Broadcast;
use lionml_tensor::{Shape, Tensor};

use crate::{
    ImportError,
    node::{NodeImport, Outputs},
};

fn shape_of(node: &NodeImport<'_, '_>, sizes: &[i64]) -> Result<Shape, ImportError> {
    let axes: Result<Vec<usize>, _> = sizes.iter().map(|size| usize::try_from(*size)).collect();
    let shape = Shape::new(axes.map_err(|_| node.error(format!("the sizes `{sizes:?}`")))?);
    node.check_room(&shape)?;
    Ok(shape)
}

pub(super) fn expand(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let shape = shape_of(node, &node.integers(1, "its shape")?)?;
    let shape = x.shape().broadcast(&shape).map_err(|error| node.error(error.to_string()))?;
    node.check_room(&shape)?;
    match *x.shape() == shape {
        true => Ok(vec![x]),
        false => Ok(vec![node.add(Broadcast { shape }, &[&x])?]),
    }
}

pub(super) fn tile(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let repeats = node.integers(1, "its repeats")?;
    if repeats.len() != x.shape().rank() {
        let (got, rank) = (repeats.len(), x.shape().rank());
        return Err(node.error(format!("`{got}` repeats for an operand of rank `{rank}`")));
    }
    let sizes = x.shape().axes().iter().zip(&repeats);
    let sizes = sizes
        .map(|(&size, &repeat)| i64::try_from(size).unwrap_or(i64::MAX).saturating_mul(repeat));
    let shape = shape_of(node, &sizes.collect::<Vec<_>>())?;
    if shape == *x.shape() {
        return Ok(vec![x]);
    }
    let places = Tensor::from_fn(shape.clone(), |offset| {
        let at = shape.coordinate(offset);
        let at: Vec<_> = at.iter().zip(x.shape().axes()).map(|(at, size)| at % size).collect();
        x.shape().offset(&at)
    });
    Ok(vec![node.pick(&[&x], &places)?])
}
