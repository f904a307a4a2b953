//! The operands of constraints.

use lionml_gadgets::Signal;
use lionml_quant::{Number, QTensor};
use lionml_r1cs::Linear;
use lionml_tensor::{Shape, Tensor};

/// An operand in a circuit: constants, or linear combinations whose interval is enforced.
#[derive(Clone, Debug)]
pub enum Wires {
    /// Integers known when the circuit is written.
    Constant(QTensor),
    /// Values known to whoever proves.
    Variable {
        /// One combination an element.
        elements: Tensor<Linear>,
        /// Their number format; rows confine them to the interval.
        number: Number,
    },
}

impl Wires {
    /// The shape.
    pub fn shape(&self) -> &Shape {
        match self {
            Self::Constant(q) => q.values.shape(),
            Self::Variable { elements, .. } => elements.shape(),
        }
    }

    /// The number format.
    pub fn number(&self) -> Number {
        match self {
            Self::Constant(q) => q.number,
            Self::Variable { number, .. } => *number,
        }
    }

    /// The integers, where they are constant.
    pub fn as_constant(&self) -> Option<&Tensor<i128>> {
        match self {
            Self::Constant(q) => Some(&q.values),
            Self::Variable { .. } => None,
        }
    }

    /// The combination at an offset; zero past the end.
    pub fn linear(&self, offset: usize) -> Linear {
        match self {
            Self::Constant(q) => {
                q.values.data().get(offset).map_or_else(Linear::zero, |v| Linear::integer(*v))
            }
            Self::Variable { elements, .. } => {
                elements.data().get(offset).cloned().unwrap_or_default()
            }
        }
    }

    /// The terms of the combinations at these offsets, all together: no more than those of any sum
    /// of them.
    pub(crate) fn terms(&self, offsets: impl IntoIterator<Item = usize>) -> usize {
        match self {
            Self::Constant(_) => 0,
            Self::Variable { elements, .. } => {
                let terms = |i| elements.data().get(i).map_or(0, |e: &Linear| e.terms().len());
                offsets.into_iter().map(terms).fold(0, usize::saturating_add)
            }
        }
    }

    /// The combination at an offset with its interval.
    pub fn signal(&self, offset: usize) -> Signal {
        Signal::new(self.linear(offset), self.number().interval)
    }
}
