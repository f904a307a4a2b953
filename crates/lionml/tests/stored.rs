//! What was written once must be read for good: `fixtures/two_nodes_v1`.
#![allow(clippy::unwrap_used, reason = "a test reports by panicking")]

mod support;

use std::path::{Path, PathBuf};

use lionml::{Audit, Compile, CompiledModel, Prove, Setup, SrsOptions, Verify};

fn stored(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/two_nodes_v1").join(name)
}

#[test]
fn accepts_the_stored_proof() {
    let request = Verify {
        proof: stored("proof.json"),
        vk: stored("model.vk"),
        manifest: Some(stored("model.manifest")),
        key: None,
        context: Some("7".to_owned()),
        allow_insecure: false,
    };
    let report = request.execute(&mut |_| ()).unwrap();
    let expected = support::expected(&support::inputs(1)[0]);
    let values = report.outputs[0].clone().unwrap();
    assert!(values.iter().zip(expected).all(|(v, e)| (v - e).abs() < 0.1), "{values:?}");
}

/// A change here breaks deployed verifiers: it needs a line in the changelog, a new folder beside
/// the old one, and the old one still read.
#[test]
fn pins_the_circuit_and_the_key_of_the_stored_model() {
    let bytes = fs_err::read(stored("model.lion")).unwrap();
    let model = CompiledModel::from_bytes(&bytes).unwrap();
    assert!(model.setup(&support::CEREMONY).is_ok());
    let request = Audit {
        model: support::fixture("two_nodes.onnx"),
        manifest: stored("model.manifest"),
        vk: stored("model.vk"),
        samples: None,
        srs: SrsOptions::default(),
        allow_insecure: false,
    };
    let report = request.execute(&mut |_| ()).unwrap();
    assert_eq!(report.circuit, model.circuit.to_string());
    assert!(report.fidelity.random && report.fidelity.relative_error.unwrap() < 0.05);
    assert_eq!(report.warnings, [] as [&str; 0]);
}

/// Writes the folder, for a version that starts a new one.
#[test]
#[ignore = "it overwrites what the other tests pin"]
fn accepts_being_written_anew() {
    let compile = Compile {
        model: support::fixture("two_nodes.onnx"),
        output: stored("model.lion"),
        samples: None,
        options: support::options(),
    };
    compile.execute(&mut |_| ()).unwrap();
    let (model, output) = (stored("model.lion"), stored(""));
    Setup { model, output, srs: SrsOptions::default() }.execute(&mut |_| ()).unwrap();
    let prove = Prove {
        model: stored("model.lion"),
        keys: stored(""),
        input: stored("input.json"),
        output: stored("proof.json"),
        context: Some("7".to_owned()),
        salt: None,
        srs: SrsOptions::default(),
    };
    prove.execute(&mut |_| ()).unwrap();
}
