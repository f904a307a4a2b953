//! Errors of the importer, in the names of the ONNX file.

use lionml_graph::GraphError;
use lionml_ops::OpError;
use lionml_tensor::ShapeError;

use crate::{
    prepare::Label,
    survey::{NEWEST_OPSET, OLDEST_OPSET},
};

/// A file that is no ONNX model, or a model that cannot be imported.
///
/// A node without a name is called by its op and its position in the file, such as `Conv #3`.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// Bytes that are no ONNX model.
    #[error("not an ONNX model: {reason}")]
    NotOnnx {
        /// What is wrong with them.
        reason: String,
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
    #[error("operator set `{got}` where `{OLDEST_OPSET}` to `{NEWEST_OPSET}` are read")]
    Opset {
        /// The version that the model asks for.
        got: i64,
    },
    /// Nodes whose op is not supported: all of them.
    #[error("unsupported: {}", nodes.join(", "))]
    UnsupportedOps {
        /// Each node's name and op.
        nodes: Vec<String>,
    },
    /// A part of the ONNX format that is not read, outside any node.
    #[error("the model has {part}, which are not supported")]
    UnsupportedPart {
        /// What it is, in the plural.
        part: &'static str,
    },
    /// An attribute with a value that is not supported.
    #[error("node `{node}` ({op}): attribute `{attribute}` is `{value}`, supported is {supported}")]
    Attribute {
        /// The name of the node.
        node: String,
        /// Its ONNX op.
        op: String,
        /// The name of the attribute.
        attribute: String,
        /// Its value.
        value: String,
        /// What could be imported.
        supported: &'static str,
    },
    /// An operand or an output that is not supported.
    #[error("node `{node}` ({op}): {place} is {got}, supported is {supported}")]
    Operand {
        /// The name of the node.
        node: String,
        /// Its ONNX op.
        op: String,
        /// Which operand or output.
        place: &'static str,
        /// What it is.
        got: String,
        /// What could be imported.
        supported: &'static str,
    },
    /// A node that tract refuses or whose types and shapes do not fit.
    #[error("node `{node}` ({op}): {reason}")]
    Node {
        /// The name of the node.
        node: String,
        /// Its ONNX op.
        op: String,
        /// What does not fit.
        reason: String,
    },
    /// A model that tract refuses without naming a node.
    #[error("the model cannot be read: {reason}")]
    Model {
        /// What does not fit.
        reason: String,
    },
    /// A tensor that a node or the model's outputs take and nothing produces.
    #[error("{reader} takes the tensor `{tensor}`, which nothing before it produces")]
    UnknownTensor {
        /// The node or the output, by kind and name.
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
    /// A tensor too large to be proved, or to be held.
    #[error("`{tensor}`")]
    TooLarge {
        /// The name of the tensor, or of the node that makes it.
        tensor: String,
        /// Its size.
        #[source]
        source: ShapeError,
    },
    /// An input or output of a type that is not supported.
    #[error("`{tensor}` has elements of type `{got}`, supported are floats, integers and booleans")]
    ElementType {
        /// The name of the input or output.
        tensor: String,
        /// Its type.
        got: String,
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
    /// Another number of inputs than the model has.
    #[error("the model takes `{expected}` inputs, got `{got}`")]
    Inputs {
        /// How many it takes.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// A node that does not fit its operands.
    #[error("node `{node}` ({op})")]
    Operator {
        /// The name of the node.
        node: String,
        /// Its ONNX op.
        op: String,
        /// What does not fit.
        #[source]
        source: OpError,
    },
    /// A graph that cannot be built, for another reason.
    #[error(transparent)]
    Graph(Box<GraphError>),
}

impl ImportError {
    /// What does not fit at a node of the file: an operator of ours gets the file's name for it.
    pub(crate) fn at(label: &Label, error: GraphError) -> Self {
        match error {
            GraphError::Op { source, .. } => {
                Self::Operator { node: label.name.clone(), op: label.op.clone(), source }
            }
            error => Self::Graph(Box::new(error)),
        }
    }

    /// What to do next, where there is something.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotOnnx { .. } => Some(
                "export the model with `torch.onnx.export`, `tf2onnx` or `skl2onnx`".to_owned(),
            ),
            Self::FreeDimension { symbol, .. } => Some(format!("fix it with `--dim {symbol}=1`")),
            Self::NoShape { .. } => {
                Some("run `onnx.shape_inference` or export with fixed input shapes".to_owned())
            }
            Self::Opset { .. } => {
                Some("convert the model with `onnx.version_converter`".to_owned())
            }
            Self::Attribute { .. } | Self::Operand { .. } => Some(
                "change the node in the model to what is supported, and export it again".to_owned(),
            ),
            Self::Name { .. } => {
                Some("give it another name in the model and export it again".to_owned())
            }
            Self::Ambiguous { .. } => Some(
                "leave one of them in the model and export it again: a file has one meaning here, or \
                 none"
                    .to_owned(),
            ),
            Self::TooLarge { .. } | Self::TooMuch { .. } => {
                Some("nothing of this size can be proved: make the model smaller".to_owned())
            }
            Self::UnsupportedOps { nodes } if nodes.iter().any(|n| n.contains("(ai.onnx.ml.")) => {
                Some(
                    "these are skl2onnx's own: write the model with `skl2onnx.algebra.onnx_ops`, as \
                     `models/train/logreg.py` does"
                        .to_owned(),
                )
            }
            Self::UnsupportedOps { .. } => Some(
                "leave them out of the model, or write them with those that are supported: \
                 `docs/reference/ops.md` lists them"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// Names in backticks, or `none`.
fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}
