//! ONNX's types of elements.

use std::fmt;

use lionml_graph::Element;

/// The type of a tensor's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    /// Floats, rounded to this format.
    Float(Precision),
    /// Integers.
    Integer { signed: bool, bits: u32 },
    /// Truth values.
    Boolean,
}

/// A format of floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precision {
    Single,
    Double,
    Half,
    Brain,
}

pub(crate) const FLOAT: Type = Type::Float(Precision::Single);
pub(crate) const DOUBLE: Type = Type::Float(Precision::Double);
pub(crate) const INT64: Type = Type::Integer { signed: true, bits: 64 };

/// The number of ONNX's type of texts.
pub(crate) const TEXT: i32 = 8;

/// ONNX's names, by number.
const NAMES: [&str; 27] = [
    "undefined",
    "float",
    "uint8",
    "int8",
    "uint16",
    "int16",
    "int32",
    "int64",
    "string",
    "bool",
    "float16",
    "double",
    "uint32",
    "uint64",
    "complex64",
    "complex128",
    "bfloat16",
    "float8e4m3fn",
    "float8e4m3fnuz",
    "float8e5m2",
    "float8e5m2fnuz",
    "uint4",
    "int4",
    "float4e2m1",
    "float8e8m0",
    "uint2",
    "int2",
];

/// ONNX's name of a number of its list of types.
pub(crate) fn name_of(number: i32) -> String {
    let name = usize::try_from(number).ok().and_then(|number| NAMES.get(number));
    name.map_or_else(|| format!("number {number}"), |name| (*name).to_owned())
}

impl Type {
    /// The type with this number in ONNX's list; none where LionML has no element for it.
    pub(crate) fn of_number(number: i32) -> Option<Self> {
        let integer = |signed, bits| Some(Self::Integer { signed, bits });
        match number {
            1 => Some(FLOAT),
            2 => integer(false, 8),
            3 => integer(true, 8),
            4 => integer(false, 16),
            5 => integer(true, 16),
            6 => integer(true, 32),
            7 => integer(true, 64),
            9 => Some(Self::Boolean),
            10 => Some(Self::Float(Precision::Half)),
            11 => Some(Self::Float(Precision::Double)),
            12 => integer(false, 32),
            13 => integer(false, 64),
            16 => Some(Self::Float(Precision::Brain)),
            21 => integer(false, 4),
            22 => integer(true, 4),
            25 => integer(false, 2),
            26 => integer(true, 2),
            _ => None,
        }
    }

    pub(crate) fn is_float(self) -> bool {
        matches!(self, Self::Float(_))
    }

    /// The element of a model that stands for it.
    pub(crate) fn element(self) -> Element {
        match self {
            Self::Float(_) => Element::Float,
            Self::Integer { signed, bits } => Element::Integer { signed, bits },
            Self::Boolean => Element::Boolean,
        }
    }

    /// The least and the largest integer; none for floats.
    pub(crate) fn integers(self) -> Option<(i128, i128)> {
        match self {
            Self::Float(_) => None,
            Self::Integer { signed: true, bits } => {
                let half = 1i128 << bits.saturating_sub(1).min(126);
                Some((-half, half - 1))
            }
            Self::Integer { signed: false, bits } => Some((0, (1i128 << bits.min(126)) - 1)),
            Self::Boolean => Some((0, 1)),
        }
    }

    /// A float as the type holds it.
    pub(crate) fn rounded(self, value: f64) -> f64 {
        match self {
            Self::Float(Precision::Single) => f64::from(as_f32(value)),
            Self::Float(Precision::Half) => rounded_to(value, 11, -14, 15),
            Self::Float(Precision::Brain) => rounded_to(value, 8, -126, 127),
            _ => value,
        }
    }

    /// An integer as the nearest float of 64 bits.
    pub(crate) fn nearest_double(value: i128) -> f64 {
        Self::Float(Precision::Double).nearest(value)
    }

    /// An integer as the type of floats holds it.
    pub(crate) fn nearest(self, value: i128) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "the nearest float is asked for")]
        match self {
            Self::Float(Precision::Single) => f64::from(value as f32),
            _ => self.rounded(value as f64),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the nearest float of 32 bits is asked for")]
fn as_f32(value: f64) -> f32 {
    value as f32
}

/// A float rounded to `digits` significant bits, to even, where exponents reach from `low` to `high`.
fn rounded_to(value: f64, digits: i32, low: i32, high: i32) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let exponent = libm::ilogb(value).max(low);
    let shift = digits - 1 - exponent;
    let rounded = libm::ldexp(libm::rint(libm::ldexp(value, shift)), -shift);
    match rounded.abs() >= libm::ldexp(1.0, high + 1) {
        true => f64::INFINITY.copysign(value),
        false => rounded,
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Float(Precision::Single) => "float",
            Self::Float(Precision::Double) => "double",
            Self::Float(Precision::Half) => "float16",
            Self::Float(Precision::Brain) => "bfloat16",
            Self::Integer { signed, bits } => {
                return write!(f, "{}int{bits}", if *signed { "" } else { "u" });
            }
            Self::Boolean => "bool",
        };
        f.write_str(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_roundings_by_hand() {
        let half = Type::Float(Precision::Half);
        for (value, expected) in [
            (1.0, 1.0),
            (1.0 + f64::powi(2.0, -11), 1.0),
            (1.0 + 3.0 * f64::powi(2.0, -11), 1.0 + f64::powi(2.0, -9)),
            (65504.0, 65504.0),
            (65520.0, f64::INFINITY),
            (f64::powi(2.0, -25), 0.0),
            (-f64::powi(2.0, -24), -f64::powi(2.0, -24)),
        ] {
            assert_eq!(half.rounded(value), expected, "{value}");
        }
        let brain = Type::Float(Precision::Brain);
        assert_eq!(brain.rounded(1.0 + f64::powi(2.0, -8)), 1.0);
        assert_eq!(brain.rounded(3.4e38), f64::INFINITY);
        assert_eq!(FLOAT.rounded(0.1), f64::from(0.1f32));
        assert_eq!(FLOAT.nearest((1 << 24) + 1), 16_777_216.0);
    }

    #[test]
    fn matches_names_and_numbers() {
        for number in 0..30 {
            if let Some(kind) = Type::of_number(number) {
                assert_eq!(kind.to_string(), name_of(number));
            }
        }
        assert_eq!(name_of(99), "number 99");
    }
}
