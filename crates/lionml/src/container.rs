//! The container of binary artefacts.
//!
//! ```text
//! "LIONML\0" │ kind: 1 │ version: 4 │ length: 8 │ payload │ SHA-256 of all before: 32
//! ```
//!
//! Integers are little-endian. The checksum finds accidents, not attacks: whoever changes the
//! payload can change the checksum. So each payload must also encode to the bytes that were read,
//! and says which circuit or key it belongs to.

use std::{cmp::Ordering, fmt};

use lionml_r1cs::Digest;
use lionml_varuna::SrsKind;
use serde::{Serialize, de::DeserializeOwned};

use crate::ArtifactError;

/// The kind of an artefact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArtifactKind {
    /// A compiled model, `.lion`.
    CompiledModel,
    /// A proving key, `.pk`.
    ProvingKey,
    /// A verifying key, `.vk`.
    VerifyingKey,
    /// A manifest, `.manifest`: JSON.
    Manifest,
    /// A proof: JSON.
    Proof,
    /// The salts of a proof's hashed inputs and outputs: JSON.
    Opening,
}

impl ArtifactKind {
    /// The version of the format that this program writes, and the only one that it reads.
    pub const fn version(self) -> u32 {
        match self {
            Self::CompiledModel => 2,
            Self::ProvingKey => 2,
            Self::VerifyingKey => 2,
            Self::Manifest => 2,
            Self::Proof => 1,
            Self::Opening => 1,
        }
    }

    const BINARY: [Self; 3] = [Self::CompiledModel, Self::ProvingKey, Self::VerifyingKey];
    const ALL: [Self; 6] = [
        Self::CompiledModel,
        Self::ProvingKey,
        Self::VerifyingKey,
        Self::Manifest,
        Self::Proof,
        Self::Opening,
    ];

    fn tag(self) -> u8 {
        match self {
            Self::CompiledModel => b'm',
            Self::ProvingKey => b'p',
            Self::VerifyingKey => b'v',
            Self::Manifest | Self::Proof | Self::Opening => b'{',
        }
    }

    /// The value of `format` in artefacts that are JSON.
    pub(crate) fn format(self) -> &'static str {
        match self {
            Self::CompiledModel => "lionml compiled model",
            Self::ProvingKey => "lionml proving key",
            Self::VerifyingKey => "lionml verifying key",
            Self::Manifest => "lionml manifest",
            Self::Proof => "lionml proof",
            Self::Opening => "lionml opening",
        }
    }

    pub(crate) fn of_format(format: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.format() == format)
    }

    /// The kind that the first bytes claim.
    fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let tag = *bytes.strip_prefix(MAGIC)?.first()?;
        Self::BINARY.into_iter().find(|kind| kind.tag() == tag)
    }
}

impl fmt::Display for ArtifactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.format().trim_start_matches("lionml "))
    }
}

/// The label of artefacts made over the development reference string; others have none.
pub(crate) const INSECURE_LABEL: &str =
    "INSECURE: over the development reference string, anybody can forge proofs";

pub(crate) fn insecure_label(srs: SrsKind) -> Option<String> {
    (srs == SrsKind::Development).then(|| INSECURE_LABEL.to_owned())
}

pub(crate) const MAGIC: &[u8] = b"LIONML\0";
const HEADER_BYTES: usize = MAGIC.len() + 1 + 4 + 8;
const CHECKSUM_BYTES: usize = 32;

/// A value as the bytes of an artefact.
pub(crate) fn encode<T: Serialize>(
    kind: ArtifactKind,
    value: &T,
) -> Result<Vec<u8>, ArtifactError> {
    let payload = postcard::to_allocvec(value).map_err(|_| ArtifactError::Malformed {
        kind,
        reason: "it cannot be encoded".to_owned(),
    })?;
    Ok(seal(kind, &payload))
}

pub(crate) fn seal(kind: ArtifactKind, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + payload.len() + CHECKSUM_BYTES);
    bytes.extend_from_slice(MAGIC);
    bytes.push(kind.tag());
    bytes.extend_from_slice(&kind.version().to_le_bytes());
    bytes.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    bytes.extend_from_slice(payload);
    let checksum = Digest::of(&bytes);
    bytes.extend_from_slice(&checksum.0);
    bytes
}

/// The value that an artefact of this kind holds.
pub(crate) fn decode<T: Serialize + DeserializeOwned>(
    kind: ArtifactKind,
    bytes: &[u8],
) -> Result<T, ArtifactError> {
    let payload = open(kind, bytes)?;
    let value: T = postcard::from_bytes(payload)
        .map_err(|error| ArtifactError::Malformed { kind, reason: error.to_string() })?;
    // One value has one encoding: otherwise two different files would be the same artefact, and
    // a digest would pin only one of them.
    if encode(kind, &value)? != bytes {
        return Err(ArtifactError::NotCanonical { kind });
    }
    Ok(value)
}

pub(crate) fn open(kind: ArtifactKind, bytes: &[u8]) -> Result<&[u8], ArtifactError> {
    let truncated = |expected| ArtifactError::Truncated { kind, expected, got: bytes.len() };
    if !bytes.starts_with(MAGIC) {
        return Err(match MAGIC.starts_with(bytes) {
            true => truncated(HEADER_BYTES + CHECKSUM_BYTES),
            false => ArtifactError::NotOurs { expected: kind },
        });
    }
    let Some((header, rest)) = bytes.split_at_checked(HEADER_BYTES) else {
        return Err(truncated(HEADER_BYTES + CHECKSUM_BYTES));
    };
    let (tag, numbers) = header.split_at(MAGIC.len() + 1);
    if tag.last() != Some(&kind.tag()) {
        let got = ArtifactKind::of_bytes(bytes).ok_or(ArtifactError::NotOurs { expected: kind })?;
        return Err(ArtifactError::Kind { expected: kind, got });
    }
    let (version, length) = numbers.split_at(4);
    let version = version.iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte));
    check_version(kind, version)?;
    let length = length.iter().rev().fold(0, |number: u64, &byte| number << 8 | u64::from(byte));
    let expected = usize::try_from(length)
        .ok()
        .and_then(|length| length.checked_add(HEADER_BYTES + CHECKSUM_BYTES))
        .unwrap_or(usize::MAX);
    if bytes.len() < expected {
        return Err(truncated(expected));
    }
    if bytes.len() > expected {
        return Err(ArtifactError::Extended { kind, expected, got: bytes.len() });
    }
    let (payload, checksum) = rest.split_at(rest.len() - CHECKSUM_BYTES);
    if Digest::of(&bytes[..bytes.len() - CHECKSUM_BYTES]).0 != checksum {
        return Err(ArtifactError::Checksum { kind });
    }
    Ok(payload)
}

pub(crate) fn check_version(kind: ArtifactKind, version: u32) -> Result<(), ArtifactError> {
    match version.cmp(&kind.version()) {
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(ArtifactError::Newer { kind, version }),
        Ordering::Less => Err(ArtifactError::Older { kind, version }),
    }
}
