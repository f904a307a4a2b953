//! The text of the library.

use std::collections::BTreeSet;

use lionml_quant::IntegerType;

use super::{
    lower::half,
    program::{Check, Curve, Function, Node, Port, Program, Sum, Value},
};
use crate::text::comment;

/// Lines are broken beyond this width.
const LINE_WIDTH: usize = 100;

/// Longer sums are written in parts: Leo's compiler recurses as deep as an expression is nested.
const MAX_TERMS: usize = 64;

pub(super) fn write(program: &Program, model: &str) -> String {
    let mut text = header(program, model);
    for conversion in conversions(program) {
        text += &conversion.text();
    }
    for function in program.functions() {
        text += &function_text(program, function);
    }
    text += &format!("/// The outputs of `{}` for these inputs.\n", comment(model));
    text += &format!("export fn {} {{\n", signature(program));
    let names = names(program);
    let mut sections = program.sections.iter().peekable();
    for (index, value) in program.values.iter().enumerate() {
        if let Some(section) = sections.next_if(|section| section.start == index) {
            text += &format!("    // {}\n", section.title);
        }
        let expression = match value {
            Value::Input { port, element } => {
                let of = &program.inputs[*port];
                let argument = match of.elements {
                    1 => format!("input_{port}"),
                    _ => format!("input_{port}[{element}u32]"),
                };
                Conversion::of(of).call(&argument)
            }
            Value::Sum(sum) => sum_text(&mut text, sum, &names, &names[index]),
            Value::Product(left, right) => {
                let left = factor_text(&mut text, left, &names, &format!("{}_left", names[index]));
                let right =
                    factor_text(&mut text, right, &names, &format!("{}_right", names[index]));
                format!("{left} * {right}")
            }
            Value::Call(function, sum) => {
                let argument = sum_text(&mut text, sum, &names, &names[index]);
                format!("{}({argument})", function_name(program, *function))
            }
        };
        text += &statement(&names[index], &expression);
    }
    let mut answers = Vec::new();
    for (index, (port, elements)) in program.outputs.iter().enumerate() {
        let mut values = Vec::with_capacity(elements.len());
        for (element, sum) in elements.iter().enumerate() {
            let sum = sum_text(&mut text, sum, &names, &format!("output_{index}_{element}"));
            values.push(output_text(port.integer, &sum));
        }
        let name = format!("output_{index}");
        let value = match values.as_slice() {
            [only] => only.clone(),
            _ => {
                let lines: Vec<_> = values.iter().map(|v| format!("        {v},\n")).collect();
                format!("[\n{}    ]", lines.concat())
            }
        };
        text += &format!("    let {name}: {} = {value};\n", port_type(port));
        answers.push(name);
    }
    let answer = match answers.as_slice() {
        [only] => only.clone(),
        many => format!("({})", many.join(", ")),
    };
    text += &format!("    return {answer};\n}}\n");
    text
}

pub(super) fn signature(program: &Program) -> String {
    let inputs = program.inputs.iter().enumerate();
    let inputs: Vec<_> =
        inputs.map(|(index, port)| format!("input_{index}: {}", port_type(port))).collect();
    let outputs: Vec<_> = program.outputs.iter().map(|(port, _)| port_type(port)).collect();
    let output = match outputs.as_slice() {
        [only] => only.clone(),
        many => format!("({})", many.join(", ")),
    };
    format!("model({}) -> {output}", inputs.join(", "))
}

fn port_type(port: &Port) -> String {
    match port.elements {
        1 => port.integer.to_string(),
        elements => format!("[{}; {elements}]", port.integer),
    }
}

fn header(program: &Program, model: &str) -> String {
    let mut text = format!("// The model `{}`, as LionML wrote it.\n//\n", comment(model));
    let line = |name: String, port: &Port| {
        let (low, high) = (port.interval.low(), port.interval.high());
        let title = comment(&port.name);
        format!("// {name}: `{title}`, {low} to {high}; 1 stands for {}\n", port.scale)
    };
    for (index, port) in program.inputs.iter().enumerate() {
        text += &line(format!("input_{index}"), port);
    }
    for (index, (port, _)) in program.outputs.iter().enumerate() {
        text += &line(format!("output_{index}"), port);
    }
    let constraints = program.constraints();
    text += &format!(
        "//\n// A call adds at most {constraints} constraints to the circuit of its transition. Field \
         elements hold the\n// integers of the model: sums and products by constants are free, bits \
         are not.\n\n"
    );
    text
}

/// The names of the variables.
fn names(program: &Program) -> Vec<String> {
    let mut names = Vec::with_capacity(program.values.len());
    let ends = program.sections.iter().skip(1).map(|section| section.start);
    for (section, end) in program.sections.iter().zip(ends.chain([program.values.len()])) {
        let element = |index: usize| format!("{}_{index}", section.prefix);
        names.extend((0..end.saturating_sub(section.start)).map(element));
    }
    names
}

/// How an input becomes a field element.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Conversion {
    is_signed: bool,
    bits: u32,
    /// The bits that its interval takes, where those of the type are more.
    checked: Option<u32>,
}

impl Conversion {
    fn of(port: &Port) -> Self {
        let checked = match port.check() {
            Check::None => None,
            Check::HighBits { from } => Some(from),
            Check::SignBits { from } => Some(from + 1),
        };
        Self { is_signed: port.integer.is_signed(), bits: port.integer.bits(), checked }
    }

    /// A cast alone serves.
    fn is_cast(&self) -> bool {
        !self.is_signed && self.checked.is_none()
    }

    fn integer(&self) -> String {
        format!("{}{}", if self.is_signed { 'i' } else { 'u' }, self.bits)
    }

    fn name(&self) -> String {
        let integer = self.integer();
        self.checked.map_or_else(
            || format!("from_{integer}"),
            |bits| format!("from_{integer}_of_{bits}_bits"),
        )
    }

    fn call(&self, argument: &str) -> String {
        if self.is_cast() {
            format!("{argument} as field")
        } else {
            format!("{}({argument})", self.name())
        }
    }

    fn text(&self) -> String {
        let (name, integer, bits) = (self.name(), self.integer(), self.bits);
        let mut body = String::new();
        let mut doc = format!("/// An `{integer}` as a field element");
        if let Some(width) = self.checked {
            doc += &format!(", if it takes no more than {width} bits");
            if self.is_signed {
                let shift = width - 1;
                body += &format!(
                    "    let high: {integer} = x >> {shift}u8;\n    \
                     assert(high == 0{integer} || high == -1{integer});\n"
                );
            } else {
                body += &format!("    assert_eq(x >> {width}u8, 0{integer});\n");
            }
        }
        if self.is_signed {
            // The sign bit counts the other way round: a cast of it costs nothing.
            let low = 1u128 << (bits - 1);
            body += &format!("    return (x ^ -{low}{integer}) as field - {low}field;\n");
        } else {
            body += "    return x as field;\n";
        }
        format!("{doc}.\nfn {name}(x: {integer}) -> field {{\n{body}}}\n\n")
    }
}

fn conversions(program: &Program) -> BTreeSet<Conversion> {
    let conversions = program.inputs.iter().map(Conversion::of);
    conversions.filter(|conversion| !conversion.is_cast()).collect()
}

fn output_text(integer: IntegerType, sum: &str) -> String {
    let bits = integer.bits();
    if integer.is_signed() {
        let low = 1u128 << (bits - 1);
        return format!("(({sum} + {low}field) as {integer}) ^ -{low}{integer}");
    }
    if is_atom(sum) { format!("{sum} as {integer}") } else { format!("({sum}) as {integer}") }
}

fn function_name(program: &Program, function: Function) -> String {
    match function {
        Function::RoundUnsigned { bits, shift } => format!("round_{shift}_of_u{bits}"),
        Function::Round { bits, shift } => format!("round_{shift}_of_i{bits}"),
        Function::RoundRelu { bits, shift: 0 } => format!("relu_of_i{bits}"),
        Function::RoundRelu { bits, shift } => format!("relu_round_{shift}_of_i{bits}"),
        Function::IsNotNegative { bits } => format!("is_not_negative_of_i{bits}"),
        Function::Curve(index) => format!("{}_{index}", program.curves[index].name),
    }
}

fn function_text(program: &Program, function: Function) -> String {
    let name = function_name(program, function);
    let (doc, body) = match function {
        Function::RoundUnsigned { bits, shift } => {
            let half = half(shift);
            let doc = format!("`x / 2^{shift}`, to the nearest, halves up, for x of {bits} bits");
            (doc, format!("    return ((x + {half}field) as u{bits} >> {shift}u8) as field;\n"))
        }
        Function::Round { bits, shift } => {
            let low = 1u128 << (bits - 1);
            let offset = low + half(shift).unsigned_abs();
            let quotient = low >> shift;
            let doc = format!("`x / 2^{shift}`, to the nearest, halves up, for x of {bits} bits");
            let body = format!(
                "    return ((x + {offset}field) as u{bits} >> {shift}u8) as field - \
                 {quotient}field;\n"
            );
            (doc, body)
        }
        Function::RoundRelu { bits, shift } => {
            let (low, top) = (1u128 << (bits - 1), bits - 1);
            let offset = low + half(shift).unsigned_abs();
            let sign = format!(
                "    // The highest bit says that x is not negative.\n    \
                 let bits: u{bits} = (x + {offset}field) as u{bits};\n    \
                 let sign: field = (bits >> {top}u8) as field;\n"
            );
            if shift == 0 {
                let doc = format!("`max(x, 0)` for x of {bits} bits");
                (doc, format!("{sign}    return sign * x;\n"))
            } else {
                let doc = format!(
                    "`max(x / 2^{shift}, 0)`, to the nearest, halves up, for x of {bits} bits"
                );
                let mask = low - 1;
                let body = format!(
                    "{sign}    return sign * ((bits & {mask}u{bits}) >> {shift}u8) as field;\n"
                );
                (doc, body)
            }
        }
        Function::IsNotNegative { bits } => {
            let (low, top) = (1u128 << (bits - 1), bits - 1);
            let doc = format!("One where `x >= 0`, else zero, for x of {bits} bits");
            (doc, format!("    return ((x + {low}field) as u{bits} >> {top}u8) as field;\n"))
        }
        Function::Curve(index) => {
            let curve = &program.curves[index];
            let [from, to] = curve.scales;
            let doc = format!(
                "`{}` in {} straight pieces; 1 stands for {from} in x, for {to} in the value",
                curve.name,
                curve.pieces.pieces().len()
            );
            (doc, curve_body(curve))
        }
    };
    format!("/// {doc}.\nfn {name}(x: field) -> field {{\n{body}}}\n\n")
}

fn curve_body(curve: &Curve) -> String {
    let Curve { bits, magnitude_bits, centre, .. } = curve;
    let (low, top) = (1u128 << (bits - 1), bits - 1);
    let mut text = format!(
        "    // One or minus one.\n    \
         let sign: field = ((x + {low}field) as u{bits} >> {top}u8) as field * 2field - 1field;\n    \
         let magnitude: u{magnitude_bits} = (sign * x) as u{magnitude_bits};\n"
    );
    let kept = match curve.pieces.dropped_bits() {
        0 => "magnitude as field".to_owned(),
        dropped if dropped >= *magnitude_bits => "0field".to_owned(),
        dropped => format!("(magnitude >> {dropped}u8) as field"),
    };
    text += &format!("    let kept: field = {kept};\n");
    let tree = curve.tree();
    for bit in choices(&tree) {
        text += &format!(
            "    let bit_{bit}: field = ((magnitude >> {bit}u8) & 1u{magnitude_bits}) as field;\n"
        );
    }
    let rise = node_text(&mut text, &tree, &mut 0);
    text += &format!("    return {centre}field + sign * {rise};\n");
    text
}

/// The bits by which a tree chooses.
fn choices(node: &Node) -> BTreeSet<u32> {
    match node {
        Node::Line { .. } => BTreeSet::new(),
        Node::Choice(bit, nodes) => nodes.iter().flat_map(choices).chain([*bit]).collect(),
    }
}

/// Writes what a node is made of, and returns its name or its number.
fn node_text(text: &mut String, node: &Node, count: &mut usize) -> String {
    let expression = match node {
        Node::Line { intercept, slope: 0 } => return format!("{intercept}field"),
        Node::Line { intercept, slope } => format!("{intercept}field + {slope}field * kept"),
        Node::Choice(bit, nodes) => {
            let [low, high] = &**nodes;
            let (low, high) = (node_text(text, low, count), node_text(text, high, count));
            format!("{low} + bit_{bit} * ({high} - {low})")
        }
    };
    let name = format!("value_{count}");
    *count += 1;
    *text += &format!("    let {name}: field = {expression};\n");
    name
}

fn is_atom(expression: &str) -> bool {
    !expression.contains(' ')
}

/// A sum as a factor.
fn factor_text(text: &mut String, sum: &Sum, names: &[String], name: &str) -> String {
    let sum = sum_text(text, sum, names, name);
    if is_atom(&sum) { sum } else { format!("({sum})") }
}

/// A sum as an expression; parts of a long one become statements of their own.
fn sum_text(text: &mut String, sum: &Sum, names: &[String], name: &str) -> String {
    let mut terms: Vec<(String, i128)> =
        sum.terms.iter().map(|(&variable, &factor)| (names[variable].clone(), factor)).collect();
    if terms.len() > MAX_TERMS {
        let parts = terms.chunks(MAX_TERMS).enumerate().map(|(index, part)| {
            let part_name = format!("{name}_part_{index}");
            *text += &statement(&part_name, &terms_text(part, 0));
            (part_name, 1)
        });
        terms = parts.collect();
    }
    terms_text(&terms, sum.constant)
}

fn terms_text(terms: &[(String, i128)], constant: i128) -> String {
    // Leo has no sign before a variable that is cheaper than a difference: a positive term leads.
    let first = terms.iter().position(|(_, factor)| *factor > 0);
    let term = |(name, factor): &(String, i128)| match factor.unsigned_abs() {
        1 => name.clone(),
        factor => format!("{factor}field * {name}"),
    };
    let mut text = match first {
        Some(first) => term(&terms[first]),
        None => return constant_text(terms, constant, term),
    };
    for (index, other) in terms.iter().enumerate() {
        if Some(index) != first {
            text += if other.1 < 0 { " - " } else { " + " };
            text += &term(other);
        }
    }
    match constant {
        0 => text,
        _ if constant < 0 => format!("{text} - {}field", constant.unsigned_abs()),
        _ => format!("{text} + {constant}field"),
    }
}

/// A sum without positive terms: the constant leads.
fn constant_text(
    terms: &[(String, i128)],
    constant: i128,
    term: impl Fn(&(String, i128)) -> String,
) -> String {
    let mut text = format!("{constant}field");
    for negative in terms {
        text += " - ";
        text += &term(negative);
    }
    text
}

/// A statement, broken between terms.
fn statement(name: &str, expression: &str) -> String {
    let mut text = format!("    let {name}: field =");
    let mut column = text.len();
    for word in expression.split(' ') {
        let is_operator = matches!(word, "+" | "-");
        if is_operator && column > LINE_WIDTH - 30 {
            text += "\n       ";
            column = 7;
        }
        text.push(' ');
        text += word;
        column += word.len() + 1;
    }
    text + ";\n"
}
