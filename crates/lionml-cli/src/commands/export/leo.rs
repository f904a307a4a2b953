//! `lionml export leo`

use lionml::{ExportLeo, ExportLeoReport};

use crate::{
    args,
    commands::watch,
    exit_code::ExitCode,
    format,
    screen::{Failure, Screen},
};

pub(super) fn run(args: &args::ExportLeo, screen: &Screen) -> Result<ExitCode, Failure> {
    let request = ExportLeo { model: args.model.clone(), output: args.output.clone() };
    let report = watch(screen, |events| request.execute(events))?;
    screen.answer(&report, &[], || text(&report, screen))?;
    Ok(ExitCode::Ok)
}

fn text(report: &ExportLeoReport, screen: &Screen) -> String {
    let mut text = screen.heading(&format!("{} as a Leo library\n", report.model));
    let [leo, varuna] = [report.leo_constraints, report.varuna_constraints].map(format::number);
    text += &format!("  function     {}::{}\n", report.library, report.function);
    text += &format!(
        "  constraints  {leo} at most in the transition that calls it; no proof of its own\n"
    );
    text += &format!("  beside       {varuna} in the model's own circuit, by `lionml deploy`\n");
    for file in &report.files {
        text += &format!("  wrote        {}\n", file.display());
    }
    text
}
