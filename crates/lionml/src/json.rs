//! Artefacts that are JSON text: one value has one text.

use lionml_r1cs::Digest;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    ArtifactError,
    container::{ArtifactKind, check_version},
    json_keys,
};

/// What every JSON artefact starts with.
#[derive(Deserialize)]
struct Header {
    /// Empty in what is none of ours.
    #[serde(default)]
    format: String,
    #[serde(default)]
    version: u32,
}

/// The one text of a value: compact, members in the order of their declaration.
pub(crate) fn encode<T: Serialize>(
    kind: ArtifactKind,
    value: &T,
) -> Result<Vec<u8>, ArtifactError> {
    serde_json::to_vec(value)
        .map_err(|error| ArtifactError::Malformed { kind, reason: error.to_string() })
}

/// The value with this text.
pub(crate) fn decode<T: Serialize + DeserializeOwned>(
    kind: ArtifactKind,
    bytes: &[u8],
) -> Result<T, ArtifactError> {
    let malformed = |error: serde_json::Error| match error.classify() {
        serde_json::error::Category::Eof => {
            ArtifactError::Truncated { kind, expected: bytes.len() + 1, got: bytes.len() }
        }
        _ => ArtifactError::Malformed { kind, reason: error.to_string() },
    };
    if !bytes.is_empty() && !bytes.starts_with(b"{") {
        return Err(ArtifactError::NotOurs { expected: kind });
    }
    json_keys::check(bytes).map_err(malformed)?;
    let header: Header = serde_json::from_slice(bytes).map_err(malformed)?;
    match ArtifactKind::of_format(&header.format) {
        Some(got) if got == kind => check_version(kind, header.version)?,
        Some(got) => return Err(ArtifactError::Kind { expected: kind, got }),
        None => return Err(ArtifactError::NotOurs { expected: kind }),
    }
    let value: T = serde_json::from_slice(bytes).map_err(malformed)?;
    if encode(kind, &value)? != bytes {
        return Err(ArtifactError::NotCanonical { kind });
    }
    Ok(value)
}

/// The one text of a value with a member that is the digest of the text, in which it is zeros.
pub(crate) fn encode_sealed<T: Serialize>(
    kind: ArtifactKind,
    value: &mut T,
    checksum: fn(&mut T) -> &mut Digest,
) -> Result<Vec<u8>, ArtifactError> {
    *checksum(value) = Digest([0; 32]);
    *checksum(value) = Digest::of(&encode(kind, value)?);
    encode(kind, value)
}

/// The value with this text, if [`encode_sealed`] would write the same.
pub(crate) fn decode_sealed<T: Serialize + DeserializeOwned>(
    kind: ArtifactKind,
    bytes: &[u8],
    checksum: fn(&mut T) -> &mut Digest,
) -> Result<T, ArtifactError> {
    let mut value: T = decode(kind, bytes)?;
    match encode_sealed(kind, &mut value, checksum)? == bytes {
        true => Ok(value),
        false => Err(ArtifactError::Checksum { kind }),
    }
}

/// Paths as text for people: JSON has no others, and what was written is written whatever its name.
pub(crate) fn paths<S: serde::Serializer>(
    paths: &[std::path::PathBuf],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(paths.iter().map(|path| path.to_string_lossy()))
}

/// Digests as hexadecimal text.
pub(crate) mod hex_digest {
    use super::{Deserialize, Digest};

    pub(crate) fn serialize<S: serde::Serializer>(
        digest: &Digest,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(digest)
    }

    pub(crate) fn deserialize<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Digest, D::Error> {
        let text = String::deserialize(deserializer)?;
        crate::digest_from_hex(&text)
            .ok_or_else(|| serde::de::Error::custom("a digest has 64 hexadecimal digits"))
    }
}

/// Bytes as hexadecimal text.
pub(crate) mod hex_bytes {
    use super::Deserialize;

    pub(crate) fn serialize<S: serde::Serializer>(
        bytes: &[u8],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        hex::decode(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
