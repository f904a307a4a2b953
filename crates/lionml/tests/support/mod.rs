//! A model of two nodes, compiled and proved once for each test program.

#![allow(dead_code, reason = "each test program uses its part")]

use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
};

use lionml::{
    CompileOptions, CompiledModel, Error, InputFile, ProofFile, ProveOptions, Prover, Shape, Srs,
    Tensor, Verified, VerifyOptions, Visibility,
};

pub(crate) const ONNX: &[u8] = include_bytes!("../fixtures/two_nodes.onnx");

/// `two_nodes.onnx` in the source tree.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

pub(crate) fn options() -> CompileOptions {
    CompileOptions {
        name: Some("two_nodes".to_owned()),
        dims: [("batch".to_owned(), 1)].into(),
        input_range: Some((-1.0, 1.0)),
        bits: Some(6),
        ..CompileOptions::default()
    }
}

pub(crate) fn compile(options: &CompileOptions) -> CompiledModel {
    CompiledModel::compile(ONNX, None, options).unwrap().0
}

pub(crate) static CEREMONY: LazyLock<Srs> = LazyLock::new(|| Srs::ceremony(1 << 13, None).unwrap());
pub(crate) static DEVELOPMENT: LazyLock<Srs> =
    LazyLock::new(|| Srs::development(1 << 13, None).unwrap());

/// The model with a private input and a public output.
pub(crate) static PROVER: LazyLock<Prover> =
    LazyLock::new(|| compile(&options()).setup(&CEREMONY).unwrap());

/// A proof of it for [`inputs`].
pub(crate) static PROOF: LazyLock<ProofFile> =
    LazyLock::new(|| PROVER.prove(&inputs(1), &ProveOptions::default()).unwrap().file);

/// Different sets of inputs.
pub(crate) fn inputs(count: usize) -> Vec<Vec<Tensor<f64>>> {
    let set = |index: usize| {
        let step = index as f64 / 8.0;
        vec![Tensor::new(Shape::from([1, 3]), vec![0.5 - step, -0.25, step]).unwrap()]
    };
    (0..count).map(set).collect()
}

/// `relu(x W + b)`
pub(crate) fn expected(set: &[Tensor<f64>]) -> [f64; 2] {
    let x = set[0].data();
    [
        (x[0] + 0.25 * x[1] - x[2] + 0.5).max(0.0),
        (-0.5 * x[0] + 0.75 * x[1] + 0.5 * x[2] - 0.25).max(0.0),
    ]
}

pub(crate) fn verify(prover: &Prover, proof: &ProofFile) -> Result<Verified, Error> {
    prover.verifier().verify(proof, &VerifyOptions::default())
}

pub(crate) fn with_visibility(input: Visibility, output: Visibility) -> CompileOptions {
    CompileOptions { input_visibility: input, output_visibility: output, ..options() }
}

/// The name of the error.
pub(crate) fn name<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.unwrap_err().name()
}

pub(crate) fn input_file(text: &str) -> InputFile {
    InputFile::parse(text.as_bytes()).unwrap()
}
