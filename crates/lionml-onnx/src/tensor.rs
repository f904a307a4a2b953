//! Constants of a file: from its bytes to numbers.

use std::collections::BTreeMap;

use lionml_tensor::{Shape, Tensor};

use crate::{
    ImportError,
    element::{Precision, TEXT, Type, name_of},
    external::Part,
    proto::TensorProto,
    value::{Constant, Values},
};

/// The contents of the files that hold constants, by name.
pub(crate) type Data = BTreeMap<String, Vec<u8>>;

/// Reads a constant; its data must fill its shape. `room` is for the elements that constants of the file
/// may still have.
pub(crate) fn decode(
    tensor: &TensorProto,
    name: &str,
    data: &Data,
    room: &mut usize,
) -> Result<Constant, ImportError> {
    let error = |reason: String| ImportError::Constant { tensor: name.to_owned(), reason };
    let axes: Vec<usize> = tensor
        .dims
        .iter()
        .map(|&d| usize::try_from(d).map_err(|_| error(format!("the dimension `{d}`"))))
        .collect::<Result<_, _>>()?;
    let shape = Shape::new(axes);
    let too_large = |source| ImportError::TooLarge { tensor: name.to_owned(), source };
    let elements = shape.checked_elements().map_err(too_large)?;
    *room = room.checked_sub(elements).ok_or_else(|| ImportError::TooMuch {
        place: name.to_owned(),
        reason: format!(
            "all constants up to this one have more than `{}` elements",
            crate::node::MAX_ELEMENTS
        ),
    })?;
    let Some(kind) = Type::of_number(tensor.data_type) else {
        let got = name_of(tensor.data_type);
        return Err(match tensor.data_type {
            TEXT => ImportError::ElementType { tensor: name.to_owned(), got },
            _ => error(format!("elements of type {got}")),
        });
    };
    let part = Part::of(tensor, name)?;
    let raw = match &part {
        Some(part) => part.slice(data, name)?,
        None => &tensor.raw_data,
    };
    let is_raw = part.is_some() || !raw.is_empty();
    let values = match kind {
        Type::Float(precision) => {
            let floats =
                if is_raw { raw_floats(raw, precision) } else { listed_floats(tensor, precision) };
            Values::Floats(filled(shape, floats.map_err(error)?).map_err(error)?)
        }
        _ => {
            let integers = if is_raw {
                raw_integers(raw, kind, elements)
            } else {
                listed_integers(tensor, kind, elements)
            };
            let integers = integers.map_err(error)?;
            let (low, high) = kind.integers().unwrap_or_default();
            if let Some(value) = integers.iter().find(|v| !(low..=high).contains(*v)) {
                return Err(error(format!("the element `{value}` is not of its type")));
            }
            Values::Integers(filled(shape, integers).map_err(error)?)
        }
    };
    Ok(Constant { name: name.to_owned(), kind, values })
}

fn filled<T>(shape: Shape, elements: Vec<T>) -> Result<Tensor<T>, String> {
    let (got, expected) = (elements.len(), shape.elements());
    Tensor::new(shape, elements).map_err(|_| format!("`{got}` elements in a shape of `{expected}`"))
}

/// The elements of so many bytes each.
fn chunks<const N: usize>(raw: &[u8]) -> Result<impl Iterator<Item = [u8; N]> + '_, String> {
    let (chunks, rest) = raw.as_chunks::<N>();
    match rest.is_empty() {
        true => Ok(chunks.iter().copied()),
        false => Err(format!("`{}` bytes of elements of `{N}`", raw.len())),
    }
}

fn raw_floats(raw: &[u8], precision: Precision) -> Result<Vec<f64>, String> {
    Ok(match precision {
        Precision::Single => chunks(raw)?.map(|b| f64::from(f32::from_le_bytes(b))).collect(),
        Precision::Double => chunks(raw)?.map(f64::from_le_bytes).collect(),
        Precision::Half => chunks(raw)?.map(|b| half(u16::from_le_bytes(b))).collect(),
        Precision::Brain => chunks(raw)?.map(|b| brain(u16::from_le_bytes(b))).collect(),
    })
}

fn listed_floats(tensor: &TensorProto, precision: Precision) -> Result<Vec<f64>, String> {
    let bits = |of: fn(u16) -> f64| {
        let bits = tensor.int32_data.iter().map(|&bits| u16::try_from(bits).map(of));
        bits.collect::<Result<_, _>>().map_err(|_| "an element of more than 16 bits".to_owned())
    };
    match precision {
        Precision::Single => Ok(tensor.float_data.iter().copied().map(f64::from).collect()),
        Precision::Double => Ok(tensor.double_data.clone()),
        Precision::Half => bits(half),
        Precision::Brain => bits(brain),
    }
}

/// A float of 16 bits, five of them of the exponent.
fn half(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff);
    let magnitude = match i32::from(bits >> 10 & 0x1f) {
        0 => libm::ldexp(fraction, -24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => libm::ldexp(fraction + 1024.0, exponent - 25),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

/// The upper half of a float of 32 bits.
fn brain(bits: u16) -> f64 {
    f64::from(f32::from_bits(u32::from(bits) << 16))
}

fn raw_integers(raw: &[u8], kind: Type, elements: usize) -> Result<Vec<i128>, String> {
    let Type::Integer { signed, bits } = kind else {
        return Ok(raw.iter().copied().map(i128::from).collect());
    };
    Ok(match (signed, bits) {
        (true, 8) => chunks(raw)?.map(|b| i8::from_le_bytes(b).into()).collect(),
        (false, 8) => raw.iter().copied().map(i128::from).collect(),
        (true, 16) => chunks(raw)?.map(|b| i16::from_le_bytes(b).into()).collect(),
        (false, 16) => chunks(raw)?.map(|b| u16::from_le_bytes(b).into()).collect(),
        (true, 32) => chunks(raw)?.map(|b| i32::from_le_bytes(b).into()).collect(),
        (false, 32) => chunks(raw)?.map(|b| u32::from_le_bytes(b).into()).collect(),
        (true, 64) => chunks(raw)?.map(|b| i64::from_le_bytes(b).into()).collect(),
        (false, 64) => chunks(raw)?.map(|b| u64::from_le_bytes(b).into()).collect(),
        _ => packed(raw.iter().copied(), signed, bits, elements)?,
    })
}

fn listed_integers(tensor: &TensorProto, kind: Type, elements: usize) -> Result<Vec<i128>, String> {
    let narrow = || tensor.int32_data.iter().copied();
    Ok(match kind {
        Type::Integer { signed: true, bits: 64 } => {
            tensor.int64_data.iter().copied().map(i128::from).collect()
        }
        Type::Integer { signed: false, bits: 32 | 64 } => {
            tensor.uint64_data.iter().copied().map(i128::from).collect()
        }
        Type::Integer { signed, bits: bits @ 0..8 } => {
            let bytes = narrow().map(u8::try_from).collect::<Result<Vec<_>, _>>();
            let bytes = bytes.map_err(|_| "packed elements of more than 8 bits".to_owned())?;
            packed(bytes.into_iter(), signed, bits, elements)?
        }
        _ => narrow().map(i128::from).collect(),
    })
}

/// Elements of fewer than eight bits, several a byte, the first in the lowest bits.
fn packed(
    bytes: impl ExactSizeIterator<Item = u8>,
    signed: bool,
    bits: u32,
    elements: usize,
) -> Result<Vec<i128>, String> {
    let each = usize::try_from(8 / bits.max(1)).unwrap_or(1);
    if bytes.len() != elements.div_ceil(each) {
        return Err(format!("`{}` bytes of `{elements}` elements of `{bits}` bits", bytes.len()));
    }
    let modulus = 1i128 << bits;
    let unpacked = bytes.flat_map(|byte| {
        (0..each).map(move |index| {
            let value = (i128::from(byte) >> (index * (8 / each))) % modulus;
            if signed && value >= modulus / 2 { value - modulus } else { value }
        })
    });
    Ok(unpacked.take(elements).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data_type: i32, elements: i64, raw: &[u8]) -> Result<Values, ImportError> {
        let tensor = TensorProto {
            dims: vec![elements],
            data_type,
            raw_data: raw.to_vec(),
            ..TensorProto::default()
        };
        decode(&tensor, "c", &Data::new(), &mut 100).map(|constant| constant.values)
    }

    fn integers(values: &[i128]) -> Values {
        Values::Integers(Tensor::new([values.len()], values.to_vec()).unwrap())
    }

    fn floats(values: &[f64]) -> Values {
        Values::Floats(Tensor::new([values.len()], values.to_vec()).unwrap())
    }

    #[test]
    fn matches_bytes_of_each_type() {
        let ends = [(2, 1), (3, 1), (4, 2), (5, 2), (6, 4), (7, 8), (12, 4), (13, 8)];
        for (number, bytes) in ends {
            let kind = Type::of_number(number).unwrap();
            let (low, high) = kind.integers().unwrap();
            let raw = [low, high, 1].map(|value| value.to_le_bytes()[..bytes].to_vec()).concat();
            assert_eq!(read(number, 3, &raw).unwrap(), integers(&[low, high, 1]), "{kind}");
        }
        assert_eq!(read(21, 3, &[0x81, 0x0f]).unwrap(), integers(&[1, 8, 15]));
        assert_eq!(read(22, 3, &[0x81, 0x0f]).unwrap(), integers(&[1, -8, -1]));
        assert_eq!(read(25, 5, &[0b1110_0100, 0b10]).unwrap(), integers(&[0, 1, 2, 3, 2]));
        assert_eq!(read(26, 5, &[0b1110_0100, 0b10]).unwrap(), integers(&[0, 1, -2, -1, -2]));
        assert_eq!(read(9, 2, &[0, 1]).unwrap(), integers(&[0, 1]));
        let halves = [0x3c00u16, 0xc000, 0x0001, 0x7bff, 0x7c00].map(u16::to_le_bytes).concat();
        let expected = floats(&[1.0, -2.0, f64::powi(2.0, -24), 65504.0, f64::INFINITY]);
        assert_eq!(read(10, 5, &halves).unwrap(), expected);
        let brains = [0x3f80u16, 0xc000].map(u16::to_le_bytes).concat();
        assert_eq!(read(16, 2, &brains).unwrap(), floats(&[1.0, -2.0]));
        assert_eq!(read(11, 1, &0.1f64.to_le_bytes()).unwrap(), floats(&[0.1]));
    }

    #[test]
    fn rejects_data_that_does_not_fit() {
        for (number, elements, raw, expected) in [
            (1, 1, &[0; 3][..], "`3` bytes of elements of `4`"),
            (1, 2, &[0; 4], "`1` elements in a shape of `2`"),
            (9, 1, &[2], "the element `2` is not of its type"),
            (21, 3, &[0], "`1` bytes of `3` elements of `4` bits"),
            (17, 1, &[0], "elements of type float8e4m3fn"),
            (14, 1, &[0; 8], "elements of type complex64"),
        ] {
            let error = read(number, elements, raw).unwrap_err();
            assert_eq!(error.to_string(), format!("constant `c`: {expected}"));
        }
        assert!(matches!(read(1, 101, &[]), Err(ImportError::TooMuch { .. })));
    }

    #[test]
    fn rejects_listed_elements_beyond_their_type() {
        let list = |data_type, int32: &[i32], uint64: &[u64]| {
            let tensor = TensorProto {
                dims: vec![1],
                data_type,
                int32_data: int32.to_vec(),
                uint64_data: uint64.to_vec(),
                ..TensorProto::default()
            };
            decode(&tensor, "c", &Data::new(), &mut 100)
        };
        for (data_type, value) in [(2, 256), (3, -129), (4, 65_536), (5, 32_768), (9, 2), (10, -1)]
        {
            assert!(list(data_type, &[value], &[]).is_err(), "{data_type}");
            assert!(list(data_type, &[1], &[]).is_ok(), "{data_type}");
        }
        assert!(list(12, &[], &[1 << 32]).is_err());
        assert!(list(12, &[], &[(1 << 32) - 1]).is_ok());
    }
}
