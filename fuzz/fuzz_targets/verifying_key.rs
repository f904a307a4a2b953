//! Verifying keys with their manifests.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lionml::VerifierKey;
use lionml_fuzz::{allow_caught_panics, sealed};

fuzz_target!(init: allow_caught_panics(), |bytes: &[u8]| {
    let _ = VerifierKey::from_bytes(bytes);
    let bytes = sealed(b'v', bytes);
    if let Ok(value) = VerifierKey::from_bytes(&bytes) {
        assert_eq!(value.to_bytes().expect("it was read"), bytes);
    }
});
