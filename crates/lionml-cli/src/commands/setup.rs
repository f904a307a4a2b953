//! `lionml setup`

use lionml::{Setup, SetupReport};

use super::{inference, watch};
use crate::{
    args,
    exit_code::ExitCode,
    format,
    screen::{Failure, Screen},
};

pub(super) fn run(args: &args::Setup, screen: &Screen) -> Result<ExitCode, Failure> {
    let request =
        Setup { model: args.model.clone(), output: args.output.clone(), srs: args.srs.options() };
    let report = watch(screen, |events| request.execute(events))?;
    screen.answer(&report, &report.warnings, || text(&report, screen))?;
    Ok(ExitCode::Ok)
}

fn text(report: &SetupReport, screen: &Screen) -> String {
    let mut text = screen.heading(&format!("Keys of {}\n", report.model));
    text += &inference::sizes(&report.sizes);
    text += &format!("  srs          {}\n", inference::srs(Some(report.srs)));
    text += &format!("  seconds      {}\n", format::seconds(report.setup_seconds));
    text += &format!("  key digest   {}\n", report.key);
    for file in &report.files {
        text += &format!("  wrote        {}\n", file.display());
    }
    text += "Give the digest to those who verify: by it they know the key.\n";
    text
}
