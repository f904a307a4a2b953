//! From an ONNX file to the float model that is compiled.

use std::{collections::BTreeMap, path::Path};

use lionml_graph::Model;
use lionml_onnx::{FixedBy, FixedDimension, ImportOptions, OnnxFile};

use crate::Error;

/// A model as it is compiled.
pub(crate) struct Float {
    /// The simplified model. Settings are of this form: they count its nodes.
    pub(crate) model: Model,
    /// The sizes of all free dimensions: with them the same file is this model again.
    pub(crate) dims: BTreeMap<String, usize>,
    /// The sizes that nobody gave by name.
    pub(crate) notes: Vec<String>,
}

/// The model in an ONNX file. The path is for errors, where the file has one.
pub(crate) fn import(
    onnx: &OnnxFile,
    path: Option<&Path>,
    options: &ImportOptions,
) -> Result<Float, Error> {
    let imported = onnx.import(options).map_err(|source| match path {
        Some(path) => Error::OnnxFile { path: path.to_owned(), source: Box::new(source) },
        None => source.into(),
    })?;
    let dims = imported.fixed.iter().map(|fixed| (fixed.symbol.clone(), fixed.size)).collect();
    let notes = imported.fixed.iter().filter_map(note).collect();
    Ok(Float { model: lionml_graph::simplify(&imported.model)?, dims, notes })
}

/// Where a size is from that nobody gave by name.
fn note(fixed: &FixedDimension) -> Option<String> {
    let FixedDimension { input, axis, symbol, size, by } = fixed;
    let reason = match by {
        FixedBy::Name => return None,
        FixedBy::Shape => "as in the given inputs",
        FixedBy::Batch => "one input at a time",
    };
    Some(format!(
        "axis {axis} of input `{input}` has the size {size}, {reason}: `--dim {symbol}=SIZE` gives \
         another one"
    ))
}
