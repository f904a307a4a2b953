//! The pages that hold measurements.

use std::{collections::BTreeMap, process::Command};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;

/// Measures, and writes the results into the pages between `<!-- NAME -->` and `<!-- /NAME -->`.
pub(crate) fn run(python: &str) -> Result<()> {
    process::run(&mut process::cargo(&["build", "--release", "--package", "lionml-cli"])?)?;
    let lionml = |arguments: &[&str]| {
        let run = ["run", "--release", "--quiet", "--package", "lionml-cli", "--"];
        process::output(&mut process::cargo(&[&run, arguments].concat())?)
    };
    let accuracy = lionml(&["accuracy"])?;
    let targets = targets(&lionml)?;
    let bench = lionml(&["bench", "--against", "ezkl", "--python", python])?;
    let occasion = occasion()?;
    let summary = bench.split_once("\n\n").map_or("", |(summary, _)| summary);
    write("docs/accuracy.md", "accuracy", &accuracy)?;
    write("docs/accuracy.md", "targets", &targets)?;
    let text = format!("{occasion}, with `cargo xtask measure`.\n\n{bench}");
    write("docs/benchmarks.md", "bench", &text)?;
    write("README.md", "bench", &format!("{summary}\n\n{occasion}."))
}

/// What a smaller error costs: constraints of each model, and on how many samples the class is that of
/// the floats.
fn targets(lionml: &impl Fn(&[&str]) -> Result<String>) -> Result<String> {
    const TARGETS: [&str; 4] = ["0.005", "0.002", "0.001", "0.0005"];
    let mut rows = BTreeMap::<usize, Vec<String>>::new();
    for target in TARGETS {
        let report = lionml(&["accuracy", "--target-error", target, "--json"])?;
        let report: Value = serde_json::from_str(&report)?;
        let models = report["models"].as_array().context("no models")?;
        for (index, model) in models.iter().enumerate() {
            let count = |name: &str| model[name].as_u64().context("no count of a model");
            let name = model["model"].as_str().context("no name of a model")?.to_owned();
            let others = count("samples")? - count("agreeing")?;
            let row = rows.entry(index).or_insert_with(|| vec![name]);
            row.push(format!("{} ({others})", count("constraints")?));
        }
    }
    let mut table = format!("| model | {} |\n|---|--:|--:|--:|--:|\n", TARGETS.join(" | "));
    for row in rows.into_values() {
        table += &format!("| {} |\n", row.join(" | "));
    }
    table += "\nConstraints, and in parentheses on how many of the samples the class is not that of the floats.";
    Ok(table)
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
