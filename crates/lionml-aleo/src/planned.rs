//! A transaction that was estimated and not yet sent.

use std::path::PathBuf;

use serde::Serialize;
use tempfile::TempDir;

use crate::{Account, Connection, Error, Estimate, Leo, Outcome};

/// A transaction whose fee is known. It is sent once, and only after somebody agreed.
#[derive(Debug)]
pub struct Planned {
    what: String,
    estimate: Estimate,
    balance: u64,
    step: Step,
    directory: Directory,
    connection: Connection,
    account: Account,
    leo: Leo,
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

#[derive(Debug)]
pub(crate) enum Step {
    Execute { function: String, inputs: Vec<String> },
    Deploy,
}

/// Where Leo runs: an empty directory, or a package.
#[derive(Debug)]
pub(crate) enum Directory {
    Temporary(TempDir),
    Package(PathBuf),
}

impl Directory {
    pub(crate) fn empty() -> Result<Self, Error> {
        let action = "make a directory";
        tempfile::tempdir().map(Self::Temporary).map_err(|source| Error::Process { action, source })
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        match self {
            Self::Temporary(directory) => directory.path(),
            Self::Package(path) => path,
        }
    }
}

impl Planned {
    /// Estimates a step, and refuses one that the account cannot pay.
    pub(crate) fn new(
        what: String,
        step: Step,
        directory: Directory,
        (leo, connection, account): (&Leo, &Connection, &Account),
    ) -> Result<Self, Error> {
        let path = directory.path();
        let estimate = match &step {
            Step::Execute { function, inputs } => {
                leo.estimate(path, connection, account, function, inputs)?
            }
            Step::Deploy => leo.estimate_deployment(path, connection, account)?,
        };
        let address = account.address();
        let balance = connection.balance(&address)?;
        if balance < estimate.total {
            return Err(Error::Balance { address, balance, needed: estimate.total });
        }
        let (leo, connection, account) = (leo.clone(), connection.clone(), account.clone());
        Ok(Self { what, estimate, balance, step, directory, connection, account, leo })
    }

    /// What it will cost.
    pub fn fee(&self) -> Fee {
        Fee { what: self.what.clone(), estimate: self.estimate, balance: self.balance }
    }

    /// Sends it and waits for what becomes of it.
    pub fn send(self) -> Result<Outcome, Error> {
        let path = self.directory.path();
        match &self.step {
            Step::Execute { function, inputs } => {
                self.leo.execute(path, &self.connection, &self.account, function, inputs)
            }
            Step::Deploy => self.leo.deploy(path, &self.connection, &self.account),
        }
    }

    /// Sends it; an error where the network does not accept it.
    pub fn send_accepted(self) -> Result<Outcome, Error> {
        let what = self.what.clone();
        let outcome = self.send()?;
        if !outcome.accepted {
            let Outcome { transaction, reason, .. } = outcome;
            let output = reason.unwrap_or_default();
            return Err(Error::NotAccepted { what, transaction, output });
        }
        Ok(outcome)
    }
}
