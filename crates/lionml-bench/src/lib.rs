//! The published models: what they cost, how accurate their proofs are, and how that compares.
//!
//! ```text
//! suite ──Accuracy──▶ float and proved accuracy on held-out samples
//!       ──Bench─────▶ a fresh process for each Measure ──▶ sizes, times, memory, bytes
//!                     and one for each step of ezkl    ──▶ the same for the peer, and ratios
//! ```
//!
//! A peak of memory belongs to a process, so each measurement has its own. Sizes are the same on
//! every machine and pinned by tests; times are not, and are compared within one run only.

mod accuracy;
mod bench;
mod error;
mod ezkl;
mod machine;
mod measure;
mod suite;
mod table;

pub use accuracy::{Accuracy, AccuracyReport, ModelAccuracy};
pub use bench::{Bench, BenchReport, Compared, Ratios};
pub use error::Error;
pub use ezkl::{Ezkl, EzklMeasurement};
pub use machine::Machine;
pub use measure::{Measure, Measurement};
pub use suite::{MODELS, SuiteModel, TestSet};
pub use table::{number, seconds};
