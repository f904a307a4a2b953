//! From a quantised model to a program.
//!
//! An operator that adds and multiplies is taken from its own rows: with a variable for each element
//! of its operands it writes a circuit, and where each row of that gives one new variable as a
//! product, the rows are the program. One that takes bits is written here, for Leo's integers.

use lionml_graph::{FixedSource, Kind, QuantModel};
use lionml_ops::{AnyOp, Fact, Wires};
use lionml_quant::{IntegerType, Interval, Number, QTensor, Rescale, Scale};
use lionml_r1cs::{Builder, Linear, Variable, field::to_i128};
use lionml_tensor::{Shape, Tensor};

use super::{
    LeoError,
    program::{Curve, Function, Port, Program, Section, Sum, Value},
};
use crate::text::{Identifiers, comment};

/// Of the 31 characters that Leo lets a name have, what the number of a node of the same name, of an
/// element and of a part of a sum leaves.
const MAX_PREFIX: usize = 12;

/// An operand: constants, or a sum an element.
#[derive(Clone)]
enum Operand {
    Constant(QTensor),
    Sums { elements: Tensor<Sum>, number: Number },
}

impl Operand {
    fn number(&self) -> Number {
        match self {
            Self::Constant(q) => q.number,
            Self::Sums { number, .. } => *number,
        }
    }

    fn shape(&self) -> &Shape {
        match self {
            Self::Constant(q) => q.values.shape(),
            Self::Sums { elements, .. } => elements.shape(),
        }
    }

    fn sum(&self, offset: usize) -> Sum {
        match self {
            Self::Constant(q) => {
                q.values.data().get(offset).map_or_else(Sum::default, |&v| Sum::constant(v))
            }
            Self::Sums { elements, .. } => elements.data().get(offset).cloned().unwrap_or_default(),
        }
    }
}

/// A sum and the integers that it can be.
#[derive(Clone)]
struct Signal {
    sum: Sum,
    interval: Interval,
}

impl Signal {
    fn constant(value: i128) -> Result<Self, LeoError> {
        Ok(Self { sum: Sum::constant(value), interval: Interval::point(value)? })
    }

    fn times(&self, factor: i128) -> Result<Self, LeoError> {
        Ok(Self { sum: self.sum.times(factor)?, interval: self.interval.times(factor)? })
    }

    fn minus(&self, other: &Self) -> Result<Self, LeoError> {
        let (sum, interval) = (self.sum.minus(&other.sum)?, self.interval.sub(&other.interval)?);
        Ok(Self { sum, interval })
    }
}

/// The program of a model.
pub(super) fn lower(model: &QuantModel) -> Result<Program, LeoError> {
    let mut lowering = Lowering {
        program: Program::default(),
        names: Identifiers::new(MAX_PREFIX),
        operands: Vec::with_capacity(model.nodes().len()),
    };
    for node in model.nodes() {
        let start = lowering.program.values.len();
        let (kind, outputs) = match &node.kind {
            Kind::Source(FixedSource::Constant(value)) => {
                ("constant", vec![Operand::Constant(value.clone())])
            }
            Kind::Source(FixedSource::Input { shape, number, .. }) => {
                ("input", vec![lowering.input(&node.name, shape, *number)?])
            }
            Kind::Op(op) => {
                let get = |outlet: &lionml_graph::Outlet| {
                    lowering.operands[outlet.node][outlet.slot].clone()
                };
                let operands: Vec<_> = node.inputs.iter().map(get).collect();
                let outputs =
                    lowering.op(op, &operands, &node.facts).map_err(|source| LeoError::Node {
                        node: node.name.clone(),
                        op: op.name(),
                        source: Box::new(source),
                    })?;
                (op.name(), lowering.named(outputs, &node.facts)?)
            }
        };
        if lowering.program.values.len() > start {
            let title = format!("`{}`: {kind}", comment(&node.name));
            let prefix = lowering.names.make("", &format!("v {}", node.name));
            lowering.program.sections.push(Section { start, title, prefix });
        }
        lowering.operands.push(outputs);
    }
    for output in model.outputs() {
        let operand = &lowering.operands[output.outlet.node][output.outlet.slot];
        let elements: Vec<_> = (0..operand.shape().elements()).map(|i| operand.sum(i)).collect();
        let port = port(&output.name, operand.shape(), operand.number());
        lowering.program.outputs.push((port, elements));
    }
    Ok(lowering.program)
}

fn port(name: &str, shape: &Shape, Number { scale, interval }: Number) -> Port {
    let (integer, elements) = (IntegerType::smallest_for(&interval), shape.elements());
    Port { name: name.to_owned(), integer, interval, scale, elements }
}

struct Lowering {
    program: Program,
    names: Identifiers,
    operands: Vec<Vec<Operand>>,
}

impl Lowering {
    fn input(&mut self, name: &str, shape: &Shape, number: Number) -> Result<Operand, LeoError> {
        let index = self.program.inputs.len();
        self.program.inputs.push(port(name, shape, number));
        let elements = (0..shape.elements())
            .map(|element| self.program.push(Value::Input { port: index, element }))
            .collect();
        Ok(Operand::Sums { elements: Tensor::new(shape.clone(), elements)?, number })
    }

    /// The outputs of an operator, each longer sum as a variable of its own.
    fn named(
        &mut self,
        outputs: Vec<Tensor<Sum>>,
        facts: &[Fact],
    ) -> Result<Vec<Operand>, LeoError> {
        let name = |program: &mut Program, sum: &Sum| match sum.terms.len() {
            0 | 1 => sum.clone(),
            _ => program.push(Value::Sum(sum.clone())),
        };
        let outputs = outputs.into_iter().zip(facts).enumerate().map(|(slot, (sums, fact))| {
            let elements = sums.map(|sum| name(&mut self.program, sum));
            Ok(Operand::Sums { elements, number: fact.require_number(slot)? })
        });
        outputs.collect()
    }

    fn op(
        &mut self,
        op: &AnyOp,
        operands: &[Operand],
        facts: &[Fact],
    ) -> Result<Vec<Tensor<Sum>>, LeoError> {
        let (Some(x), Some(fact)) = (operands.first(), facts.first()) else {
            return Err(LeoError::Unsupported);
        };
        let output = fact.require_number(0)?;
        let elements = match op {
            AnyOp::Requantize(requantize) => {
                if requantize.calibrated.is_some() {
                    return Err(LeoError::Calibrated);
                }
                let rescale = Rescale::between(x.number().scale, requantize.scale)?;
                self.each(x, |this, x| {
                    let x = x.times(rescale.multiplier())?;
                    if requantize.relu {
                        this.round_relu(&x, rescale.shift())
                    } else {
                        this.round(&x, rescale.shift())
                    }
                })?
            }
            AnyOp::Abs(_) => self.each(x, |this, x| {
                let positive = this.round_relu(x, 0)?;
                positive.times(2)?.minus(&x.sum)
            })?,
            AnyOp::Relu(_) => self.each(x, |this, x| this.round_relu(x, 0))?,
            AnyOp::LeakyRelu(leaky) => {
                // The output is finer than the operand by the fraction bits of the slope.
                let bits = output.scale.fraction_bits() - x.number().scale.fraction_bits();
                let slope = Scale::binary(bits).quantize(f64::from(leaky.slope))?;
                let unit = Scale::binary(bits).quantize(1.0)?;
                self.each(x, |this, x| {
                    let positive = this.round_relu(x, 0)?;
                    x.sum.times(slope)?.plus(&positive, unit - slope)
                })?
            }
            AnyOp::Max(_) | AnyOp::Min(_) => {
                let [a, b] = operands else { return Err(LeoError::Unsupported) };
                let sign = if matches!(op, AnyOp::Max(_)) { 1 } else { -1 };
                self.extreme_of_two(a, b, &fact.shape, sign)?
            }
            AnyOp::MaxPool(pool) => {
                let groups = windows(&pool.window, x.shape());
                self.extremes(x, &groups, 1)?
            }
            AnyOp::ReduceMax(reduce) => {
                let groups = lines(&reduce.axes, x.shape())?;
                self.extremes(x, &groups, 1)?
            }
            AnyOp::ReduceMin(reduce) => {
                let groups = lines(&reduce.axes, x.shape())?;
                self.extremes(x, &groups, -1)?
            }
            AnyOp::ArgMax(arg_max) => {
                let groups = lines(&[x.shape().axis(arg_max.axis)?], x.shape())?;
                let index = |group: &Vec<usize>| {
                    let line: Vec<_> = group.iter().map(|&offset| signal(x, offset)).collect();
                    self.arg_max(&line, arg_max.select_last_index)
                };
                groups.iter().map(index).collect::<Result<_, _>>()?
            }
            AnyOp::Curve(curve) => {
                let table = curve.table.as_ref().ok_or(LeoError::Unsupported)?;
                let interval = x.number().interval;
                let function = Function::Curve(self.curve(Curve {
                    name: curve.function.name(),
                    scales: [x.number().scale, output.scale],
                    bits: leo_bits(interval.signed_bits())?,
                    magnitude_bits: leo_bits(128 - interval.magnitude().leading_zeros())?,
                    centre: table.centre(curve.function),
                    pieces: table.pieces.clone(),
                }));
                self.each(x, |this, x| Ok(this.program.push(Value::Call(function, x.sum.clone()))))?
            }
            _ => return self.arithmetic(op, operands, facts),
        };
        Ok(vec![Tensor::new(fact.shape.clone(), elements)?])
    }

    fn each(
        &mut self,
        x: &Operand,
        mut f: impl FnMut(&mut Self, &Signal) -> Result<Sum, LeoError>,
    ) -> Result<Vec<Sum>, LeoError> {
        (0..x.shape().elements()).map(|i| f(self, &signal(x, i))).collect()
    }

    fn call(&mut self, function: Function, x: &Sum) -> Sum {
        self.program.push(Value::Call(function, x.clone()))
    }

    /// `⌊x / 2^shift + 1/2⌋`.
    fn round(&mut self, x: &Signal, shift: u32) -> Result<Sum, LeoError> {
        let rounded = x.interval.add(&Interval::point(half(shift))?)?;
        let (low, high) = (rounded.low() >> shift, rounded.high() >> shift);
        if shift == 0 {
            return Ok(x.sum.clone());
        }
        if low == high {
            return Ok(Sum::constant(low));
        }
        let unsigned_bits = 128 - rounded.high().leading_zeros();
        let function = if rounded.low() >= 0 {
            Function::RoundUnsigned { bits: leo_bits(unsigned_bits)?, shift }
        } else {
            // A shift by the whole width is none that Leo takes.
            Function::Round { bits: leo_bits(rounded.signed_bits().max(shift + 1))?, shift }
        };
        Ok(self.call(function, &x.sum))
    }

    /// `max(⌊x / 2^shift + 1/2⌋, 0)`.
    fn round_relu(&mut self, x: &Signal, shift: u32) -> Result<Sum, LeoError> {
        let rounded = x.interval.add(&Interval::point(half(shift))?)?;
        if rounded.low() >= 0 {
            return self.round(x, shift);
        }
        if rounded.high() >> shift <= 0 {
            return Ok(Sum::constant(0));
        }
        let bits = leo_bits(rounded.signed_bits())?;
        Ok(self.call(Function::RoundRelu { bits, shift }, &x.sum))
    }

    /// The larger of two for a sign of one, the smaller for minus one: `b ± max(±(a − b), 0)`.
    fn extreme(&mut self, a: &Signal, b: &Signal, sign: i128) -> Result<Signal, LeoError> {
        let excess = a.minus(b)?.times(sign)?;
        let sum = b.sum.plus(&self.round_relu(&excess, 0)?, sign)?;
        let (a, b) = (a.interval, b.interval);
        let interval = match sign {
            1 => Interval::new(a.low().max(b.low()), a.high().max(b.high()))?,
            _ => Interval::new(a.low().min(b.low()), a.high().min(b.high()))?,
        };
        Ok(Signal { sum, interval })
    }

    fn extreme_of_two(
        &mut self,
        a: &Operand,
        b: &Operand,
        shape: &Shape,
        sign: i128,
    ) -> Result<Vec<Sum>, LeoError> {
        let (_, left, right) = a.number().scale.common(&b.number().scale)?;
        let (from_a, from_b) =
            (a.shape().broadcast_offsets(shape)?, b.shape().broadcast_offsets(shape)?);
        let element = |(&i, &j): (&usize, &usize)| {
            let (a, b) = (signal(a, i).times(left)?, signal(b, j).times(right)?);
            Ok(self.extreme(&a, &b, sign)?.sum)
        };
        from_a.iter().zip(&from_b).map(element).collect()
    }

    fn extremes(
        &mut self,
        x: &Operand,
        groups: &[Vec<usize>],
        sign: i128,
    ) -> Result<Vec<Sum>, LeoError> {
        let extreme = |group: &Vec<usize>| {
            let mut signals = group.iter().map(|&offset| signal(x, offset));
            let first = signals.next().ok_or(LeoError::Unsupported)?;
            Ok(signals.try_fold(first, |extreme, next| self.extreme(&next, &extreme, sign))?.sum)
        };
        groups.iter().map(extreme).collect()
    }

    /// The index of the largest: each that beats the best so far takes its place.
    fn arg_max(&mut self, line: &[Signal], select_last: bool) -> Result<Sum, LeoError> {
        let [first, others @ ..] = line else { return Err(LeoError::Unsupported) };
        let (mut best, mut index) = (first.clone(), Sum::constant(0));
        for (position, x) in (1..).zip(others) {
            let lead = x.minus(&best)?;
            // Among equal ones the first wins, or the last.
            let margin = Signal::constant(i128::from(!select_last))?;
            let excess = lead.minus(&margin)?;
            let wins = match (excess.interval.low() >= 0, excess.interval.high() < 0) {
                (true, _) => Sum::constant(1),
                (_, true) => Sum::constant(0),
                _ => {
                    let bits = leo_bits(excess.interval.signed_bits())?;
                    self.call(Function::IsNotNegative { bits }, &excess.sum)
                }
            };
            let moved = Sum::constant(position).minus(&index)?;
            index = index.plus(&self.program.product(&wins, &moved)?, 1)?;
            if position < i128::try_from(others.len()).unwrap_or(i128::MAX) {
                let gained = self.program.product(&wins, &lead.sum)?;
                let sum = best.sum.plus(&gained, 1)?;
                best = Signal { sum, interval: best.interval.hull(&x.interval) };
            }
        }
        Ok(index)
    }

    /// The place of a curve among those of the program.
    fn curve(&mut self, curve: Curve) -> usize {
        let curves = &mut self.program.curves;
        let known = curves.iter().position(|other| *other == curve);
        known.unwrap_or_else(|| {
            curves.push(curve);
            curves.len() - 1
        })
    }

    /// An operator that adds and multiplies, by its own rows.
    fn arithmetic(
        &mut self,
        op: &AnyOp,
        operands: &[Operand],
        facts: &[Fact],
    ) -> Result<Vec<Tensor<Sum>>, LeoError> {
        let mut builder = Builder::new();
        let mut known: Vec<Option<Sum>> = Vec::new();
        let wires: Vec<Wires> = operands
            .iter()
            .map(|operand| match operand {
                Operand::Constant(value) => Wires::Constant(value.clone()),
                Operand::Sums { elements, number } => {
                    let elements = elements.map(|sum| {
                        known.push(Some(sum.clone()));
                        Linear::from(builder.private_input())
                    });
                    Wires::Variable { elements, number: *number }
                }
            })
            .collect();
        let outputs = op.synthesize(&mut builder, &wires, facts)?;
        builder.check_size().map_err(lionml_ops::OpError::from)?;
        let (circuit, _) = builder.finish();
        known.resize(circuit.privates(), None);
        let [a, b, c] = circuit.matrices();
        for row in 0..circuit.constraints() {
            let left = to_sum(a.row(row), &known)?;
            let right = to_sum(b.row(row), &known)?;
            // Of the right-hand side all is known but one variable, which the row defines.
            let is_new = |(v, _): &&(Variable, _)| !v.is_public() && known[v.index()].is_none();
            let [(variable, factor)] = c.row(row).iter().filter(is_new).collect::<Vec<_>>()[..]
            else {
                return Err(LeoError::Unsupported);
            };
            if to_i128(factor) != Some(1) {
                return Err(LeoError::Unsupported);
            }
            let rest: Vec<_> = c.row(row).iter().filter(|(v, _)| v != variable).copied().collect();
            let rest = to_sum(&rest, &known)?;
            let product = self.program.product(&left, &right)?;
            known[variable.index()] = Some(product.minus(&rest)?);
        }
        let sums = |tensor: &Tensor<Linear>| tensor.try_map(|l| to_sum(l.terms(), &known));
        outputs.iter().map(sums).collect()
    }
}

/// A combination of the circuit's variables as a sum of the program's.
fn to_sum(terms: &[(Variable, lionml_r1cs::Fr)], known: &[Option<Sum>]) -> Result<Sum, LeoError> {
    let one = Sum::constant(1);
    terms.iter().try_fold(Sum::default(), |sum, (variable, coefficient)| {
        let factor = to_i128(coefficient).ok_or(LeoError::Unsupported)?;
        let part = match known.get(variable.index()) {
            _ if variable.is_public() => &one,
            Some(Some(part)) => part,
            _ => return Err(LeoError::Unsupported),
        };
        sum.plus(part, factor)
    })
}

fn signal(x: &Operand, offset: usize) -> Signal {
    Signal { sum: x.sum(offset), interval: x.number().interval }
}

/// Half of what a shift takes away.
pub(super) fn half(shift: u32) -> i128 {
    (1 << shift) >> 1
}

/// The width of the narrowest of Leo's integers with so many bits.
fn leo_bits(bits: u32) -> Result<u32, LeoError> {
    let types = IntegerType::all().map(|integer| integer.bits());
    types.into_iter().find(|&width| width >= bits).ok_or(LeoError::Width { bits })
}

/// The elements of each window over the spatial axes.
fn windows(window: &lionml_tensor::Window, shape: &Shape) -> Vec<Vec<usize>> {
    let [batch, channels, spatial @ ..] = shape.axes() else { return Vec::new() };
    let plane: usize = spatial.iter().product();
    let windows = window.offsets(spatial);
    let group = |channel: usize| {
        let of = move |taps: &Vec<(usize, usize)>| {
            taps.iter().map(|(_, offset)| channel * plane + offset).collect()
        };
        windows.iter().map(of).collect::<Vec<Vec<usize>>>()
    };
    (0..batch * channels).flat_map(group).collect()
}

/// The elements that differ only along some axes.
fn lines(axes: &[usize], shape: &Shape) -> Result<Vec<Vec<usize>>, LeoError> {
    let size = |(axis, &size): (usize, &usize)| if axes.contains(&axis) { 1 } else { size };
    let kept = Shape::new(shape.axes().iter().enumerate().map(size).collect::<Vec<_>>());
    let mut lines = vec![Vec::new(); kept.elements()];
    for (offset, line) in kept.broadcast_offsets(shape)?.into_iter().enumerate() {
        lines[line].push(offset);
    }
    Ok(lines)
}
