//! The graph of a model: float [`Model`], quantised [`QuantModel`], the passes between them, and
//! the circuit that a quantised model becomes.
//!
//! The two graphs are different types: a model that nobody quantised cannot be lowered.

mod calibrate;
mod error;
mod graph;
mod lower;
mod model;
mod quant_model;
mod quantize;
mod settings;
mod simplify;
mod stored;

pub use calibrate::{
    Bounds, Calibration, CalibrationReport, Fidelity, Goal, NodeError, calibrate, measure,
};
pub use error::GraphError;
pub use graph::{Graph, Kind, Node, Outlet, Output};
pub use lionml_statement::{
    Element, Interface, PLAIN_NAME, Port, Visibility, is_hidden, is_plain_name,
};
pub use lower::{Lowered, Statement};
pub use model::{FloatSource, Model};
pub use quant_model::{FixedInput, FixedSource, QuantModel, Trace};
pub use quantize::quantize;
pub use settings::Settings;
pub use simplify::{PASSES, Pass, simplify};
pub use stored::{StoredModel, StoredNode};
