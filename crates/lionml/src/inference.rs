//! What is reported of an inference that was checked or proved.

use std::path::PathBuf;

use lionml_varuna::SrsKind;
use serde::Serialize;

use crate::{
    CompiledModel, Error, FieldText, Manifest, Port, Scalar, Sizes, Visibility,
    executable::Executable, memory, options::insecure,
};

/// An inference that was checked or proved. Steps that were not taken took zero seconds and made
/// zero bytes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InferenceReport {
    /// The name of the model.
    pub model: String,
    /// What a proof of it says, in words.
    pub statement: String,
    /// Whether the proof verifies; for a check, whether the witness satisfies every row.
    pub verified: bool,
    /// The name of each output.
    pub output_names: Vec<String>,
    /// The values of each output, flat; of the first instance where there are many.
    pub outputs: Vec<Vec<Scalar>>,
    /// The outputs of every instance, where there are many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<Vec<Vec<Vec<Scalar>>>>,
    /// The number of instances.
    pub instances: usize,
    /// The sizes of the circuit.
    #[serde(flatten)]
    pub sizes: Sizes,
    /// How long it took to get the keys: to make them, or to prepare stored ones.
    pub setup_seconds: f64,
    /// How long the proof took, the witness included.
    pub prove_seconds: f64,
    /// How long the verification took, from the bytes of the proof's file.
    pub verify_seconds: f64,
    /// The length of Varuna's proof.
    pub proof_bytes: usize,
    /// The most memory that the process held, where the system tells.
    pub peak_bytes: Option<u64>,
    /// The reference string of the keys.
    pub srs: Option<SrsKind>,
    /// The digest of the verifying key's file.
    pub key: Option<String>,
    /// The digest of the manifest.
    pub manifest: String,
    /// What the proof is bound to.
    pub context: Option<FieldText>,
    /// The largest difference of an output from the float model, where that was run.
    pub max_error: Option<f64>,
    /// Whether model and keys came from the cache.
    pub cached: bool,
    /// Where the files are.
    #[serde(serialize_with = "crate::json::paths")]
    pub files: Vec<PathBuf>,
    /// What to think about.
    pub warnings: Vec<String>,
}

/// What proofs of a model say.
fn in_words(manifest: &Manifest) -> String {
    let list = |ports: &[&Port]| {
        let port = |port: &&Port| {
            let how = match port.visibility {
                Visibility::Public | Visibility::Packed => "the shown",
                Visibility::Hashed => "the hashed",
                Visibility::Private => "some hidden",
            };
            format!("{how} `{}`", port.name)
        };
        ports.iter().map(port).collect::<Vec<_>>().join(", ")
    };
    format!(
        "{} gives {} for {}",
        manifest.model,
        list(&manifest.outputs()),
        list(&manifest.inputs())
    )
}

impl InferenceReport {
    pub(crate) fn new(
        compiled: &CompiledModel,
        executable: &Executable,
        outputs: &[Vec<Vec<Scalar>>],
    ) -> Result<Self, Error> {
        let names = compiled.manifest.outputs().into_iter().map(|port| port.name.clone());
        Ok(Self {
            model: compiled.manifest.model.clone(),
            statement: in_words(&compiled.manifest),
            verified: false,
            output_names: names.collect(),
            outputs: outputs.first().cloned().unwrap_or_default(),
            batch: (outputs.len() > 1).then(|| outputs.to_vec()),
            instances: outputs.len(),
            sizes: executable.sizes(&compiled.manifest.plan)?,
            setup_seconds: 0.0,
            prove_seconds: 0.0,
            verify_seconds: 0.0,
            proof_bytes: 0,
            peak_bytes: memory::peak_bytes(),
            srs: None,
            key: None,
            manifest: executable.manifest.to_string(),
            context: None,
            max_error: None,
            cached: false,
            files: Vec::new(),
            warnings: Vec::new(),
        })
    }

    pub(crate) fn warn_of(&mut self, srs: SrsKind) {
        self.warnings.extend(insecure(srs));
    }
}
