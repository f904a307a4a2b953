//! How often a proved class is right, and how often it is that of the float model.

use std::fmt;

use lionml::{CompileOptions, Event, Events, Tensor};
use lionml_onnx::{ImportOptions, OnnxFile};
use rayon::prelude::*;
use serde::Serialize;

use crate::{Error, SuiteModel, number, suite::class_of, table::Table};

/// Runs published models on their held-out samples: in floats, and in the integers that
/// the circuits prove.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Accuracy {
    /// The models; all where none is named.
    pub models: Vec<String>,
    /// How many samples of each; all where no number is given.
    pub samples: Option<usize>,
    /// The target error to compile with; the default one where none is given.
    pub target_error: Option<f64>,
}

/// The accuracy of models.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccuracyReport {
    /// Model by model.
    pub models: Vec<ModelAccuracy>,
}

/// The accuracy of a model on held-out samples.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelAccuracy {
    /// Its name.
    pub model: String,
    /// How many samples.
    pub samples: usize,
    /// How many the float model classifies correctly.
    pub float_correct: usize,
    /// How many the proved integers classify correctly.
    pub proved_correct: usize,
    /// How many the two classify alike.
    pub agreeing: usize,
    /// How many are no valid input: outside the declared range. They count as wrong.
    pub refused: usize,
    /// The largest difference of an output from the float model.
    pub max_error: f64,
    /// The rows of its circuit.
    pub constraints: usize,
}

impl Accuracy {
    /// Runs them.
    pub fn execute(&self, events: &mut Events<'_>) -> Result<AccuracyReport, Error> {
        if self.samples == Some(0) {
            return Err(Error::Zero { field: "samples" });
        }
        let models = SuiteModel::select(&self.models, |_| true)?;
        let measure = |model: &SuiteModel| {
            events(Event::Stage(model.name));
            let mut options = model.options();
            options.target_error = self.target_error.unwrap_or(options.target_error);
            ModelAccuracy::of(model, &options, self.samples.unwrap_or(usize::MAX))
        };
        Ok(AccuracyReport { models: models.into_iter().map(measure).collect::<Result<_, _>>()? })
    }
}

impl ModelAccuracy {
    /// The accuracy of a model on its first `limit` held-out samples.
    pub(crate) fn of(
        model: &SuiteModel,
        options: &CompileOptions,
        limit: usize,
    ) -> Result<Self, Error> {
        let (compiled, report) = model.compile(options)?;
        let broken = Error::TestSet { model: model.name };
        let [input] = &compiled.manifest.inputs()[..] else { return Err(broken) };
        let test = model.test_set(&input.shape)?;
        let options = ImportOptions { dims: model.dims(), ..ImportOptions::default() };
        let float = OnnxFile::from_bytes(model.onnx)?.import(&options)?.model;
        let samples: Vec<_> = test.inputs.iter().zip(&test.labels).take(limit).collect();
        let outcomes = samples
            .par_iter()
            .map(|(inputs, label)| {
                let float = scores(float.run(inputs).map_err(lionml::Error::from)?);
                // The only error of integers on a finite input is that it is out of range.
                let proved = compiled.run(inputs).ok().map(scores);
                Ok(Outcome::new(&float, proved.as_deref(), **label))
            })
            .collect::<Result<Vec<_>, Error>>()?;
        let count = |is: fn(&Outcome) -> bool| outcomes.iter().filter(|o| is(o)).count();
        Ok(Self {
            model: model.name.to_owned(),
            samples: outcomes.len(),
            float_correct: count(|o| o.float_is_right),
            proved_correct: count(|o| o.proved_is_right),
            agreeing: count(|o| o.agrees),
            refused: count(|o| o.error.is_none()),
            max_error: outcomes.iter().filter_map(|o| o.error).fold(0.0, f64::max),
            constraints: report.sizes.constraints,
        })
    }

    /// The share of samples that the float model classifies correctly, in percent.
    pub fn float_percent(&self) -> f64 {
        percent(self.float_correct, self.samples)
    }

    /// The share of samples that the proved integers classify correctly, in percent.
    pub fn proved_percent(&self) -> f64 {
        percent(self.proved_correct, self.samples)
    }

    /// The share of samples that both classify alike, in percent.
    pub fn agreement_percent(&self) -> f64 {
        percent(self.agreeing, self.samples)
    }
}

struct Outcome {
    float_is_right: bool,
    proved_is_right: bool,
    agrees: bool,
    /// None where the input was refused.
    error: Option<f64>,
}

impl Outcome {
    fn new(float: &[f64], proved: Option<&[f64]>, label: usize) -> Self {
        let (float_class, proved_class) = (class_of(float), proved.map(class_of));
        Self {
            float_is_right: float_class == label,
            proved_is_right: proved_class == Some(label),
            agrees: proved_class == Some(float_class),
            error: proved.map(|proved| {
                float.iter().zip(proved).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
            }),
        }
    }
}

/// The scores of the classes: the first output.
fn scores(outputs: Vec<Tensor<f64>>) -> Vec<f64> {
    outputs.into_iter().next().map_or_else(Vec::new, Tensor::into_data)
}

pub(crate) fn percent(part: usize, whole: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of samples")]
    let share = part as f64 / whole.max(1) as f64;
    100.0 * share
}

impl fmt::Display for AccuracyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headings = [
            "model",
            "samples",
            "float",
            "proved",
            "difference",
            "same class",
            "largest error",
            "constraints",
        ];
        let mut table = Table::new(headings);
        for model in &self.models {
            table.row([
                model.model.clone(),
                model.samples.to_string(),
                format!("{:.2} %", model.float_percent()),
                format!("{:.2} %", model.proved_percent()),
                format!("{:+.2}", model.proved_percent() - model.float_percent()),
                format!("{:.2} %", model.agreement_percent()),
                format!("{:.4}", model.max_error),
                number(model.constraints),
            ]);
        }
        write!(f, "{table}")?;
        for model in self.models.iter().filter(|model| model.refused > 0) {
            let ModelAccuracy { model, refused, .. } = model;
            writeln!(
                f,
                "\n{model}: {refused} samples are outside the declared range of the input \
                         and count as wrong."
            )?;
        }
        Ok(())
    }
}
