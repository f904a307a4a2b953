//! Number formats chosen on samples: they meet the target error, or the report says that none do.
#![cfg(test)]

mod support;

use lionml::{
    CompileOptions, CompileReport, CompiledModel, InputFile, ProveOptions, SrsOptions,
    VerifyOptions,
};
use lionml_tensor::Tensor;

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
        ("not_monotone", 210),
        ("not_monotone_either", 4_500),
        // Outputs whose samples hardly differ: their span is no measure of an error.
        ("saturated", 50),
        ("saturated_softmax", 15_000),
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

/// As ONNX Runtime has it: bytes are bytes again, in integers and in the circuit.
#[test]
fn matches_integers_that_wrap_around() {
    let onnx = fs_err::read(support::fixture("difference_of_bytes.onnx")).unwrap();
    let (compiled, report) =
        CompiledModel::compile(&onnx, None, &CompileOptions::default()).unwrap();
    assert_eq!(report.warnings, [] as [&str; 0]);
    let shape = compiled.manifest.inputs()[0].shape.clone();
    let filled = |value: f64| Tensor::full(shape.clone(), value);
    let sets = [(3.0, 5.0, 254.0), (5.0, 3.0, 2.0), (0.0, 255.0, 1.0)];
    let inputs: Vec<_> = sets.iter().map(|(a, b, _)| vec![filled(*a), filled(*b)]).collect();
    let prover = compiled.prepare(&SrsOptions::default()).unwrap();
    let proven = prover.prove(&inputs, &ProveOptions::default()).unwrap();
    let verified = prover.verifier().verify(&proven.file, &VerifyOptions::default()).unwrap();
    for (instance, (.., expected)) in verified.instances.iter().zip(sets) {
        assert!(instance.outputs[0].values.iter().flatten().all(|value| *value == expected));
    }
}

#[test]
fn rejects_targets_of_both_kinds_and_shares_that_are_none() {
    let onnx = fs_err::read(support::fixture("difference_of_bytes.onnx")).unwrap();
    let refused = |target_error, share| {
        let target_classes = Some(share);
        let options = CompileOptions { target_error, target_classes, ..CompileOptions::default() };
        CompiledModel::compile(&onnx, None, &options).unwrap_err().to_string()
    };
    let default = CompileOptions::DEFAULT_TARGET_ERROR;
    assert!(refused(0.01, 0.9).contains("target_error"));
    for share in [0.0, 1.5, f64::NAN] {
        assert!(refused(default, share).contains("target_classes"), "{share}");
    }
}
