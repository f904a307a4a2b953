//! Verification: everything that is said of a proof is derived from what the proof pins.

use lionml_graph::Visibility;
use lionml_r1cs::Fr;
use lionml_varuna::SrsKind;
use serde::Serialize;

use crate::{
    Error, FieldText, Manifest, MismatchError, ProofFile, Rejection, Scalar, Shown, StatementError,
    VerifierKey,
};

/// What a verifier demands of a proof.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VerifyOptions {
    /// What the proof must be bound to; anything where none is given.
    pub context: Option<Fr>,
    /// Whether proofs over the development reference string pass.
    pub allow_insecure: bool,
}

/// What a proof proves.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verified {
    /// Whose powers the key was made over, by the verifier's own parameters.
    pub srs: SrsKind,
    /// What the proof is bound to.
    pub context: FieldText,
    /// The inputs and outputs of each instance, in order.
    pub instances: Vec<VerifiedInstance>,
}

/// What is proven of one inference.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct VerifiedInstance {
    /// The inputs.
    pub inputs: Vec<VerifiedPort>,
    /// The outputs.
    pub outputs: Vec<VerifiedPort>,
}

/// What is proven of one input or output.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerifiedPort {
    /// The name.
    pub name: String,
    /// Who sees it.
    pub visibility: Visibility,
    /// The least value that the circuit lets it have.
    pub low: f64,
    /// The largest.
    pub high: f64,
    /// From one value to the next.
    pub step: f64,
    /// Its values, flat, where the proof or an opening shows them.
    pub values: Option<Vec<Scalar>>,
    /// Its integers, where the proof or an opening shows them.
    pub integers: Option<Vec<i128>>,
    /// The Poseidon digest of its integers and a salt, where the proof shows that.
    pub digest: Option<FieldText>,
}

impl VerifierKey {
    /// Refuses a manifest that is not the key's.
    pub(crate) fn check_manifest(&self, manifest: &Manifest) -> Result<(), Error> {
        if self.manifest == *manifest {
            return Ok(());
        }
        let (expected, got) = (self.manifest.digest()?, manifest.digest()?);
        Err(MismatchError::Manifest { expected, got }.into())
    }

    /// Verifies a proof. What it proves it proves to whoever knows that this key is the model's.
    pub fn verify(&self, proof: &ProofFile, options: &VerifyOptions) -> Result<Verified, Error> {
        let expected = self.digest()?;
        if proof.key != expected {
            return Err(MismatchError::ProofKey { expected, got: proof.key }.into());
        }
        if let Some(context) = options.context.filter(|context| *context != proof.context) {
            // Proofs are public: without this whoever saw one could hand it in again elsewhere.
            let text = |element| FieldText(element).text();
            let (expected, got) = (text(context), text(proof.context));
            return Err(Rejection::Context { expected, got }.into());
        }
        if proof.instances.is_empty() {
            return Err(StatementError::NoInstances.into());
        }
        let publics = self.key.publics();
        let vectors = proof
            .instances
            .iter()
            .map(|elements| self.manifest.public_vector(proof.context, elements, publics))
            .collect::<Result<Vec<_>, _>>()?;
        let instances = proof
            .instances
            .iter()
            .map(|elements| describe(&self.manifest, elements))
            .collect::<Result<Vec<_>, _>>()?;
        let srs = lionml_varuna::verify(&[(&self.key, &vectors)], &proof.proof)?;
        if srs == SrsKind::Development && !options.allow_insecure {
            return Err(Rejection::Insecure.into());
        }
        // What a person may have read there is true.
        if let Some(said) = [proof.srs, self.srs].into_iter().find(|&said| said != srs) {
            return Err(Rejection::Srs { said, found: srs }.into());
        }
        Ok(Verified { srs, context: FieldText(proof.context), instances })
    }
}

fn describe(manifest: &Manifest, elements: &[Fr]) -> Result<VerifiedInstance, Error> {
    let shown = manifest.read(elements)?;
    let mut ports = shown.into_iter().map(|(port, shown)| {
        let (integers, digest) = match shown {
            Shown::Integers(integers) => (Some(integers), None),
            Shown::Digest(digest) => (None, Some(FieldText(digest))),
            Shown::Hidden => (None, None),
        };
        VerifiedPort {
            name: port.name.clone(),
            visibility: port.visibility,
            low: port.scale.dequantize(port.interval.low()),
            high: port.scale.dequantize(port.interval.high()),
            step: port.scale.dequantize(1),
            values: integers.as_ref().map(|integers| port.values(integers)),
            integers,
            digest,
        }
    });
    let inputs = ports.by_ref().take(manifest.inputs.len()).collect();
    Ok(VerifiedInstance { inputs, outputs: ports.collect() })
}
