//! Paths below a directory that somebody else made.
//!
//! Whoever wrote a package chose all that lies in it: links that lead out of it, pipes that nobody
//! writes to, directories that are their own parts. So each component below the package's directory
//! is looked at, immediately before it is used, and what is no directory and no regular file is
//! refused. What is written there lies in a directory with a mark, and nothing outside of that is
//! removed or overwritten.

use std::{
    fs::Metadata,
    io::{ErrorKind, Read as _, Write as _},
    path::{Component, Path, PathBuf},
};

use crate::Error;

/// The file that says that a directory is LionML's.
const MARK: &str = ".lionml";
/// What the mark says.
const MARK_TEXT: &[u8] = b"LionML made this directory. A build empties it.\n";

/// How many files and directories are looked at, and how deep they may lie.
const MAX_ENTRIES: usize = 10_000;
const MAX_DEPTH: usize = 32;

/// A directory that somebody else made, by its one real path.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    root: PathBuf,
}

fn refused(path: &Path, problem: &'static str) -> Error {
    Error::Untrusted { path: path.to_owned(), problem }
}

fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| lionml::Error::Io { action, path, source }.into()
}

impl Place {
    /// A directory that the user named: links to it are the user's own.
    pub(crate) fn new(root: &Path) -> std::io::Result<Self> {
        Ok(Self { root: fs_err::canonicalize(root)? })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// What lies at a path below, if anything does. No component is a link.
    fn find(&self, relative: &str) -> Result<Option<(PathBuf, Metadata)>, Error> {
        let mut path = self.root.clone();
        let mut found = None;
        for component in Path::new(relative).components() {
            let Component::Normal(name) = component else {
                return Err(refused(&path.join(relative), "no path below the package"));
            };
            if found.is_some_and(|metadata: Metadata| !metadata.is_dir()) {
                return Err(refused(&path, "no directory"));
            }
            path.push(name);
            match fs_err::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_symlink() => return Err(refused(&path, "a link")),
                Ok(metadata) => found = Some(metadata),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(io("look at", &path)(error)),
            }
        }
        Ok(found.map(|metadata| (path, metadata)))
    }

    /// The path of a regular file, if there is one.
    pub(crate) fn file(&self, relative: &str) -> Result<Option<PathBuf>, Error> {
        match self.find(relative)? {
            Some((path, metadata)) if metadata.is_file() => Ok(Some(path)),
            // To open a pipe would wait for somebody who writes to it.
            Some((path, _)) => Err(refused(&path, "no regular file")),
            None => Ok(None),
        }
    }

    /// What a regular file of at most so many bytes holds, if it is there.
    pub(crate) fn read(&self, relative: &str, most: u64) -> Result<Option<Vec<u8>>, Error> {
        let Some(path) = self.file(relative)? else { return Ok(None) };
        let file = fs_err::File::open(&path).map_err(io("read", &path))?;
        let mut bytes = Vec::new();
        let length = file.take(most + 1).read_to_end(&mut bytes).map_err(io("read", &path))?;
        if length as u64 > most {
            return Err(refused(&path, "larger than any that LionML needs"));
        }
        Ok(Some(bytes))
    }

    /// A directory, made where it is missing: one component after the other, none through a link.
    pub(crate) fn directory(&self, relative: &str) -> Result<PathBuf, Error> {
        let mut place = self.root.clone();
        let ends = relative.match_indices('/').map(|(index, _)| index);
        for index in ends.chain([relative.len()]) {
            let component = relative.get(..index).unwrap_or_default();
            place = match self.find(component)? {
                Some((path, metadata)) if metadata.is_dir() => path,
                Some((path, _)) => return Err(refused(&path, "no directory")),
                None => {
                    let path = self.root.join(component);
                    fs_err::create_dir(&path).map_err(io("make", &path))?;
                    path
                }
            };
        }
        Ok(place)
    }

    /// A directory that LionML made before, or makes now: what lies in it may be removed.
    pub(crate) fn own_directory(&self, relative: &str) -> Result<PathBuf, Error> {
        let path = self.directory(relative)?;
        let mark = format!("{relative}/{MARK}");
        match self.read(&mark, 1 << 10)? {
            Some(text) if text == MARK_TEXT => return Ok(path),
            Some(_) => return Err(Error::NotOurs { path }),
            None => {}
        }
        // What somebody keeps there is not emptied.
        if fs_err::read_dir(&path).map_err(io("read", &path))?.next().is_some() {
            return Err(Error::NotOurs { path });
        }
        let mark = path.join(MARK);
        let mut options = fs_err::OpenOptions::new();
        let made = options.write(true).create_new(true).open(&mark);
        made.and_then(|mut file| file.write_all(MARK_TEXT)).map_err(io("write", &mark))?;
        Ok(path)
    }

    /// Removes a directory and all that is in it, of a place that [`Self::own_directory`] gave.
    pub(crate) fn remove(&self, relative: &str) -> Result<(), Error> {
        match self.find(relative)? {
            Some((path, metadata)) if metadata.is_dir() => {
                self.inspect(relative)?;
                fs_err::remove_dir_all(&path).map_err(io("empty", &path))
            }
            Some((path, _)) => fs_err::remove_file(&path).map_err(io("remove", &path)),
            None => Ok(()),
        }
    }

    /// Refuses a directory in which there is anything but directories and regular files, or more of
    /// them than a package has. A missing one is empty.
    pub(crate) fn inspect(&self, relative: &str) -> Result<(), Error> {
        let Some((path, metadata)) = self.find(relative)? else { return Ok(()) };
        if !metadata.is_dir() {
            return Err(refused(&path, "no directory"));
        }
        let mut left = MAX_ENTRIES;
        let mut waiting = vec![(path, 0)];
        while let Some((directory, depth)) = waiting.pop() {
            if depth > MAX_DEPTH {
                return Err(refused(&directory, "nested too deep"));
            }
            for entry in fs_err::read_dir(&directory).map_err(io("read", &directory))? {
                let entry = entry.map_err(io("read", &directory))?;
                left = left
                    .checked_sub(1)
                    .ok_or_else(|| refused(&directory, "one of more than 10,000 files"))?;
                // Of the entry itself, not of what it leads to.
                match entry.file_type().map_err(io("look at", &entry.path()))? {
                    kind if kind.is_symlink() => return Err(refused(&entry.path(), "a link")),
                    kind if kind.is_dir() => waiting.push((entry.path(), depth + 1)),
                    kind if kind.is_file() => {}
                    _ => return Err(refused(&entry.path(), "no regular file")),
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{os::unix::fs::symlink, process::Command};

    use super::*;

    /// A directory that somebody else made, and one of the user's with a file in it.
    fn places() -> (tempfile::TempDir, Place, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        fs_err::create_dir(directory.path().join("package")).unwrap();
        fs_err::create_dir(directory.path().join("victim")).unwrap();
        let file = directory.path().join("victim/diary");
        fs_err::write(&file, "dear").unwrap();
        let place = Place::new(&directory.path().join("package")).unwrap();
        (directory, place, file)
    }

    fn problem(result: Result<impl std::fmt::Debug, Error>) -> &'static str {
        match result.unwrap_err() {
            Error::Untrusted { problem, .. } => problem,
            Error::NotOurs { .. } => "not ours",
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn rejects_links_in_every_component() {
        for link in ["build", "build/lionml", "build/lionml/package", "build/lionml/package/src"] {
            let (directory, place, file) = places();
            let path = place.root().join(link);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            symlink(directory.path().join("victim"), &path).unwrap();
            let below = "build/lionml/package/src";
            assert_eq!(problem(place.directory(below)), "a link", "{link}");
            assert_eq!(problem(place.read(below, 10)), "a link", "{link}");
            assert_eq!(problem(place.remove(below)), "a link", "{link}");
            assert_eq!(problem(place.own_directory(below)), "a link", "{link}");
            assert_eq!(fs_err::read_to_string(&file).unwrap(), "dear", "{link}");
            assert_eq!(fs_err::read_dir(file.parent().unwrap()).unwrap().count(), 1, "{link}");
        }
        let (_directory, place, _) = places();
        assert_eq!(problem(place.read("../victim/diary", 10)), "no path below the package");
        // A link that leads nowhere yet would be written through as well.
        symlink("/nowhere", place.root().join("mark")).unwrap();
        assert_eq!(problem(place.own_directory("mark")), "a link");
    }

    #[test]
    fn rejects_removing_what_has_no_mark() {
        let (_directory, place, _) = places();
        fs_err::create_dir_all(place.root().join("build/lionml/package")).unwrap();
        fs_err::write(place.root().join("build/lionml/thesis.tex"), "mine").unwrap();
        assert_eq!(problem(place.own_directory("build/lionml")), "not ours");
        fs_err::write(place.root().join("build/lionml/.lionml"), "forged").unwrap();
        assert_eq!(problem(place.own_directory("build/lionml")), "not ours");
        assert!(place.root().join("build/lionml/thesis.tex").is_file());
        fs_err::remove_dir_all(place.root().join("build")).unwrap();
        for _ in 0..2 {
            place.own_directory("build/lionml").unwrap();
            place.directory("build/lionml/package/src").unwrap();
            place.remove("build/lionml/package").unwrap();
            assert!(!place.root().join("build/lionml/package").exists());
        }
    }

    /// With a mark that came with the package, what is in it is still looked at.
    #[test]
    fn rejects_links_below_a_mark_that_came_with_the_package() {
        let (directory, place, file) = places();
        place.own_directory("build/lionml").unwrap();
        place.directory("build/lionml/package/src").unwrap();
        symlink(directory.path().join("victim"), place.root().join("build/lionml/package/src/a"))
            .unwrap();
        assert_eq!(problem(place.inspect("build/lionml")), "a link");
        assert_eq!(problem(place.remove("build/lionml/package")), "a link");
        assert!(file.is_file());
    }

    #[test]
    fn rejects_pipes_loops_and_crowds() {
        let (_directory, place, _) = places();
        fs_err::create_dir(place.root().join("src")).unwrap();
        let pipe = place.root().join("src/pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(problem(place.read("src/pipe", 10)), "no regular file");
        assert_eq!(problem(place.inspect("src")), "no regular file");
        fs_err::remove_file(&pipe).unwrap();
        symlink(".", place.root().join("src/a")).unwrap();
        assert_eq!(problem(place.inspect("src")), "a link");
        fs_err::remove_file(place.root().join("src/a")).unwrap();
        let deep = ["d"; 40].join("/");
        place.directory(&format!("src/{deep}")).unwrap();
        assert_eq!(problem(place.inspect("src")), "nested too deep");
        fs_err::remove_dir_all(place.root().join("src")).unwrap();
        fs_err::create_dir(place.root().join("src")).unwrap();
        for index in 0..=MAX_ENTRIES {
            fs_err::File::create(place.root().join(format!("src/{index}"))).unwrap();
        }
        assert_eq!(problem(place.inspect("src")), "one of more than 10,000 files");
        fs_err::write(place.root().join("large"), [0; 11]).unwrap();
        assert_eq!(problem(place.read("large", 10)), "larger than any that LionML needs");
    }
}
