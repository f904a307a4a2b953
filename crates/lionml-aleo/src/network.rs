//! Networks, and what a node answers without a key.

use std::{
    fmt,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use lionml::{Event, Events};
use serde::{Deserialize, Serialize};
use ureq::Agent;

use crate::{
    Error,
    journal::{Journal, Sent},
    leo::Transaction,
    literal::shorten,
};

/// A network of Aleo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// A node of one's own, which Leo brings: `lionml devnet start`.
    Devnet,
    /// The public network for trying things.
    Testnet,
    /// The network where credits have a price.
    Mainnet,
}

impl Network {
    /// How nodes and Leo call it: a devnet runs the testnet's rules.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Devnet | Self::Testnet => "testnet",
            Self::Mainnet => "mainnet",
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Devnet => "devnet",
            Self::Testnet => "testnet",
            Self::Mainnet => "mainnet",
        })
    }
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Its id.
    pub transaction: String,
    /// Always true: else there would be an error.
    pub accepted: bool,
}

/// A transaction of an earlier run whose outcome was found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// What it was for.
    pub what: String,
    /// Whether the network accepted it.
    pub accepted: bool,
}

/// A node of a network.
#[derive(Clone, Debug)]
pub struct Connection {
    network: Network,
    endpoint: String,
    agent: Agent,
    journal: Option<Journal>,
}

/// Since this consensus version `snark.verify` knows Varuna's version 3, the only sound one.
const FIRST_CONSENSUS_VERSION: u8 = 21;

/// Where a devnet listens if nothing else is said.
const DEVNET_ENDPOINT: &str = "http://127.0.0.1:3030";

/// How long a transaction may take into a block: more than ten blocks of a public network.
const PATIENCE: Duration = Duration::from_secs(120);

/// No answer that is read here is longer.
const MAX_ANSWER_BYTES: u64 = 8 << 20;

impl Connection {
    /// A node of a network. Public networks have no default: a node sees what is asked and sent.
    pub fn new(network: Network, endpoint: Option<&str>) -> Result<Self, Error> {
        let endpoint = match (endpoint, network) {
            (Some(endpoint), _) => endpoint.trim_end_matches('/').to_owned(),
            (None, Network::Devnet) => DEVNET_ENDPOINT.to_owned(),
            (None, Network::Testnet | Network::Mainnet) => {
                return Err(Error::NoEndpoint { network });
            }
        };
        if !(endpoint.starts_with("http://") || endpoint.starts_with("https://")) {
            return Err(Error::Endpoint { endpoint });
        }
        let agent = Agent::config_builder()
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_global(Some(Duration::from_secs(60)))
            .http_status_as_error(false)
            .build()
            .into();
        Ok(Self { network, endpoint, agent, journal: None })
    }

    /// Keeps what is sent in this directory until its outcome is known.
    #[must_use]
    pub fn with_journal(self, directory: PathBuf) -> Self {
        Self { journal: Some(Journal::new(directory)), ..self }
    }

    /// The network.
    pub fn network(&self) -> Network {
        self.network
    }

    /// Where the node is.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{}/{path}", self.endpoint, self.network.id())
    }

    /// What the node answers: the status, and the text.
    fn answer(
        &self,
        answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<(u16, String), Error> {
        let unreachable = |source| Error::Unreachable {
            endpoint: self.endpoint.clone(),
            source: Box::new(source),
        };
        let mut answer = answer.map_err(unreachable)?;
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_string();
        // Parts of it are shown: nothing in it may steer the reader's screen.
        let mut text = body.map_err(unreachable)?;
        text.retain(|c| !c.is_control() || c.is_ascii_whitespace());
        Ok((status, text))
    }

    /// What the node answers, or none where it has nothing of that name.
    fn read(
        &self,
        path: &str,
        answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Option<serde_json::Value>, Error> {
        let (status, text) = self.answer(answer)?;
        let malformed = || Error::Answer {
            what: path.to_owned(),
            answer: format!("{status} {}", shorten(&text)),
        };
        match status {
            200 => match serde_json::from_str(&text) {
                Ok(serde_json::Value::Null) => Ok(None),
                Ok(value) => Ok(Some(value)),
                Err(_) => Err(malformed()),
            },
            404 => Ok(None),
            // Nodes answer so where a program or mapping is not there.
            500 if text.contains("Missing")
                || text.contains("not found")
                || text.contains("does not exist") =>
            {
                Ok(None)
            }
            _ => Err(malformed()),
        }
    }

    pub(crate) fn get(&self, path: &str) -> Result<Option<serde_json::Value>, Error> {
        self.read(path, self.agent.get(self.url(path)).call())
    }

    /// The text under a key of a mapping.
    pub fn mapping(
        &self,
        program: &str,
        mapping: &str,
        key: &str,
    ) -> Result<Option<String>, Error> {
        let path = format!("program/{program}/mapping/{mapping}/{key}");
        let answer = self.get(&path)?;
        answer.map(|value| text_of(&value, &path)).transpose()
    }

    /// The code of a program.
    pub(crate) fn program(&self, program: &str) -> Result<Option<String>, Error> {
        let path = format!("program/{program}");
        self.get(&path)?.map(|value| text_of(&value, &path)).transpose()
    }

    /// The code of a program; an error where the network does not have it.
    pub(crate) fn deployed(&self, program: &str) -> Result<String, Error> {
        self.program(program)?.ok_or_else(|| Error::NoProgram {
            program: program.to_owned(),
            endpoint: self.endpoint.clone(),
        })
    }

    /// Hands a transaction to the node, and waits until it is in a block.
    pub(crate) fn send(&self, what: &str, transaction: &Transaction) -> Result<Outcome, Error> {
        let keep = |journal: &Journal| journal.keep(self, what, transaction);
        let kept = self.journal.as_ref().map(keep).transpose()?;
        let outcome = self
            .broadcast(what, &transaction.id, &transaction.json)
            .and_then(|()| self.wait(what, &transaction.id));
        if let (Some(path), Ok(_) | Err(Error::NotAccepted { .. })) = (kept, &outcome) {
            let _ = fs_err::remove_file(path);
        }
        outcome
    }

    /// Finds out what became of the transactions that were sent before, and sends those again that
    /// are in no block: as they were, so that nothing is paid for twice.
    pub fn settle(&self, events: &mut Events<'_>) -> Result<Vec<Settled>, Error> {
        let sent = self.journal.as_ref().map_or_else(Vec::new, |journal| journal.sent(self));
        let settle = |(path, Sent { what, id, transaction, .. }): (_, Sent)| {
            events(Event::Stage("finishing a transaction that was sent before"));
            let sent_again = || match self.broadcast(&what, &id, transaction.as_bytes()) {
                Err(Error::NotAccepted { reason: Some(reason), .. })
                    if reason.contains("already exists") =>
                {
                    self.wait(&what, &id)
                }
                sent => sent.and_then(|()| self.wait(&what, &id)),
            };
            let accepted = match self.confirmed(&what, &id).unwrap_or_else(sent_again) {
                Ok(_) => true,
                Err(Error::NotAccepted { .. }) => false,
                Err(error) => return Err(error),
            };
            let _ = fs_err::remove_file::<PathBuf>(path);
            Ok(Settled { what, accepted })
        };
        sent.into_iter().map(settle).collect()
    }

    fn broadcast(&self, what: &str, id: &str, transaction: &[u8]) -> Result<(), Error> {
        let request = self.agent.post(self.url("transaction/broadcast?check_transaction=true"));
        let request = request.header("Content-Type", "application/json");
        // Where the answer was lost, or is a gateway's, the transaction may have arrived.
        let is_refusal = |status: u16| !matches!(status, 200..300 | 408 | 429 | 502..505);
        match self.answer(request.send(transaction)) {
            Ok((status, text)) if is_refusal(status) => Err(Error::NotAccepted {
                what: what.to_owned(),
                id: id.to_owned(),
                reason: Some(shorten(&text)),
            }),
            _ => Ok(()),
        }
    }

    fn wait(&self, what: &str, id: &str) -> Result<Outcome, Error> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(outcome) = self.confirmed(what, id) {
                return outcome;
            }
            thread::sleep(Duration::from_secs(1));
        }
        let (what, id, url) = (what.to_owned(), id.to_owned(), self.url(&confirmed_path(id)));
        Err(Error::Unconfirmed { what, id, url })
    }

    /// What a block made of a transaction, where one has it. A node that does not answer once is
    /// asked again.
    fn confirmed(&self, what: &str, id: &str) -> Option<Result<Outcome, Error>> {
        let request = self.agent.get(self.url(&confirmed_path(id)));
        let (status, text) = self.answer(request.call()).unwrap_or_default();
        let confirmed: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let reason = match (status, confirmed["status"].as_str()) {
            (200, Some("accepted")) => {
                return Some(Ok(Outcome { transaction: id.to_owned(), accepted: true }));
            }
            (200, Some("rejected")) => None,
            _ if text.contains("was aborted") => Some(shorten(&text)),
            _ => return None,
        };
        Some(Err(Error::NotAccepted { what: what.to_owned(), id: id.to_owned(), reason }))
    }

    /// The balance of an address in millionths of a credit.
    pub fn balance(&self, address: &str) -> Result<u64, Error> {
        let Some(text) = self.mapping("credits.aleo", "account", address)? else { return Ok(0) };
        text.strip_suffix("u64")
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| Error::Answer { what: "the balance".to_owned(), answer: shorten(&text) })
    }

    /// The consensus version of the node's last block.
    pub(crate) fn consensus_version(&self) -> Result<u8, Error> {
        let path = "consensus_version";
        let answer = self.get(path)?.unwrap_or_default();
        let number = answer.as_u64().or_else(|| answer.as_str()?.parse().ok());
        number.and_then(|number| u8::try_from(number).ok()).ok_or_else(|| Error::Answer {
            what: path.to_owned(),
            answer: shorten(&answer.to_string()),
        })
    }

    /// Refuses networks that verify by an unsound version of Varuna or by none.
    pub(crate) fn check_consensus(&self) -> Result<(), Error> {
        let got = self.consensus_version()?;
        if got < FIRST_CONSENSUS_VERSION {
            let endpoint = self.endpoint.clone();
            return Err(Error::Consensus { endpoint, got, needed: FIRST_CONSENSUS_VERSION });
        }
        Ok(())
    }
}

fn confirmed_path(id: &str) -> String {
    format!("transaction/confirmed/{id}")
}

fn text_of(value: &serde_json::Value, path: &str) -> Result<String, Error> {
    // As in the answer itself: an escape of JSON is a control character by now.
    let is_shown = |c: &char| !c.is_control() || c.is_ascii_whitespace();
    value
        .as_str()
        .map(|text| text.chars().filter(is_shown).collect())
        .ok_or_else(|| Error::Answer { what: path.to_owned(), answer: shorten(&value.to_string()) })
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
    };

    use super::*;

    /// A node that gives these answers in turn: a status and a text, or nothing at all.
    fn node(answers: Vec<Option<(u16, &'static str)>>) -> Connection {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = Vec::new();
                let is_whole = |request: &[u8]| match request.starts_with(b"POST") {
                    true => request.ends_with(b"{}"),
                    false => request.ends_with(b"\r\n\r\n"),
                };
                while !is_whole(&request) {
                    let mut part = [0; 1024];
                    let length = stream.read(&mut part).unwrap();
                    request.extend_from_slice(&part[..length]);
                }
                if let Some((status, text)) = answer {
                    let length = text.len();
                    write!(
                        stream,
                        "HTTP/1.1 {status} Status\r\nContent-Length: {length}\r\n\
                         Connection: close\r\n\r\n{text}"
                    )
                    .unwrap();
                }
            }
        });
        Connection::new(Network::Devnet, Some(&endpoint)).unwrap()
    }

    fn transaction() -> Transaction {
        let (program, id, json) = ("a.aleo".to_owned(), "at1".to_owned(), b"{}".to_vec());
        Transaction { program, id, estimate: Default::default(), json }
    }

    fn send(answers: Vec<Option<(u16, &'static str)>>) -> Result<Outcome, Error> {
        node(answers).send("executing", &transaction())
    }

    /// What is sent and interrupted is neither lost nor paid for twice.
    #[test]
    fn accepts_what_was_sent_before_and_sends_it_again_as_it_was() {
        let place = tempfile::tempdir().unwrap();
        let kept = || fs_err::read_dir(place.path()).unwrap().count();
        let taken = Some((200, r#""at1""#));
        let accepted = Some((200, r#"{"status": "accepted"}"#));
        let rejected = Some((200, r#"{"status": "rejected"}"#));
        let not_yet = Some((500, "Missing confirmed transaction for ID at1"));
        let known = Some((500, "Transaction 'at1' already exists in the ledger"));
        let of_another_ledger = Some((500, "the state root is not known"));
        for (answers, is_accepted) in [
            (vec![accepted], true),
            (vec![rejected], false),
            (vec![not_yet, taken, accepted], true),
            (vec![not_yet, known, accepted], true),
            (vec![not_yet, of_another_ledger], false),
        ] {
            let node = node(answers).with_journal(place.path().to_owned());
            node.journal.as_ref().unwrap().keep(&node, "executing", &transaction()).unwrap();
            // Another node's is none of this one's.
            let other = Connection::new(Network::Devnet, None).unwrap();
            let other = other.with_journal(place.path().to_owned());
            assert_eq!(other.settle(&mut |_| ()).unwrap(), []);
            let settled = Settled { what: "executing".to_owned(), accepted: is_accepted };
            assert_eq!(node.settle(&mut |_| ()).unwrap(), [settled]);
            assert_eq!((kept(), node.settle(&mut |_| ()).unwrap()), (0, vec![]));
        }
        let node = node(vec![taken, accepted]).with_journal(place.path().to_owned());
        assert!(node.send("executing", &transaction()).is_ok());
        assert_eq!(kept(), 0);
    }

    /// An escape in an answer's text would steer the reader's screen.
    #[test]
    fn rejects_control_characters_in_answers() {
        let node = node(vec![Some((200, r#""5\u001b[2Ku64""#))]);
        let error = node.balance("aleo1").unwrap_err().to_string();
        assert!(!error.contains('\u{1b}'), "{error:?}");
    }

    #[test]
    fn accepts_transactions_that_are_in_a_block_though_an_answer_was_lost() {
        let accepted = Outcome { transaction: "at1".to_owned(), accepted: true };
        let taken = Some((200, r#""at1""#));
        let in_a_block = Some((200, r#"{"status": "accepted"}"#));
        assert_eq!(send(vec![taken, in_a_block]).unwrap(), accepted);
        assert_eq!(send(vec![None, in_a_block]).unwrap(), accepted);
        let gateway = Some((504, "<html>Gateway Timeout</html>"));
        assert_eq!(send(vec![gateway, in_a_block]).unwrap(), accepted);
        let not_yet = Some((500, "Missing confirmed transaction for ID at1"));
        assert_eq!(send(vec![taken, not_yet, in_a_block]).unwrap(), accepted);
    }

    #[test]
    fn rejects_transactions_that_a_node_or_a_block_refuses() {
        let refused = |answers| match send(answers) {
            Err(Error::NotAccepted { id, reason, .. }) => {
                assert_eq!(id, "at1");
                reason
            }
            other => panic!("{other:?}"),
        };
        let taken = Some((200, r#""at1""#));
        let known = "Transaction 'at1' already exists in the ledger";
        assert_eq!(refused(vec![Some((500, known))]).unwrap(), known);
        assert_eq!(refused(vec![taken, Some((200, r#"{"status": "rejected"}"#))]), None);
        let aborted = "Transaction 'at1' was aborted in block 'ab1'";
        assert_eq!(refused(vec![taken, Some((500, aborted))]).unwrap(), aborted);
    }

    #[test]
    fn rejects_public_networks_without_an_endpoint() {
        for network in [Network::Testnet, Network::Mainnet] {
            assert!(matches!(Connection::new(network, None), Err(Error::NoEndpoint { .. })));
        }
        let node = Connection::new(Network::Devnet, None).unwrap();
        assert_eq!(node.url("x"), "http://127.0.0.1:3030/testnet/x");
        let odd = Connection::new(Network::Mainnet, Some("ftp://node"));
        assert!(matches!(odd, Err(Error::Endpoint { .. })));
    }

    #[test]
    fn rejects_a_node_that_is_not_there() {
        let node = Connection::new(Network::Devnet, Some("http://127.0.0.1:9")).unwrap();
        assert!(matches!(node.balance("aleo1"), Err(Error::Unreachable { .. })));
    }
}
