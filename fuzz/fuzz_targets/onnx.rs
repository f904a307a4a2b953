//! ONNX files: what is in them, what they mean, and which parts of other files are theirs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lionml_onnx::{ImportOptions, OnnxFile};

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = OnnxFile::from_bytes(bytes) else { return };
    let options = ImportOptions::default();
    let named = file.data_files().unwrap_or_default();
    let data = named.into_iter().map(|name| (name, vec![0x3f; 4096])).collect();
    let _ = (file.survey(&options), file.import(&options));
    let _ = file.with_data(data).import(&options);
});
