//! The ONNX standard's own node cases, quantised and in constraints.
#![cfg(test)]

use lionml_graph::{
    Bounds, Calibration, Element, Goal, GraphError, Visibility, calibrate, quantize, simplify,
};
use lionml_onnx::{ImportOptions, OnnxFile};
use lionml_r1cs::{
    Digest,
    field::{from_i128, to_i128},
};
use lionml_tensor::Tensor;
use lionml_testing::conformance::{Case, Exceptions, Suite};

/// The error that calibration may leave, relative to the span of an output.
const TARGET_ERROR: f64 = 1e-3;

/// What became of a case.
#[derive(Debug)]
enum Outcome {
    /// The circuit gives what the standard expects.
    Proved,
    /// No integer stands for an infinite input or none: whoever brings it is told.
    NotFinite,
}

/// Runs a case in integers and in constraints. An output of integers or truth values must be
/// exact; a float may be off by what calibration was allowed and by one step of its scale.
fn run(case: &Case) -> Result<Outcome, String> {
    let bound = case.inputs.iter().filter(|i| i.bind);
    let bind = bound.map(|i| (i.name.clone(), i.tensor.clone())).collect();
    let options = ImportOptions { bind, shapes: case.shapes(), ..ImportOptions::default() };
    let file = OnnxFile::from_bytes(&case.model).map_err(|e| format!("file: {e:?}"))?;
    let imported = file.import(&options).map_err(|e| format!("import: {e:?}"))?;
    let model = simplify(&imported.model).map_err(|e| format!("simplify: {e:?}"))?;
    let inputs = case.free_inputs();
    let calibration = Calibration {
        samples: vec![inputs.clone()],
        input_ranges: vec![None; inputs.len()],
        goal: Goal::Error(TARGET_ERROR),
        bits: None,
        bounds: Bounds::Proven,
    };
    let calibrated = calibrate(&model, &calibration);
    if inputs.iter().flat_map(Tensor::data).any(|v| !v.is_finite()) {
        return match calibrated {
            Err(GraphError::InputNotFinite { .. }) => Ok(Outcome::NotFinite),
            other => Err(format!("an input that is not finite: {other:?}")),
        };
    }
    let (settings, _) = calibrated.map_err(|e| format!("calibrate: {e:?}"))?;
    let fixed = quantize(&model, &settings).map_err(|e| format!("quantize: {e:?}"))?;
    let inputs = fixed.quantize_inputs(&inputs).map_err(|e| format!("inputs: {e:?}"))?;
    let trace = fixed.trace(&inputs).map_err(|e| format!("integers: {e:?}"))?;
    let outputs = fixed.outputs_of(&trace);
    for ((got, expected), port) in outputs.iter().zip(&case.outputs).zip(model.outputs()) {
        let reals = got.dequantize();
        if reals.shape() != expected.tensor.shape() {
            return Err(format!("shape {} instead of {}", reals.shape(), expected.tensor.shape()));
        }
        let expected = expected.tensor.data();
        let (low, high) =
            expected.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
        let span = if high > low { high - low } else { low.abs() };
        let tolerance = match port.element {
            Element::Float => TARGET_ERROR * span + got.number.scale.step() + 1e-4,
            _ => 0.0,
        };
        for (i, (real, expected)) in reals.data().iter().zip(expected).enumerate() {
            if (real - expected).abs() > tolerance {
                return Err(format!("{real} instead of {expected} at {i} (± {tolerance})"));
            }
        }
    }
    let statement = fixed
        .statement(
            Digest::of(case.name.as_bytes()),
            &vec![Visibility::Private; inputs.len()],
            &vec![Visibility::Public; outputs.len()],
        )
        .unwrap();
    let lowered = fixed.lower(&statement).map_err(|e| format!("lower: {e:?}"))?;
    let witness = lowered
        .program
        .solve(&statement.interface.program_inputs(from_i128(0), &inputs, &[]))
        .map_err(|e| format!("witness: {e:?}"))?;
    let report = lowered.circuit.check(&witness);
    if let Some(failure) = report.failures.first() {
        return Err(format!("constraints: {failure}"));
    }
    let proved: Vec<_> = witness.public[3..].iter().map(to_i128).collect();
    let values = outputs.iter().flat_map(|q| q.values.data()).map(|v| Some(*v));
    if !proved.iter().copied().zip(values).all(|(a, b)| a == b) {
        return Err("the circuit's outputs are not the integers".to_owned());
    }
    Ok(Outcome::Proved)
}

#[test]
fn matches_the_standard_in_constraints() {
    let suite = Suite::find();
    let exceptions = Exceptions::parse(include_str!("../conformance/exceptions.txt"));
    let (mut passed, mut not_finite, mut failed) = (0, 0, Vec::new());
    // What is computed of constants alone has nothing to prove.
    let has_inputs = |case: &Case| case.inputs.iter().any(|input| !input.bind);
    let cases = suite.cases().filter(|case| exceptions.reason(&case.name).is_none());
    for case in cases.filter(has_inputs) {
        match run(&case) {
            Ok(Outcome::Proved) if !exceptions.is_refused(&case.name) => passed += 1,
            Ok(Outcome::NotFinite) if exceptions.is_refused(&case.name) => not_finite += 1,
            Ok(outcome) => failed.push(format!("{}: {outcome:?}", case.name)),
            Err(error) => failed.push(format!("{}: {error}", case.name)),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert_eq!((passed, not_finite), (540, 16));
}
