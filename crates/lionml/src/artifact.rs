//! Artefacts in files.

use std::path::Path;

use crate::{ArtifactError, Error, files};

/// The artefact in a file.
pub(crate) fn load<T>(
    path: &Path,
    parse: impl FnOnce(&[u8]) -> Result<T, ArtifactError>,
) -> Result<T, Error> {
    let bytes = files::read(path)?;
    parse(&bytes).map_err(|source| Error::ArtifactFile { path: path.to_owned(), source })
}
