//! From a float model and settings to integers.
//!
//! * A constant that is a factor (a weight) gets fraction bits of its own; where the other factor
//!   has an odd scale, such as the `1/255` of pixels, the weight's scale cancels it.
//! * A constant that is a term (a bias) gets the scale of what it is added to.
//! * Integers are never rounded, nor are constants among them: [`Model::integers`].
//! * Nothing is rounded to be multiplied by one number: a power of two only moves the point, and the
//!   product with another one is linear, whatever its width.
//! * A node that rounds anyway (ReLU, a curve) brings its output to its fraction bits; scales of
//!   all other nodes follow from their operands, without rounding.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use lionml_ops::{AnyOp, Fact, OpError, ops::Requantize};
use lionml_quant::{Number, QTensor, QuantError, Scale};
use lionml_tensor::Tensor;

use crate::{
    Element, FloatSource, GraphError, Kind, Model, Outlet, QuantModel, Settings,
    calibrate::exponent,
};

/// Fraction bits of what settings do not name.
pub(crate) const DEFAULT_FRACTION_BITS: i32 = 12;

/// Settings come from a file: more fraction bits, or more whole ones, count as these.
const MAX_FRACTION_BITS: i32 = 100;

/// Significant bits that a constant term keeps at least, however coarse what it is added to.
const TERM_BITS: i32 = 8;

/// A factor wider than this is rounded before it is multiplied.
const MAX_FACTOR_BITS: u32 = 40;

/// A product with one number that would be wider is rounded all the same: sums of it must stay within
/// [`Interval::MAX_MAGNITUDE`](lionml_quant::Interval::MAX_MAGNITUDE).
const MAX_PRODUCT_BITS: u32 = 100;

/// Fraction bits, or whole ones, of powers of two that only move the point.
const MAX_POWER: i32 = 60;

/// What an operand is to an operator.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It is multiplied: scales multiply.
    Factor,
    /// Anything else: scales are made equal.
    Term,
}

fn role(op: &AnyOp, operand: usize) -> Role {
    match (op, operand) {
        (AnyOp::Mul(_) | AnyOp::Einsum(_) | AnyOp::Square(_), _) | (AnyOp::Conv(_), 0 | 1) => {
            Role::Factor
        }
        _ => Role::Term,
    }
}

/// Whether an operand of an operator is multiplied.
pub(crate) fn is_factor(op: &AnyOp, operand: usize) -> bool {
    role(op, operand) == Role::Factor
}

/// The quantised model that the settings determine.
pub fn quantize(model: &Model, settings: &Settings) -> Result<QuantModel, GraphError> {
    Ok(quantize_mapped(model, settings, &Tables::default())?.model)
}

/// Operators with their tables, by what determines them: a search asks for the same ones again and
/// again.
pub(crate) type Tables = RefCell<BTreeMap<String, AnyOp>>;

/// A quantised model, and where it comes from.
pub(crate) struct Quantized {
    pub(crate) model: QuantModel,
    /// Where each node of the float model went; constants go where they are used.
    pub(crate) map: Vec<Option<Outlet>>,
    /// The nodes of the float model that had to round an operand before they multiply it.
    pub(crate) rounded_factors: BTreeSet<usize>,
}

/// [`quantize`], with what it did.
pub(crate) fn quantize_mapped(
    model: &Model,
    settings: &Settings,
    tables: &Tables,
) -> Result<Quantized, GraphError> {
    let mut quantizer = Quantizer {
        model,
        is_integer: model.integers(),
        settings,
        tables,
        fixed: QuantModel::new(),
        map: Vec::new(),
        rounded_factors: BTreeSet::new(),
    };
    let mut inputs = settings.inputs.iter();
    for (index, node) in model.nodes().iter().enumerate() {
        let outlet = match &node.kind {
            Kind::Source(FloatSource::Constant(_)) => None,
            Kind::Source(FloatSource::Input(element)) => {
                let shape = node.facts[0].shape.clone();
                let expected = model.inputs().count();
                let number = inputs
                    .next()
                    .ok_or(GraphError::Inputs { expected, got: settings.inputs.len() })?;
                Some(quantizer.fixed.input(&node.name, shape, *element, *number))
            }
            Kind::Op(op) => Some(quantizer.op(index, &node.name, op, &node.inputs)?),
        };
        quantizer.map.push(outlet);
    }
    for output in model.outputs() {
        let outlet = match quantizer.map[output.outlet.node] {
            Some(outlet) => Outlet { slot: output.outlet.slot, ..outlet },
            None if output.element != Element::Float => quantizer.whole(output.outlet)?,
            None => quantizer.constant(output.outlet, None)?,
        };
        quantizer.fixed.output(&output.name, outlet, output.element)?;
    }
    let Quantizer { fixed: model, map, rounded_factors, .. } = quantizer;
    Ok(Quantized { model, map, rounded_factors })
}

struct Quantizer<'a> {
    model: &'a Model,
    /// [`Model::integers`].
    is_integer: Vec<bool>,
    settings: &'a Settings,
    tables: &'a Tables,
    fixed: QuantModel,
    map: Vec<Option<Outlet>>,
    rounded_factors: BTreeSet<usize>,
}

impl Quantizer<'_> {
    fn bits(&self, node: usize) -> i32 {
        let bits = self.settings.fraction_bits.get(&node).copied();
        bits.unwrap_or(DEFAULT_FRACTION_BITS).clamp(-MAX_FRACTION_BITS, MAX_FRACTION_BITS)
    }

    fn op(
        &mut self,
        index: usize,
        name: &str,
        op: &AnyOp,
        inputs: &[Outlet],
    ) -> Result<Outlet, GraphError> {
        // Wires first: constants take their scales from them.
        let mut operands: Vec<Option<Outlet>> = inputs
            .iter()
            .map(|o| self.map[o.node].map(|fixed| Outlet { slot: o.slot, ..fixed }))
            .collect();
        let is_exact = self.is_integer[index];
        for (position, operand) in operands.iter_mut().enumerate().filter(|_| !is_exact) {
            if let (Some(outlet), Role::Factor) = (operand.as_mut(), role(op, position)) {
                let bits = self.fixed.number(*outlet)?.interval.signed_bits();
                if bits > self.most_bits(op, inputs, position) {
                    *outlet = self.requantize(index, name, *outlet, false)?;
                    self.rounded_factors.insert(index);
                }
            }
        }
        for position in 0..inputs.len() {
            if operands[position].is_none() {
                let constant = if is_exact {
                    self.whole(inputs[position])?
                } else {
                    let scale = self.constant_scale(op, position, inputs, &operands)?;
                    self.constant(inputs[position], Some(scale))?
                };
                operands[position] = Some(constant);
            }
        }
        let operands: Vec<Outlet> = operands.into_iter().flatten().collect();
        match op {
            AnyOp::Relu(_) if !is_exact => self.requantize(index, name, operands[0], true),
            // Its output is finer than its operand by the bits of the slope.
            AnyOp::LeakyRelu(_) => {
                let output = self.fixed.op(name, op.clone(), &operands)?;
                self.requantize(index, name, output, false)
            }
            AnyOp::Curve(_) | AnyOp::Softmax(_) => {
                let op = self.with_table(index, op, operands[0]).map_err(|source| {
                    GraphError::Op { node: name.to_owned(), op: op.name(), source }
                })?;
                self.fixed.op(name, op, &operands)
            }
            _ => self.fixed.op(name, op.clone(), &operands),
        }
    }

    /// The operator with the table for its operand.
    fn with_table(&self, index: usize, op: &AnyOp, operand: Outlet) -> Result<AnyOp, OpError> {
        let fact = self.fixed.fact(operand).cloned().unwrap_or_else(|| Fact::float([]));
        let bits = self.bits(index);
        let key = format!("{op:?} {} {:?} {bits}", fact.shape, fact.number);
        if let Some(known) = self.tables.borrow().get(&key) {
            return Ok(known.clone());
        }
        let made: AnyOp = match op {
            AnyOp::Curve(curve) => curve.quantized(&fact, bits)?.into(),
            AnyOp::Softmax(softmax) => softmax.quantized(&fact, bits)?.into(),
            _ => op.clone(),
        };
        self.tables.borrow_mut().insert(key, made.clone());
        Ok(made)
    }

    /// The operand at the node's fraction bits, or as it is where it has no more than those.
    fn requantize(
        &mut self,
        index: usize,
        name: &str,
        operand: Outlet,
        relu: bool,
    ) -> Result<Outlet, GraphError> {
        let number = self.fixed.number(operand)?;
        let binary = Scale::binary(self.bits(index).min(number.scale.fraction_bits()));
        let is_binary = number.scale.odd_ratio() == (1, 1);
        let scale = if is_binary { binary } else { Scale::binary(self.bits(index)) };
        let calibrated = self.settings.calibrated.get(&index).copied();
        self.fixed.op(name, Requantize { scale, relu, calibrated }, &[operand])
    }

    fn constant_scale(
        &self,
        op: &AnyOp,
        position: usize,
        inputs: &[Outlet],
        operands: &[Option<Outlet>],
    ) -> Result<Scale, GraphError> {
        let bits = self.bits(inputs[position].node);
        let others = operands.iter().enumerate().filter(|&(p, _)| p != position);
        let factors: Vec<Number> = others
            .clone()
            .filter(|&(p, _)| role(op, p) == Role::Factor)
            .filter_map(|(_, outlet)| *outlet)
            .map(|outlet| self.fixed.number(outlet))
            .collect::<Result<_, _>>()?;
        let is_exact = self.exact_bits(inputs[position], bits);
        if role(op, position) == Role::Factor {
            return Ok(match factors.first().map(|n| n.scale) {
                Some(scale) if scale.odd_ratio() != (1, 1) => {
                    let (numerator, denominator) = scale.odd_ratio();
                    let more = denominator.ilog2().cast_signed() - numerator.ilog2().cast_signed();
                    scale.complement(bits + scale.fraction_bits() + more)
                }
                _ => Scale::binary(self.power_of_two(op, inputs[position]).unwrap_or(is_exact)),
            });
        }
        // The bias of a convolution: the scale of the products.
        let product = factors
            .iter()
            .map(|n| n.scale)
            .try_fold(Scale::ONE, |product, scale| product.product(&scale));
        let term = others
            .filter(|&(p, _)| role(op, p) == Role::Term)
            .find_map(|(_, outlet)| *outlet)
            .map(|outlet| self.fixed.number(outlet))
            .transpose()?
            .map(|n| n.scale);
        let like = match (factors.len(), term, product) {
            (0, Some(scale), _) => scale,
            (0, None, _) => return Ok(Scale::binary(is_exact)),
            (_, _, Ok(scale)) => scale,
            (_, _, Err(source)) => return Err(self.number_error(inputs[position], source)),
        };
        let values = self.model.as_constant(inputs[position]).map(Tensor::data).unwrap_or_default();
        let largest = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let needed = is_exact.min(TERM_BITS - exponent(largest));
        Ok(if like.fraction_bits() >= needed { like } else { Scale::binary(needed) })
    }

    /// How wide a factor may be.
    fn most_bits(&self, op: &AnyOp, inputs: &[Outlet], position: usize) -> u32 {
        let (AnyOp::Mul(_), [_, _]) = (op, inputs) else { return MAX_FACTOR_BITS };
        let other = inputs[1 - position];
        match self.model.as_constant(other).map(Tensor::data) {
            Some([_]) if self.power_of_two(op, other).is_some() => u32::MAX,
            Some([factor]) => {
                let bits = self.exact_bits(other, self.bits(other.node)) + exponent(factor.abs());
                MAX_PRODUCT_BITS.saturating_sub(bits.max(0).cast_unsigned() + 1)
            }
            _ => MAX_FACTOR_BITS,
        }
    }

    /// The fraction bits of a power of two that something is multiplied by: it moves the point.
    fn power_of_two(&self, op: &AnyOp, outlet: Outlet) -> Option<i32> {
        let [factor] = self.model.as_constant(outlet)?.data() else { return None };
        let bits = exponent(factor.abs());
        let is_power = *factor != 0.0 && factor.abs() == libm::ldexp(1.0, bits);
        (matches!(op, AnyOp::Mul(_)) && is_power && bits.abs() < MAX_POWER).then_some(-bits)
    }

    /// A constant among integers, as it is.
    fn whole(&mut self, outlet: Outlet) -> Result<Outlet, GraphError> {
        let scalar = Tensor::scalar(0.0);
        let value = self.model.as_constant(outlet).unwrap_or(&scalar);
        let value = self.model.whole(outlet, value)?;
        Ok(self.fixed.constant(self.model.nodes()[outlet.node].name.clone(), value))
    }

    /// The fewest fraction bits, up to `bits`, in which the constant is exact; else `bits`.
    fn exact_bits(&self, outlet: Outlet, bits: i32) -> i32 {
        let Some(value) = self.model.as_constant(outlet) else { return bits };
        let is_exact = |b: i32| value.data().iter().all(|&v| libm::ldexp(v, b).fract() == 0.0);
        (0..bits).find(|&b| is_exact(b)).unwrap_or(bits)
    }

    /// The constant at a scale; without one, at its own fraction bits.
    fn constant(&mut self, outlet: Outlet, scale: Option<Scale>) -> Result<Outlet, GraphError> {
        let bits = self.bits(outlet.node);
        let scale = scale.unwrap_or_else(|| Scale::binary(self.exact_bits(outlet, bits)));
        let scalar = Tensor::scalar(0.0);
        let value = self.model.as_constant(outlet).unwrap_or(&scalar);
        let value =
            QTensor::quantize(value, scale).map_err(|source| self.number_error(outlet, source))?;
        let name = self.model.nodes()[outlet.node].name.clone();
        Ok(self.fixed.constant(name, value))
    }

    fn number_error(&self, outlet: Outlet, source: QuantError) -> GraphError {
        GraphError::Number { node: self.model.nodes()[outlet.node].name.clone(), source }
    }
}
