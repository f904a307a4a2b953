//! Number formats chosen on samples: they meet the target error, or the report says that none do.
#![cfg(test)]

mod support;

use lionml::{CompileOptions, CompileReport, CompiledModel, InputFile};

/// A model and its samples in `fixtures/calibration`, compiled.
fn compile(name: &str, options: &CompileOptions) -> CompileReport {
    let file = |ending: &str| support::fixture(&format!("calibration/{name}.{ending}"));
    let onnx = fs_err::read(file("onnx")).unwrap();
    let samples = InputFile::read(&file("json")).unwrap();
    CompiledModel::compile(&onnx, Some(&samples), options).unwrap().1
}

#[test]
fn accepts_only_settings_that_meet_the_target() {
    for (name, most_rows) in [
        // One bit more makes the error larger.
        ("not_monotone", 200),
        ("not_monotone_either", 4_000),
        // Outputs whose samples hardly differ: their span is no measure of an error.
        ("saturated", 50),
        ("saturated_softmax", 5_000),
        ("sum_of_shares", 1_000),
        // Products of small wires, wider than what is multiplied as it is.
        ("small_factors", 1_500),
    ] {
        let report = compile(name, &CompileOptions::default());
        let error = report.output_errors.iter().copied().fold(0.0, f64::max);
        assert!(error <= CompileOptions::DEFAULT_TARGET_ERROR, "{name}: {error}");
        assert!(report.sizes.constraints <= most_rows, "{name}: {}", report.sizes.constraints);
        assert_eq!(report.warnings, [] as [&str; 0], "{name}");
    }
}

#[test]
fn rejects_nothing_and_warns_where_no_settings_meet_the_target() {
    let options = CompileOptions { target_error: 1e-12, ..CompileOptions::default() };
    let report = compile("not_monotone_either", &options);
    let [warning] = &report.warnings[..] else { panic!("{:?}", report.warnings) };
    assert!(warning.contains("was not reached"), "{warning}");
}

#[test]
fn rejects_nothing_and_warns_where_an_output_leaves_its_integer_type() {
    let onnx = fs_err::read(support::fixture("difference_of_bytes.onnx")).unwrap();
    let warnings =
        CompiledModel::compile(&onnx, None, &CompileOptions::default()).unwrap().1.warnings;
    let expected = "output `y` is `u8` in the model and from -255 to 255";
    assert!(warnings.iter().any(|warning| warning.contains(expected)), "{warnings:?}");
}
