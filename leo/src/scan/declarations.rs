//! The declarations of functions that models answer.

use std::{collections::BTreeMap, ops::Range};

use leo_parser_rowan::{SyntaxKind::*, SyntaxNode, SyntaxToken};

use super::{Argument, Function, Scanner, Value, is_lionml};
use crate::{
    diagnostic::Diagnostic,
    source::Place,
    syntax::{bytes, child, extent, own_token, own_tokens, text, tokens},
    types::{Integer, MAX_ARRAY, Type},
};

impl Scanner<'_> {
    /// The declared functions.
    pub(super) fn declarations(&mut self, root: &SyntaxNode) {
        for node in root.descendants() {
            let annotations: Vec<_> =
                node.children().filter(|child| child.kind() == ANNOTATION).collect();
            if annotations.iter().any(is_lionml) {
                self.declaration(&node, &annotations);
            }
        }
        let mut seen: BTreeMap<String, Range<usize>> = BTreeMap::new();
        for function in &self.functions {
            if let Some(first) = seen.insert(function.name.clone(), function.range.clone()) {
                let Function { name, range, .. } = function;
                self.errors.push(
                    Diagnostic::error(
                        "declared_twice",
                        format!("`{name}` is declared twice"),
                        self.place(range.clone()),
                    )
                    .related("first here", self.place(first))
                    .hint("give one of them another name"),
                );
            }
        }
    }

    fn declaration(&mut self, node: &SyntaxNode, annotations: &[SyntaxNode]) {
        let before = self.errors.len();
        let Some(name) = own_token(node, IDENT) else {
            let message = "`@lionml` stands before something without a name";
            return self.error("misplaced_annotation", message, extent(node), "name the function");
        };
        if let [_, second, ..] = annotations {
            let (message, hint) = if is_lionml(second) && is_lionml(&annotations[0]) {
                ("`@lionml` stands here twice", "remove one: a function is one model")
            } else {
                (
                    "an `@lionml` function has another annotation",
                    "remove it: the function is replaced, so the annotation would mean nothing",
                )
            };
            return self.error("misplaced_annotation", message, extent(second), hint);
        }
        if let Some(token) = own_tokens(node)
            .take_while(|token| token.kind() != IDENT)
            .find(|token| matches!(token.kind(), KW_EXPORT | KW_FINAL | KW_VIEW))
        {
            return self.error(
                "misplaced_annotation",
                format!("an `@lionml` function is not `{}`", token.text()),
                bytes(token.text_range()),
                "remove the word",
            );
        }
        if let Some(parameters) = child(node, CONST_PARAM_LIST) {
            self.error(
                "declaration",
                format!("`{}` has constant parameters, and a model has none", name.text()),
                extent(&parameters),
                "remove them, and write lengths as numbers",
            );
        }
        let (number, arguments) = self.annotation(&annotations[0]);
        let inputs = self.inputs(node, name.text());
        let outputs = self.outputs(node, &name);
        if let Some(block) = child(node, BLOCK)
            && let Some(statement) = block.children().next()
        {
            self.error(
                "declaration",
                format!("`{}` has statements of its own", name.text()),
                extent(&statement),
                "leave the braces empty: the model is the body",
            );
        }
        if self.errors.len() > before {
            return;
        }
        let Place { line, column, .. } = self.place(bytes(name.text_range()));
        self.functions.push(Function {
            name: name.text().to_owned(),
            number,
            line,
            column,
            inputs,
            outputs,
            arguments,
            range: extent(node),
        });
    }

    /// The number of the model, and all arguments.
    fn annotation(&mut self, node: &SyntaxNode) -> (u32, BTreeMap<String, Argument>) {
        let mut arguments: BTreeMap<String, Argument> = BTreeMap::new();
        for pair in node.children().filter(|child| child.kind() == ANNOTATION_PAIR) {
            let range = extent(&pair);
            let mut tokens = tokens(&pair);
            let (Some(name), Some(value)) = (tokens.next(), tokens.nth(1)) else { continue };
            let text = value.text().trim_matches('"').to_owned();
            match name.text() {
                "annotation" | "input_scale" | "output_scale" => {}
                other => self.error(
                    "annotation",
                    format!("`@lionml` has no argument `{other}`"),
                    range.clone(),
                    "there are `annotation`, `input_scale` and `output_scale`",
                ),
            }
            let name = name.text().to_owned();
            if arguments.contains_key(&name) {
                self.error(
                    "annotation",
                    format!("argument `{name}` stands here twice"),
                    range.clone(),
                    "remove one",
                );
            }
            arguments.insert(name, Argument { text, range });
        }
        let example = "name the model's number in the registry: `annotation = \"7\"`";
        let Some(Argument { text, range }) = arguments.get("annotation") else {
            let message = "`@lionml` has no argument `annotation`";
            self.error("annotation", message, extent(node), example);
            return (0, arguments);
        };
        // One way to write a number: it is compared as text elsewhere.
        match text.parse::<u32>().ok().filter(|number| number.to_string() == *text) {
            Some(number) => (number, arguments),
            None => {
                let (message, range) = (format!("`{text}` is no number of a model"), range.clone());
                self.error("annotation", message, range, example);
                (0, arguments)
            }
        }
    }

    fn inputs(&mut self, node: &SyntaxNode, function: &str) -> Vec<Value> {
        let mut inputs = Vec::new();
        let parameters: Vec<_> =
            child(node, PARAM_LIST).map(|list| list.children().collect()).unwrap_or_default();
        for parameter in &parameters {
            if parameter.kind() != PARAM {
                self.error(
                    "declaration",
                    format!("a parameter of `{function}` says who sees it"),
                    extent(parameter),
                    "remove the word: the model says who sees its inputs",
                );
            }
            let name = own_token(parameter, IDENT).map(|token| token.text().to_owned());
            if let Some(type_) = parameter.children().find(|child| child.kind().is_type()) {
                inputs.extend(self.value(name, &type_));
            }
        }
        if parameters.is_empty() {
            let range = child(node, PARAM_LIST).map_or(extent(node), |list| extent(&list));
            let message = format!("`{function}` has no parameter");
            self.error("declaration", message, range, "its parameters are the model's inputs");
        }
        inputs
    }

    fn outputs(&mut self, node: &SyntaxNode, name: &SyntaxToken) -> Vec<Value> {
        let visibility = own_tokens(node)
            .chain(child(node, RETURN_TYPE).iter().flat_map(own_tokens))
            .find(|token| matches!(token.kind(), KW_PUBLIC | KW_PRIVATE | KW_CONSTANT));
        if let Some(token) = visibility {
            let range = bytes(token.text_range());
            let message = format!("the answer of `{}` says who sees it", name.text());
            let hint = "remove the word: answers are public parameters of the entry function";
            self.error("declaration", message, range, hint);
        }
        let node = child(node, RETURN_TYPE).unwrap_or_else(|| node.clone());
        let mut types: Vec<_> = node.children().filter(|child| child.kind().is_type()).collect();
        if let [tuple] = &types[..]
            && tuple.kind() == TYPE_TUPLE
        {
            types = tuple.children().filter(|child| child.kind().is_type()).collect();
        }
        if types.is_empty() {
            let (message, range) =
                (format!("`{}` answers nothing", name.text()), bytes(name.text_range()));
            self.error("declaration", message, range, "its return type is the model's output");
        }
        types.iter().filter_map(|type_| self.value(None, type_)).collect()
    }

    /// An input or output, if its type is an integer or arrays of them.
    fn value(&mut self, name: Option<String>, node: &SyntaxNode) -> Option<Value> {
        match model_type(node) {
            Ok(type_) => {
                let (element, elements) = (type_.integer, type_.elements());
                Some(Value { name, type_, element, elements, range: extent(node) })
            }
            Err(NoType::Length(length)) => {
                self.error(
                    "declaration",
                    format!("`{}` is no length that is understood here", text(&length)),
                    extent(&length),
                    "write it as a number from 1 to 2048; a longer input is an array of arrays",
                );
                None
            }
            Err(NoType::Other) => {
                self.error(
                    "declaration",
                    format!("`{}` is no type of a model's values", text(node)),
                    extent(node),
                    "they are integers, `i8` to `i128` and `u8` to `u128`, and arrays of them",
                );
                None
            }
        }
    }
}

/// Why a type is none of a model's values.
pub(super) enum NoType {
    /// This length is no number.
    Length(SyntaxNode),
    /// It is something else.
    Other,
}

/// The type that a node is, if it is an integer or arrays of them.
pub(super) fn model_type(node: &SyntaxNode) -> Result<Type, NoType> {
    let mut lengths = Vec::new();
    let mut inner = node.clone();
    while inner.kind() == TYPE_ARRAY {
        let length = child(&inner, ARRAY_LENGTH).ok_or(NoType::Other)?;
        let number = text(&length).trim_end_matches("u32").parse().ok();
        let number = number.filter(|number| (1..=MAX_ARRAY).contains(number));
        lengths.push(number.ok_or(NoType::Length(length))?);
        inner = inner.children().find(|child| child.kind().is_type()).ok_or(NoType::Other)?;
    }
    let keyword = tokens(&inner).next().filter(|_| inner.kind() == TYPE_PRIMITIVE);
    let integer = keyword.and_then(|token| Integer::from_keyword(token.kind()));
    Ok(Type { integer: integer.ok_or(NoType::Other)?, lengths })
}
