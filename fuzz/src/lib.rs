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

/// Undoes the hook with which the fuzzer ends at every panic: those of tract and snarkVM are caught
/// and become errors. One that nobody catches still ends it.
pub fn allow_caught_panics() {
    drop(std::panic::take_hook());
}
