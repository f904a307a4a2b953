//! From a float model and settings to integers.
//!
//! * A constant that is a factor (a weight) gets fraction bits of its own; where the other factor
//!   has an odd scale, such as the `1/255` of pixels, the weight's scale cancels it.
//! * A constant that is a term (a bias) gets the scale of what it is added to; of terms that are all
//!   constant, each has fraction bits of its own. A condition has the scale one.
//! * Integers are never rounded, nor are constants among them: [`Model::integers`].
//! * Nothing is rounded to be multiplied by one number: a power of two only moves the point, and the
//!   product with another one is linear, whatever its width.
//! * A node that rounds anyway (ReLU, a curve) brings its output to its fraction bits; scales of
//!   all other nodes follow from their operands, without rounding.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use lionml_ops::{AnyOp, Fact, OpError, Role, Rounding, Tabled, ops::Requantize};
use lionml_quant::{QTensor, QuantError, Scale, exponent};
use lionml_tensor::Tensor;

use crate::{Element, FloatSource, GraphError, Kind, Model, Node, Outlet, QuantModel, Settings};

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

/// Whether a constant operand of a node has fraction bits of its own: a factor, or a term that no
/// other operand gives a scale.
pub(crate) fn has_own_scale(model: &Model, node: &Node<FloatSource>, position: usize) -> bool {
    let Kind::Op(op) = &node.kind else { return false };
    let mut others = (0..node.inputs.len()).filter(|other| *other != position);
    match op.role(position) {
        Role::Factor => true,
        Role::Whole => false,
        Role::Term => !others.any(|other| {
            let is_wire = model.as_constant(node.inputs[other]).is_none();
            op.role(other) == Role::Factor || op.role(other) == Role::Term && is_wire
        }),
    }
}

/// The quantised model that the settings determine.
pub fn quantize(model: &Model, settings: &Settings) -> Result<QuantModel, GraphError> {
    Ok(quantize_mapped(model, settings, &Tables::default())?.model)
}

/// Operators with their tables: a search asks for the same ones again and again.
pub(crate) type Tables = RefCell<Vec<Table>>;

/// An operator with a table, and everything that determines it.
pub(crate) struct Table {
    op: AnyOp,
    operand: Fact,
    fraction_bits: i32,
    made: AnyOp,
}

/// A quantised model, and where it comes from.
pub(crate) struct Quantized {
    pub(crate) model: QuantModel,
    /// The outlet that each node of the float model became; constants go where they are used.
    pub(crate) map: Vec<Option<Outlet>>,
    /// The values that a requantisation rounds for a node of the float model.
    pub(crate) rounded: BTreeMap<usize, Rounded>,
    /// The nodes of the float model that had to round an operand before they multiply it.
    pub(crate) rounded_factors: BTreeSet<usize>,
}

/// The operand of a requantisation, in both models.
#[derive(Clone, Copy)]
pub(crate) struct Rounded {
    pub(crate) float: Outlet,
    pub(crate) fixed: Outlet,
}

/// [`quantize`], with a record of what it inserted.
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
        rounded: BTreeMap::new(),
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
            Kind::Op(op) => Some(quantizer.op(index, node, op)?),
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
    let Quantizer { fixed: model, map, rounded, rounded_factors, .. } = quantizer;
    Ok(Quantized { model, map, rounded, rounded_factors })
}

struct Quantizer<'a> {
    model: &'a Model,
    /// [`Model::integers`].
    is_integer: Vec<bool>,
    settings: &'a Settings,
    tables: &'a Tables,
    fixed: QuantModel,
    map: Vec<Option<Outlet>>,
    rounded: BTreeMap<usize, Rounded>,
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
        node: &Node<FloatSource>,
        op: &AnyOp,
    ) -> Result<Outlet, GraphError> {
        let (name, inputs) = (node.name.as_str(), node.inputs.as_slice());
        // Wires first: constants take their scales from them.
        let mut operands: Vec<Option<Outlet>> = inputs
            .iter()
            .map(|o| self.map[o.node].map(|fixed| Outlet { slot: o.slot, ..fixed }))
            .collect();
        let is_exact = self.is_integer[index];
        for (position, operand) in operands.iter_mut().enumerate().filter(|_| !is_exact) {
            if let (Some(outlet), Role::Factor) = (operand.as_mut(), op.role(position)) {
                let bits = self.fixed.number(*outlet)?.interval.signed_bits();
                if bits > self.most_bits(op, inputs, position) {
                    *outlet = self.requantize(index, name, *outlet, false)?;
                    self.rounded_factors.insert(index);
                }
            }
        }
        for position in 0..inputs.len() {
            if operands[position].is_none() {
                let constant = if is_exact || op.role(position) == Role::Whole {
                    self.whole(inputs[position])?
                } else {
                    let scale = self.constant_scale(node, op, position, &operands)?;
                    self.constant(inputs[position], Some(scale))?
                };
                operands[position] = Some(constant);
            }
        }
        let operands: Vec<Outlet> = operands.into_iter().flatten().collect();
        match op.properties().rounding {
            Rounding::Relu if !is_exact => {
                self.rounded.insert(index, Rounded { float: inputs[0], fixed: operands[0] });
                self.requantize(index, name, operands[0], true)
            }
            Rounding::Output if !is_exact => {
                let fixed = self.fixed.op(name, op.clone(), &operands)?;
                let float = Outlet { node: index, slot: 0 };
                self.rounded.insert(index, Rounded { float, fixed });
                self.requantize(index, name, fixed, false)
            }
            Rounding::Table(tabled) if !is_exact => {
                let op = self.with_table(index, op, tabled, operands[0]).map_err(|source| {
                    GraphError::Op { node: name.to_owned(), op: op.name(), source }
                })?;
                self.fixed.op(name, op, &operands)
            }
            _ => self.fixed.op(name, op.clone(), &operands),
        }
    }

    /// The operator with the table for its operand.
    fn with_table(
        &self,
        index: usize,
        op: &AnyOp,
        tabled: &dyn Tabled,
        operand: Outlet,
    ) -> Result<AnyOp, OpError> {
        let operand = self.fixed.fact(operand).cloned().unwrap_or_else(|| Fact::float([]));
        let fraction_bits = self.bits(index);
        let is_same = |table: &&Table| {
            (&table.op, &table.operand, table.fraction_bits) == (op, &operand, fraction_bits)
        };
        if let Some(known) = self.tables.borrow().iter().find(is_same) {
            return Ok(known.made.clone());
        }
        let made = tabled.with_table(&operand, fraction_bits)?;
        let table = Table { op: op.clone(), operand, fraction_bits, made: made.clone() };
        self.tables.borrow_mut().push(table);
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
        node: &Node<FloatSource>,
        op: &AnyOp,
        position: usize,
        operands: &[Option<Outlet>],
    ) -> Result<Scale, GraphError> {
        let constant = node.inputs[position];
        let exact_bits = self.exact_bits(constant, self.bits(constant.node));
        let wires = |role: Role| {
            let operands = operands.iter().enumerate();
            let others = operands.filter(move |&(p, _)| p != position && op.role(p) == role);
            let wires = others.filter_map(|(_, outlet)| *outlet);
            wires.map(|outlet| Ok::<_, GraphError>(self.fixed.number(outlet)?.scale))
        };
        if op.role(position) == Role::Factor {
            return Ok(match wires(Role::Factor).next().transpose()? {
                Some(scale) if scale.odd_ratio() != (1, 1) => {
                    let (numerator, denominator) = scale.odd_ratio();
                    let more = denominator.ilog2().cast_signed() - numerator.ilog2().cast_signed();
                    let bits = self.bits(constant.node);
                    scale.complement(bits + scale.fraction_bits() + more)
                }
                _ => Scale::binary(self.power_of_two(op, constant).unwrap_or(exact_bits)),
            });
        }
        if has_own_scale(self.model, node, position) {
            return Ok(Scale::binary(exact_bits));
        }
        // A term of products, such as the bias of a convolution, has their scale.
        let products = wires(Role::Factor).try_fold(None, |product: Option<Scale>, scale| {
            let product = product.unwrap_or(Scale::ONE).product(&scale?);
            Ok(Some(product.map_err(|source| self.number_error(constant, source))?))
        })?;
        let like = match products {
            Some(scale) => scale,
            None => wires(Role::Term).next().transpose()?.unwrap_or(Scale::binary(exact_bits)),
        };
        let values = self.model.as_constant(constant).map(Tensor::data).unwrap_or_default();
        let largest = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let needed = exact_bits.min(TERM_BITS - exponent(largest));
        Ok(if like.fraction_bits() >= needed { like } else { Scale::binary(needed) })
    }

    /// The largest width of a factor.
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
