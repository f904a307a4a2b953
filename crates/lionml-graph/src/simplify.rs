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
    AnyOp, Form,
    ops::{Add, Mul, Relu},
};
use lionml_tensor::{Shape, Tensor};

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

/// An operator with its weights times constants, where it has weights.
fn scaled_weights(
    model: &mut Model,
    node: &Node<FloatSource>,
    factors: &Tensor<f64>,
) -> Result<Option<Outlet>, GraphError> {
    let shape = &node.facts[0].shape;
    match &node.kind {
        Kind::Op(op @ AnyOp::Conv(_)) => {
            let Some(weights) = model.as_constant(node.inputs[1]) else { return Ok(None) };
            let bias = node.inputs.get(2).map(|b| model.as_constant(*b));
            let Some(channels) = along(factors, shape, &[1]) else { return Ok(None) };
            let rank = weights.shape().rank();
            let mut axes = vec![1; rank];
            axes[0] = channels.shape().elements();
            let columns = channels.clone().reshape(axes).map_err(|e| shape_error(&node.name, e))?;
            let weights = product(weights, &columns)?;
            let bias = match bias {
                Some(Some(bias)) => Some(product(bias, &channels)?),
                Some(None) => return Ok(None),
                None => None,
            };
            let mut inputs =
                vec![node.inputs[0], model.constant(format!("{}.weight", node.name), weights)];
            if let Some(bias) = bias {
                inputs.push(model.constant(format!("{}.bias", node.name), bias));
            }
            Ok(Some(model.op(&node.name, op.clone(), &inputs)?))
        }
        Kind::Op(AnyOp::Einsum(op)) => {
            let Some((weights, _)) = constant_operand(model, node) else { return Ok(None) };
            let position = usize::from(model.as_constant(node.inputs[0]).is_none());
            let expression = &op.expression;
            let own = if position == 0 { expression.left() } else { expression.right() };
            let output = expression.output();
            // The factors may vary along axes of the weights alone; they are laid out like them.
            let aligned = padded(factors.shape(), output.len());
            let varies = |i: usize| aligned[i] > 1;
            // Where the weights have one element along an axis, they are broadcast: one weight
            // cannot hold many factors.
            let holds = |i: usize| {
                let axis = own.iter().position(|axis| *axis == output[i]);
                axis.is_some_and(|axis| weights.shape().axes()[axis] == aligned[i])
            };
            if (0..output.len()).any(|i| varies(i) && !holds(i)) {
                return Ok(None);
            }
            let weights = Tensor::from_fn(weights.shape().clone(), |offset| {
                let at = weights.shape().coordinate(offset);
                let coordinate: Vec<usize> = (0..output.len())
                    .map(|i| match own.iter().position(|a| *a == output[i]) {
                        Some(axis) if varies(i) => at[axis],
                        _ => 0,
                    })
                    .collect();
                let factor = factors.data()[Shape::new(aligned.clone()).offset(&coordinate)];
                weights.data()[offset] * factor
            });
            let mut inputs = node.inputs.clone();
            inputs[position] = model.constant(format!("{}.weight", node.name), weights);
            Ok(Some(model.op(&node.name, op.clone(), &inputs)?))
        }
        _ => Ok(None),
    }
}

/// A shape with ones before it, up to a rank.
fn padded(shape: &Shape, rank: usize) -> Vec<usize> {
    let ones = rank.saturating_sub(shape.rank());
    [vec![1; ones], shape.axes().to_vec()].concat()
}

/// Factors that vary along these axes of a shape alone, as a vector over them.
fn along(factors: &Tensor<f64>, shape: &Shape, axes: &[usize]) -> Option<Tensor<f64>> {
    let aligned = padded(factors.shape(), shape.rank());
    let is_along = aligned.iter().enumerate().all(|(i, n)| *n == 1 || axes.contains(&i));
    let size = axes.iter().map(|a| shape.axes()[*a]).product::<usize>();
    let vector = factors.clone().reshape([factors.shape().elements()]).ok()?;
    is_along.then(|| vector.broadcast_to(&[size].into()).ok()).flatten()
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
    let error = |source| shape_error("weights", source);
    let shape = a.shape().broadcast(b.shape()).map_err(error)?;
    let (a, b) = (a.broadcast_to(&shape).map_err(error)?, b.broadcast_to(&shape).map_err(error)?);
    Ok(Tensor::from_fn(shape, |i| f(a.data()[i], b.data()[i])))
}

fn shape_error(node: &str, source: lionml_tensor::ShapeError) -> GraphError {
    GraphError::Op { node: node.to_owned(), op: "Mul", source: source.into() }
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
            AnyOp::Conv(_) | AnyOp::Einsum(_) => {
                let weights = node.inputs[..2].iter().position(|o| model.as_constant(*o).is_some());
                let is_absorbing =
                    matches!((op, weights), (AnyOp::Einsum(_), Some(_)) | (_, Some(1)));
                if let (Some(position), true) = (weights, is_absorbing)
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
