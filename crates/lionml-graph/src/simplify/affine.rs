//! Sums and products with constants before a linear operator go into its weights and behind it:
//! `(factor · x + offset) W = x (factor · W) + offset · W`.
//!
//! Normalised inputs are written so. Where they stay, the product has its own scale and must be
//! rounded, element by element, before it meets the weights.

use lionml_ops::{AnyOp, Form, ops::Add};
use lionml_tensor::{Shape, Tensor};

use super::{Rewrite, constant_operand, product, zipped};
use crate::{FloatSource, GraphError, Kind, Model, Node, Outlet};

/// `factor · base + offset`, moved.
struct Affine<'a> {
    base: Outlet,
    /// The operators between that only move elements, in order.
    moves: Vec<&'a Node<FloatSource>>,
    factor: Tensor<f64>,
    offset: Tensor<f64>,
}

pub(super) fn absorb_into_weights_behind(model: &Model) -> Result<Model, GraphError> {
    let mut rewrite = Rewrite::new(model);
    for node in model.nodes() {
        let outlet = match absorbed(&mut rewrite, model, node)? {
            Some(outlet) => outlet,
            None => rewrite.copy(node)?,
        };
        rewrite.map.push(outlet);
    }
    rewrite.finish()
}

/// A linear operator over the base of its operand, if its weights can hold the factors.
fn absorbed(
    rewrite: &mut Rewrite<'_>,
    model: &Model,
    node: &Node<FloatSource>,
) -> Result<Option<Outlet>, GraphError> {
    let Kind::Op(op) = &node.kind else { return Ok(None) };
    let Form::Contraction(weighted) = op.properties().form else { return Ok(None) };
    let is_constant = |outlet: &Outlet| model.as_constant(*outlet).is_some();
    let Some(position) = node.inputs.iter().take(2).position(|outlet| !is_constant(outlet)) else {
        return Ok(None);
    };
    let Some(weights) = model.as_constant(node.inputs[1 - position]) else { return Ok(None) };
    let Some(affine) = affine(model, node.inputs[position])? else { return Ok(None) };
    let factors = shrunk(&affine.factor);
    let scaled = weighted.times_operand(1 - position, weights, &factors);
    let Some(scaled) = scaled else { return Ok(None) };
    let mut constants = [weights.clone(), weights.clone()];
    constants[position] = affine.offset;
    let error = |source| GraphError::Op { node: node.name.clone(), op: op.name(), source };
    let Some(offset) = op.eval_float(&constants).map_err(error)?.pop() else { return Ok(None) };

    let mut operand = rewrite.outlet(affine.base);
    for moved in affine.moves {
        if let Kind::Op(op) = &moved.kind {
            operand = rewrite.to.op(&moved.name, op.clone(), &[operand])?;
        }
    }
    let mut operands = rewrite.operands(node);
    operands[position] = operand;
    operands[1 - position] = rewrite.to.constant(format!("{}.weight", node.name), scaled);
    let product = rewrite.to.op(&node.name, op.clone(), &operands)?;
    let offset = shrunk(&offset);
    if offset.data().iter().all(|value| *value == 0.0) {
        return Ok(Some(product));
    }
    let offset = rewrite.to.constant(format!("{}.offset", node.name), offset);
    Ok(Some(rewrite.to.op(&node.name, Add, &[product, offset])?))
}

/// The affine map from an earlier outlet to this one, unless it is only a factor (`sink_factors`
/// moves those) or the bias of a linear operator, which costs nothing.
fn affine(model: &Model, outlet: Outlet) -> Result<Option<Affine<'_>>, GraphError> {
    let (mut base, mut nodes) = (outlet, Vec::new());
    loop {
        let node = &model.nodes()[base.node];
        let next = match &node.kind {
            Kind::Op(AnyOp::Add(_) | AnyOp::Sub(_) | AnyOp::Mul(_)) => {
                constant_operand(model, node)
                    .map(|(_, other)| other)
                    .filter(|o| model.nodes()[o.node].facts[o.slot].shape == node.facts[0].shape)
            }
            Kind::Op(op) if matches!(op.properties().form, Form::Moves) => match node.inputs[..] {
                [operand] => Some(operand),
                _ => None,
            },
            _ => None,
        };
        let Some(next) = next else { break };
        nodes.push((node, base));
        base = next;
    }
    // Moves before the first sum or product stay where they are.
    while let Some((_, moved)) = nodes.pop_if(|(node, _)| constant_operand(model, node).is_none()) {
        base = moved;
    }
    let start = &model.nodes()[base.node];
    let is_linear = matches!(
        &start.kind,
        Kind::Op(op) if matches!(op.properties().form, Form::Contraction(_))
    );
    let is_more = |node: &Node<FloatSource>| match constant_operand(model, node) {
        Some((constant, _)) => {
            !matches!(node.kind, Kind::Op(AnyOp::Mul(_))) || constant.shape().elements() > 1
        }
        None => false,
    };
    let shape = start.facts[base.slot].shape.clone();
    if is_linear || shape.elements() == 0 || !nodes.iter().any(|(node, _)| is_more(node)) {
        return Ok(None);
    }
    let (mut factor, mut offset) = (Tensor::full(shape.clone(), 1.0), Tensor::full(shape, 0.0));
    let mut moves = Vec::new();
    for (node, _) in nodes.into_iter().rev() {
        let Kind::Op(op) = &node.kind else { continue };
        match (op, constant_operand(model, node)) {
            (AnyOp::Mul(_), Some((constant, _))) => {
                (factor, offset) = (product(&factor, constant)?, product(&offset, constant)?);
            }
            (AnyOp::Add(_), Some((constant, _))) => {
                offset = zipped(&offset, constant, |o, c| o + c)?
            }
            (AnyOp::Sub(_), Some((constant, other))) if other == node.inputs[0] => {
                offset = zipped(&offset, constant, |o, c| o - c)?;
            }
            (AnyOp::Sub(_), Some((constant, _))) => {
                factor = factor.map(|f| -f);
                offset = zipped(&offset, constant, |o, c| c - o)?;
            }
            _ => {
                let moved = |tensor| {
                    let moved = op.eval_float(&[tensor]).map(|mut outputs| outputs.pop());
                    moved.map_err(|source| GraphError::Op {
                        node: node.name.clone(),
                        op: op.name(),
                        source,
                    })
                };
                let (Some(f), Some(o)) = (moved(factor)?, moved(offset)?) else { return Ok(None) };
                (factor, offset) = (f, o);
                moves.push(node);
            }
        }
    }
    Ok(Some(Affine { base, moves, factor, offset }))
}

/// The tensor with one element along each axis along which it does not vary.
fn shrunk(tensor: &Tensor<f64>) -> Tensor<f64> {
    let (shape, data) = (tensor.shape(), tensor.data());
    let sizes = shape.axes().iter().zip(shape.strides()).map(|(&size, stride)| {
        let first = |offset: usize| offset - offset / stride % size * stride;
        let is_same = (0..data.len()).all(|offset| data[offset] == data[first(offset)]);
        if is_same { 1 } else { size }
    });
    let sizes = Shape::new(sizes.collect::<Vec<_>>());
    Tensor::from_fn(sizes.clone(), |offset| data[shape.offset(&sizes.coordinate(offset))])
}
