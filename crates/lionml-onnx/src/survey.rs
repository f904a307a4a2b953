//! What is in an ONNX file, and what of it is supported.

use crate::{
    ImportError, ImportOptions, NodeLabel, OnnxFile, Port,
    file::{ONNX, opsets, visible},
    import::Walk,
};

/// What is in an ONNX file.
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    /// The version of ONNX's own operator set; zero where the file names none.
    pub opset: i64,
    /// The program that wrote the file, with its version.
    pub producer: String,
    /// The inputs that are not constants.
    pub inputs: Vec<Port>,
    /// The outputs.
    pub outputs: Vec<Port>,
    /// All nodes, those of subgraphs and functions after the node that holds them.
    pub nodes: Vec<SurveyedNode>,
    /// How many numbers the file's constants have.
    pub parameters: u64,
    /// How many graphs stand inside nodes.
    pub subgraphs: usize,
}

/// A node of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct SurveyedNode {
    /// Its name, within a subgraph or a function after that of the node that holds it, and its operator.
    pub label: NodeLabel,
    /// Whether it is supported.
    pub support: Support,
    /// Why it is refused, where it is.
    pub refusal: Option<ImportError>,
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
    /// No output that is wanted needs it.
    Unneeded,
}

impl OnnxFile {
    /// What is in the file: the same walk as an import's, which goes on where something is refused. What
    /// depends on a refused node is looked up by the names of its operators alone.
    ///
    /// # Errors
    ///
    /// Options that name what the model does not have, and files that describe too much.
    pub fn survey(&self, options: &ImportOptions) -> Result<Survey, ImportError> {
        let mut walk = Walk::new(self, options)?;
        walk.graph()?;
        let model = &self.model;
        let producer = [model.producer_name.as_str(), model.producer_version.as_str()].join(" ");
        Ok(Survey {
            opset: opsets(&model.opset_import).get(ONNX).copied().unwrap_or(0),
            producer: visible(producer.trim()),
            inputs: self.inputs().collect(),
            outputs: self.outputs().collect(),
            nodes: walk.nodes,
            parameters: walk.parameters,
            subgraphs: walk.subgraphs,
        })
    }
}

impl Survey {
    /// The nodes that are refused, for their operator or for something else.
    pub fn unsupported(&self) -> impl Iterator<Item = &SurveyedNode> {
        self.nodes.iter().filter(|n| n.support == Support::Refused)
    }
}
