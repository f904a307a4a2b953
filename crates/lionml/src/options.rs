//! What requests share.

use std::{collections::BTreeMap, path::PathBuf};

use lionml_graph::{Bounds, Goal, Visibility};
use lionml_varuna::{Srs, SrsKind};
use serde::{Deserialize, Serialize};

use crate::{Error, RequestError};

/// What a compilation is free to choose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompileOptions {
    /// The name of the model in what people read; that of its file where none is given, or of its
    /// directory for a `model.onnx`.
    pub name: Option<String>,
    /// Sizes of free dimensions, by symbol.
    pub dims: BTreeMap<String, usize>,
    /// The outputs to prove, by name; all where none is named.
    pub outputs: Vec<String>,
    /// The range of every input that is not in `input_ranges`.
    pub input_range: Option<(f64, f64)>,
    /// The range of inputs by name.
    pub input_ranges: BTreeMap<String, (f64, f64)>,
    /// The largest error of an output on the samples, relative to the span of that output.
    pub target_error: f64,
    /// In its place, the least share of samples on which the largest elements of all outputs, along
    /// the last axis, are those of the model in floats: `0.995` for 99.5 %.
    pub target_classes: Option<f64>,
    /// Significant bits of every node, without a search.
    pub bits: Option<u32>,
    /// How intervals of wires are known.
    pub bounds: Bounds,
    /// The visibility of every input that is not in `visibility`.
    pub input_visibility: Visibility,
    /// The visibility of every output that is not in `visibility`.
    pub output_visibility: Visibility,
    /// The visibility of inputs and outputs by name.
    pub visibility: BTreeMap<String, Visibility>,
}

impl Default for CompileOptions {
    fn default() -> Self {
        Self {
            name: None,
            dims: BTreeMap::new(),
            outputs: Vec::new(),
            input_range: None,
            input_ranges: BTreeMap::new(),
            target_error: Self::DEFAULT_TARGET_ERROR,
            target_classes: None,
            bits: None,
            bounds: Bounds::Proven,
            input_visibility: Visibility::Private,
            output_visibility: Visibility::Public,
            visibility: BTreeMap::new(),
        }
    }
}

impl CompileOptions {
    /// A thousandth of an output's span.
    pub const DEFAULT_TARGET_ERROR: f64 = 0.001;

    /// How much wider than the samples calibrated bounds are, where nothing else is said.
    pub const DEFAULT_MARGIN: f64 = 2.0;

    /// What number formats must reach.
    pub(crate) fn goal(&self) -> Goal {
        self.target_classes.map_or(Goal::Error(self.target_error), Goal::Classes)
    }

    pub(crate) fn check(&self) -> Result<(), RequestError> {
        let field = |field, value: String, expected| RequestError::Field { field, value, expected };
        let is_positive = |value: f64| value.is_finite() && value > 0.0;
        if !is_positive(self.target_error) {
            let value = self.target_error.to_string();
            return Err(field("target_error", value, "a positive number"));
        }
        if let Some(share) = self.target_classes {
            if !(share > 0.0 && share <= 1.0) {
                let expected = "a share of samples, above 0 and at most 1 (or `99.5%`)";
                return Err(field("target_classes", share.to_string(), expected));
            }
            if self.target_error != Self::DEFAULT_TARGET_ERROR {
                let value = self.target_error.to_string();
                return Err(field("target_error", value, "nothing beside `target_classes`"));
            }
        }
        if let Some(bits) = self.bits.filter(|bits| !(1..=30).contains(bits)) {
            return Err(field("bits", bits.to_string(), "1 to 30"));
        }
        match self.bounds {
            Bounds::Calibrated { margin } if !(margin.is_finite() && margin >= 1.0) => {
                Err(field("margin", margin.to_string(), "1 or more"))
            }
            _ => Ok(()),
        }
    }
}

/// Which structured reference string to use, and where larger powers are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SrsOptions {
    /// Whose powers.
    pub kind: SrsKind,
    /// Where powers beyond those in the program are: snarkVM's `~/.aleo/resources`.
    pub directory: Option<PathBuf>,
    /// Where computed development powers are kept.
    pub development_directory: Option<PathBuf>,
}

impl Default for SrsOptions {
    fn default() -> Self {
        Self { kind: SrsKind::Ceremony, directory: None, development_directory: None }
    }
}

impl SrsOptions {
    /// The reference string for circuits of this degree.
    pub fn load(&self, max_degree: usize) -> Result<Srs, Error> {
        Ok(match self.kind {
            SrsKind::Ceremony => Srs::ceremony(max_degree, self.directory.as_deref())?,
            SrsKind::Development => {
                Srs::development(max_degree, self.development_directory.as_deref())?
            }
        })
    }
}

/// The warning that goes with everything made over the development reference string.
const INSECURE: &str =
    "INSECURE: the development reference string is in use; anybody can forge its proofs";

/// What to think about keys and proofs over this reference string.
pub(crate) fn insecure(srs: SrsKind) -> Vec<String> {
    match srs {
        SrsKind::Ceremony => Vec::new(),
        SrsKind::Development => vec![INSECURE.to_owned()],
    }
}

/// What a request tells while it runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event<'a> {
    /// A step that takes a while begins.
    Stage(&'a str),
    /// Bytes of a download: its name, how many are there, how many there will be.
    Bytes {
        /// The file.
        name: &'a str,
        /// How many are there.
        done: u64,
        /// How many there will be.
        total: u64,
    },
}

/// Who listens to events.
pub type Events<'a> = dyn FnMut(Event<'_>) + 'a;
