//! Keys at work: proofs of a compiled model.

use std::path::{Path, PathBuf};

use lionml_graph::Visibility;
use lionml_quant::QTensor;
use lionml_r1cs::Fr;
use lionml_tensor::Tensor;
use lionml_varuna::{Certificate, ProvingKey, Srs, SrsKind};

use crate::{
    CompiledModel, Error, MismatchError, OpenedPort, Port, ProofFile, ProverKey, Rejection, Scalar,
    SrsOptions, VerifierKey,
    artifact::load,
    circuit::Executable,
    files::{Readers, Staged},
    setup::{MANIFEST, PROVER_KEY, VERIFIER_KEY},
};

/// A compiled model with its keys, ready to prove.
pub struct Prover {
    compiled: CompiledModel,
    executable: Executable,
    key: ProvingKey,
    verifier: VerifierKey,
}

/// What a proof is made with beside the inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProveOptions {
    /// What the proof is bound to; zero if nothing.
    pub context: Fr,
    /// The salt of every hashed input and output; random ones where none is given. Equal inputs
    /// with equal salts have equal digests, and a salt that others know hides nothing.
    pub salt: Option<u128>,
}

/// A proof and what only who made it knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Proven {
    /// The proof.
    pub file: ProofFile,
    /// For each instance the values of each output, flat.
    pub outputs: Vec<Vec<Vec<Scalar>>>,
    /// For each instance its hashed inputs and outputs.
    pub opened: Vec<Vec<OpenedPort>>,
}

impl CompiledModel {
    /// Makes the keys of the model.
    pub fn setup(&self, srs: &Srs) -> Result<Prover, Error> {
        self.setup_executable(self.executable()?, srs)
    }

    /// Makes the keys of the model over powers that are large enough.
    pub fn prepare(&self, srs: &SrsOptions) -> Result<Prover, Error> {
        let executable = self.executable()?;
        let srs = srs.load(executable.circuit.cost().max_degree())?;
        self.setup_executable(executable, &srs)
    }

    /// A prover from keys that [`Prover::store`] or [`Setup`](crate::Setup) wrote. That they are
    /// the circuit's is not taken on trust: their certificate is checked.
    pub fn stored_prover(&self, directory: &Path, srs: &SrsOptions) -> Result<Prover, Error> {
        let key = load(&directory.join(PROVER_KEY), ProverKey::from_bytes)?;
        let verifier = load(&directory.join(VERIFIER_KEY), VerifierKey::from_bytes)?;
        self.check_keys(&key, &verifier)?;
        let executable = self.executable()?;
        let VerifierKey { key: made, certificate, .. } = &verifier;
        let kind = lionml_varuna::verify_certificate(made, &executable.circuit, certificate)?;
        if kind != verifier.srs {
            return Err(Rejection::Srs { said: verifier.srs, found: kind }.into());
        }
        let srs = SrsOptions { kind, ..srs.clone() };
        let srs = srs.load(executable.circuit.cost().max_degree())?;
        self.prover_of(executable, &srs, &key, verifier)
    }

    pub(crate) fn setup_executable(
        &self,
        executable: Executable,
        srs: &Srs,
    ) -> Result<Prover, Error> {
        let keys = lionml_varuna::setup(srs, &executable.circuit)?;
        let verifier = VerifierKey {
            manifest: self.manifest.clone(),
            srs: srs.kind(),
            key: keys.verifying,
            certificate: keys.certificate,
        };
        Ok(Prover { compiled: self.clone(), executable, key: keys.proving, verifier })
    }

    /// A prover from keys that [`Self::setup`] made.
    pub fn prover(
        &self,
        srs: &Srs,
        key: &ProverKey,
        verifier: VerifierKey,
    ) -> Result<Prover, Error> {
        self.check_keys(key, &verifier)?;
        self.prover_of(self.executable()?, srs, key, verifier)
    }

    /// [`Self::prover`] for keys that [`Self::check_keys`] accepts.
    pub(crate) fn prover_of(
        &self,
        executable: Executable,
        srs: &Srs,
        key: &ProverKey,
        verifier: VerifierKey,
    ) -> Result<Prover, Error> {
        let key = ProvingKey::rebuild(srs, &executable.circuit, &key.key)?;
        Ok(Prover { compiled: self.clone(), executable, key, verifier })
    }

    /// Refuses keys of another model, or of two set-ups.
    pub(crate) fn check_keys(&self, key: &ProverKey, verifier: &VerifierKey) -> Result<(), Error> {
        if key.circuit != self.circuit {
            return Err(MismatchError::Keys { expected: self.circuit, got: key.circuit }.into());
        }
        // The circuit does not depend on everything that the file holds: names of nodes, for one.
        let digest = self.digest()?;
        if key.model != digest {
            return Err(MismatchError::Model { expected: digest, got: key.model }.into());
        }
        verifier.check_manifest(&self.manifest)?;
        if key.key != verifier.key {
            return Err(MismatchError::KeyPair.into());
        }
        Ok(())
    }
}

impl Prover {
    /// The compiled model.
    pub fn compiled(&self) -> &CompiledModel {
        &self.compiled
    }

    /// What its proofs are verified with.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Makes the certificate of the verifying key again, the last part of a set-up.
    pub fn certify(&self) -> Result<Certificate, Error> {
        Ok(self.key.certify()?)
    }

    /// The reference string of its keys.
    pub fn srs(&self) -> SrsKind {
        self.key.srs()
    }

    /// What proofs are made with, to store.
    pub fn key(&self) -> Result<ProverKey, Error> {
        Ok(ProverKey {
            model: self.compiled.digest()?,
            circuit: self.compiled.circuit,
            srs: self.key.srs(),
            key: self.verifier.key.clone(),
        })
    }

    /// Writes the keys into a directory: `model.pk`, `model.vk` and `model.manifest`.
    pub fn store(&self, directory: &Path) -> Result<Vec<PathBuf>, Error> {
        let files = [PROVER_KEY, VERIFIER_KEY, MANIFEST].map(|name| directory.join(name));
        let [prover, verifier, manifest] = &files;
        let mut staged = Staged::default();
        staged.add(prover, &self.key()?.to_bytes()?, Readers::Anyone)?;
        staged.add(verifier, &self.verifier.to_bytes()?, Readers::Anyone)?;
        staged.add(manifest, &self.compiled.manifest.to_bytes()?, Readers::Anyone)?;
        staged.commit()?;
        Ok(files.to_vec())
    }

    pub(crate) fn executable(&self) -> &Executable {
        &self.executable
    }

    /// One proof of the model's outputs for each set of inputs, in their order.
    pub fn prove(
        &self,
        inputs: &[Vec<Tensor<f64>>],
        options: &ProveOptions,
    ) -> Result<Proven, Error> {
        let mut executions = Vec::with_capacity(inputs.len());
        let mut opened = Vec::with_capacity(inputs.len());
        for set in inputs {
            let values = draw_salts(&self.compiled, options.salt);
            let model = &self.compiled.model;
            let execution = self.executable.execute(model, set, options.context, &values)?;
            let ports = self.compiled.manifest.ports().zip(execution.integers());
            let hashed = ports.filter(|(port, _)| port.visibility == Visibility::Hashed);
            let port = |((port, integers), salt): ((&Port, &QTensor), u128)| OpenedPort {
                name: port.name.clone(),
                integers: integers.values.data().to_vec(),
                salt,
            };
            opened.push(hashed.zip(values).map(port).collect());
            executions.push(execution);
        }
        let outputs = executions.iter().map(|e| e.values(&self.compiled.manifest)).collect();
        let witnesses: Vec<_> = executions.into_iter().map(|e| e.witness).collect();
        let proof = lionml_varuna::prove(&[(&self.key, &witnesses)], &mut rand::rng())?;
        let elements = |public: &[Fr]| self.compiled.manifest.elements_of(public).to_vec();
        let file = ProofFile {
            key: self.verifier.digest()?,
            srs: self.srs(),
            context: options.context,
            instances: witnesses.iter().map(|witness| elements(&witness.public)).collect(),
            proof,
        };
        Ok(Proven { file, outputs, opened })
    }
}

/// A salt for each hashed input and output.
pub(crate) fn draw_salts(compiled: &CompiledModel, fixed: Option<u128>) -> Vec<u128> {
    let hashed = compiled.manifest.ports().filter(|port| port.visibility == Visibility::Hashed);
    hashed.map(|_| fixed.unwrap_or_else(rand::random)).collect()
}
