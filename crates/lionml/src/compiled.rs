//! The file of a compiled model.

use std::path::Path;

use lionml_graph::{Lowered, QuantModel, Statement, StoredModel, StoredNode, is_plain_name};
use lionml_ops::AnyOp;
use lionml_r1cs::Digest;
use lionml_varuna::MAX_PUBLICS;
use serde::{Deserialize, Serialize};

use crate::{
    ArtifactError, ArtifactKind, Error, Manifest, MismatchError, RequestError, artifact::load,
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

/// The most bytes of a file: each can be an integer of sixteen in memory.
const MAX_COMPILED_BYTES: usize = 6_000_000;

#[derive(Serialize, Deserialize)]
struct Stored {
    manifest: Vec<u8>,
    circuit: Digest,
    model: StoredModel,
}

impl CompiledModel {
    /// The model in a file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        load(path, Self::from_bytes)
    }

    /// Compiles a quantised model; its circuit comes with it.
    pub(crate) fn new(manifest: Manifest, model: QuantModel) -> Result<(Self, Lowered), Error> {
        let lowered = lower(&model, &manifest.statement()?)?;
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
        let lowered = lower(&self.model, statement)?;
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
            model: (&self.model).into(),
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
        let model = QuantModel::try_from(stored.model)?;
        if !manifest.describes(&model).unwrap_or(false) {
            let reason = "the manifest describes another model".to_owned();
            return Err(ArtifactError::Malformed { kind, reason });
        }
        Ok(Self { manifest, model, circuit: stored.circuit })
    }
}

/// The first operator that this version does not know, if that is what stops the reading of a file.
/// Its content has a length that only the operator knows, and postcard's errors say nothing of it:
/// the nodes before it are read once more.
fn unknown_op(payload: &[u8]) -> Option<String> {
    type Head = (Vec<u8>, Digest, usize);
    let ((_, _, nodes), mut rest): (Head, _) = postcard::take_from_bytes(payload).ok()?;
    for _ in 0..nodes {
        match postcard::take_from_bytes::<StoredNode>(rest) {
            Ok((_, following)) => rest = following,
            Err(_) => break,
        }
    }
    // A node is its name, whether it is an operator, and the operator's tag.
    let ((name, is_op, tag), _): ((String, bool, u32), _) = postcard::take_from_bytes(rest).ok()?;
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
fn lower(model: &QuantModel, statement: &Statement) -> Result<Lowered, Error> {
    let lowered = model.lower(statement)?;
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
        let mut model = serde_json::to_value(StoredModel::from(&honest.model)).unwrap();
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
            circuit: honest.circuit,
            model: serde_json::from_value(model).unwrap(),
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
