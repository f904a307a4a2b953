//! The one place at which text leaves this program for somebody's screen.
//!
//! Lines of sources, names of files and messages about them are what somebody else wrote: nothing in
//! them may steer a terminal, or stand in another order than it is read.

use std::{fmt, io};

use serde_json::Value;

/// A stream that shows what would steer the screen as what it is.
pub(crate) struct Shown<W>(pub(crate) W);

/// Whether a character steers a terminal, changes the order of those around it, or is not seen.
fn steers(character: char) -> bool {
    let is_control = character.is_control() && !matches!(character, '\n' | '\t');
    is_control
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

impl<W: io::Write> Shown<W> {
    /// A text for people. One character stands for one, so that marks stay below what is meant.
    pub(crate) fn write_fmt(&mut self, text: fmt::Arguments<'_>) -> io::Result<()> {
        let shown: String =
            text.to_string().chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect();
        self.0.write_all(shown.as_bytes())
    }

    /// An object for programs, which read the same text.
    pub(crate) fn json(&mut self, object: &Value) -> io::Result<()> {
        let mut escaped = String::new();
        for character in format!("{object:#}").chars() {
            match character {
                // Outside of texts there are none of these.
                c if steers(c) => {
                    let mut units = [0; 2];
                    for unit in c.encode_utf16(&mut units) {
                        escaped.push_str(&format!("\\u{unit:04x}"));
                    }
                }
                c => escaped.push(c),
            }
        }
        writeln!(self.0, "{escaped}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_what_would_steer_the_screen() {
        let mut shown = Shown(Vec::new());
        write!(shown, "a\u{1b}[2Kb\u{9b}c\r\n\td\u{202e}e\u{e0041}").unwrap();
        let text = String::from_utf8(shown.0).unwrap();
        assert_eq!(text, "a\u{fffd}[2Kb\u{fffd}c\u{fffd}\n\td\u{fffd}e\u{fffd}");
    }

    #[test]
    fn matches_objects_with_all_their_characters_escaped() {
        let object = serde_json::json!({"a\u{85}": "\u{1b}\u{7f}\u{202e}\u{e0041} dígito"});
        let mut shown = Shown(Vec::new());
        shown.json(&object).unwrap();
        let text = String::from_utf8(shown.0).unwrap();
        assert!(text.chars().all(|c| c == '\n' || !steers(c)), "{text:?}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), object);
    }
}
