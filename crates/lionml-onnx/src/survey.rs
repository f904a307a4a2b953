//! What is in an ONNX file, read from the file alone.
//!
//! A survey fails only on bytes that are no ONNX model: whatever is in one, it is listed with its
//! name and whether it is supported. An import surveys first and refuses before any other work.

use std::collections::BTreeSet;

use lionml_graph::is_hidden;
use tract_onnx::pb::{
    GraphProto, ModelProto, NodeProto, ValueInfoProto, tensor_shape_proto::dimension::Value,
    type_proto,
};

use crate::{
    AttributeRefusal, ImportError,
    attributes::check_attributes,
    ops::{FOLDABLE_OPS, ONNX_OPS},
    proto,
};

/// The oldest operator set that is read: before it, shapes were attributes and broadcasts flags.
pub const OLDEST_OPSET: i64 = 9;

/// The newest operator set that is read. tract knows the ops of all; the newer sets only add
/// element types to those of our list, which `conformance/` checks with the standard's own cases.
pub const NEWEST_OPSET: i64 = 28;

/// How many nodes an error lists.
const MAX_LISTED: usize = 100;

/// What is in an ONNX file.
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    /// The version of the operator set.
    pub opset: i64,
    /// The program that wrote the file, with its version.
    pub producer: String,
    /// The inputs that are no constants.
    pub inputs: Vec<Port>,
    /// The outputs.
    pub outputs: Vec<Port>,
    /// All nodes, those of subgraphs after the node that holds them.
    pub nodes: Vec<SurveyedNode>,
    /// How many numbers the file's constants have.
    pub parameters: u64,
    /// How many graphs stand inside nodes.
    pub subgraphs: usize,
}

/// An input or output of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Port {
    /// The name.
    pub name: String,
    /// The element type, as ONNX calls it.
    pub element: String,
    /// The dimensions, where the file states them.
    pub shape: Option<Vec<Dimension>>,
}

/// A dimension of an input or output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// Its size is known.
    Fixed(usize),
    /// Its size has a name, by which it can be given.
    Free(String),
}

/// A node of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct SurveyedNode {
    /// The name, or the op and the position in its graph; within a subgraph after that of the node
    /// that holds it.
    pub name: String,
    /// The ONNX op.
    pub op: String,
    /// The domain of the op; empty for ONNX's own.
    pub domain: String,
    /// Whether it is supported.
    pub support: Support,
    /// The attribute for which it is refused, where its op would be supported.
    pub refusal: Option<AttributeRefusal>,
}

/// Whether a node is supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It is imported.
    Imported,
    /// It computes from constants and shapes alone and becomes a constant.
    Folded,
    /// It is refused.
    Refused,
}

impl Survey {
    /// Surveys a file.
    pub fn new(bytes: &[u8]) -> Result<Self, ImportError> {
        Self::of(&proto::decode(bytes)?)
    }

    /// Surveys a decoded model.
    pub(crate) fn of(model: &ModelProto) -> Result<Self, ImportError> {
        let graph = proto::graph(model)?;
        let constants = initial_constants(graph);
        let is_input = |input: &&ValueInfoProto| !constants.contains(input.name.as_str());
        let producer = [model.producer_name.as_str(), model.producer_version.as_str()].join(" ");
        let mut survey = Self {
            opset: proto::opset(model),
            producer: visible(producer.trim()),
            inputs: graph.input.iter().filter(is_input).map(port).collect(),
            outputs: graph.output.iter().map(port).collect(),
            nodes: Vec::new(),
            parameters: 0,
            subgraphs: 0,
        };
        survey.visit(graph, "", &mut MAX_NAMES.to_owned())?;
        Ok(survey)
    }

    /// The nodes that are refused, for their op or for an attribute.
    pub fn unsupported(&self) -> impl Iterator<Item = &SurveyedNode> {
        self.nodes.iter().filter(|n| n.support == Support::Refused)
    }

    /// An error that names every op that is refused, or the first attribute, if there are any.
    pub(crate) fn check(&self) -> Result<(), ImportError> {
        if !(OLDEST_OPSET..=NEWEST_OPSET).contains(&self.opset) {
            return Err(ImportError::Opset { got: self.opset });
        }
        let describe = |node: &SurveyedNode| match node.domain.as_str() {
            "" => format!("node `{}` ({})", node.name, node.op),
            domain => format!("node `{}` ({domain}.{})", node.name, node.op),
        };
        let ops = self.unsupported().filter(|node| node.refusal.is_none());
        let mut ops = ops.map(describe);
        let mut nodes: Vec<String> = ops.by_ref().take(MAX_LISTED).collect();
        let more = ops.count();
        if more > 0 {
            nodes.push(format!("and {more} more"));
        }
        if !nodes.is_empty() {
            return Err(ImportError::UnsupportedOps { nodes });
        }
        let refusals = self.nodes.iter().filter_map(|node| Some((node, node.refusal.clone()?)));
        let error = refusals.map(|(node, refusal)| {
            let AttributeRefusal { attribute, value, supported } = refusal;
            let (node, op) = (node.name.clone(), node.op.clone());
            ImportError::Attribute { node, op, attribute, value, supported }
        });
        error.take(1).try_for_each(Err)
    }

    fn visit(
        &mut self,
        graph: &GraphProto,
        prefix: &str,
        room: &mut usize,
    ) -> Result<(), ImportError> {
        let mut constants = initial_constants(graph);
        for tensor in &graph.initializer {
            let elements = tensor.dims.iter().map(|&d| u64::try_from(d).unwrap_or(0));
            self.parameters =
                self.parameters.saturating_add(elements.fold(1u64, u64::saturating_mul));
        }
        for (position, node) in graph.node.iter().enumerate() {
            let name = format!("{prefix}{}", proto::node_name(node, position));
            // Each node of a graph within graphs repeats the names of those that hold it.
            *room = room.checked_sub(name.len() + node.op_type.len()).ok_or_else(|| {
                ImportError::TooMuch {
                    place: proto::node_name(node, position),
                    reason: format!("the names up to here have more than `{MAX_NAMES}` bytes"),
                }
            })?;
            let support = support(node, &constants);
            let refusal = match support {
                Support::Refused => None,
                _ => check_attributes(node, self.opset).err(),
            };
            if is_constant(node, &constants) {
                constants.extend(node.output.iter().map(String::as_str));
            }
            self.nodes.push(SurveyedNode {
                name: name.clone(),
                op: visible(&node.op_type),
                domain: if proto::is_onnx_domain(&node.domain) {
                    String::new()
                } else {
                    visible(&node.domain)
                },
                support: if refusal.is_some() { Support::Refused } else { support },
                refusal,
            });
            for inner in subgraphs(node) {
                self.subgraphs += 1;
                self.visit(inner, &format!("{name}/"), room)?;
            }
        }
        Ok(())
    }
}

/// The most bytes of the names of all nodes.
const MAX_NAMES: usize = 4_000_000;

/// A text of the file in one line, with a sign for each character that is not seen.
fn visible(text: &str) -> String {
    text.replace(is_hidden, "\u{fffd}")
}

/// The graphs inside a node.
fn subgraphs(node: &NodeProto) -> impl Iterator<Item = &GraphProto> {
    node.attribute.iter().flat_map(|a| a.g.iter().chain(&a.graphs))
}

/// The names of the tensors that the file holds.
fn initial_constants(graph: &GraphProto) -> BTreeSet<&str> {
    graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect()
}

/// Whether a node's outputs are known before any input is: it reads constants alone, or no values.
fn is_constant(node: &NodeProto, constants: &BTreeSet<&str>) -> bool {
    let mut operands = node.input.iter().filter(|i| !i.is_empty()).peekable();
    match node.op_type.as_str() {
        "Constant" | "Shape" | "Size" => true,
        _ => operands.peek().is_some() && operands.all(|i| constants.contains(i.as_str())),
    }
}

fn support(node: &NodeProto, constants: &BTreeSet<&str>) -> Support {
    let op = node.op_type.as_str();
    if !proto::is_onnx_domain(&node.domain) || subgraphs(node).next().is_some() {
        Support::Refused
    } else if ONNX_OPS.iter().any(|known| known.name == op) {
        if is_constant(node, constants) { Support::Folded } else { Support::Imported }
    } else if FOLDABLE_OPS.contains(&op) && is_constant(node, constants) {
        Support::Folded
    } else {
        Support::Refused
    }
}

/// The symbol by which a dimension's size can be given, or its size.
pub(crate) fn dimension(input: &str, axis: usize, value: Option<&Value>) -> Dimension {
    match value {
        Some(Value::DimParam(symbol)) if !symbol.is_empty() => Dimension::Free(symbol.clone()),
        Some(Value::DimValue(size)) => usize::try_from(*size)
            .map_or_else(|_| Dimension::Free(format!("{input}.{axis}")), Dimension::Fixed),
        _ => Dimension::Free(format!("{input}.{axis}")),
    }
}

fn port(info: &ValueInfoProto) -> Port {
    let value = info.r#type.as_ref().and_then(|t| t.value.as_ref());
    let tensor = value.map(|type_proto::Value::TensorType(tensor)| tensor);
    let shape = tensor.and_then(|t| t.shape.as_ref()).map(|shape| {
        let dimensions = shape.dim.iter().enumerate();
        let dimensions = dimensions.map(|(axis, d)| dimension(&info.name, axis, d.value.as_ref()));
        let shown = |dimension| match dimension {
            Dimension::Free(symbol) => Dimension::Free(visible(&symbol)),
            fixed => fixed,
        };
        dimensions.map(shown).collect()
    });
    let element = tensor.map_or("no tensor".to_owned(), |t| proto::element_name(t.elem_type));
    Port { name: info.name.clone(), element, shape }
}
