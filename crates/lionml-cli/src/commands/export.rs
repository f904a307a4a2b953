//! `lionml export`

mod leo;
mod witness;

use crate::{
    args::Export,
    exit_code::ExitCode,
    screen::{Failure, Screen},
};

pub(super) fn run(args: &Export, screen: &Screen) -> Result<ExitCode, Failure> {
    match args {
        Export::Leo(args) => leo::run(args, screen),
        Export::Witness(args) => witness::run(args, screen),
    }
}
