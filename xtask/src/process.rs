//! Running other programs.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result, ensure};

/// The root of the repository.
pub(crate) fn root() -> Result<PathBuf> {
    let parent = PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().map(Into::into);
    parent.context("xtask has no parent folder")
}

/// The cargo that runs this program, in the root of the repository.
pub(crate) fn cargo(arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).current_dir(root()?);
    // Cargo tells this program about its package. Build scripts that ask for such variables would
    // run again, and half of everything with them, whenever cargo was started in another way.
    for (name, _) in std::env::vars_os() {
        let is_ours = name.to_str().is_some_and(|name| {
            ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| name.starts_with(start))
        });
        if is_ours {
            command.env_remove(name);
        }
    }
    Ok(command)
}

/// Runs a command to its end, which must be a success.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    ensure!(status.success(), "{command:?} failed: {status}");
    Ok(())
}

/// What a command that succeeds writes to its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed: {}\n{errors}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}
