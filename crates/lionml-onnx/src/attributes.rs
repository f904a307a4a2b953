//! What must hold of a node's attributes: tract passes over those it does not know, and takes the
//! lengths of lists for granted.

use std::fmt;

use tract_onnx::pb::NodeProto;

use crate::{ops::ONNX_OPS, proto, tensors::datum_type};

/// An attribute with a value that is not supported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeRefusal {
    /// The name of the attribute.
    pub attribute: String,
    /// Its value.
    pub value: String,
    /// What could be imported.
    pub supported: &'static str,
}

impl fmt::Display for AttributeRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attribute, value, supported } = self;
        write!(f, "attribute `{attribute}` is `{value}`, supported is {supported}")
    }
}

/// How many characters of a name and a value are shown.
const MAX_SHOWN: usize = 256;

/// Refuses attributes that the op's importer does not know, and values that it cannot import
/// whatever the operands are.
pub(crate) fn check_attributes(node: &NodeProto, opset: i64) -> Result<(), AttributeRefusal> {
    let Some(op) = ONNX_OPS.iter().find(|op| op.name == node.op_type) else { return Ok(()) };
    let refused = |attribute: &str, value: String, supported: &'static str| {
        let attribute = attribute.chars().take(MAX_SHOWN).collect();
        let value = value.chars().take(MAX_SHOWN).collect();
        Err(AttributeRefusal { attribute, value, supported })
    };
    for attribute in &node.attribute {
        let known = op.attributes.iter().any(|(n, until)| *n == attribute.name && opset < *until);
        if !known {
            return refused(&attribute.name, "set".to_owned(), "only what its operator set has");
        }
    }
    if let Some(mode) = proto::attribute(node, "training_mode").filter(|a| a.i != 0) {
        return refused("training_mode", mode.i.to_string(), "`0`");
    }
    if let ("Pad", Some(mode)) = (op.name, proto::attribute(node, "mode")) {
        let mode = String::from_utf8_lossy(&mode.s);
        if !matches!(&*mode, "constant" | "edge" | "reflect" | "wrap") {
            return refused("mode", mode.into_owned(), "`constant`, `edge`, `reflect` and `wrap`");
        }
    }
    // tract looks for the moves that make up a permutation, and for ever where it is none.
    if let ("Transpose", Some(perm)) = (op.name, proto::attribute(node, "perm")) {
        let mut sorted = perm.ints.clone();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..i64::try_from(sorted.len()).unwrap_or(i64::MAX)) {
            return refused("perm", format!("{:?}", perm.ints), "every axis once");
        }
    }
    if let ("Cast", Some(to)) = (op.name, proto::attribute(node, "to")) {
        let number = i32::try_from(to.i).unwrap_or_default();
        if datum_type("to", number).is_err() {
            return refused("to", proto::element_name(number), "floats, integers and booleans");
        }
    }
    if op.attributes.iter().any(|(name, _)| *name == "strides") {
        let auto = proto::attribute(node, "auto_pad").map(|a| String::from_utf8_lossy(&a.s));
        let automatic = auto.is_some_and(|a| !matches!(&*a, "" | "NOTSET"));
        if automatic && proto::attribute(node, "pads").is_some() {
            return refused("pads", "set".to_owned(), "no padding beside `auto_pad`");
        }
        let mut rank = None;
        let lists =
            [("kernel_shape", 1, 1), ("strides", 1, 1), ("dilations", 1, 1), ("pads", 2, 0)];
        for (list, entries, least) in lists {
            let Some(values) = proto::attribute(node, list).map(|a| &a.ints) else { continue };
            let is_whole = values.len().is_multiple_of(entries);
            let length = *rank.get_or_insert(values.len() / entries);
            if !is_whole || values.len() / entries != length || values.iter().any(|v| *v < least) {
                return refused(
                    list,
                    format!("{values:?}"),
                    "as many sizes as the window has axes",
                );
            }
        }
    }
    Ok(())
}
