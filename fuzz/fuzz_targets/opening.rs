//! Openings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lionml::Opening;
use lionml_fuzz::resealed;

fuzz_target!(|bytes: &[u8]| {
    let bytes = resealed(bytes);
    if let Ok(value) = Opening::from_bytes(&bytes) {
        assert_eq!(value.to_bytes().expect("it was read"), bytes);
    }
});
