//! From an ONNX model to a compiled one.

use std::path::{Path, PathBuf};

use lionml_graph::{
    Bounds, Calibration, CalibrationReport, Element, Fidelity, Goal, Model, Visibility,
};
use lionml_onnx::{ImportOptions, OnnxFile};
use lionml_quant::Number;
use lionml_r1cs::Digest;
use lionml_statement::Plan;
use lionml_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};

use crate::{
    CompileOptions, CompiledModel, Error, Event, Events, InputFile, Manifest, Port, RequestError,
    Sizes,
    executable::Executable,
    files::{self, Readers, Staged},
    import::{Float, import},
    model_file::ModelFile,
};

/// Compiles an ONNX model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compile {
    /// The ONNX file.
    pub model: PathBuf,
    /// The compiled model; its manifest is written beside it.
    pub output: PathBuf,
    /// A file of samples, one set of inputs or many.
    #[serde(default)]
    pub samples: Option<PathBuf>,
    /// What the compilation is free to choose.
    #[serde(default)]
    pub options: CompileOptions,
}

/// What a compilation chose and what that costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CompileReport {
    /// The name of the model.
    pub model: String,
    /// The digest of the ONNX file.
    pub onnx: String,
    /// The digest of the manifest.
    pub manifest: String,
    /// The digest of the circuit.
    pub circuit: String,
    /// The inputs.
    pub inputs: Vec<Port>,
    /// The outputs.
    pub outputs: Vec<Port>,
    /// Each node's error against the float model, and its rows.
    pub nodes: Vec<NodeReport>,
    /// The largest error of each output on the samples, relative to the output's span.
    pub output_errors: Vec<f64>,
    /// How many samples the errors were measured on.
    pub samples: usize,
    /// The share of samples on which the largest elements of all outputs, along the last axis, are
    /// those of the float model.
    pub classes: f64,
    /// What was measured on the samples that took no part in choosing number formats: a quarter of
    /// sixteen or more.
    pub held_out: Option<HeldOut>,
    /// Whether these were random ones, in the declared ranges, for want of others.
    pub random: bool,
    /// How many settings were measured.
    pub evaluations: usize,
    /// The sizes of the circuit.
    #[serde(flatten)]
    pub sizes: Sizes,
    /// Where the compiled model and its manifest are.
    #[serde(serialize_with = "crate::json::paths")]
    pub files: Vec<PathBuf>,
    /// What to think about.
    pub warnings: Vec<String>,
}

/// What was measured on samples that took no part in choosing number formats.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeldOut {
    /// How many they are.
    pub samples: usize,
    /// The largest error of each output on them, relative to the output's span over all samples.
    pub output_errors: Vec<f64>,
    /// The share of them on which the largest elements are those of the float model.
    pub classes: f64,
}

/// A node of a compiled model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeReport {
    /// Its name.
    pub node: String,
    /// Its operator.
    pub op: String,
    /// What its integers mean and how large they can be, where it has any.
    pub number: Option<Number>,
    /// The largest difference from the float model on the samples.
    pub max_error: Option<f64>,
    /// That, relative to the span of the node's values.
    pub relative_error: Option<f64>,
    /// Its rows.
    pub constraints: usize,
}

/// A compiled model with everything that came along.
pub(crate) struct Compilation {
    /// The float model that it is made of.
    pub(crate) float: Model,
    pub(crate) compiled: CompiledModel,
    pub(crate) executable: Executable,
    pub(crate) report: CompileReport,
}

impl Compile {
    /// Compiles the model and writes the result.
    pub fn execute(&self, events: &mut Events<'_>) -> Result<CompileReport, Error> {
        self.options.check()?;
        if let (Bounds::Calibrated { .. }, None) = (self.options.bounds, &self.samples) {
            let value = "calibrated".to_owned();
            let expected = "samples, which such bounds are taken from";
            return Err(RequestError::Field { field: "bounds", value, expected }.into());
        }
        let onnx = ModelFile::read(&self.model)?;
        let samples = self.samples.as_deref().map(InputFile::read).transpose()?;
        let manifest = files::beside(&self.output, ".lion", ".manifest");
        if self.output.extension().is_some_and(|end| end == "manifest") {
            let value = self.output.display().to_string();
            let expected = "a name that does not end like that of its manifest, `.manifest`";
            return Err(RequestError::Field { field: "output", value, expected }.into());
        }
        for output in [&self.output, &manifest] {
            files::check_writable(output, onnx.files.iter().chain(&self.samples).map(|p| &**p))?;
        }
        let source = Source {
            onnx: &onnx.onnx,
            digest: onnx.digest,
            path: Some(&self.model),
            name: name_of(&self.model, &self.options),
            samples: samples.as_ref(),
            samples_path: self.samples.as_deref(),
            is_guess: false,
        };
        let Compilation { compiled, mut report, .. } = source.compile(&self.options, events)?;
        let mut staged = Staged::default();
        staged.add(&self.output, &compiled.to_bytes()?, Readers::Anyone)?;
        staged.add(&manifest, &compiled.manifest.to_bytes()?, Readers::Anyone)?;
        staged.commit()?;
        report.files = vec![self.output.clone(), manifest];
        Ok(report)
    }
}

impl CompiledModel {
    /// Compiles the ONNX model in these bytes, on samples where there are any.
    pub fn compile(
        onnx: &[u8],
        samples: Option<&InputFile>,
        options: &CompileOptions,
    ) -> Result<(Self, CompileReport), Error> {
        let name = options.name.clone().unwrap_or_else(|| "model".to_owned());
        let file = OnnxFile::from_bytes(onnx)?;
        let source = Source {
            onnx: &file,
            digest: Digest::of(onnx),
            path: None,
            name,
            samples,
            samples_path: None,
            is_guess: false,
        };
        let Compilation { compiled, report, .. } = source.compile(options, &mut |_| ())?;
        Ok((compiled, report))
    }
}

/// The name that the options give to a model, or that of its file; that of its directory where the
/// file is called `model.onnx`, as so many are.
pub(crate) fn name_of(path: &Path, options: &CompileOptions) -> String {
    let text = |name: &std::ffi::OsStr| name.to_string_lossy().into_owned();
    let stem = path.file_stem().map_or_else(|| "model".to_owned(), text);
    // However the path is written: the name is part of the manifest.
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let directory = absolute.parent().and_then(Path::file_name).map(text);
    let of_file = || if stem == "model" { directory.unwrap_or(stem) } else { stem };
    options.name.clone().unwrap_or_else(of_file)
}

/// What is compiled.
pub(crate) struct Source<'a> {
    pub(crate) onnx: &'a OnnxFile,
    /// The digest by which the model is known.
    pub(crate) digest: Digest,
    /// The file that they are from.
    pub(crate) path: Option<&'a Path>,
    pub(crate) name: String,
    pub(crate) samples: Option<&'a InputFile>,
    pub(crate) samples_path: Option<&'a Path>,
    /// Whether the samples are the input itself, for want of better ones.
    pub(crate) is_guess: bool,
}

impl Source<'_> {
    /// The float model, of which samples at hand fix the sizes that the file leaves open.
    pub(crate) fn import(&self, options: &CompileOptions) -> Result<Float, Error> {
        let shapes = self.samples.map(|samples| {
            let names: Vec<String> = self.onnx.inputs().map(|input| input.name).collect();
            samples.shapes(&names)
        });
        let options = ImportOptions {
            dims: options.dims.clone(),
            shapes: shapes.unwrap_or_default(),
            outputs: options.outputs.clone(),
            ..ImportOptions::default()
        };
        import(self.onnx, self.path, &options)
    }

    pub(crate) fn compile(
        &self,
        options: &CompileOptions,
        events: &mut Events<'_>,
    ) -> Result<Compilation, Error> {
        options.check()?;
        events(Event::Stage("reading the model"));
        let Float { model, dims, notes } = self.import(options)?;
        let calibration = self.calibration(&model, options)?;
        events(Event::Stage("choosing number formats"));
        let (settings, measured) = lionml_graph::calibrate(&model, &calibration)?;
        let quantized = lionml_graph::quantize(&model, &settings)?;
        let (inputs, outputs) = visibilities(&model, options)?;
        let plan = Plan::single(quantized.interface("model", &inputs, &outputs)?);
        let manifest = Manifest::new(&self.name, self.digest, dims, settings, plan)?;
        let mut warnings = notes;
        warnings.extend(self.warnings(&model, options, &manifest)?);
        warnings.extend(self.precision(&model, &measured, options));
        events(Event::Stage("writing the circuit"));
        let (compiled, lowered) = CompiledModel::new(manifest, vec![quantized])?;
        let nodes = node_reports(&measured, lowered.iter().flat_map(|part| &part.rows));
        let executable = Executable::new(lowered, compiled.manifest.digest()?);
        let ports = compiled.manifest.ports();
        let has_public = ports.iter().any(|port| port.visibility != Visibility::Private);
        if !has_public {
            warnings.push("nothing is public: a proof says only that some input exists".to_owned());
        }
        let report = CompileReport {
            model: self.name.clone(),
            onnx: compiled.manifest.onnx.to_string(),
            manifest: compiled.manifest.digest()?.to_string(),
            circuit: compiled.circuits(),
            inputs: compiled.manifest.inputs().into_iter().cloned().collect(),
            outputs: compiled.manifest.outputs().into_iter().cloned().collect(),
            nodes,
            output_errors: measured.errors(),
            samples: measured.samples(),
            classes: measured.classes(),
            held_out: measured.held_out.map(|Fidelity { samples, errors, classes }| HeldOut {
                samples,
                output_errors: errors,
                classes,
            }),
            random: calibration.samples.is_empty(),
            evaluations: measured.evaluations,
            sizes: executable.sizes(&compiled.manifest.plan)?,
            files: Vec::new(),
            warnings,
        };
        Ok(Compilation { float: model, compiled, executable, report })
    }

    /// What settings are chosen from, and what is to be said about it.
    pub(crate) fn calibration(
        &self,
        model: &Model,
        options: &CompileOptions,
    ) -> Result<Calibration, Error> {
        let inputs: Vec<(&str, &Shape)> = model.inputs().map(|(_, n, s, _)| (n, s)).collect();
        let samples = match self.samples {
            Some(file) => file.bind(&inputs).map_err(|source| Error::Input {
                path: self.samples_path.unwrap_or(Path::new("samples")).to_owned(),
                source,
            })?,
            None => Vec::new(),
        };
        for (input, set) in inputs.iter().zip(0..).flat_map(|(input, index)| {
            samples.iter().filter_map(move |set| Some((input, set.get(index)?)))
        }) {
            check_finite(input.0, set)?;
        }
        let input_ranges = input_ranges(model, options)?;
        if samples.is_empty()
            && let Some(input) = open_inputs(model, &input_ranges, |e| e == Element::Float).next()
        {
            return Err(RequestError::NoRange { input: input.to_owned() }.into());
        }
        Ok(Calibration {
            samples,
            input_ranges,
            goal: options.goal(),
            bits: options.bits,
            bounds: options.bounds,
        })
    }

    /// What is to be said about where ranges come from.
    pub(crate) fn warnings(
        &self,
        model: &Model,
        options: &CompileOptions,
        manifest: &Manifest,
    ) -> Result<Vec<String>, Error> {
        if !self.is_guess {
            return Ok(Vec::new());
        }
        let input_ranges = input_ranges(model, options)?;
        let is_guessed = |element| match element {
            Element::Float => true,
            Element::Integer { bits, .. } => bits > 8,
            Element::Boolean => false,
        };
        let open: Vec<&str> = open_inputs(model, &input_ranges, is_guessed).collect();
        let ports = manifest.inputs().into_iter().filter(|port| open.contains(&port.name.as_str()));
        let warning = |port: &Port| {
            format!(
                "the range of input `{}`, from {} to {}, is taken from the given input: give samples or an \
                 input range to compile for others",
                port.name,
                port.scale.dequantize(port.interval.low()),
                port.scale.dequantize(port.interval.high()),
            )
        };
        Ok(ports.map(warning).collect())
    }

    /// What is to be said of the precision: on what it was measured, what an error is relative to where
    /// an output has no span, and where the target was not reached.
    pub(crate) fn precision(
        &self,
        model: &Model,
        measured: &CalibrationReport,
        options: &CompileOptions,
    ) -> Vec<String> {
        let floats = model.outputs().iter().filter(|output| output.element == Element::Float);
        let without_span = floats.filter(|output| measured.without_span.contains(&output.name));
        let names: Vec<String> = without_span.map(|output| format!("`{}`", output.name)).collect();
        let of_value = match &names[..] {
            [] => None,
            [name] => Some(format!("the value of output {name}, which")),
            names => Some(format!("the values of outputs {}, each of which", names.join(", "))),
        };
        let of_value = of_value.map(|outputs| {
            format!("relative to {outputs} is the same throughout and so has no span")
        });
        let mut warnings = Vec::new();
        if self.is_guess {
            let relative = of_value.map_or_else(String::new, |of_value| format!(", {of_value}"));
            warnings.push(format!(
                "precision is measured on the given input alone{relative}: that on others is not known; give \
                 samples to compile for others"
            ));
        } else if let Some(of_value) = of_value {
            warnings.push(format!("precision is measured {of_value}: give more samples"));
        }
        if options.bits.is_none() {
            warnings.extend(missed_goal(model, measured, options.goal()));
        }
        warnings
    }
}

/// What is to be said where number formats miss what they should reach, and on which samples.
fn missed_goal(model: &Model, measured: &CalibrationReport, goal: Goal) -> Option<String> {
    let miss = |fidelity: &Fidelity| match goal {
        Goal::Error(most) => {
            let mut outputs = model.outputs().iter().zip(&fidelity.errors);
            let (output, error) = outputs.find(|(_, error)| **error > most)?;
            let has_span = !measured.without_span.contains(&output.name);
            let whole = if has_span { "span" } else { "value" };
            Some((
                format!("target error of {most:e}"),
                format!("output `{}` differs by up to {error:.2e} of its {whole}", output.name),
            ))
        }
        Goal::Classes(least) if fidelity.classes < least => {
            let percent = |share: f64| format!("{:.2} %", 100.0 * share);
            Some((
                format!("target of {} equal classes", percent(least)),
                format!("the classes of {} are equal", percent(fidelity.classes)),
            ))
        }
        Goal::Classes(_) => None,
    };
    if let Some((target, missed)) = miss(&measured.chosen_by) {
        return Some(format!(
            "the {target} was not reached: {missed}, and more bits do not help; give more samples or \
             another target"
        ));
    }
    let held_out = measured.held_out.as_ref()?;
    let (target, missed) = miss(held_out)?;
    Some(format!(
        "the {target} was reached on the {} samples that number formats were chosen by, and not on the {} \
         held out, where {missed}",
        measured.chosen_by.samples, held_out.samples,
    ))
}

/// The inputs of certain elements whose range nobody declared.
fn open_inputs<'a>(
    model: &'a Model,
    ranges: &'a [Option<(f64, f64)>],
    is_open: impl Fn(Element) -> bool + 'a,
) -> impl Iterator<Item = &'a str> {
    let inputs = model.inputs().zip(ranges);
    inputs
        .filter(move |((.., element), range)| range.is_none() && is_open(*element))
        .map(|((_, name, ..), _)| name)
}

fn check_finite(input: &str, values: &Tensor<f64>) -> Result<(), Error> {
    match values.data().iter().position(|value| !value.is_finite()) {
        Some(element) => Err(lionml_graph::GraphError::InputNotFinite {
            input: input.to_owned(),
            element,
            value: values.data()[element].to_string(),
        }
        .into()),
        None => Ok(()),
    }
}

fn known_ports(model: &Model) -> Vec<String> {
    let inputs = model.inputs().map(|(_, name, ..)| name.to_owned());
    inputs.chain(model.outputs().iter().map(|output| output.name.clone())).collect()
}

/// No input is declared to be larger: integers of so many bits are exact in floats.
const LARGEST: f64 = (1u64 << 53) as f64;

fn input_ranges(
    model: &Model,
    options: &CompileOptions,
) -> Result<Vec<Option<(f64, f64)>>, RequestError> {
    let is_input = |name: &str| model.inputs().any(|(_, input, ..)| input == name);
    if let Some(name) = options.input_ranges.keys().find(|name| !is_input(name)) {
        let known = model.inputs().map(|(_, input, ..)| input.to_owned()).collect();
        return Err(RequestError::UnknownPort { name: name.clone(), known });
    }
    model
        .inputs()
        .map(|(_, name, ..)| {
            let range = options.input_ranges.get(name).copied().or(options.input_range);
            match range {
                Some((low, high)) if !(low.abs().max(high.abs()) <= LARGEST && low <= high) => {
                    Err(RequestError::Range { input: name.to_owned(), low, high })
                }
                range => Ok(range),
            }
        })
        .collect()
}

/// The visibilities of inputs and outputs.
fn visibilities(
    model: &Model,
    options: &CompileOptions,
) -> Result<(Vec<Visibility>, Vec<Visibility>), RequestError> {
    let known = known_ports(model);
    if let Some(name) = options.visibility.keys().find(|name| !known.contains(name)) {
        return Err(RequestError::UnknownPort { name: name.clone(), known });
    }
    let of =
        |name: &str, default: Visibility| options.visibility.get(name).copied().unwrap_or(default);
    let inputs = model.inputs().map(|(_, name, ..)| of(name, options.input_visibility));
    let outputs = model.outputs().iter().map(|it| of(&it.name, options.output_visibility));
    Ok((inputs.collect(), outputs.collect()))
}

/// Errors and rows of each node; rows that belong to no node of the float model come last.
fn node_reports<'a>(
    measured: &CalibrationReport,
    rows: impl Iterator<Item = &'a (String, usize)>,
) -> Vec<NodeReport> {
    let mut rows: indexmap::IndexMap<&str, usize> =
        rows.fold(indexmap::IndexMap::new(), |mut sums, (node, rows)| {
            *sums.entry(node.as_str()).or_default() += rows;
            sums
        });
    let mut reports: Vec<_> = measured
        .nodes
        .iter()
        .map(|node| NodeReport {
            node: node.node.clone(),
            op: node.op.clone(),
            number: Some(node.number),
            max_error: Some(node.max_error),
            relative_error: Some(node.relative_error),
            constraints: rows.shift_remove(node.node.as_str()).unwrap_or_default(),
        })
        .collect();
    reports.extend(rows.into_iter().filter(|(_, rows)| *rows > 0).map(|(node, constraints)| {
        NodeReport {
            node: node.to_owned(),
            op: String::new(),
            number: None,
            max_error: None,
            relative_error: None,
            constraints,
        }
    }));
    reports
}
