//! `lionml bench`

use std::io;

use lionml_bench::{Bench, Ezkl, Measure};

use super::watch;
use crate::{
    args::{self, Peer, cache_directory},
    exit_code::ExitCode,
    screen::{Failure, Screen, file},
};

pub(super) fn run(args: &args::Bench, screen: &Screen) -> Result<ExitCode, Failure> {
    if args.worker {
        return work(screen);
    }
    // A name alone is looked up; a path must hold in other directories too.
    let python = match args.python.components().count() {
        1 => args.python.clone(),
        _ => std::path::absolute(&args.python)
            .map_err(|e| file("find", &args.python.to_string_lossy(), e))?,
    };
    let ezkl = args.against.map(|Peer::Ezkl| Ezkl {
        python,
        cache: cache_directory().map(|cache| cache.join("ezkl-srs")),
    });
    let program = std::env::current_exe().map_err(|e| file("find", "this program", e))?;
    let request = Bench {
        models: args.models.clone(),
        runs: args.runs,
        batches: !args.no_batches,
        srs: args.srs.options(),
        ezkl,
        accuracy_samples: args.samples,
        worker: vec![program, "bench".into(), "--worker".into(), "--json".into()],
    };
    let report = watch(screen, |events| request.execute(events))?;
    screen.answer(&report, &[], || report.to_string())?;
    Ok(ExitCode::Ok)
}

/// One measurement, in the process that it is of.
fn work(screen: &Screen) -> Result<ExitCode, Failure> {
    let request: Measure =
        serde_json::from_reader(io::stdin()).map_err(|e| file("read", "standard input", e))?;
    let measurement = request.execute()?;
    screen.answer(&measurement, &[], String::new)?;
    Ok(ExitCode::Ok)
}
