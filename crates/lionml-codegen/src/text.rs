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

/// Hands out identifiers: of small letters, digits and single underscores, each once.
pub(crate) struct Identifiers {
    longest: usize,
    used: BTreeSet<String>,
}

impl Identifiers {
    /// Identifiers of so many characters at most, and a number where they would be the same.
    pub(crate) fn new(longest: usize) -> Self {
        Self { longest, used: BTreeSet::new() }
    }

    /// An identifier that begins with `prefix` and reminds of a name.
    pub(crate) fn make(&mut self, prefix: &str, name: &str) -> String {
        let mut identifier = prefix.to_owned();
        for part in name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|p| !p.is_empty()) {
            if !identifier.is_empty() && !identifier.ends_with('_') {
                identifier.push('_');
            }
            identifier += &part.to_ascii_lowercase();
        }
        identifier.truncate(self.longest);
        let identifier = identifier.trim_end_matches('_');
        let mut unique = identifier.to_owned();
        let mut number = 2;
        while !self.used.insert(unique.clone()) {
            unique = format!("{identifier}_{number}");
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
        let mut identifiers = Identifiers::new(20);
        assert_eq!(identifiers.make("rows_of_", "/1/Relu"), "rows_of_1_relu");
        assert_eq!(identifiers.make("rows_of_", "/1_Relu"), "rows_of_1_relu_2");
        assert_eq!(identifiers.make("rows_of_", "…"), "rows_of");
        assert_eq!(identifiers.make("rows_of_", ""), "rows_of_2");
        assert_eq!(identifiers.make("rows_of_", "__linear_relu__stack"), "rows_of_linear_relu");
    }
}
