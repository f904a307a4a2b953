//! ONNX files: what is in them, and what they mean.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lionml_fuzz::allow_caught_panics;
use lionml_onnx::{ImportOptions, Survey, import};

fuzz_target!(init: allow_caught_panics(), |bytes: &[u8]| {
    let _ = Survey::new(bytes);
    let _ = import(bytes, &ImportOptions::default());
});
