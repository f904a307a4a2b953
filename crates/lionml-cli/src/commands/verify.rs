//! `lionml verify`

use lionml::{SrsKind, VerifiedPort, Verify, VerifyReport, Visibility};

use super::watch;
use crate::{
    args,
    exit_code::ExitCode,
    format,
    screen::{Failure, Screen},
};

pub(super) fn run(args: &args::Verify, screen: &Screen) -> Result<ExitCode, Failure> {
    let request = Verify {
        proof: args.proof.clone(),
        vk: args.vk.clone(),
        manifest: args.manifest.clone(),
        key: args.key_digest.clone(),
        context: args.context.clone(),
        opening: args.opening.clone(),
        allow_insecure: args.srs.allow_insecure,
    };
    let report = watch(screen, |events| request.execute(events))?;
    screen.answer(&report, &report.warnings, || text(&report, screen))?;
    Ok(ExitCode::Ok)
}

fn text(report: &VerifyReport, screen: &Screen) -> String {
    let statement = &report.verified_statement;
    let mut text = screen.heading("The proof holds\n");
    text += &format!("  model        {}\n", report.model);
    text += &format!("  onnx         {}\n", report.onnx);
    text += &format!("  manifest     {}\n", report.manifest);
    text += &format!("  key digest   {}\n", report.key);
    text += &format!("  context      {}\n", statement.context.text());
    text += &match statement.srs {
        SrsKind::Development => {
            "  srs          development: INSECURE, anybody can forge this proof\n".to_owned()
        }
        kind => format!("  srs          {kind}\n"),
    };
    let seconds = format::seconds(report.verify_seconds);
    text += &format!("  seconds      {seconds} for {}\n", format::bytes(report.proof_bytes as u64));
    text += &screen.heading("What it proves\n");
    for (index, instance) in statement.instances.iter().enumerate() {
        if statement.instances.len() > 1 {
            text += &format!("  inference {index}\n");
        }
        let ports = instance.inputs.iter().map(|port| ("input", port));
        for (what, port) in ports.chain(instance.outputs.iter().map(|port| ("output", port))) {
            text += &describe(what, port);
        }
    }
    text += &screen.heading("What it does not say\n");
    for line in &report.not_proven {
        text += &format!("  {line}\n");
    }
    text
}

fn describe(what: &str, port: &VerifiedPort) -> String {
    let name = &port.name;
    match (port.visibility, &port.values, &port.digest) {
        (Visibility::Private, ..) => format!(
            "  {what} `{name}` is some value from {} to {} in steps of {:.3e}\n",
            port.low, port.high, port.step
        ),
        (_, Some(values), Some(digest)) => format!(
            "  {what} `{name}` has the salted Poseidon digest {}, which is of {}\n",
            digest.text(),
            format::values(values)
        ),
        (_, Some(values), None) => format!("  {what} `{name}` is {}\n", format::values(values)),
        (_, _, Some(digest)) => {
            format!("  {what} `{name}` has the salted Poseidon digest {}\n", digest.text())
        }
        _ => String::new(),
    }
}
