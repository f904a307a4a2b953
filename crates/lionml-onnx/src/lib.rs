//! ONNX models: from bytes to the float model that they mean.
//!
//! ```text
//! bytes ──OnnxFile::from_bytes──▶ OnnxFile      decoded once, and checked to say one thing
//!         OnnxFile::survey ─────▶ Survey        every node, and whether and why not it is supported
//!         OnnxFile::import ─────▶ Imported      each node of the file as operators of LionML
//! ```
//!
//! An importer stands for each ONNX operator, in `ops`. Shapes are those that LionML's operators infer, and
//! what is computed from constants alone is computed by their executions: integers exactly, floats
//! rounded to the tensor's type after each node. ONNX's functions are expanded from a table, and those of the
//! file from the file. Only nodes that wanted outputs need are imported.
//!
//! ```
//! use lionml_onnx::{ImportOptions, OnnxFile};
//!
//! let bytes = fs_err::read("../../models/digits_mlp/model.onnx")?;
//! let file = OnnxFile::from_bytes(&bytes)?;
//! assert_eq!(file.survey(&ImportOptions::default())?.unsupported().count(), 0);
//! let model = file.import(&ImportOptions::default())?.model;
//! assert_eq!(model.inputs().count(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing is ignored: an operator outside the list, an attribute, an operand or an element type that
//! would mean something else here is refused by the names of the ONNX file.

#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

mod constants;
mod element;
mod error;
mod external;
mod file;
mod fold;
mod formats;
mod functions;
mod import;
mod inputs;
mod masks;
mod node;
mod ops;
mod options;
mod pick;
mod proto;
mod survey;
mod tensor;
mod value;
mod ways_out;
mod window;
mod wire;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod integers;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod testing;

pub use error::{ImportError, NodeLabel, UnsupportedOp};
pub use file::{Dimension, OnnxFile, Port};
pub use import::Imported;
pub use inputs::{FixedBy, FixedDimension};
pub use options::ImportOptions;
pub use survey::{Support, Survey, SurveyedNode};

/// The oldest operator set of ai.onnx that is read.
pub const OLDEST_OPSET: i64 = 6;

/// The newest operator set of ai.onnx that is read.
pub const NEWEST_OPSET: i64 = 28;
