//! Errors of statements: proofs that do not prove what they should.

use lionml_varuna::SrsKind;

/// Public values that are no statement of the model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Another number of public elements than the manifest describes.
    #[error("the manifest describes `{expected}` public elements, the proof has `{got}`")]
    Elements {
        /// What the manifest describes.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// A proof of nothing.
    #[error("the proof has no instances: it proves nothing")]
    NoInstances,
    /// A key with another number of public elements than the manifest describes.
    #[error("the manifest describes `{expected}` public elements in all, the key has `{got}`")]
    Publics {
        /// What the manifest describes, without padding.
        expected: usize,
        /// What the key has, with padding.
        got: usize,
    },
    /// A public value outside the interval that the manifest declares.
    #[error("`{name}`, element `{element}`: the value lies outside the interval of the manifest")]
    Value {
        /// The name of the input or output.
        name: String,
        /// The element.
        element: usize,
    },
    /// A manifest without a text.
    #[error("the manifest cannot be encoded")]
    Manifest,
}

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

impl StatementError {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Elements { .. } | Self::Publics { .. } | Self::NoInstances => "proof::elements",
            Self::Value { .. } => "proof::value_out_of_range",
            Self::Manifest => "internal::manifest",
        }
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
