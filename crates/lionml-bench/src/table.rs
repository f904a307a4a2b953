//! Tables that are read on a screen and in Markdown alike.

use std::fmt;

/// A table whose first column is text and whose other columns are numbers.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<const N: usize>(headings: [&str; N]) -> Self {
        Self { rows: vec![headings.map(str::to_owned).to_vec()] }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (index, row) in self.rows.iter().enumerate() {
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                match column {
                    0 => write!(f, "| {cell:<width$} |")?,
                    _ => write!(f, " {cell:>width$} |")?,
                }
            }
            writeln!(f)?;
            if index == 0 {
                for (column, width) in widths.iter().enumerate() {
                    match column {
                        0 => write!(f, "|{}|", "-".repeat(width + 2))?,
                        _ => write!(f, "{}:|", "-".repeat(width + 1))?,
                    }
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

/// Bytes in the unit that fits.
pub(crate) fn bytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let scaled = |unit: u64| bytes as f64 / unit as f64;
    match bytes {
        0..10_000 => format!("{} B", number(bytes)),
        10_000..1_000_000 => format!("{:.0} kB", scaled(1_000)),
        1_000_000..1_000_000_000 => format!("{:.0} MB", scaled(1_000_000)),
        _ => format!("{:.1} GB", scaled(1_000_000_000)),
    }
}

/// Seconds with the digits that matter.
pub fn seconds(seconds: f64) -> String {
    match seconds {
        ..0.995 => format!("{:.0} ms", seconds * 1e3),
        ..9.95 => format!("{seconds:.2} s"),
        _ => format!("{seconds:.1} s"),
    }
}

/// A number with its thousands apart.
pub fn number(number: impl fmt::Display) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many times as much.
pub(crate) fn times(ratio: f64) -> String {
    if ratio < 9.95 {
        format!("{ratio:.1} ×")
    } else {
        format!("{} ×", number(format!("{ratio:.0}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_markdown_by_hand() {
        let mut table = Table::new(["model", "rows"]);
        table.row(["x".to_owned(), number(1234)]);
        let expected = "| model |  rows |\n|-------|------:|\n| x     | 1,234 |\n";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn matches_units() {
        assert_eq!(bytes(956), "956 B");
        assert_eq!(bytes(2_219_000_000), "2.2 GB");
        assert_eq!(seconds(0.0064), "6 ms");
        assert_eq!(seconds(9.99), "10.0 s");
        assert_eq!((times(4.04), times(2320.4)), ("4.0 ×".to_owned(), "2,320 ×".to_owned()));
    }
}
