//! From ONNX bytes to the float model that is compiled.

use std::collections::BTreeMap;

use lionml_graph::Model;
use lionml_onnx::ImportOptions;

use crate::Error;

/// The simplified model in an ONNX file. Settings are of this form: they count its nodes.
pub(crate) fn import(onnx: &[u8], dims: &BTreeMap<String, usize>) -> Result<Model, Error> {
    let options = ImportOptions { dims: dims.clone(), ..ImportOptions::default() };
    let imported = lionml_onnx::import(onnx, &options)?;
    Ok(lionml_graph::simplify(&imported.model)?)
}
