//! The command line.

pub(crate) mod chain;

use std::{collections::BTreeMap, path::PathBuf};

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use lionml::{Bounds, CompileOptions, SrsKind, SrsOptions, Visibility};

/// Prove machine-learning inferences on Aleo's proof system.
#[derive(Debug, Parser)]
#[command(name = "lionml", version, propagate_version = true)]
pub(crate) struct Args {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Print one JSON object on standard output.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print no progress and no warnings.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Prove what a small model makes of a handwritten digit: nothing else is needed.
    Demo(Demo),
    /// Show what is in a model, what of it is supported, and what it will cost.
    Inspect(Inspect),
    /// Compile a model: choose number formats, write the circuit.
    Compile(Compile),
    /// Make the proving and the verifying key of a compiled model.
    Setup(Setup),
    /// Prove a compiled model's outputs for one input, or for many in one proof.
    Prove(Prove),
    /// Verify a proof and say what it proves.
    Verify(Verify),
    /// Compile, make keys, prove and verify in one go, cached.
    Run(Run),
    /// Run a model and check every row of its circuit, without keys and proof.
    Check(Check),
    /// Make a verifying key again from model and manifest, and compare.
    Audit(Audit),
    /// Write a compiled model as a Rust circuit on `snarkvm-algorithms`.
    Transpile(Transpile),
    /// Write a compiled model, or a run of it, in a form that others take.
    #[command(subcommand)]
    Export(Export),
    /// Fetch the ceremony's powers for circuits beyond those in the program.
    FetchSrs(FetchSrs),
    /// Register a compiled model on Aleo under an annotation number.
    Deploy(chain::Deploy),
    /// Models that are registered on Aleo.
    #[command(subcommand)]
    Registry(chain::Registry),
    /// Leo programs that call models.
    #[command(subcommand)]
    Leo(chain::Leo),
    /// A node of your own.
    #[command(subcommand)]
    Devnet(chain::Devnet),
    /// Measure the published models; and, where it is installed, ezkl on the same ones.
    Bench(Bench),
    /// Run the published models on held-out samples, in floats and in the integers of proofs.
    Accuracy(Accuracy),
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Demo {
    #[command(flatten)]
    pub(crate) srs: SrsArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Inspect {
    /// The ONNX file.
    pub(crate) model: PathBuf,
    #[command(flatten)]
    pub(crate) options: CompileArgs,
    #[command(flatten)]
    pub(crate) srs: SrsArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Compile {
    /// The ONNX file.
    pub(crate) model: PathBuf,
    /// The compiled model; its manifest is written beside it.
    #[arg(long, short, default_value = "model.lion")]
    pub(crate) output: PathBuf,
    /// Samples of inputs (JSON, npy or npz), on which errors are measured.
    #[arg(long)]
    pub(crate) samples: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) options: CompileArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Setup {
    /// The compiled model.
    pub(crate) model: PathBuf,
    /// The directory for `model.pk`, `model.vk` and `model.manifest`.
    #[arg(long, short, default_value = "keys")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) srs: SrsArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Prove {
    /// The compiled model.
    pub(crate) model: PathBuf,
    /// The directory with its keys.
    #[arg(long, short, default_value = "keys")]
    pub(crate) keys: PathBuf,
    /// The inputs (JSON, npy or npz): one set, or many for one proof of all.
    #[arg(long, short)]
    pub(crate) input: PathBuf,
    /// The proof.
    #[arg(long, short, default_value = "proof.json")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) statement: StatementArgs,
    #[command(flatten)]
    pub(crate) srs: SrsArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Verify {
    /// The proof.
    pub(crate) proof: PathBuf,
    /// The verifying key.
    #[arg(long)]
    pub(crate) vk: PathBuf,
    /// The SHA-256 that the verifying key's file must have.
    #[arg(long, value_name = "DIGEST")]
    pub(crate) key_digest: Option<String>,
    /// The manifest that the verifying key must hold.
    #[arg(long)]
    pub(crate) manifest: Option<PathBuf>,
    /// What the proof must be bound to.
    #[arg(long)]
    pub(crate) context: Option<String>,
    /// The opening of a proof with digests: shows what they are of.
    #[arg(long, value_name = "FILE")]
    pub(crate) opening: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) srs: SrsArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Run {
    /// The ONNX file.
    pub(crate) model: PathBuf,
    /// The inputs (JSON, npy or npz): one set, or many for one proof of all.
    #[arg(long, short)]
    pub(crate) input: PathBuf,
    /// Samples of inputs; without them the inputs are the samples.
    #[arg(long)]
    pub(crate) samples: Option<PathBuf>,
    /// Where to write the proof.
    #[arg(long, short)]
    pub(crate) output: Option<PathBuf>,
    /// Neither read nor write the cache.
    #[arg(long)]
    pub(crate) no_cache: bool,
    #[command(flatten)]
    pub(crate) options: CompileArgs,
    #[command(flatten)]
    pub(crate) statement: StatementArgs,
    #[command(flatten)]
    pub(crate) srs: SrsArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Check {
    /// An ONNX file or a compiled model.
    pub(crate) model: PathBuf,
    /// The inputs (JSON, npy or npz): one set, or many.
    #[arg(long, short)]
    pub(crate) input: PathBuf,
    /// Samples of inputs, for an ONNX file; without them the inputs are the samples.
    #[arg(long)]
    pub(crate) samples: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) options: CompileArgs,
    /// Accepted for symmetry with `run`: a check needs no reference string.
    #[command(flatten)]
    pub(crate) srs: SrsArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Audit {
    /// The ONNX file.
    pub(crate) model: PathBuf,
    /// The manifest.
    #[arg(long)]
    pub(crate) manifest: PathBuf,
    /// The verifying key.
    #[arg(long)]
    pub(crate) vk: PathBuf,
    /// Samples on which the number formats are compared with floats [default: random inputs].
    #[arg(long)]
    pub(crate) samples: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) srs: SrsArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Transpile {
    /// The compiled model.
    pub(crate) model: PathBuf,
    /// The Rust file; many coefficients go to a file `.coefficients` beside it.
    #[arg(long, short, default_value = "model.rs")]
    pub(crate) output: PathBuf,
    /// The number by which programs name the model.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) annotation: Option<u32>,
    /// The verifying key whose digest the file names [default: it is made].
    #[arg(long)]
    pub(crate) vk: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) srs: SrsArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    /// Write a small model as a Leo library, whose function programs call like one of their own.
    Leo(ExportLeo),
    /// Write the values of all variables of the circuit for one input.
    Witness(ExportWitness),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ExportLeo {
    /// The compiled model.
    pub(crate) model: PathBuf,
    /// The directory of the library; its last part is the library's name.
    #[arg(long, short)]
    pub(crate) output: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ExportWitness {
    /// The compiled model.
    pub(crate) model: PathBuf,
    /// The inputs (JSON, npy or npz): one set.
    #[arg(long, short)]
    pub(crate) input: PathBuf,
    /// The values: 32 bytes each, public ones first.
    #[arg(long, short, default_value = "model.witness")]
    pub(crate) output: PathBuf,
    /// What the proof will be bound to: a decimal number, or `0x` and hexadecimal digits
    /// [default: 0].
    #[arg(long)]
    pub(crate) context: Option<String>,
    /// The salt of hashed inputs and outputs, a number of 128 bits.
    #[arg(long)]
    pub(crate) salt: Option<u128>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct FetchSrs {
    /// Two to this many powers: `lionml inspect` says which a model needs.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=25))]
    pub(crate) power: u32,
    /// Where to keep them [default: ~/.aleo/resources].
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) srs_dir: Option<PathBuf>,
    /// The server.
    #[arg(long, default_value = lionml::DEFAULT_BASE_URL)]
    pub(crate) url: String,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Bench {
    /// A model, as often as wanted [default: six MNIST networks and the model of the demonstration].
    #[arg(long = "model", value_name = "NAME")]
    pub(crate) models: Vec<String>,
    /// How often each is measured: medians are reported.
    #[arg(long, default_value_t = 3)]
    pub(crate) runs: usize,
    /// Leave out the proofs of many inputs.
    #[arg(long)]
    pub(crate) no_batches: bool,
    /// Measure a peer too, on the same models in the same run.
    #[arg(long, value_enum)]
    pub(crate) against: Option<Peer>,
    /// The Python that the peer is installed in.
    #[arg(long, default_value = "python3", value_name = "PROGRAM")]
    pub(crate) python: PathBuf,
    /// How many held-out samples accuracies are compared on.
    #[arg(long, default_value_t = 100)]
    pub(crate) samples: usize,
    /// Measure one model in this process, as standard input asks.
    #[arg(long, hide = true)]
    pub(crate) worker: bool,
    #[command(flatten)]
    pub(crate) srs: SrsArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Peer {
    /// The package `ezkl` of PyPI.
    Ezkl,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Accuracy {
    /// A model, as often as wanted [default: all published ones].
    #[arg(long = "model", value_name = "NAME")]
    pub(crate) models: Vec<String>,
    /// How many samples of each [default: all].
    #[arg(long)]
    pub(crate) samples: Option<usize>,
    /// The largest error of an output, relative to the output's span [default: that of `compile`].
    #[arg(long)]
    pub(crate) target_error: Option<f64>,
}

/// What a compilation is free to choose.
#[derive(Debug, ClapArgs)]
pub(crate) struct CompileArgs {
    /// The name of the model in what people read [default: that of the file, or of its directory
    /// for a `model.onnx`].
    #[arg(long)]
    name: Option<String>,
    /// The size of a free dimension, as `batch=1`.
    #[arg(long = "dim", value_name = "NAME=SIZE", value_parser = parse_dim)]
    dims: Vec<(String, usize)>,
    /// An output of the model to prove, by name; give it again for more [default: all].
    #[arg(long, value_name = "NAME")]
    model_output: Vec<String>,
    /// The range of the inputs, as `0:1`, or of one, as `image=0:1`. The circuit admits what has as many
    /// bits as the range needs; `compile` prints it.
    #[arg(long, value_name = "[NAME=]LOW:HIGH", value_parser = parse_range, allow_hyphen_values = true)]
    input_range: Vec<(Option<String>, (f64, f64))>,
    /// The largest error of an output, relative to the output's span.
    #[arg(long, default_value_t = CompileOptions::DEFAULT_TARGET_ERROR)]
    target_error: f64,
    /// In its place, the share of samples on which the largest elements of the outputs, along the last
    /// axis, must be those of the model in floats, as `99.5%`.
    #[arg(long, value_name = "SHARE", value_parser = parse_share, conflicts_with = "target_error")]
    target_classes: Option<f64>,
    /// Significant bits of every node, without a search.
    #[arg(long)]
    bits: Option<u32>,
    /// How the intervals of wires are known.
    #[arg(long, value_enum, default_value_t = BoundsArg::Proven)]
    bounds: BoundsArg,
    /// How much wider than the samples calibrated bounds are.
    #[arg(long, default_value_t = CompileOptions::DEFAULT_MARGIN)]
    margin: f64,
    /// The visibility of an input or output by name, as `image=hashed`.
    #[arg(long, value_name = "NAME=VISIBILITY", value_parser = parse_visibility)]
    visibility: Vec<(String, Visibility)>,
    /// The visibility of the inputs.
    #[arg(long, value_enum, default_value_t = VisibilityArg::Private)]
    input_visibility: VisibilityArg,
    /// The visibility of the outputs.
    #[arg(long, value_enum, default_value_t = VisibilityArg::Public)]
    output_visibility: VisibilityArg,
}

/// What a proof is bound to and hidden with.
#[derive(Debug, ClapArgs)]
pub(crate) struct StatementArgs {
    /// What the proof is bound to: a decimal number, or `0x` and hexadecimal digits [default: 0].
    #[arg(long)]
    pub(crate) context: Option<String>,
    /// The salt of hashed inputs and outputs, a number of 128 bits [default: random].
    #[arg(long)]
    pub(crate) salt: Option<u128>,
}

/// The reference string.
#[derive(Debug, ClapArgs)]
pub(crate) struct SrsArgs {
    /// Whose powers: the ceremony's, or insecure ones for development. Where there are keys or a
    /// proof already, it is theirs.
    #[arg(long, value_enum, default_value_t = SrsArg::Ceremony)]
    srs: SrsArg,
    /// Where the ceremony's larger powers are [default: ~/.aleo/resources].
    #[arg(long, value_name = "DIRECTORY")]
    srs_dir: Option<PathBuf>,
    /// Accept what is made over the development reference string: anybody can forge it.
    #[arg(long)]
    pub(crate) allow_insecure: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SrsArg {
    /// Aleo's ceremony, whose secret nobody knows.
    Ceremony,
    /// Insecure: for tests and benchmarks.
    #[value(alias = "development")]
    Dev,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum BoundsArg {
    /// From the inputs' ranges and the weights: no valid input can fail.
    Proven,
    /// From the samples: cheaper, and an input outside is an error.
    Calibrated,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum VisibilityArg {
    /// Everybody sees the values.
    Public,
    /// Only whoever proves sees them.
    Private,
    /// Everybody sees a salted Poseidon digest of them.
    Hashed,
    /// Everybody sees them, many in one public element.
    Packed,
}

impl From<VisibilityArg> for Visibility {
    fn from(arg: VisibilityArg) -> Self {
        match arg {
            VisibilityArg::Public => Self::Public,
            VisibilityArg::Private => Self::Private,
            VisibilityArg::Hashed => Self::Hashed,
            VisibilityArg::Packed => Self::Packed,
        }
    }
}

impl CompileArgs {
    /// The options of the library.
    pub(crate) fn options(&self) -> CompileOptions {
        let named =
            self.input_range.iter().filter_map(|(name, range)| Some((name.clone()?, *range)));
        let common = self.input_range.iter().filter(|(name, _)| name.is_none());
        CompileOptions {
            name: self.name.clone(),
            dims: self.dims.iter().cloned().collect(),
            outputs: self.model_output.clone(),
            input_range: common.map(|(_, range)| *range).next_back(),
            input_ranges: named.collect(),
            target_error: self.target_error,
            target_classes: self.target_classes,
            bits: self.bits,
            bounds: match self.bounds {
                BoundsArg::Proven => Bounds::Proven,
                BoundsArg::Calibrated => Bounds::Calibrated { margin: self.margin },
            },
            input_visibility: self.input_visibility.into(),
            output_visibility: self.output_visibility.into(),
            visibility: self.visibility.iter().cloned().collect::<BTreeMap<_, _>>(),
        }
    }
}

impl SrsArgs {
    /// The options of the library.
    pub(crate) fn options(&self) -> SrsOptions {
        SrsOptions {
            kind: match self.srs {
                SrsArg::Ceremony => SrsKind::Ceremony,
                SrsArg::Dev => SrsKind::Development,
            },
            directory: self.srs_dir.clone().or_else(srs_directory),
            development_directory: cache_directory().map(|cache| cache.join("development-srs")),
        }
    }
}

/// Where snarkVM keeps the ceremony's powers.
pub(crate) fn srs_directory() -> Option<PathBuf> {
    std::env::home_dir().map(|home| home.join(".aleo").join("resources"))
}

/// Where results of earlier runs are kept, as XDG has it.
#[expect(clippy::disallowed_methods, reason = "where the cache lies changes no circuit")]
pub(crate) fn cache_directory() -> Option<PathBuf> {
    let xdg = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
    let cache = xdg.or_else(|| std::env::home_dir().map(|home| home.join(".cache")))?;
    Some(cache.join("lionml"))
}

fn parse_dim(text: &str) -> Result<(String, usize), String> {
    let (name, size) = text.rsplit_once('=').ok_or("expected `name=size`")?;
    let size = size.parse().map_err(|_| format!("`{size}` is no size"))?;
    Ok((name.to_owned(), size))
}

fn parse_range(text: &str) -> Result<(Option<String>, (f64, f64)), String> {
    let (name, range) = match text.rsplit_once('=') {
        Some((name, range)) => (Some(name.to_owned()), range),
        None => (None, text),
    };
    let (low, high) = range.split_once(':').ok_or("expected `low:high`")?;
    let number = |text: &str| text.parse::<f64>().map_err(|_| format!("`{text}` is no number"));
    Ok((name, (number(low)?, number(high)?)))
}

/// A share, as `99.5%` or as `0.995`.
fn parse_share(text: &str) -> Result<f64, String> {
    let (number, whole) = match text.strip_suffix('%') {
        Some(percent) => (percent.trim_end(), 100.0),
        None => (text, 1.0),
    };
    let share = number.parse::<f64>().map(|number| number / whole);
    let share = share.ok().filter(|share| *share > 0.0 && *share <= 1.0);
    share.ok_or_else(|| format!("`{text}` is not a share, such as `99.5%` or `0.995`"))
}

fn parse_visibility(text: &str) -> Result<(String, Visibility), String> {
    let (name, visibility) = text.rsplit_once('=').ok_or("expected `name=visibility`")?;
    let visibility = VisibilityArg::from_str(visibility, false)
        .map_err(|_| format!("`{visibility}` is none of public, private, hashed, packed"))?;
    Ok((name.to_owned(), visibility.into()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn accepts_its_own_definition() {
        Args::command().debug_assert();
    }

    #[test]
    fn matches_ranges() {
        assert_eq!(parse_range("-1:1"), Ok((None, (-1.0, 1.0))));
        assert_eq!(parse_range("a=b=0:2.5"), Ok((Some("a=b".to_owned()), (0.0, 2.5))));
        assert!(parse_range("1").is_err());
        assert!(parse_range("a:b").is_err());
        let args = Args::try_parse_from(["lionml", "compile", "m.onnx", "--input-range", "-1:1"]);
        assert!(args.is_ok());
    }
}
