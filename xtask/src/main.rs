//! Repository chores: `cargo xtask <command>`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "chores speak to the person who runs them"
)]

mod chain_times;
mod docs;
mod fees;
mod files;
mod fmt;
mod layers;
mod leo;
mod measure;
mod modules;
mod process;
mod sizes;
mod test;

use std::{env, process::ExitCode};

use anyhow::{Result, bail};

const USAGE: &str = "\
cargo xtask test             prepare the conformance cases and run all tests
cargo xtask bless            run all tests, accept changed snapshots and rewrite generated pages
cargo xtask docs [--check]   write the generated pages; or fail where one is out of date
cargo xtask fmt [--check]    format every file, also those that only a macro declares; or fail where one is not
cargo xtask leo              make Leo and the extension, and print what puts them on a shell's path
cargo xtask extension        build and lint the extension, and compile its tests
cargo xtask fees             estimate calls of models on a devnet, and write the table of fees
cargo xtask modules          take a small model both ways, in Leo and by Varuna, and write the table
cargo xtask chain-times      measure the way to an accepted transaction on a devnet, and write its table
cargo xtask layers           fail on a dependency that points the wrong way
cargo xtask sizes            list long files
cargo xtask measure [PYTHON] run the benchmarks, against the ezkl of this Python, and write the pages";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["test"] => test::run(),
        ["bless"] => {
            test::bless()?;
            docs::write()
        }
        ["docs"] => docs::write(),
        ["docs", "--check"] => docs::check(),
        ["fmt"] => fmt::run(false),
        ["fmt", "--check"] => fmt::run(true),
        ["leo"] => {
            let tools = leo::tools()?;
            for (variable, program) in &tools {
                println!("export {variable}='{}'", program.display());
            }
            if let Some(directory) = tools[0].1.parent() {
                println!("export PATH='{}':\"$PATH\"", directory.display());
            }
            Ok(())
        }
        ["extension"] => leo::check_extension(),
        ["fees"] => fees::run(),
        ["modules"] => modules::run(),
        ["chain-times"] => chain_times::run(),
        ["layers"] => layers::run(),
        ["sizes"] => sizes::run(),
        ["measure"] => measure::run("python3"),
        ["measure", python] => measure::run(python),
        _ => bail!("usage:\n{USAGE}"),
    }
}
