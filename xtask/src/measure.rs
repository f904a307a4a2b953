//! The pages that hold measurements.

use std::process::Command;

use anyhow::{Context, Result};

use crate::process;

/// Measures, and writes the results into the pages between `<!-- NAME -->` and `<!-- /NAME -->`.
pub(crate) fn run(python: &str) -> Result<()> {
    process::run(&mut process::cargo(&["build", "--release", "--package", "lionml-cli"])?)?;
    let lionml = |arguments: &[&str]| {
        let run = ["run", "--release", "--quiet", "--package", "lionml-cli", "--"];
        process::output(&mut process::cargo(&[&run, arguments].concat())?)
    };
    let accuracy = lionml(&["accuracy"])?;
    let bench = lionml(&["bench", "--against", "ezkl", "--python", python])?;
    let occasion = occasion()?;
    let summary = bench.split_once("\n\n").map_or("", |(summary, _)| summary);
    write("docs/accuracy.md", "accuracy", &accuracy)?;
    let text = format!("{occasion}, with `cargo xtask measure`.\n\n{bench}");
    write("docs/benchmarks.md", "bench", &text)?;
    write("README.md", "bench", &format!("{summary}\n\n{occasion}."))
}

/// When and on what something is measured.
pub(crate) fn occasion() -> Result<String> {
    let date = process::output(Command::new("date").arg("+%-d %B %Y"))?;
    let processors = fs_err::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let name = name.map_or("an unknown processor", |(_, name)| name.trim());
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    Ok(format!("Measured on {} on {name}, {threads} threads", date.trim()))
}

/// Writes a text between the marks of a page.
pub(crate) fn write(page: &str, name: &str, text: &str) -> Result<()> {
    let path = process::root()?.join(page);
    let old = fs_err::read_to_string(&path)?;
    let (start, end) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let marks = || format!("{page} has no `{start}` before `{end}`");
    let (before, rest) = old.split_once(&start).with_context(marks)?;
    let (_, after) = rest.split_once(&end).with_context(marks)?;
    let text = text.trim();
    Ok(fs_err::write(path, format!("{before}{start}\n\n{text}\n\n{end}{after}"))?)
}
