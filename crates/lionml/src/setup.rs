//! Keys of a compiled model.

use std::{path::PathBuf, time::Instant};

use lionml_varuna::SrsKind;
use serde::{Deserialize, Serialize};

use crate::{
    CompiledModel, Error, Event, Events, RequestError, Sizes, SrsOptions, artifact::load, files,
    options::insecure,
};

/// Makes the keys of a compiled model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// The compiled model.
    pub model: PathBuf,
    /// The directory for `model.pk`, `model.vk` and `model.manifest`.
    pub output: PathBuf,
    /// The reference string.
    #[serde(default)]
    pub srs: SrsOptions,
}

/// What a set-up made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SetupReport {
    /// The name of the model.
    pub model: String,
    /// The SHA-256 of `model.vk`: whoever verifies should get it from a source that they trust.
    pub key: String,
    /// The digest of the manifest.
    pub manifest: String,
    /// The digest of the circuit.
    pub circuit: String,
    /// The reference string.
    pub srs: SrsKind,
    /// The sizes of the circuit.
    #[serde(flatten)]
    pub sizes: Sizes,
    /// How long the set-up took.
    pub setup_seconds: f64,
    /// The most memory that the process held.
    pub peak_bytes: Option<u64>,
    /// Where the files are.
    #[serde(serialize_with = "crate::json::paths")]
    pub files: Vec<PathBuf>,
    /// What to think about.
    pub warnings: Vec<String>,
}

/// The files of keys in a directory.
pub(crate) const PROVER_KEY: &str = "model.pk";
pub(crate) const VERIFIER_KEY: &str = "model.vk";
pub(crate) const MANIFEST: &str = "model.manifest";

impl Setup {
    /// Makes the keys and writes them.
    pub fn execute(&self, events: &mut Events<'_>) -> Result<SetupReport, Error> {
        let compiled = load(&self.model, CompiledModel::from_bytes)?;
        if self.output.is_file() {
            return Err(RequestError::NotDirectory { path: self.output.clone() }.into());
        }
        for name in [PROVER_KEY, VERIFIER_KEY, MANIFEST] {
            files::check_writable(&self.output.join(name), [&*self.model])?;
        }
        let executable = compiled.executable()?;
        let sizes = executable.sizes(&compiled.manifest.plan)?;
        events(Event::Stage("loading the reference string"));
        let srs = self.srs.load(executable.max_degree())?;
        events(Event::Stage("making the keys"));
        let start = Instant::now();
        let prover = compiled.setup_executable(executable, &srs)?;
        let setup_seconds = start.elapsed().as_secs_f64();
        let files = prover.store(&self.output)?;
        Ok(SetupReport {
            model: compiled.manifest.model.clone(),
            key: prover.verifier().digest()?.to_string(),
            manifest: compiled.manifest.digest()?.to_string(),
            circuit: compiled.circuits(),
            srs: srs.kind(),
            sizes,
            setup_seconds,
            peak_bytes: crate::memory::peak_bytes(),
            files,
            warnings: insecure(srs.kind()),
        })
    }
}
