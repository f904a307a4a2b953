//! Files: read with the path in the error, written whole or not at all.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tempfile::NamedTempFile;

use crate::Error;

/// Unfinished files, for [`remove_unfinished_files`].
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Removes files that are being written. For whoever ends the process in the middle, as a handler
/// of interrupts does: destructors do not run there. While the result lives no other is begun, and
/// none gets its place.
#[must_use = "files are begun again once it is dropped"]
pub fn remove_unfinished_files() -> impl Sized {
    let mut unfinished = lock();
    for path in std::mem::take(&mut *unfinished) {
        // It may be gone already, and nobody is left to tell.
        let _ = fs_err::remove_file(path);
    }
    unfinished
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Whoever the user's mask admits.
    Anyone,
    /// The user alone.
    Owner,
}

/// No file that is read is larger: it is held in memory whole.
const MAX_BYTES: u64 = 200_000_000;

/// The bytes of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let mut room = MAX_BYTES;
    read_within(path, &mut room)
}

/// The bytes of a file, for which there is room.
pub(crate) fn read_within(path: &Path, room: &mut u64) -> Result<Vec<u8>, Error> {
    let error = |source| Error::Io { action: "read", path: path.into(), source };
    let too_large = || {
        let reason =
            "it is larger than any that can be used here, or with others that are read together";
        error(io::Error::new(io::ErrorKind::InvalidInput, reason))
    };
    let file = fs_err::File::open(path).map_err(error)?;
    // Memory is taken for the length that is stated, which costs nobody anything to state.
    if file.metadata().map_err(error)?.len() > *room {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let length = file.take(room.saturating_add(1)).read_to_end(&mut bytes).map_err(error)?;
    *room = room.checked_sub(length as u64).ok_or_else(too_large)?;
    Ok(bytes)
}

/// The bytes of a file that another file names: of nothing that would wait for somebody to write.
pub(crate) fn read_named(path: &Path, room: &mut u64) -> Result<Vec<u8>, Error> {
    let error = |source| Error::Io { action: "read", path: path.into(), source };
    if !fs_err::metadata(path).map_err(error)?.is_file() {
        return Err(error(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file")));
    }
    read_within(path, room)
}

/// Writes a file whole or not at all, and the directories that it lies in.
pub fn write_file(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), Error> {
    let mut staged = Staged::default();
    staged.add(path, bytes, readers)?;
    staged.commit()
}

/// Files that appear together, each whole: their bytes are written beside their places first, and
/// renamed when all of them are complete.
#[derive(Default)]
pub(crate) struct Staged {
    files: Vec<(NamedTempFile, PathBuf)>,
}

impl Staged {
    /// Writes the bytes beside the file that they will be.
    pub(crate) fn add(&mut self, path: &Path, bytes: &[u8], readers: Readers) -> Result<(), Error> {
        let error = |source| Error::Io { action: "write", path: path.into(), source };
        // Found when files get their places, it would leave some of them new and others old.
        let path = &place_of(path)?;
        let directory = directory_of(path);
        fs_err::create_dir_all(directory).map_err(error)?;
        let file = create(directory, readers).map_err(error)?;
        self.files.push((file, path.to_owned()));
        if let Some((file, _)) = self.files.last_mut() {
            file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(error)?;
        }
        Ok(())
    }

    /// Puts all files in their places.
    pub(crate) fn commit(mut self) -> Result<(), Error> {
        // An interrupt comes before all of them or after.
        let mut unfinished = lock();
        for (file, path) in std::mem::take(&mut self.files) {
            unfinished.remove(file.path());
            file.persist(&path).map_err(|error| Error::Io {
                action: "write",
                path,
                source: error.error,
            })?;
        }
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        let mut unfinished = lock();
        for (file, _) in self.files.drain(..) {
            unfinished.remove(file.path());
        }
    }
}

/// Where a file is written that is to be found under this path: behind a link, what it links to.
/// Only a regular file can be replaced.
fn place_of(path: &Path) -> Result<PathBuf, Error> {
    let error = |source| Error::Io { action: "write", path: path.into(), source };
    let place = match path.is_symlink() {
        true => fs_err::canonicalize(path).map_err(error)?,
        false => path.to_owned(),
    };
    match fs_err::metadata(&place) {
        Ok(metadata) if metadata.is_dir() => Err(error(io::ErrorKind::IsADirectory.into())),
        Ok(metadata) if !metadata.is_file() => {
            let reason = "what is there is no regular file";
            Err(error(io::Error::new(io::ErrorKind::InvalidInput, reason)))
        }
        _ => Ok(place),
    }
}

/// Finds out before long work whether a file can be written at this place, and that it is none of
/// those that are read. Leaves nothing.
pub(crate) fn check_writable<'a>(
    path: &Path,
    inputs: impl IntoIterator<Item = &'a Path>,
) -> Result<(), Error> {
    let error = |source| Error::Io { action: "write", path: path.into(), source };
    let place = &place_of(path)?;
    if let Ok(there) = fs_err::canonicalize(place)
        && inputs.into_iter().any(|input| fs_err::canonicalize(input).is_ok_and(|i| i == there))
    {
        let reason = "it is a file that the command reads";
        return Err(error(io::Error::new(io::ErrorKind::InvalidInput, reason)));
    }
    // A directory that is missing will be made in the nearest that exists.
    let nearest = directory_of(place).ancestors().find(|directory| directory.exists());
    tempfile::tempfile_in(nearest.unwrap_or(Path::new("."))).map(|_| ()).map_err(error)
}

/// The path of a file that belongs to another: `end` in the place of the other's end, if it has
/// that, and else after it.
pub(crate) fn beside(path: &Path, other: &str, end: &str) -> PathBuf {
    let whole = path.file_name().unwrap_or_default();
    let stem = whole.to_str().and_then(|name| name.strip_suffix(other));
    let stem = stem.filter(|stem| !stem.is_empty());
    let mut name = stem.map_or_else(|| whole.to_owned(), OsString::from);
    name.push(end);
    path.with_file_name(name)
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn lock() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn create(directory: &Path, readers: Readers) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".lionml-");
    #[cfg(unix)]
    if readers == Readers::Anyone {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    // An interrupt between the two would leave the file.
    let mut unfinished = lock();
    let file = builder.tempfile_in(directory)?;
    unfinished.insert(file.path().to_owned());
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_contents_and_modes() {
        let directory = tempfile::tempdir().unwrap();
        let (open, secret) = (directory.path().join("a/open"), directory.path().join("secret"));
        let mut staged = Staged::default();
        staged.add(&open, b"1", Readers::Anyone).unwrap();
        staged.add(&secret, b"2", Readers::Owner).unwrap();
        assert!(!open.exists() && !secret.exists());
        staged.commit().unwrap();
        assert_eq!((read(&open).unwrap(), read(&secret).unwrap()), (b"1".into(), b"2".into()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs_err::metadata(&secret).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn rejects_half_written_files() {
        let directory = tempfile::tempdir().unwrap();
        let (first, second) = (directory.path().join("first"), directory.path().join("file/x"));
        fs_err::write(directory.path().join("file"), "not a directory").unwrap();
        let mut staged = Staged::default();
        staged.add(&first, b"1", Readers::Anyone).unwrap();
        assert!(staged.add(&second, b"2", Readers::Anyone).is_err());
        drop(staged);
        assert!(check_writable(&second, []).is_err());
        // A place that is a directory is found before any file gets its own.
        let (third, taken) = (directory.path().join("third"), directory.path().join("taken"));
        fs_err::create_dir(&taken).unwrap();
        let mut staged = Staged::default();
        staged.add(&third, b"3", Readers::Anyone).unwrap();
        assert!(staged.add(&taken, b"4", Readers::Anyone).is_err());
        drop(staged);
        fs_err::remove_dir(&taken).unwrap();
        assert_eq!(fs_err::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn rejects_places_where_something_else_is_lost() {
        let directory = tempfile::tempdir().unwrap();
        let (input, output) = (directory.path().join("input"), directory.path().join("output"));
        fs_err::write(&input, "1").unwrap();
        assert!(check_writable(&output, [&*input]).is_ok());
        let reason = |result: Result<(), Error>| match result.unwrap_err() {
            Error::Io { source, .. } => source.kind(),
            error => panic!("{error}"),
        };
        let same = directory.path().join("./input");
        assert_eq!(reason(check_writable(&same, [&*input])), io::ErrorKind::InvalidInput);
        #[cfg(unix)]
        {
            let link = directory.path().join("link");
            fs_err::os::unix::fs::symlink(&input, &link).unwrap();
            assert_eq!(reason(check_writable(&link, [&*input])), io::ErrorKind::InvalidInput);
            assert_eq!(
                reason(check_writable("/dev/null".as_ref(), [])),
                io::ErrorKind::InvalidInput
            );
            // What a link names is written, and the link stays.
            let mut staged = Staged::default();
            staged.add(&link, b"2", Readers::Anyone).unwrap();
            staged.commit().unwrap();
            assert!(link.is_symlink());
            assert_eq!(read(&input).unwrap(), b"2");
        }
    }

    #[test]
    fn rejects_leftovers_of_an_interrupt() {
        let directory = tempfile::tempdir().unwrap();
        let mut staged = Staged::default();
        staged.add(&directory.path().join("x"), b"1", Readers::Anyone).unwrap();
        drop(remove_unfinished_files());
        assert_eq!(fs_err::read_dir(directory.path()).unwrap().count(), 0);
        assert!(staged.commit().is_err());
    }
}
