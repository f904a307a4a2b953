//! A Leo package as far as it is read here.
//!
//! Somebody else may have made it. Leo's compiler follows links for ever and waits at pipes, so all
//! that it will read is looked at first: the package's sources, and those of the packages on this
//! machine that it depends on.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    io::{ErrorKind, Read as _},
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{diagnostic::Failure, source::Source};

/// How many files and directories are looked at, how deep they may lie, and how many bytes all
/// sources together may have.
const MAX_ENTRIES: usize = 10_000;
const MAX_DEPTH: usize = 32;
const MAX_BYTES: u64 = 16 << 20;
/// How many of these the package's own sources may have: no program has as much bytecode.
const MAX_OWN_BYTES: usize = 1 << 20;

/// A package with a program.
pub(crate) struct Package {
    /// The directory that holds `program.json`.
    pub(crate) directory: PathBuf,
    /// `src/main.leo`.
    pub(crate) main: Source,
    /// The other files of the program.
    pub(crate) modules: Vec<Source>,
}

/// What may still be read.
struct Budget {
    entries: usize,
    bytes: u64,
    /// The real directories of packages that were looked at.
    seen: BTreeSet<PathBuf>,
}

impl Package {
    /// Reads what lies in a directory.
    pub(crate) fn read(directory: &Path) -> Result<Self, Failure> {
        let mut budget = Budget { entries: MAX_ENTRIES, bytes: MAX_BYTES, seen: BTreeSet::new() };
        if !directory.join("program.json").exists() {
            let directory = directory.display();
            return Err(Failure::Usage(format!("`{directory}` holds no `program.json`")));
        }
        budget.dependencies(directory)?;
        let main = directory.join("src").join("main.leo");
        let mut sources = budget.sources(directory)?;
        let index = sources.iter().position(|source| source.path == main);
        if sources.iter().map(|source| source.text.len()).sum::<usize>() > MAX_OWN_BYTES {
            return Err(refused(&directory.join("src"), "more than 1 MB of sources"));
        }
        let missing = || Failure::Usage(format!("`{}` is missing", main.display()));
        let main = sources.remove(index.ok_or_else(missing)?);
        Ok(Self { directory: directory.to_owned(), main, modules: sources })
    }

    /// The modules and where they stand below another directory, whose own directories are made.
    pub(crate) fn copies(&self, directory: &Path) -> Result<Vec<(PathBuf, &str)>, Failure> {
        let source_directory = self.directory.join("src");
        let is_own =
            fs_err::canonicalize(directory)?.starts_with(fs_err::canonicalize(&source_directory)?);
        if is_own {
            let directory = directory.display();
            return Err(Failure::Usage(format!("`{directory}` holds the program that is read")));
        }
        let mut copies = Vec::new();
        for Source { path, text } in &self.modules {
            let Ok(relative) = path.strip_prefix(&source_directory) else { continue };
            let copy = directory.join(relative);
            if let Some(parent) = copy.parent() {
                fs_err::create_dir_all(parent)?;
            }
            copies.push((copy, &**text));
        }
        Ok(copies)
    }
}

fn refused(path: &Path, problem: &str) -> Failure {
    Failure::Usage(format!("`{}` is {problem}", path.display()))
}

impl Budget {
    /// A regular file, within what may be read. None where there is nothing.
    fn file(&mut self, path: &Path) -> Result<Option<String>, Failure> {
        match fs_err::symlink_metadata(path) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(metadata) if metadata.is_symlink() => return Err(refused(path, "a link")),
            Ok(_) => return Err(refused(path, "no regular file")),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        let mut text = String::new();
        let file = fs_err::File::open(path)?;
        let length = file.take(self.bytes + 1).read_to_string(&mut text);
        let length = length.map_err(|error| refused(path, &format!("no text: {error}")))?;
        let left = self.bytes.checked_sub(length as u64);
        self.bytes = left.ok_or_else(|| refused(path, "one of more than 16 MB of sources"))?;
        Ok(Some(text))
    }

    /// All that Leo's compiler takes for the sources of a package, in the order of their paths.
    fn sources(&mut self, directory: &Path) -> Result<Vec<Source>, Failure> {
        let source_directory = directory.join("src");
        let mut sources = Vec::new();
        let mut waiting = vec![(source_directory, 0)];
        while let Some((directory, depth)) = waiting.pop() {
            match fs_err::symlink_metadata(&directory) {
                Ok(metadata) if metadata.is_dir() => {}
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Ok(metadata) if metadata.is_symlink() => return Err(refused(&directory, "a link")),
                Ok(_) => return Err(refused(&directory, "no directory")),
                Err(error) => return Err(error.into()),
            }
            if depth > MAX_DEPTH {
                return Err(refused(&directory, "nested too deep"));
            }
            let mut entries = Vec::new();
            for entry in fs_err::read_dir(&directory)? {
                let (path, kind) = entry.and_then(|e| Ok((e.path(), e.file_type()?)))?;
                let left = self.entries.checked_sub(1);
                self.entries =
                    left.ok_or_else(|| refused(&path, "one of more than 10,000 files"))?;
                entries.push((path, kind));
            }
            // What is refused must not depend on the order of a directory.
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            for (path, kind) in entries {
                if kind.is_dir() {
                    waiting.push((path, depth + 1));
                } else if kind.is_symlink() {
                    return Err(refused(&path, "a link"));
                } else if path.extension() == Some(OsStr::new("leo"))
                    && let Some(text) = self.file(&path)?
                {
                    sources.push(Source { path, text });
                }
            }
        }
        sources.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(sources)
    }

    /// Looks at the packages on this machine that a package depends on, each once: Leo reads them as
    /// it reads the package itself.
    fn dependencies(&mut self, directory: &Path) -> Result<(), Failure> {
        let mut waiting = vec![directory.to_owned()];
        while let Some(directory) = waiting.pop() {
            if !self.seen.insert(fs_err::canonicalize(&directory)?) {
                continue;
            }
            // Leo reads it too.
            self.file(&directory.join("leo.lock"))?;
            let path = directory.join("program.json");
            let Some(text) = self.file(&path)? else { continue };
            let manifest: Value = serde_json::from_str(&text)
                .map_err(|error| refused(&path, &format!("not understood: {error}")))?;
            let lists = ["dependencies", "dev_dependencies"].map(|name| manifest[name].as_array());
            for path in lists.into_iter().flatten().flatten().filter_map(|d| d["path"].as_str()) {
                let path = directory.join(path);
                match fs_err::metadata(&path) {
                    Ok(metadata) if metadata.is_dir() => {
                        self.sources(&path)?;
                        waiting.push(path);
                    }
                    // Bytecode, or nothing: the compiler says so.
                    Ok(metadata) if metadata.is_file() => drop(self.file(&path)?),
                    Ok(_) => return Err(refused(&path, "no regular file")),
                    Err(_) => {}
                }
            }
        }
        Ok(())
    }
}
