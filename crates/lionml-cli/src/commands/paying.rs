//! Fees: shown before they are spent.

use lionml::Event;
use lionml_aleo::{Error, Estimate, Fee, Outcome, Planned, credits};

use super::watch;
use crate::screen::{Failure, Screen};

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
