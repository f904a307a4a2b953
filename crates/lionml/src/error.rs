//! Errors: typed, with a stable name, a hint and a kind that decides the exit code.

use std::path::PathBuf;

use lionml_graph::GraphError;
use lionml_onnx::ImportError;
use lionml_r1cs::{CheckReport, Digest};
use lionml_tensor::{Shape, ShapeError};
use serde::Serialize;

use crate::ArtifactKind;

/// Anything that a request can fail with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A model that cannot be read.
    #[error(transparent)]
    Onnx(#[from] ImportError),
    /// A model that cannot be quantised, lowered or run.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A set-up, proof or verification that failed.
    #[error(transparent)]
    Varuna(#[from] lionml_varuna::Error),
    /// Powers of the ceremony that cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] lionml_varuna::FetchError),
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
        source: std::io::Error,
    },
    /// A witness that violates its circuit: a defect of LionML.
    #[error("the witness violates `{}` rows of the circuit", .0.violated)]
    Unsatisfied(CheckReport),
    /// A witness that cannot be computed: a defect of LionML.
    #[error(transparent)]
    Program(#[from] lionml_r1cs::ProgramError),
}

/// Bytes that are not the artefact that they should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArtifactError {
    /// Bytes that no version of LionML wrote.
    #[error("not a {expected} of LionML")]
    NotOurs {
        /// What was asked for.
        expected: ArtifactKind,
    },
    /// An artefact of another kind.
    #[error("a {got} where a {expected} is needed")]
    Kind {
        /// What was asked for.
        expected: ArtifactKind,
        /// What it is.
        got: ArtifactKind,
    },
    /// A version that this program does not know.
    #[error("the {kind} has version `{version}`, this program reads `{}`", ArtifactKind::VERSION)]
    Newer {
        /// What was asked for.
        kind: ArtifactKind,
        /// Its version.
        version: u32,
    },
    /// A version that this program no longer knows.
    #[error("the {kind} has version `{version}`, this program reads `{}`", ArtifactKind::VERSION)]
    Older {
        /// What was asked for.
        kind: ArtifactKind,
        /// Its version.
        version: u32,
    },
    /// Fewer bytes than there should be.
    #[error("the {kind} is cut off: `{got}` bytes of at least `{expected}`")]
    Truncated {
        /// What was asked for.
        kind: ArtifactKind,
        /// How many bytes it should have.
        expected: usize,
        /// How many it has.
        got: usize,
    },
    /// More bytes than there should be.
    #[error("the {kind} has `{got}` bytes instead of `{expected}`")]
    Extended {
        /// What was asked for.
        kind: ArtifactKind,
        /// How many bytes it should have.
        expected: usize,
        /// How many it has.
        got: usize,
    },
    /// Bytes that changed since they were written.
    #[error("the checksum of the {kind} is wrong")]
    Checksum {
        /// What was asked for.
        kind: ArtifactKind,
    },
    /// A content that does not parse.
    #[error("the {kind} is malformed: {reason}")]
    Malformed {
        /// What was asked for.
        kind: ArtifactKind,
        /// What does not parse.
        reason: String,
    },
    /// A content that parses but would have been written otherwise.
    #[error("the {kind} is not in its one encoding")]
    NotCanonical {
        /// What was asked for.
        kind: ArtifactKind,
    },
}

/// Artefacts that do not belong together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MismatchError {
    /// A compiled model that makes another circuit than it says.
    #[error("the compiled model says circuit `{expected}` and makes `{got}`")]
    Circuit {
        /// The digest in the file.
        expected: Digest,
        /// The digest of its circuit.
        got: Digest,
    },
    /// Keys of another model.
    #[error("the keys are of circuit `{got}`, the model makes `{expected}`")]
    Keys {
        /// The digest of the model's circuit.
        expected: Digest,
        /// The digest that the keys name.
        got: Digest,
    },
    /// Keys of a compiled model that differs in something beside its circuit.
    #[error("the keys are of the compiled model `{got}`, the one at hand is `{expected}`")]
    Model {
        /// The digest of the compiled model's file.
        expected: Digest,
        /// The digest that the keys name.
        got: Digest,
    },
    /// A proving key and a verifying key of different set-ups.
    #[error("the proving key and the verifying key are of different set-ups")]
    KeyPair,
    /// A manifest that is not the one of the key.
    #[error("the manifest is `{got}`, the verifying key holds `{expected}`")]
    Manifest {
        /// The digest of the key's manifest.
        expected: Digest,
        /// The digest of the other one.
        got: Digest,
    },
    /// A proof that was made for another key.
    #[error("the proof is for the key `{got}`, the key at hand is `{expected}`")]
    ProofKey {
        /// The digest of the file at hand.
        expected: Digest,
        /// The digest that the proof names.
        got: Digest,
    },
    /// A verifying key with another digest than expected.
    #[error("the verifying key is `{got}`, expected `{expected}`")]
    ExpectedKey {
        /// What was expected.
        expected: Digest,
        /// The digest of the file.
        got: Digest,
    },
    /// An ONNX file that is not the one of the manifest.
    #[error("the model is `{got}`, the manifest is of `{expected}`")]
    Onnx {
        /// The digest in the manifest.
        expected: Digest,
        /// The digest of the file.
        got: Digest,
    },
    /// A manifest that is not what the model and its settings make.
    #[error("the model and the manifest's settings make another manifest, of digest `{got}`")]
    Recomputed {
        /// The digest of the manifest that was made.
        got: Digest,
    },
    /// A verifying key that is not what the model and the manifest make.
    #[error("the model and the manifest make another verifying key")]
    RecomputedKey,
}

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
}

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
    #[error("the JSON is not of the form `{{\"input_data\": [[numbers], …]}}`")]
    Format,
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
    #[error("there is no array `{input}`")]
    Array {
        /// The name of the input.
        input: String,
    },
    /// Arrays with different numbers of sets.
    #[error("the arrays hold different numbers of inputs")]
    Batch,
    /// A shape that memory does not hold, or that its data does not fill.
    #[error(transparent)]
    Tensor(#[from] ShapeError),
}

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
    /// A defect of LionML.
    Internal,
}

impl ArtifactError {
    fn name(&self) -> &'static str {
        match self {
            Self::NotOurs { .. } => "artifact::not_ours",
            Self::Kind { .. } => "artifact::other_kind",
            Self::Newer { .. } => "artifact::newer_version",
            Self::Older { .. } => "artifact::older_version",
            Self::Truncated { .. } => "artifact::truncated",
            Self::Extended { .. } => "artifact::extended",
            Self::Checksum { .. } => "artifact::checksum",
            Self::Malformed { .. } => "artifact::malformed",
            Self::NotCanonical { .. } => "artifact::not_canonical",
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::NotOurs { .. } | Self::Kind { .. } => "check which file goes where",
            Self::Newer { .. } => "upgrade lionml",
            Self::Older { .. } => "make it again with this version of lionml",
            _ => "copy it again from where it came, or make it again",
        }
    }
}

impl InputError {
    fn name(&self) -> &'static str {
        match self {
            Self::Json { .. } | Self::Npy { .. } | Self::Npz { .. } => "input::malformed",
            Self::Format => "input::format",
            Self::NpyElement { .. } => "input::element",
            Self::Empty => "input::empty",
            Self::Count { .. } => "input::count",
            Self::Length { .. } => "input::length",
            Self::Shape { .. } | Self::Tensor(_) => "input::shape",
            Self::Array { .. } => "input::missing_array",
            Self::Batch => "input::batch",
        }
    }
}

impl MismatchError {
    fn name(&self) -> &'static str {
        match self {
            Self::Circuit { .. } => "mismatch::circuit",
            Self::Keys { .. } => "mismatch::keys",
            Self::Model { .. } => "mismatch::model",
            Self::KeyPair => "mismatch::key_pair",
            Self::Manifest { .. } => "mismatch::manifest",
            Self::ProofKey { .. } => "mismatch::proof_key",
            Self::ExpectedKey { .. } => "mismatch::expected_key",
            Self::Onnx { .. } => "mismatch::onnx",
            Self::Recomputed { .. } => "mismatch::recomputed_manifest",
            Self::RecomputedKey => "mismatch::recomputed_key",
        }
    }
}

impl Error {
    /// The name of the error: stable across versions.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Onnx(error) => onnx_name(error),
            Self::Graph(error) => graph_name(error),
            Self::Varuna(error) => varuna_name(error),
            Self::Fetch(_) => "srs::fetch",
            Self::ArtifactFile { source, .. } | Self::Artifact(source) => source.name(),
            Self::Input { source, .. } => source.name(),
            Self::Mismatch(error) => error.name(),
            Self::Statement(StatementError::Elements { .. } | StatementError::Publics { .. }) => {
                "proof::elements"
            }
            Self::Statement(StatementError::Value { .. }) => "proof::value_out_of_range",
            Self::Statement(StatementError::Manifest) => "internal::manifest",
            Self::Rejection(Rejection::Insecure) => "proof::insecure",
            Self::Rejection(Rejection::Context { .. }) => "proof::context",
            Self::Request(error) => match error {
                RequestError::Context { .. } => "request::context",
                RequestError::Digest { .. } => "request::digest",
                RequestError::UnknownPort { .. } => "request::unknown_name",
                RequestError::Range { .. } => "request::range",
                RequestError::NoRange { .. } => "request::no_range",
                RequestError::Field { .. } => "request::field",
                RequestError::NotDirectory { .. } => "request::not_directory",
            },
            Self::Io { source, .. } => match source.kind() {
                std::io::ErrorKind::NotFound => "file::not_found",
                std::io::ErrorKind::PermissionDenied => "file::permission_denied",
                std::io::ErrorKind::StorageFull => "file::disk_full",
                _ => "file::io",
            },
            Self::Unsatisfied(_) => "internal::unsatisfied",
            Self::Program(_) => "internal::program",
        }
    }

    /// What kind of trouble it is.
    pub fn kind(&self) -> ErrorKind {
        match self.name().split_once("::").map_or("", |(family, _)| family) {
            "proof" => ErrorKind::Rejected,
            "request" => ErrorKind::Usage,
            "onnx" | "model" => ErrorKind::Unsupported,
            "artifact" | "mismatch" => ErrorKind::Artifact,
            "input" => ErrorKind::Input,
            "file" => ErrorKind::File,
            "srs" => ErrorKind::Srs,
            _ => ErrorKind::Internal,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        let text = match self {
            Self::Onnx(error) => return onnx_hint(error),
            Self::Graph(error) => graph_hint(error),
            Self::Varuna(lionml_varuna::Error::MissingPowers { power, .. }) => {
                return format!(
                    "fetch them with `lionml fetch-srs --power {power}`, or use `--srs dev`, \
                     which is insecure, for tests"
                );
            }
            Self::Varuna(lionml_varuna::Error::Proving) => {
                "run `lionml setup` for this model again"
            }
            Self::Varuna(error) => error.hint().unwrap_or("this is a defect of lionml: report it"),
            Self::Fetch(_) => {
                "try again: what arrived is kept, and the download goes on from there"
            }
            Self::ArtifactFile { source, .. } | Self::Artifact(source) => source.hint(),
            Self::Input { source, .. } => match source {
                InputError::Json { .. } | InputError::Format => {
                    "write `{\"input_data\": [[…]]}` with one flat list of numbers an input"
                }
                InputError::Npz { .. } | InputError::Npy { .. } => "save it again with NumPy",
                _ => "`lionml inspect` shows the inputs of the model with their shapes",
            },
            Self::Mismatch(error) => match error {
                MismatchError::Circuit { .. } => "compile the model again",
                MismatchError::Keys { .. }
                | MismatchError::Model { .. }
                | MismatchError::KeyPair => "run `lionml setup` for this model again",
                MismatchError::ProofKey { .. } => "ask for the key that the proof was made with",
                _ => "do not trust the one that came from elsewhere",
            },
            Self::Statement(_) => "do not trust the proof: it was not made by this program",
            Self::Rejection(Rejection::Insecure) => {
                "prove with `--srs ceremony`, or pass `--allow-insecure` in tests"
            }
            Self::Rejection(Rejection::Context { .. }) => {
                "the proof was made for another occasion: ask for one with this context"
            }
            Self::Request(error) => match error {
                RequestError::Context { .. } => "write a decimal number, or `0x` and 64 digits",
                RequestError::NoRange { .. } => {
                    "give `--samples samples.json` or `--input-range low:high`"
                }
                _ => "see `lionml help` for what a request may hold",
            },
            Self::Io { source, .. } => match source.kind() {
                std::io::ErrorKind::NotFound => "check the path",
                std::io::ErrorKind::PermissionDenied => "check the permissions",
                std::io::ErrorKind::StorageFull => "free some space and run it again",
                _ => "run it again; nothing was left half-written",
            },
            Self::Unsatisfied(_) | Self::Program(_) => "this is a defect of lionml: report it",
        };
        text.to_owned()
    }
}

fn onnx_name(error: &ImportError) -> &'static str {
    match error {
        ImportError::NotOnnx { .. } => "onnx::not_onnx",
        ImportError::Opset { .. } => "onnx::unsupported_opset",
        ImportError::UnsupportedOps { .. } => "onnx::unsupported_op",
        ImportError::UnsupportedPart { .. } => "onnx::unsupported_part",
        ImportError::Attribute { .. } => "onnx::unsupported_attribute",
        ImportError::Operand { .. } => "onnx::unsupported_operand",
        ImportError::TooLarge { .. } => "onnx::too_large",
        ImportError::ElementType { .. } => "onnx::unsupported_type",
        ImportError::FreeDimension { .. } => "onnx::free_dimension",
        ImportError::NoShape { .. } => "onnx::no_shape",
        ImportError::UnknownDimension { .. } => "request::unknown_dimension",
        ImportError::UnknownInput { .. } => "request::unknown_name",
        ImportError::Inputs { .. } => "input::count",
        _ => "onnx::invalid",
    }
}

fn onnx_hint(error: &ImportError) -> String {
    error.hint().unwrap_or_else(|| "`lionml inspect` shows what is supported".to_owned())
}

fn graph_name(error: &GraphError) -> &'static str {
    use lionml_ops::OpError;
    match error {
        GraphError::Inputs { .. } => "input::count",
        GraphError::InputShape { .. } => "input::shape",
        GraphError::InputRange { .. } => "input::out_of_range",
        GraphError::InputNotFinite { .. } => "input::not_finite",
        GraphError::InputElement { .. } => "input::element",
        GraphError::Op { source: OpError::OutsideCalibration { .. }, .. } => {
            "input::outside_calibration"
        }
        GraphError::Op { .. } => "model::operator",
        GraphError::Number { .. } => "model::number",
        GraphError::Outlet { .. } => "model::outlet",
        GraphError::InputInterval { .. } => "model::input_interval",
        GraphError::Outputs { .. } => "model::outputs",
        _ => "internal::interval",
    }
}

fn graph_hint(error: &GraphError) -> &'static str {
    match graph_name(error) {
        "input::out_of_range" => "compile with samples or an `--input-range` that cover the value",
        "input::outside_calibration" => {
            "compile with more samples, a larger `--margin`, or `--bounds proven`"
        }
        "input::not_finite" | "input::element" => "correct the value",
        name if name.starts_with("input") => {
            "`lionml inspect` shows the inputs of the model with their shapes"
        }
        "model::number" => "compile with fewer `--bits`, or a narrower `--input-range`",
        name if name.starts_with("model") => "`lionml inspect` shows what is supported",
        _ => "this is a defect of lionml: report it",
    }
}

fn varuna_name(error: &lionml_varuna::Error) -> &'static str {
    use lionml_varuna::Error as E;
    match error {
        E::MissingPowers { .. } => "srs::missing_powers",
        E::DegreeTooLarge { .. } => "srs::too_large",
        E::DegreeTooSmall { .. } => "srs::too_small",
        E::CorruptFile { .. } => "srs::corrupt_file",
        E::Io(_) => "srs::io",
        E::OtherCircuit => "mismatch::keys",
        // The witness is right and the powers suffice: what is left is a key whose label of the
        // reference string, or whose commitments, are wrong.
        E::Proving => "mismatch::proving",
        E::CertificateRejected => "mismatch::recomputed_key",
        E::MixedSrs => "mismatch::reference_strings",
        E::Rejected => "proof::rejected",
        E::InstanceCounts { .. } | E::PublicCount { .. } | E::PublicOne { .. } => "proof::elements",
        E::Format(_) => "artifact::malformed",
        _ => "internal::varuna",
    }
}
