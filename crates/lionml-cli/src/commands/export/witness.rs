//! `lionml export witness`

use lionml::{ExportWitness, ExportWitnessReport};

use crate::{
    args,
    commands::watch,
    exit_code::ExitCode,
    format,
    screen::{Failure, Screen},
};

pub(super) fn run(args: &args::ExportWitness, screen: &Screen) -> Result<ExitCode, Failure> {
    let request = ExportWitness {
        model: args.model.clone(),
        input: args.input.clone(),
        output: args.output.clone(),
        context: args.context.clone(),
        salt: args.salt,
    };
    let report = watch(screen, |events| request.execute(events))?;
    screen.answer(&report, &[], || text(&report, screen))?;
    Ok(ExitCode::Ok)
}

fn text(report: &ExportWitnessReport, screen: &Screen) -> String {
    let mut text = screen.heading(&format!("Witness of {}\n", report.model));
    for output in &report.outputs {
        text += &format!("  output       {}\n", format::values(output));
    }
    let (publics, privates) = (format::number(report.publics), format::number(report.privates));
    text += &format!("  values       {publics} public, {privates} private\n");
    text += &format!("  circuit      {}\n", report.circuit);
    for file in &report.files {
        text += &format!("  wrote        {}\n", file.display());
    }
    text += "Whoever has the file has the input.\n";
    text
}
