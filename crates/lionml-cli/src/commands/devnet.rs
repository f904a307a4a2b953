//! `lionml devnet`

use lionml_aleo::{Devnet, Error};

use super::watch;
use crate::{
    args::{cache_directory, chain},
    exit_code::ExitCode,
    screen::{Failure, Screen},
};

pub(super) fn run(args: &chain::Devnet, screen: &Screen) -> Result<ExitCode, Failure> {
    let directory = cache_directory()
        .ok_or_else(|| Error::Devnet {
            reason: "there is no place for the devnet's log".to_owned(),
            hint: "set `HOME` or `XDG_CACHE_HOME`",
        })?
        .join("devnet");
    let (devnet, done) = match args {
        chain::Devnet::Start { port } => {
            let devnet = watch(screen, |events| {
                events(lionml::Event::Stage("starting the devnet"));
                Devnet::start(&directory, *port)
            })?;
            (devnet, "runs, with the registry on it; its ledger ends with it")
        }
        chain::Devnet::Stop { port } => (Devnet::stop(&directory, *port)?, "was stopped"),
    };
    screen.answer(&devnet, &[], || format!("The devnet at {} {done}.\n", devnet.endpoint))?;
    Ok(ExitCode::Ok)
}
