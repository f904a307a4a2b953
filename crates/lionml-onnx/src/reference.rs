//! tract's own float run of a model: the oracle for what the file means.

use std::sync::Arc;

use lionml_tensor::Tensor;
use tract_onnx::prelude::{
    DatumType, IntoRunnable, IntoTValue, TVec, TypedModel, TypedRunnableModel,
};

use crate::{
    ImportError, ImportOptions,
    prepare::{Labels, Prepared, prepare},
    tensors::{from_tract, to_tract},
    tract,
};

/// A model as tract runs it, with the element types of the file and all of tract's optimisations:
/// nothing of it passes through LionML's graph.
#[derive(Debug)]
pub struct Reference {
    plan: Arc<TypedRunnableModel>,
    inputs: Vec<(String, DatumType)>,
    labels: Labels,
}

impl Reference {
    /// Reads a model under the options of an import.
    pub fn new(bytes: &[u8], options: &ImportOptions) -> Result<Self, ImportError> {
        Self::of(prepare(bytes, options)?)
    }

    pub(crate) fn of(prepared: Prepared) -> Result<Self, ImportError> {
        let model: TypedModel = tract::typed(&prepared)?;
        let labels = prepared.labels;
        tract::guarded(&labels, || {
            let inputs = model
                .input_outlets()?
                .iter()
                .map(|o| Ok((model.node(o.node).name.clone(), model.outlet_fact(*o)?.datum_type)))
                .collect::<Result<_, tract_onnx::prelude::TractError>>()?;
            let plan = model.into_optimized()?.into_runnable()?;
            Ok((plan, inputs))
        })
        .map(|(plan, inputs)| Self { plan, inputs, labels })
    }

    /// The outputs for these inputs, as floats.
    pub fn run(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, ImportError> {
        if inputs.len() != self.inputs.len() {
            let (expected, got) = (self.inputs.len(), inputs.len());
            return Err(ImportError::Inputs { expected, got });
        }
        let inputs = inputs
            .iter()
            .zip(&self.inputs)
            .map(|(value, (name, kind))| Ok(to_tract(name, value, *kind)?.into_tvalue()))
            .collect::<Result<TVec<_>, ImportError>>()?;
        let outputs = tract::guarded(&self.labels, || self.plan.run(inputs))?;
        outputs.iter().map(|output| from_tract("output", output)).collect()
    }
}
