//! The file of a compiled model.

use std::path::Path;

use lionml_graph::{
    Lowered, Output, QuantModel, Statement, StoredModel, StoredNode, is_plain_name,
};
use lionml_ops::AnyOp;
use lionml_r1cs::Digest;
use lionml_statement::Interface;
use lionml_varuna::MAX_PUBLICS;
use serde::{Deserialize, Serialize};

use crate::{
    ArtifactError, ArtifactKind, Error, Manifest, MismatchError, RequestError, artifact::load,
    container, executable::Executable,
};

/// A compiled model, `model.lion`: integers, their meaning, and which circuits they make.
#[derive(Clone, Debug, PartialEq)]
pub struct CompiledModel {
    /// The meaning of the public elements, and the plan of circuits.
    pub manifest: Manifest,
    /// The circuits of the plan, in its order.
    pub parts: Vec<Part>,
}

/// A part of a compiled model: one circuit.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The quantised model.
    pub model: QuantModel,
    /// The digest of the circuit. It depends on the model and the manifest.
    pub circuit: Digest,
}

/// The most bytes of a file: each can be an integer of sixteen in memory.
const MAX_COMPILED_BYTES: usize = 6_000_000;

#[derive(Serialize, Deserialize)]
struct Stored {
    manifest: Vec<u8>,
    parts: Vec<StoredPart>,
}

#[derive(Serialize, Deserialize)]
struct StoredPart {
    circuit: Digest,
    model: StoredModel,
}

impl CompiledModel {
    /// The model in a file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        load(path, Self::from_bytes)
    }

    /// Compiles quantised models, one for each circuit of the manifest's plan; their circuits come
    /// with them.
    pub(crate) fn new(
        manifest: Manifest,
        models: Vec<QuantModel>,
    ) -> Result<(Self, Vec<Lowered>), Error> {
        if models.len() != manifest.plan.circuits.len() {
            return Err(MismatchError::Parts.into());
        }
        let digest = manifest.digest()?;
        let (mut parts, mut all) = (Vec::new(), Vec::new());
        for (model, interface) in models.into_iter().zip(&manifest.plan.circuits) {
            let lowered = lower(&model, digest, interface)?;
            parts.push(Part { model, circuit: lowered.circuit.digest() });
            all.push(lowered);
        }
        Ok((Self { manifest, parts }, all))
    }

    /// The circuits of the model. Whatever was changed in the file makes others, which are refused.
    pub(crate) fn executable(&self) -> Result<Executable, Error> {
        Ok(Executable::new(self.lowered()?, self.manifest.digest()?))
    }

    /// The circuits with the rows of each node, as [`Self::executable`] checks them.
    pub(crate) fn lowered(&self) -> Result<Vec<Lowered>, Error> {
        let digest = self.manifest.digest()?;
        let parts = self.parts.iter().zip(&self.manifest.plan.circuits);
        let lowered = parts.map(|(part, interface)| {
            let lowered = lower(&part.model, digest, interface)?;
            let (expected, got) = (part.circuit, lowered.circuit.digest());
            match expected == got {
                true => Ok(lowered),
                false => Err(MismatchError::Circuit { expected, got }.into()),
            }
        });
        lowered.collect()
    }

    /// The one part of the model; for what takes no others.
    pub(crate) fn single(
        &self,
        taker: &'static str,
    ) -> Result<(&Interface, &QuantModel), RequestError> {
        let interface = self.manifest.single(taker)?;
        let circuits = self.parts.len();
        let part = self.parts.first().ok_or(RequestError::SeveralCircuits { taker, circuits })?;
        Ok((interface, &part.model))
    }

    /// The digests of the circuits, between commas.
    pub fn circuits(&self) -> String {
        let digests: Vec<_> = self.parts.iter().map(|part| part.circuit.to_string()).collect();
        digests.join(",")
    }

    /// The bytes of the file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ArtifactError> {
        let part =
            |Part { model, circuit }: &Part| StoredPart { circuit: *circuit, model: model.into() };
        let stored = Stored {
            manifest: self.manifest.to_bytes()?,
            parts: self.parts.iter().map(part).collect(),
        };
        let bytes = container::encode(ArtifactKind::CompiledModel, &stored)?;
        match bytes.len() > MAX_COMPILED_BYTES {
            true => Err(too_large(bytes.len())),
            false => Ok(bytes),
        }
    }

    /// The SHA-256 of the file.
    pub fn digest(&self) -> Result<Digest, ArtifactError> {
        Ok(Digest::of(&self.to_bytes()?))
    }

    /// The model in this file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtifactError> {
        let kind = ArtifactKind::CompiledModel;
        if bytes.len() > MAX_COMPILED_BYTES {
            return Err(too_large(bytes.len()));
        }
        let stored: Stored = container::decode(kind, bytes).map_err(|error| {
            let unknown = container::open(kind, bytes).ok().and_then(unknown_op);
            unknown.map_or(error, |reason| ArtifactError::Malformed { kind, reason })
        })?;
        let manifest = Manifest::from_bytes(&stored.manifest)?;
        let part = |StoredPart { circuit, model }| {
            Ok::<_, ArtifactError>(Part { model: QuantModel::try_from(model)?, circuit })
        };
        let parts = stored.parts.into_iter().map(part).collect::<Result<Vec<_>, _>>()?;
        let circuits = &manifest.plan.circuits;
        let is_described =
            |(part, interface): (&Part, &Interface)| part.model.check(interface).is_ok();
        if parts.len() != circuits.len() || !parts.iter().zip(circuits).all(is_described) {
            let reason = "the manifest describes another model".to_owned();
            return Err(ArtifactError::Malformed { kind, reason });
        }
        Ok(Self { manifest, parts })
    }
}

/// The first operator that this version does not know, if that is what stops the reading of a file.
/// Its content has a length that only the operator knows, and postcard's errors say nothing of it:
/// the nodes before it are read once more.
fn unknown_op(payload: &[u8]) -> Option<String> {
    let ((_, parts), mut rest): ((Vec<u8>, usize), _) = postcard::take_from_bytes(payload).ok()?;
    for _ in 0..parts {
        let ((_, nodes), first): ((Digest, usize), _) = postcard::take_from_bytes(rest).ok()?;
        rest = first;
        for _ in 0..nodes {
            match postcard::take_from_bytes::<StoredNode>(rest) {
                Ok((_, following)) => rest = following,
                Err(_) => return unknown_op_of(rest),
            }
        }
        rest = postcard::take_from_bytes::<Vec<Output>>(rest).ok()?.1;
    }
    None
}

fn unknown_op_of(node: &[u8]) -> Option<String> {
    // A node is its name, whether it is an operator, and the operator's tag.
    let ((name, is_op, tag), _): ((String, bool, u32), _) = postcard::take_from_bytes(node).ok()?;
    (is_op && is_plain_name(&name) && !AnyOp::TAGS.contains(&tag)).then(|| {
        format!(
            "node `{name}` is an operator with the tag `{tag}`, which this version does not know"
        )
    })
}

fn too_large(got: usize) -> ArtifactError {
    ArtifactError::TooLarge { kind: ArtifactKind::CompiledModel, got, limit: MAX_COMPILED_BYTES }
}

/// The circuit of a model, if a key of it could be read again.
fn lower(model: &QuantModel, manifest: Digest, interface: &Interface) -> Result<Lowered, Error> {
    let lowered = model.lower(&Statement { manifest, interface: interface.clone() })?;
    let (got, most) = (lowered.circuit.publics(), MAX_PUBLICS);
    match got > most {
        true => Err(RequestError::PublicValues { got, most }.into()),
        false => Ok(lowered),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use serde_json::{Value, json};

    use super::*;
    use crate::{CompileOptions, ErrorKind};

    /// A file of so many products of a square matrix with itself.
    fn products(size: usize, count: usize) -> Vec<u8> {
        let onnx = include_bytes!("../tests/fixtures/two_nodes.onnx");
        let options = CompileOptions {
            dims: [("batch".to_owned(), 1)].into(),
            input_range: Some((0.0, 1.0)),
            bits: Some(6),
            ..CompileOptions::default()
        };
        let (honest, _) = CompiledModel::compile(onnx, None, &options).unwrap();
        let mut model = serde_json::to_value(StoredModel::from(&honest.parts[0].model)).unwrap();
        let nodes = model["nodes"].as_array_mut().unwrap();
        nodes.truncate(1);
        nodes[0]["kind"]["Source"]["Input"]["shape"] = json!([size, size]);
        nodes.extend((0..count).map(|i| {
            let operand = json!({"node": 0, "slot": 0});
            json!({
                "name": format!("product {i}"),
                "kind": {"Op": {"Einsum": {"expression": "ik,kj->ij"}}},
                "inputs": [operand.clone(), operand],
            })
        }));
        model["outputs"] = Value::Array(Vec::new());
        let stored = Stored {
            manifest: honest.manifest.to_bytes().unwrap(),
            parts: vec![StoredPart {
                circuit: honest.parts[0].circuit,
                model: serde_json::from_value(model).unwrap(),
            }],
        };
        container::encode(ArtifactKind::CompiledModel, &stored).unwrap()
    }

    #[test]
    fn rejects_operators_of_unknown_tags_by_name() {
        let bytes = products(4, 3);
        let payload = container::open(ArtifactKind::CompiledModel, &bytes).unwrap();
        let name = payload.windows(9).position(|bytes| bytes == b"product 1").unwrap();
        let (is_op, tag) = (name + 9, name + 10);
        assert_eq!((payload[is_op], u32::from(payload[tag])), (1, 5), "Einsum has the tag 5");
        let reason = |tag_bytes: &[u8]| {
            let mut payload = payload.to_vec();
            payload.splice(tag..=tag, tag_bytes.iter().copied());
            let bytes = container::seal(ArtifactKind::CompiledModel, &payload);
            let error = CompiledModel::from_bytes(&bytes).unwrap_err();
            let ArtifactError::Malformed { reason, .. } = error else { panic!("{error}") };
            reason
        };
        for (bytes, tag) in [(&[120][..], 120), (&[0xff, 0xff, 0xff, 0xff, 0x0f], u32::MAX)] {
            let expected = format!(
                "node `product 1` is an operator with the tag `{tag}`, which this version does not know"
            );
            assert_eq!(reason(bytes), expected);
        }
        // What is wrong for another reason is not put down to the tag.
        assert!(!reason(&[6]).contains("the tag"));
    }

    #[test]
    fn rejects_a_small_file_that_would_take_hours() {
        // One product of two large matrices, and many of smaller ones.
        for (size, count, node) in [(1 << 13, 1, "product 0"), (1 << 7, 10_000, "product 61")] {
            let bytes = products(size, count);
            assert!(bytes.len() < 500_000);
            let start = Instant::now();
            let error = Error::from(CompiledModel::from_bytes(&bytes).unwrap_err());
            assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
            assert_eq!((error.name(), error.kind()), ("model::too_large", ErrorKind::Unsupported));
            let source = std::error::Error::source(&error).unwrap().to_string();
            assert!(source.starts_with(&format!("node `{node}` (Einsum): up to here")), "{source}");
        }
        // What is no larger than it may be is refused for what it is.
        let error = Error::from(CompiledModel::from_bytes(&products(4, 9)).unwrap_err());
        assert_eq!(error.name(), "artifact::malformed");
    }
}
