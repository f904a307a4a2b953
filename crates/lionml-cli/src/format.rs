//! Numbers and tables as people read them.

use lionml::Scalar;
pub(crate) use lionml_bench::{number, seconds};

/// Bytes in the unit that fits.
pub(crate) fn bytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let scaled = |unit: u64| bytes as f64 / unit as f64;
    match bytes {
        0..10_000 => format!("{} bytes", number(bytes)),
        10_000..1_000_000 => format!("{:.1} kB", scaled(1_000)),
        1_000_000..1_000_000_000 => format!("{:.1} MB", scaled(1_000_000)),
        _ => format!("{:.2} GB", scaled(1_000_000_000)),
    }
}

/// A whole number with all of its digits, another with about six.
pub(crate) fn float(value: f64) -> String {
    let magnitude = value.abs();
    if value.fract() == 0.0 && magnitude < 1e15 {
        format!("{value:.0}")
    } else if value == 0.0 || (1e-3..1e6).contains(&magnitude) {
        let text = format!("{value:.5}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        format!("{value:.4e}")
    }
}

/// A few values, and how many more there are.
pub(crate) fn values(values: &[Scalar]) -> String {
    const SHOWN: usize = 16;
    let text = |value: &Scalar| match *value {
        Scalar::Integer(value) => value.to_string(),
        Scalar::Float(value) => float(value),
    };
    let shown: Vec<_> = values.iter().take(SHOWN).map(text).collect();
    match values.len() {
        length if length > SHOWN => format!("{} … ({length} values)", shown.join(" ")),
        _ => shown.join(" "),
    }
}

/// A table: columns are as wide as they must be; those of numbers are right-aligned.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([headings[column].chars().count()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let is_number = |column: usize| {
        let mut cells = rows.iter().filter_map(|row| row.get(column)).filter(|c| !c.is_empty());
        cells.all(|cell| cell.starts_with(|c: char| c.is_ascii_digit() || c == '-'))
    };
    let are_numbers: Vec<bool> = (0..headings.len()).map(is_number).collect();
    let line = |cells: Vec<&str>| {
        let mut text = String::from(" ");
        for (column, cell) in cells.into_iter().enumerate() {
            let width = widths[column];
            let cell = match are_numbers[column] {
                true => format!("{cell:>width$}"),
                false => format!("{cell:<width$}"),
            };
            text.push(' ');
            text.push_str(&cell);
            text.push(' ');
        }
        format!("{}\n", text.trim_end())
    };
    let mut text = line(headings.to_vec());
    for row in rows {
        text.push_str(&line(row.iter().map(String::as_str).collect()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_units() {
        assert_eq!(bytes(956), "956 bytes");
        assert_eq!(bytes(9_999), "9,999 bytes");
        assert_eq!(bytes(1_500_000), "1.5 MB");
        assert_eq!(number(110_451), "110,451");
        assert_eq!(number(12), "12");
        assert_eq!((float(0.5), float(-3.0), float(0.0)), ("0.5".into(), "-3".into(), "0".into()));
        assert_eq!((float(1_048_577.0), float(2.5e6 + 0.5)), ("1048577".into(), "2.5000e6".into()));
    }

    #[test]
    fn matches_a_table_by_hand() {
        let rows = [vec!["relu".to_owned(), "12".to_owned()], vec!["x".to_owned(), "5".to_owned()]];
        assert_eq!(table(&["node", "rows"], &rows), "  node  rows\n  relu    12\n  x        5\n");
    }
}
