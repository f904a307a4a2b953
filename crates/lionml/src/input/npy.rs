//! NumPy's `.npy`: one array.
//!
//! Read here and not by a library: an array's declared size must be compared with the bytes at
//! hand before memory is taken for it.

use lionml_tensor::{Shape, ShapeError, Tensor};

use crate::{InputError, json_keys::MAX_VALUES};

/// NumPy's own limit.
const MAX_AXES: usize = 64;

const MAGIC: &[u8] = b"\x93NUMPY";

/// The array in these bytes, in row-major order.
pub(super) fn parse(bytes: &[u8]) -> Result<Tensor<f64>, InputError> {
    let malformed = |reason: &str| InputError::Npy { reason: reason.to_owned() };
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| malformed("it has no NumPy header"))?;
    let (length, rest) = match rest {
        [1, _, low, high, rest @ ..] => (usize::from(*low) | usize::from(*high) << 8, rest),
        [2 | 3, _, a, b, c, 0, rest @ ..] => {
            (usize::from(*a) | usize::from(*b) << 8 | usize::from(*c) << 16, rest)
        }
        _ => return Err(malformed("the version of its header is unknown")),
    };
    let (header, data) =
        rest.split_at_checked(length).ok_or_else(|| malformed("its header is cut off"))?;
    let header = std::str::from_utf8(header).map_err(|_| malformed("its header is no text"))?;
    let field = |name: &str| {
        let (_, after) = header.split_once(&format!("'{name}':"))?;
        Some(after.trim_start())
    };
    let descriptor = field("descr")
        .and_then(|text| text.strip_prefix('\'')?.split_once('\''))
        .map(|(descriptor, _)| descriptor)
        .ok_or_else(|| malformed("its header names no element type"))?;
    let is_fortran = field("fortran_order").is_some_and(|text| text.starts_with("True"));
    let shape = field("shape").and_then(parse_shape).ok_or_else(|| malformed("it has no shape"))?;
    // A byte can be a number of eight.
    if shape.axes().iter().fold(1, |n: usize, axis| n.saturating_mul(*axis)) > MAX_VALUES {
        return Err(InputError::TooLarge { limit: 8 * MAX_VALUES });
    }
    let values = decode(descriptor, &shape, data)?;
    if !is_fortran {
        return Ok(Tensor::new(shape, values)?);
    }
    // Column-major order is the row-major order of the reversed axes.
    let reversed = Shape::new(shape.axes().iter().rev().copied().collect::<Vec<_>>());
    Ok(Tensor::from_fn(shape.clone(), |offset| {
        let mut coordinate = shape.coordinate(offset);
        coordinate.reverse();
        values[reversed.offset(&coordinate)]
    }))
}

fn parse_shape(text: &str) -> Option<Shape> {
    let (axes, _) = text.strip_prefix('(')?.split_once(')')?;
    let axes = axes.split(',').map(str::trim).filter(|axis| !axis.is_empty());
    let axes = axes.take(MAX_AXES + 1);
    axes.map(|axis| axis.parse().ok())
        .collect::<Option<Vec<usize>>>()
        .filter(|axes| axes.len() <= MAX_AXES)
        .map(Shape::from)
}

/// The elements, of a type of numbers and as many as the shape has.
fn decode(descriptor: &str, shape: &Shape, data: &[u8]) -> Result<Vec<f64>, InputError> {
    let no_numbers = || InputError::NpyElement { descriptor: descriptor.to_owned() };
    let (order, kind) = descriptor.split_at_checked(1).ok_or_else(no_numbers)?;
    let is_big = match order {
        "<" | "|" => false,
        ">" => true,
        _ => return Err(no_numbers()),
    };
    macro_rules! elements {
        ($type:ty, $to_f64:expr) => {{
            const BYTES: usize = size_of::<$type>();
            let element = |chunk: &[u8]| {
                let mut bytes: [u8; BYTES] = chunk.try_into().ok()?;
                if is_big {
                    bytes.reverse();
                }
                Some($to_f64(<$type>::from_le_bytes(bytes)))
            };
            check_length(data, BYTES, shape)?;
            data.chunks(BYTES).filter_map(element).collect()
        }};
    }
    #[expect(clippy::cast_precision_loss, reason = "wide integers become the nearest float")]
    let values = match kind {
        "f2" => elements!(u16, half),
        "f4" => elements!(f32, f64::from),
        "f8" => elements!(f64, f64::from),
        "i1" => elements!(i8, f64::from),
        "i2" => elements!(i16, f64::from),
        "i4" => elements!(i32, f64::from),
        "i8" => elements!(i64, |v| v as f64),
        "u1" | "b1" => elements!(u8, f64::from),
        "u2" => elements!(u16, f64::from),
        "u4" => elements!(u32, f64::from),
        "u8" => elements!(u64, |v| v as f64),
        _ => return Err(no_numbers()),
    };
    Ok(values)
}

/// A float of 16 bits (IEEE 754, binary16), which every f64 format holds.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let magnitude = match exponent {
        0 => fraction * 2.0f64.powi(-24),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => (1024.0 + fraction) * 2.0f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

/// Before elements are decoded: a byte of the file can take eight in memory.
fn check_length(data: &[u8], bytes: usize, shape: &Shape) -> Result<(), InputError> {
    if !data.len().is_multiple_of(bytes) {
        let reason = "its data ends within an element".to_owned();
        return Err(InputError::Npy { reason });
    }
    let got = data.len() / bytes;
    if shape.checked_elements()? == got {
        return Ok(());
    }
    Err(ShapeError::Elements { shape: shape.clone(), got }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn npy(descriptor: &str, order: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header =
            format!("{{'descr': '{descriptor}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        [MAGIC, &[1, 0], &length, header.as_bytes(), data].concat()
    }

    #[test]
    fn matches_arrays_by_hand() {
        let tensor = parse(&npy("<f4", "False", "(2,)", &[0, 0, 128, 63, 0, 0, 0, 192])).unwrap();
        assert_eq!((tensor.shape(), tensor.data()), (&Shape::from([2]), &[1.0, -2.0][..]));
        let tensor = parse(&npy("|u1", "False", "()", &[7])).unwrap();
        assert_eq!((tensor.shape().rank(), tensor.data()), (0, &[7.0][..]));
        let tensor = parse(&npy(">i2", "False", "(1, 1)", &[255, 254])).unwrap();
        assert_eq!(tensor.data(), [-2.0]);
        let halves = [0x00, 0x3c, 0x00, 0xc1, 0x01, 0x00, 0xff, 0x7b];
        let tensor = parse(&npy("<f2", "False", "(4,)", &halves)).unwrap();
        assert_eq!(tensor.data(), [1.0, -2.5, 2.0f64.powi(-24), 65504.0]);
        let tensor = parse(&npy(">f2", "False", "(2,)", &[0xfc, 0, 0x7e, 0])).unwrap();
        assert!(tensor.data()[0] == f64::NEG_INFINITY && tensor.data()[1].is_nan());
        let columns = parse(&npy("|b1", "True", "(2, 3)", &[1, 0, 0, 1, 1, 1])).unwrap();
        assert_eq!(columns.data(), [1.0, 0.0, 1.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn rejects_every_prefix_and_extension() {
        let whole = npy("<f8", "False", "(2, 1)", &[0; 16]);
        assert!(parse(&whole).is_ok());
        for end in 0..whole.len() {
            assert!(parse(&whole[..end]).is_err(), "{end} bytes");
        }
        assert!(parse(&[&whole[..], &[0]].concat()).is_err());
        assert!(parse(&[&whole[..], &[0; 8]].concat()).is_err());
    }

    #[test]
    fn rejects_more_axes_than_numpy_has() {
        for order in ["False", "True"] {
            let of_axes =
                |count: usize| npy("|u1", order, &format!("({})", "1, ".repeat(count)), &[7]);
            assert!(parse(&of_axes(64)).is_ok());
            assert!(parse(&of_axes(65)).is_err());
            assert!(parse(&of_axes(20_000)).is_err());
        }
    }

    #[test]
    fn rejects_sizes_that_the_bytes_do_not_have() {
        for shape in ["(1000000000000, 1000000000000)", "(99999999,)", "(-1,)", "(2.5,)", "x"] {
            assert!(parse(&npy("<f4", "False", shape, &[0; 4])).is_err(), "{shape}");
        }
        for descriptor in ["<c8", "|O", "<U3", "=f4", "", "<"] {
            let refused = parse(&npy(descriptor, "False", "(1,)", &[0; 4]));
            assert!(matches!(refused, Err(InputError::NpyElement { .. })), "{descriptor}");
        }
    }
}
