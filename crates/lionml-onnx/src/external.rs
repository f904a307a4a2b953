//! Models whose constants lie in files beside them, as PyTorch writes them by default.
//!
//! ONNX: [external data](https://onnx.ai/onnx/repo-docs/ExternalData.html).

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Component, Path},
};

use prost::Message;
use tract_onnx::pb::{GraphProto, ModelProto, TensorProto};

use crate::{
    ImportError,
    proto::{self, MAX_FILE_BYTES},
};

/// Where the format says that data is elsewhere.
const EXTERNAL: i32 = 1;

/// The files that hold data of a model's constants, relative to the model's folder, in the order in
/// which they are first named.
pub fn data_files(onnx: &[u8]) -> Result<Vec<String>, ImportError> {
    let mut model = proto::decode(onnx)?;
    let (mut files, mut seen) = (Vec::new(), BTreeSet::new());
    for tensor in model.graph.iter_mut().flat_map(tensors) {
        if let Some(Part { file, .. }) = Part::of(tensor)?
            && seen.insert(file.clone())
        {
            files.push(file);
        }
    }
    Ok(files)
}

/// The same model with the data of these files inside of it.
pub fn with_data(onnx: &[u8], files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, ImportError> {
    let mut model: ModelProto = proto::decode(onnx)?;
    let mut copied = 0_usize;
    for tensor in model.graph.iter_mut().flat_map(tensors) {
        let Some(part) = Part::of(tensor)? else { continue };
        let error = |reason: String| error(tensor, reason);
        let all = files.get(&part.file).map(Vec::as_slice);
        let data = all.and_then(|all| part.slice(all));
        let data = data.ok_or_else(|| {
            let bytes = all.map_or(0, <[u8]>::len);
            error(format!("its part of `{}` ends beyond the `{bytes}` bytes there", part.file))
        })?;
        // Many constants may name the same bytes.
        copied = copied.saturating_add(data.len());
        if copied > MAX_FILE_BYTES {
            return Err(error(
                "all constants together are larger than the format allows".to_owned(),
            ));
        }
        tensor.raw_data = data.to_vec();
        tensor.data_location = None;
        tensor.external_data.clear();
    }
    Ok(model.encode_to_vec())
}

/// Every constant of a graph.
fn tensors(graph: &mut GraphProto) -> impl Iterator<Item = &mut TensorProto> {
    let attributes = graph.node.iter_mut().flat_map(|node| &mut node.attribute);
    let held =
        attributes.flat_map(|attribute| attribute.t.iter_mut().chain(&mut attribute.tensors));
    graph.initializer.iter_mut().chain(held)
}

/// The bytes of a file that are the data of a constant.
struct Part {
    file: String,
    offset: usize,
    length: Option<usize>,
}

impl Part {
    /// None where the data is in the tensor itself.
    fn of(tensor: &TensorProto) -> Result<Option<Self>, ImportError> {
        if tensor.data_location != Some(EXTERNAL) {
            return Ok(None);
        }
        let entry = |key: &str| {
            tensor.external_data.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
        };
        let number = |key: &str| {
            let parsed = entry(key).map(|text| text.parse());
            parsed.transpose().map_err(|_| error(tensor, format!("its `{key}` is no number")))
        };
        let file = entry("location").cloned().unwrap_or_default();
        // A model that somebody sent must not read anything else of the reader's.
        let mut parts = Path::new(&file).components();
        let is_inside = !file.is_empty() && parts.all(|part| matches!(part, Component::Normal(_)));
        if !is_inside || !lionml_graph::is_plain_name(&file) {
            return Err(error(
                tensor,
                format!("its data is in {file:?}, outside of the model's folder"),
            ));
        }
        Ok(Some(Self { file, offset: number("offset")?.unwrap_or(0), length: number("length")? }))
    }

    fn slice<'a>(&self, all: &'a [u8]) -> Option<&'a [u8]> {
        let rest = all.get(self.offset..)?;
        self.length.map_or(Some(rest), |length| rest.get(..length))
    }
}

fn error(tensor: &TensorProto, reason: String) -> ImportError {
    ImportError::Constant { tensor: tensor.name.clone(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A model with one constant of four floats, from the eighth byte of `w.data` on.
    fn model(change: impl FnOnce(&mut TensorProto)) -> Vec<u8> {
        let mut tensor = TensorProto {
            name: "w".to_owned(),
            dims: vec![4],
            data_type: 1,
            data_location: Some(EXTERNAL),
            ..TensorProto::default()
        };
        for (key, value) in [("location", "w.data"), ("offset", "8"), ("length", "16")] {
            let (key, value) = (key.to_owned(), value.to_owned());
            tensor.external_data.push(tract_onnx::pb::StringStringEntryProto { key, value });
        }
        change(&mut tensor);
        let graph = GraphProto { initializer: vec![tensor], ..GraphProto::default() };
        ModelProto { graph: Some(graph), ..ModelProto::default() }.encode_to_vec()
    }

    fn files(bytes: u8) -> BTreeMap<String, Vec<u8>> {
        [("w.data".to_owned(), (0..bytes).collect())].into()
    }

    #[test]
    fn matches_the_part_of_the_file() {
        let onnx = model(|_| ());
        assert_eq!(data_files(&onnx).unwrap(), ["w.data"]);
        let whole = with_data(&onnx, &files(24)).unwrap();
        assert_eq!(data_files(&whole).unwrap(), [] as [&str; 0]);
        let tensor = &proto::decode(&whole).unwrap().graph.unwrap().initializer[0];
        assert_eq!(tensor.raw_data, (8..24).collect::<Vec<u8>>());
        let to_the_end = model(|tensor| tensor.external_data.truncate(2));
        let tensor = with_data(&to_the_end, &files(20)).unwrap();
        let tensor = &proto::decode(&tensor).unwrap().graph.unwrap().initializer[0];
        assert_eq!(tensor.raw_data.len(), 12);
    }

    #[test]
    fn rejects_parts_that_are_not_there() {
        for bytes in [0, 7, 23] {
            assert!(with_data(&model(|_| ()), &files(bytes)).is_err(), "{bytes}");
        }
        assert!(with_data(&model(|_| ()), &BTreeMap::new()).is_err());
        for (index, value) in [(1, "-1"), (1, "x"), (2, "18446744073709551615")] {
            let onnx = model(|tensor| tensor.external_data[index].value = value.to_owned());
            assert!(with_data(&onnx, &files(24)).is_err(), "{value}");
        }
    }

    #[test]
    fn rejects_files_elsewhere() {
        for file in ["../w", "/etc/passwd", "", ".", "a/../../b", "a\nb"] {
            let onnx = model(|tensor| tensor.external_data[0].value = file.to_owned());
            let error = data_files(&onnx).unwrap_err();
            assert!(error.to_string().contains("outside"), "{file}: {error}");
        }
    }
}
