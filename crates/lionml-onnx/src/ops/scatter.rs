//! ScatterND and ScatterElements, at indices that are constant.

use lionml_tensor::{Shape, Tensor};

use super::gather::element_places;
use crate::{
    ImportError,
    node::{NodeImport, Outputs},
    value::Value,
};

const WAY_OUT: &str = "export the model with fixed indices";

/// Slices of the first operand replaced by those of the third.
pub(super) fn scatter_nd(node: &mut NodeImport<'_, '_>) -> Outputs {
    let (x, updates) = (node.operand(0)?, node.operand(2)?);
    let tuples = node.constant(1, "the list of indices", Some(WAY_OUT))?;
    check_reduction(node)?;
    let error = || node.error("its indices do not fit its operands");
    let integers = tuples.integers().ok_or_else(error)?;
    let (&width, outer) = integers.shape().axes().split_last().ok_or_else(error)?;
    let axes = x.shape().axes();
    let (indexed, rest) = axes.split_at_checked(width).ok_or_else(error)?;
    if updates.shape().axes() != [outer, rest].concat() {
        return Err(error());
    }
    let block: usize = rest.iter().product();
    let mut targets = Vec::with_capacity(updates.shape().elements());
    for tuple in 0..outer.iter().product() {
        let indices = integers.data().iter().skip(tuple * width).take(width);
        let at = indices.zip(indexed).map(|(index, size)| node.index(*index, *size));
        let at = at.collect::<Result<Vec<_>, _>>()?;
        let start = Shape::new(indexed.to_vec()).offset(&at) * block;
        targets.extend(start..start + block);
    }
    replaced(node, &x, &updates, &targets)
}

/// Elements of the first operand replaced by those of the third, at indices along one axis.
pub(super) fn scatter_elements(node: &mut NodeImport<'_, '_>) -> Outputs {
    let (x, updates) = (node.operand(0)?, node.operand(2)?);
    let axis = node.axis(node.int("axis", 0)?, x.shape().rank())?;
    check_reduction(node)?;
    let size = x.shape().axes().get(axis).copied().unwrap_or_default();
    let indices = node.indices(1, size, Some(WAY_OUT))?;
    let targets = element_places(x.shape(), &indices, axis);
    let targets = targets.filter(|targets| targets.shape() == updates.shape());
    let targets = targets.ok_or_else(|| node.error("its indices do not fit its operands"))?;
    replaced(node, &x, &updates, targets.data())
}

fn check_reduction(node: &NodeImport<'_, '_>) -> Result<(), ImportError> {
    match node.text("reduction", "none")?.as_str() {
        "none" => Ok(()),
        reduction => Err(node.refuse_attribute("reduction", reduction, "`none`")),
    }
}

/// The elements of one operand, and at these places those of another one, of which the last counts.
fn replaced(
    node: &mut NodeImport<'_, '_>,
    x: &Value,
    updates: &Value,
    targets: &[usize],
) -> Outputs {
    let elements = x.shape().elements();
    let mut places: Vec<usize> = (0..elements).collect();
    for (update, target) in targets.iter().enumerate() {
        if let Some(place) = places.get_mut(*target) {
            *place = elements + update;
        }
    }
    let places = Tensor::new(x.shape().clone(), places).map_err(|e| node.error(e.to_string()))?;
    Ok(vec![node.pick(&[x, updates], &places)?])
}
