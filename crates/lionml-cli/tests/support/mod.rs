//! Runs the command and reads what it says.

#![allow(dead_code, reason = "each test program uses its part")]

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tempfile::TempDir;

/// What a command said.
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Answer {
    /// The one object on standard output, whose members all stand in the page of them.
    pub(crate) fn json(&self) -> Value {
        let value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {:?}, {}", self.stdout, self.stderr));
        assert!(matches!(value, Value::Object(_)), "{value}");
        assert_documented(&value);
        value
    }
}

fn assert_documented(value: &Value) {
    const PAGE: &str = include_str!("../../../../docs/reference/json.md");
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            assert!(
                PAGE.contains(&format!("`{name}`")) || PAGE.contains(&format!("\"{name}\":")),
                "`{name}` is not in docs/reference/json.md"
            );
            assert_documented(value);
        }),
        Value::Array(values) => values.iter().for_each(assert_documented),
        _ => {}
    }
}

/// A directory of its own, with a cache of its own.
pub(crate) struct Place {
    directory: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { directory: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs_err::write(self.path(name), contents).unwrap();
    }

    /// Models of the library's tests, by name.
    pub(crate) fn with(self, models: &[&str]) -> Self {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lionml/tests/fixtures");
        for name in models {
            fs_err::copy(fixtures.join(name), self.path(name)).unwrap();
        }
        self
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs_err::read(self.path(name)).unwrap()
    }

    /// The names of everything in it, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs_err::read_dir(self.directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| name != "cache")
            .collect();
        names.sort();
        names
    }

    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lionml"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.directory.path())
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("HOME", self.directory.path());
        command
    }

    pub(crate) fn run(&self, arguments: &str) -> Answer {
        let output = self.command(arguments).output().unwrap();
        Answer {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command that must succeed.
    pub(crate) fn ok(&self, arguments: &str) -> Answer {
        let answer = self.run(arguments);
        assert_eq!(answer.code, 0, "{arguments}: {}", answer.stderr);
        answer
    }

    /// A place with the model of two nodes, an input of it and flags to compile it.
    pub(crate) fn with_model() -> Self {
        let place = Self::new().with(&["two_nodes.onnx", "unsupported.onnx"]);
        place.write("input.json", r#"{"input_data": [[0.5, -0.25, 0.125]]}"#);
        place
    }

    /// [`Self::with_model`] with the compiled model, its keys and a proof.
    pub(crate) fn with_proof() -> Self {
        let place = Self::with_model();
        place.ok(&format!("compile two_nodes.onnx -o model.lion {COMPILE}"));
        place.ok("setup model.lion -o keys");
        place.ok("prove model.lion --keys keys --input input.json -o proof.json");
        place
    }
}

/// The flags with which the model of two nodes compiles in no time.
pub(crate) const COMPILE: &str = "--dim batch=1 --input-range -1:1 --bits 6";
