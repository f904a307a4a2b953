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

mod calls;
mod declarations;
mod limits;

use std::{collections::BTreeMap, ops::Range};

use leo_parser_rowan::{
    SyntaxKind::{self, *},
    SyntaxNode, SyntaxToken, parse_file,
};
use serde::{Serialize, Serializer};

use self::{calls::plain_entries, limits::limits};
use crate::{
    compile,
    diagnostic::{Diagnostic, Failure},
    package::Package,
    source::{Place, Source},
    syntax::{bytes, extent, lexed, own_token, own_tokens, tokens},
    types::{Integer, Type},
};

/// The annotation.
const ANNOTATION_NAME: &str = "lionml";
/// How every name begins that the expansion adds.
const PREFIX: &str = "lionml_";

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
    /// Whether a word follows without a space: `classify(image)as u16`.
    #[serde(skip)]
    pub(crate) is_followed_by_word: bool,
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
    limits(package.modules.iter().chain([source]))?;
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
        let (mut depth, mut interface) = (0usize, None);
        for start in 0..tokens.len() {
            match kind(start) {
                Some(KW_INTERFACE) => interface = Some(depth),
                Some(L_BRACE) => depth += 1,
                Some(R_BRACE) => {
                    depth = depth.saturating_sub(1);
                    interface = interface.filter(|outer| *outer != depth);
                }
                _ => {}
            }
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
            let place = match kind(next) {
                _ if interface.is_some() => "in an interface",
                Some(KW_FN) => continue,
                Some(KW_STRUCT) => "before a struct",
                Some(KW_RECORD) => "before a record",
                Some(KW_MAPPING) => "before a mapping",
                Some(KW_STORAGE) => "before a storage variable",
                Some(KW_CONST) => "before a constant",
                Some(KW_INTERFACE) => "before an interface",
                Some(KW_PROGRAM) => "before the program",
                Some(KW_IMPORT) => "before an import",
                Some(KW_CONSTRUCTOR) => "before the constructor",
                Some(KW_FINAL) => "before a `final fn`",
                Some(KW_VIEW) => "before a `view fn`",
                Some(KW_EXPORT) => "before an exported item",
                Some(KW_LET | KW_RETURN | KW_IF | KW_FOR | KW_ASSERT) => "before a statement",
                _ => "before something else",
            };
            let range = bytes(tokens[start].text_range()).start..end(&tokens[start + 1]);
            self.error(
                "misplaced_annotation",
                format!("`@lionml` stands {place}"),
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
}

fn is_lionml(annotation: &SyntaxNode) -> bool {
    annotation.kind() == ANNOTATION
        && own_tokens(annotation).nth(1).is_some_and(|name| name.text() == ANNOTATION_NAME)
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
