//! Files of proofs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lionml::ProofFile;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = ProofFile::from_bytes(bytes) {
        assert_eq!(value.to_bytes().expect("it was read"), bytes);
    }
});
