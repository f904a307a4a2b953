//! `models.json`: what is registered under the numbers that a program names.
//!
//! # Soundness
//!
//! The file is made from audited models, but parts of it are names that somebody chose. All that is
//! copied into a program is checked here to be a number, one of Leo's types, or the name of a
//! program; names of models and of their inputs go into comments only, and through
//! [`in_comment`] only.

use std::{collections::BTreeMap, path::Path, str::FromStr as _};

use serde::Deserialize;
use snarkvm::prelude::{Program, TestnetV0};

use crate::{
    diagnostic::Failure,
    types::{Integer, MAX_ARRAY},
};

/// The elements that every public vector begins with: one, the manifest and the context.
pub(crate) const HEADER: usize = 3;
/// The bits that one field element of packed values holds.
const ELEMENT_BITS: u32 = 252;
/// The order of the field, in which public elements are written.
const ORDER: &str = "8444461749428370424248824938781546531375899335154063827935233455917409239041";

/// The registered models that a program may name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Models {
    /// The registry, from its code.
    #[serde(deserialize_with = "registry")]
    pub(crate) registry: Registry,
    /// The models by number.
    pub(crate) models: BTreeMap<String, Model>,
}

/// The registry's program.
#[derive(Debug)]
pub(crate) struct Registry {
    /// Its name.
    pub(crate) name: String,
    /// Its code in Aleo instructions.
    pub(crate) code: String,
    /// The checksum that a network computes of the code.
    pub(crate) checksum: [u8; 32],
}

/// A registered model.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Model {
    /// What it is called.
    pub(crate) name: String,
    /// The digest of the manifest, the second public element.
    pub(crate) manifest: String,
    /// The digest of the verifying key, as the registry computes it.
    pub(crate) key_digest: String,
    /// The number of public elements, padding included.
    pub(crate) publics: usize,
    /// The inputs, in order.
    pub(crate) inputs: Vec<Port>,
    /// The outputs, in order.
    pub(crate) outputs: Vec<Port>,
}

/// An input or output of a model.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Port {
    /// Its name.
    pub(crate) name: String,
    /// The type of its integers.
    #[serde(rename = "type")]
    pub(crate) integer: Integer,
    /// How many.
    pub(crate) elements: u64,
    /// What the integer one stands for.
    pub(crate) scale: String,
    /// Who sees them.
    pub(crate) visibility: Visibility,
    /// The least integer.
    #[serde(deserialize_with = "integer")]
    pub(crate) lo: i128,
    /// The greatest.
    #[serde(deserialize_with = "integer")]
    pub(crate) hi: i128,
    /// Of packed integers: the bits of each, by public element, the lowest first.
    pub(crate) packing: Option<Vec<Vec<u32>>>,
}

/// Who sees an input or output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Visibility {
    Public,
    Packed,
    Hashed,
    Private,
}

fn registry<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Registry, D::Error> {
    // Its code is the same on every network.
    let program = Program::<TestnetV0>::from_str(&String::deserialize(deserializer)?);
    let program =
        program.map_err(|error| serde::de::Error::custom(format!("registry: {error}")))?;
    Ok(Registry {
        name: program.id().to_string(),
        code: program.to_string(),
        checksum: program.to_checksum().map(|byte| *byte),
    })
}

fn integer<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i128, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

impl Models {
    /// Reads a file and refuses whatever could not be copied into a program as it is.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs_err::read_to_string(path)?;
        Self::parse(&text).map_err(|error| Failure::Usage(format!("`{}`: {error}", path.display())))
    }

    /// The same of a text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let models: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        for (number, model) in &models.models {
            let canonical = number.parse::<u32>().map(|number| number.to_string());
            if canonical.as_ref() != Ok(number) {
                return Err(format!("`{number}` is no number of a model"));
            }
            model.check().map_err(|error| format!("model {number}: {error}"))?;
        }
        Ok(models)
    }

    /// The model under a number.
    pub(crate) fn get(&self, number: u32) -> Option<&Model> {
        self.models.get(&number.to_string())
    }
}

impl Model {
    fn check(&self) -> Result<(), String> {
        for (what, value) in [("manifest", &self.manifest), ("key_digest", &self.key_digest)] {
            if !is_field(value) {
                return Err(format!("{what} `{value}` is no field element"));
            }
        }
        if !self.publics.is_power_of_two() || self.publics > MAX_ARRAY as usize {
            return Err(format!("{} public elements are no power of two to 2048", self.publics));
        }
        let mut elements = HEADER;
        for (what, ports) in [("input", &self.inputs), ("output", &self.outputs)] {
            for (index, port) in ports.iter().enumerate() {
                port.check().map_err(|error| format!("{what} {index}: {error}"))?;
                elements += port.public_elements();
            }
        }
        if elements > self.publics {
            let publics = self.publics;
            return Err(format!(
                "{elements} public elements are more than the {publics} of the key"
            ));
        }
        Ok(())
    }
}

impl Port {
    fn check(&self) -> Result<(), String> {
        let (lo, hi) = (self.lo, self.hi);
        let (least, greatest) = self.integer.bounds();
        if lo < least || hi > greatest || lo > hi {
            return Err(format!("{lo} to {hi} is no interval of `{}`", self.integer));
        }
        if !(1..=1 << 20).contains(&self.elements) {
            return Err(format!("{} elements", self.elements));
        }
        match (self.visibility, &self.packing) {
            (Visibility::Packed, Some(packing)) => {
                let width = u128::BITS - hi.wrapping_sub(lo).cast_unsigned().leading_zeros();
                let count: usize = packing.iter().map(Vec::len).sum();
                let fits = packing.iter().all(|element| {
                    element.iter().all(|bits| *bits == width)
                        && element.iter().map(|bits| u64::from(*bits)).sum::<u64>()
                            <= u64::from(ELEMENT_BITS)
                });
                if !fits || count as u64 != self.elements || packing.iter().any(Vec::is_empty) {
                    return Err(format!("packing {packing:?} is not that of {lo} to {hi}"));
                }
                Ok(())
            }
            (Visibility::Packed, None) => Err("packed without a packing".to_owned()),
            (_, Some(_)) => Err("a packing without being packed".to_owned()),
            (_, None) => Ok(()),
        }
    }

    /// The number of its public elements.
    pub(crate) fn public_elements(&self) -> usize {
        match (self.visibility, &self.packing) {
            (Visibility::Public, _) => usize::try_from(self.elements).unwrap_or(usize::MAX),
            (Visibility::Packed, Some(packing)) => packing.len(),
            (Visibility::Hashed, _) => 1,
            _ => 0,
        }
    }
}

/// Whether a text is a field element, written in the one shortest way.
fn is_field(text: &str) -> bool {
    let Some(digits) = text.strip_suffix("field") else { return false };
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    let is_short = digits == "0" || !digits.starts_with('0');
    is_number && is_short && (digits.len(), digits) < (ORDER.len(), ORDER)
}

/// A name from outside, as it may stand in a comment: nothing in it ends the comment.
pub(crate) fn in_comment(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./ ".contains(c);
    // `*/`, `/*` and `//` cannot be: no star, and one slash at a time.
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '?' }).take(64).collect();
    plain.replace("//", "/?")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(lo: i128, hi: i128, elements: u64, packing: Option<Vec<Vec<u32>>>) -> Port {
        Port {
            name: "x".to_owned(),
            integer: Integer::I16,
            elements,
            scale: "1".to_owned(),
            visibility: if packing.is_some() { Visibility::Packed } else { Visibility::Public },
            lo,
            hi,
            packing,
        }
    }

    #[test]
    fn accepts_field_elements() {
        assert!(is_field("0field"));
        assert!(is_field(
            "8444461749428370424248824938781546531375899335154063827935233455917409239040field"
        ));
    }

    #[test]
    fn rejects_what_is_no_field_element() {
        for text in [
            "",
            "field",
            "7",
            "007field",
            "-1field",
            "1_0field",
            "1field);assert(true",
            "8444461749428370424248824938781546531375899335154063827935233455917409239041field",
        ] {
            assert!(!is_field(text), "{text}");
        }
    }

    #[test]
    fn rejects_text_that_ends_a_comment() {
        assert_eq!(in_comment("a */ b\n// c"), "a ?/ b?/? c");
        assert_eq!(in_comment("digits-v1.onnx"), "digits-v1.onnx");
    }

    #[test]
    fn accepts_packings() {
        assert_eq!(port(-8, 7, 3, Some(vec![vec![4, 4], vec![4]])).check(), Ok(()));
        assert_eq!(port(0, 1, 252, Some(vec![vec![1; 252]])).check(), Ok(()));
    }

    #[test]
    fn rejects_packings_with_two_readings() {
        for (lo, hi, elements, packing) in [
            (-8, 7, 3, vec![vec![3, 4, 4]]),
            (-8, 7, 3, vec![vec![4, 4]]),
            (-8, 7, 3, vec![vec![4, 4, 4], vec![]]),
            (0, 1, 253, vec![vec![1; 253]]),
            (7, -8, 1, vec![vec![4]]),
            (0, 70_000, 1, vec![vec![17]]),
        ] {
            assert!(port(lo, hi, elements, Some(packing)).check().is_err());
        }
    }

    #[test]
    fn rejects_files() {
        let file = |registry: &str, number: &str, publics: usize| {
            format!(
                r#"{{"registry": "{registry}", "models": {{"{number}": {{"name": "m",
                "manifest": "1field", "key_digest": "2field", "publics": {publics},
                "inputs": [{{"name": "x", "type": "u8", "elements": 1, "scale": "1",
                "visibility": "hashed", "lo": "0", "hi": "255", "packing": null}}],
                "outputs": []}}}}}}"#
            )
        };
        let error = |text: &str| Models::parse(text).map(drop).unwrap_err();
        let r = r"program r.aleo;\n\nmapping m:\n    key as u8.public;\n    value as u8.public;\n";
        assert_eq!(Models::parse(&file(r, "7", 4)).unwrap().registry.name, "r.aleo");
        for text in ["", "r.aleo", "program R.aleo;", "program r.aleo;", "*/"] {
            assert!(error(&file(text, "7", 4)).contains("registry"), "{text}");
        }
        assert_eq!(error(&file(r, "07", 4)), "`07` is no number of a model");
        assert_eq!(
            error(&file(r, "7", 3)),
            "model 7: 3 public elements are no power of two to 2048"
        );
        assert_eq!(
            error(&file(r, "7", 2)),
            "model 7: 4 public elements are more than the 2 of the key"
        );
        assert!(error("{}").contains("registry"));
    }
}
