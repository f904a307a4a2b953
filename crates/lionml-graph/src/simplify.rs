//! Passes over float models that make circuits smaller and change no meaning.
//!
//! 1. Operators of constants become constants.
//! 2. A product with constants along the output channels of a linear operator goes into its
//!    weights (batch normalisation after a convolution).
//! 3. Sums and products with constants before a linear operator go into its weights and behind it
//!    (normalised inputs).
//! 4. A product with one number moves down to the next linear operator and into its weights (the
//!    `1/255` of pixels, the `1/n` of an average).
//! 5. A maximum of ReLUs becomes the ReLU of a maximum: one sign instead of one an operand.
//! 6. Nodes that no output needs are dropped; inputs stay.

mod affine;

use lionml_ops::{
    AnyOp, Form, Role,
    ops::{Add, Mul, Relu},
};
use lionml_tensor::Tensor;

use crate::{FloatSource, GraphError, Kind, Model, Node, Outlet};

/// Makes another model of the same meaning.
pub type Pass = fn(&Model) -> Result<Model, GraphError>;

/// The passes of [`simplify`], in order.
pub const PASSES: [Pass; 7] = [
    fold_constants,
    absorb_into_weights,
    affine::absorb_into_weights_behind,
    sink_factors,
    fold_constants,
    pool_before_relu,
    drop_dead,
];

/// The same model with fewer nodes.
pub fn simplify(model: &Model) -> Result<Model, GraphError> {
    PASSES.iter().try_fold(model.clone(), |model, pass| pass(&model))
}

/// Copies nodes from one model to another while a pass changes some of them.
struct Rewrite<'a> {
    from: &'a Model,
    to: Model,
    map: Vec<Outlet>,
}

impl<'a> Rewrite<'a> {
    fn new(from: &'a Model) -> Self {
        Self { from, to: Model::new(), map: Vec::with_capacity(from.nodes().len()) }
    }

    fn outlet(&self, outlet: Outlet) -> Outlet {
        Outlet { node: self.map[outlet.node].node, slot: self.map[outlet.node].slot + outlet.slot }
    }

    fn operands(&self, node: &Node<FloatSource>) -> Vec<Outlet> {
        node.inputs.iter().map(|o| self.outlet(*o)).collect()
    }

    /// The node as it is, over the rewritten operands.
    fn copy(&mut self, node: &Node<FloatSource>) -> Result<Outlet, GraphError> {
        match &node.kind {
            Kind::Source(source) => {
                Ok(self.to.source(&node.name, source.clone(), node.facts[0].clone()))
            }
            Kind::Op(op) => {
                let operands = self.operands(node);
                self.to.op(&node.name, op.clone(), &operands)
            }
        }
    }

    fn finish(mut self) -> Result<Model, GraphError> {
        for output in self.from.outputs() {
            let outlet = self.outlet(output.outlet);
            self.to.output(&output.name, outlet, output.element)?;
        }
        Ok(self.to)
    }
}

fn fold_constants(model: &Model) -> Result<Model, GraphError> {
    let mut rewrite = Rewrite::new(model);
    for node in model.nodes() {
        let operands = rewrite.operands(node);
        let constants: Option<Vec<_>> =
            operands.iter().map(|o| rewrite.to.as_constant(*o).cloned()).collect();
        let outlet = match (&node.kind, constants) {
            (Kind::Op(op), Some(constants)) if node.facts.len() == 1 => {
                let error =
                    |source| GraphError::Op { node: node.name.clone(), op: op.name(), source };
                match op.eval_float(&constants).map_err(error)?.into_iter().next() {
                    Some(value) => rewrite.to.constant(&node.name, value),
                    None => rewrite.copy(node)?,
                }
            }
            _ => rewrite.copy(node)?,
        };
        rewrite.map.push(outlet);
    }
    rewrite.finish()
}

fn absorb_into_weights(model: &Model) -> Result<Model, GraphError> {
    let fan_out = model.fan_out();
    let mut rewrite = Rewrite::new(model);
    // Only nodes of the old model that feed one node alone may be replaced.
    let mut is_private = Vec::new();
    for (index, node) in model.nodes().iter().enumerate() {
        let absorbed = match (&node.kind, constant_operand(model, node)) {
            (Kind::Op(AnyOp::Mul(_)), Some((constant, other)))
                if constant.shape().elements() > 1 =>
            {
                scaled(&mut rewrite.to, rewrite.map[other.node], constant, &is_private)?
            }
            _ => None,
        };
        let outlet = match absorbed {
            Some(outlet) => outlet,
            None => rewrite.copy(node)?,
        };
        is_private.resize(rewrite.to.nodes().len(), false);
        is_private[outlet.node] = fan_out[index] == 1;
        rewrite.map.push(outlet);
    }
    rewrite.finish()
}

/// The constant operand of a node of two operands, and the other one.
fn constant_operand<'a>(
    model: &'a Model,
    node: &Node<FloatSource>,
) -> Option<(&'a Tensor<f64>, Outlet)> {
    let [a, b] = node.inputs[..] else { return None };
    match (model.as_constant(a), model.as_constant(b)) {
        (Some(constant), None) => Some((constant, b)),
        (None, Some(constant)) => Some((constant, a)),
        _ => None,
    }
}

/// An outlet times constants, where linear operators before it can take them into their weights.
fn scaled(
    model: &mut Model,
    mut outlet: Outlet,
    factors: &Tensor<f64>,
    is_private: &[bool],
) -> Result<Option<Outlet>, GraphError> {
    // Terms added on the way to an operator with weights, the last one first.
    let mut terms = Vec::new();
    let base = loop {
        let node = &model.nodes()[outlet.node];
        let shape = &node.facts[0].shape;
        if !is_private[outlet.node] || shape.broadcast(factors.shape()).as_ref() != Ok(shape) {
            return Ok(None);
        }
        match (&node.kind, constant_operand(model, node)) {
            (Kind::Op(AnyOp::Add(_)), Some((term, other))) => {
                terms.push((node.name.clone(), product(term, factors)?));
                outlet = other;
            }
            _ => break node.clone(),
        }
    };
    let Some(mut outlet) = scaled_weights(model, &base, factors)? else { return Ok(None) };
    for (name, term) in terms.into_iter().rev() {
        let term = model.constant(format!("{name}.bias"), term);
        outlet = model.op(&name, Add, &[outlet, term])?;
    }
    Ok(Some(outlet))
}

/// An operator with its weights times constants, where it has weights that can hold them.
fn scaled_weights(
    model: &mut Model,
    node: &Node<FloatSource>,
    factors: &Tensor<f64>,
) -> Result<Option<Outlet>, GraphError> {
    let Kind::Op(op) = &node.kind else { return Ok(None) };
    let Form::Contraction(weighted) = op.properties().form else { return Ok(None) };
    let constants: Vec<_> = node.inputs.iter().map(|o| model.as_constant(*o)).collect();
    let scaled = weighted.times_outputs(&constants, &node.facts[0].shape, factors);
    let Some(scaled) = scaled else { return Ok(None) };
    let mut inputs = node.inputs.clone();
    for (position, (input, scaled)) in inputs.iter_mut().zip(scaled).enumerate() {
        if let Some(scaled) = scaled {
            let part = if op.role(position) == Role::Factor { "weight" } else { "bias" };
            *input = model.constant(format!("{}.{part}", node.name), scaled);
        }
    }
    Ok(Some(model.op(&node.name, op.clone(), &inputs)?))
}

fn product(a: &Tensor<f64>, b: &Tensor<f64>) -> Result<Tensor<f64>, GraphError> {
    zipped(a, b, |a, b| a * b)
}

/// A function of the elements of two tensors that broadcast.
fn zipped(
    a: &Tensor<f64>,
    b: &Tensor<f64>,
    f: impl Fn(f64, f64) -> f64,
) -> Result<Tensor<f64>, GraphError> {
    let error = |source: lionml_tensor::ShapeError| GraphError::Op {
        node: "weights".to_owned(),
        op: "Mul",
        source: source.into(),
    };
    let shape = a.shape().broadcast(b.shape()).map_err(error)?;
    let (a, b) = (a.broadcast_to(&shape).map_err(error)?, b.broadcast_to(&shape).map_err(error)?);
    Ok(Tensor::from_fn(shape, |i| f(a.data()[i], b.data()[i])))
}

/// Products with one number that have not been written yet: an outlet stands for its value times
/// the factor.
struct Sinking<'a> {
    rewrite: Rewrite<'a>,
    /// The factor of each old node, and the name under which to write it if need be.
    pending: Vec<Option<(f64, String)>>,
}

fn sink_factors(model: &Model) -> Result<Model, GraphError> {
    let mut sinking = Sinking { rewrite: Rewrite::new(model), pending: Vec::new() };
    for node in model.nodes() {
        let (outlet, pending) = sinking.node(model, node)?;
        sinking.rewrite.map.push(outlet);
        sinking.pending.push(pending);
    }
    for output in model.outputs() {
        sinking.write(output.outlet.node)?;
    }
    sinking.rewrite.finish()
}

impl Sinking<'_> {
    fn node(
        &mut self,
        model: &Model,
        node: &Node<FloatSource>,
    ) -> Result<(Outlet, Option<(f64, String)>), GraphError> {
        let Kind::Op(op) = &node.kind else { return Ok((self.rewrite.copy(node)?, None)) };
        match op {
            AnyOp::Mul(_) => {
                if let Some((constant, other)) = constant_operand(model, node)
                    && let ([factor], true) = (
                        constant.data(),
                        node.facts[0].shape == model.nodes()[other.node].facts[other.slot].shape,
                    )
                {
                    let before = self.pending[other.node].as_ref().map_or(1.0, |(f, _)| *f);
                    let outlet = self.rewrite.outlet(other);
                    return Ok((outlet, Some((before * factor, node.name.clone()))));
                }
            }
            _ if node.inputs.len() == 1
                && matches!(op.properties().form, Form::Moves | Form::Linear) =>
            {
                let pending = self.pending[node.inputs[0].node].clone();
                return Ok((self.rewrite.copy(node)?, pending));
            }
            _ if matches!(op.properties().form, Form::Contraction(_)) => {
                let is_constant = |outlet: &Outlet| model.as_constant(*outlet).is_some();
                if let Some(position) = node.inputs[..2].iter().position(is_constant)
                    && let Some((factor, _)) = self.pending[node.inputs[1 - position].node].clone()
                    && let Some(weights) = model.as_constant(node.inputs[position])
                {
                    // A bias is not multiplied: its own factor must be written.
                    for outlet in &node.inputs[2..] {
                        self.write(outlet.node)?;
                    }
                    let name = &model.nodes()[node.inputs[position].node].name;
                    let weights = weights.map(|w| w * factor);
                    let mut operands = self.rewrite.operands(node);
                    operands[position] = self.rewrite.to.constant(name, weights);
                    return Ok((self.rewrite.to.op(&node.name, op.clone(), &operands)?, None));
                }
            }
            _ => {}
        }
        for outlet in &node.inputs {
            self.write(outlet.node)?;
        }
        Ok((self.rewrite.copy(node)?, None))
    }

    /// Writes the product of a node that waits for one.
    fn write(&mut self, node: usize) -> Result<(), GraphError> {
        if let Some((factor, name)) = self.pending[node].take() {
            let outlet = self.rewrite.map[node];
            let factor = self.rewrite.to.constant(format!("{name}.factor"), Tensor::scalar(factor));
            self.rewrite.map[node] = self.rewrite.to.op(name, Mul, &[outlet, factor])?;
        }
        Ok(())
    }
}

fn pool_before_relu(model: &Model) -> Result<Model, GraphError> {
    let fan_out = model.fan_out();
    let mut rewrite = Rewrite::new(model);
    for node in model.nodes() {
        let relu = match (&node.kind, node.inputs.as_slice()) {
            (Kind::Op(AnyOp::MaxPool(_)), [operand]) => {
                Some(&model.nodes()[operand.node]).filter(|n| {
                    matches!(n.kind, Kind::Op(AnyOp::Relu(_))) && fan_out[operand.node] == 1
                })
            }
            _ => None,
        };
        let outlet = match (&node.kind, relu) {
            (Kind::Op(pool), Some(relu)) => {
                let operand = rewrite.outlet(relu.inputs[0]);
                let pooled = rewrite.to.op(&node.name, pool.clone(), &[operand])?;
                rewrite.to.op(&relu.name, Relu, &[pooled])?
            }
            _ => rewrite.copy(node)?,
        };
        rewrite.map.push(outlet);
    }
    rewrite.finish()
}

fn drop_dead(model: &Model) -> Result<Model, GraphError> {
    let mut is_needed = vec![false; model.nodes().len()];
    for output in model.outputs() {
        is_needed[output.outlet.node] = true;
    }
    for index in (0..is_needed.len()).rev() {
        let node = &model.nodes()[index];
        is_needed[index] |= matches!(node.kind, Kind::Source(FloatSource::Input(_)));
        if is_needed[index] {
            node.inputs.iter().for_each(|o| is_needed[o.node] = true);
        }
    }
    let mut rewrite = Rewrite::new(model);
    for (index, node) in model.nodes().iter().enumerate() {
        // The place of a dropped node is never looked up.
        let outlet = match is_needed[index] {
            true => rewrite.copy(node)?,
            false => Outlet { node: usize::MAX, slot: 0 },
        };
        rewrite.map.push(outlet);
    }
    rewrite.finish()
}
