//! Fees: shown before they are spent.

use lionml_aleo::{Error, Estimate, Fee, Planned, credits};

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
) -> Result<(Fee, lionml_aleo::Outcome), Failure> {
    let fee = planned.fee();
    agree(&fee, yes, screen)?;
    Ok((fee, planned.send_accepted()?))
}
