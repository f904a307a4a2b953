//! A compiled model as a Leo library.

use std::path::{Path, PathBuf};

use lionml_codegen::LeoModule;
use serde::{Deserialize, Serialize};

use crate::{
    CompiledModel, Error, Event, Events, RequestError,
    artifact::load,
    files::{Readers, Staged},
    is_leo_name, leo_package_json,
};

/// Writes a small compiled model as a Leo library with one function, `model`, that programs call like
/// one of their own: no proof beside the transition's, no registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportLeo {
    /// The compiled model.
    pub model: PathBuf,
    /// The directory of the library; its last part is the library's name.
    pub output: PathBuf,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExportLeoReport {
    /// The name of the model.
    pub model: String,
    /// The name of the library.
    pub library: String,
    /// Its function, with its types.
    pub function: String,
    /// The constraints that a call adds at most to the circuit of its transition.
    pub leo_constraints: usize,
    /// The constraints of the model's own circuit, which is proved apart.
    pub varuna_constraints: usize,
    /// The number of lines of the library.
    pub lines: usize,
    /// What was written.
    #[serde(serialize_with = "crate::json::paths")]
    pub files: Vec<PathBuf>,
}

impl ExportLeo {
    /// Writes the library.
    pub fn execute(&self, events: &mut Events<'_>) -> Result<ExportLeoReport, Error> {
        let library = library_name(&self.output)?;
        let compiled = load(&self.model, CompiledModel::from_bytes)?;
        let (_, quantized) = compiled.single("a library of Leo")?;
        let sizes = compiled.executable()?.sizes(&compiled.manifest.plan)?;
        events(Event::Stage("writing the library"));
        let model = compiled.manifest.model.clone();
        let module = LeoModule::new(quantized)?;
        let source = module.source(&model);
        let files = vec![self.output.join("program.json"), self.output.join("src").join("lib.leo")];
        let mut staged = Staged::default();
        staged.add(&files[0], leo_package_json(library).as_bytes(), Readers::Anyone)?;
        staged.add(&files[1], source.as_bytes(), Readers::Anyone)?;
        staged.commit()?;
        Ok(ExportLeoReport {
            model,
            library: library.to_owned(),
            function: module.signature(),
            leo_constraints: module.constraints(),
            varuna_constraints: sizes.constraints,
            lines: source.lines().count(),
            files,
        })
    }
}

/// The name of the library in a directory, where no program lies.
fn library_name(directory: &Path) -> Result<&str, RequestError> {
    let error = |expected| RequestError::Field {
        field: "output",
        value: directory.display().to_string(),
        expected,
    };
    if directory.join("src").join("main.leo").exists() {
        return Err(error("a directory of its own: here lies a program"));
    }
    let name = directory.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    is_leo_name(name)
        .then_some(name)
        .ok_or_else(|| error("a directory with the name of a library: at most 31 small letters, digits and `_`, without `aleo`, and no word of Leo's"))
}
