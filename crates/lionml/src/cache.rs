//! Compiled models and keys of earlier runs, by the digest of everything that they depend on.

use std::path::{Path, PathBuf};

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
    directory: PathBuf,
}

impl Entry {
    /// The entry for a compilation of this model with these options on these samples.
    pub(crate) fn new(
        cache: &Path,
        onnx: &[u8],
        name: &str,
        options: &CompileOptions,
        samples: &[u8],
    ) -> Self {
        let options = format!("{options:?}");
        let parts: [&[u8]; 5] = [
            env!("CARGO_PKG_VERSION").as_bytes(),
            name.as_bytes(),
            options.as_bytes(),
            onnx,
            samples,
        ];
        // Digests of digests: no part can run into the next.
        let digests: Vec<u8> = parts.iter().flat_map(|part| Digest::of(part).0).collect();
        Self { directory: cache.join(Digest::of(&digests).to_string()) }
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
        let key = load(&directory.join(PROVER_KEY), ProverKey::from_bytes).ok()?;
        let verifier = load(&directory.join(VERIFIER_KEY), VerifierKey::from_bytes).ok()?;
        let fits = key.srs == srs && compiled.check_keys(&key, &verifier).is_ok();
        fits.then_some((key, verifier))
    }

    /// Keeps a compiled model and its keys.
    pub(crate) fn store(&self, prover: &Prover) -> Result<(), Error> {
        let keys = self.keys(prover.srs());
        let mut staged = Staged::default();
        let compiled = prover.compiled().to_bytes()?;
        staged.add(&self.compiled_path(), &compiled, Readers::Anyone)?;
        staged.add(&keys.join(PROVER_KEY), &prover.key()?.to_bytes()?, Readers::Anyone)?;
        staged.add(&keys.join(VERIFIER_KEY), &prover.verifier().to_bytes()?, Readers::Anyone)?;
        staged.commit()
    }
}
