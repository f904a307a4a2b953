//! A Leo package, and the one that is made of it.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::{Error, registry::PROGRAM};

/// A Leo package on disk.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    directory: PathBuf,
    manifest: Map<String, Value>,
}

impl Package {
    /// The package in a directory.
    pub(crate) fn open(directory: &Path) -> Result<Self, Error> {
        let error = |reason: String| Error::NotPackage { path: directory.to_owned(), reason };
        let directory = fs_err::canonicalize(directory).map_err(|e| error(e.to_string()))?;
        let text =
            fs_err::read(directory.join("program.json")).map_err(|e| error(e.to_string()))?;
        let manifest = serde_json::from_slice(&text).map_err(|e| error(e.to_string()))?;
        if !directory.join("src/main.leo").is_file() {
            return Err(error("`src/main.leo` is missing".to_owned()));
        }
        Ok(Self { directory, manifest })
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The name of its program.
    pub(crate) fn program(&self) -> Result<&str, Error> {
        self.manifest.get("program").and_then(Value::as_str).ok_or_else(|| Error::NotPackage {
            path: self.directory.clone(),
            reason: "`program.json` names no program".to_owned(),
        })
    }

    /// Where the compiled model of a number belongs.
    pub(crate) fn model(&self, number: u32) -> PathBuf {
        self.directory.join("models").join(format!("{number}.lion"))
    }

    /// Where everything that is made of the package lies.
    pub(crate) fn build(&self) -> PathBuf {
        self.directory.join("build").join("lionml")
    }

    /// Where the expanded package lies.
    pub(crate) fn expanded(&self) -> PathBuf {
        self.build().join("package")
    }

    /// Whether Leo compiled the expanded program to this code.
    pub(crate) fn is_code(&self, deployed: &str) -> Result<bool, Error> {
        let name = self.program()?.trim_end_matches(".aleo");
        let path = self.expanded().join("build").join(name).join(format!("{name}.aleo"));
        let action = "read the program that Leo built";
        let code =
            fs_err::read_to_string(path).map_err(|source| Error::Process { action, source })?;
        // A node breaks lines otherwise than Leo does.
        Ok(code.split_whitespace().eq(deployed.split_whitespace()))
    }

    /// The manifest of the expanded package: that of this one, with the registry.
    pub(crate) fn expanded_manifest(&self) -> Value {
        let mut manifest = self.manifest.clone();
        let mut dependencies =
            manifest.get("dependencies").and_then(Value::as_array).cloned().unwrap_or_default();
        for dependency in &mut dependencies {
            // The expanded package lies elsewhere.
            if let Some(path) = dependency.get("path").and_then(Value::as_str) {
                let absolute = self.directory.join(path);
                dependency["path"] = json!(absolute);
            }
        }
        if !dependencies.iter().any(|dependency| dependency["name"] == PROGRAM) {
            dependencies.push(
                json!({"name": PROGRAM, "location": "network", "path": null, "edition": null}),
            );
        }
        manifest.insert("dependencies".to_owned(), Value::Array(dependencies));
        Value::Object(manifest)
    }
}

/// Makes a directory that is gone with its handle.
pub(crate) fn temporary_directory() -> Result<TempDir, Error> {
    let action = "make a directory";
    tempfile::tempdir().map_err(|source| Error::Process { action, source })
}

/// Makes a directory and those that it lies in.
pub(crate) fn make_directory(path: &Path) -> Result<(), Error> {
    let io = |source| lionml::Error::Io { action: "make", path: path.to_owned(), source };
    Ok(fs_err::create_dir_all(path).map_err(io)?)
}

/// Makes a directory that holds nothing.
pub(crate) fn empty_directory(path: &Path) -> Result<(), Error> {
    if path.exists() {
        let io = |source| lionml::Error::Io { action: "empty", path: path.to_owned(), source };
        fs_err::remove_dir_all(path).map_err(io)?;
    }
    make_directory(path)
}
