//! What commands take that speak with a network.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use lionml_aleo::{Account, Connection, Network};

use super::SrsArgs;

#[derive(Debug, ClapArgs)]
pub(crate) struct Deploy {
    /// The compiled model.
    pub(crate) model: PathBuf,
    /// The number under which it is registered, for good.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) annotation: u32,
    /// A number of yours that this one replaces.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) previous: Option<u32>,
    #[command(flatten)]
    pub(crate) chain: PayingArgs,
    #[command(flatten)]
    pub(crate) srs: SrsArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Registry {
    /// Show the models that are registered, a part of them at a time.
    List {
        /// The first one, counted from zero in the order of their registration.
        #[arg(long, default_value_t = 0, value_name = "INDEX")]
        first: u32,
        /// At most so many.
        #[arg(long, default_value_t = 100, value_name = "COUNT",
            value_parser = clap::value_parser!(u32).range(1..=1000))]
        most: u32,
        #[command(flatten)]
        chain: ChainArgs,
    },
    /// Show the model under a number.
    Show {
        /// The number.
        number: u32,
        #[command(flatten)]
        chain: ChainArgs,
    },
    /// Make a number's key again from an ONNX file, and compare.
    Verify {
        /// The number.
        number: u32,
        /// The ONNX file.
        model: PathBuf,
        /// The manifest, with the frozen settings [default: beside the ONNX file].
        #[arg(long)]
        manifest: Option<PathBuf>,
        #[command(flatten)]
        chain: ChainArgs,
        #[command(flatten)]
        srs: SrsArgs,
    },
    /// Tell everybody not to build on a number of yours any more.
    Retire {
        /// The number.
        number: u32,
        #[command(flatten)]
        chain: PayingArgs,
    },
    /// Deploy the registry's program: once for everybody on a network.
    Deploy {
        #[command(flatten)]
        chain: PayingArgs,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Devnet {
    /// Start a node of your own, with the registry on it. Its ledger lies in memory.
    Start {
        /// The port on the loopback interface.
        #[arg(long, default_value_t = 3030, value_parser = clap::value_parser!(u16).range(1..))]
        port: u16,
    },
    /// Stop it.
    Stop {
        /// The port on the loopback interface.
        #[arg(long, default_value_t = 3030)]
        port: u16,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Leo {
    /// Make a Leo package that calls a model.
    New {
        /// Its directory; the last part is the program's name.
        directory: PathBuf,
        /// The compiled model.
        #[arg(long)]
        model: PathBuf,
        /// The number under which it is registered.
        #[arg(long, value_name = "NUMBER")]
        annotation: u32,
    },
    /// Check a package and write the program in which every answer is verified.
    Build {
        #[command(flatten)]
        package: PackageArgs,
        #[command(flatten)]
        chain: ChainArgs,
    },
    /// Deploy a package's program.
    Deploy {
        #[command(flatten)]
        package: PackageArgs,
        #[command(flatten)]
        chain: PayingArgs,
    },
    /// Run a function here; the models that it calls are proved.
    Run {
        #[command(flatten)]
        call: CallArgs,
        /// Where to write the call, private inputs included, to execute it later.
        #[arg(long, short)]
        output: Option<PathBuf>,
        #[command(flatten)]
        package: PackageArgs,
        #[command(flatten)]
        chain: ChainArgs,
        #[command(flatten)]
        key: KeyArgs,
    },
    /// Execute a function on the network; the models that it calls are proved.
    Execute {
        #[command(flatten)]
        call: CallArgs,
        /// Execute a call that `run` wrote instead.
        #[arg(long, value_name = "FILE", conflicts_with_all = ["function", "arguments"])]
        call_file: Option<PathBuf>,
        #[command(flatten)]
        package: PackageArgs,
        #[command(flatten)]
        chain: PayingArgs,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CallArgs {
    /// The function.
    #[arg(required_unless_present = "call_file")]
    pub(crate) function: Option<String>,
    /// Its arguments: literals of Leo, or files of inputs for models. Before negative ones, `--`.
    pub(crate) arguments: Vec<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct PackageArgs {
    /// The package's directory.
    #[arg(long, default_value = ".", value_name = "DIRECTORY")]
    pub(crate) package: PathBuf,
    #[command(flatten)]
    pub(crate) srs: SrsArgs,
}

/// Which node to ask.
#[derive(Debug, ClapArgs)]
pub(crate) struct ChainArgs {
    /// The network.
    #[arg(long, value_enum, default_value_t = NetworkArg::Devnet)]
    network: NetworkArg,
    /// The node, as `http://127.0.0.1:3030` [default for a devnet: that; else: $ENDPOINT].
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Another node of the network, which must say the same; as often as wanted.
    #[arg(long = "check-endpoint", value_name = "URL")]
    others: Vec<String>,
}

/// Who calls.
#[derive(Debug, ClapArgs)]
pub(crate) struct KeyArgs {
    /// The private key [default: $PRIVATE_KEY; for a devnet: its own]. Prefer the variable: other
    /// users of a machine can read arguments.
    #[arg(long, value_name = "KEY", hide_default_value = true)]
    private_key: Option<String>,
}

/// Which node to ask, and who pays.
#[derive(Debug, ClapArgs)]
pub(crate) struct PayingArgs {
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    /// Agree to every fee.
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Go on though this transaction, which was sent before, may still be accepted: then it is paid
    /// for besides.
    #[arg(long, value_name = "TRANSACTION")]
    pub(crate) give_up: Vec<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum NetworkArg {
    /// A node of your own: `lionml devnet start`.
    Devnet,
    /// The public network for trying things.
    Testnet,
    /// The network where credits have a price.
    Mainnet,
}

impl ChainArgs {
    fn network(&self) -> Network {
        match self.network {
            NetworkArg::Devnet => Network::Devnet,
            NetworkArg::Testnet => Network::Testnet,
            NetworkArg::Mainnet => Network::Mainnet,
        }
    }

    /// The node.
    pub(crate) fn connection(&self) -> Result<Connection, lionml_aleo::Error> {
        let network = self.network();
        // A devnet's is never taken from the environment: that may be about a public network.
        let public = (network != Network::Devnet).then(|| variable("ENDPOINT")).flatten();
        Connection::new(network, self.endpoint.as_deref().or(public.as_deref()))?
            .with_others(&self.others)
    }
}

impl KeyArgs {
    /// The account.
    pub(crate) fn account(&self, chain: &ChainArgs) -> Result<Account, lionml_aleo::Error> {
        let network = chain.network();
        let public = (network != Network::Devnet).then(|| variable("PRIVATE_KEY")).flatten();
        Account::new(self.private_key.as_deref().or(public.as_deref()), network)
    }
}

#[expect(clippy::disallowed_methods, reason = "who pays on which node changes no circuit")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
