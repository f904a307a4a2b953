//! Errors of requests.

use std::path::PathBuf;

/// A request that contradicts itself or the model.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// A context that is no field element.
    #[error("`{text}` is no context")]
    Context {
        /// What was given.
        text: String,
    },
    /// A digest that is none.
    #[error("`{text}` is no SHA-256 digest")]
    Digest {
        /// What was given.
        text: String,
    },
    /// A name that no input or output of the model has.
    #[error("the model has no input or output `{name}`, it has {}", list(.known))]
    UnknownPort {
        /// The name.
        name: String,
        /// The names that it has.
        known: Vec<String>,
    },
    /// A range without numbers in it.
    #[error("`[{low}, {high}]` is no range of input `{input}`")]
    Range {
        /// The name of the input.
        input: String,
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// No samples and no ranges to choose number formats from.
    #[error("nothing says which values the input `{input}` takes")]
    NoRange {
        /// The name of the input.
        input: String,
    },
    /// A number that the request may not hold.
    #[error("`{field}` is `{value}`, expected {expected}")]
    Field {
        /// The name of the field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What it could be.
        expected: &'static str,
    },
    /// More public values than a proof may have.
    #[error(
        "a proof would have `{got}` public values, zeros included; at most `{most}` are verified"
    )]
    PublicValues {
        /// How many there would be.
        got: usize,
        /// How many there may be.
        most: usize,
    },
    /// A model of several circuits where one is needed.
    #[error("{taker} takes models of one circuit, an inference of this one takes `{circuits}`")]
    SeveralCircuits {
        /// Who takes no others.
        taker: &'static str,
        /// The number of instances of an inference.
        circuits: usize,
    },
    /// Options of a compilation for what is compiled.
    #[error("`{}` is compiled: its samples and options are chosen", path.display())]
    Frozen {
        /// The compiled model.
        path: PathBuf,
    },
    /// A directory for keys that is a file, or a file in the place of a directory.
    #[error("`{}` is no directory", path.display())]
    NotDirectory {
        /// The path.
        path: PathBuf,
    },
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

impl RequestError {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Context { .. } => "request::context",
            Self::Digest { .. } => "request::digest",
            Self::UnknownPort { .. } => "request::unknown_name",
            Self::Range { .. } => "request::range",
            Self::NoRange { .. } => "request::no_range",
            Self::Field { .. } => "request::field",
            Self::PublicValues { .. } => "request::public_values",
            Self::SeveralCircuits { .. } => "request::several_circuits",
            Self::Frozen { .. } => "request::frozen",
            Self::NotDirectory { .. } => "request::not_directory",
        }
    }

    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::Context { .. } => "write a decimal number, or `0x` and up to 64 digits",
            Self::Digest { .. } => "write 64 hexadecimal digits, as `lionml setup` prints them",
            Self::UnknownPort { .. } => "`lionml inspect` lists inputs and outputs",
            Self::Range { .. } => "give two finite numbers up to 2^53, the lower one first",
            Self::NoRange { .. } => "give `--samples samples.json` or `--input-range low:high`",
            Self::SeveralCircuits { .. } => "compile the model as one circuit",
            Self::PublicValues { .. } => {
                "compile with `--input-visibility hashed` or `--output-visibility packed`"
            }
            Self::Frozen { .. } => "leave them away, or give the ONNX file",
            Self::NotDirectory { .. } => "give a directory",
            Self::Field { .. } => "see `lionml help` for what a request may hold",
        }
    }
}
