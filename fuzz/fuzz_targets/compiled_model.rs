//! Compiled models.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lionml::CompiledModel;
use lionml_fuzz::{allow_caught_panics, sealed};

fuzz_target!(init: allow_caught_panics(), |bytes: &[u8]| {
    let _ = CompiledModel::from_bytes(bytes);
    let bytes = sealed(b'm', bytes);
    if let Ok(value) = CompiledModel::from_bytes(&bytes) {
        assert_eq!(value.to_bytes().expect("it was read"), bytes);
    }
});
