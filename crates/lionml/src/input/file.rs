//! A file of inputs, and how it fits a model.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Cursor, Read},
    path::Path,
};

use lionml_tensor::{Shape, Tensor};

use super::{json, npy};
use crate::{Error, InputError, files, json_keys::MAX_VALUES};

/// What a file of inputs or samples holds, before it meets a model.
///
/// | file | one set of inputs                                    | many                              |
/// |------|------------------------------------------------------|-----------------------------------|
/// | JSON | `{"input_data": [[flat numbers], …]}`                | a list of such objects            |
/// | npy  | the one input, in its shape                          | one more axis in front, the batch |
/// | npz  | an array for each input under its name; `x` or `arr_0` where the model has one | likewise |
///
/// Where an input's first axis is one, a batch may take its place.
#[derive(Clone, Debug, PartialEq)]
pub enum InputFile {
    /// The numbers of each input, for each set of inputs.
    Flat(Vec<Vec<Vec<f64>>>),
    /// Arrays with their names; one from `.npy` has none.
    Arrays(Vec<(String, Tensor<f64>)>),
}

/// The arrays of an archive may not be larger, all together, neither as bytes nor as numbers of
/// eight bytes: a small file can hold many large ones, and declared sizes are not trusted.
const MAX_ARCHIVE_BYTES: usize = 8 * MAX_VALUES;

impl InputFile {
    /// Reads a file; its first bytes say what it is.
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::parse(&files::read(path)?)
            .map_err(|source| Error::Input { path: path.to_owned(), source })
    }

    /// What these bytes hold.
    pub fn parse(bytes: &[u8]) -> Result<Self, InputError> {
        if bytes.starts_with(b"\x93NUMPY") {
            let array = npy::parse(bytes)?;
            return Ok(Self::Arrays(vec![(String::new(), array)]));
        }
        if bytes.starts_with(b"PK") {
            return Ok(Self::Arrays(archive(bytes, MAX_ARCHIVE_BYTES)?));
        }
        Ok(Self::Flat(json::parse(bytes)?))
    }

    /// The shape of what is there for each of these inputs, by name: of numbers without a shape one axis.
    pub fn shapes(&self, inputs: &[String]) -> BTreeMap<String, Vec<usize>> {
        match self {
            Self::Flat(sets) => {
                let numbers = sets.first().into_iter().flatten().map(Vec::len);
                inputs.iter().cloned().zip(numbers.map(|count| vec![count])).collect()
            }
            Self::Arrays(arrays) => {
                let shape = |input: &String| {
                    let array = find(arrays, input, inputs.len())?;
                    Some((input.clone(), array.shape().axes().to_vec()))
                };
                inputs.iter().filter_map(shape).collect()
            }
        }
    }

    /// The sets of inputs for a model with these inputs, at least one.
    pub fn bind(&self, inputs: &[(&str, &Shape)]) -> Result<Vec<Vec<Tensor<f64>>>, InputError> {
        match self {
            Self::Flat(sets) => sets
                .iter()
                .enumerate()
                .map(|(index, set)| {
                    bind_flat(set, inputs).map_err(|source| match sets.len() {
                        1 => source,
                        _ => InputError::Set { set: index, source: Box::new(source) },
                    })
                })
                .collect(),
            Self::Arrays(arrays) => bind_arrays(arrays, inputs),
        }
    }
}

fn archive(bytes: &[u8], limit: usize) -> Result<Vec<(String, Tensor<f64>)>, InputError> {
    let malformed = |error: &dyn std::fmt::Display| InputError::Npz { reason: error.to_string() };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| malformed(&e))?;
    let mut arrays = Vec::with_capacity(archive.len().min(1 << 10));
    let (mut room, mut names) = (limit, BTreeSet::new());
    // The reader keeps the last of those of one name.
    if declared_entries(bytes) != Some(archive.len()) {
        return Err(malformed(&"a name is in it twice, or more than 65,534 are"));
    }
    for index in 0..archive.len() {
        let file = archive.by_index(index).map_err(|e| malformed(&e))?;
        let whole = file.name();
        let name = whole.strip_suffix(".npy").unwrap_or(whole).to_owned();
        if !names.insert(name.clone()) {
            return Err(malformed(&format!("the array `{name}` is in it twice")));
        }
        let mut array = Vec::new();
        file.take(room as u64 + 1).read_to_end(&mut array).map_err(|e| malformed(&e))?;
        room = room.checked_sub(array.len()).ok_or(InputError::TooLarge { limit })?;
        // What is no numbers is no input: labels, for example, of which the others are found by name.
        let tensor = match npy::parse(&array) {
            Err(InputError::NpyElement { .. }) => continue,
            tensor => tensor?,
        };
        let more = size_of_val(tensor.data()).saturating_sub(array.len());
        room = room.checked_sub(more).ok_or(InputError::TooLarge { limit })?;
        arrays.push((name, tensor));
    }
    Ok(arrays)
}

/// How many files an archive says that it holds, where it is no archive of very many.
fn declared_entries(bytes: &[u8]) -> Option<usize> {
    const END: &[u8] = b"PK\x05\x06";
    let start = bytes.windows(END.len()).rposition(|window| window == END)?;
    match bytes.get(start + 10..start + 12)? {
        [0xff, 0xff] => None,
        [low, high] => Some(usize::from(*low) | usize::from(*high) << 8),
        _ => None,
    }
}

fn bind_flat(set: &[Vec<f64>], inputs: &[(&str, &Shape)]) -> Result<Vec<Tensor<f64>>, InputError> {
    if set.len() != inputs.len() {
        return Err(InputError::Count { expected: inputs.len(), got: set.len() });
    }
    let tensor = |(values, (name, shape)): (&Vec<f64>, &(&str, &Shape))| {
        let (expected, got) = (shape.elements(), values.len());
        Tensor::new((*shape).clone(), values.clone()).map_err(|_| InputError::Length {
            input: (*name).to_owned(),
            shape: (*shape).clone(),
            expected,
            got,
        })
    };
    set.iter().zip(inputs).map(tensor).collect()
}

fn bind_arrays(
    arrays: &[(String, Tensor<f64>)],
    inputs: &[(&str, &Shape)],
) -> Result<Vec<Vec<Tensor<f64>>>, InputError> {
    let mut columns = Vec::with_capacity(inputs.len());
    for (name, shape) in inputs {
        let array = find(arrays, name, inputs.len()).ok_or_else(|| InputError::Array {
            input: (*name).to_owned(),
            arrays: arrays
                .iter()
                .take(8)
                .map(|(name, _)| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", "),
        })?;
        columns.push(split_batch(name, array, shape)?);
    }
    let sets = columns.first().map_or(0, Vec::len);
    if sets == 0 || columns.iter().any(|column| column.len() != sets) {
        return Err(if sets == 0 { InputError::Empty } else { InputError::Batch });
    }
    let set = |index: usize| columns.iter().filter_map(|c| c.get(index).cloned()).collect();
    Ok((0..sets).map(set).collect())
}

/// The array of an input of so many.
fn find<'a>(
    arrays: &'a [(String, Tensor<f64>)],
    input: &str,
    inputs: usize,
) -> Option<&'a Tensor<f64>> {
    // Of `.npy`, of NumPy's `savez` without names, and of ours.
    let others = ["", "x", "arr_0"].into_iter().filter(|_| inputs == 1);
    let mut names = std::iter::once(input).chain(others);
    let found = names.find_map(|wanted| arrays.iter().find(|(name, _)| name == wanted));
    found.map(|(_, array)| array)
}

/// The tensors of one input in an array: one in its shape, or a batch of them.
fn split_batch(
    name: &str,
    array: &Tensor<f64>,
    shape: &Shape,
) -> Result<Vec<Tensor<f64>>, InputError> {
    if array.shape() == shape {
        return Ok(vec![array.clone()]);
    }
    let error = InputError::Shape {
        input: name.to_owned(),
        expected: shape.clone(),
        got: array.shape().clone(),
    };
    let Some((batch, rest)) = array.shape().axes().split_first() else { return Err(error) };
    let is_batch = rest == shape.axes() || (Some((&1, rest)) == shape.axes().split_first());
    if !is_batch || shape.elements() == 0 {
        return Err(error);
    }
    let chunks = array.data().chunks(shape.elements()).take(*batch);
    chunks.map(|chunk| Ok(Tensor::new(shape.clone(), chunk.to_vec())?)).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const HEADER: &[u8] = b"\x93NUMPY\x01\x00";

    fn npy(shape: &str, data: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}");
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        [HEADER, &length, header.as_bytes(), data].concat()
    }

    fn npz(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, array) in arrays {
            let options = zip::write::SimpleFileOptions::default();
            writer.start_file(format!("{name}.npy"), options).unwrap();
            writer.write_all(array).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn bind(bytes: &[u8], inputs: &[(&str, Shape)]) -> Result<Vec<Vec<Tensor<f64>>>, InputError> {
        let inputs: Vec<_> = inputs.iter().map(|(name, shape)| (*name, shape)).collect();
        InputFile::parse(bytes)?.bind(&inputs)
    }

    #[test]
    fn accepts_one_and_many() {
        let pair = [("a", Shape::from([1, 2]))];
        let one = bind(br#"{"input_data": [[1, 2]]}"#, &pair).unwrap();
        assert_eq!(one, bind(&npy("(1, 2)", &[1, 2]), &pair).unwrap());
        let many = bind(br#"[{"input_data": [[1, 2]]}, {"input_data": [3, 4]}]"#, &pair).unwrap();
        for shape in ["(2, 2)", "(2, 1, 2)"] {
            assert_eq!(many, bind(&npy(shape, &[1, 2, 3, 4]), &pair).unwrap());
        }
        let archive = npz(&[("y", npy("(1,)", &[9])), ("x", npy("(2, 2)", &[1, 2, 3, 4]))]);
        assert_eq!(many, bind(&archive, &pair).unwrap());
        let two = [("a", Shape::from([1])), ("b", Shape::scalar())];
        let archive = npz(&[("b", npy("()", &[7])), ("a", npy("(1,)", &[6]))]);
        assert_eq!(
            bind(&archive, &two).unwrap(),
            bind(br#"{"input_data": [[6], [7]]}"#, &two).unwrap()
        );
    }

    #[test]
    fn rejects_what_does_not_fit() {
        let pair = [("a", Shape::from([1, 2]))];
        let length = bind(br#"{"input_data": [[1, 2, 3]]}"#, &pair);
        assert!(matches!(length, Err(InputError::Length { expected: 2, got: 3, .. })));
        let count = bind(br#"{"input_data": [[1, 2], [3]]}"#, &pair);
        assert_eq!(count, Err(InputError::Count { expected: 1, got: 2 }));
        for (shape, data) in [("(3,)", &[1, 2, 3][..]), ("(2, 1)", &[1, 2]), ("()", &[1])] {
            let refused = bind(&npy(shape, data), &pair);
            assert!(matches!(refused, Err(InputError::Shape { .. })), "{shape}");
        }
        assert_eq!(bind(&npy("(0, 2)", &[]), &pair), Err(InputError::Empty));
        let two = [("a", Shape::from([1])), ("b", Shape::from([1]))];
        let missing = bind(&npz(&[("a", npy("(1,)", &[6]))]), &two);
        let (input, arrays) = ("b".to_owned(), "`a`".to_owned());
        assert_eq!(missing, Err(InputError::Array { input, arrays }));
        // Labels are no inputs, whatever else is missing.
        let labels = bind(&npz(&[("y", npy("(1, 2)", &[6, 7]))]), &pair);
        assert!(matches!(labels, Err(InputError::Array { .. })));
        let many = bind(br#"[{"input_data": [[1, 2]]}, {"input_data": [[3]]}]"#, &pair);
        assert!(matches!(many, Err(InputError::Set { set: 1, .. })));
        let uneven = npz(&[("a", npy("(2, 1)", &[1, 2])), ("b", npy("(1,)", &[3]))]);
        assert_eq!(bind(&uneven, &two), Err(InputError::Batch));
    }

    #[test]
    fn rejects_archives_that_unpack_to_more_than_memory_should_hold() {
        // 1,000 zeros take 8,000 bytes as numbers, and next to nothing in the archive.
        let zeros = || npy("(1000,)", &[0; 1000]);
        let bytes = npz(&[("a", zeros()), ("b", zeros())]);
        assert!(bytes.len() < 500);
        assert_eq!(archive(&bytes, 16_000).unwrap().len(), 2);
        for limit in [15_999, 8_999, 8_000, 7_999, 1_000, 0] {
            assert_eq!(archive(&bytes, limit), Err(InputError::TooLarge { limit }));
        }
    }

    #[test]
    fn rejects_arrays_of_one_name() {
        let mut twice = npz(&[("x", npy("(2,)", &[1, 2])), ("y", npy("(2,)", &[3, 4]))]);
        for place in 0..twice.len() - 5 {
            if &twice[place..place + 5] == b"y.npy" {
                twice[place] = b'x';
            }
        }
        let Err(InputError::Npz { reason }) = InputFile::parse(&twice) else { panic!() };
        assert!(reason.starts_with("a name is in it twice"), "{reason}");
    }

    #[test]
    fn rejects_broken_archives() {
        let whole = npz(&[("x", npy("(2,)", &[1, 2]))]);
        for end in 2..whole.len() {
            assert!(matches!(InputFile::parse(&whole[..end]), Err(InputError::Npz { .. })));
        }
        for place in 0..whole.len() {
            let mut broken = whole.clone();
            broken[place] ^= 0x55;
            let _ = InputFile::parse(&broken);
        }
    }
}
