//! What a program says of models: the functions that are declared as such, and their calls.
//!
//! # Soundness
//!
//! The expansion replaces calls in the text of a program, so it must be sure of each of them. The
//! rules are about names alone, not about what the compiler would make of them:
//!
//! - The name of a declared function stands in its declaration and in calls that are understood,
//!   nowhere else: not in another file, not as a variable, not in a path.
//! - A call stands where it is evaluated whenever the transition is: in a statement of the body of
//!   an entry function, outside of branches, loops and `final`.
//! - That entry function has one `final { }` and one `return`, and returns the former in the
//!   latter: there is no other way out that would not verify.
//! - What a call names is a parameter, and that name means the parameter in all of the function.
//! - No name begins like those that the expansion adds.
//!
//! Whatever is not understood is refused.

use std::{collections::BTreeMap, ops::Range};

use leo_parser_rowan::{
    SyntaxKind::{self, *},
    SyntaxNode, SyntaxToken, parse_file,
};
use serde::{Serialize, Serializer};

use crate::{
    compile,
    diagnostic::{Diagnostic, Failure},
    package::Package,
    source::{Place, Source},
    syntax::{bytes, child, extent, lexed, own_token, own_tokens, sole_name, text, tokens},
    types::{Integer, MAX_ARRAY, Type},
};

/// The annotation.
const ANNOTATION_NAME: &str = "lionml";
/// How every name begins that the expansion adds.
const PREFIX: &str = "lionml_";
/// How many brackets may be open at one place.
const MAX_NESTING: usize = 256;

/// What a program says of models.
#[derive(Debug, Serialize)]
pub(crate) struct Scan {
    /// The name of the program, `gate.aleo`.
    pub(crate) program: String,
    /// The declared functions, as they stand in the file.
    pub(crate) functions: Vec<Function>,
    /// The entry functions that call them, as they stand in the file.
    pub(crate) entries: Vec<Entry>,
    /// The entry functions that call none.
    #[serde(skip)]
    pub(crate) plain: Vec<PlainEntry>,
    /// The programs that it imports.
    #[serde(skip)]
    pub(crate) imports: Vec<String>,
    /// Behind the brace that opens the program.
    #[serde(skip)]
    pub(crate) program_body: usize,
}

/// A declared function.
#[derive(Debug, Serialize)]
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: String,
    /// The number of the model.
    pub(crate) number: u32,
    /// Where the name stands: the line.
    pub(crate) line: usize,
    /// And the column.
    pub(crate) column: usize,
    /// What the model is given, in order.
    pub(crate) inputs: Vec<Value>,
    /// What the model answers, in order.
    pub(crate) outputs: Vec<Value>,
    /// The arguments of the annotation, as they stand there.
    #[serde(serialize_with = "texts")]
    pub(crate) arguments: BTreeMap<String, Argument>,
    /// The declaration with its annotation.
    #[serde(skip)]
    pub(crate) range: Range<usize>,
}

/// An argument of an annotation.
#[derive(Debug)]
pub(crate) struct Argument {
    /// The text between the quotes.
    pub(crate) text: String,
    /// With its name.
    pub(crate) range: Range<usize>,
}

/// An input or output of a declared function.
#[derive(Debug, Serialize)]
pub(crate) struct Value {
    /// The name of the parameter. Outputs have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// The type.
    #[serde(rename = "type", serialize_with = "type_text")]
    pub(crate) type_: Type,
    /// Which integers it holds.
    pub(crate) element: Integer,
    /// And how many.
    pub(crate) elements: u64,
    /// Where the type stands.
    #[serde(skip)]
    pub(crate) range: Range<usize>,
}

/// An entry function that calls models.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    /// Its name.
    pub(crate) name: String,
    /// Its own parameters.
    pub(crate) parameters: Vec<Parameter>,
    /// The calls, in the order of the text.
    pub(crate) calls: Vec<Call>,
    /// The parameter that tells transactions of one caller apart.
    pub(crate) ticket: String,
    /// Where its name stands.
    #[serde(skip)]
    pub(crate) name_range: Range<usize>,
    /// Behind the last parameter, or the comma behind it.
    #[serde(skip)]
    pub(crate) last_parameter: usize,
    /// Whether there is such a comma.
    #[serde(skip)]
    pub(crate) has_comma: bool,
    /// Before the parenthesis that closes the parameters.
    #[serde(skip)]
    pub(crate) parameters_end: usize,
    /// Behind the brace that opens the body.
    #[serde(skip)]
    pub(crate) body: usize,
    /// Behind the brace that opens `final`.
    #[serde(skip)]
    pub(crate) final_body: usize,
}

/// An entry function that calls no model.
#[derive(Debug)]
pub(crate) struct PlainEntry {
    /// Its name.
    pub(crate) name: String,
    /// Its parameters.
    pub(crate) parameters: Vec<Parameter>,
}

/// A parameter of an entry function.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Parameter {
    /// Its name.
    pub(crate) name: String,
    /// Its type, as it stands there.
    #[serde(rename = "type")]
    pub(crate) type_: String,
    /// `public`, `private` or `constant`.
    pub(crate) mode: &'static str,
    /// The type, if a model's values may have it.
    #[serde(skip)]
    values: Option<Type>,
    /// The whole of it.
    #[serde(skip)]
    pub(crate) range: Range<usize>,
}

/// A call of a declared function.
#[derive(Debug, Serialize)]
pub(crate) struct Call {
    /// The name of the function.
    pub(crate) function: String,
    /// The number of the model.
    pub(crate) number: u32,
    /// The parameters that it names.
    pub(crate) arguments: Vec<String>,
    /// The line.
    pub(crate) line: usize,
    /// Where it is among the declared functions.
    #[serde(skip)]
    pub(crate) declaration: usize,
    /// The call; with the statement, if that is nothing else.
    #[serde(skip)]
    pub(crate) range: Range<usize>,
    /// Whether the range is a whole statement.
    #[serde(skip)]
    pub(crate) is_statement: bool,
}

fn texts<S: Serializer>(
    arguments: &BTreeMap<String, Argument>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(arguments.iter().map(|(name, argument)| (name, &argument.text)))
}

fn type_text<S: Serializer>(type_: &Type, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(type_)
}

/// Reads what a program says of models, or refuses it.
pub(crate) fn scan(package: &Package) -> Result<Scan, Failure> {
    let source = &package.main;
    for source in package.modules.iter().chain([source]) {
        nesting(source)?;
    }
    let parse = parse_file(&source.text);
    let root = parse.syntax();
    let mut scanner = Scanner { source, errors: Vec::new(), functions: Vec::new() };

    scanner.annotations(&root);
    // What is wrong with an annotation breaks Leo's syntax too, and less clearly.
    scanner.finish()?;
    if !parse.is_ok() {
        return Err(compile::syntax_errors(package));
    }
    let program = scanner.program(&root)?;
    scanner.declarations(&root);
    scanner.finish()?;
    scanner.names(&root);
    for module in &package.modules {
        scanner.module(module);
    }
    let calls = scanner.calls(&root);
    let entries = scanner.entries(&program, calls);
    scanner.finish()?;
    let plain = plain_entries(&program, &entries);

    let imports =
        root.children().filter(|node| node.kind() == IMPORT).map(|node| program_id(&node));
    Ok(Scan {
        program: program_id(&program),
        imports: imports.collect(),
        program_body: own_token(&program, L_BRACE).map_or(0, |brace| end(&brace)),
        functions: scanner.functions,
        entries,
        plain,
    })
}

struct Scanner<'a> {
    source: &'a Source,
    errors: Vec<Diagnostic>,
    functions: Vec<Function>,
}

/// A call before it is known which entry function it is in.
struct Site {
    declaration: usize,
    token: SyntaxToken,
    call: SyntaxNode,
}

impl Scanner<'_> {
    fn place(&self, range: Range<usize>) -> Place {
        self.source.place(range)
    }

    fn error(&mut self, code: &str, message: impl Into<String>, range: Range<usize>, hint: &str) {
        self.errors.push(Diagnostic::error(code, message, self.place(range)).hint(hint));
    }

    fn finish(&mut self) -> Result<(), Failure> {
        let mut errors = std::mem::take(&mut self.errors);
        errors
            .sort_by_key(|error| error.place.as_ref().map(|p| (p.file.clone(), p.line, p.column)));
        if errors.is_empty() { Ok(()) } else { Err(Failure::Program(errors)) }
    }

    /// Every annotation stands before a function. On tokens, since anything else is a syntax error.
    fn annotations(&mut self, root: &SyntaxNode) {
        let tokens: Vec<_> = tokens(root).collect();
        let kind = |index: usize| tokens.get(index).map(SyntaxToken::kind);
        for start in 0..tokens.len() {
            if kind(start) != Some(AT)
                || tokens.get(start + 1).map(|t| t.text()) != Some(ANNOTATION_NAME)
            {
                continue;
            }
            // This annotation, and others behind it.
            let mut next = start;
            while kind(next) == Some(AT) {
                next += 2;
                if kind(next) == Some(L_PAREN) {
                    while next < tokens.len() && kind(next) != Some(R_PAREN) {
                        next += 1;
                    }
                    next += 1;
                }
            }
            let before = match kind(next) {
                Some(KW_FN) => continue,
                Some(KW_STRUCT) => "a struct",
                Some(KW_RECORD) => "a record",
                Some(KW_MAPPING) => "a mapping",
                Some(KW_STORAGE) => "a storage variable",
                Some(KW_CONST) => "a constant",
                Some(KW_INTERFACE) => "an interface",
                Some(KW_PROGRAM) => "the program",
                Some(KW_IMPORT) => "an import",
                Some(KW_CONSTRUCTOR) => "the constructor",
                Some(KW_FINAL) => "a `final fn`",
                Some(KW_VIEW) => "a `view fn`",
                Some(KW_EXPORT) => "an exported item",
                Some(KW_LET | KW_RETURN | KW_IF | KW_FOR | KW_ASSERT) => "a statement",
                _ => "something else",
            };
            let range = bytes(tokens[start].text_range()).start..end(&tokens[start + 1]);
            self.error(
                "misplaced_annotation",
                format!("`@lionml` stands before {before}"),
                range,
                "it belongs before a function without statements: \
                 `@lionml(annotation = \"7\") fn classify(image: [i16; 64]) -> u8 {}`",
            );
        }
    }

    fn program(&mut self, root: &SyntaxNode) -> Result<SyntaxNode, Failure> {
        let mut programs = root.children().filter(|node| node.kind() == PROGRAM_DECL);
        let place = |node: &SyntaxNode| self.place(extent(node).start..extent(node).start + 1);
        match (programs.next(), programs.next()) {
            (Some(program), None) => Ok(program),
            (Some(_), Some(second)) => Err(Diagnostic::error(
                "programs",
                "the file holds a second program",
                place(&second),
            )
            .hint("one package is one program")
            .into()),
            (None, _) => {
                Err(Diagnostic::error("programs", "the file holds no program", place(root))
                    .hint("it begins with `program name.aleo {`")
                    .into())
            }
        }
    }

    /// The declared functions.
    fn declarations(&mut self, root: &SyntaxNode) {
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

    /// No name is one that the expansion may add.
    fn names(&mut self, root: &SyntaxNode) {
        let tokens: Vec<_> = tokens(root).map(|t| (t.kind(), bytes(t.text_range()))).collect();
        self.errors.extend(reserved(self.source, &tokens));
    }

    /// Another file of the program: it knows nothing of models.
    fn module(&mut self, source: &Source) {
        let tokens: Vec<_> = lexed(&source.text).collect();
        self.errors.extend(reserved(source, &tokens));
        for (index, (kind, range)) in tokens.iter().enumerate() {
            let text = &source.text[range.clone()];
            let place = || source.place(range.clone());
            if index > 0 && tokens[index - 1].0 == AT && text == ANNOTATION_NAME {
                let message = "`@lionml` stands in a module";
                self.errors.push(
                    Diagnostic::error("misplaced_annotation", message, place())
                        .hint("declare the function in `src/main.leo`"),
                );
            }
            let called = self.functions.iter().find(|function| function.name == text);
            if let (IDENT, Some(Function { name, .. })) = (*kind, called) {
                self.errors.push(
                    Diagnostic::error(
                        "call",
                        format!("the `@lionml` function `{name}` is named in a module"),
                        place(),
                    )
                    .hint(
                        "call it in an entry function of `src/main.leo`, and hand the answer on; \
                         if something else has this name, give it another one",
                    ),
                );
            }
        }
    }

    /// Every use of a declared function's name that is a call.
    fn calls(&mut self, root: &SyntaxNode) -> Vec<Site> {
        let mut sites = Vec::new();
        for token in tokens(root).filter(|token| token.kind() == IDENT) {
            let declared = self.functions.iter().position(|f| f.name == token.text());
            let (Some(declaration), Some(parent)) = (declared, token.parent()) else { continue };
            if parent.children().any(|child| is_lionml(&child)) {
                continue;
            }
            let call = parent.parent().filter(|call| {
                call.kind() == CALL_EXPR
                    && call.first_child().as_ref() == Some(&parent)
                    && sole_name(&parent).as_ref() == Some(&token)
            });
            match call {
                Some(call) => sites.push(Site { declaration, token, call }),
                None => self.error(
                    "call",
                    format!("`{}` is an `@lionml` function and can only be called", token.text()),
                    bytes(token.text_range()),
                    "write its name and its arguments, without a path or constant arguments; \
                     if something else has this name, give it another one",
                ),
            }
        }
        sites
    }

    /// The entry functions that hold these calls.
    fn entries(&mut self, program: &SyntaxNode, sites: Vec<Site>) -> Vec<Entry> {
        let mut by_function: Vec<(SyntaxNode, Vec<Site>)> = Vec::new();
        for site in sites {
            match self.position(program, &site) {
                Position::Within(function) => match by_function.last_mut() {
                    Some((last, sites)) if *last == function => sites.push(site),
                    _ => by_function.push((function, vec![site])),
                },
                // The outer call is refused for its argument.
                Position::Argument => {}
                Position::Refused(what, hint) => {
                    let name = site.token.text();
                    let message = format!("`{name}` is called {what}");
                    self.error("call", message, extent(&site.call), &hint);
                }
            }
        }
        by_function.into_iter().filter_map(|(node, sites)| self.entry(&node, &sites)).collect()
    }

    /// Where a call stands.
    fn position(&self, program: &SyntaxNode, site: &Site) -> Position {
        let straight = "call it in a statement of its own before, in the body of the entry function: \
                        the proof is verified whatever happens next";
        let refused = |what: &str, hint: &str| Position::Refused(what.to_owned(), hint.to_owned());
        // The answer as a whole, and not a part of it.
        let is_tuple = self.functions[site.declaration].outputs.len() > 1;
        for node in site.call.ancestors().skip(1) {
            match node.kind() {
                LET_STMT | EXPR_STMT | RETURN_STMT | ASSIGN_STMT | COMPOUND_ASSIGN_STMT
                | ASSERT_STMT | ASSERT_EQ_STMT | ASSERT_NEQ_STMT => {}
                PAREN_EXPR | BINARY_EXPR | UNARY_EXPR | CAST_EXPR | TUPLE_EXPR | ARRAY_EXPR
                | STRUCT_EXPR | STRUCT_LOCATOR_EXPR | STRUCT_FIELD_INIT | INDEX_EXPR
                | METHOD_CALL_EXPR => {}
                TUPLE_ACCESS_EXPR | FIELD_EXPR if !is_tuple => {}
                TUPLE_ACCESS_EXPR | FIELD_EXPR => {
                    return refused(
                        "for a part of its answer",
                        "take all of it first: `let (first, second) = …;`",
                    );
                }
                CALL_EXPR => {
                    let callee = node.first_child().and_then(|callee| sole_name(&callee));
                    if callee
                        .is_some_and(|name| self.functions.iter().any(|f| f.name == name.text()))
                    {
                        return Position::Argument;
                    }
                }
                TERNARY_EXPR => return refused("in a conditional expression", straight),
                IF_STMT => return refused("in a branch", straight),
                FOR_STMT | FOR_INCLUSIVE_STMT => {
                    return refused(
                        "in a loop",
                        "write the calls one by one in the body of the entry function: \
                         each has a proof of its own",
                    );
                }
                FINAL_EXPR => {
                    return refused(
                        "inside `final`",
                        "call it before, in the body of the entry function, and use the answer here",
                    );
                }
                CONST_STMT | GLOBAL_CONST | ARRAY_LENGTH | CONST_ARG_LIST | REPEAT_EXPR => {
                    return refused(
                        "for a constant",
                        "an answer is known when the program runs: take it with `let`",
                    );
                }
                BLOCK => {
                    let Some(parent) = node.parent() else { break };
                    if matches!(
                        parent.kind(),
                        FUNCTION_DEF | FINAL_FN_DEF | VIEW_FN_DEF | CONSTRUCTOR_DEF
                    ) {
                        return self.function(program, &parent);
                    }
                    if parent.kind() == BLOCK {
                        return refused("in a nested block", straight);
                    }
                }
                _ => break,
            }
        }
        refused("in a place that is not understood here", straight)
    }

    /// Whether calls may stand in the body of a function.
    fn function(&self, program: &SyntaxNode, function: &SyntaxNode) -> Position {
        let hint = "call it in an entry function, a `fn` of the program that returns `Final`, \
                    and hand the answer on";
        let what = match function.kind() {
            VIEW_FN_DEF => "in a view function, which no transaction runs",
            FINAL_FN_DEF => "in a `final fn`",
            CONSTRUCTOR_DEF => "in the constructor",
            _ if function.parent().as_ref() != Some(program) => "in a helper function",
            _ if !returns_final(function) => {
                return Position::Refused(
                    "in an entry function that returns no `Final`".to_owned(),
                    "proofs are verified in `final`: return `Final`, if only `final {}`".to_owned(),
                );
            }
            _ => return Position::Within(function.clone()),
        };
        Position::Refused(what.to_owned(), hint.to_owned())
    }

    fn entry(&mut self, node: &SyntaxNode, sites: &[Site]) -> Option<Entry> {
        let before = self.errors.len();
        let name = own_token(node, IDENT)?;
        let list = child(node, PARAM_LIST)?;
        let body = child(node, BLOCK)?;
        let parameters = parameters(&list);
        let ticket = self.ticket(&name, &parameters);
        let calls: Vec<_> =
            sites.iter().filter_map(|site| self.call(site, &name, &parameters)).collect();
        let final_body = self.ways_out(&name, &body);
        self.shadowed(&body, &calls);
        let (final_body, ticket) = (final_body?, ticket?);
        if self.errors.len() > before {
            return None;
        }
        let last = own_tokens(&list).filter(|token| token.kind() == COMMA).last();
        let last_node = list.children().last().map(|node| extent(&node).end)?;
        let comma = last.map(|comma| end(&comma)).filter(|end| *end > last_node);
        Some(Entry {
            name: name.text().to_owned(),
            parameters,
            calls,
            ticket,
            name_range: bytes(name.text_range()),
            last_parameter: comma.unwrap_or(last_node),
            has_comma: comma.is_some(),
            parameters_end: bytes(own_token(&list, R_PAREN)?.text_range()).start,
            body: end(&own_token(&body, L_BRACE)?),
            final_body,
        })
    }

    fn ticket(&mut self, entry: &SyntaxToken, parameters: &[Parameter]) -> Option<String> {
        let hint = "a proof answers for one ticket, once: write `public ticket: u64`, \
                    and let each caller count";
        let Some(ticket) = parameters.iter().find(|parameter| parameter.name == "ticket") else {
            let message = format!("`{}` calls a model and has no parameter `ticket`", entry.text());
            self.error("ticket", message, bytes(entry.text_range()), hint);
            return None;
        };
        let is_known = matches!(&*ticket.type_, "u8" | "u16" | "u32" | "u64" | "u128" | "field");
        if !is_known || ticket.mode == "constant" {
            let message = format!("`ticket` is `{}`", ticket.type_);
            let hint = "a ticket is one of `u8`, `u16`, `u32`, `u64`, `u128` and `field`, \
                        and no constant";
            self.error("ticket", message, ticket.range.clone(), hint);
            return None;
        }
        Some(ticket.name.clone())
    }

    fn call(&mut self, site: &Site, entry: &SyntaxToken, parameters: &[Parameter]) -> Option<Call> {
        let function = &self.functions[site.declaration];
        let (name, number) = (function.name.clone(), function.number);
        let expected = function.inputs.len();
        let nodes: Vec<_> = site.call.children().skip(1).collect();
        if nodes.len() != expected {
            let message = format!("`{name}` takes {expected} arguments, and gets {}", nodes.len());
            self.error("call", message, extent(&site.call), "one for each input of the model");
            return None;
        }
        let types: Vec<_> = function.inputs.iter().map(|input| input.type_.clone()).collect();
        let mut arguments = Vec::new();
        for (node, type_) in nodes.iter().zip(types) {
            let argument = sole_name(node).map(|token| token.text().to_owned());
            let parameter = parameters.iter().find(|p| Some(&p.name) == argument.as_ref());
            let hint = "an argument is named as the caller gives it, since the digest of the whole \
                        is computed: make it a parameter";
            match parameter {
                Some(Parameter { name, mode: "constant", .. }) => {
                    let message = format!("argument `{name}` is a constant");
                    self.error("call", message, extent(node), hint);
                }
                // Leo takes any length for another as long as one of them is a constant's name.
                Some(Parameter { name, values, type_: given, .. })
                    if values.as_ref() != Some(&type_) =>
                {
                    let message = format!("argument `{name}` is `{given}`, and not `{type_}`");
                    let hint = "give both the same type, with lengths as numbers";
                    self.error("call", message, extent(node), hint);
                }
                Some(parameter) => arguments.push(parameter.name.clone()),
                None => {
                    let (argument, entry) = (text(node), entry.text());
                    let message = format!("argument `{argument}` is no parameter of `{entry}`");
                    self.error("call", message, extent(node), hint);
                }
            }
        }
        if arguments.len() != expected {
            return None;
        }
        let mut node = site.call.clone();
        while let Some(parent) = node.parent().filter(|parent| parent.kind() == PAREN_EXPR) {
            node = parent;
        }
        let statement = node.parent().filter(|parent| parent.kind() == EXPR_STMT);
        Some(Call {
            function: name,
            number,
            arguments,
            line: self.source.line(bytes(site.token.text_range()).start),
            declaration: site.declaration,
            range: extent(statement.as_ref().unwrap_or(&site.call)),
            is_statement: statement.is_some(),
        })
    }

    /// The one `final { }` of an entry function: behind its brace.
    fn ways_out(&mut self, entry: &SyntaxToken, body: &SyntaxNode) -> Option<usize> {
        let entry = entry.text();
        let end_of_body = body.children().last();
        let Some(last) = end_of_body.filter(|node| node.kind() == RETURN_STMT) else {
            self.error(
                "final",
                format!("`{entry}` does not end with `return`"),
                bytes(body.last_token()?.text_range()),
                "end it with `return final { };`",
            );
            return None;
        };
        let is_final = |node: &SyntaxNode| node.kind() == FINAL_EXPR;
        let value = last.first_child();
        let found = value.as_ref().and_then(|value| match value.kind() {
            FINAL_EXPR => Some(value.clone()),
            TUPLE_EXPR => value.children().find(is_final),
            _ => None,
        });
        let Some(found) = found else {
            self.error(
                "final",
                format!("`{entry}` returns no `final {{ }}` that stands in the `return`"),
                extent(&last),
                "write it there: `return final { };`, or `return (value, final { });`",
            );
            return None;
        };
        let inside = found.text_range();
        let mut is_sole = true;
        for node in body.descendants() {
            let is_inside = inside.contains_range(node.text_range());
            let is_returned = node.ancestors().any(|outer| outer.kind() == RETURN_STMT);
            let (what, hint) = match node.kind() {
                RETURN_STMT if node != last && !is_inside => (
                    "return",
                    "a transition that calls a model has one way out, where its proofs are verified",
                ),
                FINAL_EXPR if node != found && (is_inside || !is_returned) => {
                    ("final", "keep the one that is returned")
                }
                _ => continue,
            };
            let message = format!("`{entry}` has a second `{what}`");
            self.error("final", message, extent(&node), hint);
            is_sole = false;
        }
        let block = child(&found, BLOCK)?;
        is_sole.then_some(end(&own_token(&block, L_BRACE)?))
    }

    /// The ticket and what calls name mean the parameters everywhere in the function.
    fn shadowed(&mut self, body: &SyntaxNode, calls: &[Call]) {
        let is_bound = |name: &str| {
            name == "ticket" || calls.iter().any(|call| call.arguments.iter().any(|a| a == name))
        };
        for node in body.descendants() {
            let token = match node.kind() {
                IDENT_PATTERN | FOR_STMT | FOR_INCLUSIVE_STMT | CONST_STMT => {
                    own_token(&node, IDENT)
                }
                ASSIGN_STMT | COMPOUND_ASSIGN_STMT => tokens(&node).next(),
                _ => None,
            };
            let Some(token) = token.filter(|token| is_bound(token.text())) else { continue };
            let name = token.text();
            let (message, hint) = match node.kind() {
                ASSIGN_STMT | COMPOUND_ASSIGN_STMT => (
                    format!("`{name}` is changed"),
                    "a proof is about what the caller gave: take another variable",
                ),
                _ => (
                    format!("`{name}` is bound again"),
                    "a proof is about the parameter of this name: take another name",
                ),
            };
            self.error("shadowed", message, bytes(token.text_range()), hint);
        }
    }
}

/// The entry functions that are not among those that call models.
fn plain_entries(program: &SyntaxNode, entries: &[Entry]) -> Vec<PlainEntry> {
    let is_declared = |node: &SyntaxNode| node.children().any(|annotation| is_lionml(&annotation));
    program
        .children()
        .filter(|node| node.kind() == FUNCTION_DEF && !is_declared(node))
        .filter_map(|node| {
            let name = own_token(&node, IDENT)?.text().to_owned();
            Some(PlainEntry { name, parameters: parameters(&child(&node, PARAM_LIST)?) })
        })
        .filter(|plain| entries.iter().all(|entry| entry.name != plain.name))
        .collect()
}

/// The parameters of a function.
fn parameters(list: &SyntaxNode) -> Vec<Parameter> {
    list.children()
        .filter_map(|node| {
            let name = own_token(&node, IDENT)?.text().to_owned();
            let type_node = node.children().find(|child| child.kind().is_type())?;
            let (type_, values) = (text(&type_node), model_type(&type_node).ok());
            let mode = match node.kind() {
                PARAM_PUBLIC => "public",
                PARAM_CONSTANT => "constant",
                _ => "private",
            };
            Some(Parameter { name, type_, mode, values, range: extent(&node) })
        })
        .collect()
}

/// Where a call stands.
enum Position {
    /// In the body of this entry function.
    Within(SyntaxNode),
    /// In an argument of another call.
    Argument,
    /// Somewhere else, and what to do.
    Refused(String, String),
}

fn is_lionml(annotation: &SyntaxNode) -> bool {
    annotation.kind() == ANNOTATION
        && own_tokens(annotation).nth(1).is_some_and(|name| name.text() == ANNOTATION_NAME)
}

/// Why a type is none of a model's values.
enum NoType {
    /// This length is no number.
    Length(SyntaxNode),
    /// It is something else.
    Other,
}

/// The type that a node is, if it is an integer or arrays of them.
fn model_type(node: &SyntaxNode) -> Result<Type, NoType> {
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

/// Whether a function returns a `Final`, alone or with values before it.
fn returns_final(function: &SyntaxNode) -> bool {
    let outer = child(function, RETURN_TYPE).unwrap_or_else(|| function.clone());
    let types: Vec<_> = outer.children().filter(|child| child.kind().is_type()).collect();
    match &types[..] {
        [tuple] if tuple.kind() == TYPE_TUPLE => child(tuple, TYPE_FINAL).is_some(),
        types => types.iter().any(|type_| type_.kind() == TYPE_FINAL),
    }
}

/// Refuses brackets that are nested so deep that parsers, this one and Leo's, do not end.
fn nesting(source: &Source) -> Result<(), Failure> {
    let mut depth = 0_usize;
    for (kind, range) in lexed(&source.text) {
        match kind {
            L_PAREN | L_BRACE | L_BRACKET => depth += 1,
            R_PAREN | R_BRACE | R_BRACKET => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            let message = format!("more than {MAX_NESTING} brackets are open here");
            return Err(Diagnostic::error("nesting", message, source.place(range))
                .hint("give the inner parts names with `let`")
                .into());
        }
    }
    Ok(())
}

/// Errors about names that the expansion may add.
fn reserved(source: &Source, tokens: &[(SyntaxKind, Range<usize>)]) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    for (index, (kind, range)) in tokens.iter().enumerate() {
        let text = source.text[range.clone()].trim_matches('\'');
        let begins = text.get(..PREFIX.len()).is_some_and(|t| t.eq_ignore_ascii_case(PREFIX));
        let following: Vec<_> = tokens[index + 1..].iter().take(2).map(|(kind, _)| *kind).collect();
        // `lionml_registry.aleo`: a name of a program.
        let is_program = following == [DOT, KW_ALEO];
        if matches!(kind, IDENT | IDENT_LIT) && begins && !is_program {
            let message = format!("the name `{text}` begins with `{PREFIX}`");
            errors.push(
                Diagnostic::error("reserved_name", message, source.place(range.clone()))
                    .hint("take another name: these are for the expansion"),
            );
        }
    }
    errors
}

/// The name of the program that a declaration or an import speaks of.
fn program_id(node: &SyntaxNode) -> String {
    let name = own_token(node, IDENT).map(|token| token.text().to_owned()).unwrap_or_default();
    format!("{name}.aleo")
}

fn end(token: &SyntaxToken) -> usize {
    token.text_range().end().into()
}
