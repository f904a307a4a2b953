//! The committed models: what is imported means what tract and ONNX Runtime compute.

#![cfg(test)]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use lionml_graph::Model;
use lionml_onnx::{ImportOptions, Reference, Survey, import};
use lionml_tensor::Tensor;

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
        import(&self.bytes, &self.options).unwrap().model
    }

    fn reference(&self) -> Reference {
        Reference::new(&self.bytes, &self.options).unwrap()
    }

    fn samples(&self, model: &Model, count: usize) -> Vec<Tensor<f64>> {
        let shape = model.inputs().next().unwrap().2;
        let text = fs_err::read_to_string(self.folder.join("samples.json")).unwrap();
        let samples: Vec<BTreeMap<String, Vec<Vec<f64>>>> = serde_json::from_str(&text).unwrap();
        let data = samples.into_iter().take(count).map(|s| s["input_data"][0].clone());
        data.map(|data| Tensor::new(shape.clone(), data).unwrap()).collect()
    }
}

#[test]
fn matches_tract_on_the_committed_models() {
    for committed in Committed::all() {
        let name = committed.name;
        assert_eq!(Survey::new(&committed.bytes).unwrap().unsupported().count(), 0, "{name}");
        let (model, reference) = (committed.model(), committed.reference());
        for sample in committed.samples(&model, 2) {
            let ours = model.run(std::slice::from_ref(&sample)).unwrap();
            let tracts = reference.run(&[sample]).unwrap();
            assert_eq!(ours.len(), tracts.len());
            for (ours, tracts) in ours.iter().zip(&tracts) {
                assert_eq!(ours.shape(), tracts.shape());
                for (a, b) in ours.data().iter().zip(tracts.data()) {
                    assert!((a - b).abs() <= 1e-4 * (1.0 + b.abs()), "{name}: {a} {b}");
                }
            }
        }
    }
}

/// What `models/train/runtime_outputs.py` writes: for each sample the values of each output.
fn runtime_outputs(folder: &Path) -> Vec<Vec<Vec<f64>>> {
    let text = fs_err::read_to_string(folder.join("outputs.json")).unwrap();
    let mut stored: serde_json::Value = serde_json::from_str(&text).unwrap();
    serde_json::from_value(stored["outputs"].take()).unwrap()
}

/// ONNX Runtime and tract add in floats of 32 bits, each in its own order. A sum of 784 products,
/// the longest of these models, is off by some tens of roundings of 2^-24 of its largest partial
/// sum: 1e-5 of the largest output leaves room for several layers, and a misread operator does not
/// come near it.
const RUNTIME_TOLERANCE: f64 = 1e-5;

/// A second reader of ONNX: what tract misread, both of the executions above would misread.
#[test]
fn matches_onnx_runtime_on_the_committed_models() {
    for committed in Committed::all() {
        let name = committed.name;
        let stored = runtime_outputs(&committed.folder);
        let (model, reference) = (committed.model(), committed.reference());
        let samples = committed.samples(&model, stored.len());
        assert!(samples.len() >= 4, "{name}");
        for (sample, stored) in samples.iter().zip(&stored) {
            let sample = std::slice::from_ref(sample);
            for outputs in [model.run(sample).unwrap(), reference.run(sample).unwrap()] {
                assert_eq!(outputs.len(), stored.len(), "{name}");
                for (output, stored) in outputs.iter().zip(stored) {
                    assert_eq!(output.data().len(), stored.len(), "{name}");
                    let largest = stored.iter().fold(1.0, |most: f64, v| most.max(v.abs()));
                    for (a, b) in output.data().iter().zip(stored) {
                        let difference = (a - b).abs() / largest;
                        assert!(difference <= RUNTIME_TOLERANCE, "{name}: {a} {b} {difference}");
                    }
                }
            }
        }
    }
}
