//! What the person who imports a model decides.

use std::collections::BTreeMap;

use lionml_tensor::Tensor;

/// What an import fixes that the file leaves open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportOptions {
    /// The sizes of free dimensions, by symbol; a dimension without one is named by its input and
    /// axis, such as `images.0`.
    pub dims: BTreeMap<String, usize>,
    /// The shapes of inputs at hand, by name, from which free dimensions take their sizes: shapes of the
    /// same rank, or one axis of as many elements as there are numbers. A first dimension that is free is
    /// the batch: it is one, however many there are, but where only one size fits a list of numbers. An
    /// input for which the file states no shape takes the whole shape.
    pub shapes: BTreeMap<String, Vec<usize>>,
    /// Values of inputs that become constants of the model, such as a shape or a limit.
    pub bind: BTreeMap<String, Tensor<f64>>,
    /// The outputs that are wanted, by name; all that can be read where none is named.
    pub outputs: Vec<String>,
}
