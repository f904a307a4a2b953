//! What can go wrong.

use std::{io, path::PathBuf};

use lionml::ErrorKind;

/// A measurement that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A model that does not compile, a proof that fails.
    #[error(transparent)]
    Lionml(#[from] lionml::Error),
    /// A model that cannot be imported.
    #[error(transparent)]
    Onnx(Box<lionml_onnx::ImportError>),
    /// A name of no published model.
    #[error("no published model is called `{name}`: there are {}", known.join(", "))]
    UnknownModel {
        /// The name.
        name: String,
        /// The names that exist.
        known: Vec<&'static str>,
    },
    /// A model and its inputs that do not fit.
    #[error("the samples of `{model}` do not fit the model")]
    TestSet {
        /// The model.
        model: &'static str,
    },
    /// A count that must be positive.
    #[error("`{field}` is zero")]
    Zero {
        /// The count.
        field: &'static str,
    },
    /// A program that cannot be started.
    #[error("cannot run `{}`", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A Python without ezkl.
    #[error("`{}` has no ezkl: {reason}", python.display())]
    NoEzkl {
        /// The interpreter.
        python: PathBuf,
        /// The last line of what it said.
        reason: String,
    },
    /// A process of a measurement that failed.
    #[error("{what} of `{model}` failed: {reason}")]
    Process {
        /// What was measured.
        what: String,
        /// The model.
        model: String,
        /// The last line of what it said.
        reason: String,
    },
    /// A file of a measurement that cannot be read or written.
    #[error("a file of the measurement")]
    Io(#[from] io::Error),
    /// A file of ezkl that is not as expected.
    #[error("`{file}` of ezkl has no `{field}`")]
    EzklFile {
        /// The file.
        file: &'static str,
        /// What is missing.
        field: &'static str,
    },
}

impl From<lionml_onnx::ImportError> for Error {
    fn from(error: lionml_onnx::ImportError) -> Self {
        Self::Onnx(Box::new(error))
    }
}

impl Error {
    /// The name of the error: stable across versions.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Lionml(error) => error.name(),
            Self::Onnx(_) => "onnx::reference",
            Self::UnknownModel { .. } => "request::unknown_model",
            Self::Zero { .. } => "request::zero",
            Self::NoEzkl { .. } => "request::no_ezkl",
            Self::Start { .. } => "request::program",
            Self::TestSet { .. } => "internal::test_set",
            Self::Process { .. } => "internal::process",
            Self::EzklFile { .. } => "internal::ezkl_file",
            Self::Io(_) => "file::io",
        }
    }

    /// What kind of trouble it is.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::of_name(self.name())
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        let text = match self {
            Self::Lionml(error) => return error.hint(),
            Self::NoEzkl { .. } | Self::Start { .. } => {
                "install it with `python3 -m venv ezkl && ezkl/bin/pip install ezkl==23.0.5`, and \
                 pass `--python ezkl/bin/python`"
            }
            Self::UnknownModel { .. } => "name one of these",
            Self::Zero { .. } => "give one or more",
            Self::Io(_) => "set-ups of large models take gigabytes: see that `TMPDIR` has them",
            Self::Process { .. } => "measure this model alone with `--model` to see more",
            Self::Onnx(_) | Self::TestSet { .. } | Self::EzklFile { .. } => {
                "this is a defect of lionml: report it"
            }
        };
        text.to_owned()
    }
}
