//! All tests.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    leo,
    process::{cargo, root, run as succeed},
};

/// Prepares the conformance cases and runs all tests; the summary of the longest run comes last.
pub(crate) fn run() -> Result<()> {
    let (cases, python) = conformance_cases()?;
    let tools = leo::tools()?;
    leo::test_extension(&tools)?;
    succeed(&mut cargo(&["test", "--doc", "--workspace", "--locked", "--release"])?)?;
    // As it is shipped: nothing is compiled twice, and what is tested is what runs.
    let arguments = ["nextest", "run", "--workspace", "--locked", "--release", "--profile", "ci"];
    let mut command = cargo(&arguments)?;
    succeed(command.env("LIONML_CONFORMANCE", cases).env("LIONML_PYTHON", python).envs(tools))
}

/// Runs all tests and accepts every snapshot that changed.
pub(crate) fn bless() -> Result<()> {
    let (cases, python) = conformance_cases()?;
    let tools = leo::tools()?;
    let arguments = ["nextest", "run", "--workspace", "--release", "--no-fail-fast"];
    let mut command = cargo(&arguments)?;
    command.env("LIONML_CONFORMANCE", cases).env("LIONML_PYTHON", python).envs(tools);
    succeed(command.env("INSTA_UPDATE", "always"))
}

/// The folder of the ONNX standard's own cases, made by its Python package, and the Python that has it and
/// ONNX Runtime. They depend only on the generator and on the pinned packages, so they stay in the cache
/// until one of them changes.
fn conformance_cases() -> Result<(PathBuf, PathBuf)> {
    let source = root()?.join("crates/lionml-onnx/conformance");
    let (generator, requirements) = (source.join("generate.py"), source.join("requirements.txt"));
    let packages = fs_err::read_to_string(&requirements)?;
    let version = packages.lines().find_map(|line| line.strip_prefix("onnx=="));
    let version = version.context("requirements.txt pins no version of onnx")?;
    let cases = cache()?.join(format!("conformance-{version}"));
    let stamp = cases.join("recipe");
    let recipe = packages.clone() + &fs_err::read_to_string(&generator)?;
    let environment = cache()?.join("conformance-venv");
    let python = environment.join("bin/python");
    if !python.exists() || !fs_err::read_to_string(&stamp).is_ok_and(|made| made == recipe) {
        if cases.exists() {
            fs_err::remove_dir_all(&cases)?;
        }
        install(&environment, &requirements)?;
        succeed(Command::new(&python).arg(generator).arg(&cases))?;
        fs_err::write(stamp, recipe)?;
    }
    Ok((cases, python))
}

/// Makes a new virtual environment with these packages.
fn install(folder: &Path, requirements: &Path) -> Result<()> {
    succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
    let arguments = ["-m", "pip", "install", "--quiet", "--requirement"];
    succeed(Command::new(folder.join("bin/python")).args(arguments).arg(requirements))
}

/// Where things stay between runs: `LIONML_CACHE`, or a folder in the user's cache.
#[expect(clippy::disallowed_methods, reason = "the place of a cache changes no circuit")]
pub(crate) fn cache() -> Result<PathBuf> {
    let parent = || env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    env::var_os("LIONML_CACHE")
        .map(PathBuf::from)
        .or_else(|| Some(parent().or_else(home)?.join("lionml")))
        .context("neither `LIONML_CACHE` nor `HOME` is set")
}
