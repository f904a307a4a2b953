//! What the bytes of a file say, before anything is decoded: one thing, or the file is refused.
//!
//! Protobuf lets a writer set a field twice, and ONNX keeps its maps as lists. Readers differ in what
//! they make of that: the first, the last, or both merged. Such a file is two models, one for whoever
//! audits it and one for whoever runs it, and ONNX's own checker passes it. Here the bytes are walked
//! once, along the fields of ONNX, and nothing is read from a file in which a field that holds one
//! value has two, a map has a key twice, or a value has two places.
//!
//! The walk also bounds what decoding would take: a node of two bytes takes hundreds in memory.
//!
//! ONNX: [the format](https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).

use std::collections::BTreeSet;

use crate::{
    ImportError,
    proto::{AttributeProto, NodeProto, TensorProto, ValueInfoProto},
};

/// How many bytes the messages of a file may take once they are decoded, beside their data.
const MAX_MESSAGE_BYTES: usize = 64_000_000;

/// How deep messages may lie in each other: what protobuf's readers allow.
const MAX_DEPTH: usize = 100;

/// The messages of ONNX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    Value,
    Type,
    TensorType,
    Shape,
    Dimension,
    Entry,
    Opset,
    Annotation,
    Sparse,
    Function,
    Training,
}

/// How often a field may stand in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Times {
    /// Once at most.
    One,
    /// Once at most together with all others of this kind: a `oneof`.
    Choice,
    /// Any number.
    Many,
    /// Any number, each with a key of its own.
    Map,
}

use Times::{Choice, Many, Map, One};

/// A field: its number, its name, how often it may stand there, and the message that it is.
type Field = (u32, &'static str, Times, Option<Kind>);

impl Kind {
    fn fields(self) -> &'static [Field] {
        match self {
            Self::Model => &[
                (1, "ir_version", One, None),
                (2, "producer_name", One, None),
                (3, "producer_version", One, None),
                (4, "domain", One, None),
                (5, "model_version", One, None),
                (6, "doc_string", One, None),
                (7, "graph", One, Some(Self::Graph)),
                (8, "opset_import", Map, Some(Self::Opset)),
                (14, "metadata_props", Map, Some(Self::Entry)),
                (20, "training_info", Many, Some(Self::Training)),
                (25, "functions", Many, Some(Self::Function)),
            ],
            Self::Graph => &[
                (1, "node", Many, Some(Self::Node)),
                (2, "name", One, None),
                (5, "initializer", Map, Some(Self::Tensor)),
                (10, "doc_string", One, None),
                (11, "input", Map, Some(Self::Value)),
                (12, "output", Map, Some(Self::Value)),
                (13, "value_info", Many, Some(Self::Value)),
                (14, "quantization_annotation", Map, Some(Self::Annotation)),
                (15, "sparse_initializer", Many, Some(Self::Sparse)),
                (16, "metadata_props", Map, Some(Self::Entry)),
            ],
            Self::Node => &[
                (1, "input", Many, None),
                (2, "output", Many, None),
                (3, "name", One, None),
                (4, "op_type", One, None),
                (5, "attribute", Map, Some(Self::Attribute)),
                (6, "doc_string", One, None),
                (7, "domain", One, None),
                (8, "overload", One, None),
                (9, "metadata_props", Map, Some(Self::Entry)),
            ],
            Self::Attribute => &[
                (1, "name", One, None),
                (2, "f", One, None),
                (3, "i", One, None),
                (4, "s", One, None),
                (5, "t", One, Some(Self::Tensor)),
                (6, "g", One, Some(Self::Graph)),
                (7, "floats", Many, None),
                (8, "ints", Many, None),
                (9, "strings", Many, None),
                (10, "tensors", Many, Some(Self::Tensor)),
                (11, "graphs", Many, Some(Self::Graph)),
                (13, "doc_string", One, None),
                (14, "tp", One, Some(Self::Type)),
                (15, "type_protos", Many, Some(Self::Type)),
                (20, "type", One, None),
                (21, "ref_attr_name", One, None),
                (22, "sparse_tensor", One, Some(Self::Sparse)),
                (23, "sparse_tensors", Many, Some(Self::Sparse)),
            ],
            Self::Tensor => &[
                (1, "dims", Many, None),
                (2, "data_type", One, None),
                (3, "segment", One, None),
                (4, "float_data", Many, None),
                (5, "int32_data", Many, None),
                (6, "string_data", Many, None),
                (7, "int64_data", Many, None),
                (8, "name", One, None),
                (9, "raw_data", One, None),
                (10, "double_data", Many, None),
                (11, "uint64_data", Many, None),
                (12, "doc_string", One, None),
                (13, "external_data", Map, Some(Self::Entry)),
                (14, "data_location", One, None),
                (16, "metadata_props", Map, Some(Self::Entry)),
            ],
            Self::Value => &[
                (1, "name", One, None),
                (2, "type", One, Some(Self::Type)),
                (3, "doc_string", One, None),
                (4, "metadata_props", Map, Some(Self::Entry)),
            ],
            Self::Type => &[
                (1, "tensor_type", Choice, Some(Self::TensorType)),
                (4, "sequence_type", Choice, None),
                (5, "map_type", Choice, None),
                (6, "denotation", One, None),
                (7, "opaque_type", Choice, None),
                (8, "sparse_tensor_type", Choice, Some(Self::TensorType)),
                (9, "optional_type", Choice, None),
            ],
            Self::TensorType => {
                &[(1, "elem_type", One, None), (2, "shape", One, Some(Self::Shape))]
            }
            Self::Shape => &[(1, "dim", Many, Some(Self::Dimension))],
            Self::Dimension => &[
                (1, "dim_value", Choice, None),
                (2, "dim_param", Choice, None),
                (3, "denotation", One, None),
            ],
            Self::Entry => &[(1, "key", One, None), (2, "value", One, None)],
            Self::Opset => &[(1, "domain", One, None), (2, "version", One, None)],
            Self::Annotation => &[
                (1, "tensor_name", One, None),
                (2, "quant_parameter_tensor_names", Map, Some(Self::Entry)),
            ],
            Self::Sparse => &[
                (1, "values", One, Some(Self::Tensor)),
                (2, "indices", One, Some(Self::Tensor)),
                (3, "dims", Many, None),
            ],
            Self::Function => &[
                (1, "name", One, None),
                (4, "input", Many, None),
                (5, "output", Many, None),
                (6, "attribute", Many, None),
                (7, "node", Many, Some(Self::Node)),
                (8, "doc_string", One, None),
                (9, "opset_import", Map, Some(Self::Opset)),
                (10, "domain", One, None),
                (11, "attribute_proto", Map, Some(Self::Attribute)),
                (12, "value_info", Many, Some(Self::Value)),
                (13, "overload", One, None),
                (14, "metadata_props", Map, Some(Self::Entry)),
            ],
            Self::Training => &[
                (1, "initialization", One, Some(Self::Graph)),
                (2, "algorithm", One, Some(Self::Graph)),
                (3, "initialization_binding", Many, Some(Self::Entry)),
                (4, "update_binding", Many, Some(Self::Entry)),
            ],
        }
    }

    /// The number of the field that a message is known by.
    fn key(self) -> u32 {
        match self {
            Self::Node => 3,
            Self::Tensor => 8,
            _ => 1,
        }
    }

    /// What a message takes in memory, about.
    fn bytes(self) -> usize {
        match self {
            Self::Attribute => size_of::<AttributeProto>(),
            Self::Tensor => size_of::<TensorProto>(),
            Self::Node => size_of::<NodeProto>(),
            _ => size_of::<ValueInfoProto>(),
        }
    }
}

/// The types of attributes, by number, each with the field that holds its value.
const ATTRIBUTES: [(&str, u32); 14] = [
    ("FLOAT", 2),
    ("INT", 3),
    ("STRING", 4),
    ("TENSOR", 5),
    ("GRAPH", 6),
    ("FLOATS", 7),
    ("INTS", 8),
    ("STRINGS", 9),
    ("TENSORS", 10),
    ("GRAPHS", 11),
    ("SPARSE_TENSOR", 22),
    ("SPARSE_TENSORS", 23),
    ("TYPE_PROTO", 14),
    ("TYPE_PROTOS", 15),
];

/// The fields that hold the data of a tensor.
const DATA: [u32; 7] = [4, 5, 6, 7, 9, 10, 11];
const RAW_DATA: u32 = 9;
const STRING: u64 = 8;

/// The field beside the raw bytes that holds elements of a type.
fn list_of(data_type: u64) -> u32 {
    match data_type {
        1 | 14 => 4,
        11 | 15 => 10,
        7 => 7,
        12 | 13 => 11,
        STRING => 6,
        _ => 5,
    }
}

/// Why a file is refused, and where, the innermost first.
struct Refusal {
    place: Vec<String>,
    reason: String,
    fault: Fault,
}

#[derive(Clone, Copy)]
enum Fault {
    /// It is no protobuf.
    Malformed,
    /// It can be read in two ways.
    Ambiguous,
    /// It describes more than memory should hold.
    TooLarge,
}

impl Refusal {
    fn new(reason: impl Into<String>) -> Self {
        Self { place: Vec::new(), reason: reason.into(), fault: Fault::Ambiguous }
    }

    fn of(fault: Fault, reason: impl Into<String>) -> Self {
        Self { fault, ..Self::new(reason) }
    }
}

/// Checks that a file says one thing, and no more than memory should hold.
pub(crate) fn check(bytes: &[u8]) -> Result<(), ImportError> {
    let mut walk = Walk { taken: 0, in_function: false };
    walk.message(Kind::Model, bytes, 0).map_err(|Refusal { mut place, reason, fault }| {
        place.reverse();
        let place = if place.is_empty() { "model".to_owned() } else { place.join(".") };
        match fault {
            Fault::Malformed => ImportError::not_onnx(format!("`{place}`: {reason}")),
            Fault::Ambiguous => ImportError::Ambiguous { place, reason },
            Fault::TooLarge => ImportError::TooMuch { place, reason },
        }
    })
}

struct Walk {
    /// The bytes that decoding will take.
    taken: usize,
    /// Whether what is walked is inside a function, where attributes may refer to the caller's.
    in_function: bool,
}

/// What stands in a message.
#[derive(Default)]
struct Seen<'a> {
    /// The fields, each with its value, or the first of a list.
    fields: Vec<(u32, Value<'a>)>,
    /// The keys of each map.
    keys: BTreeSet<(u32, &'a [u8])>,
}

#[derive(Clone, Copy, Debug)]
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Seen<'a> {
    fn get(&self, number: u32) -> Option<Value<'a>> {
        self.fields.iter().find(|(n, _)| *n == number).map(|(_, value)| *value)
    }

    fn number(&self, number: u32) -> Option<u64> {
        match self.get(number)? {
            Value::Number(value) => Some(value),
            Value::Bytes(_) => None,
        }
    }

    fn bytes(&self, number: u32) -> &'a [u8] {
        match self.get(number) {
            Some(Value::Bytes(bytes)) => bytes,
            _ => &[],
        }
    }
}

impl Walk {
    fn message(&mut self, kind: Kind, bytes: &[u8], depth: usize) -> Result<(), Refusal> {
        if depth > MAX_DEPTH {
            let reason = format!("messages lie more than `{MAX_DEPTH}` deep");
            return Err(Refusal::of(Fault::TooLarge, reason));
        }
        self.take(kind.bytes())?;
        let fields = kind.fields();
        let mut seen = Seen::default();
        let mut counts = vec![0_usize; fields.len()];
        let mut rest = bytes;
        while let Some((number, value)) = next(&mut rest)? {
            let Some(place) = fields.iter().position(|field| field.0 == number) else { continue };
            let Some(&(_, name, times, child)) = fields.get(place) else { continue };
            let count = counts.get_mut(place).map_or(0, |count| {
                *count += 1;
                *count
            });
            match times {
                One if count > 1 => return Err(Refusal::new(format!("`{name}` stands twice"))),
                Choice => {
                    let is_other =
                        |n: u32| fields.iter().any(|(m, _, times, _)| *m == n && *times == Choice);
                    if let Some((other, _)) = seen.fields.iter().find(|(n, _)| is_other(*n)) {
                        let other = fields.iter().find(|f| f.0 == *other).map_or("", |f| f.1);
                        return Err(Refusal::new(format!("`{name}` stands beside `{other}`")));
                    }
                }
                Map => {
                    let Value::Bytes(entry) = value else { continue };
                    let key = child.map_or(Ok(&[][..]), |child| key(child, entry))?;
                    if !seen.keys.insert((number, key)) {
                        let key = shortened(key);
                        return Err(Refusal::new(format!("`{name}` has two entries `{key}`")));
                    }
                }
                One | Many => {}
            }
            if let (Some(child), Value::Bytes(inner)) = (child, value) {
                let is_function = child == Kind::Function;
                self.in_function |= is_function;
                self.message(child, inner, depth + 1).map_err(|mut refusal| {
                    let known = key(child, inner).map(shortened).unwrap_or_default();
                    refusal.place.push(match times {
                        One | Choice => name.to_owned(),
                        _ if known.is_empty() => format!("{name}[{}]", count - 1),
                        _ => format!("{name}[{}: {known}]", count - 1),
                    });
                    refusal
                })?;
                self.in_function &= !is_function;
            } else if let (Many, Value::Bytes(inner)) = (times, value) {
                // A byte of a list of numbers can be one of eight.
                let is_varints = match kind {
                    Kind::Tensor => matches!(number, 1 | 5 | 7 | 11),
                    Kind::Attribute => number == 8,
                    _ => false,
                };
                let numbers =
                    if is_varints { inner.iter().filter(|b| **b < 0x80).count() } else { 0 };
                self.take(size_of::<String>().saturating_add(numbers.saturating_mul(8)))?;
            } else if times == Many {
                self.take(size_of::<u64>())?;
            }
            // A list without elements is none.
            let is_empty = times == Many && matches!(value, Value::Bytes([]));
            if !is_empty && !seen.fields.iter().any(|(n, _)| *n == number) {
                seen.fields.push((number, value));
            }
        }
        match kind {
            Kind::Attribute => self.attribute(&seen),
            Kind::Tensor => tensor(&seen),
            Kind::Node => node(&seen),
            _ => Ok(()),
        }
    }

    /// An attribute has the value that its type says, and no other.
    fn attribute(&self, seen: &Seen<'_>) -> Result<(), Refusal> {
        let number = seen.number(20).unwrap_or(0);
        let declared = usize::try_from(number).ok().and_then(|n| ATTRIBUTES.get(n.checked_sub(1)?));
        let name = |number: u32| {
            Kind::Attribute.fields().iter().find(|f| f.0 == number).map_or("", |f| f.1)
        };
        let refers = seen.get(21).is_some();
        if refers && !self.in_function {
            return Err(Refusal::new("`ref_attr_name` stands outside of a function"));
        }
        for (_, field) in ATTRIBUTES {
            if seen.get(field).is_none() {
                continue;
            }
            let reason = match declared {
                Some((_, own)) if *own == field && !refers => continue,
                Some((declared, own)) => {
                    format!(
                        "its type is `{declared}`, of `{}`, and `{}` is set",
                        name(*own),
                        name(field)
                    )
                }
                None if number == 0 => format!("it has no type, and `{}` is set", name(field)),
                None => format!("there is no type `{number}`"),
            };
            return Err(Refusal::new(reason));
        }
        Ok(())
    }

    fn take(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.taken = self.taken.saturating_add(bytes);
        match self.taken > MAX_MESSAGE_BYTES {
            true => {
                let reason = "nodes and names up to here take more memory than those of any model \
                              that can be proved";
                Err(Refusal::of(Fault::TooLarge, reason))
            }
            false => Ok(()),
        }
    }
}

/// A constant has one value, in the field of its type.
fn node(seen: &Seen<'_>) -> Result<(), Refusal> {
    let values = seen.keys.iter().filter(|(number, key)| {
        *number == 5 && (key.starts_with(b"value") || *key == b"sparse_value")
    });
    match seen.bytes(4) == b"Constant" && values.count() > 1 {
        true => Err(Refusal::new("a `Constant` has two values")),
        false => Ok(()),
    }
}

/// The data of a tensor stands in one place, that of its type.
fn tensor(seen: &Seen<'_>) -> Result<(), Refusal> {
    let name =
        |number: u32| Kind::Tensor.fields().iter().find(|f| f.0 == number).map_or("", |f| f.1);
    if seen.get(3).is_some() {
        return Err(Refusal::new("`segment` is set: a part of a tensor is none"));
    }
    let mut places = DATA.iter().filter(|number| seen.get(**number).is_some());
    let place = places.next().copied();
    if let (Some(first), Some(second)) = (place, places.next()) {
        let (first, second) = (name(first), name(*second));
        return Err(Refusal::new(format!("it has data in `{first}` and in `{second}`")));
    }
    let is_listed = seen.keys.iter().any(|(number, _)| *number == 13);
    match (seen.number(14).unwrap_or(0), place) {
        (0, _) if is_listed => {
            return Err(Refusal::new(
                "it has `external_data`, and `data_location` is not `EXTERNAL`",
            ));
        }
        (0, _) | (1, None) => {}
        (1, Some(place)) => {
            let place = name(place);
            return Err(Refusal::new(format!("it has `external_data` and data in `{place}`")));
        }
        (location, _) => {
            return Err(Refusal::new(format!("there is no data location `{location}`")));
        }
    }
    let data_type = seen.number(2).unwrap_or(0);
    match place {
        Some(place) if place != RAW_DATA && place != list_of(data_type) => {
            let (own, place) = (name(list_of(data_type)), name(place));
            Err(Refusal::new(format!("elements of its type stand in `{own}`, not in `{place}`")))
        }
        Some(RAW_DATA) if data_type == STRING => {
            Err(Refusal::new("texts stand in `string_data`, not in `raw_data`"))
        }
        _ => Ok(()),
    }
}

/// The key of a message, or its name.
fn key(kind: Kind, mut bytes: &[u8]) -> Result<&[u8], Refusal> {
    let mut found: &[u8] = &[];
    while let Some((number, value)) = next(&mut bytes)? {
        if let (true, Value::Bytes(key)) = (number == kind.key(), value) {
            found = key;
        }
    }
    // Two names of one domain.
    let is_own = kind == Kind::Opset && found == b"ai.onnx";
    Ok(if is_own { &[] } else { found })
}

/// A key as a part of a message.
fn shortened(key: &[u8]) -> String {
    String::from_utf8_lossy(key).chars().take(64).collect()
}

/// The next field: its number and its value; none at the end.
fn next<'a>(bytes: &mut &'a [u8]) -> Result<Option<(u32, Value<'a>)>, Refusal> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let malformed = || Refusal::of(Fault::Malformed, "it is cut off, or not a protobuf");
    let tag = varint(bytes).ok_or_else(malformed)?;
    let number = u32::try_from(tag >> 3).ok().filter(|n| *n > 0).ok_or_else(malformed)?;
    let value = match tag & 7 {
        0 => varint(bytes).map(Value::Number),
        1 => split(bytes, 8).map(Value::Bytes),
        2 => varint(bytes).and_then(|length| split(bytes, length)).map(Value::Bytes),
        5 => split(bytes, 4).map(Value::Bytes),
        // Groups: ONNX has none.
        _ => None,
    };
    value.map(|value| Some((number, value))).ok_or_else(malformed)
}

fn split<'a>(bytes: &mut &'a [u8], length: u64) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
    *bytes = rest;
    Some(taken)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let low = u64::from(byte & 0x7f);
        // The tenth byte holds one bit.
        if shift == 63 && low > 1 {
            return None;
        }
        value |= low << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::{
        ImportOptions, OnnxFile,
        proto::{
            AttributeType, DimensionProto, ModelProto, OperatorSetIdProto, Size,
            StringStringEntryProto, TensorAnnotation,
        },
        testing::{
            Attribute::{Float, Int, Ints},
            Builder, FLOAT, INT64, attribute, import, survey,
        },
    };

    fn model() -> Builder {
        Builder::new(13)
            .input("x", FLOAT, &["3", "4"])
            .output("y")
            .floats("w", &[4], &[1.0, 2.0, 3.0, 4.0])
            .node("Add", "x w", "s", &[])
            .node("LeakyRelu", "s", "y", &[("alpha", Float(0.5))])
    }

    /// What is said of a file before anything else.
    fn refusal(bytes: &[u8]) -> String {
        let error = OnnxFile::from_bytes(bytes).unwrap_err();
        assert!(matches!(error, ImportError::Ambiguous { .. }), "{error}");
        error.to_string().strip_prefix("the file can be read in two ways: ").unwrap().to_owned()
    }

    fn changed(change: impl FnOnce(&mut Builder)) -> String {
        let mut builder = model();
        change(&mut builder);
        refusal(&builder.bytes())
    }

    #[test]
    fn rejects_doubled_keys() {
        assert!(import(&model().bytes(), &ImportOptions::default()).is_ok());
        // The two domains are one.
        let opset = |domain: &str| OperatorSetIdProto { domain: domain.to_owned(), version: 9 };
        let got = changed(|b| b.0.opset_import.push(opset("ai.onnx")));
        assert_eq!(got, "`model`: `opset_import` has two entries ``");
        let entry = |key: &str, value: &str| StringStringEntryProto {
            key: key.to_owned(),
            value: value.to_owned(),
        };
        let got = changed(|b| b.0.metadata_props = vec![entry("k", "1"), entry("k", "2")]);
        assert_eq!(got, "`model`: `metadata_props` has two entries `k`");
        let got = changed(|b| b.graph().node[1].attribute.push(attribute("alpha", Float(0.1))));
        assert_eq!(got, "`graph.node[1: y-]`: `attribute` has two entries `alpha`");
        let got = changed(|b| {
            let w = b.graph().initializer[0].clone();
            b.graph().initializer.push(w);
        });
        assert_eq!(got, "`graph`: `initializer` has two entries `w`");
        let got = changed(|b| {
            let x = b.graph().input[0].clone();
            b.graph().input.push(x);
        });
        assert_eq!(got, "`graph`: `input` has two entries `x`");
        let got = changed(|b| {
            let y = b.graph().output[0].clone();
            b.graph().output.push(y);
        });
        assert_eq!(got, "`graph`: `output` has two entries `y`");
        let got = changed(|b| {
            let annotation = TensorAnnotation { tensor_name: "w".to_owned() };
            b.graph().quantization_annotation = vec![annotation.clone(), annotation];
        });
        assert_eq!(got, "`graph`: `quantization_annotation` has two entries `w`");
        let got = changed(|b| {
            let w = &mut b.graph().initializer[0];
            w.float_data.clear();
            w.data_location = Some(1);
            w.external_data =
                vec![entry("location", "w"), entry("offset", "0"), entry("offset", "4")];
        });
        assert_eq!(got, "`graph.initializer[0: w]`: `external_data` has two entries `offset`");
        // Inside of graphs inside of nodes too.
        let got = changed(|b| {
            let mut inner = model();
            inner.graph().node[1].attribute.push(attribute("alpha", Float(0.1)));
            let mut branch = attribute("then_branch", Int(0));
            (branch.g, branch.r#type) = (inner.0.graph, AttributeType::Graph as i32);
            b.graph().node[0].attribute.push(branch);
        });
        assert_eq!(
            got,
            "`graph.node[0: s-].attribute[0: then_branch].g.node[1: y-]`: `attribute` has two entries \
             `alpha`"
        );
    }

    #[test]
    fn rejects_attributes_of_another_type() {
        let with = |change: &dyn Fn(&mut AttributeProto)| {
            changed(|b| change(&mut b.graph().node[1].attribute[0]))
        };
        let place = "`graph.node[1: y-].attribute[0: alpha]`: ";
        for (change, expected) in [
            (
                &(|a: &mut AttributeProto| (a.f, a.i) = (0.0, 1)) as &dyn Fn(&mut AttributeProto),
                "its type is `FLOAT`, of `f`, and `i` is set",
            ),
            (&|a| a.i = 1, "its type is `FLOAT`, of `f`, and `i` is set"),
            (&|a| a.r#type = 2, "its type is `INT`, of `i`, and `f` is set"),
            (&|a| a.ints = vec![1], "its type is `FLOAT`, of `f`, and `ints` is set"),
            (
                &|a| a.t = Some(TensorProto::default()),
                "its type is `FLOAT`, of `f`, and `t` is set",
            ),
            (&|a| a.r#type = 0, "it has no type, and `f` is set"),
            (&|a| a.r#type = 99, "there is no type `99`"),
            (
                &|a| a.ref_attr_name = "alpha".to_owned(),
                "`ref_attr_name` stands outside of a function",
            ),
        ] {
            assert_eq!(with(change), format!("{place}{expected}"));
        }
        let got = changed(|b| {
            let values = [("value_float", Float(1.0)), ("value_ints", Ints(&[1]))];
            *b = b.clone().node("Constant", "", "k", &values);
        });
        assert_eq!(got, "`graph.node[2: k-]`: a `Constant` has two values");
    }

    #[test]
    fn rejects_tensors_with_data_in_two_places() {
        let with = |change: &dyn Fn(&mut TensorProto)| {
            let got = changed(|b| change(&mut b.graph().initializer[0]));
            got.strip_prefix("`graph.initializer[0: w]`: ").unwrap().to_owned()
        };
        let listed =
            || StringStringEntryProto { key: "location".to_owned(), value: "w".to_owned() };
        for (change, expected) in [
            (
                &(|t: &mut TensorProto| t.raw_data = vec![0; 16]) as &dyn Fn(&mut TensorProto),
                "it has data in `float_data` and in `raw_data`",
            ),
            (&|t| t.int64_data = vec![1], "it has data in `float_data` and in `int64_data`"),
            (
                &|t| t.data_type = INT64,
                "elements of its type stand in `int64_data`, not in `float_data`",
            ),
            (
                &|t| (t.data_location, t.external_data) = (Some(1), vec![listed()]),
                "it has `external_data` and data in `float_data`",
            ),
            (
                &|t| t.external_data = vec![listed()],
                "it has `external_data`, and `data_location` is not `EXTERNAL`",
            ),
            (&|t| t.data_location = Some(2), "there is no data location `2`"),
        ] {
            assert_eq!(with(change), expected);
        }
    }

    /// The last counts for some readers, and others merge the two.
    #[test]
    fn rejects_fields_that_stand_twice() {
        let once = model();
        let mut graph = model();
        graph.graph().node.clear();
        let twice = [once.bytes(), graph.bytes()].concat();
        assert_eq!(refusal(&twice), "`model`: `ir_version` stands twice");
        graph.0 = ModelProto { graph: graph.0.graph, ..ModelProto::default() };
        let twice = [once.bytes(), graph.bytes()].concat();
        assert_eq!(refusal(&twice), "`model`: `graph` stands twice");
        // One of the two choices of a dimension: a size, and then a symbol.
        let dimension = |value| DimensionProto { value: Some(value) }.encode_to_vec();
        let (size, symbol) = (Size::Fixed(3), Size::Symbol("n".to_owned()));
        let dimension = [dimension(size), dimension(symbol)].concat();
        let mut walk = Walk { taken: 0, in_function: false };
        let refusal = walk.message(Kind::Dimension, &dimension, 0).err().unwrap();
        assert_eq!(refusal.reason, "`dim_param` stands beside `dim_value`");
    }

    #[test]
    fn rejects_small_files_that_decode_to_gigabytes() {
        // Two bytes each: a node, and an attribute of a node.
        let many = [0x0a, 0].repeat(4_000_000);
        let mut file = vec![0x3a];
        prost::encoding::encode_varint(many.len() as u64, &mut file);
        file.extend(&many);
        let error = survey(&file).unwrap_err();
        assert!(matches!(error, ImportError::TooMuch { .. }), "{error}");
        let mut deep = Vec::new();
        for field in [0x32, 0x2a, 0x0a].into_iter().cycle().take(300) {
            let mut outer = vec![field];
            prost::encoding::encode_varint(deep.len() as u64, &mut outer);
            outer.extend(&deep);
            deep = outer;
        }
        let mut file = vec![0x3a];
        prost::encoding::encode_varint(deep.len() as u64, &mut file);
        file.extend(&deep);
        let error = survey(&file).unwrap_err();
        assert!(error.to_string().contains("more than `100` deep"), "{error}");
    }
}
