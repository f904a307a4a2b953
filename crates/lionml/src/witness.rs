//! The witness of an inference, for circuits that others prove.

use std::path::PathBuf;

use lionml_r1cs::field;
use serde::{Deserialize, Serialize};

use crate::{
    CompiledModel, Error, Event, Events, MismatchError, RequestError, Scalar,
    artifact::load,
    element::parse_context,
    files::{self, Readers, Staged},
    prove::read_inputs,
};

/// Computes the values of all variables of a compiled model's circuit and writes them: what the
/// circuit of [`Transpile`](crate::Transpile) is proved with. Whoever has the file has the input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportWitness {
    /// The compiled model.
    pub model: PathBuf,
    /// The file of inputs: one set.
    pub input: PathBuf,
    /// The values, 32 bytes each, little-endian: public ones, then private ones.
    pub output: PathBuf,
    /// What the proof will be bound to: a decimal, or `0x` and hexadecimal digits.
    #[serde(default)]
    pub context: Option<String>,
    /// The salt of hashed inputs and outputs; a model that has some demands it.
    #[serde(default)]
    pub salt: Option<u128>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExportWitnessReport {
    /// The name of the model.
    pub model: String,
    /// The digest of the circuit.
    pub circuit: String,
    /// The outputs, flat.
    pub outputs: Vec<Vec<Scalar>>,
    /// How many values are public.
    pub publics: usize,
    /// How many values are private.
    pub privates: usize,
    /// Where the values are.
    #[serde(serialize_with = "crate::json::paths")]
    pub files: Vec<PathBuf>,
}

impl ExportWitness {
    /// Runs the model and writes the witness.
    pub fn execute(&self, events: &mut Events<'_>) -> Result<ExportWitnessReport, Error> {
        let context = self.context.as_deref().map(parse_context).transpose()?.unwrap_or_default();
        let compiled = load(&self.model, CompiledModel::from_bytes)?;
        let (interface, _) = compiled.single("a file of a witness")?;
        // A salt that nobody knows would make the digest one that nobody can open.
        if interface.salts() > 0 && self.salt.is_none() {
            let expected = "a number, since the model hashes an input or output";
            let value = "missing".to_owned();
            return Err(RequestError::Field { field: "salt", value, expected }.into());
        }
        let inputs = read_inputs(&self.input, &compiled)?;
        let [set] = inputs.as_slice() else {
            let value = format!("{} sets", inputs.len());
            let expected = "a file with one set of inputs";
            return Err(RequestError::Field { field: "input", value, expected }.into());
        };
        files::check_writable(&self.output, [&*self.model, &*self.input])?;
        let executable = compiled.executable()?;
        events(Event::Stage("computing the witness"));
        let inference = compiled.infer(set)?;
        let salts = compiled.draw_salts(self.salt);
        let made = executable.witnesses(&compiled.manifest.plan, &inference, context, &salts)?;
        let ([witness], [it]) = (&made[..], &executable.circuits[..]) else {
            return Err(MismatchError::Parts.into());
        };
        let report = it.circuit.check(witness);
        if !report.is_satisfied() {
            return Err(Error::Unsatisfied(report));
        }
        let values = witness.public.iter().chain(&witness.private);
        let bytes: Vec<u8> = values.flat_map(field::to_bytes).collect();
        let mut staged = Staged::default();
        staged.add(&self.output, &bytes, Readers::Owner)?;
        staged.commit()?;
        Ok(ExportWitnessReport {
            model: compiled.manifest.model.clone(),
            circuit: compiled.circuits(),
            outputs: compiled.values(&inference),
            publics: witness.public.len(),
            privates: witness.private.len(),
            files: vec![self.output.clone()],
        })
    }
}
