//! The suite, measured, and compared with the peer in the same run.

use std::{
    fmt,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use lionml::{Event, Events, SrsKind, SrsOptions};
use serde::Serialize;

use crate::{
    Error, Ezkl, EzklMeasurement, Machine, Measure, Measurement, SuiteModel,
    accuracy::{ModelAccuracy, percent},
    table::{Table, bytes, number, seconds, times},
};

/// Measures the published models, each run in a fresh process.
#[derive(Clone, Debug)]
pub struct Bench {
    /// The models; those of S1 and the demonstration's where none is named.
    pub models: Vec<String>,
    /// How many times each is measured: the medians are reported.
    pub runs: usize,
    /// Whether to measure batches too.
    pub batches: bool,
    /// The reference string. Where the ceremony's powers at hand do not suffice, the development
    /// ones are used, and the report says so.
    pub srs: SrsOptions,
    /// The peer, if it is to be measured.
    pub ezkl: Option<Ezkl>,
    /// How many held-out samples the accuracy is measured on.
    pub accuracy_samples: usize,
    /// The command that a fresh process is started with: it reads a [`Measure`] as JSON from
    /// standard input and writes a [`Measurement`] to standard output.
    pub worker: Vec<PathBuf>,
}

/// The measurements.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BenchReport {
    /// The machine.
    pub machine: Machine,
    /// The version of this program.
    pub version: &'static str,
    /// The version of the peer, where it was measured.
    pub ezkl_version: Option<String>,
    /// How many runs the medians are over.
    pub runs: usize,
    /// Model by model.
    pub models: Vec<Compared>,
}

/// A model, and what it takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// Its name.
    pub model: String,
    /// One input in one proof.
    pub single: Measurement,
    /// Many inputs in one proof.
    pub batch: Option<Measurement>,
    /// The accuracy on the first held-out samples.
    pub accuracy: ModelAccuracy,
    /// The peer, with one input.
    pub ezkl: Option<EzklMeasurement>,
    /// How many times as much the peer takes.
    pub ratios: Option<Ratios>,
}

/// How many times as much the peer takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ratios {
    /// To make the keys; the peer has no certificates.
    pub setup: f64,
    /// To prove, with our keys in memory; the peer reads its own from its file.
    pub prove: f64,
    /// To prove, with our keys rebuilt from their files first.
    pub load_and_prove: f64,
    /// To verify.
    pub verify: f64,
    /// Memory.
    pub peak: Option<f64>,
    /// The proof.
    pub proof: f64,
}

impl Bench {
    /// Measures.
    pub fn execute(&self, events: &mut Events<'_>) -> Result<BenchReport, Error> {
        for (field, count) in [("runs", self.runs), ("samples", self.accuracy_samples)] {
            if count == 0 {
                return Err(Error::Zero { field });
            }
        }
        let models = SuiteModel::select(&self.models, |m| m.is_s1 || m.name == "digits_mlp")?;
        let ezkl_version = self.ezkl.as_ref().map(Ezkl::version).transpose()?;
        let mut compared = Vec::new();
        for model in models {
            compared.push(self.compare(model, events)?);
        }
        Ok(BenchReport {
            machine: Machine::this(),
            version: env!("CARGO_PKG_VERSION"),
            ezkl_version,
            runs: self.runs,
            models: compared,
        })
    }

    fn compare(&self, model: &SuiteModel, events: &mut Events<'_>) -> Result<Compared, Error> {
        let mut stage = |what: &str| events(Event::Stage(&format!("{}: {what}", model.name)));
        stage("accuracy");
        let accuracy = ModelAccuracy::of(model, &model.options(), self.accuracy_samples)?;
        stage("the reference string");
        let (compiled, report) = model.compile(&model.options())?;
        let srs = self.powers(report.sizes.max_degree())?;
        let mut measure = |instances| {
            let runs = (0..self.runs).map(|run| {
                stage(&format!("{instances} in a proof, run {} of {}", run + 1, self.runs));
                self.run(&Measure { model: model.name.to_owned(), instances, srs: srs.clone() })
            });
            let runs = runs.collect::<Result<Vec<_>, _>>()?;
            Measurement::median(&runs).ok_or(Error::Zero { field: "runs" })
        };
        let single = measure(1)?;
        let batch = self.batches.then(|| measure(model.batch)).transpose()?;
        let ezkl = match &self.ezkl {
            Some(ezkl) => {
                let [input] = &compiled.manifest.inputs()[..] else {
                    return Err(Error::TestSet { model: model.name });
                };
                let mut test = model.test_set(&input.shape)?;
                test.inputs.truncate(self.accuracy_samples);
                test.labels.truncate(self.accuracy_samples);
                Some(ezkl.measure(model, &test, self.runs, events)?)
            }
            None => None,
        };
        let ratios = ezkl.as_ref().map(|ezkl| Ratios::new(&single, ezkl));
        Ok(Compared { model: model.name.to_owned(), single, batch, accuracy, ezkl, ratios })
    }

    /// The reference string that serves: the one asked for, or else the development one. It is
    /// loaded here once, so that no measured process computes it.
    fn powers(&self, max_degree: usize) -> Result<SrsOptions, Error> {
        let loaded = self.srs.load(max_degree);
        let is_missing = |error: &lionml::Error| error.kind() == lionml::ErrorKind::Srs;
        match loaded {
            Ok(_) => Ok(self.srs.clone()),
            Err(error) if self.srs.kind == SrsKind::Ceremony && is_missing(&error) => {
                let development = SrsOptions { kind: SrsKind::Development, ..self.srs.clone() };
                development.load(max_degree)?;
                Ok(development)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Measures once, in a fresh process.
    fn run(&self, request: &Measure) -> Result<Measurement, Error> {
        let Some((program, arguments)) = self.worker.split_first() else {
            return Err(Error::Zero { field: "worker" });
        };
        let start = |source| Error::Start { program: program.clone(), source };
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(start)?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(serde_json::json!(request).to_string().as_bytes())?;
        }
        let output = child.wait_with_output()?;
        let failed = |reason: String| Error::Process {
            what: "the measurement".to_owned(),
            model: request.model.clone(),
            reason,
        };
        if !output.status.success() {
            return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| failed(error.to_string()))
    }
}

impl Ratios {
    fn new(ours: &Measurement, ezkl: &EzklMeasurement) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "ratios of sizes")]
        let ratio = |theirs: u64, ours: u64| theirs as f64 / ours as f64;
        Self {
            setup: ezkl.setup_seconds / (ours.setup_seconds - ours.certificate_seconds),
            prove: ezkl.prove_seconds / ours.prove_seconds,
            load_and_prove: ezkl.prove_seconds / (ours.load_seconds + ours.prove_seconds),
            verify: ezkl.verify_seconds / ours.verify_seconds,
            peak: ours.peak_bytes.map(|ours| ratio(ezkl.peak_bytes, ours)),
            proof: ratio(ezkl.proof_bytes as u64, ours.proof_bytes as u64),
        }
    }
}

impl fmt::Display for BenchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(version) = &self.ezkl_version {
            writeln!(f, "{}", self.summary())?;
            write!(f, "LionML {} and ezkl {version}; ", self.version)?;
        } else {
            write!(f, "LionML {}; ", self.version)?;
        }
        match self.runs {
            1 => writeln!(f, "{}; a single run.\n", self.machine)?,
            runs => writeln!(f, "{}; medians of {runs} runs.\n", self.machine)?,
        }
        writeln!(f, "### Sizes\n\n{}", self.sizes())?;
        writeln!(f, "### Times, memory, bytes\n\n{}", self.times())?;
        if self.models.iter().any(|model| model.batch.is_some()) {
            writeln!(f, "### Many inputs in one proof\n\n{}", self.batches())?;
        }
        if self.ezkl_version.is_some() {
            writeln!(f, "### ezkl on the same models\n\n{}", self.peer())?;
            writeln!(f, "### ezkl's figure divided by LionML's\n\n{}", self.ratios())?;
            writeln!(f, "### Accuracy and scales of both\n\n{}", self.accuracies())?;
        }
        Ok(())
    }
}

impl BenchReport {
    /// The table for who reads only one.
    fn summary(&self) -> Table {
        let mut table = Table::new([
            "model",
            "LionML proves",
            "ezkl proves",
            "faster",
            "LionML memory",
            "ezkl memory",
            "LionML proof",
            "ezkl proof",
        ]);
        for compared in &self.models {
            let (Some(ezkl), Some(ratios)) = (&compared.ezkl, &compared.ratios) else { continue };
            table.row([
                compared.model.clone(),
                seconds(compared.single.prove_seconds),
                seconds(ezkl.prove_seconds),
                times(ratios.prove),
                memory(compared.single.peak_bytes),
                bytes(ezkl.peak_bytes),
                bytes(compared.single.proof_bytes as u64),
                bytes(ezkl.proof_bytes as u64),
            ]);
        }
        table
    }

    fn sizes(&self) -> Table {
        let mut table = Table::new([
            "model",
            "constraints",
            "variables",
            "non-zeros of A",
            "of B",
            "of C",
            "headroom",
            "powers",
            "reference string",
        ]);
        for Compared { model, single, .. } in &self.models {
            let sizes = &single.sizes;
            let domain = |count: usize, log2: u32| format!("{} (2^{log2})", number(count));
            let [a, b, c] = [0, 1, 2].map(|i| domain(sizes.non_zeros[i], sizes.log2_non_zeros[i]));
            table.row([
                model.clone(),
                domain(sizes.constraints, sizes.log2_constraints),
                domain(sizes.publics + sizes.privates, sizes.log2_variables),
                a,
                b,
                c,
                sizes.headroom.map(|share| format!("{:.0}", 100.0 * share)).join(" / ") + " %",
                format!("2^{}", sizes.srs_power),
                match single.srs {
                    SrsKind::Ceremony => "ceremony".to_owned(),
                    SrsKind::Development => "development, insecure".to_owned(),
                },
            ]);
        }
        table
    }

    fn times(&self) -> Table {
        let mut table = Table::new([
            "model",
            "compile",
            "set-up",
            "(certificate)",
            "load keys",
            "prove",
            "verify",
            "peak memory",
            "proof",
            "proving key",
            "verifying key",
            "(load powers)",
        ]);
        for Compared { model, single, .. } in &self.models {
            table.row([
                model.clone(),
                seconds(single.compile_seconds),
                seconds(single.setup_seconds),
                seconds(single.certificate_seconds),
                seconds(single.load_seconds),
                seconds(single.prove_seconds),
                seconds(single.verify_seconds),
                memory(single.peak_bytes),
                bytes(single.proof_bytes as u64),
                bytes(single.pk_bytes as u64),
                bytes(single.vk_bytes as u64),
                seconds(single.srs_seconds),
            ]);
        }
        table
    }

    fn batches(&self) -> Table {
        let mut table = Table::new([
            "model",
            "inputs",
            "prove",
            "each",
            "alone",
            "cheaper",
            "verify",
            "proof",
            "peak memory",
        ]);
        for Compared { model, single, batch, .. } in &self.models {
            let Some(batch) = batch else { continue };
            #[expect(clippy::cast_precision_loss, reason = "a small count")]
            let each = batch.prove_seconds / batch.instances as f64;
            table.row([
                model.clone(),
                batch.instances.to_string(),
                seconds(batch.prove_seconds),
                seconds(each),
                seconds(single.prove_seconds),
                times(single.prove_seconds / each),
                seconds(batch.verify_seconds),
                bytes(batch.proof_bytes as u64),
                memory(batch.peak_bytes),
            ]);
        }
        table
    }

    fn peer(&self) -> Table {
        let mut table = Table::new([
            "model",
            "rows",
            "calibrate",
            "set-up",
            "witness",
            "prove",
            "verify",
            "peak memory",
            "proof",
            "proving key",
            "verifying key",
        ]);
        for Compared { model, ezkl, .. } in &self.models {
            let Some(ezkl) = ezkl else { continue };
            table.row([
                model.clone(),
                format!("2^{}", ezkl.logrows),
                seconds(ezkl.calibrate_seconds),
                seconds(ezkl.setup_seconds),
                seconds(ezkl.witness_seconds),
                seconds(ezkl.prove_seconds),
                seconds(ezkl.verify_seconds),
                bytes(ezkl.peak_bytes),
                bytes(ezkl.proof_bytes as u64),
                bytes(ezkl.pk_bytes),
                bytes(ezkl.vk_bytes),
            ]);
        }
        table
    }

    fn ratios(&self) -> Table {
        let mut table = Table::new([
            "model",
            "keys",
            "prove",
            "load keys and prove",
            "verify",
            "peak memory",
            "proof",
        ]);
        for Compared { model, ratios, .. } in &self.models {
            let Some(ratios) = ratios else { continue };
            table.row([
                model.clone(),
                times(ratios.setup),
                times(ratios.prove),
                times(ratios.load_and_prove),
                times(ratios.verify),
                ratios.peak.map_or("?".to_owned(), times),
                times(ratios.proof),
            ]);
        }
        table
    }

    fn accuracies(&self) -> Table {
        let mut table = Table::new([
            "model",
            "samples",
            "float",
            "LionML",
            "ezkl",
            "LionML's input and output",
            "ezkl's inputs and weights",
        ]);
        for Compared { model, single, accuracy, ezkl, .. } in &self.models {
            let Some(ezkl) = ezkl else { continue };
            table.row([
                model.clone(),
                accuracy.samples.to_string(),
                format!("{:.1} %", accuracy.float_percent()),
                format!("{:.1} %", accuracy.proved_percent()),
                format!("{:.1} %", percent(ezkl.correct, ezkl.samples)),
                format!("{}, {}", single.input_scale, single.output_scale),
                format!("2^-{}, 2^-{}", ezkl.input_scale, ezkl.param_scale),
            ]);
        }
        table
    }
}

fn memory(peak: Option<u64>) -> String {
    peak.map_or_else(|| "?".to_owned(), bytes)
}
