//! Verification of a proof's file.

use std::{path::PathBuf, time::Instant};

use serde::{Deserialize, Serialize};

use crate::{
    Error, Event, Events, Manifest, MismatchError, Opening, ProofFile, RequestError, Scalar,
    Verified, VerifierKey, VerifyOptions, artifact::load, digest_from_hex, element::parse_context,
    options::insecure,
};

/// Verifies a proof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// The proof.
    pub proof: PathBuf,
    /// The verifying key.
    pub vk: PathBuf,
    /// The manifest that the key must hold.
    #[serde(default)]
    pub manifest: Option<PathBuf>,
    /// The SHA-256 that the verifying key's file must have.
    #[serde(default)]
    pub key: Option<String>,
    /// What the proof must be bound to; anything where none is given, and the report says so.
    #[serde(default)]
    pub context: Option<String>,
    /// The opening of the proof's digests: what they are of is proven then.
    #[serde(default)]
    pub opening: Option<PathBuf>,
    /// Whether proofs over the development reference string pass.
    #[serde(default)]
    pub allow_insecure: bool,
}

/// What a proof proves, and what it does not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerifyReport {
    /// Always true: a proof that does not verify is an error.
    pub verified: bool,
    /// The name of the model, as its manifest has it.
    pub model: String,
    /// The digest of the ONNX file, as the manifest has it.
    pub onnx: String,
    /// The digest of the manifest, which the circuit pins.
    pub manifest: String,
    /// The digest of the verifying key's file.
    pub key: String,
    /// What is proven.
    #[serde(flatten)]
    pub verified_statement: Verified,
    /// The values of each output, flat, of the first instance; null where hidden.
    pub outputs: Vec<Option<Vec<Scalar>>>,
    /// How long the verification took.
    pub verify_seconds: f64,
    /// The length of Varuna's proof.
    pub proof_bytes: usize,
    /// What the proof does not say.
    pub not_proven: Vec<String>,
    /// What to think about.
    pub warnings: Vec<String>,
}

impl Verify {
    /// Verifies the proof.
    pub fn execute(&self, events: &mut Events<'_>) -> Result<VerifyReport, Error> {
        let context = self.context.as_deref().map(parse_context).transpose()?;
        let verifier = load(&self.vk, VerifierKey::from_bytes)?;
        let digest = verifier.digest()?;
        if let Some(text) = &self.key {
            let expected = digest_from_hex(&text.to_ascii_lowercase())
                .ok_or_else(|| RequestError::Digest { text: text.clone() })?;
            if expected != digest {
                return Err(MismatchError::ExpectedKey { expected, got: digest }.into());
            }
        }
        if let Some(path) = &self.manifest {
            verifier.check_manifest(&load(path, Manifest::from_bytes)?)?;
        }
        let proof = load(&self.proof, ProofFile::from_bytes)?;
        events(Event::Stage("verifying"));
        let start = Instant::now();
        let options = VerifyOptions { context, allow_insecure: self.allow_insecure };
        let mut verified = verifier.verify(&proof, &options)?;
        if let Some(path) = &self.opening {
            let opening = load(path, Opening::from_bytes)?;
            opening.open(&proof, &verifier.manifest, &mut verified)?;
        }
        let verify_seconds = start.elapsed().as_secs_f64();
        let insecure = insecure(verified.srs);
        let outputs = verified.instances.first().map_or_else(Vec::new, |instance| {
            instance.outputs.iter().map(|output| output.values.clone()).collect()
        });
        Ok(VerifyReport {
            verified: true,
            model: verifier.manifest.model.clone(),
            onnx: verifier.manifest.onnx.to_string(),
            manifest: verifier.manifest.digest()?.to_string(),
            key: digest.to_string(),
            not_proven: not_proven(&verifier.manifest, self),
            verified_statement: verified,
            outputs,
            verify_seconds,
            proof_bytes: proof.proof.as_bytes().len(),
            warnings: insecure,
        })
    }
}

/// What a reader could think that the proof says, and it does not.
fn not_proven(manifest: &Manifest, request: &Verify) -> Vec<String> {
    use lionml_statement::Visibility;
    let mut list = Vec::new();
    if request.key.is_none() {
        list.push(
            "that the key is the model's: compare its digest with a source that you trust, or \
             run `lionml audit` on the ONNX file"
                .to_owned(),
        );
    }
    if request.context.is_none() {
        list.push("that the proof was made for you: no context was asked for".to_owned());
    }
    let has = |visibility| manifest.inputs().iter().any(|port| port.visibility == visibility);
    if has(Visibility::Private) {
        list.push(
            "that a private input is fresh, true or anybody's: only that one exists".to_owned(),
        );
    }
    if has(Visibility::Hashed) {
        list.push(
            "where a hashed input comes from: compare its digest with one that you know".to_owned(),
        );
    }
    list.push("that the model is any good, or who ran it".to_owned());
    list.push("that floats give the same values: the integers of the compiled model do".to_owned());
    list
}
