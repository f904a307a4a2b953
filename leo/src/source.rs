//! Source files and places in them.

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use serde::Serialize;

/// A file and its text.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Where it lies, as messages name it.
    pub(crate) path: PathBuf,
    /// What it holds.
    pub(crate) text: String,
}

/// A range of a source file, as people count: from one, in characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Place {
    /// The file.
    pub(crate) file: PathBuf,
    /// The line on which it begins.
    pub(crate) line: usize,
    /// The column at which it begins.
    pub(crate) column: usize,
    /// The column after its last character on that line.
    pub(crate) end_column: usize,
    /// The text of that line.
    #[serde(skip)]
    pub(crate) text: String,
}

impl Source {
    /// The place of a range of bytes.
    pub(crate) fn place(&self, range: Range<usize>) -> Place {
        Place::of(&self.path, &self.text, range)
    }

    /// The line that holds a byte, counted from one.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.place(offset..offset).line
    }
}

impl Place {
    /// The place of a range of bytes of a text. Ranges outside of it, or inside of a character,
    /// are cut to what there is.
    pub(crate) fn of(file: &Path, text: &str, range: Range<usize>) -> Self {
        let start = floor_char(text, range.start);
        let end = floor_char(text, range.end.max(range.start));
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |length| start + length);
        let line_text = text[line_start..line_end].trim_end_matches('\r');
        let column = text[line_start..start].chars().count() + 1;
        let length = text[start..end.clamp(start, line_end)].trim_end().chars().count();
        Self {
            file: file.to_owned(),
            line: text[..start].matches('\n').count() + 1,
            column,
            end_column: column + length,
            text: line_text.to_owned(),
        }
    }
}

fn floor_char(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, range: Range<usize>) -> (usize, usize, usize, String) {
        let Place { line, column, end_column, text, .. } =
            Place::of(Path::new("main.leo"), text, range);
        (line, column, end_column, text)
    }

    #[test]
    fn pins_places() {
        assert_eq!(place("ab\ncd\n", 3..5), (2, 1, 3, "cd".into()));
        assert_eq!(place("ab\r\ncd", 1..6), (1, 2, 3, "ab".into()));
        assert_eq!(place("ab", 7..9), (1, 3, 3, "ab".into()));
        assert_eq!(place("", 0..0), (1, 1, 1, String::new()));
    }

    #[test]
    fn matches_columns_of_characters() {
        assert_eq!(place("/* ü€ */ x", 12..13), (1, 10, 11, "/* ü€ */ x".into()));
        assert_eq!(place("/* ü */", 4..5).1, 4);
    }
}
