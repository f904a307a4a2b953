//! `lionml inspect`

use std::collections::BTreeSet;

use lionml::{Inspect, InspectReport, PortReport};

use super::{inference, watch};
use crate::{
    args,
    exit_code::ExitCode,
    format,
    screen::{Failure, Screen},
};

pub(super) fn run(args: &args::Inspect, screen: &Screen) -> Result<ExitCode, Failure> {
    let (options, srs) = (args.options.options(), args.srs.options());
    let request = Inspect { model: args.model.clone(), options, srs };
    let report = watch(screen, |events| request.execute(events))?;
    screen.answer(&report, &report.warnings, || text(&report, screen))?;
    Ok(ExitCode::Ok)
}

/// What the cost hangs on that nobody said.
fn assumed(report: &InspectReport) -> String {
    let range = report
        .assumed_range
        .map(|(low, high)| format!("inputs from {low} to {high} (`--input-range` says otherwise)"));
    let bits = report
        .assumed_bits
        .map(|bits| format!("{bits} significant bits (`--bits` says otherwise)"));
    let all: Vec<_> = range.into_iter().chain(bits).collect();
    if all.is_empty() { String::new() } else { format!("  assumed      {}\n", all.join(", ")) }
}

fn text(report: &InspectReport, screen: &Screen) -> String {
    let mut text = screen.heading(&format!("{}\n", report.model));
    text += &match report.producer.as_str() {
        "" => format!("  opset {}\n", report.opset),
        producer => format!("  opset {}, written by {producer}\n", report.opset),
    };
    text += &format!("  {} parameters\n", format::number(report.parameters));
    let port = |what: &str, port: &PortReport| {
        let shape = port.shape.as_ref().map_or("?".to_owned(), |shape| shape.join(","));
        format!("  {what} `{}`: {} [{shape}]\n", port.name, port.element)
    };
    report.inputs.iter().for_each(|p| text += &port("input", p));
    report.outputs.iter().for_each(|p| text += &port("output", p));
    text += &screen.heading("Operators\n");
    let rows: Vec<_> = report
        .ops
        .iter()
        .map(|op| {
            let support = match op.unsupported {
                0 => "yes".to_owned(),
                n if n == op.count => "no".to_owned(),
                n => format!("no, {n} of them"),
            };
            vec![op.op.clone(), op.count.to_string(), support]
        })
        .collect();
    text += &format::table(&["op", "count", "supported"], &rows);
    for node in &report.unsupported {
        text += &format!("  {}\n", node.reason);
    }
    let hints: BTreeSet<_> = report.unsupported.iter().map(|node| (&node.op, &node.hint)).collect();
    for (op, hint) in hints {
        text += &format!("  hint for {op}: {hint}\n");
    }
    if let Some(cost) = &report.cost {
        text += &screen.heading("Cost of a proof, about\n");
        text += &inference::sizes(cost);
        text += &format!(
            "  proving      {} on two cores\n",
            format::seconds(cost.estimated_prove_seconds)
        );
        text += &assumed(report);
    }
    if !report.unsupported.is_empty() {
        text += "This model cannot be compiled for the reasons above.\n";
    } else if let (Some(reason), Some(hint)) = (&report.reason, &report.hint) {
        text += &format!("This model cannot be compiled: {reason}\nhint: {hint}\n");
    }
    text
}
