//! Standard output is data, standard error is for people.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode as ProcessExitCode,
};

use clap::error::{ContextKind, ContextValue, ErrorKind as ClapErrorKind};
use lionml::{Error, ErrorKind, full_message, is_hidden};
use serde::Serialize;
use serde_json::json;

use crate::{exit_code::ExitCode, ezkl, panics::Defect};

/// Where answers, warnings and errors go.
pub(crate) struct Screen {
    is_json: bool,
    is_quiet: bool,
    /// Whether standard error and standard output are terminals that want colours.
    colours: [bool; 2],
}

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The request failed.
    Request(Box<Error>),
    /// The measurement failed.
    Bench(Box<lionml_bench::Error>),
    /// A network, or Leo.
    Aleo(Box<lionml_aleo::Error>),
    /// The command panicked.
    Defect(Defect),
    /// The program needs this of a processor, and this one has it not.
    Processor(&'static str),
}

impl From<Defect> for Failure {
    fn from(defect: Defect) -> Self {
        Self::Defect(defect)
    }
}

impl From<lionml_aleo::Error> for Failure {
    fn from(error: lionml_aleo::Error) -> Self {
        Self::Aleo(Box::new(error))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Request(Box::new(error))
    }
}

impl From<lionml_bench::Error> for Failure {
    fn from(error: lionml_bench::Error) -> Self {
        Self::Bench(Box::new(error))
    }
}

const OUTPUT: &str = "standard output";
const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const CYAN: &str = "\x1b[1;36m";
const RESET: &str = "\x1b[0m";

impl Screen {
    #[expect(clippy::disallowed_methods, reason = "colours change no circuit")]
    pub(crate) fn new(is_json: bool, is_quiet: bool) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && std::env::var_os("TERM").is_none_or(|value| value != "dumb");
        let colours = [io::stderr().is_terminal(), io::stdout().is_terminal()];
        Self { is_json, is_quiet, colours: colours.map(|is_terminal| wanted && is_terminal) }
    }

    /// Whether progress is shown.
    pub(crate) fn shows_progress(&self) -> bool {
        !self.is_quiet && io::stderr().is_terminal()
    }

    /// A heading of an answer.
    pub(crate) fn heading(&self, text: &str) -> String {
        // Without what ends a heading, nothing else can begin one.
        if self.colours[1] { format!("{BOLD}{}{RESET}", shown(text)) } else { text.to_owned() }
    }

    /// A text as the screen may show it: headings in bold, and nothing else that steers.
    fn coloured(&self, text: &str) -> String {
        if !self.colours[1] {
            return shown(text);
        }
        let mut parts = text.split(BOLD);
        let mut coloured = shown(parts.next().unwrap_or_default());
        for part in parts {
            match part.split_once(RESET) {
                Some((heading, rest)) => {
                    coloured += &format!("{BOLD}{}{RESET}{}", shown(heading), shown(rest));
                }
                None => coloured += &shown(part),
            }
        }
        coloured
    }

    /// Gives the answer: an object, or a text for people.
    pub(crate) fn answer(
        &self,
        report: &impl Serialize,
        warnings: &[String],
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        for warning in warnings {
            self.warn(warning);
        }
        let text = match self.is_json {
            true => {
                let object = serde_json::to_string(report).map_err(|e| file("write", OUTPUT, e))?;
                escaped(&object) + "\n"
            }
            false => text(),
        };
        self.print(&text)
    }

    /// Writes to standard output. Whoever closed it has seen enough.
    pub(crate) fn print(&self, text: &str) -> Result<(), Failure> {
        let text = self.coloured(text);
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(file("write", OUTPUT, error))
            }
            _ => Ok(()),
        }
    }

    /// Says what to think about.
    pub(crate) fn warn(&self, text: &str) {
        if !self.is_quiet {
            self.note("warning", YELLOW, text);
        }
    }

    /// Asks somebody who can answer; nobody agreed where there is none.
    pub(crate) fn agrees(&self, question: &str) -> bool {
        if self.is_json || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return false;
        }
        let _ = write!(io::stderr(), "{} [yes/no] ", shown(question));
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).is_ok() && matches!(answer.trim(), "y" | "yes")
    }

    /// Says something on the way.
    pub(crate) fn say(&self, text: &str) {
        if !self.is_quiet {
            let _ = writeln!(io::stderr(), "{}", shown(text));
        }
    }

    fn note(&self, label: &str, colour: &str, text: &str) {
        let (start, end) = if self.colours[0] { (colour, RESET) } else { ("", "") };
        // Nobody is left to tell when standard error is gone.
        // What somebody else wrote begins no line.
        let text = shown(text).trim_end().replace('\n', "\n  ");
        let _ = writeln!(io::stderr(), "{start}{label}{end}: {text}");
    }

    /// Says why a command ended early.
    pub(crate) fn fail(&self, failure: &Failure) -> ProcessExitCode {
        let (name, kind, hint, message) = match failure {
            Failure::Defect(defect) => (
                "internal::panic",
                ErrorKind::Internal,
                "this is a defect of lionml: report it with the files that show it; \
                 `RUST_BACKTRACE=1` says where it happened"
                    .to_owned(),
                defect.message.clone(),
            ),
            Failure::Processor(feature) => (
                "request::processor",
                ErrorKind::Usage,
                "compile it where it runs: `RUSTFLAGS=-Ctarget-cpu=native cargo build --release`"
                    .to_owned(),
                format!(
                    "this program was compiled for processors with {feature}, which this one is without"
                ),
            ),
            Failure::Request(error) => {
                (error.name(), error.kind(), error.hint(), full_message(&**error))
            }
            Failure::Aleo(error) => {
                (error.name(), error.kind(), error.hint(), full_message(&**error))
            }
            Failure::Bench(error) => {
                (error.name(), error.kind(), error.hint(), full_message(&**error))
            }
        };
        let code = ExitCode::Failure(kind);
        self.note(&format!("error[{name}]"), RED, &message);
        self.note("hint", CYAN, &hint);
        if self.is_json {
            let object = json!({"verified": false, "error": {
                "name": name,
                "kind": kind,
                "message": message,
                "hint": hint,
                "exit_code": code.number(),
            }});
            let _ = writeln!(io::stdout(), "{}", escaped(&object.to_string()));
        }
        code.into()
    }
}

/// A text without what would steer the screen or is not seen there: names of files, parts of models
/// and answers of nodes are in it.
fn shown(text: &str) -> String {
    text.replace(|c: char| is_hidden(c) && !matches!(c, '\n' | '\t'), "\u{fffd}")
}

/// A JSON text that a screen can show: what is hidden can stand only inside of its texts.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if is_hidden(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                escaped += &format!("\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// A file that has no path, such as standard output, and cannot be read or written.
pub(crate) fn file(action: &'static str, name: &str, error: impl Into<io::Error>) -> Failure {
    Error::Io { action, path: name.into(), source: error.into() }.into()
}

/// Answers a command line that does not parse, or one that asks for help.
pub(crate) fn usage(error: &clap::Error) -> ProcessExitCode {
    let is_question = !error.use_stderr();
    let object = |name: &str, message: &str| {
        // The line did not parse, so whoever asked for objects is found in its words.
        if std::env::args_os().any(|argument| argument == "--json") && !is_question {
            let code = ExitCode::Failure(ErrorKind::Usage).number();
            let hint = "`lionml --help` shows the commands";
            let error = json!({"name": name, "kind": ErrorKind::Usage, "message": message, "hint": hint,
                "exit_code": code});
            let object = json!({"verified": false, "error": error}).to_string();
            let _ = writeln!(io::stdout(), "{}", escaped(&object));
        }
    };
    if let (ClapErrorKind::InvalidSubcommand, Some(ContextValue::String(subcommand))) =
        (error.kind(), error.get(ContextKind::InvalidSubcommand))
        && let Some(answer) = ezkl::answer(subcommand)
    {
        let _ = writeln!(io::stderr(), "error[request::ezkl]: {}", shown(&answer.to_string()));
        object("request::ezkl", &answer.to_string());
        return ExitCode::Failure(ErrorKind::Usage).into();
    }
    let text = error.to_string();
    // What somebody else wrote can be among the words, as the name of a file.
    let printed = match shown(&text) == text {
        true => error.print(),
        false => write!(io::stderr(), "{}", shown(&text)),
    };
    // Up to the usage: what is missing stands on lines of its own.
    let message = text.lines().map(str::trim).take_while(|line| !line.is_empty());
    object("request::usage", &message.collect::<Vec<_>>().join(" "));
    if let Err(error) = printed
        && is_question
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        return Screen::new(false, false).fail(&file("write", OUTPUT, error));
    }
    if is_question { ExitCode::Ok } else { ExitCode::Failure(ErrorKind::Usage) }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_exit_code_of_a_defect() {
        let failure = Failure::from(Defect { message: "a row without a label".to_owned() });
        let code = Screen::new(false, true).fail(&failure);
        assert_eq!(format!("{code:?}"), format!("{:?}", ProcessExitCode::from(70)));
    }

    #[test]
    fn matches_the_exit_code_of_another_processor() {
        assert_eq!(crate::processor::missing(), None);
        let code = Screen::new(false, true).fail(&Failure::Processor("BMI2"));
        assert_eq!(format!("{code:?}"), format!("{:?}", ProcessExitCode::from(2)));
    }

    #[test]
    fn rejects_what_would_steer_the_screen() {
        assert_eq!(shown("a\u{1b}[2Kb\u{9b}c\r\n\td"), "a\u{fffd}[2Kb\u{fffd}c\u{fffd}\n\td");
        assert_eq!(shown("a\u{202e}b\u{ad}\u{e0041}é輸"), "a\u{fffd}b\u{fffd}\u{fffd}é輸");
        let json = serde_json::to_string("\u{1b}\u{7f}\u{9b}\u{202e}\u{e0041}é").unwrap();
        assert_eq!(escaped(&json), r#""\u001b\u007f\u009b\u202e\udb40\udc41é""#);
        assert_eq!(
            serde_json::from_str::<String>(&escaped(&json)).unwrap(),
            "\u{1b}\u{7f}\u{9b}\u{202e}\u{e0041}é"
        );
    }

    #[test]
    fn matches_headings_and_nothing_else_in_colour() {
        let screen = |colours| Screen { is_json: false, is_quiet: false, colours };
        let bold = screen([false, true]);
        let text = bold.heading("a\u{1b}[0m\n") + "\u{1b}[2Kb\u{1b}[0m";
        assert_eq!(bold.coloured(&text), "\u{1b}[1ma\u{fffd}[0m\n\u{1b}[0m\u{fffd}[2Kb\u{fffd}[0m");
        let plain = screen([true, false]);
        assert_eq!(plain.coloured(&(plain.heading("a") + BOLD)), "a\u{fffd}[1m");
    }
}
