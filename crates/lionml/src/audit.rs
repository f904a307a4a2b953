//! Whether a verifying key is that of a model: everything is made again from the ONNX file and the
//! frozen settings of the manifest, and compared byte by byte. Nothing is measured again.

use std::path::{Path, PathBuf};

use lionml_r1cs::Digest;
use lionml_varuna::{SrsKind, verify_certificate};
use serde::{Deserialize, Serialize};

use crate::{
    CompiledModel, Error, Event, Events, Manifest, MismatchError, Rejection, SrsOptions,
    VerifierKey, artifact::load, files, import::import, options::INSECURE,
};

/// Audits a verifying key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// The ONNX file.
    pub model: PathBuf,
    /// The manifest.
    pub manifest: PathBuf,
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
    /// What to think about.
    pub warnings: Vec<String>,
}

impl Audit {
    /// Makes everything again and compares.
    pub fn execute(&self, events: &mut Events<'_>) -> Result<AuditReport, Error> {
        let manifest = load(&self.manifest, Manifest::from_bytes)?;
        let verifier = load(&self.vk, VerifierKey::from_bytes)?;
        if verifier.manifest != manifest {
            let (expected, got) = (verifier.manifest.digest()?, manifest.digest()?);
            return Err(MismatchError::Manifest { expected, got }.into());
        }
        let compiled = recompile(&self.model, &self.manifest, events)?;
        let executable = compiled.executable()?;
        events(Event::Stage("checking the certificate"));
        let kind = verify_certificate(&verifier.key, &executable.circuit, &verifier.certificate)?;
        if kind == SrsKind::Development && !self.allow_insecure {
            return Err(Rejection::Insecure.into());
        }
        events(Event::Stage("making the keys"));
        let srs = SrsOptions { kind, ..self.srs.clone() };
        let srs = srs.load(executable.circuit.cost().max_degree())?;
        let made = compiled.setup_executable(executable, &srs)?;
        // Bytes, not ids: a changed key can have the same id and verify the same proofs.
        if made.verifier().to_bytes()? != verifier.to_bytes()? {
            return Err(MismatchError::RecomputedKey.into());
        }
        let is_insecure = kind == SrsKind::Development;
        Ok(AuditReport {
            verified: true,
            model: manifest.model.clone(),
            onnx: manifest.onnx.to_string(),
            manifest: manifest.digest()?.to_string(),
            circuit: compiled.circuit.to_string(),
            key: verifier.digest()?.to_string(),
            srs: kind,
            warnings: is_insecure.then(|| INSECURE.to_owned()).into_iter().collect(),
        })
    }
}

/// The compiled model that an ONNX file and the settings of a manifest determine: nothing is
/// measured again.
pub fn recompile(
    onnx: &Path,
    manifest: &Path,
    events: &mut Events<'_>,
) -> Result<CompiledModel, Error> {
    let bytes = files::read(onnx)?;
    let manifest = load(manifest, Manifest::from_bytes)?;
    let digest = Digest::of(&bytes);
    if digest != manifest.onnx {
        return Err(MismatchError::Onnx { expected: manifest.onnx, got: digest }.into());
    }
    events(Event::Stage("compiling from the frozen settings"));
    let model = import(&bytes, Some(onnx), &manifest.dims)?;
    let quantized = lionml_graph::quantize(&model, &manifest.settings)?;
    let made = Manifest::new(
        &manifest.model,
        manifest.onnx,
        manifest.dims.clone(),
        manifest.settings.clone(),
        &quantized,
        &manifest.visibilities(),
    )?;
    // A manifest may not say of inputs and outputs what the model does not.
    if made != manifest {
        return Err(MismatchError::Recomputed { got: made.digest()? }.into());
    }
    Ok(CompiledModel::new(made, quantized)?.0)
}
