//! From an ONNX file and inputs to a verified proof, in one go.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use lionml_graph::Model;
use serde::{Deserialize, Serialize};

use crate::{
    CompileOptions, CompiledModel, Error, Event, Events, InferenceReport, InputFile, ProveOptions,
    SrsOptions,
    cache::Entry,
    check::max_error,
    compile::{Compilation, Source, name_of},
    element::parse_context,
    executable::Executable,
    files,
    import::Float,
    model_file::ModelFile,
    prove::{check_output, prove_and_verify, read_inputs, write_proof},
};

/// Compiles a model, makes keys, proves and verifies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The ONNX file.
    pub model: PathBuf,
    /// The file of inputs: one set, or many for one proof of all.
    pub input: PathBuf,
    /// A file of samples; without one the inputs are the samples.
    #[serde(default)]
    pub samples: Option<PathBuf>,
    /// What the compilation is free to choose.
    #[serde(default)]
    pub options: CompileOptions,
    /// The reference string.
    #[serde(default)]
    pub srs: SrsOptions,
    /// What the proof is bound to: a decimal, or `0x` and hexadecimal digits.
    #[serde(default)]
    pub context: Option<String>,
    /// The salt of hashed inputs and outputs; random where none is given.
    #[serde(default)]
    pub salt: Option<u128>,
    /// Where to write the proof, if anywhere.
    #[serde(default)]
    pub output: Option<PathBuf>,
    /// The directory of the cache; nothing is cached where none is given.
    #[serde(default)]
    pub cache: Option<PathBuf>,
}

impl Run {
    /// Does all of it.
    pub fn execute(&self, events: &mut Events<'_>) -> Result<InferenceReport, Error> {
        self.options.check()?;
        let context = self.context.as_deref().map(parse_context).transpose()?;
        let ModelFile { onnx, digest, files: read } = ModelFile::read(&self.model)?;
        let samples_path = self.samples.as_ref().unwrap_or(&self.input);
        let samples_bytes = files::read(samples_path)?;
        let samples = InputFile::parse(&samples_bytes)
            .map_err(|source| Error::Input { path: samples_path.clone(), source })?;
        if let Some(output) = &self.output {
            let read = read.iter().chain([&self.input, samples_path]);
            files::check_writable(output, read.map(|path| &**path))?;
        }
        let source = Source {
            onnx: &onnx,
            digest,
            path: Some(&self.model),
            name: name_of(&self.model, &self.options),
            samples: Some(&samples),
            samples_path: Some(samples_path),
            is_guess: self.samples.is_none(),
        };
        let entry = self
            .cache
            .as_deref()
            .map(|cache| Entry::new(cache, digest, &source.name, &self.options, &samples_bytes));
        let compilation = compile(&source, &self.options, entry.as_ref(), events)?;
        let Prepared { float, compiled, executable, mut warnings } = compilation;
        // Read once: what is both may be a pipe.
        let inputs = match self.samples {
            Some(_) => read_inputs(&self.input, &compiled)?,
            None => compiled.bind(&samples, &self.input)?,
        };
        let inferences = compiled.infer_sets(&inputs, &self.input)?;

        if let Some(output) = &self.output {
            let read = read.iter().chain([&self.input, samples_path]);
            let read: Vec<&Path> = read.map(|path| &**path).collect();
            check_output(output, &compiled.manifest, &read)?;
        }
        events(Event::Stage("loading the reference string"));
        let srs = self.srs.load(executable.max_degree())?;
        events(Event::Stage("making the keys"));
        let start = Instant::now();
        let stored = entry.as_ref().and_then(|entry| entry.prover_keys(&compiled, srs.kind()));
        let is_cached = stored.is_some();
        let prover = match stored {
            Some((key, verifier)) => compiled.prover_of(executable, &srs, &key, verifier)?,
            None => compiled.setup_executable(executable, &srs)?,
        };
        let setup_seconds = start.elapsed().as_secs_f64();
        if let (Some(entry), false) = (&entry, is_cached)
            && let Err(error) = entry.store(&prover)
        {
            // A cache is for speed: what cannot be kept is made again.
            warnings.push(format!("nothing is cached: {error}"));
        }

        let options = ProveOptions { context: context.unwrap_or_default(), salt: self.salt };
        let (proven, mut report) = prove_and_verify(&prover, &inferences, &options, events)?;
        report.max_error = Some(max_error(&float, &inputs, &proven.outputs)?);
        report.setup_seconds = setup_seconds;
        report.cached = is_cached;
        report.warnings.append(&mut warnings);
        if let Some(output) = &self.output {
            report.files = write_proof(output, &proven)?;
        }
        Ok(report)
    }
}

/// A model that is compiled now, or was by an earlier run.
struct Prepared {
    float: Model,
    compiled: CompiledModel,
    executable: Executable,
    warnings: Vec<String>,
}

fn compile(
    source: &Source<'_>,
    options: &CompileOptions,
    entry: Option<&Entry>,
    events: &mut Events<'_>,
) -> Result<Prepared, Error> {
    if let Some(compiled) = entry.and_then(|entry| entry.compiled(source.digest))
        && let Ok(executable) = compiled.executable()
    {
        let Float { model: float, notes, .. } = source.import(options)?;
        let mut warnings = notes;
        warnings.extend(source.warnings(&float, options, &compiled.manifest)?);
        let samples = source.calibration(&float, options)?.samples;
        let measured = lionml_graph::measure(&float, &compiled.manifest.settings, samples)?;
        warnings.extend(source.precision(&float, &measured, options));
        return Ok(Prepared { float, compiled, executable, warnings });
    }
    let Compilation { float, compiled, executable, report } = source.compile(options, events)?;
    Ok(Prepared { float, compiled, executable, warnings: report.warnings })
}
