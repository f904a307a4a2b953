//! Verification: everything that is said of a proof is derived from what the proof pins.

use lionml_r1cs::Fr;
use lionml_statement::{Plan, Port, PortRef, Shown, StatementError, Visibility};
use lionml_varuna::{SrsKind, VerifyingKey, verify_certificate};
use serde::Serialize;

use crate::{
    Error, FieldText, Manifest, MismatchError, ProofFile, Rejection, Scalar, VerifierKey,
    executable::Executable,
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
    /// The inputs and outputs of each inference, in order.
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

    /// Whose powers the keys are over, if their certificates show that they were made from these
    /// circuits.
    pub(crate) fn check_certificates(&self, executable: &Executable) -> Result<SrsKind, Error> {
        let mut kinds = Vec::with_capacity(self.circuits.len());
        for (made, it) in self.circuits.iter().zip(&executable.circuits) {
            kinds.push(verify_certificate(&made.key, &it.circuit, &made.certificate)?);
        }
        let whole = kinds.len() == executable.circuits.len();
        match kinds.iter().find(|&&kind| kind != self.srs) {
            Some(&found) => Err(Rejection::Srs { said: self.srs, found }.into()),
            None if whole => Ok(self.srs),
            None => Err(MismatchError::Parts.into()),
        }
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
        let plan = &self.manifest.plan;
        let (expected, got) = (plan.instances.len(), proof.instances.len());
        if got == 0 {
            return Err(StatementError::NoInstances.into());
        }
        if !got.is_multiple_of(expected) {
            return Err(StatementError::Instances { expected, got }.into());
        }
        let manifest = self.manifest.digest()?;
        let mut vectors = vec![Vec::new(); plan.circuits.len()];
        let mut instances = Vec::new();
        for inference in proof.instances.chunks(expected) {
            let mut shown = Vec::with_capacity(expected);
            for (elements, &circuit) in inference.iter().zip(&plan.instances) {
                let (interface, key) = (&plan.circuits[circuit], &self.circuits[circuit].key);
                let vector = interface.vector(manifest, proof.context, elements, key.publics())?;
                vectors[circuit].push(vector);
                shown.push(interface.read(elements)?);
            }
            plan.check_links(&shown)?;
            instances.push(describe(plan, &shown));
        }
        let keys = self.circuits.iter().map(|circuit| &circuit.key);
        let statement: Vec<(&VerifyingKey, &[Vec<Fr>])> =
            keys.zip(vectors.iter().map(Vec::as_slice)).collect();
        let srs = lionml_varuna::verify(&statement, &proof.proof)?;
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

/// What the ports of an inference show that no link takes up.
fn describe(plan: &Plan, shown: &[Vec<Shown>]) -> VerifiedInstance {
    let port = |index: usize, place: PortRef, port: &Port| {
        let shown = shown.get(place.instance).and_then(|instance| instance.get(index));
        let (integers, digest) = match shown {
            Some(Shown::Integers(integers)) => (Some(integers.clone()), None),
            Some(Shown::Digest(digest)) => (None, Some(FieldText(*digest))),
            Some(Shown::Hidden) | None => (None, None),
        };
        VerifiedPort {
            name: port.name.clone(),
            visibility: port.visibility,
            low: port.scale.dequantize(port.interval.low()),
            high: port.scale.dequantize(port.interval.high()),
            step: port.scale.dequantize(1),
            values: integers.as_ref().map(|integers| Scalar::all(port, integers)),
            integers,
            digest,
        }
    };
    let behind_inputs =
        |place: PortRef| plan.circuit(place.instance).map_or(0, |it| it.inputs.len()) + place.port;
    VerifiedInstance {
        inputs: plan.inputs().map(|(place, it)| port(place.port, place, it)).collect(),
        outputs: plan.outputs().map(|(place, it)| port(behind_inputs(place), place, it)).collect(),
    }
}
