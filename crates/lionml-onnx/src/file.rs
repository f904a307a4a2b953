//! An ONNX file, decoded once.

use std::collections::{BTreeMap, BTreeSet};

use lionml_graph::{is_hidden, is_plain_name};
use prost::Message;

use crate::{
    ImportError,
    element::name_of,
    external::Part,
    formats,
    proto::{
        GraphProto, ModelProto, NodeProto, OperatorSetIdProto, Size, TensorProto, ValueInfoProto,
    },
    tensor::Data,
    wire,
};

/// No file can be larger: protobuf's own limit.
const MAX_FILE_BYTES: usize = (1 << 31) - 1;

/// An ONNX model as its file states it: decoded, and checked to say one thing.
#[derive(Clone, Debug)]
pub struct OnnxFile {
    pub(crate) model: ModelProto,
    pub(crate) data: Data,
}

/// An input or output of a file.
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

impl OnnxFile {
    /// Decodes a file.
    ///
    /// # Errors
    ///
    /// Bytes that are not an ONNX model, that can be read in two ways, or that describe more than memory
    /// should hold; names of inputs and outputs that could pass for something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ImportError> {
        if bytes.is_empty() {
            return Err(ImportError::not_onnx("the file is empty"));
        }
        if let Some((reason, export)) = formats::recognise(bytes) {
            let (reason, export) = (reason.to_owned(), Some(export));
            return Err(ImportError::NotOnnx { reason, export });
        }
        if bytes.len() > MAX_FILE_BYTES {
            return Err(ImportError::not_onnx("the file is larger than the format allows"));
        }
        wire::check(bytes)?;
        let model = ModelProto::decode(bytes)
            .map_err(|error| ImportError::not_onnx(format!("it cannot be decoded: {error}")))?;
        let Some(graph) = &model.graph else {
            return Err(ImportError::not_onnx("it has no graph"));
        };
        // Those of inputs and outputs stand in statements. No other name need be one.
        let mut ports = graph.input.iter().chain(&graph.output).map(|value| &value.name);
        if let Some(name) = ports.find(|name| !is_plain_name(name)) {
            return Err(ImportError::Name { name: name.clone() });
        }
        let mut functions = BTreeSet::new();
        for function in &model.functions {
            if !functions.insert((&function.domain, &function.name, &function.overload)) {
                let reason = format!("`functions` has two entries `{}`", visible(&function.name));
                return Err(ImportError::Ambiguous { place: "model".to_owned(), reason });
            }
        }
        Ok(Self { model, data: Data::new() })
    }

    /// The files that hold data of the model's constants, relative to the model's folder, in the order in
    /// which they are first named.
    ///
    /// # Errors
    ///
    /// Files outside of the model's folder.
    pub fn data_files(&self) -> Result<Vec<String>, ImportError> {
        let (mut files, mut seen) = (Vec::new(), BTreeSet::new());
        let functions = self.model.functions.iter().flat_map(|function| &function.node);
        let nodes = self.model.graph.iter().flat_map(|graph| &graph.node).chain(functions);
        let constants = self.model.graph.iter().flat_map(|graph| &graph.initializer);
        for tensor in constants.chain(nodes.flat_map(tensors)) {
            if let Some(Part { file, .. }) = Part::of(tensor, &tensor.name)?
                && seen.insert(file.clone())
            {
                files.push(file);
            }
        }
        Ok(files)
    }

    /// The same model with the contents of these files.
    pub fn with_data(self, data: BTreeMap<String, Vec<u8>>) -> Self {
        Self { data, ..self }
    }

    /// The inputs that are not constants.
    pub fn inputs(&self) -> impl Iterator<Item = Port> {
        let constants: BTreeSet<&str> =
            self.graph().iter().flat_map(|g| &g.initializer).map(|t| t.name.as_str()).collect();
        let inputs = self.graph().into_iter().flat_map(|graph| &graph.input);
        inputs.filter(move |input| !constants.contains(input.name.as_str())).map(Port::of)
    }

    /// The outputs.
    pub fn outputs(&self) -> impl Iterator<Item = Port> {
        self.graph().into_iter().flat_map(|graph| &graph.output).map(Port::of)
    }

    pub(crate) fn graph(&self) -> Option<&GraphProto> {
        self.model.graph.as_ref()
    }
}

/// The constants inside of a node, those of graphs inside of it as well.
fn tensors(node: &NodeProto) -> Vec<&TensorProto> {
    let mut found: Vec<&TensorProto> = Vec::new();
    for attribute in &node.attribute {
        found.extend(attribute.t.iter().chain(&attribute.tensors));
    }
    for graph in graphs(node) {
        found.extend(&graph.initializer);
        found.extend(graph.node.iter().flat_map(tensors));
    }
    found
}

/// The graphs inside of a node.
pub(crate) fn graphs(node: &NodeProto) -> impl Iterator<Item = &GraphProto> {
    node.attribute.iter().flat_map(|a| a.g.iter().chain(&a.graphs))
}

/// The operator sets of a model or a function: the version of each domain.
pub(crate) fn opsets(imports: &[OperatorSetIdProto]) -> BTreeMap<&str, i64> {
    imports.iter().map(|import| (domain(&import.domain), import.version)).collect()
}

/// The name of ONNX's own domain.
pub(crate) const ONNX: &str = "ai.onnx";

/// A domain; ONNX's own has two names.
pub(crate) fn domain(name: &str) -> &str {
    if name.is_empty() { ONNX } else { name }
}

/// The name of a node: its own, or its operator and position where it has none that can be shown.
pub(crate) fn node_name(node: &NodeProto, position: usize) -> String {
    match node.name.as_str() {
        name if !name.is_empty() && is_plain_name(name) => name.to_owned(),
        _ if is_plain_name(&node.op_type) => format!("{} #{position}", node.op_type),
        _ => format!("node #{position}"),
    }
}

/// A text of the file in one line, with a sign for each character that is not seen.
pub(crate) fn visible(text: &str) -> String {
    text.replace(is_hidden, "\u{fffd}")
}

impl Port {
    pub(crate) fn of(info: &ValueInfoProto) -> Self {
        let tensor = info.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
        let shape = tensor.and_then(|t| t.shape.as_ref()).map(|shape| {
            let dimensions = shape.dim.iter().enumerate();
            let dimension =
                |(axis, dim): (usize, &crate::proto::DimensionProto)| match Dimension::of(
                    &info.name,
                    axis,
                    dim.value.as_ref(),
                ) {
                    Dimension::Free(symbol) => Dimension::Free(visible(&symbol)),
                    fixed => fixed,
                };
            dimensions.map(dimension).collect()
        });
        let element = tensor.map_or("not a tensor".to_owned(), |t| name_of(t.elem_type));
        Self { name: info.name.clone(), element, shape }
    }
}

impl Dimension {
    /// The size of a dimension, or the symbol by which it can be given. Old exporters write zero for a
    /// batch of any size.
    pub(crate) fn of(input: &str, axis: usize, value: Option<&Size>) -> Self {
        let unnamed = || Self::Free(format!("{input}.{axis}"));
        match value {
            Some(Size::Symbol(symbol)) if !symbol.is_empty() => Self::Free(symbol.clone()),
            Some(Size::Fixed(0)) if axis == 0 => unnamed(),
            Some(Size::Fixed(size)) => {
                usize::try_from(*size).map_or_else(|_| unnamed(), Self::Fixed)
            }
            _ => unnamed(),
        }
    }
}
