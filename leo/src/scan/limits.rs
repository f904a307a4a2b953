//! What is refused unread: programs over which parsers, this one and Leo's, would spend minutes.

use leo_parser_rowan::SyntaxKind::{self, *};

use crate::{
    diagnostic::{Diagnostic, Failure},
    source::Source,
    syntax::lexed,
};

/// How many brackets may be open at one place.
const MAX_NESTING: usize = 256;
/// How many tokens may precede a place in the expressions that it is in. The time that Leo takes
/// for a chain of operators grows with its square: seconds, at this length.
const MAX_LENGTH: usize = 4_096;

/// Refuses brackets that are nested too deep and expressions that are too long.
pub(super) fn limits(source: &Source) -> Result<(), Failure> {
    // The tokens since the innermost expression or statement began, those of the ones around it up
    // to the brackets that are open, and the sum of all.
    let (mut inner, mut outer, mut length) = (0_usize, Vec::new(), 0_usize);
    let mut previous = None;
    for (kind, range) in lexed(&source.text) {
        let begins = matches!(previous, Some(SEMICOLON | COMMA))
            || previous == Some(R_BRACE) && !continues(kind);
        if begins {
            length -= std::mem::take(&mut inner);
        }
        inner += 1;
        length += 1;
        match kind {
            L_PAREN | L_BRACE | L_BRACKET => outer.push(std::mem::take(&mut inner)),
            R_PAREN | R_BRACE | R_BRACKET => {
                if let Some(around) = outer.pop() {
                    length -= std::mem::replace(&mut inner, around);
                }
            }
            _ => {}
        }
        let error = |code, message| {
            Err(Diagnostic::error(code, message, source.place(range.clone()))
                .hint("give the inner parts names with `let`")
                .into())
        };
        if outer.len() > MAX_NESTING {
            return error("nesting", format!("more than {MAX_NESTING} brackets are open here"));
        }
        if length > MAX_LENGTH {
            return error(
                "long_expression",
                format!("more than {MAX_LENGTH} tokens of one expression stand before this one"),
            );
        }
        previous = Some(kind);
    }
    Ok(())
}

/// Whether a token behind a `}` goes on with the expression that it closes.
fn continues(kind: SyntaxKind) -> bool {
    kind.is_operator() || matches!(kind, DOT | QUESTION | COLON | KW_AS)
}
