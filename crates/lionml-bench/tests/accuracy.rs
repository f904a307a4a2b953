//! How accurate proofs of the published models are, on all their held-out samples.
#![cfg(test)]

use lionml_bench::Accuracy;

/// How far proved accuracy may be from that of the float model, in percentage points.
const MAX_POINTS: f64 = 0.5;

/// On how many of a hundred samples the class must be that of the float model.
const MIN_AGREEMENT: f64 = 99.0;

#[test]
fn pins_accuracy_on_held_out_samples() {
    let report = Accuracy::default().execute(&mut |_| ()).unwrap();
    for model in &report.models {
        let points = model.proved_percent() - model.float_percent();
        assert!(points.abs() <= MAX_POINTS, "{}: {points} points", model.model);
        let agreement = model.agreement_percent();
        assert!(agreement >= MIN_AGREEMENT, "{}: {agreement} %", model.model);
    }
    insta::assert_snapshot!(report, @"");
}
