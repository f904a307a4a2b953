//! Names that come with a model, and characters that pass for others.

use unicode_properties::{GeneralCategory as Category, UnicodeGeneralCategory as _};

/// The most characters of a name.
const MAX_CHARACTERS: usize = 256;

/// The most marks on one letter: no script needs more, and towers of them cover other lines.
const MAX_MARKS: usize = 3;

/// What a name may be.
pub const PLAIN_NAME: &str = "a name has letters, digits, single spaces between them and any of \
                              _-./:;,+*=()[]{}<>#@%&|~^$!?'°€, and at most 256 characters";

/// Whether a name can be shown in backquotes, in a line of a screen or of a program, and pass for
/// nothing but a name.
///
/// Good characters are listed, not bad ones: letters and digits of all scripts with their marks, a few
/// signs, and single spaces inside. With runs of spaces a name could seem to end where a line wraps.
/// The name of what has none is plain.
pub fn is_plain_name(name: &str) -> bool {
    let (mut characters, mut marks, mut before) = (0, 0, ' ');
    for c in name.chars() {
        characters += 1;
        marks = if is_mark(c) { marks + 1 } else { 0 };
        let fits = match c {
            ' ' => before != ' ',
            _ if is_mark(c) => before.is_alphanumeric() || is_mark(before),
            _ => c.is_alphanumeric() || is_sign(c),
        };
        if !fits || is_hidden(c) || characters > MAX_CHARACTERS || marks > MAX_MARKS {
            return false;
        }
        before = c;
    }
    name.is_empty() || before != ' '
}

/// Whether a character is not seen, steers a screen, or turns the direction of text: what no text of
/// somebody else's may bring to a screen.
pub fn is_hidden(c: char) -> bool {
    matches!(
        c.general_category(),
        Category::Control
            | Category::Format
            | Category::Surrogate
            | Category::PrivateUse
            | Category::Unassigned
            | Category::LineSeparator
            | Category::ParagraphSeparator
    ) || matches!(
        c,
        // What Unicode says need not be shown, of other categories, and Braille without a dot.
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

fn is_mark(c: char) -> bool {
    use Category::{EnclosingMark, NonspacingMark, SpacingMark};
    matches!(c.general_category(), NonspacingMark | SpacingMark | EnclosingMark)
}

fn is_sign(c: char) -> bool {
    matches!(c, '_' | '-' | '.' | '/' | ':' | ';' | ',' | '+' | '*' | '=' | '(' | ')' | '[' | ']')
        || matches!(c, '{' | '}' | '<' | '>' | '#' | '@' | '%' | '&' | '|' | '~' | '^' | '$')
        || matches!(c, '!' | '?' | '\'' | '°' | '€')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_names_of_exporters() {
        for name in [
            "",
            "x",
            "/layers/0/Gemm_output_0",
            "serving_default_input:0",
            "linear_0.w_0@GRAD",
            "floor((s0 - 1)/2) + 1",
            "N=2",
            "größe 1",
            "gro\u{308}ße",
            "вход",
            "输入_数据",
            "入力データ",
            "입력",
            "इनपुट",
            "ข้อมูล",
            "الإدخال",
            "sepal length (cm)",
            "m² in °C, €",
        ] {
            assert!(is_plain_name(name), "{name}");
        }
        assert!(is_plain_name(&"x".repeat(256)));
    }

    #[test]
    fn rejects_names_that_pass_for_other_text() {
        for name in ["a\nb", "a\r", "\u{1b}[2K", "a` is 1", "a\u{202e}b", "a\u{200b}", "\u{85}"] {
            assert!(!is_plain_name(name), "{name:?}");
        }
        // What is not seen, whatever Unicode counts it among.
        for c in
            "\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{180e}\u{2028}\u{2060}\u{2800}\u{3164}\
                  \u{fe0f}\u{feff}\u{ffa0}\u{e000}\u{e0041}\u{e0100}"
                .chars()
        {
            assert!(is_hidden(c) && !is_plain_name(&format!("a{c}b")), "{c:?}");
        }
        // What forges a wrapped line, and what covers other lines.
        let spaces = format!("y{}`z` is 1", " ".repeat(70));
        let tower = format!("a{}", "\u{301}".repeat(4));
        for name in
            [" a", "a ", "a  b", "a\tb", "a\u{a0}b", "a\u{3000}b", "\u{301}a", &spaces, &tower]
        {
            assert!(!is_plain_name(name), "{name:?}");
        }
        for name in ["\"", "\\", "→", "🙂", "a\u{2044}b"] {
            assert!(!is_plain_name(name), "{name}");
        }
        assert!(!is_plain_name(&"x".repeat(257)));
    }
}
