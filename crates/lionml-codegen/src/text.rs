//! Text from elsewhere inside of source.

use std::collections::BTreeSet;

/// Names longer than this are cut.
const MAX_NAME: usize = 60;

/// A name as a comment may hold it: in one line, of ASCII, without quotes of code.
pub(crate) fn comment(name: &str) -> String {
    let escaped: String = name.escape_default().collect();
    let mut text: String = escaped.replace('`', "'").chars().take(MAX_NAME).collect();
    if text.len() < escaped.len() {
        text += "...";
    }
    text
}

/// Hands out identifiers: of small letters, digits and underscores, each once.
#[derive(Default)]
pub(crate) struct Identifiers {
    used: BTreeSet<String>,
}

impl Identifiers {
    /// An identifier that begins with `prefix` and reminds of a name.
    pub(crate) fn make(&mut self, prefix: &str, name: &str) -> String {
        const MAX_LENGTH: usize = 40;
        let mut identifier = prefix.to_owned();
        for part in name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|p| !p.is_empty()) {
            if !identifier.is_empty() && !identifier.ends_with('_') {
                identifier.push('_');
            }
            identifier += &part.to_ascii_lowercase();
        }
        identifier.truncate(MAX_LENGTH);
        let mut unique = identifier.clone();
        let mut number = 2;
        while !self.used.insert(unique.clone()) {
            unique = format!("{}_{number}", identifier.trim_end_matches('_'));
            number += 1;
        }
        unique
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_names_that_leave_a_comment() {
        assert_eq!(comment("/1/Relu"), "/1/Relu");
        assert_eq!(comment("a\n}\u{202e}`é"), "a\\n}\\u{202e}'\\u{e9}");
        assert_eq!(comment(&"x".repeat(100)), "x".repeat(60) + "...");
    }

    #[test]
    fn matches_identifiers_by_hand() {
        let mut identifiers = Identifiers::default();
        assert_eq!(identifiers.make("rows_of_", "/1/Relu"), "rows_of_1_relu");
        assert_eq!(identifiers.make("rows_of_", "/1_Relu"), "rows_of_1_relu_2");
        assert_eq!(identifiers.make("rows_of_", "…"), "rows_of_");
        assert_eq!(identifiers.make("rows_of_", ""), "rows_of_2");
    }
}
