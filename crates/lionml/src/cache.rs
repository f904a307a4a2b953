//! Compiled models and keys of earlier runs, by the digest of everything that they depend on.
//!
//! What is kept is believed: whoever writes there chooses the model. So nothing is read from folders and
//! files that others own or can write, and those that are made are the user's alone.

use std::{
    io,
    path::{Path, PathBuf},
};

use lionml_r1cs::Digest;
use lionml_varuna::SrsKind;

use crate::{
    CompileOptions, CompiledModel, Error, Prover, ProverKey, VerifierKey,
    artifact::load,
    files::{Readers, Staged},
    setup::{PROVER_KEY, VERIFIER_KEY},
};

/// The part of a cache that belongs to one compilation.
pub(crate) struct Entry {
    cache: PathBuf,
    directory: PathBuf,
}

impl Entry {
    /// The entry for a compilation of this model with these options on these samples.
    pub(crate) fn new(
        cache: &Path,
        onnx: Digest,
        name: &str,
        options: &CompileOptions,
        samples: &[u8],
    ) -> Self {
        let options = format!("{options:?}");
        let parts: [&[u8]; 5] = [
            env!("CARGO_PKG_VERSION").as_bytes(),
            name.as_bytes(),
            options.as_bytes(),
            &onnx.0,
            samples,
        ];
        // Digests of digests: no part can run into the next.
        let digests: Vec<u8> = parts.iter().flat_map(|part| Digest::of(part).0).collect();
        let directory = cache.join(Digest::of(&digests).to_string());
        Self { cache: cache.to_owned(), directory }
    }

    fn compiled_path(&self) -> PathBuf {
        self.directory.join("model.lion")
    }

    fn keys(&self, srs: SrsKind) -> PathBuf {
        self.directory.join(match srs {
            SrsKind::Ceremony => "ceremony",
            SrsKind::Development => "development",
        })
    }

    /// The compiled model, if a whole one is there: whatever else is there is made again.
    pub(crate) fn compiled(&self, onnx: Digest) -> Option<CompiledModel> {
        self.check_own(&[&self.compiled_path()]).ok()?;
        let compiled = load(&self.compiled_path(), CompiledModel::from_bytes).ok()?;
        // It says on the screen that it is of this file.
        (compiled.manifest.onnx == onnx).then_some(compiled)
    }

    /// The keys, if whole ones of this model are there.
    pub(crate) fn prover_keys(
        &self,
        compiled: &CompiledModel,
        srs: SrsKind,
    ) -> Option<(ProverKey, VerifierKey)> {
        let directory = self.keys(srs);
        let files = [directory.join(PROVER_KEY), directory.join(VERIFIER_KEY)];
        self.check_own(&[&directory, &files[0], &files[1]]).ok()?;
        let key = load(&directory.join(PROVER_KEY), ProverKey::from_bytes).ok()?;
        let verifier = load(&directory.join(VERIFIER_KEY), VerifierKey::from_bytes).ok()?;
        let fits = key.srs == srs && compiled.check_keys(&key, &verifier).is_ok();
        fits.then_some((key, verifier))
    }

    /// Keeps a compiled model and its keys.
    pub(crate) fn store(&self, prover: &Prover) -> Result<(), Error> {
        let keys = self.keys(prover.srs());
        for directory in [&self.cache, &self.directory, &keys] {
            make_own(directory).map_err(|source| Error::Io {
                action: "use the cache in",
                path: directory.clone(),
                source,
            })?;
        }
        let mut staged = Staged::default();
        let compiled = prover.compiled().to_bytes()?;
        staged.add(&self.compiled_path(), &compiled, Readers::Owner)?;
        staged.add(&keys.join(PROVER_KEY), &prover.key()?.to_bytes()?, Readers::Owner)?;
        staged.add(&keys.join(VERIFIER_KEY), &prover.verifier().to_bytes()?, Readers::Owner)?;
        staged.commit()
    }

    /// Checks that nobody else could have written the entry, nor these parts of it.
    fn check_own(&self, parts: &[&Path]) -> io::Result<()> {
        // The folder of the cache may be a link of the user's. No link is made inside.
        check_own(&fs_err::metadata(&self.cache)?)?;
        for part in [&*self.directory].iter().chain(parts) {
            check_own(&fs_err::symlink_metadata(part)?)?;
        }
        Ok(())
    }
}

/// Makes a folder that nobody else can write, or checks that it is one.
fn make_own(directory: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)?;
    check_own(&fs_err::metadata(directory)?)
}

#[cfg(unix)]
fn check_own(metadata: &std::fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;

    // A file that was made just now is the user's.
    let own = tempfile::tempfile()?.metadata()?.uid();
    let is_private = metadata.mode() & 0o022 == 0;
    match metadata.uid() == own && is_private && !metadata.is_symlink() {
        true => Ok(()),
        false => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "others own it or can write to it: `chmod go-w` it, or name another",
        )),
    }
}

/// Who may write is not known here: nothing is believed.
#[cfg(not(unix))]
fn check_own(_: &std::fs::Metadata) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn rejects_a_cache_that_others_can_write() {
        let directory = tempfile::tempdir().unwrap();
        let cache = directory.path().join("cache");
        let onnx = include_bytes!("../tests/fixtures/two_nodes.onnx");
        let options = CompileOptions {
            dims: [("batch".to_owned(), 1)].into(),
            input_range: Some((0.0, 1.0)),
            bits: Some(6),
            ..CompileOptions::default()
        };
        let (compiled, _) = CompiledModel::compile(onnx, None, &options).unwrap();
        let entry = Entry::new(&cache, Digest::of(onnx), "m", &options, b"");
        let digest = compiled.manifest.onnx;
        assert_eq!(entry.compiled(digest), None);
        for folder in [&entry.cache, &entry.directory] {
            make_own(folder).unwrap();
        }
        let path = entry.compiled_path();
        crate::files::write_file(&path, &compiled.to_bytes().unwrap(), Readers::Owner).unwrap();
        assert_eq!(entry.compiled(digest).as_ref(), Some(&compiled));
        let mode = |path: &Path, mode| {
            fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        for (part, open, own) in [
            (&entry.cache, 0o777, 0o700),
            (&entry.cache, 0o770, 0o700),
            (&entry.directory, 0o775, 0o755),
            (&path, 0o666, 0o644),
        ] {
            mode(part, open);
            assert_eq!(entry.compiled(digest), None, "{}", part.display());
            mode(part, own);
            assert_eq!(entry.compiled(digest).as_ref(), Some(&compiled));
        }
        mode(&cache, 0o777);
        assert!(make_own(&cache).unwrap_err().to_string().contains("others own it"));
        mode(&cache, 0o700);
        // A link to what the user has elsewhere.
        let elsewhere = directory.path().join("elsewhere");
        fs_err::rename(&path, &elsewhere).unwrap();
        fs_err::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        assert_eq!(entry.compiled(digest), None);
    }
}
