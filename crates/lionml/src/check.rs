//! Witness and constraints without a proof.

use std::path::PathBuf;

use lionml_r1cs::{Failure, Fr, field::Zero};
use lionml_tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{
    CompileOptions, CompiledModel, Error, Event, Events, FieldText, InferenceReport, InputFile,
    RequestError, Scalar,
    compile::{Compilation, Source, name_of},
    executable::Executable,
    files,
    model_file::ModelFile,
    prove::read_inputs,
};

/// Runs a model and checks every row of its circuit, without keys and proof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// An ONNX file or a compiled model.
    pub model: PathBuf,
    /// The file of inputs: one set, or many.
    pub input: PathBuf,
    /// A file of samples, for an ONNX file.
    #[serde(default)]
    pub samples: Option<PathBuf>,
    /// What a compilation is free to choose, for an ONNX file.
    #[serde(default)]
    pub options: CompileOptions,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckOutcome {
    /// The inference.
    #[serde(flatten)]
    pub inference: InferenceReport,
    /// How many rows are violated, over all instances.
    pub violated: usize,
    /// The first violated rows of each instance.
    pub failures: Vec<RowFailure>,
}

/// A violated row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowFailure {
    /// The instance of a circuit.
    pub instance: usize,
    /// The row.
    pub row: usize,
    /// The node of the model, `statement` or `output …` and its name.
    pub node: String,
    /// The place within that, such as a block of a hash; mostly empty.
    pub element: String,
    /// The name of the row.
    pub label: String,
    /// The values of its three factors: the first two should multiply to the third.
    pub values: [FieldText; 3],
}

impl RowFailure {
    fn new(instance: usize, failure: Failure) -> Self {
        let mut scope = failure.scope.into_iter();
        let node = scope.next().unwrap_or_default();
        Self {
            instance,
            row: failure.row,
            node,
            element: scope.collect::<Vec<_>>().join("/"),
            label: failure.label,
            values: failure.values.map(FieldText),
        }
    }
}

impl Check {
    /// Runs and checks.
    pub fn execute(&self, events: &mut Events<'_>) -> Result<CheckOutcome, Error> {
        let bytes = files::read(&self.model)?;
        if bytes.starts_with(crate::container::MAGIC) {
            if self.samples.is_some() || self.options != CompileOptions::default() {
                return Err(RequestError::Frozen { path: self.model.clone() }.into());
            }
            let compiled = CompiledModel::from_bytes(&bytes)
                .map_err(|source| Error::ArtifactFile { path: self.model.clone(), source })?;
            let executable = compiled.executable()?;
            let inputs = read_inputs(&self.input, &compiled)?;
            return self.check(&compiled, &executable, None, &inputs, Vec::new(), events);
        }
        let ModelFile { onnx, digest, .. } = ModelFile::from_bytes(bytes, &self.model)?;
        let samples_path = self.samples.as_ref().unwrap_or(&self.input);
        let samples = InputFile::read(samples_path)?;
        let source = Source {
            onnx: &onnx,
            digest,
            path: Some(&self.model),
            name: name_of(&self.model, &self.options),
            samples: Some(&samples),
            samples_path: Some(samples_path),
            is_guess: self.samples.is_none(),
        };
        let compilation = source.compile(&self.options, events)?;
        let Compilation { float, compiled, executable, report } = compilation;
        // Read once: what is both may be a pipe.
        let inputs = match self.samples {
            Some(_) => read_inputs(&self.input, &compiled)?,
            None => compiled.bind(&samples, &self.input)?,
        };
        self.check(&compiled, &executable, Some(&float), &inputs, report.warnings, events)
    }

    fn check(
        &self,
        compiled: &CompiledModel,
        executable: &Executable,
        float: Option<&lionml_graph::Model>,
        inputs: &[Vec<Tensor<f64>>],
        warnings: Vec<String>,
        events: &mut Events<'_>,
    ) -> Result<CheckOutcome, Error> {
        let inferences = compiled.infer_sets(inputs, &self.input)?;
        events(Event::Stage("checking every row"));
        let (mut outputs, mut failures, mut violated) = (Vec::new(), Vec::new(), 0);
        let plan = &compiled.manifest.plan;
        let mut instances = 0..;
        for inference in &inferences {
            let salts = compiled.draw_salts(None);
            let witnesses = executable.witnesses(plan, inference, Fr::zero(), &salts)?;
            for (witness, &circuit) in witnesses.iter().zip(&plan.instances) {
                let instance = instances.next().unwrap_or_default();
                let report = executable.circuits[circuit].circuit.check(witness);
                violated += report.violated;
                failures.extend(report.failures.into_iter().map(|f| RowFailure::new(instance, f)));
            }
            outputs.push(compiled.values(inference));
        }
        let mut inference = InferenceReport::new(compiled, executable, &outputs)?;
        inference.verified = violated == 0;
        inference.warnings = warnings;
        inference.max_error = float.map(|model| max_error(model, inputs, &outputs)).transpose()?;
        Ok(CheckOutcome { inference, violated, failures })
    }
}

/// The largest difference of outputs from the float model.
pub(crate) fn max_error(
    model: &lionml_graph::Model,
    inputs: &[Vec<Tensor<f64>>],
    outputs: &[Vec<Vec<Scalar>>],
) -> Result<f64, Error> {
    let mut largest = 0.0f64;
    for (set, got) in inputs.iter().zip(outputs) {
        for (expected, got) in model.run(set)?.iter().zip(got) {
            let errors = expected.data().iter().zip(got).map(|(e, g)| (e - g.to_f64()).abs());
            largest = errors.fold(largest, f64::max);
        }
    }
    Ok(largest)
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::field::from_i128;

    use super::*;

    #[test]
    fn matches_node_element_and_row() {
        let failure = Failure {
            row: 12,
            scope: vec!["/0/Conv".to_owned(), "block 3".to_owned()],
            label: "boolean".to_owned(),
            values: [2, 2, 5].map(from_i128),
        };
        let failure = RowFailure::new(1, failure);
        let text = serde_json::to_string(&failure).unwrap();
        let expected = r#"{"instance":1,"row":12,"node":"/0/Conv","element":"block 3","label":"boolean","values":["2","2","5"]}"#;
        assert_eq!(text, expected);
    }
}
