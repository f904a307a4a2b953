//! ezkl's JSON: `{"input_data": [[flat numbers], …]}`, one list for each input of the model.
//!
//! A list of such objects is a batch, or samples. Where the model has one input, the inner list
//! may be left away: `{"input_data": [flat numbers]}`. Other members, which ezkl writes beside it,
//! are not read.

use serde::Deserialize;

use crate::InputError;

/// The numbers of each input, without their shapes.
pub(super) type Flat = Vec<Vec<f64>>;

#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    One(Object),
    Many(Vec<Object>),
}

#[derive(Deserialize)]
struct Object {
    input_data: Data,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Data {
    Nested(Vec<Vec<Scalar>>),
    Flat(Vec<Scalar>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Number(f64),
    Boolean(bool),
}

/// The inputs in this text, at least one.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<Flat>, InputError> {
    // The syntax first: the error of a text that is no JSON at all names the place.
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes)
        .map_err(|error| InputError::Json { reason: error.to_string() })?;
    let file: File = serde_json::from_slice(bytes).map_err(|_| InputError::Format)?;
    let objects = match file {
        File::One(object) => vec![object],
        File::Many(objects) => objects,
    };
    if objects.is_empty() {
        return Err(InputError::Empty);
    }
    Ok(objects.into_iter().map(|object| object.input_data.into_flat()).collect())
}

impl Data {
    fn into_flat(self) -> Flat {
        let numbers = |list: Vec<Scalar>| {
            let number = |scalar| match scalar {
                Scalar::Number(number) => number,
                Scalar::Boolean(boolean) => f64::from(u8::from(boolean)),
            };
            list.into_iter().map(number).collect()
        };
        match self {
            Self::Nested(lists) => lists.into_iter().map(numbers).collect(),
            Self::Flat(list) => vec![numbers(list)],
        }
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
        for text in ["", "{", "[1,", r#"{"input_data": [[NaN]]}"#] {
            assert!(matches!(refused(text), InputError::Json { .. }), "{text}");
        }
        for text in [
            "{}",
            "7",
            "null",
            r#"{"input_data": 3}"#,
            r#"{"input_data": [1e999]}"#,
            r#"{"input_data": ["x"]}"#,
            r#"{"input_data": [[[1]]]}"#,
            r#"{"input_data": [[1], 2]}"#,
            r#"[{"input_data": [[1]]}, 3]"#,
        ] {
            assert_eq!(refused(text), InputError::Format, "{text}");
        }
        assert_eq!(refused("[]"), InputError::Empty);
        assert!(parse(&[b'['; 100_000]).is_err());
    }
}
