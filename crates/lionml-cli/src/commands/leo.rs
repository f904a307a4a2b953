//! `lionml leo`

use lionml_aleo::{Answer, Build, BuildReport, Call, CallReport, ExecuteStored, New, StoredCall};
use serde_json::json;

use super::{paying, registry::sent, watch};
use crate::{
    args::chain,
    exit_code::ExitCode,
    format,
    screen::{Failure, Screen},
};

pub(super) fn run(args: &chain::Leo, screen: &Screen) -> Result<ExitCode, Failure> {
    match args {
        chain::Leo::New { directory, model, annotation } => {
            let request =
                New { directory: directory.clone(), model: model.clone(), number: *annotation };
            let report = request.execute()?;
            screen.answer(&report, &report.warnings, || {
                let mut text = screen.heading(&format!("{} is ready\n", report.program));
                for file in &report.files {
                    text += &format!("  wrote        {}\n", file.display());
                }
                text
            })?;
        }
        chain::Leo::Build { package, chain } => {
            let connection = chain.connection()?;
            let request = build(package);
            let report = watch(screen, |events| request.execute(&connection, events))?;
            screen.answer(&report, &report.warnings, || built(&report, screen))?;
        }
        chain::Leo::Deploy { package, chain } => {
            let (connection, account) = paying::connect(chain, screen)?;
            let request = build(package);
            let planned =
                watch(screen, |events| request.deployment(&connection, &account, events))?;
            match planned {
                Some(planned) => {
                    let (fee, outcome) = paying::send(planned, chain.yes, screen)?;
                    sent(&json!({"fee": fee, "outcome": outcome}), &outcome, screen)?;
                }
                None => {
                    let nothing = json!({"fee": null, "outcome": null});
                    let text = || "this very program was deployed before\n".to_owned();
                    screen.answer(&nothing, &[], text)?;
                }
            }
        }
        chain::Leo::Run { call, output, package, chain, key } => {
            let connection = chain.connection()?;
            let account = key.account(chain)?;
            let request = request(call, package);
            let report = watch(screen, |events| request.run(&connection, &account, events))?;
            if let Some(output) = output {
                report.call.write(output)?;
            }
            screen.answer(&report, &[], || ran(&report))?;
        }
        chain::Leo::Execute { call, call_file, package, chain } => {
            let (connection, account) = paying::connect(chain, screen)?;
            let (planned, answers, prove_seconds) = match call_file {
                Some(path) => {
                    let request = ExecuteStored {
                        file: path.clone(),
                        package: package.package.clone(),
                        srs: package.srs.options(),
                    };
                    let (planned, call, answers) =
                        watch(screen, |events| request.plan(&connection, &account, events))?;
                    // Whoever is asked for a fee knows for what.
                    screen.say(called(&call, &answers).trim_end());
                    (planned, answers, None)
                }
                None => {
                    let request = request(call, package);
                    let (planned, report) =
                        watch(screen, |events| request.plan(&connection, &account, events))?;
                    screen.say(called(&report.call, &report.answers).trim_end());
                    (planned, report.answers, Some(report.prove_seconds))
                }
            };
            let (fee, outcome) = paying::send(planned, chain.yes, screen)?;
            let object = json!({
                "accepted": outcome.accepted,
                "transaction": outcome.transaction,
                "fee": fee,
                "answers": answers,
                "prove_seconds": prove_seconds,
            });
            screen.answer(&object, &[], || format!("accepted: {}\n", outcome.transaction))?;
        }
    }
    Ok(ExitCode::Ok)
}

fn build(package: &chain::PackageArgs) -> Build {
    Build { package: package.package.clone(), srs: package.srs.options() }
}

fn request(call: &chain::CallArgs, package: &chain::PackageArgs) -> Call {
    Call {
        package: package.package.clone(),
        function: call.function.clone().unwrap_or_default(),
        arguments: call.arguments.clone(),
        srs: package.srs.options(),
    }
}

fn built(report: &BuildReport, screen: &Screen) -> String {
    let mut text = screen.heading(&format!("{} is built\n", report.program));
    for model in &report.models {
        text += &format!(
            "  number {}     {}, by {}: answers {}\n",
            model.number,
            model.name,
            model.owner,
            model.functions.join(", "),
        );
    }
    if !report.models.is_empty() {
        text += "  Each key is that of its compiled model, and the registered one; `lionml registry verify`\n  \
                 makes it again from the ONNX file.\n";
    }
    for entry in &report.interface.entries {
        text += &screen.heading(&format!("{}\n", entry.name));
        if entry.parameters.is_empty() {
            text += "  takes nothing\n";
            continue;
        }
        let rows: Vec<Vec<String>> = entry
            .parameters
            .iter()
            .map(|parameter| {
                let who = match parameter.origin {
                    lionml_aleo::Origin::User { .. } => "yours",
                    lionml_aleo::Origin::Model { .. } => "`lionml leo run` fills it in",
                };
                let mode = parameter.mode.clone();
                vec![parameter.name.clone(), parameter.leo_type.clone(), mode, who.to_owned()]
            })
            .collect();
        text += &format::table(&["parameter", "type", "mode", ""], &rows);
    }
    text += &format!("  wrote        {}\n", report.package.display());
    text
}

/// A call: what is given to which function, and what the models answered.
fn called(call: &StoredCall, answers: &[Answer]) -> String {
    let mut text = format!("{} of {}\n", call.function, call.program);
    for argument in call.given() {
        text += &format!("  {}     is {}\n", argument.name, lines(&argument.value));
    }
    for answer in answers {
        for (integers, values) in answer.integers.iter().zip(&answer.values) {
            let integers: Vec<_> = integers.iter().map(ToString::to_string).collect();
            text += &format!(
                "  {}     answered {} ({})\n",
                answer.function,
                integers.join(" "),
                format::values(values),
            );
        }
    }
    text
}

fn ran(report: &CallReport) -> String {
    let mut text = called(&report.call, &report.answers);
    if !report.answers.is_empty() {
        text += &format!("  proved       in {}\n", format::seconds(report.prove_seconds));
    }
    for output in &report.outputs {
        text += &format!("  returned     {}\n", lines(output));
    }
    text
}

/// A value on one line.
fn lines(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
