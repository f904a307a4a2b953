//! Operators that only move elements: one index map serves all executions.
//!
//! The executions of such an operator would be the same loop three times; here they are one, and its
//! meaning is checked against ONNX Runtime and the standard's own cases.

use lionml_quant::{Interval, Number, QTensor};
use lionml_r1cs::{Builder, Linear};
use lionml_tensor::{Shape, Tensor};

use crate::{Fact, Form, Integers, OpError, Properties, Role, Rounding, Wires};

/// The source of an element of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// From an operand, at an offset in row-major order.
    Operand(usize, usize),
    /// From nowhere: it is zero.
    Zero,
}

/// An operator that moves, repeats or drops elements and computes nothing.
pub trait Layout {
    /// The source of each element of the one output.
    fn sources(&self, inputs: &[Shape]) -> Result<Tensor<Source>, OpError>;

    /// As [`Op::work`](crate::Op::work) has it.
    fn work(&self, operands: &[&[usize]]) -> usize;
}

pub(crate) fn infer<L: Layout>(op: &L, inputs: &[Fact]) -> Result<Vec<Fact>, OpError> {
    let shapes: Vec<_> = inputs.iter().map(|f| f.shape.clone()).collect();
    let sources = op.sources(&shapes)?;
    let pads = sources.data().contains(&Source::Zero);
    let fact = Fact::derived(sources.shape().clone(), inputs, |numbers| {
        let Some(first) = numbers.first() else {
            return Err(OpError::Operands { expected: 1, got: 0 });
        };
        numbers[1..]
            .iter()
            .try_fold(*first, |all, next| {
                let (scale, left, right) = all.scale.common(&next.scale)?;
                let interval = all.interval.times(left)?.hull(&next.interval.times(right)?);
                Ok(Number { scale, interval })
            })
            .map(|n| {
                let interval = if pads { n.interval.hull(&Interval::ZERO) } else { n.interval };
                Number { interval, ..n }
            })
    })?;
    Ok(vec![fact])
}

pub(crate) fn eval_float<L: Layout>(
    op: &L,
    inputs: &[Tensor<f64>],
) -> Result<Vec<Tensor<f64>>, OpError> {
    let shapes: Vec<_> = inputs.iter().map(|t| t.shape().clone()).collect();
    let moved = op.sources(&shapes)?.map(|source| match *source {
        Source::Operand(operand, offset) => inputs[operand].data()[offset],
        Source::Zero => 0.0,
    });
    Ok(vec![moved])
}

pub(crate) fn eval_quant<L: Layout>(
    op: &L,
    inputs: &[QTensor],
    outputs: &[Fact],
) -> Result<Vec<Tensor<i128>>, OpError> {
    let shapes: Vec<_> = inputs.iter().map(|q| q.values.shape().clone()).collect();
    let factors = factors(inputs.iter().map(|q| q.number), outputs)?;
    let moved = op.sources(&shapes)?.map(|source| match *source {
        Source::Operand(operand, offset) => {
            inputs[operand].values.data()[offset] * factors[operand]
        }
        Source::Zero => 0,
    });
    Ok(vec![moved])
}

pub(crate) fn synthesize<L: Layout>(
    op: &L,
    builder: &mut Builder,
    inputs: &[Wires],
    outputs: &[Fact],
) -> Result<Vec<Tensor<Linear>>, OpError> {
    let shapes: Vec<_> = inputs.iter().map(|w| w.shape().clone()).collect();
    let factors = factors(inputs.iter().map(Wires::number), outputs)?;
    let sources = op.sources(&shapes)?;
    // Repeated elements repeat their terms.
    let terms = sources.data().iter().map(|source| match *source {
        Source::Operand(operand, offset) => inputs[operand].terms([offset]),
        Source::Zero => 0,
    });
    builder.check_terms(terms.fold(0, usize::saturating_add))?;
    let moved = sources.map(|source| match *source {
        Source::Operand(operand, offset) => inputs[operand].linear(offset).times(factors[operand]),
        Source::Zero => Linear::zero(),
    });
    Ok(vec![moved])
}

pub(crate) fn role<L: Layout>(_: &L, _: usize) -> Role {
    Role::Term
}

pub(crate) fn properties<L: Layout>(_: &L) -> Properties<'_> {
    Properties {
        form: Form::Moves,
        rounding: Rounding::Never,
        integers: Integers::Kept,
        range: None,
    }
}

pub(crate) fn work<L: Layout>(op: &L, operands: &[&[usize]]) -> usize {
    op.work(operands)
}

/// The factor that takes each operand to the scale of the output.
fn factors(numbers: impl Iterator<Item = Number>, outputs: &[Fact]) -> Result<Vec<i128>, OpError> {
    let [output] = outputs else {
        return Err(OpError::Operands { expected: 1, got: outputs.len() });
    };
    let scale = output.require_number(0)?.scale;
    numbers.map(|n| Ok(scale.factor_from(&n.scale)?)).collect()
}
