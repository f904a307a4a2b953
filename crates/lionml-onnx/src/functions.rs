//! ONNX's functions: operators whose meaning the standard states as nodes of others.
//!
//! A line each: attributes with their defaults, operands and outputs, then the nodes. `@` names an
//! attribute of the caller; a number stands for a constant of the type of the first operand.

use std::sync::LazyLock;

use crate::{
    file::ONNX,
    proto::{AttributeProto, AttributeType, FunctionProto, NodeProto, OperatorSetIdProto},
};

/// The domain of ONNX Runtime's own operators.
const MICROSOFT: &str = "com.microsoft";

/// The operator set of the nodes.
const OPSET: i64 = 22;

/// The functions, each with its domain and name.
const FUNCTIONS: &[(&str, &str, &str)] = &[
    (
        ONNX,
        "HardSigmoid",
        "alpha=0.2 beta=0.5; x -> y; \
         a = Constant value_float=@alpha; b = Constant value_float=@beta; \
         c = CastLike a x; d = CastLike b x; m = Mul x c; n = Add m d; y = Clip n 0 1",
    ),
    (ONNX, "HardSwish", "x -> y; s = HardSigmoid alpha=0.16666667 beta=0.5 x; y = Mul x s"),
    (
        ONNX,
        "Swish",
        "alpha=1.0; x -> y; a = Constant value_float=@alpha; c = CastLike a x; m = Mul x c; \
         s = Sigmoid m; y = Mul x s",
    ),
    (MICROSOFT, "QuickGelu", "alpha=1.702; x -> y; y = Swish alpha=@alpha x"),
];

static PARSED: LazyLock<Vec<FunctionProto>> =
    LazyLock::new(|| FUNCTIONS.iter().map(|(_, name, text)| parse(name, text)).collect());

/// The nodes that an operator means.
pub(crate) fn function(domain: &str, name: &str) -> Option<&'static FunctionProto> {
    let place = FUNCTIONS.iter().position(|(d, n, _)| *d == domain && *n == name)?;
    PARSED.get(place)
}

/// The names of ONNX's own operators among them.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().filter(|(domain, ..)| *domain == ONNX).map(|(_, name, _)| *name)
}

fn parse(name: &str, text: &str) -> FunctionProto {
    let mut parts = text.split(';').map(str::trim).peekable();
    let mut function = FunctionProto {
        name: name.to_owned(),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
        ..FunctionProto::default()
    };
    if let Some(attributes) = parts.next_if(|part| !part.contains("->")) {
        function.attribute_proto = attributes.split_whitespace().map(attribute).collect();
    }
    let ports = parts.next().and_then(|part| part.split_once("->")).unwrap_or_default();
    let names = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    (function.input, function.output) = (names(ports.0), names(ports.1));
    let first = function.input.first().cloned().unwrap_or_default();
    for part in parts {
        let (outputs, rest) = part.split_once('=').unwrap_or_default();
        let mut words = rest.split_whitespace();
        let mut node = NodeProto {
            op_type: words.next().unwrap_or_default().to_owned(),
            output: names(outputs),
            ..NodeProto::default()
        };
        for word in words {
            if word.contains('=') {
                node.attribute.push(attribute(word));
            } else if let Ok(number) = word.parse::<f32>() {
                let place = function.node.len();
                let [untyped, typed] =
                    ["number", "typed"].map(|kind| format!("{kind} {place} {word}"));
                function.node.push(NodeProto {
                    op_type: "Constant".to_owned(),
                    output: vec![untyped.clone()],
                    attribute: vec![float("value_float", number)],
                    ..NodeProto::default()
                });
                function.node.push(NodeProto {
                    op_type: "CastLike".to_owned(),
                    input: vec![untyped, first.clone()],
                    output: vec![typed.clone()],
                    ..NodeProto::default()
                });
                node.input.push(typed);
            } else {
                node.input.push(if word == "_" { String::new() } else { word.to_owned() });
            }
        }
        function.node.push(node);
    }
    function
}

fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        f: value,
        r#type: AttributeType::Float as i32,
        ..AttributeProto::default()
    }
}

/// `name=value`: a reference, an integer, a float or a text.
fn attribute(text: &str) -> AttributeProto {
    let (name, value) = text.split_once('=').unwrap_or_default();
    let base = AttributeProto { name: name.to_owned(), ..AttributeProto::default() };
    if let Some(reference) = value.strip_prefix('@') {
        return AttributeProto { ref_attr_name: reference.to_owned(), ..base };
    }
    match (value.parse(), value.parse()) {
        (Ok(i), _) => AttributeProto { i, r#type: AttributeType::Int as i32, ..base },
        (_, Ok(value)) => float(name, value),
        _ => AttributeProto { s: value.into(), r#type: AttributeType::String as i32, ..base },
    }
}
