//! The command `lionml`.

mod args;
mod commands;
mod exit_code;
mod ezkl;
mod format;
mod interrupts;
mod panics;
mod processor;
mod progress;
mod screen;

use std::process::ExitCode;

use clap::Parser;

use crate::{
    args::Args,
    screen::{Failure, Screen},
};

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return screen::usage(&error),
    };
    let screen = Screen::new(args.json, args.quiet);
    if let Some(feature) = processor::missing() {
        return screen.fail(&Failure::Processor(feature));
    }
    if interrupts::handle().is_err() {
        screen.warn("interrupts are not handled: one may leave unfinished files");
    }
    panics::keep_quiet();
    let outcome = panics::caught(|| commands::run(&args.command, &screen));
    match outcome.unwrap_or_else(|defect| Err(defect.into())) {
        Ok(code) => code.into(),
        Err(failure) => screen.fail(&failure),
    }
}
