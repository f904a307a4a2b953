//! What the targets share.

/// A payload in the container of binary artefacts: a fuzzer does not guess checksums.
pub fn sealed(tag: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = b"LIONML\0".to_vec();
    bytes.push(tag);
    bytes.extend_from_slice(&lionml::ArtifactKind::VERSION.to_le_bytes());
    bytes.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    bytes.extend_from_slice(payload);
    let checksum = lionml::Digest::of(&bytes);
    bytes.extend_from_slice(&checksum.0);
    bytes
}
