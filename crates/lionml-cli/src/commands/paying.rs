//! Fees: shown before they are spent.

use lionml::Event;
use lionml_aleo::{
    Account, Connection, Error, Estimate, Fate, Fee, Outcome, Planned, Settled, credits,
};

use super::watch;
use crate::{
    args::{cache_directory, chain},
    screen::{Failure, Screen},
};

/// The node and the account that pays. What an earlier run sent is finished first.
pub(super) fn connect(
    args: &chain::PayingArgs,
    screen: &Screen,
) -> Result<(Connection, Account), Failure> {
    let connection = args.chain.connection()?;
    // What is sent and not kept could be paid for twice.
    let cache = cache_directory().ok_or_else(|| Error::Journal {
        path: "transactions".into(),
        reason: "neither `HOME` nor `XDG_CACHE_HOME` says where they are kept".to_owned(),
    })?;
    let connection = connection.with_journal(cache.join("transactions"));
    let account = args.key.account(&args.chain)?;
    for Settled { what, fate } in watch(screen, |events| connection.settle(&args.give_up, events))?
    {
        let outcome = match fate {
            Fate::Accepted => "was accepted",
            Fate::NotAccepted => "was not accepted",
            Fate::GivenUp => "was given up: if it is accepted after all, it is paid for besides",
        };
        screen.say(&format!("an earlier run's transaction, {what}, {outcome}"));
    }
    Ok((connection, account))
}

/// Shows a fee and asks whether it may be spent.
pub(super) fn agree(fee: &Fee, yes: bool, screen: &Screen) -> Result<(), Failure> {
    let Fee { what, estimate: Estimate { storage, execution, total }, balance } = fee;
    screen.say(&format!(
        "{what} costs {} credits ({} storage, {} execution) of {}",
        credits(*total),
        credits(*storage),
        credits(*execution),
        credits(*balance),
    ));
    if yes || screen.agrees("Spend it?") {
        return Ok(());
    }
    Err(Error::NotAgreed { what: what.clone() }.into())
}

/// Shows the fee of a transaction, asks, and sends it.
pub(super) fn send(
    planned: Planned,
    yes: bool,
    screen: &Screen,
) -> Result<(Fee, Outcome), Failure> {
    let fee = planned.fee();
    agree(&fee, yes, screen)?;
    let outcome = watch(screen, |events| {
        events(Event::Stage("waiting for the network"));
        planned.send()
    })?;
    Ok((fee, outcome))
}
