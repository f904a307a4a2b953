//! Leo's command, and the extension that links its crates.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{
    process::{self, root},
    test::cache,
};

/// The variables of the environment by which LionML finds both programs.
pub(crate) type Tools = [(&'static str, PathBuf); 2];

/// Both programs, under the variables by which LionML finds them; made where they are missing.
pub(crate) fn tools() -> Result<Tools> {
    process::run(&mut extension(&["build"])?)?;
    let built = cache()?.join("leo-target/release");
    Ok([("LIONML_LEO", built.join("leo")), ("LIONML_LEO_EXTENSION", built.join("lionml-leo"))])
}

/// Runs the extension's own tests.
pub(crate) fn test_extension(tools: &Tools) -> Result<()> {
    process::run(extension(&["test"])?.envs(tools.iter().cloned()))
}

/// Cargo in the extension's workspace.
fn extension(command: &[&str]) -> Result<Command> {
    let mut cargo = process::cargo(command)?;
    cargo.args(["--release", "--locked", "--ignore-rust-version"]);
    cargo.current_dir(root()?.join("leo"));
    cargo.env("CARGO_TARGET_DIR", cache()?.join("leo-target"));
    Ok(cargo)
}
