//! Formatting: what `cargo fmt` finds, and every source file by itself, for it does not follow the
//! modules that a macro declares.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process;

/// Formats every file, or checks that it is formatted.
pub(crate) fn run(is_check: bool) -> Result<()> {
    let check: &[&str] = if is_check { &["--check"] } else { &[] };
    process::run(process::cargo(&["fmt", "--all"])?.args(check))?;
    process::run(process::cargo(&["fmt", "--manifest-path", "leo/Cargo.toml"])?.args(check))?;
    let root = process::root()?;
    let mut list = Command::new("git");
    list.args(["ls-files", "--cached", "--others", "--exclude-standard", "*/src/*.rs"]);
    let files = process::output(list.current_dir(&root))?;
    let present = files.lines().filter(|file| root.join(file).exists());
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--edition", "2024"]).args(check).args(present);
    // Its command line names every file.
    let status = rustfmt.current_dir(&root).status().context("cannot start rustfmt")?;
    ensure!(status.success(), "not every file is formatted: run `cargo xtask fmt`");
    Ok(())
}
