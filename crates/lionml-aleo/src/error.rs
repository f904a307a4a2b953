//! Errors: typed, with a stable name, a hint and a kind that decides the exit code.

use std::{io, path::PathBuf, process::Output};

use lionml::ErrorKind;

use crate::{Network, interface::ModelFunction};

/// Anything that a request can fail with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A model, key, proof or input that is not as it should be.
    #[error(transparent)]
    Lionml(Box<lionml::Error>),
    /// A declared function whose number does not answer it.
    #[error("`{function}` in `src/main.leo`, line {line}, column {column}")]
    Declared {
        /// The function.
        function: String,
        /// Where it is declared.
        line: usize,
        /// And there.
        column: usize,
        /// Why.
        source: Box<Error>,
    },
    /// A public network without an endpoint.
    #[error("no endpoint for the network `{network}`")]
    NoEndpoint {
        /// The network.
        network: Network,
    },
    /// An endpoint that is no address of the web.
    #[error("`{endpoint}` is no endpoint")]
    Endpoint {
        /// What was given.
        endpoint: String,
    },
    /// A public network without a key to pay with.
    #[error("no private key for the network `{network}`")]
    NoPrivateKey {
        /// The network.
        network: Network,
    },
    /// A text that is no private key. It is not shown.
    #[error("the private key is malformed")]
    PrivateKey,
    /// A node that does not answer.
    #[error("no answer from `{endpoint}`")]
    Unreachable {
        /// The endpoint.
        endpoint: String,
        /// Why.
        #[source]
        source: Box<ureq::Error>,
    },
    /// A node whose answer makes no sense.
    #[error("the node's answer for `{what}` is not understood: `{answer}`")]
    Answer {
        /// What was asked for.
        what: String,
        /// The answer's start.
        answer: String,
    },
    /// A node whose consensus is too old.
    #[error("the node `{endpoint}` runs consensus version `{got}`; `{needed}` or later is needed")]
    Consensus {
        /// The endpoint.
        endpoint: String,
        /// Its version.
        got: u8,
        /// The first version that serves.
        needed: u8,
    },
    /// A network without the registry.
    #[error("`{program}` is not deployed on `{endpoint}`")]
    NoRegistry {
        /// The registry's name.
        program: &'static str,
        /// The endpoint.
        endpoint: String,
    },
    /// A program of the registry's name that is not the registry.
    #[error("`{program}` on `{endpoint}` is another program")]
    OtherRegistry {
        /// The registry's name.
        program: &'static str,
        /// The endpoint.
        endpoint: String,
    },
    /// A registry that is there already.
    #[error("`{program}` is deployed on `{endpoint}` already")]
    RegistryExists {
        /// The registry's name.
        program: &'static str,
        /// The endpoint.
        endpoint: String,
    },
    /// A number that nobody registered.
    #[error("nobody registered the number `{number}`")]
    NotRegistered {
        /// The number.
        number: u32,
    },
    /// A number that stands for another model.
    #[error("the number `{number}` is taken: `{owner}` registered `{name}` under it")]
    Taken {
        /// The number.
        number: u32,
        /// Who registered it.
        owner: String,
        /// The model's name.
        name: String,
    },
    /// A number that its owner retired.
    #[error("the number `{number}` is retired")]
    Retired {
        /// The number.
        number: u32,
    },
    /// A number of somebody else.
    #[error("the number `{number}` belongs to `{owner}`, not to `{account}`")]
    NotOwner {
        /// The number.
        number: u32,
        /// Who registered it.
        owner: String,
        /// Who asks.
        account: String,
    },
    /// A number that stands for something else than the model at hand.
    #[error("number `{number}`: the {what} is `{got}` in the registry and `{expected}` here")]
    OtherModel {
        /// The number.
        number: u32,
        /// What differs.
        what: &'static str,
        /// What the model at hand has.
        expected: String,
        /// What the registry has.
        got: String,
    },
    /// A model that one transaction cannot verify.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// An account that cannot pay.
    #[error("`{address}` has {} credits; {} are needed", credits(*.balance), credits(*.needed))]
    Balance {
        /// The address.
        address: String,
        /// What it has, in millionths of a credit.
        balance: u64,
        /// What is needed.
        needed: u64,
    },
    /// A program that nobody deployed.
    #[error("`{program}` is not deployed on `{endpoint}`")]
    NoProgram {
        /// The program.
        program: String,
        /// The endpoint.
        endpoint: String,
    },
    /// A deployed program that is not the one at hand.
    #[error("`{program}` on `{endpoint}` is not the program that was built")]
    OtherProgram {
        /// The program.
        program: String,
        /// The endpoint.
        endpoint: String,
    },
    /// A program that somebody deployed already.
    #[error("`{program}` is deployed on `{endpoint}` already")]
    ProgramExists {
        /// The program.
        program: String,
        /// The endpoint.
        endpoint: String,
    },
    /// A transaction that the network did not accept.
    #[error("the network did not accept {what} (transaction `{id}`)")]
    NotAccepted {
        /// What was sent.
        what: String,
        /// The transaction.
        id: String,
        /// Why it is in no block; none where it was rejected in one.
        reason: Option<String>,
        /// Whether that is one node's word, on which nothing is paid again.
        is_kept: bool,
    },
    /// A transaction that was sent and may still be accepted, by all that is known.
    #[error(
        "nothing was sent: {what} (transaction `{id}`) was sent before and may still be accepted{}",
        said(.says.as_deref())
    )]
    Unsettled {
        /// What was sent.
        what: String,
        /// The transaction.
        id: String,
        /// What it costs, in millionths of a credit.
        fee: u64,
        /// What the node says of it.
        says: Option<String>,
    },
    /// A transaction to give up that is not kept.
    #[error("no transaction `{id}` is kept for this network")]
    NotKept {
        /// The transaction.
        id: String,
    },
    /// A file in the place of transactions that were sent which is none.
    #[error("`{}` is no transaction that was kept: {reason}", path.display())]
    Journal {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Nodes of one network that do not say the same.
    #[error("`{endpoint}` and `{other}` do not say the same of `{what}`")]
    Disagreement {
        /// What was asked for.
        what: String,
        /// A node.
        endpoint: String,
        /// Another one.
        other: String,
    },
    /// Something that takes longer than anybody should wait.
    #[error("{what} within {} s", limit.as_secs())]
    Slow {
        /// What was not done.
        what: String,
        /// How long it may take.
        limit: std::time::Duration,
    },
    /// Something in a package that is no file and no directory of its own.
    #[error("`{}` is {problem}", path.display())]
    Untrusted {
        /// The file or directory.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A directory that would be emptied and that LionML did not make.
    #[error("`{}` was not made by LionML", path.display())]
    NotOurs {
        /// The directory.
        path: PathBuf,
    },
    /// A transaction that was sent and of which nobody knows what became of it.
    #[error("no block has {what} (transaction `{id}`) yet")]
    Unconfirmed {
        /// What was sent.
        what: String,
        /// The transaction.
        id: String,
        /// Where the node says what became of it.
        url: String,
    },
    /// Something that was not agreed to.
    #[error("nothing was sent: {what} was not agreed to")]
    NotAgreed {
        /// What would have been sent.
        what: String,
    },
    /// Leo's command is missing.
    #[error("Leo's command `{}` cannot be run", program.display())]
    NoLeo {
        /// The program.
        program: PathBuf,
        /// The version that is needed.
        needed: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another version of Leo's command.
    #[error("`{}` is `{got}`, not Leo {needed}", program.display())]
    OtherLeo {
        /// The program.
        program: PathBuf,
        /// The version that is needed.
        needed: &'static str,
        /// What it says of itself.
        got: String,
    },
    /// The extension's command is missing.
    #[error("the extension's command `{}` cannot be run", program.display())]
    NoExtension {
        /// The program.
        program: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A process that cannot be run, or whose answer cannot be read.
    #[error("cannot {action}")]
    Process {
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// Leo's command failed.
    #[error("Leo could not {action}:\n{output}")]
    Leo {
        /// What was tried.
        action: &'static str,
        /// The end of what it printed.
        output: String,
    },
    /// A program with mistakes, as the extension shows them.
    #[error("the program is not accepted\n{diagnostics}")]
    Program {
        /// What and where.
        diagnostics: String,
    },
    /// An answer of the extension that is not understood: a defect of LionML.
    #[error("the extension's answer is not understood: {reason}")]
    Extension {
        /// Why.
        reason: String,
    },
    /// A directory that is no Leo package.
    #[error("`{}` is no Leo package: {reason}", path.display())]
    NotPackage {
        /// The directory.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A name that no program can have.
    #[error("{reason}")]
    Name {
        /// Why.
        reason: String,
    },
    /// What the extension was given cannot be used.
    #[error("{reason}")]
    Source {
        /// What it says.
        reason: String,
    },
    /// A place that is taken.
    #[error("`{}` exists already", path.display())]
    Exists {
        /// The place.
        path: PathBuf,
    },
    /// A model that a program calls and that is not there.
    #[error("the model of number `{number}` is not at `{}`", path.display())]
    NoModel {
        /// The number.
        number: u32,
        /// Where it should be.
        path: PathBuf,
    },
    /// A function that the program does not have.
    #[error("`{program}` has no function `{function}`")]
    Function {
        /// The program.
        program: String,
        /// The function.
        function: String,
        /// The functions that it has.
        known: Vec<String>,
    },
    /// Too few or too many arguments.
    #[error("`{function}` takes `{expected}` arguments, not `{got}`")]
    Arguments {
        /// The function.
        function: String,
        /// How many it takes.
        expected: usize,
        /// How many there are.
        got: usize,
        /// What they are.
        parameters: String,
    },
    /// An argument that is not what the function takes.
    #[error("argument `{parameter}`: `{text}` is {problem}")]
    Argument {
        /// The parameter.
        parameter: String,
        /// What was given.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A stored call of another program or function.
    #[error("`{}` is no stored call: {reason}", path.display())]
    StoredCall {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A stored call of something else than the package at hand.
    #[error("`{}`: the {what} is `{got}`, and of the package it is `{expected}`", path.display())]
    OtherCall {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// What the package has.
        expected: String,
        /// What the file has.
        got: String,
    },
    /// A stored call with a proof that does not hold.
    #[error("`{}`: the answer of `{function}`, number `{number}`, is not proved", path.display())]
    StoredProof {
        /// The file.
        path: PathBuf,
        /// The declared function.
        function: String,
        /// The number that answers it.
        number: u32,
        /// Why.
        source: Box<Error>,
    },
    /// A stored call whose proofs are for another account.
    #[error("the proofs of the call are for `{caller}`, not for `{account}`")]
    OtherCaller {
        /// Who they are for.
        caller: String,
        /// Who would send them.
        account: String,
    },
    /// A ticket that the account has used.
    #[error("the ticket `{ticket}` of `{program}` was used by this account")]
    UsedTicket {
        /// The ticket.
        ticket: String,
        /// The program.
        program: String,
    },
    /// A devnet that runs already, or one that does not.
    #[error("{reason}")]
    Devnet {
        /// What is wrong.
        reason: String,
        /// What to do.
        hint: &'static str,
    },
}

/// Why one transaction cannot verify a model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// More inputs or outputs than the registry has room for.
    #[error("the model has `{got}` {what}; the registry holds `{most}`")]
    Ports {
        /// Inputs or outputs.
        what: &'static str,
        /// How many there are.
        got: usize,
        /// How many fit.
        most: usize,
    },
    /// An input or output that no array of Leo holds.
    #[error("`{port}` has `{got}` values; an array of Leo has 1 to `{most}`")]
    Elements {
        /// The input or output.
        port: String,
        /// How many values it has.
        got: usize,
        /// How many fit.
        most: usize,
    },
    /// An input that nothing would tie to the call.
    #[error("the input `{port}` is private: no program could tell which input was proved")]
    PrivateInput {
        /// The input.
        port: String,
    },
    /// An input or output that shares a digest with others.
    #[error(
        "`{port}` shares its digest with other inputs or outputs, and Leo hashes each by itself"
    )]
    SharedDigest {
        /// The input or output.
        port: String,
    },
    /// An output that a program would not see.
    #[error("the output `{port}` is hidden: no program could use it")]
    HiddenOutput {
        /// The output.
        port: String,
    },
    /// More public values than a transaction should carry.
    #[error(
        "a proof of the model has `{got}` public values, of which a transaction would carry \
         `{carried}`; at most `{most}` fit"
    )]
    Publics {
        /// How many there are, padding included.
        got: usize,
        /// How many fit.
        most: usize,
        /// How many are not known beforehand.
        carried: usize,
        /// How many these would be with hashed inputs and packed outputs.
        fewest: usize,
    },
    /// A name that the registry cannot hold.
    #[error("`{name}` is no name for the registry: 1 to {longest} characters of ASCII")]
    Name {
        /// The name.
        name: String,
        /// How many characters fit.
        longest: usize,
    },
    /// A scale that the registry cannot hold.
    #[error("the scale `{scale}` of `{port}` does not fit the registry")]
    Scale {
        /// The input or output.
        port: String,
        /// The scale.
        scale: String,
    },
    /// Keys over the insecure reference string.
    #[error("the development reference string is insecure: anybody could forge answers on chain")]
    Insecure,
}

impl From<lionml::Error> for Error {
    fn from(error: lionml::Error) -> Self {
        Self::Lionml(Box::new(error))
    }
}

impl Error {
    /// The error at the first of the functions that are declared with a number.
    pub(crate) fn declared(self, functions: &[&ModelFunction]) -> Self {
        match functions.first() {
            Some(ModelFunction { name, line, column, .. }) => Self::Declared {
                function: name.clone(),
                line: *line,
                column: *column,
                source: Box::new(self),
            },
            None => self,
        }
    }

    /// The name of the error: stable across versions.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Lionml(error) => error.name(),
            Self::Declared { source, .. } => source.name(),
            Self::NoEndpoint { .. } => "request::endpoint",
            Self::Endpoint { .. } => "request::endpoint",
            Self::NoPrivateKey { .. } | Self::PrivateKey => "request::private_key",
            Self::Unreachable { .. } => "network::unreachable",
            Self::Answer { .. } => "network::answer",
            Self::Consensus { .. } => "network::consensus",
            Self::NoRegistry { .. } => "network::no_registry",
            Self::OtherRegistry { .. } => "network::other_registry",
            Self::RegistryExists { .. } => "network::registry_exists",
            Self::NotRegistered { .. } => "network::not_registered",
            Self::Taken { .. } => "network::taken",
            Self::Retired { .. } => "network::retired",
            Self::NotOwner { .. } => "network::not_owner",
            Self::OtherModel { .. } => "mismatch::registry",
            Self::Profile(_) => "model::profile",
            Self::Balance { .. } => "network::balance",
            Self::NoProgram { .. } => "network::no_program",
            Self::OtherProgram { .. } => "network::other_program",
            Self::ProgramExists { .. } => "network::program_exists",
            Self::NotAccepted { .. } => "network::not_accepted",
            Self::Unsettled { .. } => "network::unsettled",
            Self::NotKept { .. } => "request::give_up",
            Self::Journal { .. } => "file::kept_transaction",
            Self::Disagreement { .. } => "network::disagreement",
            Self::Slow { .. } => "network::slow",
            Self::Untrusted { .. } => "file::untrusted",
            Self::NotOurs { .. } => "file::not_ours",
            Self::OtherCall { .. } => "mismatch::call",
            Self::StoredProof { source, .. } => source.name(),
            Self::Unconfirmed { .. } => "network::unconfirmed",
            Self::NotAgreed { .. } => "request::not_agreed",
            Self::NoLeo { .. } | Self::OtherLeo { .. } => "leo::missing",
            Self::NoExtension { .. } => "leo::no_extension",
            Self::Process { .. } => "file::io",
            Self::Leo { .. } => "leo::failed",
            Self::Program { .. } => "leo::program",
            Self::Extension { .. } => "internal::extension",
            Self::NotPackage { .. } => "leo::package",
            Self::Name { .. } => "request::name",
            Self::Source { .. } => "leo::source",
            Self::Exists { .. } => "file::exists",
            Self::NoModel { .. } => "file::not_found",
            Self::Function { .. } => "request::function",
            Self::Arguments { .. } => "request::arguments",
            Self::Argument { .. } => "input::argument",
            Self::StoredCall { .. } => "artifact::stored_call",
            Self::OtherCaller { .. } => "mismatch::caller",
            Self::UsedTicket { .. } => "network::used_ticket",
            Self::Devnet { .. } => "network::devnet",
        }
    }

    /// What kind of trouble it is.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::of_name(self.name())
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        let text = match self {
            Self::Lionml(error) => return error.hint(),
            Self::Declared { source, .. } => return source.hint(),
            Self::NoEndpoint { .. } => "name a node of it with `--endpoint` or in `ENDPOINT`",
            Self::Endpoint { .. } => "an endpoint begins with `http://` or `https://`",
            Self::NoPrivateKey { .. } => "put it into the environment variable `PRIVATE_KEY`",
            Self::PrivateKey => "a private key begins with `APrivateKey1`",
            Self::Unreachable { .. } => {
                "check the endpoint; `lionml devnet start` starts a node of your own"
            }
            Self::Answer { .. } => "check that the endpoint is a node of Aleo, for this network",
            Self::Consensus { .. } => "use a newer node: older ones verify by an unsound protocol",
            Self::NoRegistry { .. } => {
                "`lionml registry deploy` deploys it; `lionml devnet start` does so by itself"
            }
            Self::OtherRegistry { .. } => "do not use it: what it says of models means nothing",
            Self::RegistryExists { .. } => "there is nothing to do: it is deployed once for all",
            Self::NotRegistered { .. } => {
                "`lionml registry list` shows the numbers; `lionml deploy` registers a model"
            }
            Self::Taken { .. } => "take another number: what a number means never changes",
            Self::Retired { .. } => "`lionml registry list` shows which number replaced it",
            Self::NotOwner { .. } => "use the key of the account that registered it",
            Self::OtherModel { .. } => {
                "the file is not the model that is registered: get that one from its owner, or \
                 check the number and the network"
            }
            Self::Profile(error) => return error.hint(),
            Self::Balance { .. } => "send it credits, or use another account",
            Self::NoProgram { .. } => "`lionml leo deploy` deploys it",
            Self::OtherProgram { .. } => {
                "call it from the sources that were deployed, or deploy these under another name"
            }
            Self::ProgramExists { .. } => {
                "`lionml leo execute` calls it; another program needs another name"
            }
            Self::NotAccepted { id, is_kept: true, .. } => {
                return format!(
                    "that is the node's word alone, and it may hand the transaction in later: it is \
                     kept, and nothing else is sent to this network before it is settled; \
                     `--check-endpoint` asks another node, `--give-up {id}` risks to pay besides"
                );
            }
            Self::Unsettled { id, fee, .. } => {
                return format!(
                    "the next command that pays asks again; name another node with `--check-endpoint`, \
                     which must say the same; or go on with `--give-up {id}`: if it is accepted after \
                     all, its fee of {} credits is paid besides",
                    credits(*fee)
                );
            }
            Self::NotKept { .. } => "leave `--give-up` away",
            Self::Journal { .. } => {
                "find out what became of the transaction before you move the file away: what it was \
                 for may be paid for twice"
            }
            Self::Disagreement { .. } => {
                "one of them lags or lies: try again in a minute, and ask a third one"
            }
            Self::Slow { .. } => "try again, or use another node",
            Self::Untrusted { .. } => {
                "a package is directories and files of its own, without links and pipes: put the \
                 file itself there, or do not use what somebody sent you"
            }
            Self::NotOurs { .. } => {
                "a build empties it: move it away, if it holds anything of yours"
            }
            Self::OtherCall { .. } => {
                "do not execute it: it is no call of this package; `lionml leo run --output FILE` \
                 writes one"
            }
            Self::StoredProof { .. } => {
                "do not execute it: prove the call again with `lionml leo run --output FILE`"
            }
            Self::NotAccepted { reason: Some(reason), .. } => {
                return format!("it changed nothing and cost nothing: {reason}");
            }
            Self::NotAccepted { reason: None, .. } => {
                "its `final` failed: the fee is spent, and nothing else was changed"
            }
            Self::Unconfirmed { url, .. } => {
                return format!(
                    "it may be accepted still: `{url}` tells; the next command of `lionml` that pays \
                     there finishes it first, and sends nothing else before"
                );
            }
            Self::NotAgreed { .. } => "answer `yes`, or say `--yes` beforehand",
            Self::NoLeo { needed, .. } | Self::OtherLeo { needed, .. } => {
                return format!(
                    "`cargo xtask leo` in LionML's sources makes Leo {needed}; `LIONML_LEO` may name \
                     the program"
                );
            }
            Self::NoExtension { .. } => {
                "`cargo xtask leo` in LionML's sources makes it; `LIONML_LEO_EXTENSION` may name \
                 the program"
            }
            Self::Process { .. } => "check that there is room for files, and try again",
            Self::Leo { .. } => "the lines above are Leo's own",
            Self::Program { .. } => "the lines above show the places",
            Self::Extension { .. } => "this is a defect of lionml: report it",
            Self::NotPackage { .. } => "`lionml leo new` makes one",
            Self::Name { .. } => "choose another name for the directory",
            Self::Source { .. } => "correct the file, or the command line",
            Self::Exists { .. } => "choose another name, or remove it",
            Self::NoModel { .. } => {
                "put the compiled model there: whoever calls a model proves it, and needs its file"
            }
            Self::Function { known, .. } => {
                return format!("its functions are: {}", known.join(", "));
            }
            Self::Arguments { parameters, .. } => return format!("they are: {parameters}"),
            Self::Argument { .. } => "give a literal of Leo, or a file of inputs for a model",
            Self::OtherCaller { .. } => "let that account send it, or prove the call for this one",
            Self::StoredCall { .. } => "`lionml leo run --output FILE` writes one",
            Self::UsedTicket { .. } => "a ticket is good for one call: take another",
            Self::Devnet { hint, .. } => hint,
        };
        text.to_owned()
    }
}

impl ProfileError {
    pub(crate) fn hint(&self) -> String {
        let text = match self {
            Self::Ports { .. } => "concatenate them in the model before it is exported",
            Self::Elements { .. } => "split it in the model into several of fewer values",
            Self::PrivateInput { .. } => "compile with `--input-visibility hashed`",
            Self::HiddenOutput { .. } => "compile with `--output-visibility packed`",
            Self::SharedDigest { .. } => "give each input a digest of its own",
            // One and the manifest are known beforehand.
            Self::Publics { most, fewest, .. } if fewest + 2 <= *most => {
                return format!(
                    "compile with `--input-visibility hashed` and `--output-visibility packed`: then \
                     it carries `{fewest}`"
                );
            }
            Self::Publics { fewest, .. } => {
                return format!(
                    "hashed and packed it would carry `{fewest}`: let the model answer less, as the \
                     place of the largest output"
                );
            }
            Self::Name { .. } => "compile with `--name`",
            Self::Scale { .. } => "compile with fewer bits",
            Self::Insecure => "use the ceremony's powers: leave `--srs` away",
        };
        text.to_owned()
    }
}

/// What a node says of a transaction, as part of a message.
fn said(says: Option<&str>) -> String {
    says.map_or_else(String::new, |says| format!("; the node says: {says}"))
}

/// Millionths of a credit as credits.
pub fn credits(microcredits: u64) -> String {
    format!("{}.{:06}", microcredits / 1_000_000, microcredits % 1_000_000)
}

/// The end of what a process printed, for people.
pub(crate) fn last_lines(output: &Output) -> String {
    const LINES: usize = 12;
    let text = [&output.stdout[..], &output.stderr].concat();
    let text = without_colours(&String::from_utf8_lossy(&text));
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|l| !l.is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

/// A text without the escape sequences of terminals, which Leo writes everywhere.
pub(crate) fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\x1b' => {
                // `ESC [ … letter`
                let _ = characters.by_ref().find(|c| c.is_ascii_alphabetic());
            }
            other => plain.push(other),
        }
    }
    plain
}
