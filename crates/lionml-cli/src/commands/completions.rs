//! `lionml completions`

use clap::CommandFactory;
use serde_json::json;

use crate::{
    args::Args,
    exit_code::ExitCode,
    screen::{Failure, Screen},
};

pub(super) fn run(shell: clap_complete::Shell, screen: &Screen) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "lionml", &mut script);
    let script = String::from_utf8_lossy(&script);
    let object = json!({"shell": shell.to_string(), "script": script});
    screen.answer(&object, &[], || script.to_string())?;
    Ok(ExitCode::Ok)
}
