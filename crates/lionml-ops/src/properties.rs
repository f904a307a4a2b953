//! The facts about an operator that the passes of `lionml-graph` need, stated in the operator's own
//! file.
//!
//! Nothing here has a default: an operator that says nothing does not compile, and a pass that asks
//! for something new asks every operator.

use crate::{AnyOp, Fact, OpError, Weighted};

/// How an operand enters the output, which decides the scale of a constant in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is multiplied by the other factors: scales multiply. A constant has fraction bits of its
    /// own.
    Factor,
    /// It is added to the other terms, compared with them, or takes their place: all of them are
    /// brought to one scale, which is that of the product where there are factors.
    Term,
    /// It is a whole number, such as a condition or an index: the scale is one, and nothing is
    /// rounded.
    Whole,
}

/// How outputs depend on the operands.
#[derive(Clone, Copy)]
pub enum Form<'a> {
    /// Each output is an element of an operand, or zero.
    Moves,
    /// Each output is a sum of elements with constant coefficients, without a constant term: a
    /// factor of a sole operand is a factor of the output.
    Linear,
    /// Sums of products. The number of rows does not depend on how wide the operands are.
    Products,
    /// Sums of products of two operands, with perhaps a term. Constant ones take factors.
    Contraction(&'a dyn Weighted),
    /// Anything that takes bits of an operand: the wider it is, the more rows.
    Bits,
}

/// Where an operator rounds by fraction bits that calibration chooses.
#[derive(Clone, Copy)]
pub enum Rounding<'a> {
    /// Nowhere: the output is exact at a scale that follows from those of the operands. Only a
    /// factor that is too wide is rounded before it is multiplied.
    Never,
    /// A requantisation with ReLU takes the operator's place: the bits that round give the sign.
    Relu,
    /// A requantisation follows: the output is finer than what comes after it needs.
    Output,
    /// The operator rounds by a table that is made for its operand.
    Table(&'a dyn Tabled),
}

/// An operator that computes by a table once the model is quantised.
pub trait Tabled {
    /// The operator with the table for an operand of this format and for about so many fraction
    /// bits of the output.
    fn with_table(&self, operand: &Fact, fraction_bits: i32) -> Result<AnyOp, OpError>;
}

/// The result for operands that all hold integers, which must not be rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integers {
    /// Integers of integers, and of nothing else.
    Kept,
    /// Integers of anything.
    Made,
    /// Fractions, even of integers.
    Lost,
}

/// The properties of an operator that hold for any operands.
#[derive(Clone, Copy)]
pub struct Properties<'a> {
    /// How outputs depend on the operands.
    pub form: Form<'a>,
    /// Where it rounds.
    pub rounding: Rounding<'a>,
    /// The result for integers.
    pub integers: Integers,
    /// The distance between the largest and the smallest value that it can have, where it is the
    /// same for all operands: errors are measured by it where samples cover little of it.
    pub range: Option<f64>,
}
