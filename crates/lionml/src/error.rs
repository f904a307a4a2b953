//! Errors: typed, with a stable name, a hint and a kind that decides the exit code.

mod artifact;
mod input;
mod names;
mod request;
mod statement;

use std::{io, path::PathBuf};

use lionml_graph::GraphError;
use lionml_onnx::ImportError;
use lionml_r1cs::CheckReport;
use lionml_statement::StatementError;
use lionml_varuna::FetchError;
use serde::Serialize;

pub use artifact::{ArtifactError, MismatchError};
pub use input::InputError;
pub use request::RequestError;
pub use statement::Rejection;

/// Anything that a request can fail with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An ONNX file that cannot be read.
    #[error("`{}`", path.display())]
    OnnxFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: Box<ImportError>,
    },
    /// A model that cannot be read.
    #[error(transparent)]
    Onnx(Box<ImportError>),
    /// A model that cannot be quantised, lowered or run.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A model that cannot be written in Leo.
    #[error(transparent)]
    Leo(#[from] lionml_codegen::LeoError),
    /// A set-up, proof or verification that failed.
    #[error(transparent)]
    Varuna(#[from] lionml_varuna::Error),
    /// Powers of the ceremony that cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A file that is no artefact, or another one.
    #[error("`{}`", path.display())]
    ArtifactFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: ArtifactError,
    },
    /// Bytes that are no artefact, or another one.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// A file that holds no inputs for the model.
    #[error("`{}`", path.display())]
    Input {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: InputError,
    },
    /// A set of inputs that the model does not take.
    #[error("`{}`{}", path.display(), set_name(*set, *count))]
    InputSet {
        /// The file.
        path: PathBuf,
        /// Which set, from zero on.
        set: usize,
        /// How many there are.
        count: usize,
        /// What is wrong with it.
        #[source]
        source: GraphError,
    },
    /// Artefacts that do not belong together.
    #[error(transparent)]
    Mismatch(#[from] MismatchError),
    /// Public values that are no statement of the model.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// A proof that is refused although Varuna accepts it.
    #[error(transparent)]
    Rejection(#[from] Rejection),
    /// A request that contradicts itself or the model.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A file that cannot be read or written.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// A witness that violates its circuit: a defect of LionML.
    #[error("the witness violates `{}` rows of the circuit", .0.violated)]
    Unsatisfied(CheckReport),
    /// A witness that cannot be computed: a defect of LionML.
    #[error(transparent)]
    Program(#[from] lionml_r1cs::ProgramError),
}

impl From<ImportError> for Error {
    fn from(error: ImportError) -> Self {
        Self::Onnx(Box::new(error))
    }
}

fn set_name(set: usize, count: usize) -> String {
    if count > 1 { format!(", set `{set}` (the first is `0`)") } else { String::new() }
}

fn io_name(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "file::not_found",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "file::permission_denied"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "file::disk_full",
        _ => "file::io",
    }
}

fn io_hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "check the path",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "check the permissions"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space and run it again"
        }
        io::ErrorKind::FileTooLarge => {
            "raise the limit on the size of files (`ulimit -f`) and run it again"
        }
        io::ErrorKind::IsADirectory => "give a file, not a directory",
        io::ErrorKind::NotADirectory => "give a directory where a file stands",
        io::ErrorKind::Interrupted | io::ErrorKind::TimedOut => {
            "run it again; nothing was left half-written"
        }
        _ => "choose another file; nothing was left half-written",
    }
}

/// The message of an error with those of its causes, the outermost first.
pub fn full_message(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// What kind of trouble an error is: decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// A proof that does not prove what it should.
    Rejected,
    /// A request that makes no sense.
    Usage,
    /// A model that LionML does not support.
    Unsupported,
    /// An artefact that is malformed, or that does not belong to another.
    Artifact,
    /// Inputs or samples that the model does not take.
    Input,
    /// A file that cannot be read or written.
    File,
    /// A reference string that is missing or too small.
    Srs,
    /// A network that does not answer, or not as was asked for.
    Network,
    /// Leo's tools, or a Leo program with mistakes.
    Leo,
    /// A defect of LionML.
    Internal,
}

impl ErrorKind {
    /// The kind of the error with this name: its family decides.
    pub fn of_name(name: &str) -> Self {
        match name.split_once("::").map_or("", |(family, _)| family) {
            "proof" => Self::Rejected,
            "request" => Self::Usage,
            "onnx" | "model" => Self::Unsupported,
            "artifact" | "mismatch" => Self::Artifact,
            "input" => Self::Input,
            "file" => Self::File,
            "srs" => Self::Srs,
            "network" => Self::Network,
            "leo" => Self::Leo,
            _ => Self::Internal,
        }
    }
}

impl Error {
    /// The name of the error: stable across versions.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OnnxFile { source, .. } | Self::Onnx(source) => names::onnx_name(source),
            Self::Graph(error) | Self::InputSet { source: error, .. } => names::graph_name(error),
            Self::Leo(error) => names::leo_name(error),
            Self::Varuna(error) => names::varuna_name(error),
            Self::Fetch(FetchError::Io(source)) => io_name(source),
            Self::Fetch(_) => "srs::fetch",
            Self::ArtifactFile { source, .. } | Self::Artifact(source) => source.name(),
            Self::Input { source, .. } => source.name(),
            Self::Mismatch(error) => error.name(),
            Self::Statement(error) => statement::name(error),
            Self::Rejection(error) => error.name(),
            Self::Request(error) => error.name(),
            Self::Io { source, .. } => io_name(source),
            Self::Unsatisfied(_) => "internal::unsatisfied",
            Self::Program(_) => "internal::program",
        }
    }

    /// What kind of trouble it is.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::of_name(self.name())
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        let text = match self {
            Self::OnnxFile { source, .. } | Self::Onnx(source) => return names::onnx_hint(source),
            Self::Varuna(error) => return names::varuna_hint(error),
            Self::Graph(error) | Self::InputSet { source: error, .. } => names::graph_hint(error),
            Self::Leo(error) => names::leo_hint(error),
            Self::Fetch(FetchError::Checksum { .. }) => {
                "try again from the start, or name another server with `--url`"
            }
            Self::Fetch(FetchError::Io(source)) => io_hint(source),
            Self::Fetch(error) if error.is_bad_address() => {
                "give an address that begins with `https://` or `http://`"
            }
            Self::Fetch(_) => {
                "try again: what arrived is kept, and the download goes on from there"
            }
            Self::ArtifactFile { source, .. } | Self::Artifact(source) => source.hint(),
            Self::Input { source, .. } => source.hint(),
            Self::Mismatch(error) => error.hint(),
            Self::Statement(_) => "do not trust the proof: it was not made by this program",
            Self::Rejection(error) => error.hint(),
            Self::Request(error) => error.hint(),
            Self::Io { source, .. } => io_hint(source),
            Self::Unsatisfied(_) | Self::Program(_) => "this is a defect of lionml: report it",
        };
        text.to_owned()
    }
}
