//! `lionml transpile`

use lionml::{Transpile, TranspileReport};

use super::{inference, watch};
use crate::{
    args,
    exit_code::ExitCode,
    format,
    screen::{Failure, Screen},
};

pub(super) fn run(args: &args::Transpile, screen: &Screen) -> Result<ExitCode, Failure> {
    let request = Transpile {
        model: args.model.clone(),
        output: args.output.clone(),
        annotation: args.annotation,
        vk: args.vk.clone(),
        srs: args.srs.options(),
    };
    let report = watch(screen, |events| request.execute(events))?;
    screen.answer(&report, &report.warnings, || text(&report, screen))?;
    Ok(ExitCode::Ok)
}

fn text(report: &TranspileReport, screen: &Screen) -> String {
    let mut text = screen.heading(&format!("{} as Rust\n", report.model));
    let (rows, lines) = (format::number(report.rows), format::number(report.lines));
    text += &format!("  rows         {rows}, written in {lines} lines\n");
    if let Some(annotation) = report.annotation {
        text += &format!("  annotation   {annotation}\n");
    }
    text += &format!("  srs          {}\n", inference::srs(Some(report.srs)));
    text += &format!("  key digest   {}\n", report.key);
    text += &format!("  circuit      {}\n", report.circuit);
    for file in &report.files {
        text += &format!("  wrote        {}\n", file.display());
    }
    text +=
        "Its keys are those of `lionml setup`; `lionml export witness` computes what it proves.\n";
    text
}
