//! `lionml audit`

use lionml::Audit;

use super::{inference, watch};
use crate::{
    args,
    exit_code::ExitCode,
    screen::{Failure, Screen},
};

pub(super) fn run(args: &args::Audit, screen: &Screen) -> Result<ExitCode, Failure> {
    let request = Audit {
        model: args.model.clone(),
        manifest: args.manifest.clone(),
        samples: args.samples.clone(),
        vk: args.vk.clone(),
        srs: args.srs.options(),
        allow_insecure: args.srs.allow_insecure,
    };
    let report = watch(screen, |events| request.execute(events))?;
    screen.answer(&report, &report.warnings, || {
        let heading =
            screen.heading("The verifying key is that of the model in these number formats\n");
        format!(
            "{heading}  model        {}\n  onnx         {}\n  manifest     {}\n  circuit      {}\n  \
             key digest   {}\n  srs          {}\n  inputs       {}\n  error        {}\n",
            report.model,
            report.onnx,
            report.manifest,
            report.circuit,
            report.key,
            inference::srs(Some(report.srs)),
            report.fidelity.ranges_text(),
            report.fidelity,
        )
    })?;
    Ok(ExitCode::Ok)
}
