//! Gather, GatherElements and GatherND, at indices that are constant.

use lionml_ops::ops::Gather;
use lionml_tensor::{Shape, Tensor};

use crate::node::{NodeImport, Outputs};

const WAY_OUT: &str = "look the row up in the application and give it as an input, or multiply a one-hot \
                       input with the table";

pub(super) fn gather(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let axis = node.axis(node.int("axis", 0)?, x.shape().rank())?;
    let (before, after) = x.shape().axes().split_at_checked(axis).unwrap_or_default();
    let Some((&size, after)) = after.split_first() else {
        return Err(node.error("its operand has no axis"));
    };
    let indices = node.indices(1, size, Some(WAY_OUT))?;
    node.check_room(&Shape::new([before, indices.shape().axes(), after].concat()))?;
    Ok(vec![node.add(Gather { axis, indices }, &[&x])?])
}

/// For each place of the indices the element that its index names along one axis.
pub(super) fn gather_elements(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let axis = node.axis(node.int("axis", 0)?, x.shape().rank())?;
    let size = x.shape().axes().get(axis).copied().unwrap_or_default();
    let indices = node.indices(1, size, Some(WAY_OUT))?;
    let places = element_places(x.shape(), &indices, axis);
    let places = places.ok_or_else(|| node.error("its indices do not fit its operand"))?;
    Ok(vec![node.pick(&[&x], &places)?])
}

/// The places in a shape that indices along one axis name.
pub(super) fn element_places(
    shape: &Shape,
    indices: &Tensor<usize>,
    axis: usize,
) -> Option<Tensor<usize>> {
    let fits = |(along, (own, other)): (usize, (&usize, &usize))| along == axis || own <= other;
    let axes = indices.shape().axes().iter().zip(shape.axes());
    if indices.shape().rank() != shape.rank() || !axes.enumerate().all(fits) {
        return None;
    }
    Some(Tensor::from_fn(indices.shape().clone(), |offset| {
        let mut at = indices.shape().coordinate(offset);
        if let (Some(place), Some(index)) = (at.get_mut(axis), indices.data().get(offset)) {
            *place = *index;
        }
        shape.offset(&at)
    }))
}

/// Slices at tuples of indices along the first axes behind the batches.
pub(super) fn gather_nd(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let batches = usize::try_from(node.int("batch_dims", 0)?).unwrap_or(usize::MAX);
    let tuples = node.constant(1, "the list of indices", Some(WAY_OUT))?;
    let error = || node.error("its indices do not fit its operand");
    let integers = tuples.integers().ok_or_else(error)?;
    let (&width, outer) = integers.shape().axes().split_last().ok_or_else(error)?;
    let axes = x.shape().axes();
    let rest = axes.get(batches.saturating_add(width)..).ok_or_else(error)?;
    if outer.get(..batches) != axes.get(..batches) {
        return Err(error());
    }
    let shape = Shape::new([outer, rest].concat());
    node.check_room(&shape)?;
    let block: usize = rest.iter().product();
    let outer = Shape::new(outer.to_vec());
    let mut places = Vec::with_capacity(shape.elements());
    for tuple in 0..outer.elements() {
        let mut at = outer.coordinate(tuple);
        at.truncate(batches);
        for (axis, index) in integers.data().iter().skip(tuple * width).take(width).enumerate() {
            let size = axes.get(batches + axis).copied().unwrap_or_default();
            at.push(node.index(*index, size)?);
        }
        let start =
            Shape::new(axes.get(..at.len()).unwrap_or_default().to_vec()).offset(&at) * block;
        places.extend(start..start + block);
    }
    let places = Tensor::new(shape, places).map_err(|e| node.error(e.to_string()))?;
    Ok(vec![node.pick(&[&x], &places)?])
}
