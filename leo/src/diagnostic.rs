//! What users read when something is wrong, and how a run ends.

use std::{fmt, io};

use serde::Serialize;

use crate::source::Place;

/// An error or warning about a user's program.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Diagnostic {
    /// Whether the run goes on.
    pub(crate) severity: Severity,
    /// A stable name: `leo::…`, or a code of Leo's compiler.
    pub(crate) code: String,
    /// What happened.
    pub(crate) message: String,
    /// Where.
    #[serde(flatten)]
    pub(crate) place: Option<Place>,
    /// Further places and what they have to do with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) related: Vec<Related>,
    /// What to do.
    pub(crate) hint: Option<String>,
}

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    Error,
    Warning,
}

/// Another place that a diagnostic speaks of.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Related {
    /// What it is.
    pub(crate) message: String,
    /// Where.
    #[serde(flatten)]
    pub(crate) place: Place,
}

/// Why a run ends.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The user's program is refused.
    Program(Vec<Diagnostic>),
    /// What the command was given cannot be used.
    Usage(String),
    /// A defect of this command.
    Internal(String),
}

impl Diagnostic {
    /// An error at a place.
    pub(crate) fn error(code: &str, message: impl Into<String>, place: Place) -> Self {
        Self {
            severity: Severity::Error,
            code: format!("leo::{code}"),
            message: message.into(),
            place: Some(place),
            related: Vec::new(),
            hint: None,
        }
    }

    /// With what to do.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With another place.
    pub(crate) fn related(mut self, message: impl Into<String>, place: Place) -> Self {
        self.related.push(Related { message: message.into(), place });
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        writeln!(f, "{severity}[{}]: {}", self.code, self.message)?;
        if let Some(place) = &self.place {
            show(f, place, '^', "")?;
        }
        for Related { message, place } in &self.related {
            show(f, place, '-', message)?;
        }
        if let Some(hint) = &self.hint {
            writeln!(f, "  hint: {hint}")?;
        }
        Ok(())
    }
}

/// How many characters of a line are shown.
const SHOWN: usize = 160;

/// A place, its line, and marks under what is meant. Of a long line, the part around the place.
fn show(f: &mut fmt::Formatter<'_>, place: &Place, mark: char, label: &str) -> fmt::Result {
    let Place { file, line, column, end_column, text } = place;
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    writeln!(f, "{margin}--> {}:{line}:{column}", file.display())?;
    writeln!(f, "{margin} |")?;
    let characters = text.chars().count();
    let start = column - 1;
    let first = start.saturating_sub(SHOWN / 4).min(characters.saturating_sub(SHOWN));
    let mut shown: String = text.chars().skip(first).take(SHOWN).collect();
    // Tabs stay, so that the marks stand below the text however wide a tab is.
    let blank = |c| if c == '\t' { '\t' } else { ' ' };
    let mut indent: String = shown.chars().take(start - first).map(blank).collect();
    if first > 0 {
        shown.insert(0, '…');
        indent.insert(0, ' ');
    }
    if first + SHOWN < characters {
        shown.push('…');
    }
    writeln!(f, "{number} | {shown}")?;
    let length = (end_column - column).min((first + SHOWN).saturating_sub(start)).max(1);
    let marks = mark.to_string().repeat(length);
    writeln!(f, "{}", format!("{margin} | {indent}{marks} {label}").trim_end())
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Program(vec![diagnostic])
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

impl Failure {
    /// The exit code of the command.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Program(_) => 1,
            Self::Usage(_) => 2,
            Self::Internal(_) => 70,
        }
    }

    /// The failure as one object.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let of = |code: &str, message: &str| serde_json::json!({"errors": [{"severity": "error", "code": code, "message": message}]});
        match self {
            Self::Program(diagnostics) => serde_json::json!({ "errors": diagnostics }),
            Self::Usage(message) => of("leo::usage", message),
            Self::Internal(message) => of("leo::internal", message),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(diagnostics) => {
                for (index, diagnostic) in diagnostics.iter().enumerate() {
                    if index > 0 {
                        writeln!(f)?;
                    }
                    write!(f, "{diagnostic}")?;
                }
                Ok(())
            }
            Self::Usage(message) => writeln!(f, "error[leo::usage]: {message}"),
            Self::Internal(message) => writeln!(
                f,
                "error[leo::internal]: {message}\n  hint: this is a defect of LionML: report it \
                 with the program that shows it"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn pins_the_rendering() {
        let text = "program a.aleo {\n\tlet x = 1;\n}";
        let place = |range| Place::of(Path::new("src/main.leo"), text, range);
        let diagnostic = Diagnostic::error("example", "`x` is odd", place(22..23))
            .related("in this program", place(8..14))
            .hint("write `y`");
        assert_eq!(
            diagnostic.to_string(),
            "error[leo::example]: `x` is odd\n \
             --> src/main.leo:2:6\n  \
             |\n2 | \tlet x = 1;\n  | \t    ^\n \
             --> src/main.leo:1:9\n  \
             |\n1 | program a.aleo {\n  |         ------ in this program\n  hint: write `y`\n"
        );
    }

    #[test]
    fn pins_the_part_of_a_long_line() {
        let text = format!("{}odd{}", "a".repeat(1000), "b".repeat(1000));
        let place = Place::of(Path::new("src/main.leo"), &text, 1000..1003);
        let shown = Diagnostic::error("example", "it is odd", place).to_string();
        let (before, behind) = ("a".repeat(40), "b".repeat(117));
        let blank = " ".repeat(41);
        assert_eq!(
            shown,
            format!(
                "error[leo::example]: it is odd\n --> src/main.leo:1:1001\n  |\n\
                 1 | …{before}odd{behind}…\n  | {blank}^^^\n"
            )
        );
        let whole = Place::of(Path::new("src/main.leo"), &text, 0..text.len());
        let shown = Diagnostic::error("example", "it is long", whole).to_string();
        assert!(shown.contains(&format!("  | {}\n", "^".repeat(160))), "{shown}");
        let end = Place::of(Path::new("src/main.leo"), &text, text.len()..text.len());
        let shown = Diagnostic::error("example", "it ends", end).to_string();
        assert!(shown.ends_with(&format!("  | {}^\n", " ".repeat(161))), "{shown}");
    }
}
