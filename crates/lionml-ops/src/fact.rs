//! Facts about a wire that hold before anything runs.

use lionml_quant::{Number, QTensor};
use lionml_tensor::Shape;

use crate::OpError;

/// The facts of a wire: its shape, and once the model is quantised its number format; for a
/// constant also its values, from which tighter intervals follow.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// The shape.
    pub shape: Shape,
    /// Scale and interval of its integers; none in a float model.
    pub number: Option<Number>,
    /// The integers, where they are constant.
    pub constant: Option<QTensor>,
}

impl Fact {
    /// A wire of a float model.
    pub fn float(shape: impl Into<Shape>) -> Self {
        Self { shape: shape.into(), number: None, constant: None }
    }

    /// A wire of a quantised model.
    pub fn fixed(shape: impl Into<Shape>, number: Number) -> Self {
        Self { shape: shape.into(), number: Some(number), constant: None }
    }

    /// A constant of a quantised model.
    pub fn constant(value: QTensor) -> Self {
        let shape = value.values.shape().clone();
        Self { shape, number: Some(value.number), constant: Some(value) }
    }

    /// The wire that an operator makes of this shape: a float wire, or, where all operands have a
    /// number format, one whose format `number` computes from theirs.
    pub fn derived(
        shape: Shape,
        operands: &[Self],
        number: impl FnOnce(&[Number]) -> Result<Number, OpError>,
    ) -> Result<Self, OpError> {
        let numbers: Option<Vec<Number>> = operands.iter().map(|f| f.number).collect();
        let number = numbers.map(|n| number(&n)).transpose()?;
        Ok(Self { shape, number, constant: None })
    }

    /// The number format, or an error that names the operand.
    pub fn require_number(&self, operand: usize) -> Result<Number, OpError> {
        self.number.ok_or(OpError::NotQuantized { operand })
    }
}
