//! `lionml prove`

use lionml::Prove;

use super::{inference, watch};
use crate::{
    args,
    exit_code::ExitCode,
    screen::{Failure, Screen},
};

pub(super) fn run(args: &args::Prove, screen: &Screen) -> Result<ExitCode, Failure> {
    let request = Prove {
        model: args.model.clone(),
        keys: args.keys.clone(),
        input: args.input.clone(),
        output: args.output.clone(),
        context: args.statement.context.clone(),
        salt: args.statement.salt,
        srs: args.srs.options(),
    };
    let report = watch(screen, |events| request.execute(events))?;
    screen.answer(&report, &report.warnings, || inference::proved(&report, screen))?;
    Ok(ExitCode::Ok)
}
