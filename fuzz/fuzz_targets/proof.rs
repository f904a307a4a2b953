//! Files of proofs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lionml::ProofFile;
use lionml_fuzz::{allow_caught_panics, resealed};

fuzz_target!(init: allow_caught_panics(), |bytes: &[u8]| {
    let bytes = resealed(bytes);
    if let Ok(value) = ProofFile::from_bytes(&bytes) {
        assert_eq!(value.to_bytes().expect("it was read"), bytes);
    }
});
