//! ArrayFeatureExtractor: the label of a class.

use lionml_graph::Kind;
use lionml_ops::{AnyOp, ops::Add};

use crate::{
    node::{NodeImport, Outputs},
    value::Value,
};

const WAY_OUT: &str = "leave the label out with `--model-output`, and take it by the place of the largest \
                       output in the application";

/// Constants at the place of a maximum, where they are at even distances: `first + place · distance`.
pub(super) fn import(node: &mut NodeImport<'_, '_>) -> Outputs {
    let (x, place) = (node.operand(0)?, node.operand(1)?);
    let Value::Wire(wire) = &place else {
        let size = x.shape().axes().last().copied().unwrap_or_default();
        let places = node.indices(1, size, None)?;
        let count = places.shape().elements();
        let rows = x.shape().elements().checked_div(size).unwrap_or_default();
        let flat = places.data().to_vec();
        let all = (0..rows).flat_map(|row| flat.iter().map(move |place| row * size + place));
        let shape = [rows.max(1), count];
        let all = lionml_tensor::Tensor::new(shape, all.collect());
        let all = all.map_err(|error| node.error(error.to_string()))?;
        return Ok(vec![node.pick(&[&x], &all)?]);
    };
    let source = node.building.model.nodes().get(wire.outlet.node).map(|node| &node.kind);
    let is_place = matches!(source, Some(Kind::Op(AnyOp::ArgMax(_))));
    let labels = x.as_constant().and_then(|x| x.integers());
    let labels = labels.map(|labels| labels.data()).unwrap_or_default();
    let (first, distance) = match *labels {
        [first] => (first, 0),
        [first, second, ..] => (first, second - first),
        [] => {
            return Err(node.refused(
                "its operand",
                "not known",
                "constant integers",
                Some(WAY_OUT),
            ));
        }
    };
    let is_even = labels.windows(2).all(|pair| matches!(pair, [a, b] if b - a == distance));
    if !is_place || !is_even {
        let supported = "labels at even distances at the place of an `ArgMax`";
        return Err(node.refused("its operand", "any table", supported, Some(WAY_OUT)));
    }
    let kind = x.kind();
    let [first, distance] = [first, distance].map(|v| {
        node.known(kind, crate::value::Values::Integers(lionml_tensor::Tensor::scalar(v)))
    });
    let place = node.cast(&place, kind)?;
    let steps = node.product(&place, &distance)?;
    let labels = node.add(Add, &[&steps, &first])?;
    let count = labels.shape().elements();
    Ok(vec![node.reshape(labels, [1, count])?])
}
