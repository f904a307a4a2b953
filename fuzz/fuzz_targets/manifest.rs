//! Manifests.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lionml::Manifest;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = Manifest::from_bytes(bytes) {
        assert_eq!(value.to_bytes().expect("it was read"), bytes);
    }
});
