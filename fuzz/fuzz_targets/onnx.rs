//! ONNX files: what is in them, what they mean, and which parts of other files are theirs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lionml_fuzz::allow_caught_panics;
use lionml_onnx::{ImportOptions, Survey, data_files, import, with_data};

fuzz_target!(init: allow_caught_panics(), |bytes: &[u8]| {
    let _ = Survey::new(bytes);
    let _ = import(bytes, &ImportOptions::default());
    let named = data_files(bytes).unwrap_or_default();
    let files = named.into_iter().map(|name| (name, vec![0x3f; 4096])).collect();
    let _ = with_data(bytes, &files);
});
