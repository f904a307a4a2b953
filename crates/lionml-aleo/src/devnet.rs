//! A node of one's own: Leo's devnode, started and stopped.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::{Account, Connection, Error, Leo, Network, Registry, place::Place};

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

/// What is known of a devnet to the next command: the state of a port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    endpoint: String,
    process: u32,
    log: PathBuf,
    /// When the process started, by the system's own count. The ids of processes are used again: a
    /// process of this id that started at another time is another process.
    started: String,
}

/// No such state is longer.
const MAX_STATE_BYTES: u64 = 1 << 16;

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
        let mut command = leo.command(directory)?;
        command
            .args(START)
            .arg(address(port))
            .env("PRIVATE_KEY", DEVNET_KEY)
            .stderr(out.try_clone().map_err(io)?)
            .stdout(out)
            .stdin(Stdio::null());
        // A terminal's interrupt is for the command that waits here, not for the node.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(io)?;
        let endpoint = format!("http://127.0.0.1:{port}");
        let devnet = Self { endpoint, process: child.id(), log };
        if !devnet.claim(directory, port).map_err(io)? {
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
                end(&mut child, &state);
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
            end(&mut child, &state);
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
        let Stored { endpoint, process, log, .. } =
            Stored::read(directory, port).filter(|stored| stored.runs(port))?;
        Some(Self { endpoint, process, log })
    }

    /// Stops the devnet on a port; its ledger is gone then.
    pub fn stop(directory: &Path, port: u16) -> Result<Self, Error> {
        let stored = Stored::read(directory, port).filter(|stored| stored.runs(port));
        let stored = stored.ok_or(Error::Devnet {
            reason: format!("no devnet of LionML runs on port `{port}`"),
            hint: "`lionml devnet start` starts one",
        })?;
        let _ = Command::new("kill").arg(stored.process.to_string()).status();
        let start = Instant::now();
        while stored.runs(port) && start.elapsed() < Duration::from_secs(10) {
            thread::sleep(Duration::from_millis(50));
        }
        // Another one may have been started on the port since.
        if Stored::read(directory, port).is_none_or(|now| now == stored) {
            let _ = fs_err::remove_file(Self::state(directory, port));
        }
        let Stored { endpoint, process, log, .. } = stored;
        Ok(Self { endpoint, process, log })
    }

    /// Writes where it is, from the start on so that it can be stopped; not where another one is
    /// that lives: two may be started at once.
    fn claim(&self, directory: &Path, port: u16) -> io::Result<bool> {
        let Self { endpoint, process, log } = self.clone();
        let ended = || io::Error::other("it ended at once");
        let started = Running::find(process).ok_or_else(ended)?.started;
        let stored = Stored { endpoint, process, log, started };
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(&serde_json::to_vec(&stored)?)?;
        let state = Self::state(directory, port);
        if !Stored::read(directory, port).is_some_and(|other| other.runs(port)) {
            let _ = fs_err::remove_file(&state);
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
}

/// Ends a devnet that this very process started.
fn end(child: &mut Child, state: &Path) {
    let _ = child.kill();
    let _ = child.wait();
    let _ = fs_err::remove_file(state);
}

/// What a devnet is started with; then where it listens.
const START: [&str; 5] = ["devnode", "start", "-v", "0", "--socket-addr"];

fn address(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

impl Stored {
    fn read(directory: &Path, port: u16) -> Option<Self> {
        let place = Place::new(directory).ok()?;
        let text = place.read(&format!("{port}.json"), MAX_STATE_BYTES).ok()??;
        serde_json::from_slice(&text).ok()
    }

    /// Whether the very process runs that was started as the devnet on this port.
    fn runs(&self, port: u16) -> bool {
        let Some(Running { started, arguments }) = Running::find(self.process) else {
            return false;
        };
        let expected = START.iter().map(|word| (*word).to_owned()).chain([address(port)]);
        started == self.started && arguments.into_iter().skip(1).eq(expected)
    }
}

/// A process that runs.
struct Running {
    started: String,
    arguments: Vec<String>,
}

impl Running {
    /// The process of this id, unless it has ended.
    #[cfg(target_os = "linux")]
    fn find(process: u32) -> Option<Self> {
        let read = |name: &str| fs_err::read(format!("/proc/{process}/{name}")).ok();
        let boot = fs_err::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let stat = String::from_utf8_lossy(&read("stat")?).into_owned();
        // The name before it, in parentheses, can be anything.
        let (_, fields) = stat.rsplit_once(')')?;
        let mut fields = fields.split_whitespace();
        let state = fields.next()?;
        // The twenty-second of all: ticks since the system started.
        let started = format!("{} {}", boot.trim(), fields.nth(18)?);
        let arguments = read("cmdline")?;
        let arguments = arguments.strip_suffix(b"\0").unwrap_or(&arguments);
        let arguments = arguments.split(|&byte| byte == 0);
        let arguments = arguments.map(|text| String::from_utf8_lossy(text).into_owned()).collect();
        (!matches!(state, "Z" | "X")).then_some(Self { started, arguments })
    }

    /// The process of this id, unless it has ended. An argument with a space would be two.
    #[cfg(not(target_os = "linux"))]
    fn find(process: u32) -> Option<Self> {
        let ask = |what: &str| {
            let mut command = Command::new("ps");
            command.args(["-o", what, "-p", &process.to_string()]).stdin(Stdio::null());
            let output = command.output().ok().filter(|output| output.status.success())?;
            Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let (state, started) = (ask("stat=")?, ask("lstart=")?);
        let arguments = ask("args=")?.split_whitespace().map(str::to_owned).collect();
        (!state.starts_with('Z')).then_some(Self { started, arguments })
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::os::unix::process::CommandExt as _;

    use super::*;

    /// A process that is called like a devnet, and its state.
    fn sleeping(directory: &Path, arguments: &[&str]) -> (Child, Stored) {
        // `sh` keeps the words behind its script as arguments of its own.
        let script = directory.join("script");
        fs_err::write(&script, "sleep 60 & trap 'kill $!; exit' TERM; wait").unwrap();
        let mut command = Command::new("sh");
        command.arg0("leo").arg(&script).args(arguments);
        let child = command.spawn().unwrap();
        let started = Running::find(child.id()).unwrap().started;
        let (endpoint, log) = ("http://127.0.0.1:1".to_owned(), PathBuf::new());
        let stored = Stored { endpoint, process: child.id(), log, started };
        (child, stored)
    }

    fn stop(directory: &Path, stored: &Stored) -> Result<Devnet, Error> {
        fs_err::write(directory.join("1.json"), serde_json::to_vec(stored).unwrap()).unwrap();
        Devnet::stop(directory, 1)
    }

    #[test]
    fn rejects_stopping_what_is_not_the_process_that_was_started() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path();
        let words = [&START[..], &["127.0.0.1:1"]].concat();
        // Called like one, but a process of another program: the shell's script stands before.
        let (mut child, stored) = sleeping(directory, &words);
        let mut tried = vec![stored.clone()];
        // Of this id, and started at another time; and ids of none, of all, and of the first one.
        tried.push(Stored { started: "0".to_owned(), ..stored.clone() });
        tried.extend([0, 1, u32::MAX].map(|process| Stored { process, ..stored.clone() }));
        for stored in &tried {
            assert!(matches!(stop(directory, stored), Err(Error::Devnet { .. })), "{stored:?}");
            assert!(child.try_wait().unwrap().is_none(), "{stored:?}");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // Of a state that is no file, nothing is read.
        fs_err::remove_file(directory.join("1.json")).unwrap();
        assert!(Command::new("mkfifo").arg(directory.join("1.json")).status().unwrap().success());
        assert!(matches!(Devnet::stop(directory, 1), Err(Error::Devnet { .. })));
    }

    #[test]
    fn matches_the_start_and_the_arguments_of_a_process() {
        let mut command = Command::new("sleep");
        let mut child = command.arg("60").spawn().unwrap();
        let start = Instant::now();
        let mut running = Running::find(child.id()).unwrap();
        // Its arguments are there a moment after it is.
        while running.arguments == [""] && start.elapsed() < Duration::from_secs(10) {
            running = Running::find(child.id()).unwrap();
        }
        assert_eq!(running.arguments, ["sleep", "60"]);
        assert_eq!(running.started, Running::find(child.id()).unwrap().started);
        child.kill().unwrap();
        // Until somebody asks for its end, it is a zombie.
        let start = Instant::now();
        while Running::find(child.id()).is_some() {
            assert!(start.elapsed() < Duration::from_secs(10));
        }
        child.wait().unwrap();
    }
}
