//! Verifying keys with their manifests.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lionml::VerifierKey;
use lionml_fuzz::sealed;

fuzz_target!(|bytes: &[u8]| {
    let _ = VerifierKey::from_bytes(bytes);
    let bytes = sealed(b'v', bytes);
    if let Ok(value) = VerifierKey::from_bytes(&bytes) {
        assert_eq!(value.to_bytes().expect("it was read"), bytes);
    }
});
