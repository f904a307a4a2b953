//! The ONNX file as it stands: decoding, names, and what must hold before tract sees it.

use std::collections::BTreeSet;

use lionml_graph::is_plain_name;
use lionml_tensor::Shape;
use tract_onnx::{
    pb::{AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, tensor_proto::DataType},
    prelude::Framework,
};

use crate::{ImportError, wire};

/// No file can be larger: protobuf's own limit.
pub(crate) const MAX_FILE_BYTES: usize = (1 << 31) - 1;

/// Decodes a file; one without a graph is none.
pub(crate) fn decode(bytes: &[u8]) -> Result<ModelProto, ImportError> {
    let error = |reason: &str| ImportError::NotOnnx { reason: reason.to_owned() };
    if bytes.is_empty() {
        return Err(error("the file is empty"));
    }
    if bytes.len() > MAX_FILE_BYTES {
        return Err(error("the file is larger than the format allows"));
    }
    wire::check(bytes)?;
    let mut reader = bytes;
    let model = tract_onnx::onnx()
        .proto_model_for_read(&mut reader)
        .map_err(|e| error(&e.root_cause().to_string()))?;
    let Some(graph) = &model.graph else { return Err(error("it has no graph")) };
    // Those of inputs and outputs stand in statements. No other name need be one.
    let mut ports = graph.input.iter().chain(&graph.output).map(|value| &value.name);
    match ports.find(|name| !is_plain_name(name)) {
        Some(name) => Err(ImportError::Name { name: name.clone() }),
        None => Ok(model),
    }
}

/// The graph of a decoded model.
pub(crate) fn graph(model: &ModelProto) -> Result<&GraphProto, ImportError> {
    model.graph.as_ref().ok_or_else(|| ImportError::NotOnnx { reason: "it has no graph".into() })
}

/// The version of ONNX's own operator set; zero where the file states none.
pub(crate) fn opset(model: &ModelProto) -> i64 {
    let import = model.opset_import.iter().find(|i| is_onnx_domain(&i.domain));
    import.map_or(0, |i| i.version)
}

/// Whether a domain is that of ONNX's own ops.
pub(crate) fn is_onnx_domain(domain: &str) -> bool {
    matches!(domain, "" | "ai.onnx")
}

/// What a node is called: its name, or its op and position where it has none that can be shown.
pub(crate) fn node_name(node: &NodeProto, position: usize) -> String {
    match node.name.as_str() {
        name if !name.is_empty() && is_plain_name(name) => name.to_owned(),
        _ if is_plain_name(&node.op_type) => format!("{} #{position}", node.op_type),
        _ => format!("node #{position}"),
    }
}

/// An attribute of a node.
pub(crate) fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|a| a.name == name)
}

/// What a number of the format's list of element types is called.
pub(crate) fn element_name(number: i32) -> String {
    DataType::try_from(number)
        .map_or_else(|_| format!("number {number}"), |t| t.as_str_name().to_lowercase())
}

/// Checks the size of a tensor that a node makes.
pub(crate) fn check_size(name: &str, shape: &Shape) -> Result<(), ImportError> {
    let too_large = |source| ImportError::TooLarge { tensor: name.to_owned(), source };
    shape.checked_elements().map(drop).map_err(too_large)
}

/// Checks what tract takes for granted: that constants fill their shapes, that every tensor is
/// produced once and before it is read, and that there is nothing that tract would pass over.
pub(crate) fn check(model: &ModelProto) -> Result<(), ImportError> {
    let graph = graph(model)?;
    let parts = [
        (!graph.sparse_initializer.is_empty(), "sparse constants"),
        (!model.functions.is_empty(), "functions of its own"),
        (!model.training_info.is_empty(), "training graphs"),
        (!graph.quantization_annotation.is_empty(), "quantisation annotations"),
    ];
    if let Some((_, part)) = parts.into_iter().find(|(present, _)| *present) {
        return Err(ImportError::UnsupportedPart { part });
    }
    check_parts(graph)?;
    let (mut known, mut room) = (BTreeSet::new(), MAX_CONSTANTS);
    for tensor in &graph.initializer {
        check_constant(tensor, &tensor.name, &mut room)?;
        known.insert(tensor.name.as_str());
    }
    known.extend(graph.input.iter().map(|input| input.name.as_str()));
    for (position, node) in graph.node.iter().enumerate() {
        let name = node_name(node, position);
        if let Some(tensor) = node.input.iter().find(|i| !i.is_empty() && !known.contains(&***i)) {
            let reader = format!("node `{name}`");
            return Err(ImportError::UnknownTensor { reader, tensor: tensor.clone() });
        }
        for tensor in node.attribute.iter().flat_map(|a| a.t.iter().chain(&a.tensors)) {
            check_constant(tensor, &name, &mut room)?;
        }
        for output in node.output.iter().filter(|o| !o.is_empty()) {
            if !known.insert(output) {
                let reason = format!("the tensor `{output}` is produced twice");
                return Err(ImportError::Node { node: name, op: node.op_type.clone(), reason });
            }
        }
    }
    match graph.output.iter().find(|output| !known.contains(output.name.as_str())) {
        Some(output) => Err(ImportError::UnknownTensor {
            reader: format!("output `{}`", output.name),
            tensor: output.name.clone(),
        }),
        None => Ok(()),
    }
}

/// The most parts of a graph: nodes, operands, results, inputs, outputs and constants. tract's time grows
/// faster than their number.
const MAX_PARTS: usize = 24_000;

/// The most elements of all constants of the file, of all that are computed from them, and of all tensors
/// that nodes make.
pub(crate) const MAX_CONSTANTS: usize = 1 << 24;

fn check_parts(graph: &GraphProto) -> Result<(), ImportError> {
    let mut parts = graph.input.len() + graph.output.len() + graph.initializer.len();
    for (position, node) in graph.node.iter().enumerate() {
        // An op of many operands is worse than many ops: tract compares each with all.
        let operands = node.input.len().saturating_mul(node.input.len() / 256 + 1);
        parts = parts.saturating_add(1 + operands + node.output.len());
        if parts > MAX_PARTS {
            return Err(ImportError::TooMuch {
                place: node_name(node, position),
                reason: format!(
                    "up to this node there are more than `{MAX_PARTS}` nodes, operands, results and \
                     constants"
                ),
            });
        }
    }
    match parts > MAX_PARTS {
        true => Err(ImportError::TooMuch {
            place: "graph".to_owned(),
            reason: format!("there are more than `{MAX_PARTS}` inputs, outputs and constants"),
        }),
        false => Ok(()),
    }
}

/// Takes room for the elements of a constant.
pub(crate) fn take_room(room: &mut usize, name: &str, elements: usize) -> Result<(), ImportError> {
    *room = room.checked_sub(elements).ok_or_else(|| ImportError::TooMuch {
        place: name.to_owned(),
        reason: format!("all constants up to this one have more than `{MAX_CONSTANTS}` elements"),
    })?;
    Ok(())
}

/// Checks that a constant's data fill its shape: tract would allocate the shape first.
fn check_constant(tensor: &TensorProto, name: &str, room: &mut usize) -> Result<(), ImportError> {
    let error = |reason: String| ImportError::Constant { tensor: name.to_owned(), reason };
    let shape: Vec<usize> = tensor
        .dims
        .iter()
        .map(|&d| usize::try_from(d).map_err(|_| error(format!("the dimension `{d}`"))))
        .collect::<Result<_, _>>()?;
    let elements = Shape::new(shape)
        .checked_elements()
        .map_err(|source| ImportError::TooLarge { tensor: name.to_owned(), source })?;
    take_room(room, name, elements)?;
    if tensor.data_location == Some(1) {
        let reason = "its data is in another file, and only the bytes of this one were given";
        return Err(error(reason.to_owned()));
    }
    let kind = DataType::try_from(tensor.data_type).unwrap_or(DataType::Undefined);
    let (bytes, listed) = match kind {
        DataType::Float => (4, tensor.float_data.len()),
        DataType::Double => (8, tensor.double_data.len()),
        DataType::Int64 => (8, tensor.int64_data.len()),
        DataType::Uint64 => (8, tensor.uint64_data.len()),
        DataType::Int32 => (4, tensor.int32_data.len()),
        DataType::Uint32 => (4, tensor.uint64_data.len()),
        DataType::Int16 | DataType::Uint16 | DataType::Float16 => (2, tensor.int32_data.len()),
        DataType::Int8 | DataType::Uint8 | DataType::Bool => (1, tensor.int32_data.len()),
        _ => return Err(error(format!("elements of type {}", element_name(tensor.data_type)))),
    };
    let got = match tensor.raw_data.len() {
        0 => listed,
        raw if raw % bytes == 0 => raw / bytes,
        raw => return Err(error(format!("`{raw}` bytes of elements of `{bytes}`"))),
    };
    if got != elements {
        return Err(error(format!("`{got}` elements in a shape of `{elements}`")));
    }
    check_range(tensor, kind).map_err(error)
}

/// Checks that elements that stand in wider fields fit their type: some readers cut them down, some
/// refuse them. A boolean is zero or one.
fn check_range(tensor: &TensorProto, kind: DataType) -> Result<(), String> {
    let (low, high) = match kind {
        DataType::Bool => (0, 1),
        DataType::Int8 => (-128, 127),
        DataType::Uint8 => (0, 255),
        DataType::Int16 => (-32_768, 32_767),
        DataType::Uint16 | DataType::Float16 => (0, 65_535),
        _ => (i32::MIN, i32::MAX),
    };
    let outside = |value: String| format!("the element `{value}` is none of its type");
    if let Some(value) = tensor.int32_data.iter().find(|v| !(low..=high).contains(*v)) {
        return Err(outside(value.to_string()));
    }
    let is_wide = |value: &&u64| kind == DataType::Uint32 && u32::try_from(**value).is_err();
    if let Some(value) = tensor.uint64_data.iter().find(is_wide) {
        return Err(outside(value.to_string()));
    }
    let is_no_bit = |byte: &&u8| kind == DataType::Bool && **byte > 1;
    match tensor.raw_data.iter().find(is_no_bit) {
        Some(value) => Err(outside(value.to_string())),
        None => Ok(()),
    }
}
