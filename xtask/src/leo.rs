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

/// Builds and lints the extension, and compiles its tests.
pub(crate) fn check_extension() -> Result<()> {
    process::run(&mut extension(&["build"])?)?;
    process::run(extension(&["clippy", "--all-targets"])?.args(["--", "-D", "warnings"]))?;
    process::run(&mut extension(&["test", "--no-run"])?)
}

/// Cargo in the extension's workspace.
fn extension(command: &[&str]) -> Result<Command> {
    let mut cargo = process::cargo(command)?;
    cargo.args(["--release", "--locked", "--ignore-rust-version"]);
    cargo.arg("--config").arg(format!("patch.crates-io.rocksdb.path={:?}", stand_in()?));
    cargo.current_dir(root()?.join("leo"));
    cargo.env("CARGO_TARGET_DIR", cache()?.join("leo-target"));
    Ok(cargo)
}

/// A copy of `leo/rocksdb` in the cache. Of a package in a checkout cargo cannot know that it is what
/// another checkout had, and would compile most of Leo again.
fn stand_in() -> Result<PathBuf> {
    let (own, copy) = (root()?.join("leo/rocksdb"), cache()?.join("rocksdb"));
    for file in ["Cargo.toml", "src/lib.rs"] {
        let content = fs_err::read(own.join(file))?;
        let path = copy.join(file);
        if !fs_err::read(&path).is_ok_and(|old| old == content) {
            fs_err::create_dir_all(copy.join("src"))?;
            fs_err::write(path, content)?;
        }
    }
    Ok(copy)
}
