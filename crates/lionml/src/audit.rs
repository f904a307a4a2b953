//! Whether a verifying key is that of a model: everything is made again from the ONNX file and the
//! frozen settings of the manifest, and compared byte by byte. What the settings cost is measured, and
//! decides nothing.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use lionml_graph::GraphError;
use lionml_onnx::ImportOptions;
use lionml_ops::OpError;
use lionml_statement::{Plan, Port, Visibility};
use lionml_varuna::SrsKind;
use serde::{Deserialize, Serialize};

use crate::{
    CompiledModel, Error, Event, Events, InputFile, Manifest, MismatchError, Rejection, SrsOptions,
    VerifierKey,
    artifact::load,
    import::{Float, import},
    model_file::ModelFile,
    options::insecure,
};

/// Audits a verifying key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// The ONNX file.
    pub model: PathBuf,
    /// The manifest.
    pub manifest: PathBuf,
    /// Samples on which the number formats are compared with floats; without any, random inputs.
    #[serde(default)]
    pub samples: Option<PathBuf>,
    /// The verifying key.
    pub vk: PathBuf,
    /// Where larger powers are; the kind of the reference string is that of the key.
    #[serde(default)]
    pub srs: SrsOptions,
    /// Whether keys over the development reference string pass.
    #[serde(default)]
    pub allow_insecure: bool,
}

/// What an audit found: everything is as it should be, or there would be an error.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuditReport {
    /// Always true.
    pub verified: bool,
    /// The name of the model.
    pub model: String,
    /// The digest of the ONNX file.
    pub onnx: String,
    /// The digest of the manifest.
    pub manifest: String,
    /// The digest of the circuit.
    pub circuit: String,
    /// The digest of the verifying key's file.
    pub key: String,
    /// The reference string of the key.
    pub srs: SrsKind,
    /// What the number formats cost: the settings are whatever the maker of the key chose.
    pub fidelity: Fidelity,
    /// What to think about.
    pub warnings: Vec<String>,
}

impl Audit {
    /// Makes everything again and compares.
    pub fn execute(&self, events: &mut Events<'_>) -> Result<AuditReport, Error> {
        let manifest = load(&self.manifest, Manifest::from_bytes)?;
        let verifier = load(&self.vk, VerifierKey::from_bytes)?;
        verifier.check_manifest(&manifest)?;
        let Recompiled { compiled, fidelity } =
            recompile(&self.model, &self.manifest, self.samples.as_deref(), events)?;
        let executable = compiled.executable()?;
        events(Event::Stage("checking the certificate"));
        let kind = verifier.check_certificates(&executable)?;
        if kind == SrsKind::Development && !self.allow_insecure {
            return Err(Rejection::Insecure.into());
        }
        events(Event::Stage("making the keys"));
        let srs = SrsOptions { kind, ..self.srs.clone() };
        let srs = srs.load(executable.max_degree())?;
        let made = compiled.setup_executable(executable, &srs)?;
        // Bytes, not ids: a changed key can have the same id and verify the same proofs.
        if made.verifier().to_bytes()? != verifier.to_bytes()? {
            return Err(MismatchError::RecomputedKey.into());
        }
        Ok(AuditReport {
            verified: true,
            model: manifest.model.clone(),
            onnx: manifest.onnx.to_string(),
            manifest: manifest.digest()?.to_string(),
            circuit: compiled.circuits(),
            key: verifier.digest()?.to_string(),
            srs: kind,
            warnings: insecure(kind).into_iter().chain(fidelity.warning()).collect(),
            fidelity,
        })
    }
}

/// A model compiled again.
#[derive(Clone, Debug)]
pub struct Recompiled {
    /// The compiled model.
    pub compiled: CompiledModel,
    /// How far it is from the ONNX file.
    pub fidelity: Fidelity,
}

/// How far a model in integers is from the same model in floats.
///
/// A key that is made again byte by byte shows which settings it is of, and settings can be any: with
/// all weights rounded to nothing a model answers the same to every input.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fidelity {
    /// What each input may be. An error is small beside inputs that are larger than any that is
    /// meant, so an auditor looks at these.
    pub ranges: Vec<InputRange>,
    /// The largest error of any output, relative to the span of that output over the inputs; none
    /// where these inputs are outside of the model's calibrated bounds.
    pub relative_error: Option<f64>,
    /// How many inputs it was measured on.
    pub inputs: usize,
    /// Whether these were random ones, in the ranges of the manifest.
    pub random: bool,
}

/// What an input may be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InputRange {
    /// The name of the input.
    pub input: String,
    /// Its smallest value.
    pub low: f64,
    /// Its largest value.
    pub high: f64,
    /// From one value to the next.
    pub step: f64,
}

/// What settings with the default target error are far from, even on random inputs.
const SUSPICIOUS_ERROR: f64 = 0.05;

impl Fidelity {
    /// The ranges as text, one after the other.
    pub fn ranges_text(&self) -> String {
        let text = |InputRange { input, low, high, step }: &InputRange| {
            format!("`{input}` from {low} to {high} in steps of {step:.3e}")
        };
        self.ranges.iter().map(text).collect::<Vec<_>>().join(", ")
    }

    /// What to think about.
    pub fn warning(&self) -> Option<String> {
        match self.relative_error {
            None => Some(
                "how far the integers are from the model was not measured: these inputs are outside of \
                 its calibrated bounds; give `--samples`"
                    .to_owned(),
            ),
            Some(error) if error > SUSPICIOUS_ERROR => {
                Some(format!("the integers are far from the model in the ONNX file: {self}"))
            }
            Some(_) => None,
        }
    }
}

impl fmt::Display for Fidelity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { relative_error, inputs, random, .. } = self;
        let kind = if *random { "random inputs" } else { "samples" };
        match relative_error {
            Some(error) => {
                write!(f, "at most {:.2} % of an output's span, on {inputs} {kind}", error * 100.0)
            }
            None => write!(f, "not measured: the {kind} are outside of the calibrated bounds"),
        }
    }
}

/// The compiled model that an ONNX file and the settings of a manifest determine, and how far it is
/// from that file, on samples or on random inputs.
pub fn recompile(
    onnx: &Path,
    manifest: &Path,
    samples: Option<&Path>,
    events: &mut Events<'_>,
) -> Result<Recompiled, Error> {
    let ModelFile { onnx: file, digest, .. } = ModelFile::read(onnx)?;
    let manifest = load(manifest, Manifest::from_bytes)?;
    if digest != manifest.onnx {
        return Err(MismatchError::Onnx { expected: manifest.onnx, got: digest }.into());
    }
    events(Event::Stage("compiling from the frozen settings"));
    let options = ImportOptions {
        dims: manifest.dims.clone(),
        outputs: manifest.outputs().iter().map(|port| port.name.clone()).collect(),
        ..ImportOptions::default()
    };
    let Float { model, dims, .. } = import(&file, Some(onnx), &options)?;
    let quantized = lionml_graph::quantize(&model, &manifest.settings)?;
    let interface = manifest.single("an audit")?;
    let of = |ports: &[Port]| ports.iter().map(|port| port.visibility).collect::<Vec<Visibility>>();
    let (inputs, outputs) = (of(&interface.inputs), of(&interface.outputs));
    let plan = Plan::single(quantized.interface("model", &inputs, &outputs)?);
    let Manifest { model: name, onnx, settings, .. } = manifest.clone();
    let made = Manifest::new(&name, onnx, dims, settings, plan)?;
    // A manifest may not say of inputs and outputs what the model does not.
    if made != manifest {
        return Err(MismatchError::Recomputed { got: made.digest()? }.into());
    }
    events(Event::Stage("comparing with floats"));
    let inputs = manifest.inputs().into_iter();
    let names: Vec<_> = inputs.map(|port| (port.name.as_str(), &port.shape)).collect();
    let sets = match samples {
        Some(path) => {
            let input = |source| Error::Input { path: path.to_owned(), source };
            InputFile::read(path)?.bind(&names).map_err(input)?
        }
        None => Vec::new(),
    };
    let random = sets.is_empty();
    let range = |port: &Port| InputRange {
        input: port.name.clone(),
        low: port.scale.dequantize(port.interval.low()),
        high: port.scale.dequantize(port.interval.high()),
        step: port.scale.dequantize(1),
    };
    let ranges = manifest.inputs().into_iter().map(range).collect();
    let fidelity = match lionml_graph::measure(&model, &manifest.settings, sets) {
        Ok(report) => {
            let error = report.errors().into_iter().fold(0.0, f64::max);
            Fidelity { ranges, relative_error: Some(error), inputs: report.samples(), random }
        }
        Err(GraphError::Op { source: OpError::OutsideCalibration { .. }, .. }) => {
            Fidelity { ranges, relative_error: None, inputs: 0, random }
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Recompiled { compiled: CompiledModel::new(made, vec![quantized])?.0, fidelity })
}
