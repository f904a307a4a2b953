//! Files of inputs: JSON, npy and npz.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lionml::{InputFile, Shape};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(file) = InputFile::parse(bytes) {
        let _ = file.bind(&[("x", &Shape::from([1, 4]))]);
        let _ = file.bind(&[("x", &Shape::from([2])), ("y", &Shape::from([]))]);
    }
});
