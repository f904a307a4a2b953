//! A trained network and a handwritten digit that are part of the program.

use std::time::Instant;

use lionml_onnx::OnnxFile;
use lionml_r1cs::{Digest, Fr, field::One};
use serde::{Deserialize, Serialize};

use crate::{
    CompileOptions, Error, Event, Events, InferenceReport, InputFile, ProofFile, ProveOptions,
    SrsOptions, VerifyOptions, compile::Source, prove::prove_and_verify,
};

const MODEL: &[u8] = include_bytes!("../../../models/digits_mlp/model.onnx");
const SAMPLES: &[u8] = include_bytes!("../../../models/digits_mlp/samples.json");
const INPUT: &[u8] = include_bytes!("../../../models/digits_mlp/input.json");

/// Proves what a small network makes of a handwritten digit, and shows a lie being refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Demo {
    /// The reference string. The ceremony's powers in the program suffice.
    pub srs: SrsOptions,
}

/// What the demonstration showed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DemoReport {
    /// The inference.
    #[serde(flatten)]
    pub inference: InferenceReport,
    /// The pixels of the digit, eight by eight, from zero to one.
    pub pixels: Vec<f64>,
    /// The digit that the model sees.
    pub digit: usize,
    /// The proof with one output changed: why it is refused.
    pub tampered: String,
}

impl Demo {
    /// Compiles, makes keys, proves, verifies, and tries to cheat.
    pub fn execute(&self, events: &mut Events<'_>) -> Result<DemoReport, Error> {
        let embedded = |source| Error::Input { path: "digits".into(), source };
        let samples = InputFile::parse(SAMPLES).map_err(embedded)?;
        let file = OnnxFile::from_bytes(MODEL)?;
        let source = Source {
            onnx: &file,
            digest: Digest::of(MODEL),
            path: None,
            name: "digits".to_owned(),
            samples: Some(&samples),
            samples_path: None,
            is_guess: false,
        };
        let compilation = source.compile(&CompileOptions::default(), events)?;
        let (compiled, executable) = (compilation.compiled, compilation.executable);
        let input = InputFile::parse(INPUT).map_err(embedded)?;
        let inputs = compiled.bind(&input, "digits".as_ref())?;
        let inferences = compiled.infer_sets(&inputs, "digits".as_ref())?;
        events(Event::Stage("loading the reference string"));
        let srs = self.srs.load(executable.max_degree())?;
        events(Event::Stage("making the keys"));
        let start = Instant::now();
        let prover = compiled.setup_executable(executable, &srs)?;
        let setup_seconds = start.elapsed().as_secs_f64();
        let options = ProveOptions::default();
        let (proven, mut inference) = prove_and_verify(&prover, &inferences, &options, events)?;
        inference.setup_seconds = setup_seconds;
        events(Event::Stage("trying to cheat"));
        let tampered = tampered(&proven.file);
        let demand = VerifyOptions { context: None, allow_insecure: true };
        let refusal = prover.verifier().verify(&tampered, &demand);
        inference.verified &= refusal.is_err();
        let logits = inference.outputs.first().map_or(&[][..], Vec::as_slice);
        let logit = |class: usize| logits[class].to_f64();
        let digit = (0..logits.len()).max_by(|&a, &b| logit(a).total_cmp(&logit(b)));
        Ok(DemoReport {
            pixels: inputs
                .first()
                .and_then(|set| set.first())
                .map_or_else(Vec::new, |tensor| tensor.data().to_vec()),
            digit: digit.unwrap_or_default(),
            tampered: refusal.err().map_or_else(String::new, |error| error.to_string()),
            inference,
        })
    }
}

/// The proof with the first public value one step higher.
fn tampered(proof: &ProofFile) -> ProofFile {
    let mut tampered = proof.clone();
    if let Some(value) = tampered.instances.first_mut().and_then(|values| values.first_mut()) {
        *value += Fr::one();
    }
    tampered
}
