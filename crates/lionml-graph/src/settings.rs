//! What quantisation chooses, frozen.

use std::collections::BTreeMap;

use lionml_quant::{Interval, Number};
use serde::{Deserialize, Serialize};

/// Every choice of quantisation. A float model and its settings determine the quantised model,
/// hence the circuit and its keys; nothing later measures anything again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The number format of each input.
    pub inputs: Vec<Number>,
    /// The fraction bits of each node that rounds: constants, and operators that requantise. Keys
    /// are indices of nodes of the simplified model.
    pub fraction_bits: BTreeMap<usize, i32>,
    /// The calibrated interval of the operand of each node that requantises, where bounds are
    /// calibrated and not proven.
    pub calibrated: BTreeMap<usize, Interval>,
}
