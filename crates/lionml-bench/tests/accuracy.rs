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
    insta::assert_snapshot!(report, @r"
    | model                | samples |   float |  proved | difference | same class | largest error | constraints |
    |----------------------|--------:|--------:|--------:|-----------:|-----------:|--------------:|------------:|
    | breast_cancer_logreg |     114 | 98.25 % | 98.25 % |      +0.00 |   100.00 % |        0.0006 |       1,008 |
    | digits_mlp           |     360 | 97.22 % | 97.22 % |      +0.00 |   100.00 % |        0.0452 |       1,008 |
    | 196_25_10            |    1000 | 97.00 % | 97.00 % |      +0.00 |   100.00 % |        0.0880 |       2,234 |
    | 196_24_14_10         |    1000 | 96.90 % | 96.90 % |      +0.00 |   100.00 % |        0.1188 |       2,600 |
    | 784_56_10            |    1000 | 98.10 % | 98.10 % |      +0.00 |   100.00 % |        0.0665 |       7,800 |
    | 14_5_11_80_10_3      |    1000 | 98.30 % | 98.30 % |      +0.00 |   100.00 % |        0.1000 |      25,052 |
    | 28_6_16_10_5         |    1000 | 99.20 % | 99.20 % |      +0.00 |   100.00 % |        0.0840 |     114,160 |
    | lenet5               |    1000 | 99.50 % | 99.50 % |      +0.00 |   100.00 % |        0.0815 |     123,228 |
    | keras_cnn            |    1000 | 98.90 % | 98.90 % |      +0.00 |   100.00 % |        0.0030 |      61,808 |
    | 20_15_10             |    1000 | 91.10 % | 91.20 % |      +0.10 |    99.80 % |        0.0477 |         536 |
    ");
}
