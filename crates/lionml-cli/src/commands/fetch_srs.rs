//! `lionml fetch-srs`

use lionml::FetchSrs;

use super::watch;
use crate::{
    args,
    exit_code::ExitCode,
    format,
    screen::{Failure, Screen},
};

pub(super) fn run(args: &args::FetchSrs, screen: &Screen) -> Result<ExitCode, Failure> {
    let directory = args.srs_dir.clone().or_else(args::srs_directory);
    let request = FetchSrs {
        power: args.power,
        directory: directory.unwrap_or_else(|| "srs".into()),
        url: Some(args.url.clone()),
    };
    let report = watch(screen, |events| request.execute(events))?;
    screen.answer(&report, &[], || match report.files.len() {
        0 => "These powers are part of the program.\n".to_owned(),
        files => format!("{files} files, {}, are there.\n", format::bytes(report.bytes)),
    })?;
    Ok(ExitCode::Ok)
}
