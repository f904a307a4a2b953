//! `lionml registry`

use lionml::Event;
use lionml_aleo::{Leo, Outcome, Page, PortDescription, Registration, Registry, RegistryVerify};
use serde::Serialize;
use serde_json::{Value, json};

use super::{paying, watch};
use crate::{
    args::chain,
    exit_code::ExitCode,
    format,
    screen::{Failure, Screen},
};

pub(super) fn run(args: &chain::Registry, screen: &Screen) -> Result<ExitCode, Failure> {
    match args {
        chain::Registry::List { first, most, chain } => {
            let connection = chain.connection()?;
            let page = watch(screen, |events| {
                events(Event::Stage("reading the registry"));
                Registry::open(&connection)?.list(*first, *most)
            })?;
            let objects: Vec<_> = page
                .models
                .iter()
                .map(|(number, model)| match model {
                    Ok(model) => object(model),
                    Err(error) => json!({"number": number, "unreadable": error.to_string()}),
                })
                .collect();
            let object = json!({"first": page.first, "count": page.count, "models": objects});
            screen.answer(&object, &[], || list(&page))?;
        }
        chain::Registry::Show { number, chain } => {
            let connection = chain.connection()?;
            let model = Registry::open(&connection)?.get(*number)?;
            screen.answer(&object(&model), &[], || show(&model, screen))?;
        }
        chain::Registry::Verify { number, model, manifest, chain, srs } => {
            let request = RegistryVerify {
                number: *number,
                model: model.clone(),
                manifest: manifest.clone().unwrap_or_else(|| model.with_extension("manifest")),
                srs: srs.options(),
            };
            let connection = chain.connection()?;
            let report = watch(screen, |events| request.execute(&connection, events))?;
            let retired = report.retired.then(|| "the number is retired".to_owned());
            let warnings: Vec<_> = retired.into_iter().chain(report.fidelity.warning()).collect();
            screen.answer(&report, &warnings, || {
                let heading =
                    format!("Number {number} is {} in these number formats\n", model.display());
                format!(
                    "{}  model        {}\n  owner        {}\n  onnx         {}\n  manifest     {}\n  \
                     inputs       {}\n  error        {}\n",
                    screen.heading(&heading),
                    report.model,
                    report.owner,
                    report.onnx,
                    report.manifest,
                    report.fidelity.ranges_text(),
                    report.fidelity,
                )
            })?;
        }
        chain::Registry::Retire { number, chain } => {
            let (connection, account) = paying::connect(chain, screen)?;
            let leo = Leo::find()?;
            let planned = Registry::open(&connection)?.retirement(*number, &leo, &account)?;
            let (fee, outcome) = paying::send(planned, chain.yes, screen)?;
            sent(&json!({"number": number, "fee": fee, "outcome": outcome}), &outcome, screen)?;
        }
        chain::Registry::Deploy { chain } => {
            let (connection, account) = paying::connect(chain, screen)?;
            let planned = Registry::deployment(&Leo::find()?, &connection, &account)?;
            let (fee, outcome) = paying::send(planned, chain.yes, screen)?;
            sent(&json!({"fee": fee, "outcome": outcome}), &outcome, screen)?;
        }
    }
    Ok(ExitCode::Ok)
}

/// Says that the network accepted a transaction.
pub(super) fn sent(
    object: &impl Serialize,
    outcome: &Outcome,
    screen: &Screen,
) -> Result<(), Failure> {
    screen.answer(object, &[], || format!("accepted: {}\n", outcome.transaction))
}

fn object(model: &Registration) -> Value {
    let description = &model.description;
    let ports = |ports: &[PortDescription]| -> Vec<Value> {
        ports
            .iter()
            .map(|port| {
                json!({
                    "type": port.leo_type(),
                    "visibility": port.visibility,
                    "scale": port.scale_text(),
                    "low": port.low.to_string(),
                    "high": port.high.to_string(),
                })
            })
            .collect()
    };
    json!({
        "number": model.number,
        "name": description.name,
        "owner": model.owner,
        "height": model.height,
        "retired": model.retired,
        "previous": description.previous,
        "onnx": description.onnx.to_string(),
        "manifest": format!("{}field", description.manifest),
        "key_digest": format!("{}field", model.key_digest),
        "publics": description.publics,
        "inputs": ports(&description.inputs),
        "outputs": ports(&description.outputs),
    })
}

fn list(page: &Page) -> String {
    let Page { first, count, models } = page;
    if models.is_empty() {
        return match count {
            0 => "No model is registered.\n".to_owned(),
            _ => format!("{} models are registered, none from {first} on.\n", number(*count)),
        };
    }
    let types = |ports: &[PortDescription]| {
        ports.iter().map(PortDescription::leo_type).collect::<Vec<_>>().join(", ")
    };
    let rows: Vec<Vec<String>> = models
        .iter()
        .map(|(number, model)| {
            let Ok(model) = model else {
                let unknown = || "?".to_owned();
                let cells = [number.to_string(), unknown(), unknown(), unknown(), unknown()];
                return cells.into_iter().chain(["unreadable".to_owned()]).collect();
            };
            let state = match (model.retired, model.description.previous) {
                (true, _) => "retired".to_owned(),
                (false, Some(previous)) => format!("replaces {previous}"),
                (false, None) => String::new(),
            };
            vec![
                model.number.to_string(),
                model.description.name.clone(),
                types(&model.description.inputs),
                types(&model.description.outputs),
                model.owner.clone(),
                state,
            ]
        })
        .collect();
    let table = format::table(&["number", "name", "inputs", "outputs", "owner", ""], &rows);
    let shown = u32::try_from(models.len()).unwrap_or(u32::MAX);
    let next = first.saturating_add(shown);
    if next >= *count {
        return table;
    }
    format!(
        "{table}{} of {} models, by the node's word; `--first {next}` shows the next ones.\n",
        number(shown),
        number(*count)
    )
}

fn number(count: u32) -> String {
    format::number(count)
}

fn show(model: &Registration, screen: &Screen) -> String {
    let description = &model.description;
    let mut text = screen.heading(&format!("Number {}: {}\n", model.number, description.name));
    let retired = if model.retired { ", retired" } else { "" };
    text += &format!("  owner        {}, in block {}{retired}\n", model.owner, model.height);
    if let Some(previous) = description.previous {
        text += &format!("  replaces     {previous}\n");
    }
    text += &format!("  onnx         {}\n", description.onnx);
    text += &format!("  manifest     {}field\n", description.manifest);
    text += &format!("  key digest   {}field\n", model.key_digest);
    for (ports, label) in [(&description.inputs, "input "), (&description.outputs, "output")] {
        for port in ports {
            text += &format!(
                "  {label}       {}, {}, {} to {}; 1 stands for {}\n",
                port.leo_type(),
                serde_json::to_value(port.visibility)
                    .ok()
                    .and_then(|value| value.as_str().map(str::to_owned))
                    .unwrap_or_default(),
                port.low,
                port.high,
                port.scale_text(),
            );
        }
    }
    text += "The name and the types are the owner's word until `lionml registry verify` or a build \
             has made the key again.\n";
    text
}
