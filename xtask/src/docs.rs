//! The documents that are made from the source, and checks of those that people write.

mod cli;
mod ops;
mod references;

use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::process;

/// Writes the generated pages.
pub(crate) fn write() -> Result<()> {
    for (path, text) in pages()? {
        fs_err::write(path, text)?;
    }
    Ok(())
}

/// Fails where a generated page is out of date, or where a page names what does not exist.
pub(crate) fn check() -> Result<()> {
    let mut wrong = references::check()?;
    for (path, text) in pages()? {
        if !fs_err::read_to_string(&path).is_ok_and(|current| current == text) {
            wrong.push(format!("{} is out of date: run `cargo xtask docs`", path.display()));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// The generated pages and their text.
fn pages() -> Result<Vec<(PathBuf, String)>> {
    let folder = process::root()?.join("docs/reference");
    Ok(vec![(folder.join("cli.md"), cli::page()?), (folder.join("ops.md"), ops::page()?)])
}
