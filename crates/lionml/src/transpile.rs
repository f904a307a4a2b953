//! A compiled model as a Rust circuit.

use std::path::{Path, PathBuf};

use lionml_codegen::{PublicValue, RustCircuit};
use lionml_gadgets::native;
use lionml_r1cs::Digest;
use lionml_statement::{Interface, Visibility};
use lionml_varuna::SrsKind;
use serde::{Deserialize, Serialize};

use crate::{
    CompiledModel, Error, Event, Events, MismatchError, RequestError, SrsOptions, VerifierKey,
    artifact::load,
    executable::Executable,
    files::{self, Readers, Staged},
    options::insecure,
};

/// Writes a compiled model as a Rust file on `snarkvm-algorithms`: a circuit of the same rows, so
/// of the same keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transpile {
    /// The compiled model.
    pub model: PathBuf,
    /// The Rust file; many coefficients go to a file beside it, of the same name with another end.
    pub output: PathBuf,
    /// The number by which programs name the model.
    #[serde(default)]
    pub annotation: Option<u32>,
    /// The verifying key whose digest the file names; it is made where none is given.
    #[serde(default)]
    pub vk: Option<PathBuf>,
    /// The reference string to make it over.
    #[serde(default)]
    pub srs: SrsOptions,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TranspileReport {
    /// The name of the model.
    pub model: String,
    /// The digest of the circuit.
    pub circuit: String,
    /// The digest of the verifying key's file.
    pub key: String,
    /// The digest of Varuna's verifying key.
    pub varuna_key: String,
    /// The reference string of the key.
    pub srs: SrsKind,
    /// The number by which programs name the model.
    pub annotation: Option<u32>,
    /// The number of rows.
    pub rows: usize,
    /// The number of lines of the Rust file.
    pub lines: usize,
    /// What was written: the Rust file, and the coefficients where they have a file of their own.
    #[serde(serialize_with = "crate::json::paths")]
    pub files: Vec<PathBuf>,
    /// What to think about.
    pub warnings: Vec<String>,
}

impl Transpile {
    /// Finds the key and writes the circuit.
    pub fn execute(&self, events: &mut Events<'_>) -> Result<TranspileReport, Error> {
        let data = self.data_file()?;
        for output in [&self.output, &data] {
            files::check_writable(output, [&self.model].into_iter().chain(&self.vk).map(|p| &**p))?;
        }
        let compiled = load(&self.model, CompiledModel::from_bytes)?;
        let interface = compiled.manifest.single("a circuit in Rust")?;
        let lowered = compiled.lowered()?;
        let nodes = lowered.iter().flat_map(|part| part.rows.clone()).collect::<Vec<_>>();
        let executable = Executable::new(lowered, compiled.manifest.digest()?);
        let circuit = match &executable.circuits[..] {
            [it] => it.circuit.clone(),
            _ => return Err(MismatchError::Parts.into()),
        };
        let (verifier, srs) = self.key(&compiled, executable, events)?;
        let is_insecure = srs == SrsKind::Development;
        events(Event::Stage("writing the circuit"));
        let key = verifier.digest()?;
        let made = &verifier.single("a circuit in Rust")?.key;
        let varuna_key = Digest::of(made.as_bytes());
        let generated = RustCircuit {
            circuit: &circuit,
            nodes: &nodes,
            publics: &publics(interface, circuit.publics()),
            model: &compiled.manifest.model,
            annotation: self.annotation,
            key,
            varuna_key,
            leo_key: native::hash_bytes(&made.to_aleo_bytes()),
            is_insecure,
            data_file: &data.file_name().unwrap_or_default().to_string_lossy(),
        }
        .generate();
        let mut files = vec![self.output.clone()];
        let mut staged = Staged::default();
        staged.add(&self.output, generated.source.as_bytes(), Readers::Anyone)?;
        if let Some(bytes) = &generated.data {
            staged.add(&data, bytes, Readers::Anyone)?;
            files.push(data);
        }
        staged.commit()?;
        Ok(TranspileReport {
            model: compiled.manifest.model.clone(),
            circuit: compiled.circuits(),
            key: key.to_string(),
            varuna_key: varuna_key.to_string(),
            srs,
            annotation: self.annotation,
            rows: circuit.constraints(),
            lines: generated.source.lines().count(),
            files,
            warnings: insecure(srs),
        })
    }

    /// The file for coefficients, whose name the Rust file holds.
    fn data_file(&self) -> Result<PathBuf, RequestError> {
        let is_rust = self.output.extension().is_some_and(|end| end == "rs");
        let is_text = self.output.file_name().and_then(|name| name.to_str()).is_some();
        if is_rust && is_text {
            return Ok(self.output.with_extension("coefficients"));
        }
        Err(RequestError::Field {
            field: "output",
            value: self.output.display().to_string(),
            expected: "a name that ends in `.rs`",
        })
    }

    /// The model's key, and whose powers it was made over.
    fn key(
        &self,
        compiled: &CompiledModel,
        executable: Executable,
        events: &mut Events<'_>,
    ) -> Result<(VerifierKey, SrsKind), Error> {
        match &self.vk {
            Some(path) => given_key(path, compiled, &executable, events),
            None => {
                events(Event::Stage("loading the reference string"));
                let srs = self.srs.load(executable.max_degree())?;
                events(Event::Stage("making the keys"));
                let prover = compiled.setup_executable(executable, &srs)?;
                Ok((prover.verifier().clone(), srs.kind()))
            }
        }
    }
}

/// The key in a file, if it is one of the circuit.
fn given_key(
    path: &Path,
    compiled: &CompiledModel,
    executable: &Executable,
    events: &mut Events<'_>,
) -> Result<(VerifierKey, SrsKind), Error> {
    let verifier = load(path, VerifierKey::from_bytes)?;
    verifier.check_manifest(&compiled.manifest)?;
    events(Event::Stage("checking the certificate"));
    let kind = verifier.check_certificates(executable)?;
    Ok((verifier, kind))
}

/// The meaning of the public values of a circuit.
fn publics(interface: &Interface, count: usize) -> Vec<PublicValue> {
    let value = |count, meaning: &str| PublicValue { count, meaning: meaning.to_owned() };
    let mut publics =
        vec![value(1, "one"), value(1, "the manifest's digest"), value(1, "the context")];
    let inputs = interface.inputs.iter().map(|port| ("input", port));
    let outputs = interface.outputs.iter().map(|port| ("output", port));
    let ports: Vec<_> = inputs.chain(outputs).collect();
    for item in interface.items() {
        let form = match item.visibility {
            Visibility::Public => "integers",
            Visibility::Packed => "integers, packed",
            Visibility::Hashed => "salted digest",
            Visibility::Private => continue,
        };
        let names = item.ports.iter().filter_map(|&port| ports.get(port));
        let names: Vec<_> = names.map(|(kind, port)| format!("{kind} {}", port.name)).collect();
        let meaning = format!("{}: {form}", names.join(" and "));
        publics.push(PublicValue { count: item.elements, meaning });
    }
    let used: usize = publics.iter().map(|value| value.count).sum();
    publics.push(value(count.saturating_sub(used), "zero"));
    publics
}
