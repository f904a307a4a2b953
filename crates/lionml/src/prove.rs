//! Proofs of a compiled model, in files.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use lionml_r1cs::Digest;
use lionml_statement::Interface;
use lionml_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};

use crate::{
    CompiledModel, Error, Event, Events, InferenceReport, InputFile, Manifest, Opening,
    ProveOptions, Proven, Prover, ProverKey, RequestError, SrsOptions, VerifierKey, VerifyOptions,
    Visibility,
    artifact::load,
    element::parse_context,
    executable::Inference,
    files::{self, Readers, Staged},
    setup::{PROVER_KEY, VERIFIER_KEY},
};

/// Proves a compiled model's outputs for a file of inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prove {
    /// The compiled model.
    pub model: PathBuf,
    /// The directory with its keys.
    pub keys: PathBuf,
    /// The file of inputs: one set, or many for one proof of all.
    pub input: PathBuf,
    /// The proof.
    pub output: PathBuf,
    /// What the proof is bound to: a decimal, or `0x` and hexadecimal digits.
    #[serde(default)]
    pub context: Option<String>,
    /// The salt of hashed inputs and outputs; random where none is given.
    #[serde(default)]
    pub salt: Option<u128>,
    /// Where larger powers are; the kind of the reference string is that of the keys.
    #[serde(default)]
    pub srs: SrsOptions,
}

impl Prove {
    /// Proves, verifies, and writes the proof.
    pub fn execute(&self, events: &mut Events<'_>) -> Result<InferenceReport, Error> {
        let context = self.context.as_deref().map(parse_context).transpose()?;
        let compiled = load(&self.model, CompiledModel::from_bytes)?;
        let key = load(&self.keys.join(PROVER_KEY), ProverKey::from_bytes)?;
        let verifier = load(&self.keys.join(VERIFIER_KEY), VerifierKey::from_bytes)?;
        compiled.check_keys(&key, &verifier)?;
        let inputs = read_inputs(&self.input, &compiled)?;
        let keys = [self.keys.join(PROVER_KEY), self.keys.join(VERIFIER_KEY)];
        let read = [&self.model, &self.input].into_iter().chain(&keys);
        let read: Vec<&Path> = read.map(|path| &**path).collect();
        check_output(&self.output, &compiled.manifest, &read)?;
        // Inputs that do not fit are found before the long work.
        let inferences = compiled.infer_sets(&inputs, &self.input)?;
        events(Event::Stage("loading the reference string"));
        let executable = compiled.executable()?;
        let srs = SrsOptions { kind: key.srs, ..self.srs.clone() }.load(executable.max_degree())?;
        events(Event::Stage("preparing the keys"));
        let start = Instant::now();
        let prover = compiled.prover_of(executable, &srs, &key, verifier)?;
        let setup_seconds = start.elapsed().as_secs_f64();
        let options = ProveOptions { context: context.unwrap_or_default(), salt: self.salt };
        let (proven, mut report) = prove_and_verify(&prover, &inferences, &options, events)?;
        report.setup_seconds = setup_seconds;
        report.files = write_proof(&self.output, &proven)?;
        Ok(report)
    }
}

/// The sets of inputs in a file, for a compiled model.
pub(crate) fn read_inputs(
    path: &Path,
    compiled: &CompiledModel,
) -> Result<Vec<Vec<Tensor<f64>>>, Error> {
    compiled.bind(&InputFile::read(path)?, path)
}

impl CompiledModel {
    /// The sets of inputs that a file holds for this model; the path is for errors.
    pub fn bind(&self, file: &InputFile, path: &Path) -> Result<Vec<Vec<Tensor<f64>>>, Error> {
        let ports = self.manifest.inputs().into_iter();
        let inputs: Vec<(&str, &Shape)> =
            ports.map(|port| (port.name.as_str(), &port.shape)).collect();
        file.bind(&inputs).map_err(|source| Error::Input { path: path.to_owned(), source })
    }
}

impl CompiledModel {
    /// The inferences of sets of inputs; the path is for errors.
    pub(crate) fn infer_sets(
        &self,
        inputs: &[Vec<Tensor<f64>>],
        path: &Path,
    ) -> Result<Vec<Inference>, Error> {
        let (count, path) = (inputs.len(), path.to_owned());
        let inferences = inputs.iter().enumerate().map(|(set, values)| {
            let error = |source| Error::InputSet { path: path.clone(), set, count, source };
            self.infer(values).map_err(error)
        });
        inferences.collect()
    }
}

/// A proof that is verified as its reader will, from the bytes of its file.
pub(crate) fn prove_and_verify(
    prover: &Prover,
    inferences: &[Inference],
    options: &ProveOptions,
    events: &mut Events<'_>,
) -> Result<(Proven, InferenceReport), Error> {
    events(Event::Stage("proving"));
    let start = Instant::now();
    let proven = prover.prove_inferences(inferences, options)?;
    let prove_seconds = start.elapsed().as_secs_f64();
    events(Event::Stage("verifying"));
    let start = Instant::now();
    let proof = crate::ProofFile::from_bytes(&proven.file.to_bytes()?)?;
    // Whoever proves has chosen the reference string; whoever verifies has to choose again.
    let demand = VerifyOptions { context: Some(options.context), allow_insecure: true };
    let verified = prover.verifier().verify(&proof, &demand)?;
    let verify_seconds = start.elapsed().as_secs_f64();
    let mut report = InferenceReport::new(prover.compiled(), prover.executable(), &proven.outputs)?;
    report.verified = true;
    report.srs = Some(verified.srs);
    report.proof_bytes = proof.proof.as_bytes().len();
    report.prove_seconds = prove_seconds;
    report.verify_seconds = verify_seconds;
    report.key = Some(prover.verifier().digest()?.to_string());
    report.context = Some(verified.context);
    report.warn_of(verified.srs);
    Ok((proven, report))
}

/// Finds out before long work whether a proof can be written here, and its opening where it will
/// have one: neither over a file that is read, nor a proof where an opening lies.
pub(crate) fn check_output(path: &Path, manifest: &Manifest, read: &[&Path]) -> Result<(), Error> {
    files::check_writable(path, read.iter().copied())?;
    if path.as_os_str().as_encoded_bytes().ends_with(OPENING_END.as_bytes()) {
        let value = path.display().to_string();
        let expected = "a name that does not end like that of an opening, `.opening.json`";
        return Err(RequestError::Field { field: "output", value, expected }.into());
    }
    let mut ports = manifest.plan.circuits.iter().flat_map(Interface::ports);
    if ports.any(|port| port.visibility == Visibility::Hashed) {
        files::check_writable(&opening_path(path), read.iter().copied())?;
    }
    Ok(())
}

/// Writes a proof, and beside it the opening of its digests where it has any.
pub(crate) fn write_proof(path: &Path, proven: &Proven) -> Result<Vec<PathBuf>, Error> {
    let bytes = proven.file.to_bytes()?;
    let mut staged = Staged::default();
    staged.add(path, &bytes, Readers::Anyone)?;
    let mut written = vec![path.to_owned()];
    if proven.opened.iter().any(|opened| !opened.is_empty()) {
        let opening = Opening { proof: Digest::of(&bytes), instances: proven.opened.clone() };
        let opening_path = opening_path(path);
        staged.add(&opening_path, &opening.to_bytes()?, Readers::Owner)?;
        written.push(opening_path);
    }
    staged.commit()?;
    Ok(written)
}

const OPENING_END: &str = ".opening.json";

/// `proof.json` → `proof.opening.json`.
fn opening_path(proof: &Path) -> PathBuf {
    files::beside(proof, ".json", OPENING_END)
}
