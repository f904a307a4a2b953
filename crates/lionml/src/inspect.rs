//! What is in an ONNX file, what of it is supported, and what it will cost.

use std::{collections::BTreeMap, path::PathBuf};

use lionml_onnx::{Dimension, Support, Survey};
use serde::{Deserialize, Serialize};

use crate::{
    CompileOptions, Error, Events, Sizes,
    compile::{Source, name_of},
    files,
};

/// Inspects an ONNX file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inspect {
    /// The ONNX file.
    pub model: PathBuf,
    /// What a compilation is free to choose, for the estimate of its cost.
    #[serde(default)]
    pub options: CompileOptions,
}

/// What is in an ONNX file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InspectReport {
    /// The name of the model.
    pub model: String,
    /// The digest of the file.
    pub onnx: String,
    /// The version of the operator set.
    pub opset: i64,
    /// The program that wrote the file.
    pub producer: String,
    /// The inputs.
    pub inputs: Vec<PortReport>,
    /// The outputs.
    pub outputs: Vec<PortReport>,
    /// How many numbers the file's constants have.
    pub parameters: u64,
    /// How often each op occurs, and whether it is supported.
    pub ops: Vec<OpReport>,
    /// The nodes that are not supported.
    pub unsupported: Vec<UnsupportedNode>,
    /// Whether the model can be compiled.
    pub supported: bool,
    /// Why it cannot be compiled, where it cannot.
    pub reason: Option<String>,
    /// What to do about that.
    pub hint: Option<String>,
    /// What it will cost, about, where it can be compiled.
    pub cost: Option<Sizes>,
}

/// An input or output of an ONNX file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PortReport {
    /// The name.
    pub name: String,
    /// The element type, as ONNX calls it.
    pub element: String,
    /// The dimensions: sizes, or names whose sizes `--dim` gives; none where the file has none.
    pub shape: Option<Vec<String>>,
}

/// An op and how often it occurs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpReport {
    /// The ONNX op.
    pub op: String,
    /// How often it occurs.
    pub count: usize,
    /// How often it occurs where it is not supported.
    pub unsupported: usize,
}

/// A node that is not supported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnsupportedNode {
    /// Its name.
    pub node: String,
    /// Its ONNX op.
    pub op: String,
}

/// Significant bits for the estimate: a common outcome of the search, without searching.
const ESTIMATE_BITS: u32 = 10;

impl Inspect {
    /// Inspects the file; only what is no ONNX model at all is an error.
    pub fn execute(&self, events: &mut Events<'_>) -> Result<InspectReport, Error> {
        let onnx = files::read(&self.model)?;
        let survey = Survey::new(&onnx)?;
        let name = name_of(&self.model, &self.options);
        let options = CompileOptions {
            bits: self.options.bits.or(Some(ESTIMATE_BITS)),
            input_range: self.options.input_range.or(Some((-1.0, 1.0))),
            ..self.options.clone()
        };
        let source = Source {
            onnx: &onnx,
            name: name.clone(),
            samples: None,
            samples_path: None,
            is_guess: false,
        };
        let compilation = source.compile(&options, events);
        let (cost, error) = match compilation {
            Ok(compilation) => (Some(compilation.report.sizes), None),
            Err(error) => (None, Some(error)),
        };
        Ok(InspectReport {
            model: name,
            onnx: lionml_r1cs::Digest::of(&onnx).to_string(),
            opset: survey.opset,
            inputs: survey.inputs.iter().map(PortReport::new).collect(),
            outputs: survey.outputs.iter().map(PortReport::new).collect(),
            parameters: survey.parameters,
            ops: count_ops(&survey),
            unsupported: survey
                .unsupported()
                .map(|node| UnsupportedNode { node: node.name.clone(), op: node.op.clone() })
                .collect(),
            producer: survey.producer,
            supported: error.is_none(),
            hint: error.as_ref().map(Error::hint),
            reason: error.as_ref().map(full_message),
            cost,
        })
    }
}

fn full_message(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

impl PortReport {
    fn new(port: &lionml_onnx::Port) -> Self {
        let dimension = |dimension: &Dimension| match dimension {
            Dimension::Fixed(size) => size.to_string(),
            Dimension::Free(symbol) => symbol.clone(),
        };
        Self {
            name: port.name.clone(),
            element: port.element.clone(),
            shape: port.shape.as_ref().map(|shape| shape.iter().map(dimension).collect()),
        }
    }
}

fn count_ops(survey: &Survey) -> Vec<OpReport> {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for node in &survey.nodes {
        let (count, unsupported) = counts.entry(&node.op).or_default();
        *count += 1;
        *unsupported += usize::from(node.support == Support::Refused);
    }
    counts
        .into_iter()
        .map(|(op, (count, unsupported))| OpReport { op: op.to_owned(), count, unsupported })
        .collect()
}
