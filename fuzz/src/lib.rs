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

/// Undoes the hook with which the fuzzer ends at every panic: those of snarkVM are caught and become
/// errors. One that nobody catches still ends it.
pub fn allow_caught_panics() {
    drop(std::panic::take_hook());
}

/// A JSON artefact with the checksum that its text should have, where it has one.
pub fn resealed(bytes: &[u8]) -> Vec<u8> {
    const MARK: &[u8] = b"\"checksum\":\"";
    let place = bytes.windows(MARK.len()).position(|window| window == MARK);
    let Some(start) = place.map(|place| place + MARK.len()) else { return bytes.to_vec() };
    let mut bytes = bytes.to_vec();
    let Some(checksum) = bytes.get_mut(start..start + 64) else { return bytes };
    checksum.fill(b'0');
    let digest = lionml::Digest::of(&bytes).to_string();
    bytes[start..start + 64].copy_from_slice(digest.as_bytes());
    bytes
}
