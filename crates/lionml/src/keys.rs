//! The files of keys.

use lionml_r1cs::Digest;
use lionml_varuna::{Certificate, SrsKind, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::{
    ArtifactError, ArtifactKind, Manifest, RequestError,
    container::{self, INSECURE_LABEL, insecure_label},
};

/// What proofs of a model are verified with, `model.vk`.
///
/// Whoever verifies must know that the key was made from the model's circuit: by the digest of
/// this file from a source that they trust, or by [`Audit`](crate::Audit).
#[derive(Clone, Debug, PartialEq)]
pub struct VerifierKey {
    /// What the public elements mean.
    pub manifest: Manifest,
    /// Whose powers the key was made over, for people: verification finds out, and refuses a key
    /// that says otherwise.
    pub srs: SrsKind,
    /// A key for each circuit of the manifest's plan, in its order.
    pub circuits: Vec<CircuitKey>,
}

/// What proofs of one circuit are verified with.
#[derive(Clone, Debug, PartialEq)]
pub struct CircuitKey {
    /// Varuna's key.
    pub key: VerifyingKey,
    /// Shows whoever has the circuit that the key was made from it.
    pub certificate: Certificate,
}

/// What proofs of a model are made with, `model.pk`, beside the compiled model. It names circuits,
/// reference string and verifying keys; the rest is rebuilt from them.
#[derive(Clone, Debug, PartialEq)]
pub struct ProverKey {
    /// The SHA-256 of the compiled model's file.
    pub model: Digest,
    /// Whose powers the keys were made over.
    pub srs: SrsKind,
    /// The circuits, in the order of the manifest's plan, each with Varuna's verifying key.
    pub circuits: Vec<(Digest, VerifyingKey)>,
}

#[derive(Serialize, Deserialize)]
struct StoredVerifier {
    manifest: Vec<u8>,
    circuits: Vec<StoredKey>,
}

#[derive(Serialize, Deserialize)]
struct StoredKey {
    key: Vec<u8>,
    certificate: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct StoredInsecureVerifier {
    verifier: StoredVerifier,
    label: String,
}

#[derive(Serialize, Deserialize)]
struct StoredProver {
    model: Digest,
    srs: SrsKind,
    circuits: Vec<(Digest, Vec<u8>)>,
}

impl VerifierKey {
    /// The bytes of the file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ArtifactError> {
        let circuit = |CircuitKey { key, certificate }: &CircuitKey| StoredKey {
            key: key.to_aleo_bytes(),
            certificate: certificate.as_bytes().to_vec(),
        };
        let stored = StoredVerifier {
            manifest: self.manifest.to_bytes()?,
            circuits: self.circuits.iter().map(circuit).collect(),
        };
        let kind = ArtifactKind::VerifyingKey;
        match insecure_label(self.srs) {
            None => container::encode(kind, &stored),
            Some(label) => {
                container::encode(kind, &StoredInsecureVerifier { verifier: stored, label })
            }
        }
    }

    /// The key in this file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtifactError> {
        let kind = ArtifactKind::VerifyingKey;
        let (srs, stored) = match container::decode(kind, bytes) {
            // What stands behind the key is read only where something does.
            Err(error @ ArtifactError::NotCanonical { .. }) => {
                match container::decode::<StoredInsecureVerifier>(kind, bytes) {
                    Ok(stored) if stored.label == INSECURE_LABEL => {
                        (SrsKind::Development, stored.verifier)
                    }
                    _ => return Err(error),
                }
            }
            stored => (SrsKind::Ceremony, stored?),
        };
        let malformed = |error: lionml_varuna::FormatError| ArtifactError::Malformed {
            kind,
            reason: error.to_string(),
        };
        let circuit = |StoredKey { key, certificate }: &StoredKey| {
            Ok::<_, ArtifactError>(CircuitKey {
                key: VerifyingKey::from_aleo_bytes(key).map_err(malformed)?,
                certificate: Certificate::from_bytes(certificate).map_err(malformed)?,
            })
        };
        let manifest = Manifest::from_bytes(&stored.manifest)?;
        let circuits = stored.circuits.iter().map(circuit).collect::<Result<Vec<_>, _>>()?;
        let (expected, got) = (manifest.plan.circuits.len(), circuits.len());
        if expected != got {
            let reason = format!("`{got}` keys for the `{expected}` circuits of the manifest");
            return Err(ArtifactError::Malformed { kind, reason });
        }
        Ok(Self { manifest, srs, circuits })
    }

    /// The one key, of a model of one circuit; for what takes no others.
    pub fn single(&self, taker: &'static str) -> Result<&CircuitKey, RequestError> {
        self.manifest.single(taker)?;
        let circuits = self.circuits.len();
        self.circuits.first().ok_or(RequestError::SeveralCircuits { taker, circuits })
    }

    /// The SHA-256 of the file: by this a verifier knows the key. It pins manifest, keys and
    /// certificates, byte by byte; a key's own id does not pin its commitments.
    pub fn digest(&self) -> Result<Digest, ArtifactError> {
        Ok(Digest::of(&self.to_bytes()?))
    }
}

impl ProverKey {
    /// The bytes of the file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ArtifactError> {
        let Self { model, srs, circuits } = self;
        let circuits = circuits.iter().map(|(circuit, key)| (*circuit, key.to_aleo_bytes()));
        let stored = StoredProver { model: *model, srs: *srs, circuits: circuits.collect() };
        container::encode(ArtifactKind::ProvingKey, &stored)
    }

    /// The key in this file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtifactError> {
        let kind = ArtifactKind::ProvingKey;
        let StoredProver { model, srs, circuits } = container::decode(kind, bytes)?;
        let circuit = |(circuit, key): (Digest, Vec<u8>)| match VerifyingKey::from_aleo_bytes(&key)
        {
            Ok(key) => Ok((circuit, key)),
            Err(error) => Err(ArtifactError::Malformed { kind, reason: error.to_string() }),
        };
        let circuits = circuits.into_iter().map(circuit).collect::<Result<_, _>>()?;
        Ok(Self { model, srs, circuits })
    }
}
