//! ONNX models, read through tract: from bytes to the float model that they mean.
//!
//! ```text
//! bytes ──Survey──▶ what is in the file      every node and whether it is supported; no tract yet
//!       ──import──▶ lionml_graph::Model      tract types the graph, each of its ops becomes ours
//!       ──Reference──▶ tract's own float run the oracle for what the file means
//! ```
//!
//! tract parses every operator set, infers shapes and types. Its graph is taken typed but not
//! decluttered: in that form each ONNX node is a fixed group of tract ops that carry the node's
//! key, so that every one of ours is traced back to its node, and no rewrite of tract's decides
//! what the circuit computes. What decluttering would have folded, [`import()`] folds itself: a node
//! whose operands are all constants is run by tract once and becomes a constant.
//!
//! ```
//! use lionml_onnx::{ImportOptions, Survey, import};
//!
//! let bytes = fs_err::read("../../models/digits_mlp/model.onnx")?;
//! assert_eq!(Survey::new(&bytes)?.unsupported().count(), 0);
//! let model = import(&bytes, &ImportOptions::default())?.model;
//! assert_eq!(model.inputs().count(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing is ignored: an op outside the list, an attribute, an operand or an element type that
//! would mean something else here is refused by the names of the ONNX file.

#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

mod attributes;
mod bounded;
mod error;
mod extensions;
mod external;
mod import;
mod node;
mod ops;
mod options;
mod prepare;
mod proto;
mod reference;
mod survey;
mod tensors;
mod tract;
mod wire;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod integers;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod testing;

pub use attributes::AttributeRefusal;
pub use error::ImportError;
pub use external::{data_files, with_data};
pub use import::{Imported, import};
pub use options::ImportOptions;
pub use reference::Reference;
pub use survey::{Dimension, NEWEST_OPSET, OLDEST_OPSET, Port, Support, Survey, SurveyedNode};
