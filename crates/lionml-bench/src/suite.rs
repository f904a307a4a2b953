//! The published models, as parts of the program.

use std::collections::BTreeMap;

use lionml::{CompileOptions, CompiledModel, InputFile, Shape, Tensor};

use crate::Error;

/// A model of `models/` with its inputs.
#[derive(Clone, Copy, Debug)]
pub struct SuiteModel {
    /// The name: that of its folder.
    pub name: &'static str,
    /// The ONNX file.
    pub onnx: &'static [u8],
    /// One held-out input, ezkl's JSON.
    pub input: &'static [u8],
    /// Training samples that settings are chosen by.
    pub samples: &'static [u8],
    /// Held-out samples: `x`, `y` and `scale` in an npz file. The input is `x · scale`.
    test: &'static [u8],
    /// The sizes of symbolic dimensions.
    dims: &'static [(&'static str, usize)],
    /// Whether it is one of the six of the suite S1, which frameworks are compared on.
    pub is_s1: bool,
    /// How many inputs its batch has where batches are measured.
    pub batch: usize,
}

/// Held-out samples.
#[derive(Clone, Debug)]
pub struct TestSet {
    /// The inputs of each.
    pub inputs: Vec<Vec<Tensor<f64>>>,
    /// The class of each.
    pub labels: Vec<usize>,
}

macro_rules! model {
    ($name:literal, $test:literal) => {
        SuiteModel {
            name: $name,
            onnx: include_bytes!(concat!("../../../models/", $name, "/model.onnx")),
            input: include_bytes!(concat!("../../../models/", $name, "/input.json")),
            samples: include_bytes!(concat!("../../../models/", $name, "/samples.json")),
            test: include_bytes!(concat!("../../../models/", $test)),
            dims: &[],
            is_s1: true,
            batch: 16,
        }
    };
}

/// All of them.
pub const MODELS: &[SuiteModel] = &[
    SuiteModel { is_s1: false, ..model!("breast_cancer_logreg", "breast_cancer_logreg/test.npz") },
    SuiteModel { is_s1: false, batch: 64, ..model!("digits_mlp", "digits_mlp/test.npz") },
    model!("196_25_10", "mnist/test_14x14.npz"),
    model!("196_24_14_10", "mnist/test_14x14.npz"),
    model!("784_56_10", "mnist/test.npz"),
    model!("14_5_11_80_10_3", "mnist/test_14x14.npz"),
    model!("28_6_16_10_5", "mnist/test.npz"),
    model!("lenet5", "mnist/test.npz"),
    SuiteModel { is_s1: false, dims: &[("batch", 1)], ..model!("keras_cnn", "mnist/test.npz") },
    SuiteModel { is_s1: false, ..model!("20_15_10", "20_15_10/test.npz") },
];

impl SuiteModel {
    /// The model with this name.
    pub fn find(name: &str) -> Result<&'static Self, Error> {
        MODELS.iter().find(|model| model.name == name).ok_or_else(|| Error::UnknownModel {
            name: name.to_owned(),
            known: MODELS.iter().map(|model| model.name).collect(),
        })
    }

    /// The models with these names; without any, those that `default` picks.
    pub(crate) fn select(
        names: &[String],
        default: impl Fn(&Self) -> bool,
    ) -> Result<Vec<&'static Self>, Error> {
        match names {
            [] => Ok(MODELS.iter().filter(|model| default(model)).collect()),
            names => names.iter().map(|name| Self::find(name)).collect(),
        }
    }

    /// The options that it is compiled with: the defaults, and its symbolic dimensions.
    pub fn options(&self) -> CompileOptions {
        CompileOptions {
            name: Some(self.name.to_owned()),
            dims: self.dims(),
            ..CompileOptions::default()
        }
    }

    pub(crate) fn dims(&self) -> BTreeMap<String, usize> {
        self.dims.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect()
    }

    /// The model, compiled on its samples.
    pub fn compile(
        &self,
        options: &CompileOptions,
    ) -> Result<(CompiledModel, lionml::CompileReport), Error> {
        let samples = self.parse("samples.json", self.samples)?;
        Ok(CompiledModel::compile(self.onnx, Some(&samples), options)?)
    }

    /// The held-out samples of a model whose one input has this shape.
    pub fn test_set(&self, shape: &Shape) -> Result<TestSet, Error> {
        let broken = Error::TestSet { model: self.name };
        let InputFile::Arrays(arrays) = self.parse("test.npz", self.test)? else {
            return Err(broken);
        };
        let array = |wanted: &str| arrays.iter().find(|(name, _)| name == wanted).map(|(_, a)| a);
        let (Some(x), Some(y), Some(scale)) = (array("x"), array("y"), array("scale")) else {
            return Err(broken);
        };
        let Some(scale) = scale.data().first() else { return Err(broken) };
        // The model was trained on the product in single precision.
        #[expect(clippy::cast_possible_truncation, reason = "the model's inputs are floats")]
        let input = |&value: &f64| f64::from(value as f32 * *scale as f32);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a label is a small whole number"
        )]
        let label = |&value: &f64| value as usize;
        let row = |row: &[f64]| {
            let values = row.iter().map(input).collect();
            Tensor::new(shape.clone(), values).map(|tensor| vec![tensor])
        };
        let rows = x.data().chunks_exact(shape.elements().max(1));
        let inputs = rows.map(row).collect::<Result<_, _>>();
        let inputs = inputs.map_err(|_| Error::TestSet { model: self.name })?;
        Ok(TestSet { inputs, labels: y.data().iter().map(label).collect() })
    }

    /// The first `count` training samples, as ezkl reads a batch: one after the other.
    pub(crate) fn first_samples(&self, count: usize) -> Result<Vec<f64>, Error> {
        let InputFile::Flat(samples) = self.parse("samples.json", self.samples)? else {
            return Err(Error::TestSet { model: self.name });
        };
        Ok(samples.into_iter().take(count).flatten().flatten().collect())
    }

    pub(crate) fn parse(&self, file: &str, bytes: &[u8]) -> Result<InputFile, Error> {
        let path = format!("{}/{file}", self.name).into();
        let file = InputFile::parse(bytes);
        Ok(file.map_err(|source| lionml::Error::Input { path, source })?)
    }
}

/// The class that scores stand for: the first of the largest.
pub(crate) fn class_of(scores: &[f64]) -> usize {
    let best = scores.iter().enumerate().rev().max_by(|(_, a), (_, b)| a.total_cmp(b));
    best.map_or(0, |(class, _)| class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_index() {
        let index = include_str!("../../../models/index.json");
        let index: Vec<serde_json::Value> = serde_json::from_str(index).unwrap();
        assert_eq!(index.len(), MODELS.len());
        for (listed, model) in index.iter().zip(MODELS) {
            assert_eq!(listed["name"], model.name);
            assert_eq!(listed["suite_s1"], model.is_s1);
            let InputFile::Flat(inputs) = model.parse("input.json", model.input).unwrap() else {
                panic!("{} has no JSON input", model.name)
            };
            let shape = Shape::from([1, inputs[0][0].len()]);
            let test = model.test_set(&shape).unwrap();
            assert_eq!(listed["test_samples"], test.labels.len());
            assert_eq!(test.inputs.len(), test.labels.len());
            // The published input is the first held-out sample, rounded to six decimals.
            for (published, held_out) in inputs[0][0].iter().zip(test.inputs[0][0].data()) {
                assert!((published - held_out).abs() < 1e-3, "{}", model.name);
            }
        }
    }

    #[test]
    fn matches_first_of_the_largest() {
        assert_eq!(class_of(&[0.5, 2.0, 2.0, -1.0]), 1);
        assert_eq!(class_of(&[]), 0);
    }
}
