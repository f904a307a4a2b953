//! Leo's command, and the extension that links its crates.

use std::{path::PathBuf, process::Command};

use anyhow::{Result, ensure};

use crate::{
    process::{self, root},
    test::cache,
};

/// The version that the extension's lock file has too.
const VERSION: &str = "4.4.6";

/// Settings of both builds: equal, so that the crates that they share are compiled once. Optimised
/// at link time they would take twice as long to build.
const PROFILE: [(&str, &str); 4] = [
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "2"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
];

/// The variables of the environment by which LionML finds both programs.
pub(crate) type Tools = [(&'static str, PathBuf); 2];

/// Both programs, under the variables by which LionML finds them; made where they are missing.
pub(crate) fn tools() -> Result<Tools> {
    let tools = cache()?.join("tools");
    let leo = tools.join("bin/leo");
    let target = cache()?.join("leo-target");
    if !version(&leo).is_some_and(|text| text.contains(VERSION)) {
        ensure_libclang()?;
        let arguments = ["install", "leo-lang", "--version", VERSION, "--locked"];
        let mut command = process::cargo(&arguments)?;
        // It asks for a newer compiler than it needs.
        command.arg("--ignore-rust-version").arg("--root").arg(&tools);
        // Outside of the repository, whose own settings are for its own crates.
        command.current_dir(cache()?);
        process::run(command.envs(PROFILE).env("CARGO_TARGET_DIR", &target))?;
    }
    process::run(&mut extension(&["build"])?)?;
    Ok([("LIONML_LEO", leo), ("LIONML_LEO_EXTENSION", target.join("release/lionml-leo"))])
}

/// Runs the extension's own tests.
pub(crate) fn test_extension(tools: &Tools) -> Result<()> {
    process::run(extension(&["test"])?.envs(tools.iter().cloned()))
}

/// Cargo in the extension's workspace.
fn extension(command: &[&str]) -> Result<Command> {
    let mut cargo = process::cargo(command)?;
    cargo.args(["--release", "--locked", "--ignore-rust-version"]);
    cargo.current_dir(root()?.join("leo")).envs(PROFILE);
    cargo.env("CARGO_TARGET_DIR", cache()?.join("leo-target"));
    Ok(cargo)
}

fn version(program: &PathBuf) -> Option<String> {
    let answer = Command::new(program).arg("--version").output().ok()?;
    String::from_utf8(answer.stdout).ok()
}

/// The database that Leo links needs it to be compiled.
fn ensure_libclang() -> Result<()> {
    let found = Command::new("sh")
        .args(["-c", "ls /usr/lib/llvm-*/lib/libclang.so* /usr/lib/*/libclang*.so* 2>/dev/null"])
        .output()?;
    ensure!(
        !found.stdout.is_empty() || cfg!(not(target_os = "linux")),
        "Leo needs libclang to be built: `apt-get install libclang-dev`, or the package of your \
         system"
    );
    Ok(())
}
