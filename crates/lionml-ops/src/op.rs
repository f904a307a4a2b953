//! The interface of every operator.

use lionml_quant::QTensor;
use lionml_r1cs::{Builder, Linear};
use lionml_tensor::Tensor;

use crate::{Fact, OpError, Properties, Role, Wires};

/// An operator on tensors. Its operands are constants or wires alike.
///
/// Four methods state apart what comes out, what it means, what the integers are, and what the rows
/// are. `infer` validates attributes and operands; the other three are called with what it accepted
/// and with the facts that it returned. The last three methods are for the passes over graphs and
/// are asked of any operands.
pub trait Op {
    /// The facts of the outputs: shapes always; number formats where all operands have one.
    fn infer(&self, inputs: &[Fact]) -> Result<Vec<Fact>, OpError>;

    /// The textbook meaning, in floats.
    fn eval_float(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, OpError>;

    /// The exact integers, each inside the interval of its fact.
    fn eval_quant(
        &self,
        inputs: &[QTensor],
        outputs: &[Fact],
    ) -> Result<Vec<Tensor<i128>>, OpError>;

    /// The rows, and the combinations that hold the same integers.
    fn synthesize(
        &self,
        builder: &mut Builder,
        inputs: &[Wires],
        outputs: &[Fact],
    ) -> Result<Vec<Tensor<Linear>>, OpError>;

    /// How an operand enters the output; of one that the operator does not take, anything.
    fn role(&self, operand: usize) -> Role;

    /// The properties that hold for any operands.
    fn properties(&self) -> Properties<'_>;

    /// About how many elements and products each execution makes, besides reading its operands, of
    /// which these are the axes: see [`work`](crate::work). It saturates, and says something of
    /// operands that `infer` would refuse as well.
    fn work(&self, operands: &[&[usize]]) -> usize;
}

/// The operands of an operator that takes exactly `N`.
pub(crate) fn operands<T, const N: usize>(inputs: &[T]) -> Result<&[T; N], OpError> {
    inputs.try_into().map_err(|_| OpError::Operands { expected: N, got: inputs.len() })
}
