//! Operators that compute each output from one element of each operand.
//!
//! Such an operator states its interval rule, its float function, its integer function and its rows
//! for one element. Broadcasting by NumPy's rule, and bringing terms to one scale by whole factors,
//! is the same for all of them and stands here.

use std::array;

use lionml_gadgets::Signal;
use lionml_quant::{Number, QTensor};
use lionml_r1cs::{Builder, Linear};
use lionml_tensor::{Shape, Tensor};

use crate::{
    Fact, OpError, Properties, Role, Wires, counts, materialize::check_sums, op::operands,
};

/// An operator on `N` operands, element by element.
///
/// Operands with the role of a term come here at their common scale, those of any other role at
/// their own.
pub trait Elementwise<const N: usize> {
    /// Checks the attributes; most operators have none.
    fn check(&self) -> Result<(), OpError> {
        Ok(())
    }

    /// The number format of the output, or an error where there is none.
    fn number(&self, operands: &[Number; N]) -> Result<Number, OpError>;

    /// The textbook meaning.
    fn float(&self, operands: [f64; N]) -> f64;

    /// The exact integer.
    fn integer(&self, operands: [i128; N], formats: &Formats<N>) -> Result<i128, OpError>;

    /// The rows, and the combination that holds the same integer.
    fn rows(
        &self,
        builder: &mut Builder,
        operands: [Signal; N],
        formats: &Formats<N>,
    ) -> Result<Linear, OpError>;

    /// The facts that passes need.
    fn per_element(&self) -> PerElement<'_, N>;
}

/// The number formats of an element-wise operator.
#[derive(Clone, Copy, Debug)]
pub struct Formats<const N: usize> {
    /// Those of the operands, terms at their common scale.
    pub operands: [Number; N],
    /// That of the output.
    pub output: Number,
}

/// The facts about an element-wise operator that passes need.
#[derive(Clone, Copy)]
pub struct PerElement<'a, const N: usize> {
    /// The role of each operand.
    pub roles: [Role; N],
    /// How often the rows of one output use each operand. An element of many terms that is used
    /// often, broadcasting included, becomes a variable first. Zero where it stays as it is.
    pub uses: [usize; N],
    /// The steps that each execution takes for one output.
    pub steps: usize,
    /// The properties that hold for any operands.
    pub properties: Properties<'a>,
}

pub(crate) fn infer<E: Elementwise<N>, const N: usize>(
    op: &E,
    inputs: &[Fact],
) -> Result<Vec<Fact>, OpError> {
    let facts: &[Fact; N] = operands(inputs)?;
    op.check()?;
    let shape = broadcast(facts.each_ref().map(|fact| &fact.shape))?;
    let fact = Fact::derived(shape, inputs, |numbers| {
        let (numbers, _) = aligned(op, operands(numbers)?)?;
        op.number(&numbers)
    })?;
    Ok(vec![fact])
}

pub(crate) fn eval_float<E: Elementwise<N>, const N: usize>(
    op: &E,
    inputs: &[Tensor<f64>],
) -> Result<Vec<Tensor<f64>>, OpError> {
    let inputs: &[Tensor<f64>; N] = operands(inputs)?;
    let shape = broadcast(inputs.each_ref().map(Tensor::shape))?;
    let elements = each(inputs.each_ref(), |x| x.broadcast_to(&shape))?;
    Ok(vec![Tensor::from_fn(shape, |i| op.float(array::from_fn(|k| elements[k].data()[i])))])
}

pub(crate) fn eval_quant<E: Elementwise<N>, const N: usize>(
    op: &E,
    inputs: &[QTensor],
    outputs: &[Fact],
) -> Result<Vec<Tensor<i128>>, OpError> {
    let (inputs, [output]): (&[QTensor; N], _) = (operands(inputs)?, operands(outputs)?);
    let (numbers, factors) = aligned(op, &inputs.each_ref().map(|q| q.number))?;
    let formats = Formats { operands: numbers, output: output.require_number(0)? };
    let elements = each(inputs.each_ref(), |q| q.values.broadcast_to(&output.shape))?;
    let element =
        |i: usize| op.integer(array::from_fn(|k| elements[k].data()[i] * factors[k]), &formats);
    let values = (0..output.shape.elements()).map(element).collect::<Result<_, _>>()?;
    Ok(vec![Tensor::new(output.shape.clone(), values)?])
}

pub(crate) fn synthesize<E: Elementwise<N>, const N: usize>(
    op: &E,
    builder: &mut Builder,
    inputs: &[Wires],
    outputs: &[Fact],
) -> Result<Vec<Tensor<Linear>>, OpError> {
    let (inputs, [output]): (&[Wires; N], _) = (operands(inputs)?, operands(outputs)?);
    let (numbers, factors) = aligned(op, &inputs.each_ref().map(Wires::number))?;
    let formats = Formats { operands: numbers, output: output.require_number(0)? };
    let from = each(inputs.each_ref(), |wires| wires.shape().broadcast_offsets(&output.shape))?;
    let uses = op.per_element().uses;
    let mut elements = Vec::with_capacity(N);
    for (k, wires) in inputs.iter().enumerate() {
        let mut outputs = vec![0; wires.shape().elements()];
        from[k].iter().for_each(|&offset| outputs[offset] += 1);
        let uses: Vec<usize> = outputs.iter().map(|outputs| outputs * uses[k]).collect();
        let materialized = wires.materialized(builder, &uses);
        check_sums(builder, &materialized, &outputs)?;
        elements.push(materialized);
    }
    let mut element = |i: usize| {
        let signal = |k: usize| {
            let linear = &elements[k].data()[from[k][i]];
            let linear = if factors[k] == 1 { linear.clone() } else { linear.times(factors[k]) };
            Signal::new(linear, numbers[k].interval)
        };
        op.rows(builder, array::from_fn(signal), &formats)
    };
    let results = (0..output.shape.elements()).map(&mut element).collect::<Result<_, _>>()?;
    Ok(vec![Tensor::new(output.shape.clone(), results)?])
}

pub(crate) fn role<E: Elementwise<N>, const N: usize>(op: &E, operand: usize) -> Role {
    op.per_element().roles.get(operand).copied().unwrap_or(Role::Term)
}

pub(crate) fn properties<E: Elementwise<N>, const N: usize>(op: &E) -> Properties<'_> {
    op.per_element().properties
}

pub(crate) fn work<E: Elementwise<N>, const N: usize>(op: &E, operands: &[&[usize]]) -> usize {
    counts::broadcast(operands, op.per_element().steps)
}

/// The shape that all operands broadcast to.
fn broadcast<const N: usize>(shapes: [&Shape; N]) -> Result<Shape, OpError> {
    let broadcast = |all: Shape, next: &Shape| all.broadcast(next);
    Ok(shapes.into_iter().try_fold(Shape::scalar(), broadcast)?)
}

/// The number formats with all terms at one scale, and the factor that takes each operand there.
fn aligned<E: Elementwise<N>, const N: usize>(
    op: &E,
    numbers: &[Number; N],
) -> Result<([Number; N], [i128; N]), OpError> {
    let roles = op.per_element().roles;
    let (mut aligned, mut factors) = (*numbers, [1; N]);
    let terms = numbers.iter().zip(roles).filter(|(_, role)| *role == Role::Term);
    let mut scales = terms.map(|(number, _)| number.scale);
    let Some(first) = scales.next() else { return Ok((aligned, factors)) };
    let scale = scales.try_fold(first, |all, next| all.common(&next).map(|(scale, ..)| scale))?;
    for ((number, factor), role) in aligned.iter_mut().zip(&mut factors).zip(roles) {
        if role == Role::Term {
            *factor = scale.factor_from(&number.scale)?;
            *number = Number { scale, interval: number.interval.times(*factor)? };
        }
    }
    Ok((aligned, factors))
}

/// [`array::map`] for what can fail.
fn each<T, U, E, const N: usize>(
    items: [T; N],
    f: impl Fn(T) -> Result<U, E>,
) -> Result<[U; N], OpError>
where
    OpError: From<E>,
{
    let items = items.into_iter().map(f).collect::<Result<Vec<_>, _>>()?;
    items.try_into().map_err(|_| OpError::Operands { expected: N, got: 0 })
}
