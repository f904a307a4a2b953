//! Varuna's own keys, proofs and certificates, in our form and in Aleo's.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lionml_fuzz::allow_caught_panics;
use lionml_varuna::{Certificate, Proof, VerifyingKey};

fuzz_target!(init: allow_caught_panics(), |bytes: &[u8]| {
    if let Ok(key) = VerifyingKey::from_bytes(bytes) {
        assert_eq!(key.as_bytes(), bytes);
    }
    if let Ok(key) = VerifyingKey::from_aleo_bytes(bytes) {
        assert_eq!(key.to_aleo_bytes(), bytes);
    }
    if let Ok(proof) = Proof::from_bytes(bytes) {
        assert_eq!(proof.as_bytes(), bytes);
    }
    if let Ok(proof) = Proof::from_aleo_bytes(bytes) {
        assert_eq!(proof.to_aleo_bytes(), bytes);
    }
    if let Ok(certificate) = Certificate::from_bytes(bytes) {
        assert_eq!(certificate.as_bytes(), bytes);
    }
});
