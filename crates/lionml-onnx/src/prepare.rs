//! What is done to a decoded model before tract reads it: everything is checked, dimensions and
//! inputs are fixed, and nodes get keys for names.

use std::collections::{BTreeMap, BTreeSet};

use lionml_graph::is_plain_name;
use lionml_tensor::{Shape, Tensor};
use tract_onnx::pb::{
    GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto,
    tensor_shape_proto::dimension::Value, type_proto,
};

use crate::{
    Dimension, ImportError, ImportOptions, Survey, proto,
    survey::dimension,
    tensors::{datum_type, to_tract},
};

/// A model that tract may read.
pub(crate) struct Prepared {
    /// The model; its nodes have keys for names.
    pub(crate) model: ModelProto,
    /// The names of the file's nodes.
    pub(crate) labels: Labels,
    /// The names of the file's outputs.
    pub(crate) outputs: Vec<String>,
}

/// The names and ops of the file's nodes, by position.
///
/// tract names its own nodes after ONNX's, with suffixes. Names of the file would not do: they may
/// be missing, twice the same, or prefixes of each other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels(Vec<Label>);

/// The name and op of a node of the file.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    /// The name, or op and position.
    pub(crate) name: String,
    /// The ONNX op.
    pub(crate) op: String,
}

/// Stands before a node's position in its key.
const KEY: char = '@';

impl Labels {
    /// The label of the node whose key stands in a name, and what follows the key.
    pub(crate) fn of<'a>(&self, name: &'a str) -> Option<(&Label, &'a str)> {
        let digits = name.strip_prefix(KEY)?;
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        let label = self.0.get(digits[..end].parse::<usize>().ok()?)?;
        Some((label, &digits[end..]))
    }

    /// A text of tract's with names in place of keys, and the node that it names last.
    pub(crate) fn translate(&self, text: &str) -> (String, Option<&Label>) {
        let (mut translated, mut last) = (String::new(), None);
        let mut rest = text;
        while let Some(at) = rest.find(KEY) {
            translated.push_str(&rest[..at]);
            rest = match self.of(&rest[at..]) {
                Some((label, after)) => {
                    translated.push_str(&label.name);
                    last = Some(label);
                    after
                }
                None => {
                    translated.push(KEY);
                    &rest[at + 1..]
                }
            };
        }
        translated.push_str(rest);
        (translated, last)
    }
}

/// The numbers of ONNX's wide unsigned types.
const UINT32: i32 = 12;
const UINT64: i32 = 13;

/// Decodes, checks and fixes a model.
pub(crate) fn prepare(bytes: &[u8], options: &ImportOptions) -> Result<Prepared, ImportError> {
    prepare_model(proto::decode(bytes)?, options)
}

/// Checks and fixes a decoded model.
pub(crate) fn prepare_model(
    mut model: ModelProto,
    options: &ImportOptions,
) -> Result<Prepared, ImportError> {
    if let Some(graph) = &mut model.graph {
        bind_inputs(graph, &options.bind)?;
    }
    Survey::of(&model)?.check()?;
    proto::check(&model)?;
    let (mut labels, mut outputs) = (Labels::default(), Vec::new());
    if let Some(graph) = &mut model.graph {
        for (position, node) in graph.node.iter_mut().enumerate() {
            let name = proto::node_name(node, position);
            node.attribute.iter_mut().flat_map(|a| &mut a.t).for_each(pack_unsigned);
            labels.0.push(Label { name, op: node.op_type.clone() });
            node.name = format!("{KEY}{position}");
            // tract counts the operands that an exporter lists without a name.
            while node.input.last().is_some_and(String::is_empty) {
                node.input.pop();
            }
        }
        graph.initializer.iter_mut().for_each(pack_unsigned);
        fix_dimensions(graph, &options.dims)?;
        outputs = graph.output.iter().map(|output| output.name.clone()).collect();
        forward_inputs(graph, &mut labels);
        // What a file says of values inside of it is no part of what it computes, and tract believes
        // it. It finds out itself.
        graph.value_info.clear();
    }
    Ok(Prepared { model, labels, outputs })
}

/// Packs a list of unsigned integers into bytes: tract looks for it in the list of signed ones.
fn pack_unsigned(tensor: &mut TensorProto) {
    let bytes = match tensor.data_type {
        UINT32 => 4,
        UINT64 => 8,
        _ => return,
    };
    for value in tensor.uint64_data.drain(..) {
        tensor.raw_data.extend(value.to_le_bytes().iter().take(bytes));
    }
}

/// Puts a node before each output that is an input too: tract would forget the input's type.
fn forward_inputs(graph: &mut GraphProto, labels: &mut Labels) {
    let inputs: BTreeSet<&str> = graph.input.iter().map(|input| input.name.as_str()).collect();
    for output in graph.output.iter_mut().filter(|o| inputs.contains(o.name.as_str())) {
        let (name, op) = (output.name.clone(), "Identity".to_owned());
        let forwarded = format!("{KEY}{}", labels.0.len());
        graph.node.push(NodeProto {
            name: forwarded.clone(),
            op_type: op.clone(),
            input: vec![name.clone()],
            output: vec![forwarded.clone()],
            ..NodeProto::default()
        });
        output.name = forwarded;
        labels.0.push(Label { name, op });
    }
}

/// Turns inputs into constants.
fn bind_inputs(
    graph: &mut GraphProto,
    values: &BTreeMap<String, Tensor<f64>>,
) -> Result<(), ImportError> {
    for (name, value) in values {
        let Some(position) = graph.input.iter().position(|input| input.name == *name) else {
            let known = graph.input.iter().map(|i| i.name.clone()).collect();
            return Err(ImportError::UnknownInput { input: name.clone(), known });
        };
        let number = graph.input.remove(position).r#type.and_then(|t| t.value).map_or(0, |t| {
            let type_proto::Value::TensorType(tensor) = t;
            tensor.elem_type
        });
        let tensor = to_tract(name, value, datum_type(name, number)?)?;
        graph.initializer.retain(|tensor| tensor.name != *name);
        graph.initializer.push(TensorProto {
            dims: value.shape().axes().iter().map(|&d| i64::try_from(d).unwrap_or(-1)).collect(),
            data_type: number,
            name: name.clone(),
            raw_data: tensor.as_bytes().to_vec(),
            ..TensorProto::default()
        });
    }
    Ok(())
}

/// Gives every dimension of every input its size.
fn fix_dimensions(
    graph: &mut GraphProto,
    sizes: &BTreeMap<String, usize>,
) -> Result<(), ImportError> {
    let constants: BTreeSet<&str> = graph.initializer.iter().map(|t| t.name.as_str()).collect();
    let mut free = BTreeSet::new();
    for input in graph.input.iter_mut().filter(|i| !constants.contains(i.name.as_str())) {
        let ValueInfoProto { name, r#type, .. } = input;
        let Some(type_proto::Value::TensorType(tensor)) =
            r#type.as_mut().and_then(|t| t.value.as_mut())
        else {
            let got = "no tensor".to_owned();
            return Err(ImportError::ElementType { tensor: name.clone(), got });
        };
        datum_type(name, tensor.elem_type)?;
        let Some(shape) = &mut tensor.shape else {
            return Err(ImportError::NoShape { input: name.clone() });
        };
        let mut axes = Vec::with_capacity(shape.dim.len());
        for (axis, dim) in shape.dim.iter_mut().enumerate() {
            let size = match dimension(name, axis, dim.value.as_ref()) {
                Dimension::Fixed(size) => size,
                Dimension::Free(symbol) if !is_plain_name(&symbol) => {
                    // It would stand in the manifest.
                    return Err(ImportError::Name { name: symbol });
                }
                Dimension::Free(symbol) => {
                    let Some(&size) = sizes.get(&symbol) else {
                        let input = name.clone();
                        return Err(ImportError::FreeDimension { input, axis, symbol });
                    };
                    free.insert(symbol);
                    size
                }
            };
            axes.push(size);
            dim.value = Some(Value::DimValue(i64::try_from(size).unwrap_or(i64::MAX)));
        }
        proto::check_size(name, &Shape::new(axes))?;
    }
    match sizes.keys().find(|symbol| !free.contains(*symbol)) {
        Some(symbol) => Err(ImportError::UnknownDimension {
            symbol: symbol.clone(),
            known: free.into_iter().collect(),
        }),
        None => Ok(()),
    }
}
