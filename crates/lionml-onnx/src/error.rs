//! Errors of the importer, in the names of the ONNX file.

use std::{collections::BTreeSet, fmt};

use lionml_graph::GraphError;
use lionml_ops::OpError;
use lionml_tensor::ShapeError;

use crate::{NEWEST_OPSET, OLDEST_OPSET};

/// A node of a file, and the operator that it is.
///
/// A node without a name is called by its operator and its position in the file, such as `Conv #3`; one
/// inside of another node by both names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeLabel {
    /// The name.
    pub name: String,
    /// The operator.
    pub op: String,
    /// The domain of the operator; `ai.onnx` for ONNX's own.
    pub domain: String,
    /// The version of the domain's operator set that the file asks for, if it names one.
    pub opset: Option<i64>,
}

impl fmt::Display for NodeLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, op, domain, opset } = self;
        match opset {
            Some(opset) => write!(f, "node `{name}` ({op}, {domain} {opset})"),
            None => write!(f, "node `{name}` ({op}, {domain})"),
        }
    }
}

/// A node whose operator is not supported, for any operands or for those that it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsupportedOp {
    /// The node.
    pub node: NodeLabel,
    /// What to do about it.
    pub way_out: String,
}

/// A file that is not an ONNX model, or a model that cannot be imported.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// Bytes that are not an ONNX model.
    #[error("not an ONNX model: {reason}")]
    NotOnnx {
        /// What is wrong with them.
        reason: String,
        /// How to make an ONNX model of them, where they are something else that is known.
        export: Option<&'static str>,
    },
    /// A file that can be read in two ways: what one program audits is not what another runs.
    #[error("the file can be read in two ways: `{place}`: {reason}")]
    Ambiguous {
        /// The message of the file: its fields from the outermost in, with positions and names.
        place: String,
        /// What stands there.
        reason: String,
    },
    /// A file that describes more than memory should hold.
    #[error("the file describes too much: `{place}`: {reason}")]
    TooMuch {
        /// The message of the file up to which it was read.
        place: String,
        /// What is too much.
        reason: String,
    },
    /// The name of an input, an output or a dimension that a screen could take for something else.
    #[error("the name {name:?}: {}", lionml_graph::PLAIN_NAME)]
    Name {
        /// The name.
        name: String,
    },
    /// A version of the operator set that is not read.
    #[error(
        "{node}: operator set `{got}`, where `{OLDEST_OPSET}` to `{NEWEST_OPSET}` of ai.onnx are read"
    )]
    Opset {
        /// The first node of that operator set.
        node: NodeLabel,
        /// The version that the model asks for; zero where it asks for none.
        got: i64,
    },
    /// Nodes whose operator is not supported: all of them.
    #[error("unsupported: {}", listed(nodes))]
    UnsupportedOps {
        /// The nodes.
        nodes: Vec<UnsupportedOp>,
    },
    /// A part of the ONNX format that is not read, outside any node.
    #[error("the model has {part}, which are not supported")]
    UnsupportedPart {
        /// What it is, in the plural.
        part: &'static str,
    },
    /// An attribute with a value that is not supported.
    #[error("{node}: attribute `{attribute}` is `{value}`; supported: {supported}")]
    Attribute {
        /// The node.
        node: NodeLabel,
        /// The name of the attribute.
        attribute: String,
        /// Its value.
        value: String,
        /// What could be imported.
        supported: &'static str,
    },
    /// An attribute that the operator does not have in the operator set that the file asks for.
    #[error("{node}: its operator set has no attribute `{attribute}`")]
    UnknownAttribute {
        /// The node.
        node: NodeLabel,
        /// The name of the attribute.
        attribute: String,
    },
    /// An operand or an output that is not supported.
    #[error("{node}: {place} is {got}; supported: {supported}")]
    Operand {
        /// The node.
        node: NodeLabel,
        /// Which operand or output.
        place: &'static str,
        /// What it is.
        got: String,
        /// What could be imported.
        supported: &'static str,
        /// What to do about it, where that is known.
        way_out: Option<&'static str>,
    },
    /// A node whose types and shapes do not fit.
    #[error("{node}: {reason}")]
    Node {
        /// The node.
        node: NodeLabel,
        /// What does not fit.
        reason: String,
    },
    /// A tensor that a node or the model's outputs take and nothing produces.
    #[error("{reader} takes the tensor `{tensor}`, which nothing before it produces")]
    UnknownTensor {
        /// The node or the output.
        reader: String,
        /// The tensor.
        tensor: String,
    },
    /// A constant of the file that is not well formed.
    #[error("constant `{tensor}`: {reason}")]
    Constant {
        /// The name of the tensor, or of the node that holds it.
        tensor: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A constant whose elements cannot be proved: no number of a circuit stands for them.
    #[error("constant `{tensor}` holds `{value}`, {reason}")]
    ConstantValue {
        /// The name of the tensor, or of the node that makes it.
        tensor: String,
        /// The element.
        value: String,
        /// Why it cannot be proved.
        reason: &'static str,
        /// What to do about it.
        way_out: &'static str,
    },
    /// A tensor too large to be proved, or to be held.
    #[error("`{tensor}`")]
    TooLarge {
        /// The name of the tensor, or of the node that makes it.
        tensor: String,
        /// Its size.
        #[source]
        source: ShapeError,
    },
    /// An input, output or constant of a type that is not supported.
    #[error("`{tensor}` has elements of type `{got}`; supported: floats, integers and booleans")]
    ElementType {
        /// The name of the tensor.
        tensor: String,
        /// Its type.
        got: String,
    },
    /// An output that is asked for and cannot be read.
    #[error("output `{output}` cannot be read, and {}", rest(others))]
    UnreadableOutput {
        /// The name of the output.
        output: String,
        /// Those that can be read.
        others: Vec<String>,
        /// Why it cannot be read.
        #[source]
        source: Box<ImportError>,
    },
    /// An output that the model does not have.
    #[error("no output `{output}`; there are {}", list(known))]
    UnknownOutput {
        /// The name that was given.
        output: String,
        /// Those that the model has.
        known: Vec<String>,
    },
    /// A dimension of an input that nobody fixed.
    #[error("axis `{axis}` of input `{input}` has no size: dimension `{symbol}` is free")]
    FreeDimension {
        /// The name of the input.
        input: String,
        /// The axis.
        axis: usize,
        /// The name under which its size can be given.
        symbol: String,
    },
    /// An input whose shape the file does not state.
    #[error("the shape of input `{input}` is not stated")]
    NoShape {
        /// The name of the input.
        input: String,
    },
    /// The size of a dimension that the model does not have.
    #[error("no dimension `{symbol}`; free are {}", list(known))]
    UnknownDimension {
        /// The symbol that was given.
        symbol: String,
        /// Those that the model has.
        known: Vec<String>,
    },
    /// A value for an input that the model does not have.
    #[error("no input `{input}`; there are {}", list(known))]
    UnknownInput {
        /// The name that was given.
        input: String,
        /// Those that the model has.
        known: Vec<String>,
    },
    /// A node that does not fit its operands.
    #[error("{node}")]
    Operator {
        /// The node.
        node: NodeLabel,
        /// What does not fit.
        #[source]
        source: OpError,
    },
    /// A graph that cannot be built, for another reason.
    #[error(transparent)]
    Graph(Box<GraphError>),
}

impl ImportError {
    /// A node whose operator is not supported.
    pub(crate) fn unsupported(node: &NodeLabel, way_out: Option<&str>) -> Self {
        let way_out =
            way_out.map_or_else(|| crate::ways_out::way_out(&node.domain, &node.op), str::to_owned);
        Self::UnsupportedOps { nodes: vec![UnsupportedOp { node: node.clone(), way_out }] }
    }

    /// Bytes that are not an ONNX model, and nothing else that is known.
    pub(crate) fn not_onnx(reason: impl Into<String>) -> Self {
        Self::NotOnnx { reason: reason.into(), export: None }
    }

    /// What does not fit at a node of the file: an operator of ours gets the file's name for it.
    pub(crate) fn at(node: &NodeLabel, error: GraphError) -> Self {
        match error {
            GraphError::Op { source, .. } => Self::Operator { node: node.clone(), source },
            error => Self::Graph(Box::new(error)),
        }
    }

    /// What to do next, where there is something.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NotOnnx { export: Some(export), .. } => export,
            Self::NotOnnx { .. } => {
                "export the model with `torch.onnx.export`, `tf2onnx` or `skl2onnx`"
            }
            Self::FreeDimension { symbol, .. } => {
                return Some(format!("fix it with `--dim {symbol}=1`"));
            }
            Self::NoShape { input } => {
                return Some(format!(
                    "give an input or samples as `.npy`, whose shape it takes, or sizes with \
                     `--dim {input}.0=1`, one for each axis"
                ));
            }
            Self::Opset { got: 0, .. } => {
                "the file names no operator set of ai.onnx: export the model again"
            }
            Self::Opset { .. } => "convert the model with `onnx.version_converter`",
            Self::UnknownAttribute { .. } => {
                "the file asks for another operator set than its nodes are written for: export the \
                 model again"
            }
            Self::Operand { way_out: Some(way_out), .. } => way_out,
            Self::ConstantValue { way_out, .. } => way_out,
            Self::Attribute { .. } | Self::Operand { .. } => {
                "change the node in the model to what is supported, and export it again"
            }
            Self::Name { .. } => "give it another name in the model and export it again",
            Self::Ambiguous { .. } => {
                "leave one of them in the model and export it again: a file has one meaning here, or \
                 none"
            }
            Self::TooLarge { .. } | Self::TooMuch { .. } => {
                "nothing of this size can be proved: make the model smaller"
            }
            Self::UnsupportedPart { .. } => "export the model again without them",
            Self::UnknownTensor { .. } => {
                "nodes stand in the order in which they are computed: export the model again"
            }
            Self::UnreadableOutput { source, .. } => return source.hint(),
            Self::UnsupportedOps { nodes } => return Some(ways_out(nodes)),
            _ => return None,
        };
        Some(text.to_owned())
    }
}

/// The way out for each operator, each once.
fn ways_out(nodes: &[UnsupportedOp]) -> String {
    /// How many operators a hint speaks of.
    const MAX_OPS: usize = 4;
    let ops: BTreeSet<(&str, &str)> =
        nodes.iter().map(|unsupported| (&*unsupported.node.op, &*unsupported.way_out)).collect();
    let is_one = ops.len() == 1;
    let one = |(op, way_out): (&str, &str)| match is_one {
        true => way_out.to_owned(),
        false => format!("`{op}`: {way_out}"),
    };
    ops.into_iter().take(MAX_OPS).map(one).collect::<Vec<_>>().join("; ")
}

/// How many nodes an error lists.
const MAX_LISTED: usize = 100;

fn listed(nodes: &[UnsupportedOp]) -> String {
    let mut shown: Vec<_> =
        nodes.iter().take(MAX_LISTED).map(|unsupported| unsupported.node.to_string()).collect();
    if nodes.len() > MAX_LISTED {
        shown.push(format!("and {} more", nodes.len() - MAX_LISTED));
    }
    shown.join(", ")
}

fn rest(others: &[String]) -> String {
    match others {
        [] => "no other can".to_owned(),
        others => format!("these can: {}", list(others)),
    }
}

/// Names in backticks, or `none`.
fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}
