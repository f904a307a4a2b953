//! Errors of artefacts.

use lionml_graph::GraphError;
use lionml_r1cs::Digest;

use super::names;
use crate::ArtifactKind;

/// Bytes that are not the artefact that they should be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ArtifactError {
    /// Bytes that no version of LionML wrote.
    #[error("not a {expected} of LionML")]
    NotOurs {
        /// What was asked for.
        expected: ArtifactKind,
    },
    /// An artefact of another kind.
    #[error("a {got} where a {expected} is needed")]
    Kind {
        /// What was asked for.
        expected: ArtifactKind,
        /// What it is.
        got: ArtifactKind,
    },
    /// A version that this program does not know.
    #[error("the {kind} has version `{version}`, this program reads `{}`", kind.version())]
    Newer {
        /// What was asked for.
        kind: ArtifactKind,
        /// Its version.
        version: u32,
    },
    /// A version that this program no longer knows.
    #[error("the {kind} has version `{version}`, this program reads `{}`", kind.version())]
    Older {
        /// What was asked for.
        kind: ArtifactKind,
        /// Its version.
        version: u32,
    },
    /// Fewer bytes than there should be.
    #[error("the {kind} is cut off: `{got}` bytes of at least `{expected}`")]
    Truncated {
        /// What was asked for.
        kind: ArtifactKind,
        /// How many bytes it should have.
        expected: usize,
        /// How many it has.
        got: usize,
    },
    /// More bytes than there should be.
    #[error("the {kind} has `{got}` bytes instead of `{expected}`")]
    Extended {
        /// What was asked for.
        kind: ArtifactKind,
        /// How many bytes it should have.
        expected: usize,
        /// How many it has.
        got: usize,
    },
    /// Bytes that changed since they were written.
    #[error("the checksum of the {kind} is wrong")]
    Checksum {
        /// What was asked for.
        kind: ArtifactKind,
    },
    /// A content that does not parse.
    #[error("the {kind} is malformed: {reason}")]
    Malformed {
        /// What was asked for.
        kind: ArtifactKind,
        /// What does not parse.
        reason: String,
    },
    /// More bytes than are read: each can take sixteen in memory.
    #[error("the {kind} has `{got}` bytes, of which it may have `{limit}`")]
    TooLarge {
        /// What was asked for, or made.
        kind: ArtifactKind,
        /// How many bytes it has.
        got: usize,
        /// How many it may have.
        limit: usize,
    },
    /// A compiled model whose nodes do not fit each other, or describe too much.
    #[error("the compiled model is malformed")]
    Model(#[from] GraphError),
    /// A content that parses but would have been written otherwise.
    #[error("the {kind} is not in its one encoding")]
    NotCanonical {
        /// What was asked for.
        kind: ArtifactKind,
    },
}

/// Artefacts that do not belong together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MismatchError {
    /// A compiled model that makes another circuit than it says.
    #[error("the compiled model says circuit `{expected}` and makes `{got}`")]
    Circuit {
        /// The digest in the file.
        expected: Digest,
        /// The digest of its circuit.
        got: Digest,
    },
    /// Keys of another model.
    #[error("the keys are of circuit `{got}`, the model makes `{expected}`")]
    Keys {
        /// The digest of the model's circuit.
        expected: Digest,
        /// The digest that the keys name.
        got: Digest,
    },
    /// Keys of a compiled model that differs in something beside its circuit.
    #[error("the keys are of the compiled model `{got}`, the one at hand is `{expected}`")]
    Model {
        /// The digest of the compiled model's file.
        expected: Digest,
        /// The digest that the keys name.
        got: Digest,
    },
    /// A proving key and a verifying key of different set-ups.
    #[error("the proving key and the verifying key are of different set-ups")]
    KeyPair,
    /// Keys or models for another number of circuits than the manifest has.
    #[error("there is not one part for each circuit of the manifest")]
    Parts,
    /// A manifest that is not the one of the key.
    #[error("the manifest is `{got}`, the verifying key holds `{expected}`")]
    Manifest {
        /// The digest of the key's manifest.
        expected: Digest,
        /// The digest of the other one.
        got: Digest,
    },
    /// A proof that was made for another key.
    #[error("the proof is for the key `{got}`, the key at hand is `{expected}`")]
    ProofKey {
        /// The digest of the file at hand.
        expected: Digest,
        /// The digest that the proof names.
        got: Digest,
    },
    /// An opening of another proof.
    #[error("the opening is of the proof `{got}`, the one at hand is `{expected}`")]
    Opening {
        /// The digest of the proof's file.
        expected: Digest,
        /// The digest that the opening names.
        got: Digest,
    },
    /// A verifying key with another digest than expected.
    #[error("the verifying key is `{got}`, expected `{expected}`")]
    ExpectedKey {
        /// What was expected.
        expected: Digest,
        /// The digest of the file.
        got: Digest,
    },
    /// An ONNX file that is not the one of the manifest.
    #[error("the model is `{got}`, the manifest is of `{expected}`")]
    Onnx {
        /// The digest in the manifest.
        expected: Digest,
        /// The digest of the file.
        got: Digest,
    },
    /// A manifest that is not what the model and its settings make.
    #[error("the model and the manifest's settings make another manifest, of digest `{got}`")]
    Recomputed {
        /// The digest of the manifest that was made.
        got: Digest,
    },
    /// A verifying key that is not what the model and the manifest make.
    #[error("the model and the manifest make another verifying key")]
    RecomputedKey,
}

impl ArtifactError {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::NotOurs { .. } => "artifact::not_ours",
            Self::Kind { .. } => "artifact::other_kind",
            Self::Newer { .. } => "artifact::newer_version",
            Self::Older { .. } => "artifact::older_version",
            Self::Truncated { .. } => "artifact::truncated",
            Self::Extended { .. } => "artifact::extended",
            Self::Checksum { .. } => "artifact::checksum",
            Self::Model(GraphError::TooLarge { .. }) | Self::TooLarge { .. } => "model::too_large",
            Self::Malformed { .. } | Self::Model(_) => "artifact::malformed",
            Self::NotCanonical { .. } => "artifact::not_canonical",
        }
    }

    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::NotOurs { .. } | Self::Kind { .. } => "check which file goes where",
            Self::Newer { .. } => "upgrade lionml",
            Self::Older { .. } => "make it again with this version of lionml",
            Self::Model(GraphError::TooLarge { .. }) | Self::TooLarge { .. } => names::TOO_LARGE,
            _ => "copy it again from where it came, or make it again",
        }
    }
}

impl MismatchError {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Circuit { .. } => "mismatch::circuit",
            Self::Keys { .. } => "mismatch::keys",
            Self::Model { .. } => "mismatch::model",
            Self::KeyPair => "mismatch::key_pair",
            Self::Parts => "mismatch::parts",
            Self::Manifest { .. } => "mismatch::manifest",
            Self::ProofKey { .. } => "mismatch::proof_key",
            Self::Opening { .. } => "mismatch::opening",
            Self::ExpectedKey { .. } => "mismatch::expected_key",
            Self::Onnx { .. } => "mismatch::onnx",
            Self::Recomputed { .. } => "mismatch::recomputed_manifest",
            Self::RecomputedKey => "mismatch::recomputed_key",
        }
    }

    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::Circuit { .. } => "compile the model again",
            Self::Keys { .. } | Self::Model { .. } | Self::KeyPair | Self::Parts => {
                "give the directory that `lionml setup` wrote for this model, or run it again"
            }
            Self::ProofKey { .. } => "ask for the key that the proof was made with",
            Self::Opening { .. } => "give the opening that was written beside the proof",
            _ => "do not trust the one that came from elsewhere",
        }
    }
}
