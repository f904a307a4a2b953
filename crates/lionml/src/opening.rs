//! Openings: what the digests of hashed inputs and outputs are of.

use lionml_r1cs::Digest;
use lionml_statement::{Interface, Port, PortRef, Shown, Visibility};
use serde::{Deserialize, Serialize};

use crate::{
    ArtifactError, ArtifactKind, Error, Manifest, MismatchError, ProofFile, Rejection, Scalar,
    Verified, json,
};

/// What a proof hides behind digests, as only who made it knows it: the file that stands beside
/// the proof's. Whoever gets it can check that the digests are of these values.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// The digest of the proof's file.
    pub proof: Digest,
    /// The hashed inputs and outputs of each instance, in order.
    pub instances: Vec<Vec<OpenedPort>>,
}

/// A hashed input or output.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenedPort {
    /// The name.
    pub name: String,
    /// Its integers.
    pub integers: Vec<i128>,
    /// What its digest is over after them. Who knows it can try guesses of the values.
    pub salt: u128,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    format: String,
    version: u32,
    #[serde(with = "json::hex_digest")]
    proof: Digest,
    instances: Vec<Vec<StoredPort>>,
    #[serde(with = "json::hex_digest")]
    checksum: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredPort {
    name: String,
    integers: Vec<i128>,
    /// Decimal: most readers of JSON know no integers of 128 bits.
    salt: String,
}

impl Opening {
    /// The text: one for each opening.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ArtifactError> {
        let port = |port: &OpenedPort| StoredPort {
            name: port.name.clone(),
            integers: port.integers.clone(),
            salt: port.salt.to_string(),
        };
        let mut stored = Stored {
            format: ArtifactKind::Opening.format().to_owned(),
            version: ArtifactKind::Opening.version(),
            proof: self.proof,
            instances: self.instances.iter().map(|own| own.iter().map(port).collect()).collect(),
            checksum: Digest([0; 32]),
        };
        json::encode_sealed(ArtifactKind::Opening, &mut stored, |stored| &mut stored.checksum)
    }

    /// The opening with this text.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtifactError> {
        let kind = ArtifactKind::Opening;
        let stored: Stored =
            json::decode_sealed(kind, bytes, |stored: &mut Stored| &mut stored.checksum)?;
        let port = |port: StoredPort| {
            let reason = format!("the salt of `{}` is no number of 128 bits", port.name);
            let salt = port.salt.parse::<u128>().ok();
            let salt = salt.filter(|salt| salt.to_string() == port.salt);
            let salt = salt.ok_or(ArtifactError::Malformed { kind, reason })?;
            Ok::<_, ArtifactError>(OpenedPort { name: port.name, integers: port.integers, salt })
        };
        let instance = |own: Vec<StoredPort>| own.into_iter().map(port).collect();
        let instances = stored.instances.into_iter().map(instance);
        Ok(Self { proof: stored.proof, instances: instances.collect::<Result<_, _>>()? })
    }

    /// Adds the values to what a proof proves, if the proof's digests are of them.
    pub fn open(
        &self,
        proof: &ProofFile,
        manifest: &Manifest,
        verified: &mut Verified,
    ) -> Result<(), Error> {
        let expected = Digest::of(&proof.to_bytes()?);
        if self.proof != expected || self.instances.len() != proof.instances.len() {
            return Err(MismatchError::Opening { expected, got: self.proof }.into());
        }
        let plan = &manifest.plan;
        for (index, opened) in self.instances.iter().enumerate() {
            let instance = index % plan.instances.len();
            let inference = verified.instances.get_mut(index / plan.instances.len());
            let (Some(interface), Some(inference)) = (plan.circuit(instance), inference) else {
                return Err(MismatchError::Opening { expected, got: self.proof }.into());
            };
            let shown = interface.read(&proof.instances[index])?;
            check_instance(interface, &shown, opened)?;
            let ports = interface.ports().enumerate();
            let hashed = ports.filter(|(_, port)| port.visibility == Visibility::Hashed);
            for ((port, _), opened) in hashed.zip(opened) {
                let free = match port.checked_sub(interface.inputs.len()) {
                    None => place(plan.inputs(), PortRef { instance, port })
                        .and_then(|(index, port)| Some((inference.inputs.get_mut(index)?, port))),
                    Some(port) => place(plan.outputs(), PortRef { instance, port })
                        .and_then(|(index, port)| Some((inference.outputs.get_mut(index)?, port))),
                };
                // What a link takes up is no input or output of the inference.
                if let Some((shown, port)) = free {
                    shown.values = Some(Scalar::all(port, &opened.integers));
                    shown.integers = Some(opened.integers.clone());
                }
            }
        }
        Ok(())
    }
}

/// Refuses values that the digests of an instance are not of. The intervals are the circuit's: beyond
/// them lie integers with bits like those of others, of which a digest could as well be.
fn check_instance(
    interface: &Interface,
    shown: &[Shown],
    opened: &[OpenedPort],
) -> Result<(), Error> {
    let rejected = |name: &str| Err(Rejection::Opening { name: name.to_owned() }.into());
    let ports: Vec<&Port> = interface.ports().collect();
    let hashed: Vec<&&Port> =
        ports.iter().filter(|port| port.visibility == Visibility::Hashed).collect();
    for index in 0..hashed.len().max(opened.len()) {
        match (hashed.get(index), opened.get(index)) {
            (Some(port), Some(opened)) if opened.fits(port) => {}
            (Some(port), _) => return rejected(&port.name),
            (None, Some(opened)) => return rejected(&opened.name),
            (None, None) => {}
        }
    }
    for item in interface.items() {
        let [first, ..] = item.ports[..] else { continue };
        let Shown::Digest(digest) = shown[first] else { continue };
        let opened_of = |port: usize| {
            let before = ports[..port].iter();
            &opened[before.filter(|port| port.visibility == Visibility::Hashed).count()]
        };
        let parts: Vec<(&Port, &[i128])> = item
            .ports
            .iter()
            .map(|&port| (ports[port], opened_of(port).integers.as_slice()))
            .collect();
        let salt = opened_of(first).salt;
        let is_shared = item.ports.iter().all(|&port| opened_of(port).salt == salt);
        if !is_shared || Interface::digest(&parts, salt) != Ok(digest) {
            return rejected(&ports[first].name);
        }
    }
    Ok(())
}

impl OpenedPort {
    fn fits(&self, port: &Port) -> bool {
        self.name == port.name
            && self.integers.len() == port.shape.elements()
            && self.integers.iter().all(|&integer| port.interval.contains(integer))
    }
}

/// A port among those of an inference, with its index.
fn place<'a>(
    ports: impl Iterator<Item = (PortRef, &'a Port)>,
    wanted: PortRef,
) -> Option<(usize, &'a Port)> {
    let ports = ports.enumerate().map(|(index, (place, port))| (place, (index, port)));
    ports.filter(|(place, _)| *place == wanted).map(|(_, found)| found).next()
}
