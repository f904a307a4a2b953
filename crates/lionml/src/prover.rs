//! Keys at work: proofs of a compiled model.

use std::path::{Path, PathBuf};

use lionml_graph::GraphError;
use lionml_quant::QTensor;
use lionml_r1cs::{Fr, Witness};
use lionml_statement::{Interface, Port, Visibility};
use lionml_tensor::Tensor;
use lionml_varuna::{ProvingKey, Srs, SrsKind};

use crate::{
    CircuitKey, CompiledModel, Error, MismatchError, OpenedPort, ProofFile, ProverKey, Scalar,
    SrsOptions, VerifierKey,
    artifact::load,
    executable::{Executable, ExecutableCircuit, Inference, InstanceValues},
    files::{Readers, Staged},
    setup::{MANIFEST, PROVER_KEY, VERIFIER_KEY},
};

/// A compiled model with its keys, ready to prove.
pub struct Prover {
    compiled: CompiledModel,
    executable: Executable,
    /// One for each circuit, in the order of the plan.
    keys: Vec<ProvingKey>,
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
    /// For each inference the values of each output, flat.
    pub outputs: Vec<Vec<Vec<Scalar>>>,
    /// For each instance of a circuit its hashed inputs and outputs.
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
        let srs = srs.load(executable.max_degree())?;
        self.setup_executable(executable, &srs)
    }

    /// A prover from keys that [`Prover::store`] or [`Setup`](crate::Setup) wrote. That they are
    /// the circuit's is not taken on trust: their certificate is checked.
    pub fn stored_prover(&self, directory: &Path, srs: &SrsOptions) -> Result<Prover, Error> {
        let key = load(&directory.join(PROVER_KEY), ProverKey::from_bytes)?;
        let verifier = load(&directory.join(VERIFIER_KEY), VerifierKey::from_bytes)?;
        self.check_keys(&key, &verifier)?;
        let executable = self.executable()?;
        let kind = verifier.check_certificates(&executable)?;
        let srs = SrsOptions { kind, ..srs.clone() };
        let srs = srs.load(executable.max_degree())?;
        self.prover_of(executable, &srs, &key, verifier)
    }

    pub(crate) fn setup_executable(
        &self,
        executable: Executable,
        srs: &Srs,
    ) -> Result<Prover, Error> {
        let (mut keys, mut circuits) = (Vec::new(), Vec::new());
        for ExecutableCircuit { circuit, .. } in &executable.circuits {
            let made = lionml_varuna::setup(srs, circuit)?;
            keys.push(made.proving);
            circuits.push(CircuitKey { key: made.verifying, certificate: made.certificate });
        }
        let verifier = VerifierKey { manifest: self.manifest.clone(), srs: srs.kind(), circuits };
        Ok(Prover { compiled: self.clone(), executable, keys, verifier })
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
        let circuits = executable.circuits.iter().zip(&key.circuits);
        let keys = circuits.map(|(it, (_, key))| ProvingKey::rebuild(srs, &it.circuit, key));
        let keys = keys.collect::<Result<_, _>>()?;
        Ok(Prover { compiled: self.clone(), executable, keys, verifier })
    }

    /// Refuses keys of another model, or of two set-ups.
    pub(crate) fn check_keys(&self, key: &ProverKey, verifier: &VerifierKey) -> Result<(), Error> {
        let counts = [self.parts.len(), key.circuits.len(), verifier.circuits.len()];
        if counts != [self.parts.len(); 3] {
            return Err(MismatchError::Parts.into());
        }
        for (part, &(got, _)) in self.parts.iter().zip(&key.circuits) {
            if got != part.circuit {
                return Err(MismatchError::Keys { expected: part.circuit, got }.into());
            }
        }
        // The circuit does not depend on everything that the file holds: names of nodes, for one.
        let digest = self.digest()?;
        if key.model != digest {
            return Err(MismatchError::Model { expected: digest, got: key.model }.into());
        }
        verifier.check_manifest(&self.manifest)?;
        let keys = key.circuits.iter().map(|(_, key)| key);
        if !keys.eq(verifier.circuits.iter().map(|circuit| &circuit.key)) {
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

    /// Makes the certificates of the verifying key again, the last part of a set-up.
    pub fn certify(&self) -> Result<(), Error> {
        for key in &self.keys {
            key.certify()?;
        }
        Ok(())
    }

    /// The reference string of its keys.
    pub fn srs(&self) -> SrsKind {
        self.verifier.srs
    }

    /// What proofs are made with, to store.
    pub fn key(&self) -> Result<ProverKey, Error> {
        let circuits = self.compiled.parts.iter().zip(&self.verifier.circuits);
        Ok(ProverKey {
            model: self.compiled.digest()?,
            srs: self.srs(),
            circuits: circuits.map(|(part, key)| (part.circuit, key.key.clone())).collect(),
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
        let inferences = inputs.iter().map(|set| self.compiled.infer(set));
        self.prove_inferences(&inferences.collect::<Result<Vec<_>, _>>()?, options)
    }

    /// [`Self::prove`] of the integers of each input, flat. They are proved as they are: no float
    /// comes between.
    pub fn prove_integers(
        &self,
        inputs: &[Vec<Vec<i128>>],
        options: &ProveOptions,
    ) -> Result<Proven, Error> {
        let ports = self.compiled.manifest.inputs();
        let tensor = |(port, integers): (&&Port, &Vec<i128>)| {
            let values = Tensor::new(port.shape.clone(), integers.clone());
            let values = values
                .map_err(|source| GraphError::InputShape { input: port.name.clone(), source })?;
            Ok(QTensor { values: values.into(), number: port.number() })
        };
        let inferences = inputs.iter().map(|set| {
            let tensors =
                ports.iter().zip(set).map(tensor).collect::<Result<Vec<_>, GraphError>>()?;
            self.compiled.infer_integers(&tensors)
        });
        self.prove_inferences(&inferences.collect::<Result<Vec<_>, _>>()?, options)
    }

    /// [`Self::prove`] of inferences in integers.
    pub(crate) fn prove_inferences(
        &self,
        inferences: &[Inference],
        options: &ProveOptions,
    ) -> Result<Proven, Error> {
        let plan = &self.compiled.manifest.plan;
        let (mut witnesses, mut opened) = (vec![Vec::new(); plan.circuits.len()], Vec::new());
        let mut instances = Vec::new();
        for inference in inferences {
            let salts = self.compiled.draw_salts(options.salt);
            let made = self.executable.witnesses(plan, inference, options.context, &salts)?;
            let all = made.into_iter().zip(&plan.instances).zip(&inference.instances).zip(salts);
            for (((witness, &circuit), values), salts) in all {
                let interface = &plan.circuits[circuit];
                opened.push(opened_ports(interface, values, &salts));
                instances.push(interface.elements_of(&witness.public).to_vec());
                witnesses[circuit].push(witness);
            }
        }
        let proving: Vec<(&ProvingKey, &[Witness])> =
            self.keys.iter().zip(witnesses.iter().map(Vec::as_slice)).collect();
        let proof = lionml_varuna::prove(&proving, &mut rand::rng())?;
        let file = ProofFile {
            key: self.verifier.digest()?,
            srs: self.srs(),
            context: options.context,
            instances,
            proof,
        };
        let outputs = inferences.iter().map(|inference| self.compiled.values(inference)).collect();
        Ok(Proven { file, outputs, opened })
    }
}

impl CompiledModel {
    /// The values of the outputs of an inference, flat.
    pub(crate) fn values(&self, inference: &Inference) -> Vec<Vec<Scalar>> {
        let outputs = self.manifest.outputs().into_iter();
        let values = outputs.zip(inference.outputs(&self.manifest.plan));
        values.map(|(port, output)| Scalar::all(port, output.values.data())).collect()
    }
}

/// The hashed ports of an instance, in order, each with its salt.
fn opened_ports(interface: &Interface, values: &InstanceValues, salts: &[u128]) -> Vec<OpenedPort> {
    let items = interface.items();
    let hashed = items.iter().filter(|item| item.visibility == Visibility::Hashed);
    let salt_of = |index: usize| {
        hashed.clone().zip(salts).find(|(item, _)| item.ports.contains(&index)).map(|(_, s)| *s)
    };
    let ports = interface.ports().zip(values.ports()).enumerate();
    let opened = ports.filter_map(|(index, (port, integers))| {
        Some(OpenedPort {
            name: port.name.clone(),
            integers: integers.values.data().to_vec(),
            salt: salt_of(index)?,
        })
    });
    opened.collect()
}
