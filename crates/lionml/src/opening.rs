//! Openings: what the digests of hashed inputs and outputs are of.

use lionml_gadgets::native::input_digest;
use lionml_graph::Visibility;
use lionml_r1cs::Digest;
use serde::{Deserialize, Serialize};

use crate::{
    ArtifactError, ArtifactKind, Error, FieldText, Manifest, MismatchError, Port, ProofFile,
    Rejection, Verified, VerifiedPort, json,
};

/// What a proof hides behind digests, as only who made it knows it: the file that stands beside
/// the proof's. Whoever gets it can check that the digests are of these values.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// The digest of the proof's file.
    pub proof: Digest,
    /// The hashed inputs and outputs of each instance, in order.
    pub instances: Vec<Vec<OpenedPort>>,
}

/// A hashed input or output.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenedPort {
    /// The name.
    pub name: String,
    /// Its integers.
    pub integers: Vec<i128>,
    /// What its digest is over after them. Who knows it can try guesses of the values.
    pub salt: u128,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    format: String,
    version: u32,
    #[serde(with = "json::hex_digest")]
    proof: Digest,
    instances: Vec<Vec<StoredPort>>,
    #[serde(with = "json::hex_digest")]
    checksum: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredPort {
    name: String,
    integers: Vec<i128>,
    /// Decimal: most readers of JSON know no integers of 128 bits.
    salt: String,
}

impl Opening {
    /// The text: one for each opening.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ArtifactError> {
        let port = |port: &OpenedPort| StoredPort {
            name: port.name.clone(),
            integers: port.integers.clone(),
            salt: port.salt.to_string(),
        };
        let mut stored = Stored {
            format: ArtifactKind::Opening.format().to_owned(),
            version: ArtifactKind::Opening.version(),
            proof: self.proof,
            instances: self.instances.iter().map(|own| own.iter().map(port).collect()).collect(),
            checksum: Digest([0; 32]),
        };
        json::encode_sealed(ArtifactKind::Opening, &mut stored, |stored| &mut stored.checksum)
    }

    /// The opening with this text.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtifactError> {
        let kind = ArtifactKind::Opening;
        let stored: Stored =
            json::decode_sealed(kind, bytes, |stored: &mut Stored| &mut stored.checksum)?;
        let port = |port: StoredPort| {
            let reason = format!("the salt of `{}` is no number of 128 bits", port.name);
            let salt = port.salt.parse::<u128>().ok();
            let salt = salt.filter(|salt| salt.to_string() == port.salt);
            let salt = salt.ok_or(ArtifactError::Malformed { kind, reason })?;
            Ok::<_, ArtifactError>(OpenedPort { name: port.name, integers: port.integers, salt })
        };
        let instance = |own: Vec<StoredPort>| own.into_iter().map(port).collect();
        let instances = stored.instances.into_iter().map(instance);
        Ok(Self { proof: stored.proof, instances: instances.collect::<Result<_, _>>()? })
    }

    /// Adds the values to what a proof proves, if the proof's digests are of them.
    pub fn open(
        &self,
        proof: &ProofFile,
        manifest: &Manifest,
        verified: &mut Verified,
    ) -> Result<(), Error> {
        let expected = Digest::of(&proof.to_bytes()?);
        if self.proof != expected || self.instances.len() != verified.instances.len() {
            return Err(MismatchError::Opening { expected, got: self.proof }.into());
        }
        for (opened, instance) in self.instances.iter().zip(&mut verified.instances) {
            let shown = instance.inputs.iter_mut().chain(&mut instance.outputs);
            let hashed = manifest.ports().zip(shown);
            let mut hashed = hashed.filter(|(port, _)| port.visibility == Visibility::Hashed);
            let mut opened = opened.iter();
            loop {
                match (hashed.next(), opened.next()) {
                    (None, None) => break,
                    (Some((port, shown)), Some(opened)) if is_opened(port, shown, opened) => {
                        shown.values = Some(port.values(&opened.integers));
                        shown.integers = Some(opened.integers.clone());
                    }
                    (Some((Port { name, .. }, _)), _) | (None, Some(OpenedPort { name, .. })) => {
                        return Err(Rejection::Opening { name: name.clone() }.into());
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether the digest is of these values. The interval is the circuit's: beyond it lie integers
/// with bits like those of others, of which the digest could as well be.
fn is_opened(port: &Port, shown: &VerifiedPort, opened: &OpenedPort) -> bool {
    let OpenedPort { name, integers, salt } = opened;
    *name == port.name
        && integers.len() == port.shape.elements()
        && integers.iter().all(|&integer| port.interval.contains(integer))
        && input_digest(integers, port.leo, Some(*salt))
            .is_ok_and(|digest| shown.digest == Some(FieldText(digest)))
}
