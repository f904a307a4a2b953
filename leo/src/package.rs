//! A Leo package as far as it is read here.

use std::path::{Path, PathBuf};

use leo_span::file_source::{DiskFileSource, FileSource};

use crate::{diagnostic::Failure, source::Source};

/// A package with a program.
pub(crate) struct Package {
    /// The directory that holds `program.json`.
    pub(crate) directory: PathBuf,
    /// `src/main.leo`.
    pub(crate) main: Source,
    /// The other files of the program.
    pub(crate) modules: Vec<Source>,
}

impl Package {
    /// Reads what lies in a directory.
    pub(crate) fn read(directory: &Path) -> Result<Self, Failure> {
        if !directory.join("program.json").is_file() {
            let directory = directory.display();
            return Err(Failure::Usage(format!("`{directory}` holds no `program.json`")));
        }
        let source_directory = directory.join("src");
        let path = source_directory.join("main.leo");
        let main = read(path.clone())?;
        // The files that Leo's compiler takes for modules, found as it finds them.
        let modules = DiskFileSource
            .list_leo_files(&source_directory, &path)?
            .into_iter()
            .map(read)
            .collect::<Result<_, _>>()?;
        Ok(Self { directory: directory.to_owned(), main, modules })
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

fn read(path: PathBuf) -> Result<Source, Failure> {
    let text = fs_err::read_to_string(&path)?;
    Ok(Source { path, text })
}
