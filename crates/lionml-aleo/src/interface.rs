//! What the extension says of a program: its models, its functions, and where each parameter of
//! the expanded program comes from.

use serde::{Deserialize, Serialize};

/// The answer of a scan.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Scan {
    pub(crate) program: String,
    pub(crate) functions: Vec<ModelFunction>,
}

/// A declared function that a model answers.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ModelFunction {
    pub(crate) name: String,
    pub(crate) number: u32,
    /// Where it is declared in `src/main.leo`.
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// The expanded program's functions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// The program.
    pub program: String,
    /// Its entry functions.
    pub entries: Vec<Entry>,
}

/// An entry function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// All parameters: first those that stand in the source, in its order.
    pub parameters: Vec<Parameter>,
    /// Its calls of models.
    pub calls: Vec<ModelCall>,
    /// The parameter that makes each use of the function another one, where it calls models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// The name.
    pub name: String,
    /// Its type in Leo.
    #[serde(rename = "type")]
    pub leo_type: String,
    /// `public`, `private` or nothing.
    pub mode: String,
    /// Who gives its value.
    pub origin: Origin,
}

/// Who gives the value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Origin {
    /// LionML, for a call of a model.
    Model {
        /// Which call, counted from zero.
        call: usize,
        /// What of it.
        role: Role,
        /// Of which input or output.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<usize>,
    },
    /// Whoever calls the function.
    User {
        /// Always true.
        user: bool,
    },
}

/// What a parameter is to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The salt of a hashed input.
    Salt,
    /// An output.
    Output,
    /// The proof.
    Proof,
}

/// A call of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelCall {
    /// The declared function.
    pub function: String,
    /// The number that answers it.
    pub number: u32,
    /// The parameters that are its inputs.
    pub arguments: Vec<String>,
}

impl Entry {
    /// The parameters that stand in the source.
    pub fn own_parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| matches!(parameter.origin, Origin::User { .. }))
    }
}
