//! Values as Leo writes them.

use std::fmt::Display;

use lionml::Fr;
pub(crate) use lionml_gadgets::native::hash_bytes;
use lionml_gadgets::native::{pack_bits, poseidon8};
use lionml_quant::IntegerType;
use lionml_r1cs::field::to_bytes;
use snarkvm_console_network::TestnetV0;
use snarkvm_console_program::{Literal, Plaintext};

use crate::Error;

/// `123field`
pub(crate) fn field(element: &Fr) -> String {
    format!("{element}field")
}

/// The element with this text.
pub(crate) fn parse_field(text: &str) -> Option<Fr> {
    let digits = text.strip_suffix("field")?;
    let element: Fr = digits.parse().ok()?;
    // Digits beyond the modulus would be another element than the one that is written.
    (element.to_string() == digits).then_some(element)
}

/// `[1u8, 2u8]`
pub(crate) fn bytes(bytes: &[u8]) -> String {
    array(bytes.iter().map(|byte| format!("{byte}u8")))
}

/// `[a, b]`
pub(crate) fn array(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(", "))
}

/// The element that an integer stands for.
pub(crate) fn from_u128(number: u128) -> Fr {
    let half =
        |bits: u128| Fr::from(u64::try_from(bits & u128::from(u64::MAX)).unwrap_or_default());
    half(number >> 64) * lionml_r1cs::field::power_of_two(64) + half(number)
}

/// The integers of a value of type `iN`, `[iN; n]` or a nesting of such arrays, flat, where `text`
/// is one.
pub(crate) fn integers(text: &str, integer_type: IntegerType) -> Option<Vec<i128>> {
    let plaintext: Plaintext<TestnetV0> = text.parse().ok()?;
    let mut flat = Vec::new();
    flatten(&plaintext, &integer_type.to_string(), &mut flat)?;
    Some(flat)
}

fn flatten(plaintext: &Plaintext<TestnetV0>, suffix: &str, flat: &mut Vec<i128>) -> Option<()> {
    match plaintext {
        Plaintext::Literal(literal, _) => {
            flat.push(literal.to_string().strip_suffix(suffix)?.parse().ok()?);
            Some(())
        }
        Plaintext::Array(items, _) => items.iter().try_for_each(|item| flatten(item, suffix, flat)),
        Plaintext::Struct(..) => None,
    }
}

/// A value of a Leo type whose arrays have these lengths, the outermost first.
pub(crate) fn shaped(values: &[i128], integer_type: IntegerType, lengths: &[usize]) -> String {
    match lengths {
        [] => values.first().map_or_else(String::new, |value| format!("{value}{integer_type}")),
        [_, inner @ ..] => {
            let size = inner.iter().product::<usize>().max(1);
            array(values.chunks(size).map(|chunk| shaped(chunk, integer_type, inner)))
        }
    }
}

/// The Leo type of that many integers: `[i16; 64]`, or `i16` for one.
pub(crate) fn leo_type(integer_type: IntegerType, elements: impl Display) -> String {
    match elements.to_string().as_str() {
        "1" => integer_type.to_string(),
        elements => format!("[{integer_type}; {elements}]"),
    }
}

/// The lengths of the arrays of a Leo type, the outermost first, and the type inside.
pub(crate) fn array_lengths(leo_type: &str) -> Option<(Vec<usize>, &str)> {
    let mut inner = leo_type.trim();
    let mut lengths = Vec::new();
    while let Some(array) = inner.strip_prefix('[') {
        let (element, length) = array.strip_suffix(']')?.rsplit_once(';')?;
        lengths.push(length.trim().trim_end_matches("u32").parse().ok()?);
        inner = element.trim();
    }
    Some((lengths, inner))
}

/// What Leo's `Poseidon8::hash_to_field_raw` gives for an array of field elements.
pub(crate) fn hash_fields(elements: &[Fr]) -> Fr {
    // A field element has 253 bits, and raw hashing cuts their concatenation at every 252nd.
    let bits: Vec<bool> = elements
        .iter()
        .flat_map(|element| {
            let bytes = to_bytes(element);
            (0..253).map(move |bit| bytes[bit / 8] >> (bit % 8) & 1 == 1)
        })
        .collect();
    poseidon8(&pack_bits(&bits))
}

/// A plaintext that a node answered with, read part by part.
pub(crate) struct Reader {
    plaintext: Plaintext<TestnetV0>,
    what: String,
}

impl Reader {
    pub(crate) fn parse(text: &str, what: &str) -> Result<Self, Error> {
        let plaintext = text
            .parse()
            .map_err(|_| Error::Answer { what: what.to_owned(), answer: shorten(text) })?;
        Ok(Self { plaintext, what: what.to_owned() })
    }

    fn error(&self, name: &str) -> Error {
        let answer = shorten(&self.plaintext.to_string());
        Error::Answer { what: format!("{}.{name}", self.what), answer }
    }

    /// A member of a struct.
    pub(crate) fn member(&self, name: &str) -> Result<Self, Error> {
        let Plaintext::Struct(members, _) = &self.plaintext else { return Err(self.error(name)) };
        let found = members.iter().find(|(member, _)| member.to_string() == name);
        let (_, plaintext) = found.ok_or_else(|| self.error(name))?;
        Ok(Self { plaintext: plaintext.clone(), what: format!("{}.{name}", self.what) })
    }

    /// The elements of an array.
    pub(crate) fn elements(&self) -> Result<Vec<Self>, Error> {
        let Plaintext::Array(items, _) = &self.plaintext else { return Err(self.error("[]")) };
        let element = |(index, item): (usize, &Plaintext<TestnetV0>)| Self {
            plaintext: item.clone(),
            what: format!("{}[{index}]", self.what),
        };
        Ok(items.iter().enumerate().map(element).collect())
    }

    fn literal(&self) -> Result<&Literal<TestnetV0>, Error> {
        match &self.plaintext {
            Plaintext::Literal(literal, _) => Ok(literal),
            _ => Err(self.error("value")),
        }
    }

    /// The text of a literal.
    pub(crate) fn text(&self) -> Result<String, Error> {
        Ok(self.literal()?.to_string())
    }

    /// An integer of this type.
    pub(crate) fn number<T: std::str::FromStr>(&self, suffix: &str) -> Result<T, Error> {
        let text = self.text()?;
        text.strip_suffix(suffix)
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| self.error(suffix))
    }

    /// A field element.
    pub(crate) fn field(&self) -> Result<Fr, Error> {
        parse_field(&self.text()?).ok_or_else(|| self.error("field"))
    }
}

/// The start of an answer, for people.
pub(crate) fn shorten(text: &str) -> String {
    const LONG: usize = 200;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONG) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::field::from_i128;
    use snarkvm_console_network::{Network as _, prelude::ToFieldsRaw};

    use super::*;

    fn virtual_machine(text: &str) -> String {
        let plaintext: Plaintext<TestnetV0> = text.parse().unwrap();
        TestnetV0::hash_psd8(&plaintext.to_fields_raw().unwrap()).unwrap().to_string()
    }

    #[test]
    fn matches_digests_of_the_virtual_machine() {
        let elements = [from_i128(-1), from_i128(5), from_i128(-(1 << 77)), from_i128(0)];
        let text = array(elements.iter().map(field));
        assert_eq!(field(&hash_fields(&elements)), virtual_machine(&text));
        let key: Vec<u8> = (0..673u32).map(|i| (i * i % 251) as u8).collect();
        assert_eq!(field(&hash_bytes(&key)), virtual_machine(&bytes(&key)));
    }

    #[test]
    fn matches_shapes_both_ways() {
        let integer: IntegerType = "i16".parse().unwrap();
        let values = [1, -2, 3, 4, -5, 6];
        let text = shaped(&values, integer, &[2, 3]);
        assert_eq!(text, "[[1i16, -2i16, 3i16], [4i16, -5i16, 6i16]]");
        assert_eq!(integers(&text, integer), Some(values.to_vec()));
        assert_eq!(shaped(&[7], integer, &[]), "7i16");
        assert_eq!(integers("7u16", integer), None);
        assert_eq!(integers("{ a: 7i16 }", integer), None);
        assert_eq!(array_lengths("[[i16; 3]; 2]"), Some((vec![2, 3], "i16")));
        assert_eq!(array_lengths("u8"), Some((vec![], "u8")));
    }

    #[test]
    fn rejects_fields_beyond_the_modulus() {
        let last = (-from_i128(1)).to_string();
        assert!(parse_field(&format!("{last}field")).is_some());
        assert!(parse_field(&format!("{last}0field")).is_none());
        assert!(parse_field("01field").is_none());
        assert!(parse_field("1").is_none());
    }
}
