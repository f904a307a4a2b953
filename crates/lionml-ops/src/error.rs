//! Errors of operators.

use lionml_gadgets::GadgetError;
use lionml_quant::QuantError;
use lionml_tensor::ShapeError;

/// An operator that does not fit its operands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpError {
    /// Another number of operands than the operator takes.
    #[error("takes `{expected}` operands, got `{got}`")]
    Operands {
        /// The number that it takes.
        expected: usize,
        /// The number that it has.
        got: usize,
    },
    /// An attribute with a value that the operator does not know.
    #[error("attribute `{attribute}` is `{value}`, expected {expected}")]
    Attribute {
        /// The name of the attribute.
        attribute: &'static str,
        /// Its value.
        value: String,
        /// The values that are accepted.
        expected: &'static str,
    },
    /// An operand of a number format that the operator does not take.
    #[error("operand `{operand}` is `{got}`, expected {expected}")]
    Number {
        /// Which operand.
        operand: usize,
        /// Its number format.
        got: lionml_quant::Number,
        /// The values that are accepted.
        expected: &'static str,
    },
    /// An operand without a number format where one is needed.
    #[error("operand `{operand}` has no number format yet")]
    NotQuantized {
        /// Which operand.
        operand: usize,
    },
    /// A value outside the interval that was calibrated for it.
    #[error(
        "value `{}` at element `{element}` lies outside the calibrated range from `{}` to `{}`",
        scale.dequantize(*value), scale.dequantize(interval.low()), scale.dequantize(interval.high())
    )]
    OutsideCalibration {
        /// The integer on the wire.
        value: i128,
        /// Its scale.
        scale: lionml_quant::Scale,
        /// The element of the tensor.
        element: usize,
        /// The interval that the circuit enforces.
        interval: lionml_quant::Interval,
    },
    /// A circuit that would outgrow what can be proved.
    #[error(transparent)]
    Size(#[from] lionml_r1cs::SizeError),
    /// A shape that does not fit.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A number that does not fit.
    #[error(transparent)]
    Quant(#[from] QuantError),
    /// A gadget that cannot be written.
    #[error(transparent)]
    Gadget(#[from] GadgetError),
}
