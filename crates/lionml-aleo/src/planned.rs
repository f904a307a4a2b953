//! Transactions that were made and not yet sent.

use std::path::Path;

use serde::Serialize;

use crate::{
    Account, Connection, Error, Estimate, Leo, Outcome,
    leo::{Step, Transaction},
};

/// A transaction that was made: its fee is known, and it is sent as it is, once, and only after
/// somebody agreed.
#[derive(Debug)]
pub struct Planned {
    what: String,
    balance: u64,
    /// Those that deploy what the program needs.
    before: Vec<Transaction>,
    transaction: Transaction,
    connection: Connection,
}

/// The fee of a transaction, in millionths of a credit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fee {
    /// What is paid for.
    pub what: String,
    /// The fee, by the virtual machine's own estimate.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// What the account has.
    pub balance: u64,
}

impl Planned {
    /// Makes the transaction of a step in a directory, and refuses one that the account cannot pay.
    pub(crate) fn new(
        what: String,
        step: &Step,
        directory: &Path,
        (leo, connection, account): (&Leo, &Connection, &Account),
    ) -> Result<Self, Error> {
        let (needed, transaction) = leo.make(step, directory, connection, account)?;
        let mut before = Vec::new();
        for transaction in needed {
            // What is there already is not paid for again.
            if connection.program(&transaction.program)?.is_none() {
                before.push(transaction);
            }
        }
        let address = account.address();
        let balance = connection.balance(&address)?;
        let planned = Self { what, balance, before, transaction, connection: connection.clone() };
        let needed = planned.fee().estimate.total;
        if balance < needed {
            return Err(Error::Balance { address, balance, needed });
        }
        Ok(planned)
    }

    /// What it will cost.
    pub fn fee(&self) -> Fee {
        let transactions = self.before.iter().chain([&self.transaction]);
        let estimate = transactions.map(|transaction| transaction.estimate).sum();
        let mut what = self.what.clone();
        // Somebody else's package may need programs that cost more than itself.
        let before: Vec<_> =
            self.before.iter().map(|before| format!("`{}`", before.program)).collect();
        if !before.is_empty() {
            what = format!("{what}, and before it {},", before.join(", "));
        }
        Fee { what, estimate, balance: self.balance }
    }

    /// Sends it and waits for what becomes of it; an error where the network does not accept it.
    pub fn send(self) -> Result<Outcome, Error> {
        for transaction in &self.before {
            let what = format!("deploying `{}`", transaction.program);
            self.connection.send(&what, transaction)?;
        }
        self.connection.send(&self.what, &self.transaction)
    }
}
