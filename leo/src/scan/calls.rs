//! The calls of declared functions, and the entry functions that they stand in.

use leo_parser_rowan::{SyntaxKind::*, SyntaxNode, SyntaxToken};

use super::{
    Call, Entry, Parameter, PlainEntry, Scanner, declarations::model_type, end, is_lionml,
};
use crate::syntax::{bytes, child, extent, own_token, own_tokens, sole_name, text, tokens};

/// A call before it is known which entry function it is in.
pub(super) struct Site {
    declaration: usize,
    token: SyntaxToken,
    call: SyntaxNode,
}
impl Scanner<'_> {
    /// Every use of a declared function's name that is a call.
    pub(super) fn calls(&mut self, root: &SyntaxNode) -> Vec<Site> {
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
    pub(super) fn entries(&mut self, program: &SyntaxNode, sites: Vec<Site>) -> Vec<Entry> {
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
                CONST_STMT | GLOBAL_CONST | ARRAY_LENGTH | CONST_ARG_LIST => {
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
        let range = extent(statement.as_ref().unwrap_or(&site.call));
        let is_of_names = |c: char| c.is_ascii_alphanumeric() || c == '_';
        Some(Call {
            function: name,
            number,
            arguments,
            line: self.source.line(bytes(site.token.text_range()).start),
            declaration: site.declaration,
            is_followed_by_word: self.source.text[range.end..].starts_with(is_of_names),
            range,
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
            // Of a second `return` that is enough to say.
            let is_elsewhere = |outer: SyntaxNode| outer.kind() == RETURN_STMT && outer != last;
            let (what, hint) = match node.kind() {
                RETURN_STMT if node != last && !is_inside => (
                    "return",
                    "a transition that calls a model has one way out, where its proofs are verified",
                ),
                FINAL_EXPR
                    if node != found && (is_inside || !node.ancestors().any(is_elsewhere)) =>
                {
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
                    own_token(&node, IDENT).filter(|token| is_bound(token.text()))
                }
                // In whatever parentheses, and as whatever part of the left side.
                ASSIGN_STMT | COMPOUND_ASSIGN_STMT => node
                    .first_child()
                    .and_then(|left| tokens(&left).find(|token| is_bound(token.text()))),
                _ => None,
            };
            let Some(token) = token else { continue };
            let name = token.text();
            let (message, hint) = match node.kind() {
                ASSIGN_STMT | COMPOUND_ASSIGN_STMT => (
                    format!("`{name}` stands on the left of an assignment"),
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
pub(super) fn plain_entries(program: &SyntaxNode, entries: &[Entry]) -> Vec<PlainEntry> {
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
/// Whether a function returns a `Final`, alone or with values before it.
fn returns_final(function: &SyntaxNode) -> bool {
    let outer = child(function, RETURN_TYPE).unwrap_or_else(|| function.clone());
    let types: Vec<_> = outer.children().filter(|child| child.kind().is_type()).collect();
    match &types[..] {
        [tuple] if tuple.kind() == TYPE_TUPLE => child(tuple, TYPE_FINAL).is_some(),
        types => types.iter().any(|type_| type_.kind() == TYPE_FINAL),
    }
}
