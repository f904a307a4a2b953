//! All tests.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::process::{cargo, root, run as succeed};

/// Prepares the conformance cases and runs all tests; the summary of the longest run comes last.
pub(crate) fn run() -> Result<()> {
    let cases = conformance_cases()?;
    succeed(&mut cargo(&["test", "--doc", "--workspace", "--locked"])?)?;
    let arguments = ["nextest", "run", "--workspace", "--locked", "--profile", "ci"];
    succeed(cargo(&arguments)?.env("LIONML_CONFORMANCE", cases))
}

/// Runs all tests and accepts every snapshot that changed.
pub(crate) fn bless() -> Result<()> {
    let cases = conformance_cases()?;
    let arguments = ["nextest", "run", "--workspace", "--no-fail-fast"];
    let mut command = cargo(&arguments)?;
    succeed(command.env("LIONML_CONFORMANCE", cases).env("INSTA_UPDATE", "always"))
}

/// The folder of the ONNX standard's own cases, made by its Python package. It depends only on the
/// generator and on the pinned packages, so it stays in the cache until one of them changes.
fn conformance_cases() -> Result<PathBuf> {
    let source = root()?.join("crates/lionml-onnx/conformance");
    let folder = cache()?.join("conformance");
    let mut recipe = fs_err::read_to_string(source.join("requirements.txt"))?;
    recipe += &fs_err::read_to_string(source.join("generate.py"))?;
    let (cases, stamp) = (folder.join("cases"), folder.join("recipe"));
    if !fs_err::read_to_string(&stamp).is_ok_and(|made| made == recipe) {
        if folder.exists() {
            fs_err::remove_dir_all(&folder)?;
        }
        let python = virtual_environment(&folder.join("venv"), &source.join("requirements.txt"))?;
        fs_err::create_dir_all(&cases)?;
        succeed(Command::new(python).arg(source.join("generate.py")).arg(&cases))?;
        fs_err::write(stamp, recipe)?;
    }
    Ok(cases)
}

/// The interpreter of a new virtual environment with these packages.
fn virtual_environment(folder: &Path, requirements: &Path) -> Result<PathBuf> {
    succeed(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    let python = folder.join("bin/python");
    let arguments = ["-m", "pip", "install", "--quiet", "--requirement"];
    succeed(Command::new(&python).args(arguments).arg(requirements))?;
    Ok(python)
}

/// Where things stay between runs: `LIONML_CACHE`, or a folder in the user's cache.
#[expect(clippy::disallowed_methods, reason = "the place of a cache changes no circuit")]
fn cache() -> Result<PathBuf> {
    let parent = || env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    env::var_os("LIONML_CACHE")
        .map(PathBuf::from)
        .or_else(|| Some(parent().or_else(home)?.join("lionml")))
        .context("neither `LIONML_CACHE` nor `HOME` is set")
}
