//! Packages and runs of the command, for tests.

use std::{
    path::Path,
    process::{Command, Output},
    sync::LazyLock,
};

use serde_json::Value;
use tempfile::TempDir;

/// The models that tests call: 7 with a hashed input and a packed output, 8 with a packed and a
/// public input and several outputs, 9 with negative intervals, and some that are refused.
pub(crate) static MODELS: LazyLock<String> = LazyLock::new(|| {
    let code = Value::from(REGISTRY).to_string();
    include_str!("models.json").replace(r#""lionml_registry.aleo""#, &code)
});

/// The registry's code.
pub(crate) const REGISTRY: &str = include_str!("../../../registry/lionml_registry.aleo");

/// A package with this `src/main.leo` and other files in `src`.
pub(crate) fn package(main: &str, modules: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let source = directory.path().join("src");
    fs_err::create_dir(&source).unwrap();
    fs_err::write(source.join("main.leo"), main).unwrap();
    for (name, text) in modules {
        fs_err::write(source.join(name), text).unwrap();
    }
    let manifest = r#"{"program": "gate.aleo", "version": "0.1.0", "description": "",
        "license": "MIT", "leo": "4.4.6", "dev_dependencies": null, "dependencies": [
            {"name": "other.aleo", "location": "local", "path": "other.aleo", "edition": null}]}"#;
    fs_err::write(directory.path().join("other.aleo"), include_str!("other.aleo")).unwrap();
    fs_err::write(directory.path().join("program.json"), manifest).unwrap();
    fs_err::write(directory.path().join("models.json"), &*MODELS).unwrap();
    directory
}

/// Runs the command in a package.
pub(crate) fn run(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lionml-leo"))
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap()
}

/// Expands a package, to `expanded.leo` and `interface.json` in it.
pub(crate) fn expand(directory: &Path) -> Output {
    let arguments = [
        "expand",
        ".",
        "--models",
        "models.json",
        "--out",
        "expanded.leo",
        "--interface",
        "interface.json",
        "--offline",
        "--json",
    ];
    run(directory, &arguments)
}

/// The errors of a run that was refused.
pub(crate) fn errors(output: &Output) -> Vec<Value> {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let answer: Value = serde_json::from_str(&stderr).unwrap();
    answer["errors"].as_array().unwrap().clone()
}
