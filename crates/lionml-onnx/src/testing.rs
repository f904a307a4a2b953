//! Small ONNX models for tests.

use prost::Message;

use crate::{
    ImportError, ImportOptions, Imported, OnnxFile, Survey,
    proto::{
        AttributeProto, AttributeType, DimensionProto, GraphProto, ModelProto, NodeProto,
        OperatorSetIdProto, Size, TensorProto, TensorShapeProto, TensorType, TypeProto,
        ValueInfoProto,
    },
};

/// Decodes and imports a file.
pub(crate) fn import(bytes: &[u8], options: &ImportOptions) -> Result<Imported, ImportError> {
    OnnxFile::from_bytes(bytes)?.import(options)
}

/// Decodes and surveys a file.
pub(crate) fn survey(bytes: &[u8]) -> Result<Survey, ImportError> {
    OnnxFile::from_bytes(bytes)?.survey(&ImportOptions::default())
}

/// The numbers of ONNX's element types.
pub(crate) const FLOAT: i32 = 1;
pub(crate) const INT32: i32 = 6;
pub(crate) const INT64: i32 = 7;
pub(crate) const STRING: i32 = 8;
pub(crate) const BOOL: i32 = 9;

/// A model in the making.
#[derive(Clone, Debug)]
pub(crate) struct Builder(pub(crate) ModelProto);

/// The value of an attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Attribute<'a> {
    Int(i64),
    Float(f32),
    Ints(&'a [i64]),
    Floats(&'a [f32]),
    Text(&'a str),
}

impl Builder {
    /// A model of an operator set, without nodes.
    pub(crate) fn new(opset: i64) -> Self {
        let domain = String::new();
        Self(ModelProto {
            ir_version: 8,
            producer_name: "test".to_owned(),
            opset_import: vec![OperatorSetIdProto { domain, version: opset }],
            graph: Some(GraphProto { name: "test".to_owned(), ..GraphProto::default() }),
            ..ModelProto::default()
        })
    }

    pub(crate) fn graph(&mut self) -> &mut GraphProto {
        self.0.graph.get_or_insert_default()
    }

    /// Adds an input; dimensions that are no numbers are symbols, and `?` has no symbol.
    pub(crate) fn input(mut self, name: &str, element: i32, dims: &[&str]) -> Self {
        let dim = dims.iter().map(|dim| {
            let value = match dim.parse() {
                Ok(size) => Some(Size::Fixed(size)),
                Err(_) if *dim == "?" => None,
                Err(_) => Some(Size::Symbol((*dim).to_owned())),
            };
            DimensionProto { value }
        });
        let shape = Some(TensorShapeProto { dim: dim.collect() });
        let tensor = TensorType { elem_type: element, shape };
        self.graph().input.push(value_info(name, Some(tensor)));
        self
    }

    /// Adds an output.
    pub(crate) fn output(mut self, name: &str) -> Self {
        self.graph().output.push(value_info(name, None));
        self
    }

    /// Adds a constant of floats.
    pub(crate) fn floats(mut self, name: &str, dims: &[i64], data: &[f32]) -> Self {
        self.graph().initializer.push(TensorProto {
            name: name.to_owned(),
            dims: dims.to_vec(),
            data_type: FLOAT,
            float_data: data.to_vec(),
            ..TensorProto::default()
        });
        self
    }

    /// Adds a constant of floats that differ.
    pub(crate) fn weights(self, name: &str, dims: &[i64]) -> Self {
        let count = dims.iter().product();
        let data: Vec<f32> = (0..count).map(|i: i64| ((i * 37 % 23) as f32 - 11.0) / 8.0).collect();
        self.floats(name, dims, &data)
    }

    /// Adds a list of integers.
    pub(crate) fn ints(mut self, name: &str, data: &[i64]) -> Self {
        self.graph().initializer.push(TensorProto {
            name: name.to_owned(),
            dims: vec![i64::try_from(data.len()).unwrap()],
            data_type: INT64,
            int64_data: data.to_vec(),
            ..TensorProto::default()
        });
        self
    }

    /// Adds a node; names are separated by spaces, `_` is none, and the node's own name is that of
    /// its first output with a dash.
    pub(crate) fn node(
        mut self,
        op: &str,
        inputs: &str,
        outputs: &str,
        attributes: &[(&str, Attribute<'_>)],
    ) -> Self {
        let names = |list: &str| -> Vec<String> {
            list.split_whitespace().map(|n| n.replace('_', "")).collect()
        };
        let output = names(outputs);
        self.graph().node.push(NodeProto {
            name: format!("{}-", output[0]),
            op_type: op.to_owned(),
            input: names(inputs),
            output,
            attribute: attributes.iter().map(|(name, value)| attribute(name, *value)).collect(),
            ..NodeProto::default()
        });
        self
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.encode_to_vec()
    }
}

fn value_info(name: &str, tensor_type: Option<TensorType>) -> ValueInfoProto {
    ValueInfoProto { name: name.to_owned(), r#type: Some(TypeProto { tensor_type }) }
}

pub(crate) fn attribute(name: &str, value: Attribute<'_>) -> AttributeProto {
    let base = AttributeProto { name: name.to_owned(), ..AttributeProto::default() };
    match value {
        Attribute::Int(i) => AttributeProto { i, r#type: AttributeType::Int as i32, ..base },
        Attribute::Float(f) => AttributeProto { f, r#type: AttributeType::Float as i32, ..base },
        Attribute::Ints(ints) => {
            AttributeProto { ints: ints.to_vec(), r#type: AttributeType::Ints as i32, ..base }
        }
        Attribute::Floats(floats) => {
            let r#type = AttributeType::Floats as i32;
            AttributeProto { floats: floats.to_vec(), r#type, ..base }
        }
        Attribute::Text(text) => {
            AttributeProto { s: text.into(), r#type: AttributeType::String as i32, ..base }
        }
    }
}
