//! The committed models: what is imported means what tract computes.

#![cfg(test)]

use std::{collections::BTreeMap, path::Path};

use lionml_onnx::{ImportOptions, Reference, Survey, import};
use lionml_tensor::Tensor;

const MODELS: [&str; 9] = [
    "14_5_11_80_10_3",
    "196_24_14_10",
    "196_25_10",
    "28_6_16_10_5",
    "784_56_10",
    "breast_cancer_logreg",
    "digits_mlp",
    "keras_cnn",
    "lenet5",
];

/// The first samples of a model's file, in the shape of its one input.
fn samples(folder: &Path, shape: &[usize]) -> Vec<Tensor<f64>> {
    let text = fs_err::read_to_string(folder.join("samples.json")).unwrap();
    let samples: Vec<BTreeMap<String, Vec<Vec<f64>>>> = serde_json::from_str(&text).unwrap();
    let first = samples.into_iter().take(2).map(|sample| sample["input_data"][0].clone());
    first.map(|data| Tensor::new(shape.to_vec(), data).unwrap()).collect()
}

#[test]
fn matches_tract_on_the_committed_models() {
    for name in MODELS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(name);
        let bytes = fs_err::read(folder.join("model.onnx")).unwrap();
        assert_eq!(Survey::new(&bytes).unwrap().unsupported().count(), 0, "{name}");
        let dims = match name {
            "keras_cnn" => [("batch".to_owned(), 1)].into(),
            _ => Default::default(),
        };
        let options = ImportOptions { dims, ..ImportOptions::default() };
        let model = import(&bytes, &options).unwrap().model;
        let reference = Reference::new(&bytes, &options).unwrap();
        let shape = model.inputs().next().unwrap().2.axes().to_vec();
        for sample in samples(&folder, &shape) {
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
