//! `lionml compile`

use lionml::{Compile, CompileReport, Port};

use super::{inference, watch};
use crate::{
    args,
    exit_code::ExitCode,
    format,
    screen::{Failure, Screen},
};

pub(super) fn run(args: &args::Compile, screen: &Screen) -> Result<ExitCode, Failure> {
    let request = Compile {
        model: args.model.clone(),
        output: args.output.clone(),
        samples: args.samples.clone(),
        options: args.options.options(),
    };
    let report = watch(screen, |events| request.execute(events))?;
    screen.answer(&report, &report.warnings, || text(&report, screen))?;
    Ok(ExitCode::Ok)
}

fn text(report: &CompileReport, screen: &Screen) -> String {
    let mut text = screen.heading(&format!("Nodes of {}\n", report.model));
    let optional = |value: Option<f64>| value.map_or_else(String::new, format::float);
    let rows: Vec<_> = report
        .nodes
        .iter()
        .map(|node| {
            vec![
                node.node.clone(),
                node.op.clone(),
                node.number.map_or_else(String::new, |n| n.scale.to_string()),
                node.number.map_or_else(String::new, |n| n.interval.signed_bits().to_string()),
                optional(node.max_error),
                optional(node.relative_error),
                format::number(node.constraints),
            ]
        })
        .collect();
    let headings = ["node", "op", "scale", "bits", "error", "relative", "rows"];
    text += &format::table(&headings, &rows);
    let kind = if report.random { "random inputs" } else { "samples" };
    text += &format!(
        "  errors are the largest against the float model on {} {kind}; {} settings were tried\n",
        report.samples, report.evaluations
    );
    let largest = |errors: &[f64]| format::float(errors.iter().copied().fold(0.0, f64::max));
    text += &screen.heading("Precision\n");
    text += &format!(
        "  error        {} of an output's span; the largest elements agree on {:.2} %\n",
        largest(&report.output_errors),
        100.0 * report.classes,
    );
    match &report.held_out {
        Some(held_out) => {
            text += &format!(
                "  held out     {} and {:.2} % on the {} {kind} that number formats were not chosen by\n",
                largest(&held_out.output_errors),
                100.0 * held_out.classes,
                held_out.samples,
            );
        }
        None => text += &format!("  held out     none: fewer than 16 {kind}, or fixed bits\n"),
    }
    text += &screen.heading("Statement\n");
    let port = |what: &str, port: &Port| {
        let visibility = format!("{:?}", port.visibility).to_lowercase();
        let (low, high) = (port.interval.low(), port.interval.high());
        format!(
            "  {what} `{}` {} is {visibility}: {} to {} in steps of {}\n",
            port.name,
            port.shape,
            format::float(port.scale.dequantize(low)),
            format::float(port.scale.dequantize(high)),
            format::float(port.scale.step()),
        )
    };
    report.inputs.iter().for_each(|p| text += &port("input", p));
    report.outputs.iter().for_each(|p| text += &port("output", p));
    text += &screen.heading("Circuit\n");
    text += &inference::sizes(&report.sizes);
    text += &format!("  manifest     {}\n", report.manifest);
    for file in &report.files {
        text += &format!("  wrote        {}\n", file.display());
    }
    text
}
