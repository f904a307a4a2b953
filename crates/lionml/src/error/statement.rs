//! Errors of statements: proofs that do not prove what they should.

use lionml_statement::StatementError;
use lionml_varuna::SrsKind;

/// A proof that is refused although it may verify.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// A proof over the development reference string.
    #[error("the proof is over the development reference string: anybody can forge it")]
    Insecure,
    /// A proof bound to another context.
    #[error("the proof is bound to the context `{got}`, expected `{expected}`")]
    Context {
        /// What was expected.
        expected: String,
        /// What the proof is bound to.
        got: String,
    },
    /// A key or proof that says it is over another reference string than it is.
    #[error("made over the `{found}` reference string, and says over the `{said}` one")]
    Srs {
        /// What the file says.
        said: SrsKind,
        /// What it is over.
        found: SrsKind,
    },
    /// Values or a salt that a digest is not of.
    #[error("the opening of `{name}` is not what its digest is of")]
    Opening {
        /// The name of the input or output.
        name: String,
    },
}

pub(super) fn name(error: &StatementError) -> &'static str {
    match error {
        StatementError::Value { .. } => "proof::value_out_of_range",
        StatementError::Link { .. } => "proof::link",
        _ => "proof::elements",
    }
}

impl Rejection {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Insecure => "proof::insecure",
            Self::Context { .. } => "proof::context",
            Self::Srs { .. } => "proof::srs",
            Self::Opening { .. } => "proof::opening",
        }
    }

    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::Insecure => {
                "make the keys with `lionml setup --srs ceremony`, or pass `--allow-insecure` in tests"
            }
            Self::Context { .. } => {
                "the proof was made for another occasion: ask for one with this context"
            }
            Self::Srs { .. } => "do not trust the file: it was not made by this program",
            Self::Opening { .. } => {
                "these were not the values in this proof: ask for the file that was written beside it"
            }
        }
    }
}
