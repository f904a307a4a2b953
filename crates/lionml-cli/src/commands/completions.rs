//! `lionml completions`

use clap::CommandFactory;

use crate::{
    args::Args,
    exit_code::ExitCode,
    screen::{Failure, Screen},
};

pub(super) fn run(shell: clap_complete::Shell, screen: &Screen) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "lionml", &mut script);
    screen.print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::Ok)
}
