//! ScatterND and ScatterElements, at indices that are constant.

use lionml_ops::ops::{Max, Min, Mul};
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
    let reduction = Reduction::of(node)?;
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
    reduction.apply(node, &x, &updates, &targets)
}

/// Elements of the first operand replaced by those of the third, at indices along one axis.
pub(super) fn scatter_elements(node: &mut NodeImport<'_, '_>) -> Outputs {
    let (x, updates) = (node.operand(0)?, node.operand(2)?);
    let axis = node.axis(node.int("axis", 0)?, x.shape().rank())?;
    let reduction = Reduction::of(node)?;
    let size = x.shape().axes().get(axis).copied().unwrap_or_default();
    let indices = node.indices(1, size, Some(WAY_OUT))?;
    let targets = element_places(x.shape(), &indices, axis);
    let targets = targets.filter(|targets| targets.shape() == updates.shape());
    let targets = targets.ok_or_else(|| node.error("its indices do not fit its operands"))?;
    reduction.apply(node, &x, &updates, targets.data())
}

/// What becomes of an element and its updates.
#[derive(Clone, Copy, PartialEq)]
enum Reduction {
    None,
    Add,
    Mul,
    Max,
    Min,
}

impl Reduction {
    fn of(node: &NodeImport<'_, '_>) -> Result<Self, ImportError> {
        Ok(match node.text("reduction", "none")?.as_str() {
            "none" => Self::None,
            "add" => Self::Add,
            "mul" => Self::Mul,
            "max" => Self::Max,
            "min" => Self::Min,
            reduction => {
                let supported = "`none`, `add`, `mul`, `max` and `min`";
                return Err(node.refuse_attribute("reduction", reduction, supported));
            }
        })
    }

    /// Updates at these places, one after the other: a layer of them for as often as a place occurs.
    fn apply(
        self,
        node: &mut NodeImport<'_, '_>,
        x: &Value,
        updates: &Value,
        targets: &[usize],
    ) -> Outputs {
        if self == Self::None {
            return replaced(node, x, updates, targets);
        }
        /// No element has more updates.
        const MAX_LAYERS: usize = 64;
        let elements = x.shape().elements();
        let mut seen = vec![0_usize; elements];
        let mut layers: Vec<Vec<(usize, usize)>> = Vec::new();
        for (update, target) in targets.iter().enumerate() {
            let Some(seen) = seen.get_mut(*target) else { continue };
            if *seen >= MAX_LAYERS {
                return Err(node.error(format!("more than `{MAX_LAYERS}` updates of one element")));
            }
            layers.resize_with(layers.len().max(*seen + 1), Vec::new);
            layers.iter_mut().skip(*seen).take(1).for_each(|layer| layer.push((update, *target)));
            *seen += 1;
        }
        let mut all = x.clone();
        for layer in layers {
            // Of the other elements what changes nothing.
            let neutral = match self {
                Self::Mul => node.scalar(x.kind(), 1.0)?,
                Self::Add => node.scalar(x.kind(), 0.0)?,
                _ => all.clone(),
            };
            let is_own = matches!(self, Self::Max | Self::Min);
            let first = neutral.shape().elements();
            let mut places: Vec<_> = (0..elements).map(|i| if is_own { i } else { 0 }).collect();
            for (update, target) in layer {
                places.iter_mut().skip(target).take(1).for_each(|place| *place = first + update);
            }
            let places = Tensor::new(x.shape().clone(), places);
            let places = places.map_err(|error| node.error(error.to_string()))?;
            let layer = node.pick(&[&neutral, updates], &places)?;
            all = match self {
                Self::Mul => node.arithmetic(Mul, &[&all, &layer])?,
                Self::Max => node.add(Max, &[&all, &layer])?,
                Self::Min => node.add(Min, &[&all, &layer])?,
                _ => node.sum(&[&all, &layer])?,
            };
        }
        Ok(vec![all])
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
