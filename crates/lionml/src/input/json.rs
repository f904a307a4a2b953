//! ezkl's JSON: `{"input_data": [[flat numbers], …]}`, one list for each input of the model.
//!
//! A list of such objects is a batch, or samples. Where the model has one input, the inner list
//! may be left away: `{"input_data": [flat numbers]}`. Other members, which ezkl writes beside it,
//! are not read.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

use crate::{InputError, json_keys};

/// The numbers of each input, without their shapes.
pub(super) type Flat = Vec<Vec<f64>>;

#[derive(Deserialize)]
struct Object {
    input_data: Data,
}

/// The lists of `input_data`.
struct Data(Flat);

/// What stands in a list. An untagged enum of serde's would hold a copy of all that is in the file.
enum Item {
    Number(f64),
    List(Vec<f64>),
}

/// The inputs in this text, at least one.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<Flat>, InputError> {
    // The syntax first: the error of a text that is no JSON at all names the place.
    json_keys::check(bytes).map_err(|error| match error.line() {
        line if is_not_finite(bytes, &error) => InputError::NotFinite { line },
        _ if error.is_data() || error.to_string().starts_with("number out of range") => {
            InputError::Format { reason: error.to_string() }
        }
        _ => InputError::Json { reason: error.to_string() },
    })?;
    let objects: Result<Vec<Object>, _> = match bytes.trim_ascii_start().first() {
        Some(b'[') => serde_json::from_slice(bytes),
        _ => serde_json::from_slice(bytes).map(|object| vec![object]),
    };
    let objects = objects.map_err(|error| InputError::Format { reason: error.to_string() })?;
    if objects.is_empty() {
        return Err(InputError::Empty);
    }
    Ok(objects.into_iter().map(|object| object.input_data.0).collect())
}

/// Whether the parser stopped at what Python's `json` writes for a float that is not finite.
fn is_not_finite(bytes: &[u8], error: &serde_json::Error) -> bool {
    let Some(line) = bytes.split(|byte| *byte == b'\n').nth(error.line().saturating_sub(1)) else {
        return false;
    };
    // The column is that of the byte that does not fit: `I` of `-Infinity` as well.
    let rest = line.get(error.column().saturating_sub(1)..).unwrap_or_default();
    ["NaN", "Infinity"].iter().any(|name| rest.starts_with(name.as_bytes()))
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DataVisitor)
    }
}

struct DataVisitor;

impl<'de> Visitor<'de> for DataVisitor {
    type Value = Data;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Data, A::Error> {
        let (mut lists, mut numbers) = (Vec::new(), Vec::new());
        while let Some(item) = items.next_element()? {
            match item {
                Item::List(list) => lists.push(list),
                Item::Number(number) => numbers.push(number),
            }
        }
        match (lists.is_empty(), numbers.is_empty()) {
            (_, true) => Ok(Data(lists)),
            (true, false) => Ok(Data(vec![numbers])),
            (false, false) => Err(A::Error::custom("lists beside numbers")),
        }
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ItemVisitor)
    }
}

struct ItemVisitor;

impl<'de> Visitor<'de> for ItemVisitor {
    type Value = Item;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a list of numbers")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Item, E> {
        Ok(Item::Number(f64::from(u8::from(value))))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Item, E> {
        Ok(Item::Number(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "all numbers of a file are floats")]
    fn visit_i64<E>(self, value: i64) -> Result<Item, E> {
        Ok(Item::Number(value as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "all numbers of a file are floats")]
    fn visit_u64<E>(self, value: u64) -> Result<Item, E> {
        Ok(Item::Number(value as f64))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Item, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            match item {
                Item::Number(number) => list.push(number),
                Item::List(_) => return Err(A::Error::custom("a list in a list")),
            }
        }
        Ok(Item::List(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(text: &str) -> Vec<Flat> {
        parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn accepts_the_variants() {
        assert_eq!(flat(r#"{"input_data": [[1, 2.5], [true]]}"#), [[vec![1.0, 2.5], vec![1.0]]]);
        assert_eq!(flat(r#"{"input_data": [1, -2e1]}"#), [[vec![1.0, -20.0]]]);
        assert_eq!(flat(r#"{"input_data": [[1]], "output_data": [[3]]}"#), [[vec![1.0]]]);
        let many = r#"[{"input_data": [[1]]}, {"input_data": [[2]]}]"#;
        assert_eq!(flat(many), [[vec![1.0]], [vec![2.0]]]);
        assert_eq!(flat(r#"{"input_data": []}"#), [[] as [Vec<f64>; 0]]);
    }

    #[test]
    fn rejects_other_texts() {
        let refused = |text: &str| parse(text.as_bytes()).unwrap_err();
        for text in ["", "{", "[1,", r#"{"input_data": [[x]]}"#] {
            assert!(matches!(refused(text), InputError::Json { .. }), "{text}");
        }
        for number in ["NaN", "Infinity", "-Infinity"] {
            let text = format!("{{\"input_data\":\n[[1.0, {number}]]}}");
            assert_eq!(refused(&text), InputError::NotFinite { line: 2 }, "{number}");
        }
        for text in [
            "{}",
            "7",
            "null",
            r#"{"input_data": [[1]], "input_data": [[2]]}"#,
            r#"{"input_data": [[1]], "x": {"y": 1, "y": 2}}"#,
            r#"{"input_data": 3}"#,
            r#"{"input_data": [1e999]}"#,
            r#"{"input_data": ["x"]}"#,
            r#"{"input_data": [[[1]]]}"#,
            r#"{"input_data": [[1], 2]}"#,
            r#"[{"input_data": [[1]]}, 3]"#,
        ] {
            assert!(matches!(refused(text), InputError::Format { .. }), "{text}");
        }
        assert_eq!(refused("[]"), InputError::Empty);
        assert!(parse(&[b'['; 100_000]).is_err());
    }
}
