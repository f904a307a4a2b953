//! `lionml check`

use lionml::{Check, CheckOutcome, ErrorKind};

use super::{inference, watch};
use crate::{
    args,
    exit_code::ExitCode,
    format,
    screen::{Failure, Screen},
};

pub(super) fn run(args: &args::Check, screen: &Screen) -> Result<ExitCode, Failure> {
    let request = Check {
        model: args.model.clone(),
        input: args.input.clone(),
        samples: args.samples.clone(),
        options: args.options.options(),
    };
    let report = watch(screen, |events| request.execute(events))?;
    screen.answer(&report, &report.inference.warnings, || text(&report, screen))?;
    Ok(match report.inference.verified {
        true => ExitCode::Ok,
        false => ExitCode::Failure(ErrorKind::Rejected),
    })
}

fn text(report: &CheckOutcome, screen: &Screen) -> String {
    let mut text = inference::outputs(&report.inference, screen);
    text += &screen.heading("Check\n");
    text += &match report.violated {
        0 => "  every row holds\n".to_owned(),
        violated => format!("  {} rows are violated\n", format::number(violated)),
    };
    for failure in &report.failures {
        let [a, b, c] = failure.values.map(|value| value.text());
        let place = [failure.node.as_str(), &failure.element].join(" ");
        text += &format!(
            "  instance {} node `{}` row {} ({}): {a} · {b} ≠ {c}\n",
            failure.instance,
            place.trim_end(),
            failure.row,
            failure.label
        );
    }
    text += &inference::sizes(&report.inference.sizes);
    if let Some(error) = report.inference.max_error {
        text += &format!("  float model  differs by at most {}\n", format::float(error));
    }
    text
}
