//! Field elements as text: one text for each.

use lionml_r1cs::{
    Fr,
    field::{from_i128, to_i128},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::RequestError;

/// A field element whose text is the integer that it stands for: small ones with their sign, as a
/// person reads them, all others between zero and the modulus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldText(pub Fr);

impl FieldText {
    /// The text.
    pub fn text(&self) -> String {
        to_i128(&self.0).map_or_else(|| self.0.to_string(), |value| value.to_string())
    }

    /// The element with this text; only the text that [`Self::text`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let value = match text.parse::<i128>() {
            Ok(value) => from_i128(value),
            Err(_) => text.parse::<Fr>().ok()?,
        };
        Some(Self(value)).filter(|element| element.text() == text)
    }
}

impl Serialize for FieldText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for FieldText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("no canonical field element"))
    }
}

/// The context that a person writes: a decimal, with or without Leo's suffix `field`, or `0x` and
/// hexadecimal digits, most significant first.
pub(crate) fn parse_context(text: &str) -> Result<Fr, RequestError> {
    let error = || RequestError::Context { text: text.to_owned() };
    let trimmed = text.strip_suffix("field").unwrap_or(text);
    let Some(digits) = trimmed.strip_prefix("0x") else {
        let is_decimal = !trimmed.is_empty() && trimmed.bytes().all(|b| b.is_ascii_digit());
        let decimal = trimmed.trim_start_matches('0');
        let decimal = if decimal.is_empty() { "0" } else { decimal };
        return Some(decimal)
            .filter(|_| is_decimal)
            .and_then(|decimal| decimal.parse::<Fr>().ok())
            // Beyond the modulus a text would be another element than the one that is written.
            .filter(|element| element.to_string() == decimal)
            .ok_or_else(error);
    };
    if digits.is_empty() || digits.len() > 64 {
        return Err(error());
    }
    let mut bytes = [0; 32];
    let padded = format!("{digits:0>64}");
    hex::decode_to_slice(padded, &mut bytes).map_err(|_| error())?;
    bytes.reverse();
    lionml_r1cs::field::from_bytes(&bytes).ok_or_else(error)
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::field::{One, Zero};

    use super::*;

    #[test]
    fn matches_text_both_ways() {
        let large = lionml_r1cs::field::power_of_two(200);
        for element in [Fr::zero(), Fr::one(), -Fr::one(), large, -large] {
            let text = FieldText(element).text();
            assert_eq!(FieldText::parse(&text), Some(FieldText(element)), "{text}");
        }
        assert_eq!(FieldText(-Fr::one()).text(), "-1");
    }

    #[test]
    fn rejects_second_texts() {
        let modulus = (-Fr::one()).to_string();
        for text in ["", "01", "+1", "-0", " 1", "1 ", "0x1", "1field", "-", &modulus] {
            assert_eq!(FieldText::parse(text), None, "{text}");
        }
        let beyond = format!("{}0", -Fr::one());
        assert_eq!(FieldText::parse(&beyond), None);
    }

    #[test]
    fn matches_contexts_that_people_write() {
        let seven = Ok(from_i128(7));
        for text in ["7", "007", "7field", "0x7", "0x0007"] {
            assert_eq!(parse_context(text).map_err(|_| ()), seven, "{text}");
        }
        let last = parse_context(&(-Fr::one()).to_string());
        assert_eq!(last.map_err(|_| ()), Ok(-Fr::one()));
        assert_eq!(parse_context("0x0100").map_err(|_| ()), Ok(from_i128(256)));
    }

    #[test]
    fn rejects_contexts_that_are_none() {
        let beyond = format!("{}0", -Fr::one());
        let long = format!("0x{}", "f".repeat(64));
        for text in ["", "-1", "field", "0x", "0xg", "1.5", &beyond, &long, &"9".repeat(500)] {
            assert!(parse_context(text).is_err(), "{text}");
        }
    }
}
