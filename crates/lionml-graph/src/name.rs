//! Names that come with a model.

/// Whether a name can be shown in backquotes, in a line of a screen or of a program, and pass for
/// nothing but a name: without line breaks and other control characters, characters that are not
/// seen or turn the direction of text, and backquotes.
pub fn is_plain_name(name: &str) -> bool {
    let is_hidden = |c: char| {
        matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    !name.chars().any(|c| c.is_control() || c == '`' || is_hidden(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_names_of_exporters() {
        for name in ["", "x", "/layers/0/Gemm_output_0", "serving_default_input:0", "größe 1"] {
            assert!(is_plain_name(name), "{name}");
        }
    }

    #[test]
    fn rejects_names_that_pass_for_other_text() {
        for name in ["a\nb", "a\r", "\u{1b}[2K", "a` is 1", "a\u{202e}b", "a\u{200b}", "\u{85}"] {
            assert!(!is_plain_name(name), "{name:?}");
        }
    }
}
