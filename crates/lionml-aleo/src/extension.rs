//! The Leo compiler extension, a program of its own: it links Leo's crates, whose licence and
//! settings must not reach this one.

use std::{
    io,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

use serde::de::DeserializeOwned;

use crate::{
    Connection, Error,
    interface::{Interface, Scan},
    process,
};

/// The extension's command.
#[derive(Clone, Debug)]
pub(crate) struct Extension {
    program: PathBuf,
}

const NAME: &str = "lionml-leo";

/// How long it may take. It gives up by itself, and says at what, but for what it fetches.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

impl Extension {
    /// The program that `LIONML_LEO_EXTENSION` names, the one beside this program, or the one on
    /// the path.
    #[expect(clippy::disallowed_methods, reason = "which tool runs changes no circuit")]
    pub(crate) fn find() -> Result<Self, Error> {
        let beside = || Some(std::env::current_exe().ok()?.with_file_name(NAME));
        let program = std::env::var_os("LIONML_LEO_EXTENSION")
            .map(PathBuf::from)
            .or_else(|| beside().filter(|program| program.is_file()))
            .unwrap_or_else(|| NAME.into());
        let answer = Command::new(&program).arg("--version").stdin(Stdio::null()).output();
        match answer {
            Ok(answer) if answer.status.success() => Ok(Self { program }),
            Ok(_) => {
                let source = io::Error::other("it does not tell its version");
                Err(Error::NoExtension { program, source })
            }
            Err(source) => Err(Error::NoExtension { program, source }),
        }
    }

    fn run(&self, arguments: &[&Path], options: &[&str]) -> Result<Output, Error> {
        let mut command = Command::new(&self.program);
        command.args(arguments).args(options);
        let output = process::output(&mut command, "run the extension", PATIENCE)?;
        let printed = || String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
        match output.status.code() {
            Some(0) => Ok(output),
            Some(1) => Err(Error::Program { diagnostics: printed() }),
            // What it was given, not a defect of it.
            Some(2) => Err(Error::Source { reason: printed() }),
            _ => Err(Error::Extension { reason: printed() }),
        }
    }

    /// The models that a program calls.
    pub(crate) fn scan(&self, package: &Path) -> Result<Scan, Error> {
        parse(&self.run(&["scan".as_ref(), package], &[])?.stdout)
    }

    /// Checks a program's types as it stands in its source.
    pub(crate) fn check(&self, package: &Path, connection: &Connection) -> Result<(), Error> {
        self.run(&["check".as_ref(), package], &options(connection)).map(|_| ())
    }

    /// Writes a program whose calls of models are verified, and its other files beside it.
    pub(crate) fn expand(
        &self,
        (package, connection): (&Path, &Connection),
        models: &Path,
        program: &Path,
        interface: &Path,
    ) -> Result<Interface, Error> {
        let arguments: [&Path; 8] = [
            "expand".as_ref(),
            package,
            "--models".as_ref(),
            models,
            "--out".as_ref(),
            program,
            "--interface".as_ref(),
            interface,
        ];
        self.run(&arguments, &options(connection))?;
        let action = "read the extension's answer";
        let text = fs_err::read(interface).map_err(|source| Error::Process { action, source })?;
        parse(&text)
    }
}

/// Where programs are fetched from that the package depends on.
fn options(connection: &Connection) -> [&str; 4] {
    ["--network", connection.network().id(), "--endpoint", connection.endpoint()]
}

fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(text).map_err(|error| Error::Extension { reason: error.to_string() })
}
