//! Networks, and what a node answers without a key.
//!
//! A node may lie, lag, stall, or be another one than a moment ago. What it says is compared with
//! what others say where the user names some; of what it is sent, nothing is paid for again on its
//! word alone.

use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
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

/// A transaction of an earlier run that no longer stands in the way of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// What it was for.
    pub what: String,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A block has it.
    Accepted,
    /// It was rejected, by the word of a node that is believed.
    NotAccepted,
    /// Its sender gave it up.
    GivenUp,
}

/// What nodes say of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// A block has it.
    Accepted,
    /// A block has its fee alone.
    Rejected,
    /// No block will have it.
    Aborted(String),
    /// Nothing, or nothing that makes sense.
    Unknown,
}

/// A node of a network.
#[derive(Clone, Debug)]
pub struct Connection {
    network: Network,
    endpoint: String,
    agent: Agent,
    journal: Option<Journal>,
    /// Nodes that must say the same.
    others: Vec<Connection>,
    /// How many milliseconds the nodes took for their answers so far.
    spent: Arc<AtomicU64>,
    /// How long a transaction may take into a block.
    patience: Duration,
}

/// Since this consensus version `snark.verify` knows Varuna's version 3, the only sound one.
const FIRST_CONSENSUS_VERSION: u8 = 21;

/// Where a devnet listens if nothing else is said.
const DEVNET_ENDPOINT: &str = "http://127.0.0.1:3030";

/// How long a transaction may take into a block: more than ten blocks of a public network.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long a node may take for one answer, and all of them for those of a whole command: one that
/// stalls each time would keep a command for hours.
const ANSWER_PATIENCE: Duration = Duration::from_secs(60);
const ALL_PATIENCE: Duration = Duration::from_secs(300);

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
            .timeout_global(Some(ANSWER_PATIENCE))
            // A node answers for itself: it names no other one, and no service of the user's own.
            .max_redirects(0)
            .http_status_as_error(false)
            .build()
            .into();
        let (others, spent) = (Vec::new(), Arc::default());
        let patience = PATIENCE;
        Ok(Self { network, endpoint, agent, journal: None, others, spent, patience })
    }

    /// Asks other nodes of the network too, which must say the same.
    pub fn with_others(mut self, endpoints: &[String]) -> Result<Self, Error> {
        for endpoint in endpoints {
            let other = Self::new(self.network, Some(endpoint))?;
            self.others.push(Self { spent: Arc::clone(&self.spent), ..other });
        }
        Ok(self)
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
        ask: impl FnOnce() -> Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<(u16, String), Error> {
        if Duration::from_millis(self.spent.load(Ordering::Relaxed)) > ALL_PATIENCE {
            let what = format!("`{}` does not answer", self.endpoint);
            return Err(Error::Slow { what, limit: ALL_PATIENCE });
        }
        let start = Instant::now();
        let answer = ask().and_then(|mut answer| {
            let status = answer.status().as_u16();
            let body = answer.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_string();
            Ok((status, body?))
        });
        let took = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.spent.fetch_add(took, Ordering::Relaxed);
        let (status, mut text) = answer.map_err(|source| Error::Unreachable {
            endpoint: self.endpoint.clone(),
            source: Box::new(source),
        })?;
        // Parts of it are shown: nothing in it may steer the reader's screen.
        text.retain(|c| !c.is_control() || c.is_ascii_whitespace());
        Ok((status, text))
    }

    /// What the node answers, or none where it has nothing of that name.
    fn read(&self, path: &str) -> Result<Option<serde_json::Value>, Error> {
        let (status, text) = self.answer(|| self.agent.get(self.url(path)).call())?;
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

    /// What all nodes answer, or none where they have nothing of that name.
    pub(crate) fn get(&self, path: &str) -> Result<Option<serde_json::Value>, Error> {
        let answer = self.read(path)?;
        for other in &self.others {
            if other.read(path)? != answer {
                let (endpoint, other) = (self.endpoint.clone(), other.endpoint.clone());
                return Err(Error::Disagreement { what: path.to_owned(), endpoint, other });
            }
        }
        Ok(answer)
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

    /// Hands a transaction to the node, and waits until it is in a block. It is kept until then, and
    /// while another one is kept nothing is sent.
    pub(crate) fn send(&self, what: &str, transaction: &Transaction) -> Result<Outcome, Error> {
        let sent = Sent::new(self, what, transaction)?;
        let kept = match &self.journal {
            Some(journal) => {
                if let Some((_, Sent { what, id, fee, .. })) = journal.sent(self)?.pop() {
                    return Err(Error::Unsettled { what, id, fee, says: None });
                }
                Some(journal.keep(&sent)?)
            }
            None => None,
        };
        let outcome = self.broadcast(&sent).and_then(|()| self.wait(&sent));
        let is_known = match &outcome {
            Ok(_) => true,
            Err(Error::NotAccepted { .. }) => self.is_believed(),
            Err(_) => false,
        };
        if let Some(path) = kept.filter(|_| is_known) {
            let _ = fs_err::remove_file(path);
        }
        outcome
    }

    /// Whether a node is believed that a transaction cannot be accepted any more. That something is
    /// in no block nobody can show: one node may say so, keep the transaction, and hand it in when
    /// it was paid for a second time. A devnet is the user's own, and its credits are worth nothing.
    fn is_believed(&self) -> bool {
        self.network == Network::Devnet || !self.others.is_empty()
    }

    /// Finds out what became of the transactions that were sent before, and sends those again that
    /// are in no block: as they were, so that nothing is paid for twice. An error where that cannot
    /// be known, but for those that are given up.
    pub fn settle(
        &self,
        given_up: &[String],
        events: &mut Events<'_>,
    ) -> Result<Vec<Settled>, Error> {
        let Some(journal) = &self.journal else { return Ok(Vec::new()) };
        let sent = journal.sent(self)?;
        if let Some(id) = given_up.iter().find(|id| sent.iter().all(|(_, sent)| sent.id != **id)) {
            return Err(Error::NotKept { id: id.clone() });
        }
        let settle = |(path, sent): (PathBuf, Sent)| {
            events(Event::Stage("finishing a transaction that was sent before"));
            let fate = match given_up.contains(&sent.id) {
                // It is not handed in once more.
                true if self.state(&sent) == State::Accepted => Fate::Accepted,
                true => Fate::GivenUp,
                false => self.fate(&sent)?,
            };
            let _ = fs_err::remove_file::<PathBuf>(path);
            Ok(Settled { what: sent.what, fate })
        };
        sent.into_iter().map(settle).collect()
    }

    fn fate(&self, sent: &Sent) -> Result<Fate, Error> {
        let sent_again = || match self.broadcast(sent) {
            Err(Error::NotAccepted { reason: Some(reason), .. })
                if reason.contains("already exists") =>
            {
                self.wait(sent)
            }
            broadcast => broadcast.and_then(|()| self.wait(sent)),
        };
        match self.confirmed(sent).unwrap_or_else(sent_again) {
            Ok(_) => Ok(Fate::Accepted),
            Err(Error::NotAccepted { .. }) if self.is_believed() => Ok(Fate::NotAccepted),
            Err(Error::NotAccepted { what, id, reason, .. }) => {
                let says = Some(reason.unwrap_or_else(|| "rejected".to_owned()));
                Err(Error::Unsettled { what, id, fee: sent.fee, says })
            }
            Err(error) => Err(error),
        }
    }

    fn not_accepted(&self, sent: &Sent, reason: Option<String>) -> Error {
        let (what, id) = (sent.what.clone(), sent.id.clone());
        let is_kept = self.journal.is_some() && !self.is_believed();
        Error::NotAccepted { what, id, reason, is_kept }
    }

    fn broadcast(&self, sent: &Sent) -> Result<(), Error> {
        let url = self.url("transaction/broadcast?check_transaction=true");
        let request = self.agent.post(url).header("Content-Type", "application/json");
        // Where the answer was lost, or is a gateway's, the transaction may have arrived.
        let is_refusal = |status: u16| !matches!(status, 200..300 | 408 | 429 | 502..505);
        match self.answer(|| request.send(sent.transaction.as_bytes())) {
            Ok((status, text)) if is_refusal(status) => {
                Err(self.not_accepted(sent, Some(shorten(&text))))
            }
            _ => Ok(()),
        }
    }

    fn wait(&self, sent: &Sent) -> Result<Outcome, Error> {
        let start = Instant::now();
        while start.elapsed() < self.patience {
            if let Some(outcome) = self.confirmed(sent) {
                return outcome;
            }
            thread::sleep(Duration::from_secs(1));
        }
        let url = self.url(&confirmed_path(&sent.id));
        Err(Error::Unconfirmed { what: sent.what.clone(), id: sent.id.clone(), url })
    }

    /// What a block made of a transaction, where one has it. A node that does not answer once is
    /// asked again.
    fn confirmed(&self, sent: &Sent) -> Option<Result<Outcome, Error>> {
        match self.state(sent) {
            State::Accepted => Some(Ok(Outcome { transaction: sent.id.clone(), accepted: true })),
            State::Rejected => Some(Err(self.not_accepted(sent, None))),
            State::Aborted(reason) => Some(Err(self.not_accepted(sent, Some(reason)))),
            State::Unknown => None,
        }
    }

    /// What all nodes say of a transaction; nothing where they do not agree.
    fn state(&self, sent: &Sent) -> State {
        let state = self.own_state(sent);
        let is_same = |other: &Connection| match (&state, other.own_state(sent)) {
            // Each says it in its own words.
            (State::Aborted(_), State::Aborted(_)) => true,
            (state, other) => *state == other,
        };
        if self.others.iter().all(is_same) { state } else { State::Unknown }
    }

    fn own_state(&self, sent: &Sent) -> State {
        let path = confirmed_path(&sent.id);
        let (status, text) =
            self.answer(|| self.agent.get(self.url(&path)).call()).unwrap_or_default();
        let confirmed: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let shown = &confirmed["transaction"];
        let fee = shown["fee"]["transition"]["id"].as_str().map(str::to_owned);
        match (status, confirmed["status"].as_str()) {
            // An answer about another transaction is none.
            (200, Some("accepted")) if shown["id"] == *sent.id => State::Accepted,
            (200, Some("rejected")) if fee.is_some() && fee == sent.fee_transition() => {
                State::Rejected
            }
            (200, _) => State::Unknown,
            _ if text.contains("was aborted") => State::Aborted(shorten(&text)),
            _ => State::Unknown,
        }
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
    use super::*;
    use crate::lying::{Node, Said};

    fn says(status: u16, text: &str) -> Said {
        Some((status, text.to_owned()))
    }

    /// What a node says that has this transaction in a block.
    fn accepted(id: &str) -> Said {
        says(200, &format!(r#"{{"status": "accepted", "transaction": {{"id": "{id}"}}}}"#))
    }

    fn rejected() -> Said {
        let fee = r#"{"id": "at9", "fee": {"transition": {"id": "au1"}}}"#;
        says(200, &format!(r#"{{"status": "rejected", "transaction": {fee}}}"#))
    }

    fn taken() -> Said {
        says(200, r#""at1""#)
    }

    fn not_yet() -> Said {
        says(500, "Missing confirmed transaction for ID at1")
    }

    fn transaction(id: &str) -> Transaction {
        let json = format!(r#"{{"id": "{id}", "fee": {{"transition": {{"id": "au1"}}}}}}"#);
        let (program, id, json) = ("a.aleo".to_owned(), id.to_owned(), json.into_bytes());
        let estimate = crate::Estimate { total: 5, ..Default::default() };
        Transaction { program, id, estimate, json }
    }

    fn node(network: Network, answers: Vec<Said>) -> Connection {
        let patience = Duration::from_millis(1500);
        Connection { patience, ..Node::in_turn(answers).connection(network) }
    }

    fn send(answers: Vec<Said>) -> Result<Outcome, Error> {
        node(Network::Devnet, answers).send("executing", &transaction("at1"))
    }

    /// A place for transactions, and how many are kept there.
    struct Kept(tempfile::TempDir);

    impl Kept {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn node(&self, network: Network, answers: Vec<Said>) -> Connection {
            node(network, answers).with_journal(self.0.path().to_owned())
        }

        fn count(&self) -> usize {
            fs_err::read_dir(self.0.path()).unwrap().count()
        }
    }

    fn settle(node: &Connection, given_up: &[&str]) -> Result<Vec<Fate>, Error> {
        let given_up: Vec<_> = given_up.iter().map(|id| (*id).to_owned()).collect();
        let settled = node.settle(&given_up, &mut |_| ())?;
        Ok(settled.into_iter().map(|settled| settled.fate).collect())
    }

    /// What is sent and interrupted is neither lost nor paid for twice.
    #[test]
    fn accepts_what_was_sent_before_and_sends_it_again_as_it_was() {
        let kept = Kept::new();
        let known = || says(500, "Transaction 'at1' already exists in the ledger");
        let of_another_ledger = says(500, "the state root is not known");
        for (answers, fate) in [
            (vec![accepted("at1")], Fate::Accepted),
            (vec![rejected()], Fate::NotAccepted),
            (vec![not_yet(), taken(), accepted("at1")], Fate::Accepted),
            (vec![not_yet(), known(), accepted("at1")], Fate::Accepted),
            (vec![not_yet(), of_another_ledger], Fate::NotAccepted),
        ] {
            let node = kept.node(Network::Devnet, answers);
            let sent = Sent::new(&node, "executing", &transaction("at1")).unwrap();
            node.journal.as_ref().unwrap().keep(&sent).unwrap();
            // Another node's is none of this one's.
            let other = Connection::new(Network::Devnet, None).unwrap();
            let other = other.with_journal(kept.0.path().to_owned());
            assert_eq!(settle(&other, &[]).unwrap(), []);
            assert_eq!(settle(&node, &[]).unwrap(), [fate]);
            assert_eq!((kept.count(), settle(&node, &[]).unwrap()), (0, vec![]));
        }
        let node = kept.node(Network::Devnet, vec![taken(), accepted("at1")]);
        assert!(node.send("executing", &transaction("at1")).is_ok());
        assert_eq!(kept.count(), 0);
    }

    /// A node says that it did not accept what it keeps. The user would make another transaction,
    /// and the node hand in both.
    #[test]
    fn rejects_paying_again_on_a_nodes_word() {
        let aborted = || says(500, "Transaction 'at1' was aborted in block 'ab1'");
        for answers in [
            vec![taken(), rejected()],
            vec![taken(), aborted()],
            vec![says(400, "the fee is too low")],
        ] {
            let kept = Kept::new();
            let liar = kept.node(Network::Testnet, answers);
            match liar.send("executing", &transaction("at1")).unwrap_err() {
                Error::NotAccepted { is_kept: true, .. } => {}
                other => panic!("{other:?}"),
            }
            assert_eq!(kept.count(), 1);
            // Neither it nor any other node of the network is sent another one.
            let other = kept.node(Network::Testnet, vec![]);
            match other.send("executing", &transaction("at2")).unwrap_err() {
                Error::Unsettled { id, fee: 5, .. } => assert_eq!(id, "at1"),
                other => panic!("{other:?}"),
            }
            // Asked again it says the same, and the first stays what there is to pay.
            for says_again in [vec![rejected()], vec![not_yet(), says(400, "the fee is too low")]] {
                let liar = kept.node(Network::Testnet, says_again);
                let error = settle(&liar, &[]).unwrap_err();
                assert!(error.hint().contains("--give-up at1"), "{}", error.hint());
                assert!(matches!(error, Error::Unsettled { .. }), "{error:?}");
                assert_eq!(kept.count(), 1);
            }
            // Two nodes are believed, but only if they say the same.
            for (second, is_settled) in [(rejected(), true), (accepted("at1"), false)] {
                let other = Node::new(move |_| second.clone());
                let liar = Node::new(move |path| match path.starts_with("POST") {
                    true => taken(),
                    false => rejected(),
                });
                let liar = liar.connection(Network::Testnet);
                let both = liar.with_others(&[other.endpoint]).unwrap();
                let both = both.with_journal(kept.0.path().to_owned());
                let both = Connection { patience: Duration::from_millis(10), ..both };
                if is_settled {
                    let journal = both.journal.clone().unwrap();
                    assert_eq!(settle(&both, &[]).unwrap(), [Fate::NotAccepted]);
                    let sent = Sent::new(&both, "executing", &transaction("at1")).unwrap();
                    journal.keep(&sent).unwrap();
                } else {
                    let error = settle(&both, &[]).unwrap_err();
                    assert!(matches!(error, Error::Unconfirmed { .. }), "{error:?}");
                }
                assert_eq!(kept.count(), 1);
            }
            // Whoever gives it up says which one, and it is not handed in again.
            let wrong = settle(&kept.node(Network::Testnet, vec![]), &["at2"]).unwrap_err();
            assert!(matches!(wrong, Error::NotKept { .. }), "{wrong:?}");
            let liar = Node::in_turn(vec![rejected()]);
            let connection = liar.connection(Network::Testnet);
            let connection = connection.with_journal(kept.0.path().to_owned());
            assert_eq!(settle(&connection, &["at1"]).unwrap(), [Fate::GivenUp]);
            assert_eq!((liar.asked().len(), kept.count()), (1, 0));
        }
    }

    /// A node that shows another transaction's state, or one that names none, says nothing.
    #[test]
    fn rejects_states_of_other_transactions() {
        let bare = |status: &str| says(200, &format!(r#"{{"status": "{status}"}}"#));
        let of_another_fee = says(200, &rejected().unwrap().1.replace("au1", "au2"));
        for answer in [accepted("at2"), bare("accepted"), bare("rejected"), of_another_fee] {
            let kept = Kept::new();
            let liar = kept.node(Network::Testnet, vec![taken(), answer.clone(), answer]);
            let error = liar.send("executing", &transaction("at1")).unwrap_err();
            assert!(matches!(error, Error::Unconfirmed { .. }), "{error:?}");
            assert_eq!(kept.count(), 1);
        }
    }

    /// What is read back before anything is paid.
    #[test]
    fn rejects_kept_transactions_that_are_not_understood() {
        let kept = Kept::new();
        let liar = kept.node(Network::Testnet, vec![taken(), rejected()]);
        liar.send("executing", &transaction("at1")).unwrap_err();
        let path = fs_err::read_dir(kept.0.path()).unwrap().next().unwrap().unwrap().path();
        let text = fs_err::read_to_string(&path).unwrap();
        for changed in ["", "{}", &text.replace("at1", "at2"), &text.replacen("at1", "at2", 1)] {
            fs_err::write(&path, changed).unwrap();
            for error in [
                settle(&kept.node(Network::Testnet, vec![]), &[]).unwrap_err(),
                kept.node(Network::Testnet, vec![]).send("it", &transaction("at3")).unwrap_err(),
            ] {
                assert!(
                    matches!(&error, Error::Journal { path: p, .. } if *p == path),
                    "{error:?}"
                );
            }
        }
        // What a killed process had not finished is no transaction that was sent.
        fs_err::rename(&path, kept.0.path().join(".tmp")).unwrap();
        assert_eq!(settle(&kept.node(Network::Testnet, vec![]), &[]).unwrap(), []);
    }

    #[test]
    fn rejects_transactions_that_are_others_than_leo_says() {
        let other = Transaction { id: "at2".to_owned(), ..transaction("at1") };
        let error = node(Network::Devnet, vec![]).send("it", &other).unwrap_err();
        assert!(matches!(error, Error::Extension { .. }), "{error:?}");
    }

    /// An escape in an answer's text would steer the reader's screen.
    #[test]
    fn rejects_control_characters_in_answers() {
        let node = node(Network::Devnet, vec![says(200, r#""5\u001b[2Ku64""#)]);
        let error = node.balance("aleo1").unwrap_err().to_string();
        assert!(!error.contains('\u{1b}'), "{error:?}");
    }

    #[test]
    fn rejects_nodes_that_do_not_say_the_same() {
        let [one, other] = ["5u64", "6u64"]
            .map(|balance| Node::new(move |_| says(200, &format!("\"{balance}\""))));
        let both = |other: &Node| {
            let one = one.connection(Network::Testnet);
            one.with_others(std::slice::from_ref(&other.endpoint)).unwrap().balance("aleo1")
        };
        assert_eq!(both(&one).unwrap(), 5);
        assert!(matches!(both(&other), Err(Error::Disagreement { .. })));
    }

    /// A node that names another address would have this one ask whatever the user can reach.
    #[test]
    fn rejects_redirections() {
        let node = node(Network::Devnet, vec![says(302, ""), says(307, "")]);
        let error = node.balance("aleo1").unwrap_err();
        assert!(
            matches!(&error, Error::Answer { answer, .. } if answer.starts_with("302")),
            "{error:?}"
        );
        let error = node.send("executing", &transaction("at1")).unwrap_err();
        assert!(matches!(error, Error::NotAccepted { .. }), "{error:?}");
    }

    /// A node that stalls at each answer.
    #[test]
    fn rejects_nodes_that_use_up_the_patience_for_a_command() {
        let slow = Node::new(|_| says(200, "\"5u64\""));
        let connection = slow.connection(Network::Devnet);
        assert!(connection.balance("aleo1").is_ok());
        let whole = u64::try_from(ALL_PATIENCE.as_millis()).unwrap();
        connection.clone().spent.fetch_add(whole + 1, Ordering::Relaxed);
        assert!(matches!(connection.balance("aleo1"), Err(Error::Slow { .. })));
        assert_eq!(slow.asked().len(), 1);
    }

    #[test]
    fn rejects_answers_without_an_end() {
        let text = " ".repeat(usize::try_from(MAX_ANSWER_BYTES).unwrap() + 1);
        let node = node(Network::Devnet, vec![says(200, &text)]);
        assert!(matches!(node.balance("aleo1"), Err(Error::Unreachable { .. })));
    }

    #[test]
    fn accepts_transactions_that_are_in_a_block_though_an_answer_was_lost() {
        let outcome = Outcome { transaction: "at1".to_owned(), accepted: true };
        assert_eq!(send(vec![taken(), accepted("at1")]).unwrap(), outcome);
        assert_eq!(send(vec![None, accepted("at1")]).unwrap(), outcome);
        let gateway = says(504, "<html>Gateway Timeout</html>");
        assert_eq!(send(vec![gateway, accepted("at1")]).unwrap(), outcome);
        assert_eq!(send(vec![taken(), not_yet(), accepted("at1")]).unwrap(), outcome);
    }

    #[test]
    fn rejects_transactions_that_a_node_or_a_block_refuses() {
        let refused = |answers| match send(answers) {
            Err(Error::NotAccepted { id, reason, is_kept: false, .. }) => {
                assert_eq!(id, "at1");
                reason
            }
            other => panic!("{other:?}"),
        };
        let known = "Transaction 'at1' already exists in the ledger";
        assert_eq!(refused(vec![says(500, known)]).unwrap(), known);
        assert_eq!(refused(vec![taken(), rejected()]), None);
        let aborted = "Transaction 'at1' was aborted in block 'ab1'";
        assert_eq!(refused(vec![taken(), says(500, aborted)]).unwrap(), aborted);
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
