//! One model in one process: what its set-up, proof and verification take.

use std::time::Instant;

use lionml::{CompiledModel, ProofFile, ProveOptions, Sizes, SrsKind, SrsOptions, VerifyOptions};
use serde::{Deserialize, Serialize};

use crate::{Error, SuiteModel};

/// Measures a published model in this process: compile, make keys, prove, verify.
///
/// The statement is the default one: inputs private and range-checked, weights part of the
/// circuit, outputs public.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// The model.
    pub model: String,
    /// How many inputs the one proof is for: the first held-out samples.
    pub instances: usize,
    /// The reference string.
    pub srs: SrsOptions,
}

/// What a model took, each step once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// How many inputs the proof is for.
    pub instances: usize,
    /// Whose powers.
    pub srs: SrsKind,
    /// What the integer one stands for in the input.
    pub input_scale: String,
    /// What the integer one stands for in the output.
    pub output_scale: String,
    /// The sizes of the circuit.
    #[serde(flatten)]
    pub sizes: Sizes,
    /// From the ONNX file and samples to the compiled model.
    pub compile_seconds: f64,
    /// To have the reference string in memory: no part of any other time.
    pub srs_seconds: f64,
    /// From the compiled model to keys and certificate.
    pub setup_seconds: f64,
    /// Of that, the certificate: made a second time.
    pub certificate_seconds: f64,
    /// From the stored keys to those that proofs are made with; a process does it once.
    pub load_seconds: f64,
    /// From the inputs to a proof, the witness included.
    pub prove_seconds: f64,
    /// From the bytes of the proof's file to the answer.
    pub verify_seconds: f64,
    /// The peak of resident memory over all of it, powers included.
    pub peak_bytes: Option<u64>,
    /// Varuna's proof.
    pub proof_bytes: usize,
    /// The file of the proof, public values included.
    pub proof_file_bytes: usize,
    /// What is stored to prove with: the compiled model and the proving key, which is rebuilt from
    /// it.
    pub pk_bytes: usize,
    /// The file of the verifying key, manifest and certificate included.
    pub vk_bytes: usize,
}

impl Measure {
    /// Measures.
    pub fn execute(&self) -> Result<Measurement, Error> {
        let model = SuiteModel::find(&self.model)?;
        let ((compiled, report), compile_seconds) = timed(|| model.compile(&model.options()))?;
        let ([input], [output]) =
            (&compiled.manifest.inputs()[..], &compiled.manifest.outputs()[..])
        else {
            return Err(Error::TestSet { model: model.name });
        };
        let mut inputs = model.test_set(&input.shape)?.inputs;
        inputs.truncate(self.instances);

        let (srs, srs_seconds) = timed(|| Ok(self.srs.load(report.sizes.max_degree())?))?;
        let (prover, setup_seconds) = timed(|| Ok(compiled.setup(&srs)?))?;
        let (_, certificate_seconds) = timed(|| Ok(prover.certify()?))?;
        let (pk, vk) = (prover.key()?, prover.verifier().clone());
        let (compiled_bytes, pk_bytes) = (bytes(compiled.to_bytes())?, bytes(pk.to_bytes())?);
        let vk_bytes = bytes(vk.to_bytes())?;
        drop(prover);
        let stored = CompiledModel::from_bytes(&compiled_bytes).map_err(lionml::Error::from)?;
        let (prover, load_seconds) = timed(|| Ok(stored.prover(&srs, &pk, vk)?))?;

        let options = ProveOptions::default();
        let (proven, prove_seconds) = timed(|| Ok(prover.prove(&inputs, &options)?))?;
        let file = bytes(proven.file.to_bytes())?;
        let demand = VerifyOptions { context: Some(options.context), allow_insecure: true };
        let (verified, verify_seconds) = timed(|| {
            let proof = ProofFile::from_bytes(&file).map_err(lionml::Error::from)?;
            Ok(prover.verifier().verify(&proof, &demand)?)
        })?;
        Ok(Measurement {
            instances: inputs.len(),
            srs: verified.srs,
            input_scale: input.scale.to_string(),
            output_scale: output.scale.to_string(),
            sizes: report.sizes,
            compile_seconds,
            srs_seconds,
            setup_seconds,
            certificate_seconds,
            load_seconds,
            prove_seconds,
            verify_seconds,
            peak_bytes: lionml::peak_bytes(),
            proof_bytes: proven.file.proof.as_bytes().len(),
            proof_file_bytes: file.len(),
            pk_bytes: compiled_bytes.len() + pk_bytes.len(),
            vk_bytes: vk_bytes.len(),
        })
    }
}

impl Measurement {
    /// The medians of what several processes measured of the same model.
    pub(crate) fn median(all: &[Self]) -> Option<Self> {
        let of = |field: fn(&Self) -> f64| median(all.iter().map(field));
        let first = all.first()?.clone();
        let mut peaks: Vec<u64> = all.iter().filter_map(|m| m.peak_bytes).collect();
        peaks.sort_unstable();
        Some(Self {
            compile_seconds: of(|m| m.compile_seconds),
            srs_seconds: of(|m| m.srs_seconds),
            setup_seconds: of(|m| m.setup_seconds),
            certificate_seconds: of(|m| m.certificate_seconds),
            load_seconds: of(|m| m.load_seconds),
            prove_seconds: of(|m| m.prove_seconds),
            verify_seconds: of(|m| m.verify_seconds),
            peak_bytes: peaks.get(peaks.len() / 2).copied(),
            ..first
        })
    }
}

/// The middle value; the mean of the middle two where there is none.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        1 => values[middle],
        _ if values.is_empty() => 0.0,
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

fn timed<T>(step: impl FnOnce() -> Result<T, Error>) -> Result<(T, f64), Error> {
    let start = Instant::now();
    let value = step()?;
    Ok((value, start.elapsed().as_secs_f64()))
}

fn bytes(bytes: Result<Vec<u8>, lionml::ArtifactError>) -> Result<Vec<u8>, Error> {
    Ok(bytes.map_err(lionml::Error::from)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_medians_by_hand() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([4.0, 1.0].into_iter()), 2.5);
        assert_eq!(median(std::iter::empty()), 0.0);
    }
}
