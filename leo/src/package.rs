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
}

fn read(path: PathBuf) -> Result<Source, Failure> {
    let text = fs_err::read_to_string(&path)?;
    Ok(Source { path, text })
}
