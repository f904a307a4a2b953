//! The file of a proof.
//!
//! It holds what a verifier cannot know: the context, the public elements of inputs and outputs,
//! and Varuna's proof. The constant one, the manifest's digest, padding, names, scales and real
//! numbers are the verifier's own: a second copy here could disagree with what is proven.

use lionml_r1cs::{Digest, Fr};
use lionml_varuna::SrsKind;
use serde::{Deserialize, Serialize};

use crate::{
    ArtifactError, ArtifactKind, FieldText,
    container::{INSECURE_LABEL, insecure_label},
    json,
};

/// A proof as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct ProofFile {
    /// The digest of the file of the verifying key. Verification compares it with the key at hand.
    pub key: Digest,
    /// Whose powers the proof is over, for people: verification finds out, and refuses a file that
    /// says otherwise.
    pub srs: SrsKind,
    /// What the proof is bound to; zero if nothing.
    pub context: Fr,
    /// The public elements of inputs and outputs, for each instance in their order.
    pub instances: Vec<Vec<Fr>>,
    /// Varuna's proof.
    pub proof: lionml_varuna::Proof,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    format: String,
    version: u32,
    #[serde(with = "json::hex_digest")]
    key: Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    insecure: Option<String>,
    context: FieldText,
    instances: Vec<Instance>,
    #[serde(with = "json::hex_bytes")]
    proof: Vec<u8>,
    #[serde(with = "json::hex_digest")]
    checksum: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Instance {
    values: Vec<FieldText>,
}

impl ProofFile {
    /// The text: one for each proof.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ArtifactError> {
        let instance = |values: &Vec<Fr>| Instance {
            values: values.iter().map(|&value| FieldText(value)).collect(),
        };
        let mut stored = Stored {
            format: ArtifactKind::Proof.format().to_owned(),
            version: ArtifactKind::Proof.version(),
            key: self.key,
            insecure: insecure_label(self.srs),
            context: FieldText(self.context),
            instances: self.instances.iter().map(instance).collect(),
            proof: self.proof.as_bytes().to_vec(),
            checksum: Digest([0; 32]),
        };
        json::encode_sealed(ArtifactKind::Proof, &mut stored, |stored| &mut stored.checksum)
    }

    /// The proof with this text.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtifactError> {
        let kind = ArtifactKind::Proof;
        let stored: Stored =
            json::decode_sealed(kind, bytes, |stored: &mut Stored| &mut stored.checksum)?;
        let srs = match &stored.insecure {
            None => SrsKind::Ceremony,
            Some(label) if label == INSECURE_LABEL => SrsKind::Development,
            Some(_) => return Err(ArtifactError::NotCanonical { kind }),
        };
        let proof = lionml_varuna::Proof::from_bytes(&stored.proof)
            .map_err(|error| ArtifactError::Malformed { kind, reason: error.to_string() })?;
        let values = |instance: Instance| instance.values.into_iter().map(|v| v.0).collect();
        Ok(Self {
            key: stored.key,
            srs,
            context: stored.context.0,
            instances: stored.instances.into_iter().map(values).collect(),
            proof,
        })
    }
}
