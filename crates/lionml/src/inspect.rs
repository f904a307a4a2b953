//! What is in an ONNX file, what of it is supported, and what it will cost.

use std::{collections::BTreeMap, path::PathBuf};

use lionml_onnx::{Dimension, ImportOptions, Support, Survey, SurveyedNode};
use lionml_varuna::SrsKind;
use serde::{Deserialize, Serialize};

use crate::{
    CompileOptions, Error, ErrorKind, Events, Sizes, SrsOptions,
    compile::{Source, name_of},
    full_message,
    model_file::ModelFile,
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
    /// The reference string over which it would be proved.
    #[serde(default)]
    pub srs: SrsOptions,
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
    /// What the cost assumes of inputs of floats whose range the options do not give.
    pub assumed_range: Option<(f64, f64)>,
    /// The significant bits that the cost assumes, where the options do not give them.
    pub assumed_bits: Option<u32>,
    /// The files of powers that a proof would need and that are not there.
    pub missing_powers: Vec<String>,
    /// What to think about.
    pub warnings: Vec<String>,
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
    /// The domain of the op.
    pub domain: String,
    /// Why it is not supported.
    pub reason: String,
    /// What to do about it.
    pub hint: String,
}

/// The range of inputs for the estimate, where nothing else is said.
const ESTIMATE_RANGE: (f64, f64) = (-1.0, 1.0);

/// Significant bits for the estimate: a common outcome of the search, without searching.
const ESTIMATE_BITS: u32 = 10;

impl Inspect {
    /// Inspects the file; only what is no ONNX model at all, or lacks a file, is an error.
    pub fn execute(&self, events: &mut Events<'_>) -> Result<InspectReport, Error> {
        let file = ModelFile::read(&self.model)?;
        let given = ImportOptions {
            dims: self.options.dims.clone(),
            outputs: self.options.outputs.clone(),
            ..ImportOptions::default()
        };
        let survey = file.onnx.survey(&given).map_err(|source| Error::OnnxFile {
            path: self.model.clone(),
            source: Box::new(source),
        })?;
        let name = name_of(&self.model, &self.options);
        let mut options = CompileOptions {
            bits: self.options.bits.or(Some(ESTIMATE_BITS)),
            ..self.options.clone()
        };
        let open: Vec<&str> = self.open_inputs(&survey).collect();
        options.input_ranges.extend(open.iter().map(|name| ((*name).to_owned(), ESTIMATE_RANGE)));
        let source = Source {
            onnx: &file.onnx,
            digest: file.digest,
            // The report says of which file it is.
            path: None,
            name: name.clone(),
            samples: None,
            samples_path: None,
            is_guess: false,
        };
        let compilation = source.compile(&options, events);
        let (cost, error) = match compilation {
            Ok(compilation) => (Some(compilation.report.sizes), None),
            // The options' fault, not the model's.
            Err(error) if error.kind() == ErrorKind::Usage => return Err(error),
            Err(error) => (None, Some(error)),
        };
        let (missing_powers, warnings) = self.missing_powers(cost.as_ref());
        Ok(InspectReport {
            model: name,
            onnx: file.digest.to_string(),
            opset: survey.opset,
            inputs: survey.inputs.iter().map(PortReport::new).collect(),
            outputs: survey.outputs.iter().map(PortReport::new).collect(),
            parameters: survey.parameters,
            ops: count_ops(&survey),
            unsupported: survey.unsupported().map(UnsupportedNode::new).collect(),
            assumed_range: (!open.is_empty()).then_some(ESTIMATE_RANGE),
            assumed_bits: self.options.bits.is_none().then_some(ESTIMATE_BITS),
            missing_powers,
            warnings,
            producer: survey.producer,
            supported: error.is_none(),
            hint: error.as_ref().map(Error::hint),
            reason: error.as_ref().map(|error| full_message(error)),
            cost,
        })
    }

    /// The inputs of floats whose range is not given.
    fn open_inputs<'a>(&'a self, survey: &'a Survey) -> impl Iterator<Item = &'a str> {
        let is_float = |element: &str| element.contains("float") || element == "double";
        let is_named = |name: &str| self.options.input_ranges.contains_key(name);
        let inputs = survey.inputs.iter().filter(|_| self.options.input_range.is_none());
        let floats = inputs.filter(move |input| is_float(&input.element) && !is_named(&input.name));
        floats.map(|input| input.name.as_str())
    }

    /// The files of powers that are not there, and what to do about it.
    fn missing_powers(&self, cost: Option<&Sizes>) -> (Vec<String>, Vec<String>) {
        let Some(cost) = cost.filter(|_| self.srs.kind == SrsKind::Ceremony) else {
            return Default::default();
        };
        match lionml_varuna::missing_files(cost.max_degree(), self.srs.directory.as_deref()) {
            Ok(files) if files.is_empty() => Default::default(),
            Ok(files) => {
                let warning = format!(
                    "at this estimate a proof needs 2^{power} powers of the ceremony, and {} of their files \
                     are not there: `lionml compile` says how many it needs, and `lionml fetch-srs --power \
                     {power}` fetches them",
                    files.len(),
                    power = cost.srs_power,
                );
                (files.into_iter().map(|file| file.name).collect(), vec![warning])
            }
            Err(error) => (Vec::new(), vec![full_message(&Error::from(error))]),
        }
    }
}

impl UnsupportedNode {
    fn new(node: &SurveyedNode) -> Self {
        let error = node.refusal.clone().map(Error::from);
        Self {
            node: node.label.name.clone(),
            op: node.label.op.clone(),
            domain: node.label.domain.clone(),
            reason: error.as_ref().map(|error| full_message(error)).unwrap_or_default(),
            hint: error.as_ref().map(Error::hint).unwrap_or_default(),
        }
    }
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
        let (count, unsupported) = counts.entry(&node.label.op).or_default();
        *count += 1;
        *unsupported += usize::from(node.support == Support::Refused);
    }
    counts
        .into_iter()
        .map(|(op, (count, unsupported))| OpReport { op: op.to_owned(), count, unsupported })
        .collect()
}
