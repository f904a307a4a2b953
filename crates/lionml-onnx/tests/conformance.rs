//! The ONNX standard's own node cases, against the imported float model.
#![cfg(test)]

use lionml_onnx::{ImportOptions, OnnxFile};
use lionml_tensor::Tensor;
use lionml_testing::conformance::{Case, Exceptions, Suite};

/// What the element type rounds off, with room for sums; the standard writes some expected values
/// with four digits, and its own runner allows a thousandth.
fn tolerance(element: &str) -> f64 {
    match element {
        "bfloat16" => 1e-2,
        "float16" => 1e-3,
        "float" => 1e-4,
        _ => 1e-12,
    }
}

fn close(got: &Tensor<f64>, expected: &Tensor<f64>, tolerance: f64) -> Result<(), String> {
    if got.shape() != expected.shape() {
        return Err(format!("shape `{}` where `{}` is expected", got.shape(), expected.shape()));
    }
    let far = |(a, b): (f64, f64)| {
        (a - b).abs() > tolerance * (1.0 + b.abs()) || a.is_nan() != b.is_nan()
    };
    let pairs = || got.data().iter().copied().zip(expected.data().iter().copied());
    match pairs().position(far) {
        Some(i) => {
            Err(format!("`{}` where `{}` is expected at {i}", got.data()[i], expected.data()[i]))
        }
        None => Ok(()),
    }
}

fn run(case: &Case) -> Result<(), String> {
    let bound = case.inputs.iter().filter(|i| i.bind);
    let bind = bound.map(|i| (i.name.clone(), i.tensor.clone())).collect();
    let options = ImportOptions { bind, shapes: case.shapes(), ..ImportOptions::default() };
    let file = OnnxFile::from_bytes(&case.model).map_err(|e| e.to_string())?;
    let imported = file.import(&options).map_err(|e| format!("{e:?}"))?;
    let inputs = case.free_inputs();
    let outputs = imported.model.run(&inputs).map_err(|e| format!("{e:?}"))?;
    assert_eq!(outputs.len(), case.outputs.len());
    for (got, expected) in outputs.iter().zip(&case.outputs) {
        close(got, &expected.tensor, tolerance(&expected.element))?;
    }
    Ok(())
}

#[test]
fn matches_the_standard() {
    let suite = Suite::find();
    assert_eq!(suite.counts(), (1_884, 824));
    let exceptions = Exceptions::parse(include_str!("../conformance/exceptions.txt"));
    let names: Vec<&str> = suite.names().filter(|(_, skip)| skip.is_none()).map(|n| n.0).collect();
    assert_eq!(exceptions.unused(&names), [""; 0]);
    let (mut passed, mut excepted, mut failed) = (0, 0, Vec::new());
    for case in suite.cases() {
        match (run(&case), exceptions.reason(&case.name)) {
            (_, Some(_)) => excepted += 1,
            (Ok(()), None) => passed += 1,
            (Err(error), None) => failed.push(format!("{}: {error}", case.name)),
        }
    }
    eprintln!("{passed} passed, {excepted} excepted, {} failed", failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
