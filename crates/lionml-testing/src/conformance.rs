//! The ONNX standard's own node cases, as `lionml-onnx/conformance/generate.py` writes them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use lionml_tensor::Tensor;
use serde::Deserialize;

/// The version of the `onnx` package whose cases are run.
pub const ONNX_VERSION: &str = "1.23.2";

/// The cases in a folder.
#[derive(Debug)]
pub struct Suite {
    folder: PathBuf,
    index: Index,
}

#[derive(Debug, Deserialize)]
struct Index {
    onnx: String,
    known: usize,
    cases: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    name: String,
    skip: Option<String>,
    #[serde(default)]
    inputs: Vec<Port>,
    #[serde(default)]
    outputs: Vec<Port>,
}

#[derive(Debug, Deserialize)]
struct Port {
    name: String,
    element: String,
    shape: Vec<usize>,
    file: String,
    #[serde(default)]
    bind: bool,
}

/// A case: a model and what it must return.
#[derive(Clone, Debug)]
pub struct Case {
    /// The name.
    pub name: String,
    /// The ONNX file.
    pub model: Vec<u8>,
    /// The inputs.
    pub inputs: Vec<Value>,
    /// The outputs.
    pub outputs: Vec<Value>,
}

/// An input or output of a case.
#[derive(Clone, Debug)]
pub struct Value {
    /// The name.
    pub name: String,
    /// The element type, as ONNX calls it.
    pub element: String,
    /// Whether it is a shape or a limit, to be bound as a constant.
    pub bind: bool,
    /// The value.
    pub tensor: Tensor<f64>,
}

/// Where `cargo xtask test` keeps what it installs, unless `LIONML_CACHE` says otherwise.
#[expect(clippy::disallowed_methods, reason = "the place of a cache changes no circuit")]
pub(crate) fn cache() -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    let parent = || std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
    let own = std::env::var_os("LIONML_CACHE").map(PathBuf::from);
    own.unwrap_or_else(|| parent().unwrap_or_default().join("lionml"))
}

impl Suite {
    /// The suite in the folder that `LIONML_CONFORMANCE` names, or else in the cache. Where there is
    /// none its tests fail: one that is left out shows nothing.
    #[expect(clippy::disallowed_methods, reason = "where the cases lie changes no circuit")]
    pub fn find() -> Self {
        if let Some(folder) = std::env::var_os("LIONML_CONFORMANCE") {
            return Self::open(Path::new(&folder));
        }
        let folder = cache().join(format!("conformance-{ONNX_VERSION}"));
        let is_there = folder.join("index.json").exists();
        assert!(
            is_there,
            "no cases of the ONNX standard: run `cargo xtask test`, which writes them"
        );
        Self::open(&folder)
    }

    /// The suite in a folder.
    pub fn open(folder: &Path) -> Self {
        let text = fs_err::read_to_string(folder.join("index.json")).expect("an index of cases");
        let index: Index = serde_json::from_str(&text).expect("an index of cases");
        assert_eq!(index.onnx, ONNX_VERSION, "cases of another version of the standard");
        Self { folder: folder.to_owned(), index }
    }

    /// How many cases the standard has, and how many of them are of the ops that are imported.
    pub fn counts(&self) -> (usize, usize) {
        (self.index.known, self.index.cases.len())
    }

    /// The names of all cases, each with the rule by which it is out of scope, if one is.
    pub fn names(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.index.cases.iter().map(|entry| (entry.name.as_str(), entry.skip.as_deref()))
    }

    /// The cases that are in scope.
    pub fn cases(&self) -> impl Iterator<Item = Case> {
        self.index.cases.iter().filter(|entry| entry.skip.is_none()).map(|entry| {
            let folder = self.folder.join(&entry.name);
            let read = |port: &Port| {
                let bytes = fs_err::read(folder.join(&port.file)).expect("a tensor of a case");
                let floats = bytes.chunks_exact(8);
                let data = floats.map(|b| f64::from_le_bytes(b.try_into().expect("8 bytes")));
                Value {
                    name: port.name.clone(),
                    element: port.element.clone(),
                    bind: port.bind,
                    tensor: Tensor::new(port.shape.clone(), data.collect()).expect("a full tensor"),
                }
            };
            Case {
                name: entry.name.clone(),
                model: fs_err::read(folder.join("model.onnx")).expect("a model of a case"),
                inputs: entry.inputs.iter().map(read).collect(),
                outputs: entry.outputs.iter().map(read).collect(),
            }
        })
    }
}

impl Case {
    /// The shapes of the inputs, by name.
    pub fn shapes(&self) -> BTreeMap<String, Vec<usize>> {
        let shape = |input: &Value| (input.name.clone(), input.tensor.shape().axes().to_vec());
        self.inputs.iter().map(shape).collect()
    }

    /// The inputs that are no shapes or limits.
    pub fn free_inputs(&self) -> Vec<Tensor<f64>> {
        self.inputs.iter().filter(|i| !i.bind).map(|i| i.tensor.clone()).collect()
    }
}

/// Cases that need not pass: a pattern and a reason a line; `*` stands for any characters.
#[derive(Clone, Debug)]
pub struct Exceptions<'a>(Vec<(&'a str, &'a str)>);

/// How a reason begins where floats must pass and a proof must be refused.
const REFUSED: &str = "refused: ";

/// The list of exceptions may not be longer.
const MAX_EXCEPTIONS: usize = 40;

impl<'a> Exceptions<'a> {
    /// Reads a list; lines that begin with `#` are comments.
    pub fn parse(text: &'a str) -> Self {
        let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
        let split = |line: &'a str| {
            let (pattern, reason) = line.split_once(' ').expect("a pattern and a reason");
            (pattern, reason.trim())
        };
        let list: Vec<_> = lines.map(split).collect();
        assert!(list.len() <= MAX_EXCEPTIONS, "more than {MAX_EXCEPTIONS} exceptions");
        Self(list)
    }

    /// Why a case need not pass.
    pub fn reason(&self, case: &str) -> Option<&'a str> {
        self.of(case).filter(|reason| !reason.starts_with(REFUSED))
    }

    /// Whether the inputs of a case must be refused where it is to be proved.
    pub fn is_refused(&self, case: &str) -> bool {
        self.of(case).is_some_and(|reason| reason.starts_with(REFUSED))
    }

    fn of(&self, case: &str) -> Option<&'a str> {
        self.0.iter().find(|(pattern, _)| matches(pattern, case)).map(|(_, reason)| *reason)
    }

    /// The patterns that match none of these cases: they have no place in the list.
    pub fn unused(&self, cases: &[&str]) -> Vec<&'a str> {
        let unused = |pattern: &&str| !cases.iter().any(|case| matches(pattern, case));
        self.0.iter().map(|(pattern, _)| *pattern).filter(unused).collect()
    }
}

/// Whether a name has a pattern's parts in order, from its beginning to its end.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            rest.char_indices().map(|(i, _)| &rest[i..]).chain([""]).any(|r| matches(tail, r))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_patterns() {
        let exceptions = Exceptions::parse("# comment\ntest_cast*INT4 no such type\n");
        assert_eq!(exceptions.reason("test_cast_FLOAT_to_INT4"), Some("no such type"));
        assert_eq!(exceptions.reason("test_cast_INT4_to_FLOAT"), None);
        let refused = Exceptions::parse("test_inf refused: infinity");
        assert!(refused.is_refused("test_inf") && refused.reason("test_inf").is_none());
        assert_eq!(exceptions.unused(&["test_add"]), ["test_cast*INT4"]);
        assert!(matches("a*", "a") && matches("*", "") && !matches("a*b", "abc"));
    }
}
