//! Leo's own command, run as a process: it builds programs and makes and sends transactions.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde::{Deserialize, Serialize};

use crate::{Account, Connection, Error, Network, error::last_lines};

/// Leo's command.
#[derive(Clone, Debug)]
pub struct Leo {
    program: PathBuf,
}

/// What a transaction will cost, in millionths of a credit, by the virtual machine's own estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// For storing the transaction; for a deployment, everything but the name.
    pub storage: u64,
    /// For running it on every node; for a deployment, the price of the name.
    pub execution: u64,
    /// All together.
    pub total: u64,
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Its id.
    pub transaction: String,
    /// Whether the network accepted it. A rejected one changes no state but costs its fee.
    pub accepted: bool,
    /// Why not, where somebody said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Deserialize)]
struct Executed {
    outputs: Vec<String>,
    transaction_id: String,
    stats: Option<ExecutionStats>,
    broadcast: Option<Broadcast>,
}

#[derive(Deserialize)]
struct ExecutionStats {
    storage_cost: u64,
    execution_cost: u64,
    total_cost: u64,
}

#[derive(Deserialize)]
struct Broadcast {
    confirmed: bool,
}

#[derive(Deserialize)]
struct Deployed {
    deployments: Vec<Deployment>,
}

#[derive(Deserialize)]
struct Deployment {
    transaction_id: String,
    stats: Option<DeploymentStats>,
    broadcast: Option<Broadcast>,
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

/// The version that everything here was tried with.
const VERSION: &str = "4.4.6";

impl Leo {
    /// Leo's command: that of the environment variable `LIONML_LEO`, or `leo` on the path.
    #[expect(clippy::disallowed_methods, reason = "which tool runs changes no circuit")]
    pub fn find() -> Result<Self, Error> {
        let program = std::env::var_os("LIONML_LEO").map_or_else(|| "leo".into(), PathBuf::from);
        let answer = Command::new(&program).arg("--version").stdin(Stdio::null()).output();
        let missing = |source| Error::NoLeo { program: program.clone(), needed: VERSION, source };
        let answer = answer.map_err(|source| missing(Some(source)))?;
        let text = String::from_utf8_lossy(&answer.stdout).into_owned();
        if !text.split_whitespace().any(|word| word.trim_start_matches('v') == VERSION) {
            return Err(Error::OtherLeo { program, needed: VERSION, got: text.trim().to_owned() });
        }
        Ok(Self { program })
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        // What a user's own environment says about networks and keys must not leak into a call
        // that names its own.
        for variable in
            ["NETWORK", "ENDPOINT", "PRIVATE_KEY", "DEVNET", "CONSENSUS_VERSION_HEIGHTS"]
        {
            command.env_remove(variable);
        }
        command.stdin(Stdio::null());
        command
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
        let mut command = self.command();
        command.arg(format!("--json-output={}", answer.display())).args(arguments);
        command.current_dir(directory);
        if let Some(account) = account {
            command.env("PRIVATE_KEY", account.private_key());
        }
        let output = command.output().map_err(|source| Error::Process { action, source })?;
        let failed = || Error::Leo { action, output: last_lines(&output) };
        if !output.status.success() {
            return Err(failed());
        }
        let text = fs_err::read(&answer).map_err(|_| failed())?;
        let parsed = serde_json::from_slice(&text).map_err(|_| failed())?;
        Ok((parsed, output))
    }

    fn transaction_arguments(connection: &Connection, sends: bool) -> Vec<String> {
        let mut arguments: Vec<String> = ["--network", connection.network().id(), "--endpoint"]
            .into_iter()
            .map(str::to_owned)
            .collect();
        arguments.push(connection.endpoint().to_owned());
        arguments.push("--yes".to_owned());
        if connection.network() == Network::Devnet {
            arguments.push("--devnet".to_owned());
        }
        if sends {
            arguments.push("--broadcast".to_owned());
        }
        arguments
    }

    /// What executing a function will cost, and what it returns.
    pub(crate) fn estimate(
        &self,
        directory: &Path,
        connection: &Connection,
        account: &Account,
        function: &str,
        inputs: &[String],
    ) -> Result<Estimate, Error> {
        let arguments = [
            vec!["execute".to_owned(), function.to_owned()],
            inputs.to_vec(),
            // The estimate does not depend on the proof of the transition.
            vec!["--skip-execute-proof".to_owned()],
            Self::transaction_arguments(connection, false),
        ]
        .concat();
        let action = "estimate the fee of a call";
        let (executed, output): (Executed, _) =
            self.run(action, directory, Some(account), &arguments)?;
        let stats =
            executed.stats.ok_or_else(|| Error::Leo { action, output: last_lines(&output) })?;
        Ok(Estimate {
            storage: stats.storage_cost,
            execution: stats.execution_cost,
            total: stats.total_cost,
        })
    }

    /// Executes a function on the network.
    pub(crate) fn execute(
        &self,
        directory: &Path,
        connection: &Connection,
        account: &Account,
        function: &str,
        inputs: &[String],
    ) -> Result<Outcome, Error> {
        let mut arguments = [
            vec!["execute".to_owned(), function.to_owned()],
            inputs.to_vec(),
            Self::transaction_arguments(connection, true),
        ]
        .concat();
        // The keys for proofs of transitions are downloaded; a devnet does not ask for them.
        if connection.network() == Network::Devnet {
            arguments.push("--skip-execute-proof".to_owned());
        }
        let action = "execute a function";
        let (executed, output): (Executed, _) =
            self.run(action, directory, Some(account), &arguments)?;
        let _ = executed.outputs;
        let accepted = executed.broadcast.is_some_and(|broadcast| broadcast.confirmed);
        let reason = (!accepted).then(|| last_lines(&output));
        Ok(Outcome { transaction: executed.transaction_id, accepted, reason })
    }

    /// What deploying the program in a directory will cost.
    pub(crate) fn estimate_deployment(
        &self,
        directory: &Path,
        connection: &Connection,
        account: &Account,
    ) -> Result<Estimate, Error> {
        let action = "estimate the fee of a deployment";
        let (deployed, output) = self.deployment(action, directory, connection, account, false)?;
        let stats =
            deployed.stats.ok_or_else(|| Error::Leo { action, output: last_lines(&output) })?;
        let execution = stats.namespace_cost;
        let storage = stats.total_cost.saturating_sub(execution);
        Ok(Estimate { storage, execution, total: stats.total_cost })
    }

    /// Deploys the program in a directory.
    pub(crate) fn deploy(
        &self,
        directory: &Path,
        connection: &Connection,
        account: &Account,
    ) -> Result<Outcome, Error> {
        let (deployed, output) =
            self.deployment("deploy a program", directory, connection, account, true)?;
        let accepted = deployed.broadcast.is_some_and(|broadcast| broadcast.confirmed);
        let reason = (!accepted).then(|| last_lines(&output));
        Ok(Outcome { transaction: deployed.transaction_id, accepted, reason })
    }

    fn deployment(
        &self,
        action: &'static str,
        directory: &Path,
        connection: &Connection,
        account: &Account,
        sends: bool,
    ) -> Result<(Deployment, Output), Error> {
        let mut arguments = vec!["deploy".to_owned()];
        arguments.extend(Self::transaction_arguments(connection, sends));
        if connection.network() == Network::Devnet || !sends {
            arguments.push("--skip-deploy-certificate".to_owned());
        }
        let (deployed, output): (Deployed, _) =
            self.run(action, directory, Some(account), &arguments)?;
        let failed = Error::Leo { action, output: last_lines(&output) };
        // Programs that are deployed already are skipped; the last one is the package's own.
        Ok((deployed.deployments.into_iter().next_back().ok_or(failed)?, output))
    }

    /// Builds the program in a directory.
    pub(crate) fn build(&self, directory: &Path, connection: &Connection) -> Result<(), Error> {
        let arguments =
            ["build", "--network", connection.network().id(), "--endpoint", connection.endpoint()]
                .map(str::to_owned);
        let action = "build a program";
        let mut command = self.command();
        command.args(arguments).current_dir(directory);
        let output = command.output().map_err(|source| Error::Process { action, source })?;
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
        let network = ["--network", connection.network().id(), "--endpoint", connection.endpoint()];
        let arguments = [
            vec!["run".to_owned(), function.to_owned()],
            inputs.to_vec(),
            network.map(str::to_owned).to_vec(),
        ]
        .concat();
        let (ran, _): (Ran, _) =
            self.run("run a function", directory, Some(account), &arguments)?;
        Ok(ran.outputs)
    }
}
