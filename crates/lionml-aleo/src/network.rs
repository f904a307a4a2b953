//! Networks, and what a node answers without a key.

use std::{
    fmt, thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use ureq::Agent;

use crate::{Error, leo::Transaction, literal::shorten};

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

/// A node of a network.
#[derive(Clone, Debug)]
pub struct Connection {
    network: Network,
    endpoint: String,
    agent: Agent,
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
        Ok(Self { network, endpoint, agent })
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

    /// What a view answers to these literals.
    pub fn view(
        &self,
        program: &str,
        view: &str,
        arguments: &[String],
    ) -> Result<Vec<String>, Error> {
        let path = format!("program/{program}/view/{view}");
        let body = serde_json::to_vec(arguments).unwrap_or_default();
        let request = self.agent.post(self.url(&path)).header("Content-Type", "application/json");
        let answer = self.read(&path, request.send(&body[..]))?;
        let error = || Error::Answer { what: path.clone(), answer: "nothing".to_owned() };
        serde_json::from_value(answer.ok_or_else(error)?).map_err(|_| error())
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
        let id = &transaction.id;
        let request = self.agent.post(self.url("transaction/broadcast?check_transaction=true"));
        let request = request.header("Content-Type", "application/json");
        // Where the answer was lost the transaction may have arrived: that is asked below.
        if let Ok((status, text)) = self.answer(request.send(&transaction.json[..]))
            && !(200..300).contains(&status)
        {
            let reason = Some(shorten(&text));
            return Err(Error::NotAccepted { what: what.to_owned(), id: id.clone(), reason });
        }
        let path = format!("transaction/confirmed/{id}");
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            // A node that does not answer once is asked again.
            let (status, text) =
                self.answer(self.agent.get(self.url(&path)).call()).unwrap_or_default();
            let confirmed: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
            let reason = match (status, confirmed["status"].as_str()) {
                (200, Some("accepted")) => {
                    return Ok(Outcome { transaction: id.clone(), accepted: true });
                }
                (200, Some("rejected")) => None,
                _ if text.contains("was aborted") => Some(shorten(&text)),
                _ => {
                    thread::sleep(Duration::from_secs(1));
                    continue;
                }
            };
            return Err(Error::NotAccepted { what: what.to_owned(), id: id.clone(), reason });
        }
        Err(Error::Unconfirmed { what: what.to_owned(), id: id.clone(), url: self.url(&path) })
    }

    /// The balance of an address in millionths of a credit.
    pub fn balance(&self, address: &str) -> Result<u64, Error> {
        let Some(text) = self.mapping("credits.aleo", "account", address)? else { return Ok(0) };
        text.strip_suffix("u64")
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| Error::Answer { what: "the balance".to_owned(), answer: text.clone() })
    }

    /// The consensus version of the node's last block.
    pub(crate) fn consensus_version(&self) -> Result<u8, Error> {
        let path = "consensus_version";
        let answer = self.get(path)?.unwrap_or_default();
        let number = answer.as_u64().or_else(|| answer.as_str()?.parse().ok());
        number
            .and_then(|number| u8::try_from(number).ok())
            .ok_or_else(|| Error::Answer { what: path.to_owned(), answer: answer.to_string() })
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

fn text_of(value: &serde_json::Value, path: &str) -> Result<String, Error> {
    value
        .as_str()
        .map(str::to_owned)
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

    fn send(answers: Vec<Option<(u16, &'static str)>>) -> Result<Outcome, Error> {
        let (program, id, json) = ("a.aleo".to_owned(), "at1".to_owned(), b"{}".to_vec());
        let transaction = Transaction { program, id, estimate: Default::default(), json };
        node(answers).send("executing", &transaction)
    }

    #[test]
    fn accepts_transactions_that_are_in_a_block_though_an_answer_was_lost() {
        let accepted = Outcome { transaction: "at1".to_owned(), accepted: true };
        let taken = Some((200, r#""at1""#));
        let in_a_block = Some((200, r#"{"status": "accepted"}"#));
        assert_eq!(send(vec![taken, in_a_block]).unwrap(), accepted);
        assert_eq!(send(vec![None, in_a_block]).unwrap(), accepted);
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
