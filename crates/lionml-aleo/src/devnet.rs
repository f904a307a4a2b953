//! A node of one's own: Leo's devnode, started and stopped.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::{Account, Connection, Error, Leo, Network, Registry};

/// The private key of an account that has credits of a devnet. Everybody knows it.
pub const DEVNET_KEY: &str = "APrivateKey1zkp8CZNn3yeCseEtxuVPbDCwSyhGW6yZKUYKfgXmcpoGPWH";

/// A devnet that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Devnet {
    /// Where it listens.
    pub endpoint: String,
    /// Its process.
    pub process: u32,
    /// What it prints.
    pub log: PathBuf,
}

/// How long a devnet may take to start.
const PATIENCE: Duration = Duration::from_secs(120);

impl Devnet {
    /// Starts a devnet on this port of the loopback interface, and deploys the registry on it. Its
    /// ledger lies in memory and ends with it.
    pub fn start(directory: &Path, port: u16) -> Result<Self, Error> {
        let leo = Leo::find()?;
        let io = |source| Error::Process { action: "start a devnet", source };
        let state = Self::state(directory, port);
        if let Some(running) = Self::find(directory, port) {
            let endpoint = &running.endpoint;
            return Err(Error::Devnet {
                reason: format!("a devnet runs at `{endpoint}` already"),
                hint: "use it, or stop it with `lionml devnet stop`",
            });
        }
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_err() {
            return Err(Error::Devnet {
                reason: format!("port `{port}` is in use"),
                hint: "choose another with `--port`",
            });
        }
        fs_err::create_dir_all(directory).map_err(io)?;
        let log = directory.join(format!("{port}.log"));
        let out = fs_err::File::create(&log).map_err(io)?.into_parts().0;
        let mut command = leo.command();
        command
            .args(["devnode", "start", "-v", "0", "--socket-addr"])
            .arg(format!("127.0.0.1:{port}"))
            .env("PRIVATE_KEY", DEVNET_KEY)
            .current_dir(directory)
            .stderr(out.try_clone().map_err(io)?)
            .stdout(out)
            .stdin(Stdio::null());
        // A terminal's interrupt is for the command that waits here, not for the node.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(io)?;
        let endpoint = format!("http://127.0.0.1:{port}");
        let devnet = Self { endpoint, process: child.id(), log };
        if !devnet.claim(&state, directory).map_err(io)? {
            let _ = child.kill();
            return Err(Error::Devnet {
                reason: format!("another devnet is being started on port `{port}`"),
                hint: "use that one, or choose another port with `--port`",
            });
        }
        let connection = devnet.connection()?;
        let start = Instant::now();
        while connection.check_consensus().is_err() {
            let ended = child.try_wait().map_err(io)?.is_some();
            if ended || start.elapsed() > PATIENCE {
                devnet.end(&state);
                let log = fs_err::read_to_string(&devnet.log).unwrap_or_default();
                let last = log.lines().next_back().unwrap_or_default().to_owned();
                return Err(Error::Devnet {
                    reason: format!(
                        "the devnet does not answer; its log is `{}`: {last}",
                        devnet.log.display()
                    ),
                    hint: "its log says more",
                });
            }
            thread::sleep(Duration::from_millis(100));
        }
        let account = Account::new(None, Network::Devnet)?;
        let deployed = Registry::deployment(&leo, &connection, &account)
            .and_then(crate::planned::Planned::send);
        if let Err(error) = deployed {
            devnet.end(&state);
            return Err(error);
        }
        Ok(devnet)
    }

    /// Its node.
    pub fn connection(&self) -> Result<Connection, Error> {
        Connection::new(Network::Devnet, Some(&self.endpoint))
    }

    /// The devnet that was started on a port and still runs.
    pub fn find(directory: &Path, port: u16) -> Option<Self> {
        let state = Self::state(directory, port);
        let devnet: Self = serde_json::from_slice(&fs_err::read(&state).ok()?).ok()?;
        Self::is_devnode(devnet.process).then_some(devnet)
    }

    /// Stops the devnet on a port; its ledger is gone then.
    pub fn stop(directory: &Path, port: u16) -> Result<Self, Error> {
        let devnet = Self::find(directory, port).ok_or(Error::Devnet {
            reason: format!("no devnet of LionML runs on port `{port}`"),
            hint: "`lionml devnet start` starts one",
        })?;
        devnet.end(&Self::state(directory, port));
        Ok(devnet)
    }

    /// Writes where it is, from the start on so that it can be stopped; not where another one is
    /// that lives: two may be started at once.
    fn claim(&self, state: &Path, directory: &Path) -> io::Result<bool> {
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        let stored = || serde_json::from_slice(&fs_err::read(state).ok()?).ok();
        if !stored().is_some_and(|stored: Self| Self::is_devnode(stored.process)) {
            let _ = fs_err::remove_file(state);
        }
        match file.persist_noclobber(state) {
            Ok(_) => Ok(true),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error.error),
        }
    }

    fn state(directory: &Path, port: u16) -> PathBuf {
        directory.join(format!("{port}.json"))
    }

    fn end(&self, state: &Path) {
        // Process ids are used again: only what is a devnode is ended.
        if Self::is_devnode(self.process) {
            let _ = Command::new("kill").arg(self.process.to_string()).status();
            let start = Instant::now();
            while Self::is_devnode(self.process) && start.elapsed() < Duration::from_secs(10) {
                thread::sleep(Duration::from_millis(50));
            }
        }
        // Another one may have been started on the port since.
        let stored = fs_err::read(state).ok().and_then(|text| serde_json::from_slice(&text).ok());
        if stored.is_none_or(|stored: Self| stored.process == self.process) {
            let _ = fs_err::remove_file(state);
        }
    }

    fn is_devnode(process: u32) -> bool {
        let answer = Command::new("ps")
            .args(["-o", "stat=,args=", "-p", &process.to_string()])
            .stdin(Stdio::null())
            .output();
        answer.is_ok_and(|answer| {
            let text = String::from_utf8_lossy(&answer.stdout).into_owned();
            text.contains("devnode") && !text.trim_start().starts_with('Z')
        })
    }
}
