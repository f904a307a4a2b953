//! The stored form of a quantised model.

use std::fmt;

use lionml_ops::OpError;
use lionml_quant::QTensor;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, SeqAccess, Visitor},
};

use crate::{
    FixedSource, GraphError, Kind, Outlet, Output, QuantModel, is_plain_name,
    quant_model::check_whole_bits,
};

/// A quantised model without facts, which are inferred again when it is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename = "QuantModel")]
pub struct StoredModel {
    #[serde(deserialize_with = "bounded_nodes")]
    nodes: Vec<StoredNode>,
    outputs: Vec<Output>,
}

/// A node without facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredNode {
    name: String,
    kind: Kind<FixedSource>,
    inputs: Vec<Outlet>,
}

/// The most nodes of a file: four bytes are one, which takes hundreds in memory.
const MAX_NODES: usize = 1 << 16;

/// Reads nodes until there are too many.
fn bounded_nodes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<StoredNode>, D::Error> {
    struct Nodes;

    impl<'de> Visitor<'de> for Nodes {
        type Value = Vec<StoredNode>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "at most {MAX_NODES} nodes")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut nodes: A) -> Result<Self::Value, A::Error> {
            let mut read = Vec::new();
            while let Some(node) = nodes.next_element()? {
                if read.len() == MAX_NODES {
                    return Err(A::Error::custom(format_args!("more than {MAX_NODES} nodes")));
                }
                read.push(node);
            }
            Ok(read)
        }
    }

    deserializer.deserialize_seq(Nodes)
}

impl From<&QuantModel> for StoredModel {
    fn from(model: &QuantModel) -> Self {
        let nodes = model.nodes().iter().map(|node| StoredNode {
            name: node.name.clone(),
            kind: node.kind.clone(),
            inputs: node.inputs.clone(),
        });
        Self { nodes: nodes.collect(), outputs: model.outputs().to_vec() }
    }
}

impl TryFrom<StoredModel> for QuantModel {
    type Error = GraphError;

    fn try_from(stored: StoredModel) -> Result<Self, GraphError> {
        let mut model = Self::new();
        let names = stored.nodes.iter().map(|node| &node.name);
        if let Some(name) =
            names.chain(stored.outputs.iter().map(|o| &o.name)).find(|n| !is_plain_name(n))
        {
            return Err(GraphError::Name { name: name.clone() });
        }
        for StoredNode { name, kind, inputs } in stored.nodes {
            let source = match kind {
                Kind::Op(op) => {
                    model.op(name, op, &inputs)?;
                    continue;
                }
                Kind::Source(source) => source,
            };
            if !inputs.is_empty() {
                let source = OpError::Operands { expected: 0, got: inputs.len() };
                return Err(GraphError::Op { node: name, op: "Source", source });
            }
            match source {
                FixedSource::Input { shape, element, number } => {
                    if let Err(source) = shape.checked_elements() {
                        return Err(GraphError::InputShape { input: name, source });
                    }
                    check_whole_bits(&name, &number.interval)?;
                    model.input(name, shape, element, number);
                }
                FixedSource::Constant(value) => {
                    let tight = QTensor::constant((*value.values).clone(), value.number.scale);
                    if tight.as_ref() != Ok(&value) {
                        let source = OpError::Attribute {
                            attribute: "interval",
                            value: value.number.interval.to_string(),
                            expected: "that of its values",
                        };
                        return Err(GraphError::Op { node: name, op: "Constant", source });
                    }
                    model.constant(name, value);
                }
            }
        }
        for output in stored.outputs {
            model.output(output.name, output.outlet, output.element)?;
        }
        Ok(model)
    }
}
