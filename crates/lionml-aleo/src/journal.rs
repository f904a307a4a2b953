//! Transactions that were sent and of which nobody knows yet what became of them.
//!
//! Whoever interrupts a command that waits, or loses the node's answer, would pay twice by running
//! it again: the first transaction may be in the next block. So each is kept until its outcome is
//! known, and commands that pay hand it to the node once more, as it is, before they begin.

use std::path::{Path, PathBuf};

use lionml::Digest;
use serde::{Deserialize, Serialize};

use crate::{Connection, Error, Network, leo::Transaction};

/// A directory of such transactions.
#[derive(Clone, Debug)]
pub(crate) struct Journal {
    directory: PathBuf,
}

/// A transaction that was sent.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    network: Network,
    endpoint: String,
    pub(crate) what: String,
    pub(crate) id: String,
    pub(crate) transaction: String,
}

impl Journal {
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Keeps a transaction that is about to be sent.
    pub(crate) fn keep(
        &self,
        connection: &Connection,
        what: &str,
        transaction: &Transaction,
    ) -> Result<PathBuf, Error> {
        let sent = Sent {
            network: connection.network(),
            endpoint: connection.endpoint().to_owned(),
            what: what.to_owned(),
            id: transaction.id.clone(),
            transaction: String::from_utf8_lossy(&transaction.json).into_owned(),
        };
        let path = self.directory.join(Digest::of(sent.id.as_bytes()).to_string());
        let text = serde_json::to_vec(&sent)
            .map_err(|error| Error::Extension { reason: error.to_string() })?;
        lionml::write_file(&path, &text, lionml::Readers::Owner)?;
        Ok(path)
    }

    /// What was sent to this network. Public ones are one network, whichever node is asked.
    pub(crate) fn sent(&self, connection: &Connection) -> Vec<(PathBuf, Sent)> {
        let read = |path: &Path| -> Option<Sent> {
            serde_json::from_slice(&fs_err::read(path).ok()?).ok()
        };
        let Ok(entries) = fs_err::read_dir(&self.directory) else { return Vec::new() };
        let mut found: Vec<(PathBuf, Sent)> = entries
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                Some((path.clone(), read(&path)?))
            })
            .filter(|(_, sent)| {
                sent.network == connection.network()
                    && (sent.network != Network::Devnet || sent.endpoint == connection.endpoint())
            })
            .collect();
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        found
    }
}
