//! Which crate may depend on which.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::process;

/// The crates of the workspace, from the bottom up, each with those that it may name. Development
/// dependencies are free, and the only place for `lionml-testing`.
const ARROWS: &[(&str, &[&str])] = &[
    ("lionml-tensor", &[]),
    ("lionml-quant", &["lionml-tensor"]),
    ("lionml-r1cs", &[]),
    ("lionml-testing", &["lionml-tensor", "lionml-r1cs"]),
    ("lionml-gadgets", &["lionml-quant", "lionml-r1cs"]),
    ("lionml-ops", &["lionml-tensor", "lionml-quant", "lionml-r1cs", "lionml-gadgets"]),
    ("lionml-statement", &["lionml-tensor", "lionml-quant", "lionml-r1cs", "lionml-gadgets"]),
    (
        "lionml-graph",
        &["lionml-tensor", "lionml-quant", "lionml-r1cs", "lionml-ops", "lionml-statement"],
    ),
    ("lionml-onnx", &["lionml-tensor", "lionml-quant", "lionml-ops", "lionml-graph"]),
    (
        "lionml-codegen",
        &["lionml-tensor", "lionml-quant", "lionml-r1cs", "lionml-ops", "lionml-graph"],
    ),
    ("lionml-varuna", &["lionml-r1cs"]),
    (
        "lionml",
        &[
            "lionml-tensor",
            "lionml-quant",
            "lionml-r1cs",
            "lionml-gadgets",
            "lionml-ops",
            "lionml-statement",
            "lionml-graph",
            "lionml-codegen",
            "lionml-onnx",
            "lionml-varuna",
        ],
    ),
    ("lionml-bench", &["lionml-onnx", "lionml"]),
    ("lionml-aleo", &["lionml-quant", "lionml-r1cs", "lionml-gadgets", "lionml"]),
    ("lionml-cli", &["lionml", "lionml-aleo", "lionml-bench"]),
    ("xtask", &[]),
];

/// The parts of snarkVM that crates may name besides `lionml-varuna`, in tests too: the prover is
/// a back end, and everything above it compiles without.
const SNARKVM: &[(&str, &[&str])] = &[
    ("lionml-r1cs", &["snarkvm-fields", "snarkvm-curves", "snarkvm-utilities"]),
    (
        "lionml-aleo",
        &["snarkvm-console-account", "snarkvm-console-network", "snarkvm-console-program"],
    ),
];

/// Fails with a list of all dependencies that no table allows.
pub(crate) fn run() -> Result<()> {
    let arguments = ["metadata", "--no-deps", "--format-version", "1", "--locked"];
    let metadata: Value =
        serde_json::from_str(&process::output(&mut process::cargo(&arguments)?)?)?;
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().context("cargo lists no packages")? {
        let name = package["name"].as_str().context("a package has no name")?;
        let Some(arrows) = allowed(ARROWS, name) else {
            wrong.push(format!("`{name}` has no place in xtask/src/layers.rs"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let target = dependency["name"].as_str().context("a dependency has no name")?;
            let is_allowed = if target.starts_with("snarkvm") {
                name == "lionml-varuna"
                    || allowed(SNARKVM, name).is_some_and(|a| a.contains(&target))
            } else if target.starts_with("lionml") {
                dependency["kind"] == "dev" || arrows.contains(&target)
            } else {
                true
            };
            if !is_allowed {
                wrong.push(format!("`{name}` must not depend on `{target}`"));
            }
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

fn allowed(
    table: &[(&str, &'static [&'static str])],
    name: &str,
) -> Option<&'static [&'static str]> {
    table.iter().find(|(of, _)| *of == name).map(|(_, targets)| *targets)
}
