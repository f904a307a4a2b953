//! From ONNX bytes to the float model that is compiled.

use std::{collections::BTreeMap, path::Path};

use lionml_graph::Model;
use lionml_onnx::ImportOptions;

use crate::Error;

/// The simplified model in an ONNX file. Settings are of this form: they count its nodes. The path
/// is for errors, where the bytes have one.
pub(crate) fn import(
    onnx: &[u8],
    path: Option<&Path>,
    dims: &BTreeMap<String, usize>,
) -> Result<Model, Error> {
    let options = ImportOptions { dims: dims.clone(), ..ImportOptions::default() };
    let imported = lionml_onnx::import(onnx, &options).map_err(|source| match path {
        Some(path) => Error::OnnxFile { path: path.to_owned(), source },
        None => source.into(),
    })?;
    Ok(lionml_graph::simplify(&imported.model)?)
}
