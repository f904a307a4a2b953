//! Values as Leo writes them.

use std::fmt::Display;

use lionml::Fr;
pub(crate) use lionml_gadgets::native::hash_bytes;
use lionml_gadgets::native::{pack_bits, poseidon8};
use lionml_quant::IntegerType;
use lionml_r1cs::field::to_bytes;
use snarkvm_console_network::TestnetV0;
use snarkvm_console_program::{Literal, Plaintext, Value};

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

/// Whether a text is a value of this type of Leo. Of structs and records no more is known here than
/// that it is some value: Leo compares them.
pub(crate) fn is_value(text: &str, leo_type: &str) -> bool {
    const LITERALS: [&str; 16] = [
        "bool",
        "address",
        "field",
        "group",
        "scalar",
        "signature",
        "i8",
        "i16",
        "i32",
        "i64",
        "i128",
        "u8",
        "u16",
        "u32",
        "u64",
        "u128",
    ];
    if !is_reduced(text) {
        return false;
    }
    match array_lengths(leo_type) {
        Some((lengths, inner)) if LITERALS.contains(&inner) => {
            let inner = if inner == "bool" { "boolean" } else { inner };
            text.parse().is_ok_and(|plaintext| has_shape(&plaintext, &lengths, inner))
        }
        _ => text.parse::<Value<TestnetV0>>().is_ok(),
    }
}

fn has_shape(plaintext: &Plaintext<TestnetV0>, lengths: &[usize], literal_type: &str) -> bool {
    match (plaintext, lengths) {
        (Plaintext::Literal(literal, _), []) => literal.to_type().to_string() == literal_type,
        (Plaintext::Array(items, _), [length, inner @ ..]) => {
            items.len() == *length && items.iter().all(|item| has_shape(item, inner, literal_type))
        }
        _ => false,
    }
}

/// Whether all field elements, group elements and scalars in a text are written as what they are.
/// Leo and snarkVM reduce those beyond the modulus, without a word, to others.
pub(crate) fn is_reduced(text: &str) -> bool {
    let is_of_literals = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let wraps = |word: &&str| ["field", "group", "scalar"].iter().any(|s| word.ends_with(s));
    let is_number = |word: &&str| word.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    text.split(|c| !is_of_literals(c)).filter(is_number).filter(wraps).all(|word| {
        let plain = word.replace('_', "");
        plain.parse::<Literal<TestnetV0>>().is_ok_and(|literal| literal.to_string() == plain)
    })
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
        let error = || Error::Answer { what: what.to_owned(), answer: shorten(text) };
        let plaintext: Plaintext<TestnetV0> = text.parse().map_err(|_| error())?;
        // A value has one text. snarkVM reads others too, and makes of a number beyond the modulus
        // another number, which is then compared and shown in its place.
        if !text.split_whitespace().flat_map(str::chars).eq(unspaced(&plaintext)) {
            return Err(error());
        }
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

    /// The text of a literal. Of a literal of text, which can be anything, it is no answer.
    fn text(&self) -> Result<String, Error> {
        match self.literal()? {
            Literal::String(_) => Err(self.error("value")),
            literal => Ok(literal.to_string()),
        }
    }

    /// An address.
    pub(crate) fn address(&self) -> Result<String, Error> {
        match self.literal()? {
            Literal::Address(address) => Ok(address.to_string()),
            _ => Err(self.error("address")),
        }
    }

    /// Whether it is true.
    pub(crate) fn boolean(&self) -> Result<bool, Error> {
        match self.text()?.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(self.error("boolean")),
        }
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

/// The characters of a value's text without spaces.
fn unspaced(plaintext: &Plaintext<TestnetV0>) -> impl Iterator<Item = char> + use<> {
    plaintext.to_string().chars().filter(|c| !c.is_whitespace()).collect::<Vec<_>>().into_iter()
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

    /// The modulus itself is zero to snarkVM.
    const MODULUS: &str =
        "8444461749428370424248824938781546531375899335154063827935233455917409239041";

    #[test]
    fn rejects_answers_with_a_second_text() {
        let read = |text: &str| Reader::parse(text, "it");
        assert!(read("{\n  a: 1field,\n  b: [\n    1u8, 2u8 ]\n}").is_ok());
        for text in [
            format!("{MODULUS}field"),
            format!("{{ manifest: {MODULUS}field }}"),
            format!("{MODULUS}scalar"),
            "01field".to_owned(),
            "-1field".to_owned(),
            "1_0u8".to_owned(),
            "1u8 // a remark".to_owned(),
        ] {
            assert!(matches!(read(&text), Err(Error::Answer { .. })), "{text}");
        }
    }

    #[test]
    fn rejects_texts_in_place_of_addresses_and_numbers() {
        let text = Reader::parse("\"aleo1\"", "it").unwrap();
        assert!(text.address().is_err() && text.text().is_err() && text.boolean().is_err());
        assert!(Reader::parse("\"aleo1 \u{202e}\"", "it").is_err());
        let number = Reader::parse("1u8", "it").unwrap();
        assert!(number.address().is_err() && number.boolean().is_err());
        assert!(number.number::<u8>("u8").is_ok());
    }

    #[test]
    fn matches_values_with_their_types() {
        for (text, leo_type) in [
            ("1u8", "u8"),
            ("1_000u64", "u64"),
            ("true", "bool"),
            ("7field", "field"),
            ("[[1i16, -2i16], [3i16, 4i16]]", "[[i16; 2]; 2]"),
            ("{ a: 1u8 }", "Figures"),
        ] {
            assert!(is_value(text, leo_type), "{text}");
        }
        for (text, leo_type) in [
            ("1u16", "u8"),
            ("1u8 2u8", "u8"),
            ("[1u8]", "u8"),
            ("1u8", "[u8; 1]"),
            ("[1u8, 2u8]", "[u8; 3]"),
            ("[1u8, 2u16]", "[u8; 2]"),
            ("", "u8"),
            ("nothing at all", "Figures"),
            (&format!("{MODULUS}field"), "field"),
            (&format!("{{ a: {MODULUS}field }}"), "Figures"),
            ("-1field", "field"),
        ] {
            assert!(!is_value(text, leo_type), "{text}");
        }
    }
}
