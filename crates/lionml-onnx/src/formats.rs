//! Files that are something else than ONNX models, by their first bytes.

const PYTORCH: &str = "load it in Python and write it with `torch.onnx.export(model, example, \
                       \"model.onnx\")`";

const PICKLE: &str = "load it in Python and export it: `skl2onnx.to_onnx(model, example)` for \
                      scikit-learn, `torch.onnx.export(model, example, \"model.onnx\")` for PyTorch";

const KERAS: &str = "load it in Python and write it with `model.export(\"model.onnx\", \
                     format=\"onnx\")`, or with `tf2onnx`";

const TFLITE: &str = "convert it with `python -m tf2onnx.convert --tflite model.tflite --output \
                      model.onnx`";

const SAFETENSORS: &str = "it holds weights without the network: load them into the network in Python \
                           and write that with `torch.onnx.export`";

const LFS: &str = "fetch the file itself with `git lfs pull`";

const ARRAY: &str = "the model comes first, and arrays are given with `--input` or `--samples`";

const JSON: &str = "the model comes first, and inputs are given with `--input` or `--samples`";

const UNPACK: &str = "unpack it: the model is inside";

/// What a file looks like, and how to make an ONNX model of it; none where it may be one.
pub(crate) fn recognise(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let starts = |prefix: &[u8]| bytes.starts_with(prefix);
    let contains = |text: &[u8]| {
        /// Names of the files of an archive stand near its beginning.
        const HEAD: usize = 4096;
        let head = bytes.get(..HEAD).unwrap_or(bytes);
        head.windows(text.len()).any(|window| window == text)
    };
    if starts(b"PK\x03\x04") {
        return Some(match () {
            () if contains(b"data.pkl") => ("it looks like a PyTorch checkpoint", PYTORCH),
            () if contains(b"config.json") && contains(b"metadata.json") => {
                ("it looks like a Keras model", KERAS)
            }
            () if contains(b".npy") => ("it looks like arrays of NumPy", ARRAY),
            () => ("it is a zip archive", UNPACK),
        });
    }
    let is_json = || {
        let text = bytes.trim_ascii_start();
        matches!(text, [b'{' | b'[', ..])
            && text.iter().all(|b| *b >= b' ' || b.is_ascii_whitespace())
    };
    let is_safetensors = || bytes.get(7..10).is_some_and(|b| b == b"\0{\"");
    match bytes {
        // A pickle of protocol 2 to 5 names its protocol and ends with a stop.
        [0x80, 2..=5, .., b'.'] => Some(("it looks like a pickle of Python", PICKLE)),
        _ if starts(b"\x89HDF\r\n\x1a\n") => Some(("it looks like a Keras model in HDF5", KERAS)),
        _ if bytes.get(4..8) == Some(b"TFL3") => Some(("it looks like a TFLite model", TFLITE)),
        _ if is_safetensors() => Some(("it looks like safetensors", SAFETENSORS)),
        _ if starts(b"version https://git-lfs") => Some(("it is a pointer of Git LFS", LFS)),
        _ if starts(b"\x93NUMPY") => Some(("it is an array of NumPy", ARRAY)),
        _ if starts(b"\x1f\x8b") => Some(("it is compressed with gzip", UNPACK)),
        _ if is_json() => Some(("it looks like JSON", JSON)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_files_by_their_first_bytes() {
        for (bytes, expected) in [
            (&b"PK\x03\x04 archive/data.pkl"[..], "PyTorch"),
            (b"PK\x03\x04 metadata.json config.json model.weights.h5", "Keras"),
            (b"PK\x03\x04 x.npy", "NumPy"),
            (b"PK\x03\x04 other", "zip"),
            (b"\x80\x04\x95 sklearn .", "pickle"),
            (b"\x89HDF\r\n\x1a\n", "HDF5"),
            (b"\x1c\0\0\0TFL3", "TFLite"),
            (b"\x40\0\0\0\0\0\0\0{\"__metadata__\":{}}", "safetensors"),
            (b"version https://git-lfs.github.com/spec/v1\n", "LFS"),
            (b"\x93NUMPY\x01\0", "NumPy"),
            (b"\x1f\x8b\x08", "gzip"),
            (b" {\"input_data\": [[1]]}\n", "JSON"),
        ] {
            let (reason, export) = recognise(bytes).unwrap();
            assert!(reason.contains(expected), "{reason}");
            assert!(!export.is_empty());
        }
        for model in [&b"\x08\x07\x12\x04test"[..], b"", b"\x0a", b"{\x01"] {
            assert_eq!(recognise(model), None);
        }
    }
}
