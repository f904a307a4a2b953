//! Prove machine-learning inferences with Varuna: the library.
//!
//! ```text
//! model.onnx ──Compile──▶ model.lion ──Setup──▶ model.pk, model.vk
//!                         model.lion, model.pk, input ──Prove──▶ proof.json
//!                                     proof.json, model.vk ──Verify──▶ what is proven
//! ```
//!
//! There is one request for each command about models and proofs ([`Compile`], [`Setup`], [`Prove`], [`Verify`], [`Run`],
//! [`Check`], [`Inspect`], [`Audit`], [`Transpile`], [`ExportWitness`], [`ExportLeo`], [`FetchSrs`], [`Demo`]): a plain structure that can be read
//! from JSON, whose `execute` returns a report that can be written as JSON. Below them are the
//! values that the files hold: [`CompiledModel`], [`Prover`], [`ProofFile`], [`VerifierKey`].
//!
//! A model of two nodes, `relu(x W + b)`, from its ONNX file to a compiled model:
//!
//! ```
//! use lionml::{CompileOptions, CompiledModel, Visibility};
//!
//! # let onnx = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/two_nodes.onnx"));
//! let options = CompileOptions {
//!     dims: [("batch".to_owned(), 1)].into(),
//!     input_range: Some((-1.0, 1.0)),
//!     ..CompileOptions::default()
//! };
//! let (model, report) = CompiledModel::compile(onnx, None, &options)?;
//! assert_eq!(model.manifest.inputs()[0].visibility, Visibility::Private);
//! assert!(report.output_errors[0] < 0.01 && report.sizes.constraints < 100);
//! # Ok::<_, lionml::Error>(())
//! ```
//!
//! And from there to a proof that somebody else verifies:
//!
//! ```no_run
//! use lionml::{InputFile, ProofFile, ProveOptions, SrsOptions, VerifierKey, VerifyOptions};
//!
//! # let model = lionml::CompiledModel::compile(&[], None, &lionml::CompileOptions::default())?.0;
//! // Whoever proves.
//! let prover = model.prepare(&SrsOptions::default())?;
//! let input = InputFile::read("input.json".as_ref())?;
//! let inputs = model.bind(&input, "input.json".as_ref())?;
//! let proven = prover.prove(&inputs, &ProveOptions::default())?;
//! let (proof, key) = (proven.file.to_bytes()?, prover.verifier().to_bytes()?);
//!
//! // Whoever verifies, and knows by its digest that the key is the model's.
//! let key = VerifierKey::from_bytes(&key)?;
//! let proof = ProofFile::from_bytes(&proof)?;
//! let verified = key.verify(&proof, &VerifyOptions::default())?;
//! println!("{:?}", verified.instances[0].outputs[0].values);
//! # Ok::<_, lionml::Error>(())
//! ```

mod artifact;
mod audit;
mod cache;
mod check;
mod compile;
mod compiled;
mod container;
mod demo;
mod element;
mod error;
mod executable;
mod fetch;
mod files;
mod import;
mod inference;
mod input;
mod inspect;
mod json;
mod json_keys;
mod keys;
mod leo_package;
mod manifest;
mod memory;
mod model_file;
mod module;
mod opening;
mod options;
mod proof;
mod prove;
mod prover;
mod run;
mod scalar;
mod setup;
mod sizes;
mod transpile;
mod verifier;
mod verify;
mod witness;

pub use audit::{Audit, AuditReport, Fidelity, InputRange, Recompiled, recompile};
pub use check::{Check, CheckOutcome, RowFailure};
pub use compile::{Compile, CompileReport, HeldOut, NodeReport};
pub use compiled::{CompiledModel, Part};
pub use container::ArtifactKind;
pub use demo::{Demo, DemoReport};
pub use element::FieldText;
pub use error::{
    ArtifactError, Error, ErrorKind, InputError, MismatchError, Rejection, RequestError,
    full_message,
};
pub use fetch::{FetchReport, FetchSrs};
pub use files::{Readers, remove_unfinished_files, write_file};
pub use inference::InferenceReport;
pub use input::InputFile;
pub use inspect::{Inspect, InspectReport, OpReport, PortReport, UnsupportedNode};
pub use keys::{CircuitKey, ProverKey, VerifierKey};
pub use leo_package::{is_leo_name, leo_package_json};
pub use lionml_graph::Bounds;
pub use lionml_r1cs::{Digest, Fr};
pub use lionml_statement::{
    Element, HEADER, Interface, Item, Link, Plan, PlanError, Port, PortRef, Shown, StatementError,
    Visibility, is_hidden,
};
pub use lionml_tensor::{Shape, Tensor};
pub use lionml_varuna::{Certificate, DEFAULT_BASE_URL, Proof, Srs, SrsKind};
pub use manifest::Manifest;
pub use memory::peak_bytes;
pub use module::{ExportLeo, ExportLeoReport};
pub use opening::{OpenedPort, Opening};
pub use options::{CompileOptions, Event, Events, SrsOptions};
pub use proof::ProofFile;
pub use prove::Prove;
pub use prover::{ProveOptions, Proven, Prover};
pub use run::Run;
pub use scalar::Scalar;
pub use setup::{Setup, SetupReport};
pub use sizes::Sizes;
pub use transpile::{Transpile, TranspileReport};
pub use verifier::{Verified, VerifiedInstance, VerifiedPort, VerifyOptions};
pub use verify::{Verify, VerifyReport};
pub use witness::{ExportWitness, ExportWitnessReport};

/// The digest with this hexadecimal text of 64 small digits.
pub(crate) fn digest_from_hex(text: &str) -> Option<Digest> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(Digest(bytes)).filter(|digest| digest.to_string() == text)
}
