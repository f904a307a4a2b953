//! Leo's own command, run as a process: it builds programs and makes transactions.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::{Account, Connection, Error, Network, error::last_lines, process};

/// Leo's command.
#[derive(Clone, Debug)]
pub struct Leo {
    program: PathBuf,
}

/// What a transaction costs, in millionths of a credit, by the virtual machine's own estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// For storing the transaction; for a deployment, everything but the name.
    pub storage: u64,
    /// For running it on every node; for a deployment, the price of the name.
    pub execution: u64,
    /// All together.
    pub total: u64,
}

/// What a transaction is to do.
#[derive(Debug)]
pub(crate) enum Step {
    /// Execute a function: of the package at hand, or `program/function`.
    Execute { function: String, inputs: Vec<String> },
    /// Deploy the program of the package at hand, and those of other packages that it needs.
    Deploy,
}

/// A transaction that Leo made, and that nobody has seen yet.
#[derive(Clone, Debug)]
pub(crate) struct Transaction {
    /// The program that it deploys or executes.
    pub(crate) program: String,
    /// Its id.
    pub(crate) id: String,
    /// What it costs at most.
    pub(crate) estimate: Estimate,
    /// The transaction as nodes take it.
    pub(crate) json: Vec<u8>,
}

#[derive(Deserialize)]
struct Executed {
    program: String,
    transaction_id: String,
    stats: Option<ExecutionStats>,
}

#[derive(Deserialize)]
struct ExecutionStats {
    storage_cost: u64,
    execution_cost: u64,
    total_cost: u64,
}

#[derive(Deserialize)]
struct Deployed {
    deployments: Vec<Deployment>,
}

#[derive(Deserialize)]
struct Deployment {
    program_id: String,
    transaction_id: String,
    stats: Option<DeploymentStats>,
}

#[derive(Deserialize)]
struct DeploymentStats {
    namespace_cost: u64,
    total_cost: u64,
}

#[derive(Deserialize)]
struct Ran {
    outputs: Vec<String>,
}

impl From<ExecutionStats> for Estimate {
    fn from(stats: ExecutionStats) -> Self {
        let ExecutionStats { storage_cost, execution_cost, total_cost } = stats;
        Self { storage: storage_cost, execution: execution_cost, total: total_cost }
    }
}

impl From<DeploymentStats> for Estimate {
    fn from(stats: DeploymentStats) -> Self {
        let DeploymentStats { namespace_cost, total_cost } = stats;
        let storage = total_cost.saturating_sub(namespace_cost);
        Self { storage, execution: namespace_cost, total: total_cost }
    }
}

impl std::iter::Sum for Estimate {
    fn sum<I: Iterator<Item = Self>>(estimates: I) -> Self {
        estimates.fold(Self::default(), |sum, estimate| Self {
            storage: sum.storage.saturating_add(estimate.storage),
            execution: sum.execution.saturating_add(estimate.execution),
            total: sum.total.saturating_add(estimate.total),
        })
    }
}

/// How long Leo may take for one command. On a public network it fetches keys for hundreds of
/// megabytes and makes proofs; longer than this takes only a node that stalls.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

/// The version that everything here was tried with.
const VERSION: &str = "4.4.6";

impl Leo {
    /// Leo's command: that of the environment variable `LIONML_LEO`, or `leo` on the path.
    #[expect(clippy::disallowed_methods, reason = "which tool runs changes no circuit")]
    pub fn find() -> Result<Self, Error> {
        let program = std::env::var_os("LIONML_LEO").map_or_else(|| "leo".into(), PathBuf::from);
        let answer = Command::new(&program).arg("--version").stdin(Stdio::null()).output();
        let missing = |source| Error::NoLeo { program: program.clone(), needed: VERSION, source };
        let answer = answer.map_err(missing)?;
        let text = String::from_utf8_lossy(&answer.stdout).into_owned();
        if !text.split_whitespace().any(|word| word.trim_start_matches('v') == VERSION) {
            return Err(Error::OtherLeo { program, needed: VERSION, got: text.trim().to_owned() });
        }
        Ok(Self { program })
    }

    /// Leo's command in a directory of LionML's own.
    pub(crate) fn command(&self, directory: &Path) -> Result<Command, Error> {
        // Leo takes variables from the next `.env`, and the place of what it builds from the next
        // `workspace.json`, of all directories around its own: from the package that somebody else
        // made, or from what another user left in the directory for temporary files. The next ones
        // are these.
        let members = match directory.join("program.json").is_file() {
            true => &br#"{"members": ["."]}"#[..],
            false => br#"{"members": []}"#,
        };
        for (name, text) in [(".env", &b""[..]), ("workspace.json", members)] {
            lionml::write_file(&directory.join(name), text, lionml::Readers::Anyone)?;
        }
        let mut command = Command::new(&self.program);
        command.current_dir(directory);
        // What a user's own environment says about networks and keys must not leak into a call
        // that names its own.
        for variable in
            ["NETWORK", "ENDPOINT", "PRIVATE_KEY", "DEVNET", "CONSENSUS_VERSION_HEIGHTS"]
        {
            command.env_remove(variable);
        }
        command.stdin(Stdio::null());
        Ok(command)
    }

    /// Runs Leo in a directory. The answer is a file that it writes.
    fn run<T: for<'de> Deserialize<'de>>(
        &self,
        action: &'static str,
        directory: &Path,
        account: Option<&Account>,
        arguments: &[String],
    ) -> Result<(T, Output), Error> {
        let answers = tempfile::tempdir().map_err(|source| Error::Process { action, source })?;
        let answer = answers.path().join("answer.json");
        let mut command = self.command(directory)?;
        command.arg(format!("--json-output={}", answer.display())).args(arguments);
        if let Some(account) = account {
            command.env("PRIVATE_KEY", account.private_key());
        }
        let output = process::output(&mut command, action, PATIENCE)?;
        let failed = || Error::Leo { action, output: last_lines(&output) };
        if !output.status.success() {
            return Err(failed());
        }
        let text = fs_err::read(&answer).map_err(|_| failed())?;
        let parsed = serde_json::from_slice(&text).map_err(|_| failed())?;
        Ok((parsed, output))
    }

    /// Makes the transaction of a step, and before it those that deploy other packages which the
    /// program needs. Sends nothing.
    pub(crate) fn make(
        &self,
        step: &Step,
        directory: &Path,
        connection: &Connection,
        account: &Account,
    ) -> Result<(Vec<Transaction>, Transaction), Error> {
        let (command, action, unproved) = match step {
            Step::Execute { .. } => ("execute", "make an execution", "--skip-execute-proof"),
            Step::Deploy => ("deploy", "make a deployment", "--skip-deploy-certificate"),
        };
        let saved = tempfile::tempdir().map_err(|source| Error::Process { action, source })?;
        let mut arguments = vec![command.to_owned(), "--yes".to_owned()];
        arguments.extend(Self::node(connection));
        arguments.push(format!("--save={}", saved.path().display()));
        // The keys for proofs of transitions are downloaded; a devnet does not ask for them.
        if connection.network() == Network::Devnet {
            arguments.extend(["--devnet".to_owned(), unproved.to_owned()]);
        }
        let made = |program: String, id: String, estimate: Option<Estimate>, file: &str| {
            let json = fs_err::read(saved.path().join(file)).ok()?;
            Some(Transaction { program, id, estimate: estimate?, json })
        };
        let (transactions, output): (Option<Vec<_>>, _) = match step {
            Step::Execute { function, inputs } => {
                arguments.extend(Self::call(function, inputs));
                let (Executed { program, transaction_id, stats }, output) =
                    self.run(action, directory, Some(account), &arguments)?;
                let file = "transaction.execution.json";
                let made = made(program, transaction_id, stats.map(Into::into), file);
                (made.map(|made| vec![made]), output)
            }
            Step::Deploy => {
                let (Deployed { deployments }, output) =
                    self.run(action, directory, Some(account), &arguments)?;
                let made = deployments.into_iter().map(|deployment| {
                    let Deployment { program_id, transaction_id, stats } = deployment;
                    let file = format!("{program_id}.deployment.json");
                    made(program_id, transaction_id, stats.map(Into::into), &file)
                });
                (made.collect(), output)
            }
        };
        let split = |mut transactions: Vec<Transaction>| {
            let last = transactions.pop()?;
            Some((transactions, last))
        };
        transactions
            .and_then(split)
            .ok_or_else(|| Error::Leo { action, output: last_lines(&output) })
    }

    fn node(connection: &Connection) -> [String; 4] {
        ["--network", connection.network().id(), "--endpoint", connection.endpoint()]
            .map(str::to_owned)
    }

    /// A function and its inputs, of which negative ones are no options.
    fn call(function: &str, inputs: &[String]) -> Vec<String> {
        [&["--".to_owned(), function.to_owned()], inputs].concat()
    }

    /// Builds the program in a directory.
    pub(crate) fn build(&self, directory: &Path, connection: &Connection) -> Result<(), Error> {
        let action = "build a program";
        let mut command = self.command(directory)?;
        command.arg("build").args(Self::node(connection));
        let output = process::output(&mut command, action, PATIENCE)?;
        match output.status.success() {
            true => Ok(()),
            false => Err(Error::Leo { action, output: last_lines(&output) }),
        }
    }

    /// Runs a function here, without a network, and returns its outputs.
    pub(crate) fn evaluate(
        &self,
        directory: &Path,
        connection: &Connection,
        account: &Account,
        function: &str,
        inputs: &[String],
    ) -> Result<Vec<String>, Error> {
        let arguments =
            [vec!["run".to_owned()], Self::node(connection).to_vec(), Self::call(function, inputs)]
                .concat();
        let (ran, _): (Ran, _) =
            self.run("run a function", directory, Some(account), &arguments)?;
        Ok(ran.outputs)
    }
}
