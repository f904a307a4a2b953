//! What is refused unread: programs over which parsers, this one and Leo's, would spend minutes.

use leo_parser_rowan::SyntaxKind::{self, *};

use crate::{
    diagnostic::{Diagnostic, Failure},
    source::Source,
    syntax::lexed,
};

/// How many brackets may be open at one place.
const MAX_NESTING: usize = 256;
/// How many `else` may lead to one place.
const MAX_BRANCHES: usize = 1_024;
/// How many tokens may precede a place in the expressions that it is in. The time that Leo takes
/// for a chain of operators grows with its square: seconds, at this length.
const MAX_LENGTH: usize = 4_096;

/// The work that Leo may have with the long expressions of all files of a program: for each the
/// square of its length. As much as the longest one that is taken, since a second of that length
/// would only be the first of many.
const MAX_WORK: usize = MAX_LENGTH * MAX_LENGTH;

/// Refuses brackets and branches that are nested too deep, and expressions that are too long, each
/// or all together.
pub(super) fn limits<'a>(sources: impl IntoIterator<Item = &'a Source>) -> Result<(), Failure> {
    let mut work = 0;
    sources.into_iter().try_for_each(|source| limits_of(source, &mut work))
}

fn limits_of(source: &Source, work: &mut usize) -> Result<(), Failure> {
    // The tokens since the innermost expression or statement began, those of the ones around it up
    // to the brackets that are open, and the sum of all.
    let (mut inner, mut outer, mut length) = (0_usize, Vec::new(), 0_usize);
    // Parsers take `else if` for an `if` inside of the `else`: how many are around this place, in all
    // and since the innermost bracket.
    let (mut branches, mut chain, mut chains) = (0_usize, 0_usize, Vec::new());
    let mut previous = None;
    for (kind, range) in lexed(&source.text) {
        let begins = matches!(previous, Some(SEMICOLON | COMMA))
            || previous == Some(R_BRACE) && !continues(kind);
        if begins {
            length -= std::mem::take(&mut inner);
            if kind != KW_ELSE {
                branches -= std::mem::take(&mut chain);
            }
        }
        inner += 1;
        length += 1;
        // The sum of these is the square of the length.
        *work = work.saturating_add(2 * inner - 1);
        match kind {
            KW_ELSE => {
                chain += 1;
                branches += 1;
            }
            L_PAREN | L_BRACE | L_BRACKET => {
                outer.push(std::mem::take(&mut inner));
                chains.push(std::mem::take(&mut chain));
            }
            R_PAREN | R_BRACE | R_BRACKET => {
                if let (Some(around), Some(before)) = (outer.pop(), chains.pop()) {
                    length -= std::mem::replace(&mut inner, around);
                    branches -= std::mem::replace(&mut chain, before);
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
        if branches > MAX_BRANCHES {
            return error("nesting", format!("more than {MAX_BRANCHES} times `else` leads here"));
        }
        if *work > MAX_WORK && length <= MAX_LENGTH {
            return error(
                "long_expression",
                "the expressions of the program up to here are too long, all together".to_owned(),
            );
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
