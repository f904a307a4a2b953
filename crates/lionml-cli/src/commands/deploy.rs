//! `lionml deploy`

use lionml_aleo::{Deploy, DeployReport, credits};

use super::{paying, watch};
use crate::{
    args::chain,
    exit_code::ExitCode,
    format,
    screen::{Failure, Screen},
};

pub(super) fn run(args: &chain::Deploy, screen: &Screen) -> Result<ExitCode, Failure> {
    let (connection, account) = paying::connect(&args.chain, screen)?;
    let request = Deploy {
        model: args.model.clone(),
        number: args.annotation,
        previous: args.previous,
        srs: args.srs.options(),
    };
    let planned = watch(screen, |events| request.plan(&connection, &account, events))?;
    if let Some(fee) = &planned.report().fee {
        paying::agree(fee, args.chain.yes, screen)?;
    }
    let report = watch(screen, |events| {
        events(lionml::Event::Stage("waiting for the network"));
        planned.send()
    })?;
    screen.answer(&report, &[], || text(&report, screen))?;
    Ok(ExitCode::Ok)
}

fn text(report: &DeployReport, screen: &Screen) -> String {
    let done = if report.already_registered { "was registered before" } else { "is registered" };
    let heading = format!("Number {} {done}: {}\n", report.number, report.model);
    let mut text = screen.heading(&heading);
    text += &format!("  owner        {}\n", report.owner);
    text += &format!("  manifest     {}\n", report.manifest);
    text += &format!("  key digest   {}\n", report.key_digest);
    text += &format!(
        "  a call       carries {} public values and a proof of {}\n",
        report.profile.carried,
        format::bytes(report.profile.proof_bytes as u64),
    );
    if let (Some(outcome), Some(fee)) = (&report.outcome, &report.fee) {
        text += &format!("  transaction  {}\n", outcome.transaction);
        text += &format!("  fee          {} credits\n", credits(fee.estimate.total));
    }
    text += &format!(
        "A Leo program calls it by `@lionml(annotation = \"{}\")`; whoever calls it needs the \
         compiled model.\n",
        report.number
    );
    text
}
