//! Constants that lie in files beside the model, as PyTorch writes them by default.
//!
//! ONNX: [external data](https://onnx.ai/onnx/repo-docs/ExternalData.html).

use std::path::{Component, Path};

use crate::{ImportError, proto::TensorProto, tensor::Data};

/// Where the format says that data is elsewhere.
const EXTERNAL: i32 = 1;

/// The bytes of a file that are the data of a constant.
pub(crate) struct Part {
    /// The file, relative to the model's folder.
    pub(crate) file: String,
    offset: usize,
    length: Option<usize>,
}

impl Part {
    /// None where the data is in the tensor itself.
    pub(crate) fn of(tensor: &TensorProto, name: &str) -> Result<Option<Self>, ImportError> {
        if tensor.data_location != Some(EXTERNAL) {
            return Ok(None);
        }
        let error = |reason| ImportError::Constant { tensor: name.to_owned(), reason };
        let entry = |key: &str| {
            tensor.external_data.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
        };
        let number = |key: &str| {
            let parsed = entry(key).map(|text| text.parse());
            parsed.transpose().map_err(|_| error(format!("its `{key}` is not a number")))
        };
        let file = entry("location").cloned().unwrap_or_default();
        // A model that somebody sent must not read anything else of the reader's.
        let mut parts = Path::new(&file).components();
        let is_inside = !file.is_empty() && parts.all(|part| matches!(part, Component::Normal(_)));
        if !is_inside || !lionml_graph::is_plain_name(&file) {
            return Err(error(format!("its data is in {file:?}, outside of the model's folder")));
        }
        Ok(Some(Self { file, offset: number("offset")?.unwrap_or(0), length: number("length")? }))
    }

    /// The bytes, which must be there.
    pub(crate) fn slice<'a>(&self, data: &'a Data, name: &str) -> Result<&'a [u8], ImportError> {
        let error = |reason| ImportError::Constant { tensor: name.to_owned(), reason };
        let Some(all) = data.get(&self.file) else {
            return Err(error(format!(
                "its data is in the file `{}`, and only the bytes of this one were given",
                self.file
            )));
        };
        let rest = all.get(self.offset..);
        let part =
            rest.and_then(|rest| self.length.map_or(Some(rest), |length| rest.get(..length)));
        part.ok_or_else(|| {
            error(format!(
                "its part of `{}` ends beyond the `{}` bytes there",
                self.file,
                all.len()
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::{
        OnnxFile,
        proto::{GraphProto, ModelProto, StringStringEntryProto},
        tensor::decode,
        value::Values,
    };

    /// A constant of four floats, from the eighth byte of `w.data` on.
    fn tensor(change: impl FnOnce(&mut TensorProto)) -> TensorProto {
        let mut tensor = TensorProto {
            name: "w".to_owned(),
            dims: vec![4],
            data_type: 1,
            data_location: Some(EXTERNAL),
            ..TensorProto::default()
        };
        for (key, value) in [("location", "w.data"), ("offset", "8"), ("length", "16")] {
            let (key, value) = (key.to_owned(), value.to_owned());
            tensor.external_data.push(StringStringEntryProto { key, value });
        }
        change(&mut tensor);
        tensor
    }

    fn files(tensor: TensorProto) -> Result<Vec<String>, ImportError> {
        let graph = GraphProto { initializer: vec![tensor], ..GraphProto::default() };
        let model = ModelProto { graph: Some(graph), ..ModelProto::default() };
        OnnxFile::from_bytes(&model.encode_to_vec())?.data_files()
    }

    fn read(tensor: &TensorProto, bytes: &[u8]) -> Result<Values, ImportError> {
        let data = [("w.data".to_owned(), bytes.to_vec())].into();
        decode(tensor, "w", &data, &mut 100).map(|constant| constant.values)
    }

    #[test]
    fn matches_the_part_of_the_file() {
        assert_eq!(files(tensor(|_| ())).unwrap(), ["w.data"]);
        let values = [7.0f32, 8.0, 1.0, -2.0, 3.0, 0.5];
        let bytes = values.map(f32::to_le_bytes).concat();
        let expected = lionml_tensor::Tensor::new([4], vec![1.0, -2.0, 3.0, 0.5]).unwrap();
        assert_eq!(read(&tensor(|_| ()), &bytes).unwrap(), Values::Floats(expected.clone()));
        let to_the_end = tensor(|tensor| tensor.external_data.truncate(2));
        assert_eq!(read(&to_the_end, &bytes).unwrap(), Values::Floats(expected));
        assert!(read(&to_the_end, &bytes[..20]).is_err());
    }

    #[test]
    fn rejects_parts_that_are_not_there() {
        for bytes in [0, 7, 23] {
            assert!(read(&tensor(|_| ()), &vec![0; bytes]).is_err(), "{bytes}");
        }
        assert!(decode(&tensor(|_| ()), "w", &Data::new(), &mut 100).is_err());
        for (index, value) in [(1, "-1"), (1, "x"), (2, "18446744073709551615")] {
            let tensor = tensor(|tensor| tensor.external_data[index].value = value.to_owned());
            assert!(read(&tensor, &[0; 24]).is_err(), "{value}");
        }
    }

    #[test]
    fn rejects_files_elsewhere() {
        for file in ["../w", "/etc/passwd", "", ".", "a/../../b", "a\nb"] {
            let tensor = tensor(|tensor| tensor.external_data[0].value = file.to_owned());
            let error = files(tensor).unwrap_err();
            assert!(error.to_string().contains("outside"), "{file}: {error}");
        }
    }
}
