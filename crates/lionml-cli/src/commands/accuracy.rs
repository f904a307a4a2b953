//! `lionml accuracy`

use lionml_bench::Accuracy;

use super::watch;
use crate::{
    args,
    exit_code::ExitCode,
    screen::{Failure, Screen},
};

pub(super) fn run(args: &args::Accuracy, screen: &Screen) -> Result<ExitCode, Failure> {
    let args::Accuracy { models, samples, target_error } = args;
    let request =
        Accuracy { models: models.clone(), samples: *samples, target_error: *target_error };
    let report = watch(screen, |events| request.execute(events))?;
    screen.answer(&report, &[], || report.to_string())?;
    Ok(ExitCode::Ok)
}
