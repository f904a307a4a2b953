//! The peer: ezkl, as its Python package has it, one process for each step.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use lionml::{Event, Events};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tempfile::TempDir;

use crate::{Error, SuiteModel, TestSet, measure::median, suite::class_of};

/// An installed ezkl.
#[derive(Clone, Debug, PartialEq)]
pub struct Ezkl {
    /// The Python that has it.
    pub python: PathBuf,
    /// Where its reference strings are kept: they take minutes to make.
    pub cache: Option<PathBuf>,
}

/// What a model took with ezkl: private inputs, fixed weights, public outputs, calibrated for
/// resources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EzklMeasurement {
    /// The logarithm of the number of rows.
    pub logrows: u32,
    /// Fraction bits of the inputs.
    pub input_scale: i32,
    /// Fraction bits of the weights.
    pub param_scale: i32,
    /// To choose the settings.
    pub calibrate_seconds: f64,
    /// To compute the witness: no part of the time to prove.
    pub witness_seconds: f64,
    /// From the compiled model to keys.
    pub setup_seconds: f64,
    /// From the witness to a proof; reading the proving key is part of it.
    pub prove_seconds: f64,
    /// To verify the proof.
    pub verify_seconds: f64,
    /// The largest peak of resident memory of set-up, proof and verification.
    pub peak_bytes: u64,
    /// The proof.
    pub proof_bytes: usize,
    /// The file of the proving key.
    pub pk_bytes: u64,
    /// The file of the verifying key.
    pub vk_bytes: u64,
    /// How many held-out samples it was run on.
    pub samples: usize,
    /// How many of them it classifies correctly.
    pub correct: usize,
    /// The classes of those samples.
    pub classes: Vec<usize>,
}

/// How many training samples settings are chosen by: each costs seconds.
const CALIBRATION_SAMPLES: usize = 8;

const STEP: &str = include_str!("ezkl_step.py");

#[derive(Deserialize)]
struct Step {
    seconds: f64,
    peak_bytes: u64,
    #[serde(default)]
    result: Value,
}

impl Ezkl {
    /// The version of the package; an error with a hint where there is none.
    pub fn version(&self) -> Result<String, Error> {
        let output = self.spawn("version", Path::new("."))?;
        match step_of(&output).map(|step| step.result) {
            Ok(Value::String(version)) => Ok(version),
            Ok(_) => Err(Error::EzklFile { file: "package", field: "version" }),
            Err(reason) => Err(Error::NoEzkl { python: self.python.clone(), reason }),
        }
    }

    /// Measures a model, each step `runs` times, and its classes on these held-out samples.
    pub fn measure(
        &self,
        model: &SuiteModel,
        test: &TestSet,
        runs: usize,
        events: &mut Events<'_>,
    ) -> Result<EzklMeasurement, Error> {
        let folder = TempDir::new()?;
        let folder = folder.path();
        write_inputs(model, test, folder)?;
        let mut step = |name: &'static str| {
            events(Event::Stage(&format!("{}: ezkl, {name}", model.name)));
            self.step(name, model, folder)
        };
        step("gen_settings")?;
        let calibrate = step("calibrate")?;
        step("compile")?;
        let settings = Settings::read(folder)?;
        let kept = self.cache.as_ref().map(|cache| cache.join(settings.logrows.to_string()));
        let srs = folder.join("srs");
        match kept {
            Some(kept) if kept.is_file() => {
                fs_err::copy(kept, srs)?;
            }
            kept => {
                step("gen_srs")?;
                if let Some((kept, directory)) = kept.as_ref().zip(self.cache.as_ref()) {
                    fs_err::create_dir_all(directory)?;
                    let partial = tempfile::NamedTempFile::new_in(directory)?;
                    fs_err::copy(srs, partial.path())?;
                    partial.persist(kept).map_err(|error| error.error)?;
                }
            }
        }
        let witness = step("witness")?;
        let mut repeat = |name| (0..runs).map(|_| step(name)).collect::<Result<Vec<_>, _>>();
        let [setup, prove, verify] = [repeat("setup")?, repeat("prove")?, repeat("verify")?];
        if verify.iter().any(|step| step.result != Value::Bool(true)) {
            let (what, model) = ("ezkl's `verify`".to_owned(), model.name.to_owned());
            return Err(Error::Process { what, model, reason: "the proof is refused".to_owned() });
        }
        let classes = classes(&step("outputs")?.result)?;
        let seconds = |steps: &[Step]| median(steps.iter().map(|step| step.seconds));
        // The largest of the steps' peaks; of each step the middle of its runs.
        let peak = |steps: &[Step]| {
            let mut peaks: Vec<u64> = steps.iter().map(|step| step.peak_bytes).collect();
            peaks.sort_unstable();
            peaks.get(peaks.len() / 2).copied().unwrap_or_default()
        };
        Ok(EzklMeasurement {
            logrows: settings.logrows,
            input_scale: settings.input_scale,
            param_scale: settings.param_scale,
            calibrate_seconds: calibrate.seconds,
            witness_seconds: witness.seconds,
            setup_seconds: seconds(&setup),
            prove_seconds: seconds(&prove),
            verify_seconds: seconds(&verify),
            peak_bytes: peak(&setup).max(peak(&prove)).max(peak(&verify)),
            proof_bytes: proof_bytes(folder)?,
            pk_bytes: fs_err::metadata(folder.join("pk.key"))?.len(),
            vk_bytes: fs_err::metadata(folder.join("vk.key"))?.len(),
            samples: classes.len(),
            correct: classes.iter().zip(&test.labels).filter(|(a, b)| a == b).count(),
            classes,
        })
    }

    fn spawn(&self, step: &str, folder: &Path) -> Result<Output, Error> {
        let mut command = Command::new(&self.python);
        command.args(["-c", STEP, step]).current_dir(folder);
        let start = |source| Error::Start { program: self.python.clone(), source };
        command.output().map_err(start)
    }

    fn step(&self, step: &str, model: &SuiteModel, folder: &Path) -> Result<Step, Error> {
        step_of(&self.spawn(step, folder)?).map_err(|reason| Error::Process {
            what: format!("ezkl's `{step}`"),
            model: model.name.to_owned(),
            reason,
        })
    }
}

/// What a step printed last; the last line of its complaint where it failed.
fn step_of(output: &Output) -> Result<Step, String> {
    let last = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.trim_end().lines().next_back().unwrap_or_default().to_owned()
    };
    if !output.status.success() {
        return Err(last(&output.stderr));
    }
    serde_json::from_str(&last(&output.stdout)).map_err(|error| error.to_string())
}

fn write_inputs(model: &SuiteModel, test: &TestSet, folder: &Path) -> Result<(), Error> {
    let flat = |set: &Vec<_>| set.iter().flat_map(lionml::Tensor::data).copied().collect();
    let inputs: Vec<Vec<f64>> = test.inputs.iter().map(flat).collect();
    let first = inputs.first().ok_or(Error::TestSet { model: model.name })?;
    let samples = model.first_samples(CALIBRATION_SAMPLES)?;
    let data = |values: &[f64]| serde_json::json!({ "input_data": [values] }).to_string();
    fs_err::write(folder.join("model.onnx"), model.onnx)?;
    fs_err::write(folder.join("input.json"), data(first))?;
    fs_err::write(folder.join("samples.json"), data(&samples))?;
    Ok(fs_err::write(folder.join("test.json"), serde_json::json!(inputs).to_string())?)
}

struct Settings {
    logrows: u32,
    input_scale: i32,
    param_scale: i32,
}

impl Settings {
    fn read(folder: &Path) -> Result<Self, Error> {
        let text = fs_err::read_to_string(folder.join("settings.json"))?;
        let settings: Value = serde_json::from_str(&text).unwrap_or_default();
        let field = |field: &'static str| {
            let value = settings["run_args"][field].as_i64();
            value
                .and_then(|value| i32::try_from(value).ok())
                .ok_or(Error::EzklFile { file: "settings.json", field })
        };
        let logrows = field("logrows")?.unsigned_abs();
        let (input_scale, param_scale) = (field("input_scale")?, field("param_scale")?);
        Ok(Self { logrows, input_scale, param_scale })
    }
}

fn proof_bytes(folder: &Path) -> Result<usize, Error> {
    let text = fs_err::read_to_string(folder.join("proof.json"))?;
    let proof: Value = serde_json::from_str(&text).unwrap_or_default();
    let bytes = proof["proof"].as_array();
    bytes.map(Vec::len).ok_or(Error::EzklFile { file: "proof.json", field: "proof" })
}

fn classes(outputs: &Value) -> Result<Vec<usize>, Error> {
    let outputs: Option<Vec<Vec<f64>>> = serde_json::from_value(outputs.clone()).ok();
    let outputs = outputs.ok_or(Error::EzklFile { file: "witness", field: "outputs" })?;
    Ok(outputs.iter().map(|scores| class_of(scores)).collect())
}
