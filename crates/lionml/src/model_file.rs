//! An ONNX file, with the data that lies in files beside it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use lionml_onnx::OnnxFile;
use lionml_r1cs::Digest;

use crate::{
    Error, RequestError, container,
    files::{read_named, read_within},
};

/// The most bytes of a model's file, and of all files that it names together. Those of any model that can
/// be proved are fewer, and a file of nothing can be of any length.
const MAX_MODEL_BYTES: u64 = 80_000_000;

/// A model as it is imported, and by which digest it is known.
pub(crate) struct ModelFile {
    /// The ONNX model with all of its data.
    pub(crate) onnx: OnnxFile,
    /// The SHA-256 of the file. Where data lies in other files: the SHA-256 of the digests of the file
    /// and of each of those, in the order in which it first names them, since all of them are the
    /// model.
    pub(crate) digest: Digest,
    /// Every file that was read.
    pub(crate) files: Vec<PathBuf>,
}

impl ModelFile {
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let mut room = MAX_MODEL_BYTES;
        Self::from_bytes(read_within(path, &mut room)?, path)
    }

    /// The model with these bytes, which were read from there.
    pub(crate) fn from_bytes(bytes: Vec<u8>, path: &Path) -> Result<Self, Error> {
        if bytes.starts_with(container::MAGIC) {
            let value = path.display().to_string();
            let expected =
                "an ONNX file; this model is compiled: `lionml check`, `setup` and `prove` take it";
            return Err(RequestError::Field { field: "model", value, expected }.into());
        }
        let mut files = vec![path.to_owned()];
        let error = |source| Error::OnnxFile { path: path.to_owned(), source: Box::new(source) };
        let onnx = OnnxFile::from_bytes(&bytes).map_err(error)?;
        let names = onnx.data_files().map_err(error)?;
        let digest = Digest::of(&bytes);
        if names.is_empty() {
            return Ok(Self { onnx, digest, files });
        }
        let mut digests = digest.0.to_vec();
        let mut data = BTreeMap::new();
        let mut room = MAX_MODEL_BYTES;
        for name in names {
            let beside = path.with_file_name(&name);
            let bytes = read_named(&beside, &mut room)?;
            digests.extend(Digest::of(&bytes).0);
            data.insert(name, bytes);
            files.push(beside);
        }
        Ok(Self { onnx: onnx.with_data(data), digest: Digest::of(&digests), files })
    }
}
