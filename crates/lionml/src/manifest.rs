//! The manifest: the meaning of a proof's public elements. Its digest is one of them.

use std::collections::BTreeMap;

use lionml_graph::{GraphError, Settings};
use lionml_r1cs::Digest;
use lionml_statement::{Interface, Plan, Port, is_plain_name};
use serde::{Deserialize, Serialize};

use crate::{ArtifactError, ArtifactKind, Error, RequestError, json};

/// The version of Varuna's protocol: the only one that is made or accepted.
const VARUNA_VERSION: u32 = 3;

/// What a proof of a model pins beside the matrices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: String,
    version: u32,
    varuna: u32,
    /// The name of the model.
    pub model: String,
    /// The digest of the ONNX file.
    #[serde(with = "json::hex_digest")]
    pub onnx: Digest,
    /// The symbolic dimensions of the ONNX file and the sizes that were given to them.
    pub dims: BTreeMap<String, usize>,
    /// The circuits of an inference, with their inputs and outputs.
    pub plan: Plan,
    /// Everything that quantisation chose.
    pub settings: Settings,
}

impl Manifest {
    /// The manifest of a model, if it is one that can be read again.
    pub(crate) fn new(
        name: &str,
        onnx: Digest,
        dims: BTreeMap<String, usize>,
        settings: Settings,
        plan: Plan,
    ) -> Result<Self, Error> {
        let ports = plan.circuits.iter().flat_map(Interface::ports);
        let names = ports.map(|port| port.name.as_str()).chain([name]);
        if let Some(name) = names.into_iter().find(|name| !is_plain_name(name)) {
            return Err(GraphError::Name { name: name.to_owned() }.into());
        }
        let manifest = Self {
            format: ArtifactKind::Manifest.format().to_owned(),
            version: ArtifactKind::Manifest.version(),
            varuna: VARUNA_VERSION,
            model: name.to_owned(),
            onnx,
            dims,
            plan,
            settings,
        };
        manifest.check()?;
        Ok(manifest)
    }

    /// The text: one for each manifest.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ArtifactError> {
        json::encode(ArtifactKind::Manifest, self)
    }

    /// The manifest with this text.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtifactError> {
        let manifest: Self = json::decode(ArtifactKind::Manifest, bytes)?;
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), ArtifactError> {
        let malformed =
            |reason: String| ArtifactError::Malformed { kind: ArtifactKind::Manifest, reason };
        if self.varuna != VARUNA_VERSION {
            return Err(malformed(format!("Varuna version {}", self.varuna)));
        }
        // Names stand on screens between what a proof says, and in generated programs.
        let mut names = [&self.model].into_iter().chain(self.dims.keys());
        if let Some(name) = names.find(|name| !is_plain_name(name)) {
            return Err(malformed(format!("the name {name:?}: {}", lionml_statement::PLAIN_NAME)));
        }
        self.plan.check().map_err(|error| malformed(error.to_string()))
    }

    /// The SHA-256 of the text: what every circuit pins.
    pub fn digest(&self) -> Result<Digest, ArtifactError> {
        Ok(Digest::of(&self.to_bytes()?))
    }

    /// The inputs of an inference.
    pub fn inputs(&self) -> Vec<&Port> {
        self.plan.inputs().map(|(_, port)| port).collect()
    }

    /// The outputs of an inference.
    pub fn outputs(&self) -> Vec<&Port> {
        self.plan.outputs().map(|(_, port)| port).collect()
    }

    /// Inputs, then outputs, of an inference.
    pub fn ports(&self) -> Vec<&Port> {
        [self.inputs(), self.outputs()].concat()
    }

    /// The one circuit of the model; for what takes no others.
    pub fn single(&self, taker: &'static str) -> Result<&Interface, RequestError> {
        let circuits = self.plan.instances.len();
        self.plan.as_single().ok_or(RequestError::SeveralCircuits { taker, circuits })
    }
}
