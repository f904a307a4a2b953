//! `lionml-leo`: the extension of Leo that lets a program call a registered model.
//!
//! ```leo
//! @lionml(annotation = "7")
//! fn classify(image: [i16; 64]) -> u8 {}
//! ```
//!
//! A call `classify(image)` in an entry function becomes public parameters that hold the answer and
//! its proof, statements that compute what the proof must speak of, and statements in `final` that
//! verify it. `docs/leo.md` says what is checked and what is refused.

mod check;
mod compile;
mod count;
mod diagnostic;
mod expand;
mod models;
mod package;
mod scan;
mod shown;
mod source;
mod syntax;
mod types;

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::mpsc::{self, RecvTimeoutError},
    time::Duration,
};

use clap::{Args, Parser, Subcommand};
use leo_ast::NetworkName;
use serde_json::json;

use crate::{
    compile::Network,
    count::Count,
    diagnostic::{Diagnostic, Failure},
    models::Models,
    package::Package,
    shown::Shown,
};

const STACK_BYTES: usize = 256 << 20;

/// How long Leo's compiler may work on a program. It takes seconds for the largest honest ones, and
/// what is known to take it longer is refused before it sees it; this is for all that is not known.
const PATIENCE: Duration = Duration::from_secs(120);

/// Leo programs that call models registered with LionML.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print errors and warnings as one JSON object.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Print which models a program calls, and where.
    Scan {
        /// The Leo package.
        package: PathBuf,
    },
    /// Check the program with Leo's own compiler.
    Check {
        /// The Leo package.
        package: PathBuf,
        #[command(flatten)]
        network: NetworkArgs,
    },
    /// Write the program with its calls replaced by verified answers.
    Expand {
        /// The Leo package.
        package: PathBuf,
        /// What is registered under the numbers that the program names.
        #[arg(long)]
        models: PathBuf,
        /// Where the program is written, with its other files beside it.
        #[arg(long)]
        out: PathBuf,
        /// Where it is written what the entry functions take.
        #[arg(long)]
        interface: PathBuf,
        #[command(flatten)]
        network: NetworkArgs,
    },
    /// Run a function and count the circuit of its transition.
    Count {
        /// The bytecode of the program, as `leo build` writes it.
        program: PathBuf,
        /// The function.
        function: String,
        /// Its inputs, as literals of Leo.
        inputs: Vec<String>,
        /// The bytecode of a program that it imports; as often as there are some, in their order.
        #[arg(long = "import", value_name = "FILE")]
        imports: Vec<PathBuf>,
        /// Prove the circuit too, over powers for development, which are insecure.
        #[arg(long)]
        prove: bool,
    },
}

#[derive(Args)]
struct NetworkArgs {
    /// The network of the programs that the package depends on.
    #[arg(long, default_value = "testnet")]
    network: NetworkName,
    /// The server that they are fetched from.
    #[arg(long, required_unless_present = "offline")]
    endpoint: Option<String>,
    /// Ask no server.
    #[arg(long)]
    offline: bool,
}

impl From<NetworkArgs> for Network {
    fn from(args: NetworkArgs) -> Self {
        Self { name: args.network, endpoint: args.endpoint, offline: args.offline }
    }
}

fn main() -> ExitCode {
    let Cli { command, json } = Cli::parse();
    // A panic is reported as what it is, below.
    std::panic::set_hook(Box::new(|_| {}));
    // Leo's compiler recurses as deep as a program is nested.
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    // What is counted is proved too, which takes its time.
    let patience = match command {
        Command::Count { .. } => Duration::MAX,
        _ => PATIENCE,
    };
    let (done, waiting) = mpsc::channel();
    let result = match thread.spawn(move || done.send(run(command))) {
        Ok(thread) => match waiting.recv_timeout(patience) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => {
                let seconds = PATIENCE.as_secs();
                Err(Failure::Usage(format!("Leo's compiler takes more than {seconds} s for it")))
            }
            Err(RecvTimeoutError::Disconnected) => {
                let panic = thread.join().err();
                let message = panic.as_ref().and_then(|panic| {
                    let text = panic.downcast_ref::<String>().map(String::as_str);
                    text.or_else(|| panic.downcast_ref::<&str>().copied())
                });
                Err(Failure::Internal(message.unwrap_or("panic").to_owned()))
            }
        },
        Err(error) => Err(Failure::Internal(error.to_string())),
    };
    let mut stderr = Shown(io::stderr());
    // Nobody is left to tell that a stream is closed.
    match result {
        Ok(Answer { output, warnings }) => {
            let _ = match (warnings.is_empty(), json) {
                (true, _) => Ok(()),
                (_, true) => stderr.json(&json!({ "warnings": warnings })),
                _ => warnings.iter().try_for_each(|warning| write!(stderr, "{warning}")),
            };
            let printed = match output {
                Some(output) => Shown(io::stdout()).json(&output),
                None => Ok(()),
            };
            if printed.is_err() { ExitCode::from(2) } else { ExitCode::SUCCESS }
        }
        Err(failure) => {
            let _ = match json {
                true => stderr.json(&failure.to_json()),
                false => write!(stderr, "{failure}"),
            };
            ExitCode::from(failure.exit_code())
        }
    }
}

struct Answer {
    output: Option<serde_json::Value>,
    warnings: Vec<Diagnostic>,
}

fn run(command: Command) -> Result<Answer, Failure> {
    match command {
        Command::Count { program, function, inputs, imports, prove } => {
            let count = Count { program, imports, function, inputs, prove };
            Ok(Answer { output: Some(count.run()?), warnings: Vec::new() })
        }
        Command::Scan { package } => {
            let scan = scan::scan(&Package::read(&package)?)?;
            Ok(Answer { output: Some(to_json(&scan)?), warnings: Vec::new() })
        }
        Command::Check { package, network } => {
            let package = Package::read(&package)?;
            let scan = scan::scan(&package)?;
            let warnings = check::check(&package, &scan, &network.into())?;
            Ok(Answer { output: None, warnings })
        }
        Command::Expand { package, models, out, interface, network } => {
            let network = network.into();
            let package = Package::read(&package)?;
            let models = Models::read(&models)?;
            let scan = scan::scan(&package)?;
            let warnings = check::check(&package, &scan, &network)?;
            let expansion = expand::expand(&package, &scan, &models)?;
            expansion.check(&package, &models, &network)?;
            let described = format!("{:#}\n", to_json(&expansion.interface)?);
            let mut files = package.copies(directory_of(&out))?;
            files.push((out, &expansion.text));
            files.push((interface, &described));
            write(&files)?;
            Ok(Answer { output: None, warnings })
        }
    }
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<serde_json::Value, Failure> {
    serde_json::to_value(value).map_err(|error| Failure::Internal(error.to_string()))
}

/// The directory that a file lies in.
fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Writes all files, or none: each beside its place first, and renamed when all are complete.
fn write(files: &[(PathBuf, &str)]) -> Result<(), Failure> {
    let mut staged = Vec::new();
    for (path, text) in files {
        let error = |error: io::Error| Failure::Usage(format!("`{}`: {error}", path.display()));
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // Whoever the user's mask admits.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let mut file = builder.tempfile_in(directory_of(path)).map_err(error)?;
        file.write_all(text.as_bytes()).map_err(error)?;
        staged.push((file, path, error));
    }
    for (file, path, error) in staged {
        file.persist(path).map_err(|persist| error(persist.error))?;
    }
    Ok(())
}
