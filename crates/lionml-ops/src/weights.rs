//! Operators whose constant operands can take factors of the outputs or of the other operand.

use lionml_tensor::{Shape, Tensor};

/// A sum of products of two operands, of which a constant one is called its weights.
pub trait Weighted {
    /// The constants with which every output is the old one times a factor, by operand; none where
    /// the weights cannot hold the factors. `operands` are the constants as they are, `output` is
    /// the shape of the output, to which `factors` broadcast.
    fn times_outputs(
        &self,
        operands: &[Option<&Tensor<f64>>],
        output: &Shape,
        factors: &Tensor<f64>,
    ) -> Option<Vec<Option<Tensor<f64>>>>;

    /// The weights, which are the operand at `position`, with which the outputs are those of the
    /// other operand times factors; none where they cannot hold them. `factors` have the axes of the
    /// other operand, or one element along them.
    fn times_operand(
        &self,
        position: usize,
        weights: &Tensor<f64>,
        factors: &Tensor<f64>,
    ) -> Option<Tensor<f64>>;
}

/// A shape with ones before it, up to a rank.
pub(crate) fn padded(shape: &Shape, rank: usize) -> Vec<usize> {
    let ones = rank.saturating_sub(shape.rank());
    [vec![1; ones], shape.axes().to_vec()].concat()
}
