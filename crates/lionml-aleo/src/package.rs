//! A Leo package, and the one that is made of it.

use std::path::{Path, PathBuf};

use lionml::{Readers, write_file};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::{Error, place::Place, registry::PROGRAM};

/// A Leo package on disk, which somebody else may have made.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    place: Place,
    manifest: Map<String, Value>,
    program: String,
}

/// Where everything that is made of a package lies.
const BUILD: &str = "build/lionml";
/// Where the expanded package lies.
const EXPANDED: &str = "build/lionml/package";

/// No `program.json` is longer.
const MAX_MANIFEST_BYTES: u64 = 1 << 20;
/// No program on Aleo has more bytecode.
const MAX_CODE_BYTES: u64 = 1 << 20;
/// The longest name of a program, without `.aleo`.
const MAX_NAME: usize = 31;

impl Package {
    /// The package in a directory.
    pub(crate) fn open(directory: &Path) -> Result<Self, Error> {
        let error = |reason: String| Error::NotPackage { path: directory.to_owned(), reason };
        let place = Place::new(directory).map_err(|e| error(e.to_string()))?;
        let missing = |name| error(format!("`{name}` is missing"));
        let text = place.read("program.json", MAX_MANIFEST_BYTES)?;
        let text = text.ok_or_else(|| missing("program.json"))?;
        let manifest: Map<String, Value> = serde_json::from_slice(&text)
            .map_err(|e| error(format!("`program.json` is not understood: {e}")))?;
        place.file("src/main.leo")?.ok_or_else(|| missing("src/main.leo"))?;
        place.inspect("src")?;
        let program = manifest.get("program").and_then(Value::as_str).unwrap_or_default();
        // The name is part of paths and of addresses at a node.
        if !is_program(program) {
            return Err(error(format!("`program.json` names the program `{program}`")));
        }
        let program = program.to_owned();
        Ok(Self { place, manifest, program })
    }

    pub(crate) fn directory(&self) -> &Path {
        self.place.root()
    }

    /// The name of its program.
    pub(crate) fn program(&self) -> &str {
        &self.program
    }

    /// The compiled model of a number, which whoever made the package put there.
    pub(crate) fn model(&self, number: u32) -> Result<PathBuf, Error> {
        let relative = format!("models/{number}.lion");
        self.place.file(&relative)?.ok_or_else(|| {
            let path = self.directory().join(relative);
            Error::NoModel { number, path }
        })
    }

    /// Where everything that is made of the package lies.
    pub(crate) fn build(&self) -> PathBuf {
        self.directory().join(BUILD)
    }

    /// Where the keys of a number lie. [`Self::prepare`] looked at them.
    pub(crate) fn keys(&self, number: u32) -> PathBuf {
        self.build().join("keys").join(number.to_string())
    }

    /// Where the expanded package lies.
    pub(crate) fn expanded(&self) -> PathBuf {
        self.directory().join(EXPANDED)
    }

    /// Refuses a place for what is made that LionML did not make, or in which there are links.
    pub(crate) fn prepare(&self) -> Result<(), Error> {
        self.place.own_directory(BUILD)?;
        self.place.inspect(BUILD)
    }

    /// Makes the expanded package anew, but for the program itself: a file that an earlier build, or
    /// somebody else, left there would be part of it. Gives where models and interface are written.
    pub(crate) fn write_expanded(&self, models: &Value) -> Result<(PathBuf, PathBuf), Error> {
        self.prepare()?;
        for name in ["package", "models.json", "interface.json"] {
            self.place.remove(&format!("{BUILD}/{name}"))?;
        }
        self.place.directory(&format!("{EXPANDED}/src"))?;
        let manifest = format!("{:#}\n", self.expanded_manifest());
        write_file(&self.expanded().join("program.json"), manifest.as_bytes(), Readers::Anyone)?;
        let [models_file, interface] =
            ["models.json", "interface.json"].map(|name| self.build().join(name));
        write_file(&models_file, models.to_string().as_bytes(), Readers::Anyone)?;
        Ok((models_file, interface))
    }

    /// Whether Leo compiled the expanded program to this code.
    pub(crate) fn is_code(&self, deployed: &str) -> Result<bool, Error> {
        let name = self.program.trim_end_matches(".aleo");
        let path = format!("{EXPANDED}/build/{name}/{name}.aleo");
        let missing = || Error::NotPackage {
            path: self.expanded(),
            reason: format!("Leo built no `{name}.aleo`"),
        };
        let code = self.place.read(&path, MAX_CODE_BYTES)?.ok_or_else(missing)?;
        let code = String::from_utf8_lossy(&code);
        // A node breaks lines otherwise than Leo does.
        Ok(code.split_whitespace().eq(deployed.split_whitespace()))
    }

    /// The manifest of the expanded package: that of this one, with the registry.
    fn expanded_manifest(&self) -> Value {
        let mut manifest = self.manifest.clone();
        let mut dependencies =
            manifest.get("dependencies").and_then(Value::as_array).cloned().unwrap_or_default();
        for dependency in &mut dependencies {
            // The expanded package lies elsewhere.
            if let Some(path) = dependency.get("path").and_then(Value::as_str) {
                let absolute = self.directory().join(path);
                dependency["path"] = json!(absolute);
            }
        }
        // Whatever a package says of it, the registry is the network's.
        let bare = PROGRAM.trim_end_matches(".aleo");
        let is_registry = |name: &Value| *name == PROGRAM || *name == bare;
        dependencies.retain(|dependency| !is_registry(&dependency["name"]));
        dependencies
            .push(json!({"name": PROGRAM, "location": "network", "path": null, "edition": null}));
        manifest.insert("dependencies".to_owned(), Value::Array(dependencies));
        Value::Object(manifest)
    }
}

/// Whether a text is the name of a program: `gate.aleo`.
pub(crate) fn is_program(text: &str) -> bool {
    text.strip_suffix(".aleo").is_some_and(|name| {
        name.len() <= MAX_NAME
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    })
}

/// Makes a directory that is gone with its handle.
pub(crate) fn temporary_directory() -> Result<TempDir, Error> {
    let action = "make a directory";
    tempfile::tempdir().map_err(|source| Error::Process { action, source })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn package(program: &str) -> TempDir {
        let directory = tempfile::tempdir().unwrap();
        fs_err::create_dir(directory.path().join("src")).unwrap();
        fs_err::write(directory.path().join("src/main.leo"), "program gate.aleo {}").unwrap();
        let manifest = json!({"program": program, "dependencies": [
            {"name": PROGRAM, "location": "local", "path": "fake", "edition": null},
            {"name": "other.aleo", "location": "local", "path": "other", "edition": null},
        ]});
        fs_err::write(directory.path().join("program.json"), manifest.to_string()).unwrap();
        directory
    }

    #[test]
    fn accepts_builds_again_and_again() {
        let directory = package("gate.aleo");
        let package = Package::open(directory.path()).unwrap();
        for _ in 0..2 {
            let (models, interface) = package.write_expanded(&json!({})).unwrap();
            assert!(models.is_file() && !interface.exists());
            fs_err::write(interface, "{}").unwrap();
            let left = package.expanded().join("src/left.leo");
            assert!(!left.exists());
            fs_err::write(left, "").unwrap();
        }
        let manifest = fs_err::read(package.expanded().join("program.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        // A registry of the package's own would be compiled in place of the network's.
        assert_eq!(manifest["dependencies"][1]["location"], "network");
        let other = package.directory().join("other");
        assert_eq!(manifest["dependencies"][0]["path"], json!(other));
        assert_eq!(manifest["dependencies"].as_array().unwrap().len(), 2);
    }

    /// What whoever wrote the package would have removed or overwritten.
    #[test]
    fn rejects_packages_whose_links_lead_to_files_of_the_builder() {
        for link in [
            "src/main.leo",
            "src/net.leo",
            "program.json",
            "models/7.lion",
            "build",
            "build/lionml",
            "build/lionml/package",
            "build/lionml/models.json",
            "build/lionml/interface.json",
            "build/lionml/keys",
            "build/lionml/keys/7/model.pk",
        ] {
            let directory = package("gate.aleo");
            let victim = tempfile::tempdir().unwrap();
            for name in ["src", "main.leo"] {
                fs_err::write(victim.path().join(name), "mine").unwrap();
            }
            let path = directory.path().join(link);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            if link.starts_with("build/lionml/") {
                // A mark may have come with the package.
                let mark = directory.path().join("build/lionml/.lionml");
                fs_err::write(mark, "LionML made this directory. A build empties it.\n").unwrap();
            }
            let _ = fs_err::remove_file(&path);
            let target = match link.contains('.') {
                true => victim.path().join("main.leo"),
                false => victim.path().to_owned(),
            };
            symlink(target, &path).unwrap();
            let refused = Package::open(directory.path()).and_then(|package| {
                package.model(7).map(drop).or_else(|error| match error {
                    Error::NoModel { .. } => Ok(()),
                    error => Err(error),
                })?;
                package.write_expanded(&json!({}))
            });
            match refused.unwrap_err() {
                Error::Untrusted { path, problem: "a link" } => assert!(path.ends_with(link)),
                other => panic!("{link}: {other:?}"),
            }
            let left = ["src", "main.leo"].map(|name| victim.path().join(name));
            assert!(left.iter().all(|path| fs_err::read_to_string(path).unwrap() == "mine"));
            assert_eq!(fs_err::read_dir(victim.path()).unwrap().count(), 2, "{link}");
        }
    }

    #[test]
    fn rejects_names_that_are_paths() {
        for name in
            ["", "gate", "../gate.aleo", "a/b.aleo", "Gate.aleo", "a b.aleo", "x.aleo?y.aleo"]
        {
            let directory = package(name);
            let error = Package::open(directory.path()).unwrap_err();
            assert!(matches!(error, Error::NotPackage { .. }), "{name}: {error:?}");
        }
    }
}
