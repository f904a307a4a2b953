//! The committed models: what is imported means what ONNX Runtime computes.

#![cfg(test)]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use lionml_graph::Model;
use lionml_onnx::{ImportOptions, OnnxFile};
use lionml_tensor::Tensor;
use lionml_testing::runtime::{Question, ask};

const MODELS: [&str; 10] = [
    "14_5_11_80_10_3",
    "196_24_14_10",
    "196_25_10",
    "20_15_10",
    "28_6_16_10_5",
    "784_56_10",
    "breast_cancer_logreg",
    "digits_mlp",
    "keras_cnn",
    "lenet5",
];

/// A committed model, and the first samples of its file in the shape of its one input.
struct Committed {
    name: &'static str,
    folder: PathBuf,
    bytes: Vec<u8>,
    options: ImportOptions,
}

impl Committed {
    fn all() -> impl Iterator<Item = Self> {
        MODELS.into_iter().map(|name| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(name);
            let bytes = fs_err::read(folder.join("model.onnx")).unwrap();
            let dims = match name {
                "keras_cnn" => [("batch".to_owned(), 1)].into(),
                _ => Default::default(),
            };
            Self { name, folder, bytes, options: ImportOptions { dims, ..Default::default() } }
        })
    }

    fn model(&self) -> Model {
        let file = OnnxFile::from_bytes(&self.bytes).unwrap();
        assert_eq!(file.survey(&self.options).unwrap().unsupported().count(), 0, "{}", self.name);
        file.import(&self.options).unwrap().model
    }

    fn samples(&self, model: &Model, count: usize) -> Vec<Tensor<f64>> {
        let shape = model.inputs().next().unwrap().2;
        let text = fs_err::read_to_string(self.folder.join("samples.json")).unwrap();
        let samples: Vec<BTreeMap<String, Vec<Vec<f64>>>> = serde_json::from_str(&text).unwrap();
        let data = samples.into_iter().take(count).map(|s| s["input_data"][0].clone());
        data.map(|data| Tensor::new(shape.clone(), data).unwrap()).collect()
    }
}

/// What `models/train/runtime_outputs.py` writes: for each sample the values of each output.
fn runtime_outputs(folder: &Path) -> Vec<Vec<Vec<f64>>> {
    let text = fs_err::read_to_string(folder.join("outputs.json")).unwrap();
    let mut stored: serde_json::Value = serde_json::from_str(&text).unwrap();
    serde_json::from_value(stored["outputs"].take()).unwrap()
}

/// ONNX Runtime adds in floats of 32 bits, in an order of its own. A sum of 784 products, the longest of
/// these models, is off by some tens of roundings of 2^-24 of its largest partial sum: 1e-5 of the largest
/// output leaves room for several layers, and a misread operator does not come near it.
const RUNTIME_TOLERANCE: f64 = 1e-5;

fn assert_close(name: &str, ours: &[Tensor<f64>], theirs: &[&[f64]]) {
    assert_eq!(ours.len(), theirs.len(), "{name}");
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert_eq!(ours.data().len(), theirs.len(), "{name}");
        let largest = theirs.iter().fold(1.0, |most: f64, v| most.max(v.abs()));
        for (a, b) in ours.data().iter().zip(*theirs) {
            let difference = (a - b).abs() / largest;
            assert!(difference <= RUNTIME_TOLERANCE, "{name}: {a} {b} {difference}");
        }
    }
}

/// What was stored when the models were trained.
#[test]
fn matches_stored_outputs_of_the_committed_models() {
    for committed in Committed::all() {
        let name = committed.name;
        let stored = runtime_outputs(&committed.folder);
        let model = committed.model();
        let samples = committed.samples(&model, stored.len());
        assert!(samples.len() >= 4, "{name}");
        for (sample, stored) in samples.iter().zip(&stored) {
            let outputs = model.run(std::slice::from_ref(sample)).unwrap();
            let stored: Vec<_> = stored.iter().map(Vec::as_slice).collect();
            assert_close(name, &outputs, &stored);
        }
    }
}

/// What the pinned version computes now.
#[test]
fn matches_onnx_runtime_on_the_committed_models() {
    let (mut questions, mut ours) = (Vec::new(), Vec::new());
    for committed in Committed::all() {
        let model = committed.model();
        let samples = committed.samples(&model, 16);
        let run = |sample: &Tensor<f64>| model.run(std::slice::from_ref(sample)).unwrap();
        ours.push((committed.name, samples.iter().map(run).collect::<Vec<_>>()));
        let runs = samples.into_iter().map(|sample| vec![sample]).collect();
        questions.push(Question { model: committed.bytes, runs });
    }
    for ((name, ours), answer) in ours.iter().zip(ask(&questions)) {
        for (ours, theirs) in ours.iter().zip(answer.unwrap()) {
            let theirs: Vec<_> = theirs.iter().map(Tensor::data).collect();
            assert_close(name, ours, &theirs);
        }
    }
}
