//! `lionml run`

use lionml::Run;

use super::{inference, watch};
use crate::{
    args,
    exit_code::ExitCode,
    screen::{Failure, Screen},
};

pub(super) fn run(args: &args::Run, screen: &Screen) -> Result<ExitCode, Failure> {
    let request = Run {
        model: args.model.clone(),
        input: args.input.clone(),
        samples: args.samples.clone(),
        options: args.options.options(),
        srs: args.srs.options(),
        context: args.statement.context.clone(),
        salt: args.statement.salt,
        output: args.output.clone(),
        cache: args::cache_directory().filter(|_| !args.no_cache).map(|cache| cache.join("runs")),
    };
    let report = watch(screen, |events| request.execute(events))?;
    screen.answer(&report, &report.warnings, || inference::proved(&report, screen))?;
    Ok(ExitCode::Ok)
}
