//! The files of keys.

use lionml_r1cs::Digest;
use lionml_varuna::{Certificate, SrsKind, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::{
    ArtifactError, ArtifactKind, Manifest,
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
    /// Varuna's key.
    pub key: VerifyingKey,
    /// Shows who has the circuit that the key was made from it.
    pub certificate: Certificate,
}

/// What proofs of a model are made with, `model.pk`, beside the compiled model. It names circuit,
/// reference string and verifying key; the rest is rebuilt from them.
#[derive(Clone, Debug, PartialEq)]
pub struct ProverKey {
    /// The SHA-256 of the compiled model's file.
    pub model: Digest,
    /// The circuit.
    pub circuit: Digest,
    /// Whose powers the key was made over.
    pub srs: SrsKind,
    /// Varuna's verifying key.
    pub key: VerifyingKey,
}

#[derive(Serialize, Deserialize)]
struct StoredVerifier {
    manifest: Vec<u8>,
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
    circuit: Digest,
    srs: SrsKind,
    key: Vec<u8>,
}

impl VerifierKey {
    /// The bytes of the file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ArtifactError> {
        let stored = StoredVerifier {
            manifest: self.manifest.to_bytes()?,
            key: self.key.to_aleo_bytes(),
            certificate: self.certificate.as_bytes().to_vec(),
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
        Ok(Self {
            manifest: Manifest::from_bytes(&stored.manifest)?,
            srs,
            key: VerifyingKey::from_aleo_bytes(&stored.key).map_err(malformed)?,
            certificate: Certificate::from_bytes(&stored.certificate).map_err(malformed)?,
        })
    }

    /// The SHA-256 of the file: by this a verifier knows the key. It pins manifest, key and
    /// certificate, byte by byte; a key's own id does not pin its commitments.
    pub fn digest(&self) -> Result<Digest, ArtifactError> {
        Ok(Digest::of(&self.to_bytes()?))
    }
}

impl ProverKey {
    /// The bytes of the file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ArtifactError> {
        let Self { model, circuit, srs, .. } = *self;
        let stored = StoredProver { model, circuit, srs, key: self.key.to_aleo_bytes() };
        container::encode(ArtifactKind::ProvingKey, &stored)
    }

    /// The key in this file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtifactError> {
        let kind = ArtifactKind::ProvingKey;
        let stored: StoredProver = container::decode(kind, bytes)?;
        let key = VerifyingKey::from_aleo_bytes(&stored.key)
            .map_err(|error| ArtifactError::Malformed { kind, reason: error.to_string() })?;
        Ok(Self { model: stored.model, circuit: stored.circuit, srs: stored.srs, key })
    }
}
