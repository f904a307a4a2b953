//! The commands: each makes a request of the library and shows its report.

mod accuracy;
mod audit;
mod bench;
mod check;
mod compile;
mod completions;
mod demo;
mod deploy;
mod devnet;
mod export;
mod fetch_srs;
mod inference;
mod inspect;
mod leo;
mod paying;
mod prove;
mod registry;
mod run;
mod setup;
mod transpile;
mod verify;

use crate::{
    args::Command,
    exit_code::ExitCode,
    progress::Progress,
    screen::{Failure, Screen},
};

/// Runs a command.
pub(crate) fn run(command: &Command, screen: &Screen) -> Result<ExitCode, Failure> {
    match command {
        Command::Demo(args) => demo::run(args, screen),
        Command::Inspect(args) => inspect::run(args, screen),
        Command::Compile(args) => compile::run(args, screen),
        Command::Setup(args) => setup::run(args, screen),
        Command::Prove(args) => prove::run(args, screen),
        Command::Verify(args) => verify::run(args, screen),
        Command::Run(args) => run::run(args, screen),
        Command::Check(args) => check::run(args, screen),
        Command::Audit(args) => audit::run(args, screen),
        Command::Transpile(args) => transpile::run(args, screen),
        Command::Export(args) => export::run(args, screen),
        Command::FetchSrs(args) => fetch_srs::run(args, screen),
        Command::Deploy(args) => deploy::run(args, screen),
        Command::Registry(args) => registry::run(args, screen),
        Command::Leo(args) => leo::run(args, screen),
        Command::Devnet(args) => devnet::run(args, screen),
        Command::Bench(args) => bench::run(args, screen),
        Command::Accuracy(args) => accuracy::run(args, screen),
        Command::Completions { shell } => completions::run(*shell, screen),
    }
}

/// Runs a request with its progress on the screen.
fn watch<T, E: Into<Failure>>(
    screen: &Screen,
    execute: impl FnOnce(&mut lionml::Events<'_>) -> Result<T, E>,
) -> Result<T, Failure> {
    let mut progress = Progress::new(screen);
    execute(&mut |event| progress.show(event)).map_err(Into::into)
}
