//! The file of a compiled model.

use std::path::Path;

use lionml_graph::{Lowered, QuantModel, Statement};
use lionml_r1cs::Digest;
use serde::{Deserialize, Serialize};

use crate::{
    ArtifactError, ArtifactKind, Error, Manifest, MismatchError, artifact::load,
    circuit::Executable, container,
};

/// A compiled model, `model.lion`: integers, their meaning, and which circuit they make.
#[derive(Clone, Debug, PartialEq)]
pub struct CompiledModel {
    /// What the public elements mean.
    pub manifest: Manifest,
    /// The quantised model.
    pub model: QuantModel,
    /// The digest of the circuit. It depends on everything here.
    pub circuit: Digest,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    manifest: Vec<u8>,
    circuit: Digest,
    model: QuantModel,
}

impl CompiledModel {
    /// The model in a file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        load(path, Self::from_bytes)
    }

    /// Compiles a quantised model; its circuit comes with it.
    pub(crate) fn new(manifest: Manifest, model: QuantModel) -> Result<(Self, Lowered), Error> {
        let lowered = model.lower(&manifest.statement()?)?;
        let circuit = lowered.circuit.digest();
        Ok((Self { manifest, model, circuit }, lowered))
    }

    /// The circuit of the model. Whatever was changed in the file makes another one, which is
    /// refused.
    pub(crate) fn executable(&self) -> Result<Executable, Error> {
        let statement = self.manifest.statement()?;
        Ok(Executable::new(self.lowered(&statement)?, statement))
    }

    /// The circuit with the rows of each node, as [`Self::executable`] checks it.
    pub(crate) fn lowered(&self, statement: &Statement) -> Result<Lowered, Error> {
        let lowered = self.model.lower(statement)?;
        let got = lowered.circuit.digest();
        if got != self.circuit {
            return Err(MismatchError::Circuit { expected: self.circuit, got }.into());
        }
        Ok(lowered)
    }

    /// The bytes of the file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ArtifactError> {
        let stored = Stored {
            manifest: self.manifest.to_bytes()?,
            circuit: self.circuit,
            model: self.model.clone(),
        };
        container::encode(ArtifactKind::CompiledModel, &stored)
    }

    /// The SHA-256 of the file.
    pub fn digest(&self) -> Result<Digest, ArtifactError> {
        Ok(Digest::of(&self.to_bytes()?))
    }

    /// The model in this file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtifactError> {
        let kind = ArtifactKind::CompiledModel;
        let stored: Stored = container::decode(kind, bytes)?;
        let manifest = Manifest::from_bytes(&stored.manifest)?;
        if !manifest.describes(&stored.model).unwrap_or(false) {
            let reason = "the manifest describes another model".to_owned();
            return Err(ArtifactError::Malformed { kind, reason });
        }
        Ok(Self { manifest, model: stored.model, circuit: stored.circuit })
    }
}
