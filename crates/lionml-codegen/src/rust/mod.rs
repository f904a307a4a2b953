//! A circuit as a Rust file on `snarkvm-algorithms`.
//!
//! Rows that repeat are written as loops. Rows of which each has its own coefficients stand in
//! tables: in the file where they are few, else in a second file that it includes, whose digest it
//! holds.

mod sections;
mod write;

use lionml_r1cs::{Circuit, Digest, Fr};

/// More terms in tables than this go to a file of their own.
const MAX_INLINE_TERMS: usize = 4096;

/// A circuit to be written as Rust.
#[derive(Clone, Debug)]
pub struct RustCircuit<'a> {
    /// The circuit.
    pub circuit: &'a Circuit,
    /// The nodes of the model and how many rows each took, in the order of the rows.
    pub nodes: &'a [(String, usize)],
    /// What the public values are, in order.
    pub publics: &'a [PublicValue],
    /// The name of the model.
    pub model: &'a str,
    /// The number by which programs name the model.
    pub annotation: Option<u32>,
    /// The digest of the file of the verifying key.
    pub key: Digest,
    /// The digest of Varuna's verifying key.
    pub varuna_key: Digest,
    /// The digest by which Leo programs know the key.
    pub leo_key: Fr,
    /// Whether that key was made over the development reference string.
    pub is_insecure: bool,
    /// The name of the file for coefficients, should there be many.
    pub data_file: &'a str,
}

/// What some public values of a circuit are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicValue {
    /// How many.
    pub count: usize,
    /// What they are.
    pub meaning: String,
}

/// A circuit as source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// The Rust file.
    pub source: String,
    /// The file of coefficients that it includes, if it does.
    pub data: Option<Vec<u8>>,
}

impl RustCircuit<'_> {
    /// The source. It depends on nothing but what is here.
    pub fn generate(&self) -> Generated {
        write::write(self, MAX_INLINE_TERMS)
    }
}
