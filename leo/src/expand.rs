//! The program with its calls replaced by verified answers.
//!
//! For each call the entry function takes a salt for each hashed input, the outputs, and the proof.
//! Its body computes what the proof must speak of, from typed values; its `final` verifies that
//! before anything else of it runs.
//!
//! # Soundness
//!
//! | what a caller tries                        | what stops it                                     |
//! |--------------------------------------------|---------------------------------------------------|
//! | an answer without a proof                  | `assert` around `Snark::verify`, first in `final` |
//! | a proof of another model                   | the digest of the key, a literal                  |
//! | a registry that stores another key beside it | the checksum of the registry's code, a literal  |
//! | a proof that reads its elements otherwise  | the digest of the manifest, a literal             |
//! | values in the padding                      | zeros, literals                                   |
//! | the proof of somebody else                 | the context: caller, program, ticket, call        |
//! | a proof again                              | the mapping of used contexts                      |
//! | another input                              | its digest, computed here                         |
//! | a field element that is no integer         | elements come from typed integers                 |
//! | two readings of a packed element           | each integer is asserted to be in its interval    |
//!
//! That `final` runs at all is up to Aleo: a transaction is rejected as a whole where it does not
//! run every `final` of its transitions exactly once (`docs/leo.md`).

use std::{collections::BTreeSet, fmt::Write as _, ops::Range};

use serde::Serialize;

use crate::{
    compile::{Network, Text, analyze},
    diagnostic::{Diagnostic, Failure},
    models::{Model, Models, Port, Registry, Visibility, in_comment},
    package::Package,
    scan::{Call, Entry, Function, Parameter, Scan, Value},
    types::Integer,
};

/// The bytes of a verifying key on the chain.
const KEY_BYTES: usize = 673;
/// The bytes of a proof of one instance.
const PROOF_BYTES: usize = 957;
/// The version of Varuna that proofs are made with.
const VARUNA: &str = "3u8";
/// The most inputs that a transition takes.
const MAX_INPUTS: usize = 16;
/// The longest name that Leo takes.
const MAX_NAME: usize = 31;

/// An expanded program.
pub(crate) struct Expansion {
    /// The program.
    pub(crate) text: String,
    /// What its entry functions take.
    pub(crate) interface: Interface,
    edits: Vec<Edit>,
}

/// A replacement in the user's file.
struct Edit {
    range: Range<usize>,
    text: String,
}

/// What the entry functions of a program take.
#[derive(Debug, Serialize)]
pub(crate) struct Interface {
    program: String,
    entries: Vec<EntryInterface>,
}

#[derive(Debug, Serialize)]
struct EntryInterface {
    name: String,
    parameters: Vec<ParameterInterface>,
    calls: Vec<CallInterface>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<String>,
}

#[derive(Debug, Serialize)]
struct CallInterface {
    function: String,
    number: u32,
    arguments: Vec<String>,
    line: usize,
}

#[derive(Debug, Serialize)]
struct ParameterInterface {
    name: String,
    #[serde(rename = "type")]
    type_: String,
    mode: &'static str,
    origin: Origins,
}

/// Who supplies a parameter.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Origins {
    User { user: bool },
    Port { call: usize, role: &'static str, port: usize },
    Proof { call: usize, role: &'static str },
}

/// Expands a program that was scanned and checked, or refuses it.
pub(crate) fn expand(
    package: &Package,
    scan: &Scan,
    models: &Models,
) -> Result<Expansion, Failure> {
    let expander = Expander { package, scan, models };
    let bound = expander.bind()?;
    let mut edits = Vec::new();
    let mut entries = Vec::new();
    expander.head(&mut edits, &bound);
    for (function, model) in scan.functions.iter().zip(&bound) {
        edits.push(dropped(function, model));
    }
    for entry in &scan.entries {
        entries.push(expander.entry(entry, &bound, &mut edits)?);
    }
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let text = apply(&package.main.text, &edits)?;
    entries.extend(scan.plain.iter().map(|entry| EntryInterface {
        name: entry.name.clone(),
        parameters: entry.parameters.iter().map(of_user).collect(),
        calls: Vec::new(),
        ticket: None,
    }));
    let interface = Interface { program: scan.program.clone(), entries };
    Ok(Expansion { text, interface, edits })
}

impl Expansion {
    /// Leo's compiler takes the expanded program. An error is about a limit that only the whole
    /// shows, as that of values that `final` uses, or it is a defect of the expansion.
    pub(crate) fn check(
        &self,
        package: &Package,
        models: &Models,
        network: &Network,
    ) -> Result<(), Failure> {
        let programs = [(models.registry.name.clone(), models.registry.code.clone())];
        let origin = |range: Range<usize>| self.origin(range);
        let text = Text { text: self.text.clone(), origin: &origin, programs: &programs };
        analyze(package, network, &text).map(drop).map_err(|failure| match failure {
            Failure::Program(mut errors) => {
                for error in &mut errors {
                    let note = "this is said of the expanded program, where `final` also uses what \
                                each proof speaks of";
                    error.hint = Some(match error.hint.take() {
                        Some(hint) => format!("{hint}; {note}"),
                        None => note.to_owned(),
                    });
                }
                Failure::Program(errors)
            }
            failure => failure,
        })
    }

    /// Where in the user's file a range of the expanded text comes from.
    fn origin(&self, range: Range<usize>) -> Range<usize> {
        let start = self.original(range.start);
        start..self.original(range.end).max(start)
    }

    fn original(&self, offset: usize) -> usize {
        // What was inserted and removed before.
        let (mut added, mut removed) = (0, 0);
        for Edit { range, text } in &self.edits {
            let start = range.start + added - removed;
            if offset < start {
                break;
            }
            if offset < start + text.len() {
                return range.start;
            }
            added += text.len();
            removed += range.len();
        }
        (offset + removed).saturating_sub(added)
    }
}

fn apply(source: &str, edits: &[Edit]) -> Result<String, Failure> {
    let mut text = String::with_capacity(source.len());
    let mut end = 0;
    for edit in edits {
        if edit.range.start < end {
            return Err(Failure::Internal("two edits of one place".to_owned()));
        }
        text.push_str(&source[end..edit.range.start]);
        text.push_str(&edit.text);
        end = edit.range.end;
    }
    text.push_str(&source[end..]);
    Ok(text)
}

/// The edit that drops a declaration.
fn dropped(function: &Function, model: &Model) -> Edit {
    let Function { name, number, range, .. } = function;
    let model = in_comment(&model.name);
    let text = format!("/* `{name}` is model {number}, `{model}`: each call of it is verified. */");
    Edit { range: range.clone(), text }
}

struct Expander<'a> {
    package: &'a Package,
    scan: &'a Scan,
    models: &'a Models,
}

impl<'a> Expander<'a> {
    /// The models that the declared functions are, which they agree with.
    fn bind(&self) -> Result<Vec<&'a Model>, Failure> {
        let mut models = Vec::new();
        let mut errors = Vec::new();
        for function in &self.scan.functions {
            match self.models.get(function.number) {
                Some(model) => {
                    self.compare(function, model, &mut errors);
                    models.push(model);
                }
                None => errors.push(
                    Diagnostic::error(
                        "unknown_model",
                        format!("model {} is not registered", function.number),
                        self.annotation_place(function, "annotation"),
                    )
                    .hint(format!(
                        "is that its number, and is it registered in `{}` on this network?",
                        self.models.registry.name
                    )),
                ),
            }
        }
        if self.scan.program == self.models.registry.name {
            return Err(Failure::Usage(format!("`{}` is the registry itself", self.scan.program)));
        }
        if errors.is_empty() { Ok(models) } else { Err(Failure::Program(errors)) }
    }

    fn annotation_place(&self, function: &Function, argument: &str) -> crate::source::Place {
        let range = function.arguments.get(argument).map_or(&function.range, |a| &a.range);
        self.package.main.place(range.clone())
    }

    fn compare(&self, function: &Function, model: &Model, errors: &mut Vec<Diagnostic>) {
        let Function { name, number, inputs, outputs, .. } = function;
        let called = in_comment(&model.name);
        let sides = [
            ("input", inputs, &model.inputs, "input_scale"),
            ("output", outputs, &model.outputs, "output_scale"),
        ];
        for (what, values, ports, scale) in sides {
            if values.len() != ports.len() {
                let (declared, expected) = (values.len(), ports.len());
                let message = format!(
                    "`{name}` has {declared} {what}s, and model {number} `{called}` has {expected}"
                );
                let listed: Vec<_> = ports.iter().map(port_type).collect();
                errors.push(
                    Diagnostic::error(
                        "type",
                        message,
                        self.annotation_place(function, "annotation"),
                    )
                    .hint(format!("they are {}", listed.join(", "))),
                );
                continue;
            }
            for (index, (value, port)) in values.iter().zip(ports).enumerate() {
                let port_name = in_comment(&port.name);
                let of = format!("{what} `{port_name}` of model {number} `{called}`");
                self.compare_type(value, port, &of, errors);
                self.compare_scale(function, scale, index, port, &of, errors);
                let is_served = match what {
                    "input" => port.visibility != Visibility::Private,
                    _ => matches!(port.visibility, Visibility::Public | Visibility::Packed),
                };
                if !is_served {
                    let (message, hint) = match port.visibility {
                        Visibility::Private => (
                            format!("{of} is private: nothing binds it to the call"),
                            if what == "input" { "hashed" } else { "packed" },
                        ),
                        _ => (format!("{of} is hashed: the program would not see it"), "packed"),
                    };
                    errors.push(
                        Diagnostic::error(
                            "visibility",
                            message,
                            self.annotation_place(function, "annotation"),
                        )
                        .hint(format!(
                            "compile the model with `--{what}-visibility {hint}` and register that"
                        )),
                    );
                }
            }
        }
    }

    fn compare_type(&self, value: &Value, port: &Port, of: &str, errors: &mut Vec<Diagnostic>) {
        if (value.element, value.elements) != (port.integer, port.elements) {
            let declared = match &value.name {
                Some(name) => format!("`{name}` is declared as `{}`", value.type_),
                None => format!("the answer is declared as `{}`", value.type_),
            };
            let message = format!("{declared}, and {of} is {}", port_type(port));
            let place = self.package.main.place(value.range.clone());
            errors.push(
                Diagnostic::error("type", message, place)
                    .hint("the integers must be of that type; they may stand in arrays of arrays"),
            );
        }
    }

    /// A scale that the annotation names: one for all, or one for each between commas.
    fn compare_scale(
        &self,
        function: &Function,
        argument: &str,
        index: usize,
        port: &Port,
        of: &str,
        errors: &mut Vec<Diagnostic>,
    ) {
        let Some(given) = function.arguments.get(argument) else { return };
        let scales: Vec<_> = given.text.split(',').map(str::trim).collect();
        let ports = match argument {
            "input_scale" => function.inputs.len(),
            _ => function.outputs.len(),
        };
        if scales.len() != 1 && scales.len() != ports {
            if index == 0 {
                let message = format!("`{argument}` names {} scales for {ports}", scales.len());
                let place = self.annotation_place(function, argument);
                errors.push(
                    Diagnostic::error("scale", message, place)
                        .hint("one for all, or one for each between commas"),
                );
            }
            return;
        }
        let scale = scales.get(index).unwrap_or(&scales[0]);
        if *scale != port.scale {
            let message =
                format!("the scale is given as `{scale}`, and of {of} it is `{}`", port.scale);
            let place = self.annotation_place(function, argument);
            errors.push(
                Diagnostic::error("scale", message, place).hint("is it the model that was meant?"),
            );
        }
    }

    /// What stands before and behind the user's program, and at its top.
    fn head(&self, edits: &mut Vec<Edit>, models: &[&Model]) {
        let mut head =
            "// Generated by `lionml leo build` from `src/main.leo`: do not edit.\n".to_owned();
        let called: BTreeSet<usize> = self.calls().map(|call| call.declaration).collect();
        if called.is_empty() {
            edits.push(Edit { range: 0..0, text: head });
            return;
        }
        let registry = &self.models.registry.name;
        if !self.scan.imports.contains(registry) {
            let _ = writeln!(head, "// Verifying keys by the number of their model.");
            let _ = writeln!(head, "import {registry};");
        }
        edits.push(Edit { range: 0..0, text: head });
        let mapping = "\n    // The contexts of proofs that were accepted: each is accepted once.\n    \
                       mapping lionml_contexts: field => bool;\n";
        let at = self.scan.program_body;
        edits.push(Edit { range: at..at, text: mapping.to_owned() });

        let mut tail = BTreeSet::new();
        for index in called {
            let (function, model) = (&self.scan.functions[index], models[index]);
            for (value, port) in function.inputs.iter().zip(&model.inputs) {
                if port.visibility == Visibility::Hashed {
                    tail.insert(salted(value));
                }
            }
            for (what, ports) in [("input", &model.inputs), ("output", &model.outputs)] {
                for (index, port) in ports.iter().enumerate() {
                    tail.extend(element_function(function.number, what, index, port));
                }
            }
        }
        let at = self.package.main.text.len();
        let text = tail.into_iter().collect::<Vec<_>>().concat();
        let newline = if self.package.main.text.ends_with('\n') { "" } else { "\n" };
        edits.push(Edit { range: at..at, text: format!("{newline}{text}") });
    }

    fn calls(&self) -> impl Iterator<Item = &'a Call> {
        self.scan.entries.iter().flat_map(|entry| &entry.calls)
    }

    fn entry(
        &self,
        entry: &Entry,
        models: &[&Model],
        edits: &mut Vec<Edit>,
    ) -> Result<EntryInterface, Failure> {
        let calls: Vec<_> = entry
            .calls
            .iter()
            .enumerate()
            .map(|(index, call)| Expanded {
                index,
                call,
                function: &self.scan.functions[call.declaration],
                model: models[call.declaration],
                ticket: &entry.ticket,
                registry: &self.models.registry,
            })
            .collect();
        let mut parameters: Vec<_> = entry.parameters.iter().map(of_user).collect();
        let own = parameters.len();
        for call in &calls {
            parameters.extend(call.parameters());
        }
        self.check_limits(entry, &calls, own, parameters.len())?;
        self.check_privacy(entry, &calls)?;

        let comma = if entry.has_comma { "" } else { "," };
        let at = entry.last_parameter;
        edits.push(Edit { range: at..at, text: comma.to_owned() });
        let (mut added, mut body, mut first) = (String::new(), String::new(), String::new());
        for call in &calls {
            let _ = writeln!(added, "\n        // {}: the answer and its proof.", call.title());
            let lines: Vec<_> = call
                .parameters()
                .iter()
                .map(|p| format!("        {} {}: {},", p.mode, p.name, p.type_))
                .collect();
            added.push_str(&lines.join("\n"));
            body.push_str(&call.body());
            first.push_str(&call.verification());
        }
        added.push_str("\n    ");
        let at = entry.parameters_end;
        edits.push(Edit { range: at..at, text: added });
        edits.push(Edit { range: entry.body..entry.body, text: body });
        edits.push(Edit { range: entry.final_body..entry.final_body, text: first });
        edits.extend(calls.iter().map(Expanded::replacement));
        Ok(EntryInterface {
            name: entry.name.clone(),
            parameters,
            calls: entry
                .calls
                .iter()
                .map(|Call { function, number, arguments, line, .. }| CallInterface {
                    function: function.clone(),
                    number: *number,
                    arguments: arguments.clone(),
                    line: *line,
                })
                .collect(),
            ticket: Some(entry.ticket.clone()),
        })
    }

    /// What the model shows to everybody is no private parameter: that would be told by surprise.
    fn check_privacy(&self, entry: &Entry, calls: &[Expanded<'_>]) -> Result<(), Failure> {
        let mut errors = Vec::new();
        for call in calls {
            let Model { name, inputs, .. } = call.model;
            let (number, called) = (call.function.number, in_comment(name));
            for (argument, port) in call.call.arguments.iter().zip(inputs) {
                let parameter = entry.parameters.iter().find(|p| p.name == *argument);
                let Some(parameter) = parameter.filter(|p| p.mode != "public") else { continue };
                if port.visibility != Visibility::Hashed {
                    let port = in_comment(&port.name);
                    let message = format!(
                        "`{argument}` is private, and input `{port}` of model {number} `{called}` is \
                         seen by everybody"
                    );
                    let place = self.package.main.place(parameter.range.clone());
                    let error = Diagnostic::error("visibility", message, place)
                        .related("for this call", self.package.main.place(call.call.range.clone()))
                        .hint(format!(
                            "write `public {argument}`, or compile the model with \
                             `--input-visibility hashed` and register that"
                        ));
                    errors.push(error);
                }
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(Failure::Program(errors)) }
    }

    fn check_limits(
        &self,
        entry: &Entry,
        calls: &[Expanded<'_>],
        own: usize,
        all: usize,
    ) -> Result<(), Failure> {
        let place = self.package.main.place(entry.name_range.clone());
        let name = &entry.name;
        if all > MAX_INPUTS {
            let parts: Vec<_> = calls
                .iter()
                .map(|call| format!("{} for line {}", call.parameters().len(), call.call.line))
                .collect();
            let message = format!(
                "`{name}` takes {all} inputs with its proofs, and a transition at most \
                 {MAX_INPUTS}: {own} of its own, {}",
                parts.join(", ")
            );
            return Err(Diagnostic::error("inputs", message, place)
                .hint("call fewer models here, or gather parameters in arrays and structs")
                .into());
        }
        let long = calls.iter().flat_map(|call| {
            let salted = call.hashed().map(|(_, value, _)| struct_name(value));
            salted.chain(call.parameters().into_iter().map(|p| p.name))
        });
        if let Some(long) = long.into_iter().find(|name| name.len() > MAX_NAME) {
            let message =
                format!("the expansion of `{name}` needs the name `{long}`, too long for Leo");
            return Err(Diagnostic::error("name", message, place)
                .hint("declare the model's values with fewer arrays in arrays")
                .into());
        }
        Ok(())
    }
}

fn port_type(port: &Port) -> String {
    match port.elements {
        1 => format!("one `{}`", port.integer),
        elements => format!("{elements} of `{}`", port.integer),
    }
}

fn of_user(parameter: &Parameter) -> ParameterInterface {
    let Parameter { name, type_, mode, .. } = parameter.clone();
    ParameterInterface { name, type_, mode, origin: Origins::User { user: true } }
}

/// The name of the struct that a digest is over. Structs of one name are one to Aleo, so the name
/// says all that is in it.
fn struct_name(value: &Value) -> String {
    format!("Lionml_{}", value.type_.in_names())
}

fn salted(value: &Value) -> String {
    format!(
        "\n// What the digest of a hashed input is over: its integers, then a salt, without which \
         it could be guessed.\nstruct {} {{\n    values: {},\n    salt: u128,\n}}\n",
        struct_name(value),
        value.type_
    )
}

/// The name of the function that makes a field element of an integer.
fn element_name(number: u32, what: &str, port: usize) -> String {
    format!("lionml_model{number}_{what}{port}")
}

/// The function that makes a field element of an integer, if the port has such elements.
fn element_function(number: u32, what: &str, index: usize, port: &Port) -> Option<String> {
    let is_packed = match port.visibility {
        Visibility::Public => false,
        Visibility::Packed => true,
        _ => return None,
    };
    let Port { integer, lo, hi, .. } = port;
    let name = in_comment(&port.name);
    let mut text = match is_packed {
        true => format!(
            "\n// `{name}` of model {number}: how far an integer is above {lo}. Beyond {hi} it would \
             be read as part of its neighbour.\n"
        ),
        false => format!("\n// `{name}` of model {number}: an integer as a field element.\n"),
    };
    let function = element_name(number, what, index);
    let _ = writeln!(text, "fn {function}(lionml_value: {integer}) -> field {{");
    let mut element = "lionml_value as field".to_owned();
    if is_packed {
        let (least, greatest) = integer.bounds();
        if *lo > least {
            let _ = writeln!(text, "    assert(lionml_value >= {lo}{integer});");
        }
        if *hi < greatest || *integer == Integer::U128 {
            let _ = writeln!(text, "    assert(lionml_value <= {hi}{integer});");
        }
    }
    if integer.is_signed() && (!is_packed || *lo < 0) {
        let power = match integer.bits() {
            128 => "340282366920938463463374607431768211456".to_owned(),
            bits => (1u128 << bits).to_string(),
        };
        let _ = writeln!(
            text,
            "    // A cast of a negative number gives its two's complement, 2^{} more.",
            integer.bits()
        );
        element = format!("({element}) - (lionml_value < 0{integer} ? {power}field : 0field)");
    }
    if is_packed && *lo != 0 {
        let (sign, distance) =
            if *lo < 0 { ('+', lo.unsigned_abs()) } else { ('-', lo.unsigned_abs()) };
        element = format!("({element}) {sign} {distance}field");
    }
    let _ = writeln!(text, "    return {element};\n}}");
    Some(text)
}

/// A call and all that its expansion needs.
struct Expanded<'a> {
    index: usize,
    call: &'a Call,
    function: &'a Function,
    model: &'a Model,
    ticket: &'a str,
    registry: &'a Registry,
}

impl<'a> Expanded<'a> {
    fn title(&self) -> String {
        let Call { function, arguments, line, .. } = self.call;
        format!("`{function}({})` of line {line}", arguments.join(", "))
    }

    /// `lionml_0_salt`; with the port where there are several.
    fn name(&self, what: &str, port: usize, ports: usize) -> String {
        match ports {
            0 | 1 => format!("lionml_{}_{what}", self.index),
            _ => format!("lionml_{}_{what}_{port}", self.index),
        }
    }

    /// The hashed inputs: the port, its value, and the name of the argument.
    fn hashed(&self) -> impl Iterator<Item = (usize, &'a Value, &'a str)> {
        let ports = self.model.inputs.iter().zip(&self.function.inputs).zip(&self.call.arguments);
        ports
            .enumerate()
            .filter(|(_, ((port, _), _))| port.visibility == Visibility::Hashed)
            .map(|(index, ((_, value), argument))| (index, value, &**argument))
    }

    fn salt(&self, port: usize) -> String {
        self.name("salt", port, self.model.inputs.len())
    }

    fn output(&self, port: usize) -> String {
        self.name("output", port, self.model.outputs.len())
    }

    fn parameters(&self) -> Vec<ParameterInterface> {
        let call = self.index;
        let salts = self.hashed().map(|(port, ..)| ParameterInterface {
            name: self.salt(port),
            type_: "u128".to_owned(),
            mode: "private",
            origin: Origins::Port { call, role: "salt", port },
        });
        let outputs =
            self.function.outputs.iter().enumerate().map(|(port, value)| ParameterInterface {
                name: self.output(port),
                type_: value.type_.to_string(),
                mode: "public",
                origin: Origins::Port { call, role: "output", port },
            });
        let proof = ParameterInterface {
            name: self.name("proof", 0, 1),
            type_: format!("[u8; {PROOF_BYTES}]"),
            mode: "public",
            origin: Origins::Proof { call, role: "proof" },
        };
        salts.chain(outputs).chain([proof]).collect()
    }

    /// The statements of the body: what the proof must speak of.
    fn body(&self) -> String {
        let Self { index, ticket, .. } = self;
        let context = self.name("context", 0, 1);
        let mut text = format!("\n        // {}: what its proof must speak of.\n", self.title());
        let _ = write!(
            text,
            "        // The context: who calls which program with which ticket, and which of the calls \
             this is. The\n        // proof for another context is another proof: nobody can take this \
             one.\n        let {context}: field = Poseidon8::hash_to_field_raw([\n            \
             _self_caller() as field, _self_address() as field, {ticket} as field, {index}field,\n        \
             ]);\n"
        );
        for (port, value, argument) in self.hashed() {
            let digest = self.elements("input", port);
            let (salt, name) = (self.salt(port), struct_name(value));
            let _ = write!(
                text,
                "        // The digest of `{argument}`, computed here: the proof is about this very \
                 input.\n        let {digest}: field = Poseidon8::hash_to_field_raw({name} {{\n            \
                 values: {argument}, salt: {salt},\n        }});\n"
            );
        }
        let inputs = self.function.inputs.iter().zip(&self.call.arguments).enumerate();
        for (port, (value, argument)) in inputs {
            text.push_str(&self.shown("input", port, &self.model.inputs[port], value, argument));
        }
        for (port, value) in self.function.outputs.iter().enumerate() {
            let output = self.output(port);
            text.push_str(&self.shown("output", port, &self.model.outputs[port], value, &output));
        }
        text
    }

    /// The name of the public elements of an input or output.
    fn elements(&self, what: &str, port: usize) -> String {
        format!("lionml_{}_{what}_element{port}", self.index)
    }

    /// The statement that makes field elements of integers, which never are anything but typed.
    fn shown(
        &self,
        what: &str,
        index: usize,
        port: &Port,
        value: &Value,
        variable: &str,
    ) -> String {
        let name = self.elements(what, index);
        let function = element_name(self.function.number, what, index);
        let integers: Vec<_> = value
            .type_
            .indices()
            .iter()
            .map(|place| format!("{function}({variable}{place})"))
            .collect();
        let elements = match (port.visibility, &port.packing) {
            (Visibility::Public, _) => integers,
            (Visibility::Packed, Some(packing)) => {
                let mut rest = integers.into_iter();
                packing.iter().map(|widths| packed(widths, &mut rest)).collect()
            }
            _ => return String::new(),
        };
        let mut text =
            format!("        // `{variable}` in field elements, from typed integers alone.\n");
        let _ = match &elements[..] {
            [element] => writeln!(text, "        let {name}: field = {element};"),
            elements => writeln!(
                text,
                "        let {name}: [field; {}] = [\n            {},\n        ];",
                elements.len(),
                elements.join(",\n            ")
            ),
        };
        text
    }

    /// The statements of `final`, before all others.
    fn verification(&self) -> String {
        let Self { index, model, .. } = self;
        let Registry { name: registry, checksum, .. } = self.registry;
        let (context, proof) = (self.name("context", 0, 1), self.name("proof", 0, 1));
        let (number, key) = (self.function.number, self.name("key", 0, 1));
        let mut text = String::new();
        if *index == 0 {
            // Contexts of further calls differ in the call alone: with the first all are used.
            let _ = write!(
                text,
                "\n            // A ticket is used once, and with it the proofs for it.\n            \
                 assert(!Mapping::contains(lionml_contexts, {context}));\n            \
                 Mapping::set(lionml_contexts, {context}, true);\n            \
                 // The registry that LionML knows: its code stores each key with its digest, and\n            \
                 // cannot be upgraded.\n            \
                 assert_eq(_program_checksum({registry}), [\n                "
            );
            let bytes: Vec<_> = checksum.iter().map(|byte| format!("{byte}u8")).collect();
            let rows: Vec<_> = bytes.chunks(8).map(|row| row.join(", ")).collect();
            let _ = write!(text, "{},\n            ]);", rows.join(",\n                "));
        }
        let _ = write!(
            text,
            "\n            // {}. The key that this program was built with: of no other\n            \
             // model, whoever registered it.\n            \
             assert_eq(Mapping::get({registry}::key_digests, {number}u32), {});\n            \
             let {key}: [u8; {KEY_BYTES}] = Mapping::get({registry}::keys, {number}u32);\n            \
             // One, the manifest that says what the elements mean, the context, inputs, outputs; and \
             zeros,\n            // since the key knows nothing of what is in the padding. A false proof \
             is no error but `false`.\n            \
             assert(Snark::verify({key}, {VARUNA}, [\n                1field,\n                {},\n                \
             {context},\n",
            self.title(),
            model.key_digest,
            model.manifest,
        );
        let sides = [("input", &model.inputs), ("output", &model.outputs)];
        let mut count = crate::models::HEADER;
        for (what, ports) in sides {
            for (index, port) in ports.iter().enumerate() {
                let name = self.elements(what, index);
                let elements = port.public_elements();
                count += elements;
                let names = match elements {
                    1 => vec![name],
                    elements => (0..elements).map(|i| format!("{name}[{i}u32]")).collect(),
                };
                lines(&mut text, &names);
            }
        }
        lines(&mut text, &vec!["0field".to_owned(); model.publics - count]);
        let _ = writeln!(text, "            ], {proof}));");
        text
    }

    /// The edit of the call itself.
    fn replacement(&self) -> Edit {
        let outputs: Vec<_> =
            (0..self.function.outputs.len()).map(|port| self.output(port)).collect();
        let text = match (self.call.is_statement, &outputs[..]) {
            (true, _) => format!("/* {}: nothing uses the answer. */", self.title()),
            (false, [output]) if self.call.is_followed_by_word => format!("{output} "),
            (false, [output]) => output.clone(),
            (false, outputs) => format!("({})", outputs.join(", ")),
        };
        Edit { range: self.call.range.clone(), text }
    }
}

/// One field element of the next integers.
fn packed(widths: &[u32], integers: &mut impl Iterator<Item = String>) -> String {
    let mut offset = 0;
    let mut terms = Vec::new();
    for (width, integer) in widths.iter().zip(integers) {
        terms.push(match offset {
            0 => integer,
            _ => format!("{}field * {integer}", power_of_two(offset)),
        });
        offset += width;
    }
    terms.join("\n            + ")
}

/// A power of two in decimal digits.
fn power_of_two(exponent: u32) -> String {
    let mut digits = vec![1u8];
    for _ in 0..exponent {
        let mut carry = 0;
        for digit in &mut digits {
            let double = *digit * 2 + carry;
            *digit = double % 10;
            carry = double / 10;
        }
        if carry > 0 {
            digits.push(carry);
        }
    }
    digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect()
}

fn lines(text: &mut String, elements: &[String]) {
    let room = if elements.iter().any(|element| element.len() > 12) { 3 } else { 10 };
    for line in elements.chunks(room) {
        let _ = writeln!(text, "                {},", line.join(", "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_powers_of_two() {
        assert_eq!(power_of_two(0), "1");
        assert_eq!(power_of_two(10), "1024");
        assert_eq!(power_of_two(127), (1u128 << 127).to_string());
    }

    #[test]
    fn matches_places_of_an_edited_text() {
        let edits = vec![
            Edit { range: 2..2, text: "xx".to_owned() },
            Edit { range: 4..7, text: "y".to_owned() },
        ];
        let text = apply("abcdefgh", &edits).unwrap();
        assert_eq!(text, "abxxcdyh");
        let interface = Interface { program: String::new(), entries: Vec::new() };
        let expansion = Expansion { text, interface, edits };
        let origins: Vec<_> = (0..9).map(|offset| expansion.original(offset)).collect();
        assert_eq!(origins, [0, 1, 2, 2, 2, 3, 4, 7, 8]);
    }
}
