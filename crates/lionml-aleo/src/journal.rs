//! Transactions that were sent and of which nobody knows yet what became of them.
//!
//! Whoever interrupts a command that waits, or loses the node's answer, would pay twice by running
//! it again: the first transaction may be in the next block. So each is kept until its outcome is
//! known, and commands that pay hand it to the node once more, as it is, before they begin. Nothing
//! else is sent to its network while it is kept.

use std::{
    io::{ErrorKind, Read as _},
    path::{Path, PathBuf},
};

use lionml::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Connection, Error, Network, leo::Transaction};

/// A directory of such transactions.
#[derive(Clone, Debug)]
pub(crate) struct Journal {
    directory: PathBuf,
}

/// A transaction that was sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    network: Network,
    endpoint: String,
    pub(crate) what: String,
    pub(crate) id: String,
    /// What it costs at most, in millionths of a credit.
    #[serde(default)]
    pub(crate) fee: u64,
    pub(crate) transaction: String,
}

/// No transaction is longer, by far.
const MAX_BYTES: u64 = 16 << 20;

impl Sent {
    /// A transaction that is about to be sent.
    pub(crate) fn new(
        connection: &Connection,
        what: &str,
        transaction: &Transaction,
    ) -> Result<Self, Error> {
        let sent = Self {
            network: connection.network(),
            endpoint: connection.endpoint().to_owned(),
            what: what.to_owned(),
            id: transaction.id.clone(),
            fee: transaction.estimate.total,
            transaction: String::from_utf8_lossy(&transaction.json).into_owned(),
        };
        match sent.is_whole() {
            true => Ok(sent),
            false => Err(Error::Extension {
                reason: format!("Leo's transaction is not `{}`, as it says", sent.id),
            }),
        }
    }

    /// Whether the transaction is the one that is named.
    fn is_whole(&self) -> bool {
        serde_json::from_str(&self.transaction).is_ok_and(|parsed: Value| parsed["id"] == *self.id)
    }

    /// The id of the transition that pays: it is in the block too where the rest was rejected.
    pub(crate) fn fee_transition(&self) -> Option<String> {
        let parsed: Value = serde_json::from_str(&self.transaction).ok()?;
        Some(parsed["fee"]["transition"]["id"].as_str()?.to_owned())
    }
}

impl Journal {
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Keeps a transaction that is about to be sent.
    pub(crate) fn keep(&self, sent: &Sent) -> Result<PathBuf, Error> {
        let path = self.directory.join(Digest::of(sent.id.as_bytes()).to_string());
        let text = serde_json::to_vec(&sent)
            .map_err(|error| Error::Extension { reason: error.to_string() })?;
        lionml::write_file(&path, &text, lionml::Readers::Owner)?;
        Ok(path)
    }

    /// What was sent to this network. Public ones are one network, whichever node is asked. A file
    /// that is not understood is an error: what it held may be paid for twice.
    pub(crate) fn sent(&self, connection: &Connection) -> Result<Vec<(PathBuf, Sent)>, Error> {
        let error = |path: &Path, reason: String| Error::Journal { path: path.to_owned(), reason };
        let entries = match fs_err::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(error(&self.directory, e.to_string())),
        };
        let mut found: Vec<(PathBuf, Sent)> = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|e| error(&self.directory, e.to_string()))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            // Others are files that a killed process had not finished.
            if name.len() != 64 || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                continue;
            }
            let path = entry.path();
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            let mut text = Vec::new();
            let read =
                is_file.then(|| fs_err::File::open(&path)?.take(MAX_BYTES).read_to_end(&mut text));
            match read {
                Some(Ok(_)) => {}
                Some(Err(e)) => return Err(error(&path, e.to_string())),
                None => return Err(error(&path, "it is no regular file".to_owned())),
            }
            let sent: Sent =
                serde_json::from_slice(&text).map_err(|e| error(&path, e.to_string()))?;
            if Digest::of(sent.id.as_bytes()).to_string() != name || !sent.is_whole() {
                return Err(error(&path, "it holds another transaction than it names".to_owned()));
            }
            if sent.network == connection.network()
                && (sent.network != Network::Devnet || sent.endpoint == connection.endpoint())
            {
                found.push((path, sent));
            }
        }
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(found)
    }
}
