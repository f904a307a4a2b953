//! Files that have grown long. A reviewer decides; nothing fails.

use anyhow::Result;

use crate::{files, process};

/// Lines of a file without its tests.
const MAX_LINES: usize = 400;

/// Lists the files that are longer than [`MAX_LINES`], longest first.
pub(crate) fn run() -> Result<()> {
    let root = process::root()?;
    let mut long = Vec::new();
    for path in files::below(&root.join("crates"), "rs")? {
        let text = fs_err::read_to_string(&path)?;
        let lines = text.lines().take_while(|line| !line.starts_with("mod tests {")).count();
        if lines > MAX_LINES {
            long.push((lines, path));
        }
    }
    long.sort();
    for (lines, path) in long.iter().rev() {
        println!("{lines} lines: {}", path.strip_prefix(&root)?.display());
    }
    Ok(())
}
