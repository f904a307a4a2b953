//! ONNX Runtime as the oracle of what an ONNX file means: in Python, all models of a test in one process.

use std::{path::PathBuf, process::Command};

use lionml_tensor::Tensor;
use serde::{Deserialize, Serialize};

/// A model and the inputs to run it on.
#[derive(Clone, Debug)]
pub struct Question {
    /// The ONNX file.
    pub model: Vec<u8>,
    /// For each run its inputs, in the order of the file.
    pub runs: Vec<Vec<Tensor<f64>>>,
}

/// For each run of a model its outputs, or why ONNX Runtime refuses the model.
pub type Answer = Result<Vec<Vec<Tensor<f64>>>, String>;

/// A tensor with its values as texts.
#[derive(Serialize, Deserialize)]
struct Texts {
    shape: Vec<usize>,
    values: Vec<String>,
}

#[derive(Deserialize)]
enum Outcome {
    #[serde(rename = "runs")]
    Runs(Vec<Vec<Texts>>),
    #[serde(rename = "error")]
    Error(String),
}

/// What ONNX Runtime makes of models. Integers are exact up to 2^53.
///
/// # Panics
///
/// Where there is no Python with ONNX Runtime: a test that is left out shows nothing.
pub fn ask(questions: &[Question]) -> Vec<Answer> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    let mut inputs = Vec::with_capacity(questions.len());
    for (position, question) in questions.iter().enumerate() {
        fs_err::write(path(&format!("{position}.onnx")), &question.model).expect("a file");
        let run = |run: &Vec<Tensor<f64>>| run.iter().map(texts).collect::<Vec<_>>();
        inputs.push(question.runs.iter().map(run).collect::<Vec<_>>());
    }
    fs_err::write(path("inputs.json"), serde_json::to_vec(&inputs).expect("inputs"))
        .expect("a file");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../lionml-onnx/conformance/runtime.py");
    let output = Command::new(python()).arg(script).arg(folder.path()).output().expect("Python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let outcomes = fs_err::read(path("outputs.json")).expect("outputs");
    let outcomes: Vec<Outcome> = serde_json::from_slice(&outcomes).expect("outputs");
    assert_eq!(outcomes.len(), questions.len());
    let tensors = |run: Vec<Texts>| run.into_iter().map(tensor).collect();
    let answer = |outcome| match outcome {
        Outcome::Runs(runs) => Ok(runs.into_iter().map(tensors).collect()),
        Outcome::Error(error) => Err(error),
    };
    outcomes.into_iter().map(answer).collect()
}

fn texts(tensor: &Tensor<f64>) -> Texts {
    let values = tensor.data().iter().map(|value| format!("{value:?}"));
    let is_whole = tensor.data().iter().all(|value| value.fract() == 0.0);
    // Python's `int` takes no fraction.
    let values = values.map(|v| if is_whole { v.trim_end_matches(".0").to_owned() } else { v });
    Texts { shape: tensor.shape().axes().to_vec(), values: values.collect() }
}

fn tensor(texts: Texts) -> Tensor<f64> {
    let values = texts.values.iter().map(|value| value.parse().expect("a number"));
    Tensor::new(texts.shape, values.collect()).expect("a full tensor")
}

/// The Python that `LIONML_PYTHON` names, or the one in the cache.
#[expect(clippy::disallowed_methods, reason = "where Python is changes no circuit")]
fn python() -> PathBuf {
    if let Some(python) = std::env::var_os("LIONML_PYTHON") {
        return python.into();
    }
    let python = crate::conformance::cache().join("conformance-venv/bin/python");
    assert!(
        python.exists(),
        "no Python with ONNX Runtime: run `cargo xtask test`, which installs it"
    );
    python
}
