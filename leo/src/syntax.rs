//! Small questions to Leo's lossless syntax tree.

use std::ops::Range;

use leo_parser_rowan::{SyntaxKind, SyntaxNode, SyntaxToken, TextRange, lex};

/// The bytes of a range.
pub(crate) fn bytes(range: TextRange) -> Range<usize> {
    range.start().into()..range.end().into()
}

/// The tokens of a text, which is not parsed, that are no space and no comment.
pub(crate) fn lexed(text: &str) -> impl Iterator<Item = (SyntaxKind, Range<usize>)> {
    let mut start = 0_usize;
    let ranged = lex(text).0.into_iter().map(move |token| {
        let length = usize::try_from(token.len).unwrap_or(usize::MAX);
        let range = start..start.saturating_add(length).min(text.len());
        start = range.end;
        (token.kind, range)
    });
    ranged.filter(|(kind, _)| !kind.is_trivia())
}

/// The tokens of a node and of the nodes in it that are no space and no comment.
pub(crate) fn tokens(node: &SyntaxNode) -> impl Iterator<Item = SyntaxToken> + use<> {
    node.descendants_with_tokens()
        .filter_map(|element| element.into_token())
        .filter(|token| !token.kind().is_trivia())
}

/// The tokens of a node alone that are no space and no comment.
pub(crate) fn own_tokens(node: &SyntaxNode) -> impl Iterator<Item = SyntaxToken> + use<> {
    node.children_with_tokens()
        .filter_map(|element| element.into_token())
        .filter(|token| !token.kind().is_trivia())
}

/// The token of that kind among a node's own.
pub(crate) fn own_token(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxToken> {
    own_tokens(node).find(|token| token.kind() == kind)
}

/// The first child of that kind.
pub(crate) fn child(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxNode> {
    node.children().find(|child| child.kind() == kind)
}

/// The bytes of a node without the space and the comments around it.
pub(crate) fn extent(node: &SyntaxNode) -> Range<usize> {
    let mut tokens = tokens(node);
    let Some(first) = tokens.next() else { return bytes(node.text_range()) };
    let last = tokens.last().unwrap_or_else(|| first.clone());
    bytes(first.text_range()).start..bytes(last.text_range()).end
}

/// The text of a node, its tokens apart by one space where there was any space or comment.
pub(crate) fn text(node: &SyntaxNode) -> String {
    let mut text = String::new();
    let mut end = None;
    for token in tokens(node) {
        let range = bytes(token.text_range());
        if end.is_some_and(|end| end != range.start) {
            text.push(' ');
        }
        text.push_str(token.text());
        end = Some(range.end);
    }
    text
}

/// The name that a path is, if it is one name and no more.
pub(crate) fn sole_name(node: &SyntaxNode) -> Option<SyntaxToken> {
    let mut tokens = tokens(node);
    let name = tokens.next()?;
    let is_name = node.kind() == SyntaxKind::PATH_EXPR
        && name.kind() == SyntaxKind::IDENT
        && tokens.next().is_none();
    is_name.then_some(name)
}
