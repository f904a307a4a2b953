//! Errors of inputs and samples.

use lionml_tensor::{Shape, ShapeError};

/// A file that holds no inputs for the model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// A text that is no JSON.
    #[error("not JSON: {reason}")]
    Json {
        /// Where and why.
        reason: String,
    },
    /// A JSON text of another form.
    #[error("the JSON is not of the form `{{\"input_data\": [[numbers], …]}}`: {reason}")]
    Format {
        /// Where and why.
        reason: String,
    },
    /// A text with what only some dialects of JSON have.
    #[error("line `{line}`: NaN and infinity are no numbers of JSON, and no inputs")]
    NotFinite {
        /// The line.
        line: usize,
    },
    /// One of several sets that does not fit.
    #[error("set `{set}` (the first is `0`)")]
    Set {
        /// Which, from zero on.
        set: usize,
        /// What is wrong with it.
        source: Box<InputError>,
    },
    /// An array that does not parse.
    #[error("the `.npy` array is malformed: {reason}")]
    Npy {
        /// What does not parse.
        reason: String,
    },
    /// An array of something else than numbers.
    #[error("elements of type `{descriptor}` are no numbers")]
    NpyElement {
        /// NumPy's name of the type.
        descriptor: String,
    },
    /// An archive that does not open.
    #[error("the `.npz` archive is malformed: {reason}")]
    Npz {
        /// What does not open.
        reason: String,
    },
    /// An archive that unpacks to more than memory should hold.
    #[error("its numbers take more than `{limit}` bytes")]
    TooLarge {
        /// How many they may take.
        limit: usize,
    },
    /// No inputs at all.
    #[error("there are no inputs in it")]
    Empty,
    /// Another number of inputs than the model has.
    #[error("the model takes `{expected}` inputs, got `{got}`")]
    Count {
        /// How many the model takes.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// Another number of values than the input has.
    #[error("input `{input}` of shape `{shape}` takes `{expected}` values, got `{got}`")]
    Length {
        /// The name of the input.
        input: String,
        /// Its shape.
        shape: Shape,
        /// How many values it takes.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// An array of another shape.
    #[error("input `{input}` has shape `{expected}`, the array `{got}`")]
    Shape {
        /// The name of the input.
        input: String,
        /// Its shape.
        expected: Shape,
        /// The shape of the array.
        got: Shape,
    },
    /// An archive without an array of the input's name.
    #[error("there is no array `{input}` among: {arrays}")]
    Array {
        /// The name of the input.
        input: String,
        /// The names of the first arrays of numbers that there are.
        arrays: String,
    },
    /// Arrays with different numbers of sets.
    #[error("the arrays hold different numbers of inputs")]
    Batch,
    /// A shape that memory does not hold, or that its data does not fill.
    #[error(transparent)]
    Tensor(#[from] ShapeError),
}

impl InputError {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Json { .. } | Self::Npy { .. } | Self::Npz { .. } => "input::malformed",
            Self::Format { .. } => "input::format",
            Self::NotFinite { .. } => "input::not_finite",
            Self::Set { source, .. } => source.name(),
            Self::NpyElement { .. } => "input::element",
            Self::TooLarge { .. } => "input::too_large",
            Self::Empty => "input::empty",
            Self::Count { .. } => "input::count",
            Self::Length { .. } => "input::length",
            Self::Shape { .. } | Self::Tensor(_) => "input::shape",
            Self::Array { .. } => "input::missing_array",
            Self::Batch => "input::batch",
        }
    }

    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::Set { source, .. } => source.hint(),
            Self::NotFinite { .. } => "correct the value",
            Self::Json { .. } | Self::Format { .. } => {
                "write `{\"input_data\": [[…]]}` with one flat list of numbers an input"
            }
            Self::TooLarge { .. } => "save fewer samples, or the inputs in several files",
            Self::Npz { .. } | Self::Npy { .. } => "save it again with NumPy",
            _ => "`lionml inspect` shows the inputs of the model with their shapes",
        }
    }
}
