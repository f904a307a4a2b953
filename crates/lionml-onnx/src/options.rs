//! What the person who imports a model decides.

use std::collections::BTreeMap;

use lionml_tensor::Tensor;

/// What an import fixes that the file leaves open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportOptions {
    /// The sizes of symbolic dimensions, by symbol; a dimension without one is named by its input
    /// and axis, such as `images.0`.
    pub dims: BTreeMap<String, usize>,
    /// Values of inputs that become constants of the model, such as a shape or a limit.
    pub bind: BTreeMap<String, Tensor<f64>>,
}
