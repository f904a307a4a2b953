//! What can go wrong.

use std::{io, path::PathBuf};

use lionml_r1cs::{CheckReport, Failure};

use crate::{SrsKind, backend};

/// An error of set-up, proving or verification.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The ceremony's powers at hand are too few.
    #[error("the circuit needs the ceremony's powers up to 2^{power}; missing: `{}`", .files.join("`, `"))]
    MissingPowers {
        /// The exponent of the number of powers.
        power: u32,
        /// The names of the files that are not there.
        files: Vec<String>,
        /// Where they were looked for.
        directory: Option<PathBuf>,
    },
    /// No file holds so many powers.
    #[error("2^{needed} powers are needed, and there are at most 2^{limit}")]
    DegreeTooLarge {
        /// The exponent of the number of powers.
        needed: u32,
        /// The largest that there is.
        limit: u32,
    },
    /// A reference string with too few powers for the circuit.
    #[error("the circuit needs degree `{needed}`, the {kind} reference string has `{available}`")]
    DegreeTooSmall {
        /// Whose powers they are.
        kind: SrsKind,
        /// The degree of the circuit.
        needed: usize,
        /// The degree that the powers serve.
        available: usize,
    },
    /// A file of powers with another checksum.
    #[error("`{}` does not have the checksum of the ceremony's file", .path.display())]
    CorruptFile {
        /// The file.
        path: PathBuf,
    },
    /// Parameters that are part of the program and yet do not load.
    #[error("the embedded parameters do not load")]
    BrokenParameters {
        /// What snarkVM says.
        #[source]
        source: backend::Failure,
    },
    /// A file that cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A matrix without entries, which Varuna cannot commit to.
    #[error("the matrix {matrix} of the circuit is empty")]
    EmptyMatrix {
        /// `A`, `B` or `C`.
        matrix: char,
    },
    /// A set-up that snarkVM refuses.
    #[error("the set-up failed")]
    Setup {
        /// What snarkVM says.
        #[source]
        source: backend::Failure,
    },
    /// Keys that belong to another circuit.
    #[error("the verifying key is not one of this circuit")]
    OtherCircuit,
    /// A certificate that does not show that the key belongs to the circuit.
    #[error("the certificate does not hold for this circuit and key")]
    CertificateRejected,
    /// A witness that violates the circuit. The report holds values of the witness, the message
    /// none.
    #[error(
        "the witness of instance `{instance}` of circuit `{circuit}` violates `{}` rows{}",
        .report.violated,
        first_row(.report)
    )]
    Unsatisfied {
        /// The place of the circuit in the plan.
        circuit: usize,
        /// The place of the instance.
        instance: usize,
        /// The rows.
        report: CheckReport,
    },
    /// A plan without circuits, or a circuit in it without instances.
    #[error("the plan has no circuit, or a circuit without instances")]
    EmptyPlan,
    /// The same circuit twice in a plan.
    #[error("circuits `{first}` and `{second}` of the plan are the same")]
    DuplicateCircuit {
        /// The place of the first in the plan.
        first: usize,
        /// The place of the second.
        second: usize,
    },
    /// Keys over different reference strings in one plan.
    #[error("the keys of the plan belong to different reference strings")]
    MixedSrs,
    /// A proof that snarkVM could not make. Its reason is withheld: it may show the witness.
    #[error("the proof could not be made")]
    Proving,
    /// Public values that do not fit the key.
    #[error(
        "circuit `{circuit}` has `{expected}` public values, instance `{instance}` gives `{got}`"
    )]
    PublicCount {
        /// The place of the circuit in the plan.
        circuit: usize,
        /// The place of the instance.
        instance: usize,
        /// The number that the key pins, the constant one and padding included.
        expected: usize,
        /// The number at hand.
        got: usize,
    },
    /// Public values that do not start with the constant one.
    #[error(
        "the public values of instance `{instance}` of circuit `{circuit}` do not start with one"
    )]
    PublicOne {
        /// The place of the circuit in the plan.
        circuit: usize,
        /// The place of the instance.
        instance: usize,
    },
    /// A proof of other numbers of instances than the plan has.
    #[error("the proof is of `{got:?}` instances, the plan of `{expected:?}`")]
    InstanceCounts {
        /// Those of the plan, in the order in which Varuna sorts circuits.
        expected: Vec<usize>,
        /// Those of the proof.
        got: Vec<usize>,
    },
    /// A proof that does not verify.
    #[error("the proof does not verify")]
    Rejected,
    /// Bytes that are not a key, proof or certificate.
    #[error(transparent)]
    Format(#[from] FormatError),
}

impl Error {
    /// What to do about it, where something can be done.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::MissingPowers { .. } => {
                Some("fetch the ceremony's powers, or use the insecure development srs for tests")
            }
            Self::DegreeTooLarge { .. } => {
                Some("no circuit of this size can be proved: make the model smaller")
            }
            Self::DegreeTooSmall { .. } => Some("load the reference string for a larger degree"),
            Self::CorruptFile { .. } => Some("remove the file and fetch it again"),
            Self::DuplicateCircuit { .. } => Some("make them instances of one circuit"),
            _ => None,
        }
    }
}

fn first_row(report: &CheckReport) -> String {
    let Some(Failure { row, scope, label, .. }) = report.failures.first() else {
        return String::new();
    };
    format!(", first row `{row}`, `{}: {label}`", scope.join("/"))
}

/// Bytes that are not what they should be: one value has one encoding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// Another length.
    #[error("a {what} has `{expected}` bytes, got `{got}`")]
    Length {
        /// What was read.
        what: &'static str,
        /// Its length.
        expected: usize,
        /// The length at hand.
        got: usize,
    },
    /// A number outside its bounds.
    #[error("`{value}` is not a valid {field}")]
    Number {
        /// What the number stands for.
        field: &'static str,
        /// The number.
        value: u64,
    },
    /// Points or field elements that are none, or that are not encoded canonically.
    #[error("the {what} is malformed")]
    Malformed {
        /// What was read.
        what: &'static str,
    },
}

/// An error of downloading the ceremony's powers.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The server cannot be reached, or answers with an error.
    #[error("`{url}` cannot be fetched")]
    Http {
        /// The address.
        url: String,
        /// Why.
        #[source]
        source: Box<ureq::Error>,
    },
    /// An answer that is not the part that was asked for.
    #[error("`{url}` answers with status `{status}` and not with the bytes from `{offset}` on")]
    Range {
        /// The address.
        url: String,
        /// The status of the answer.
        status: u16,
        /// The first byte that was asked for.
        offset: u64,
    },
    /// A body that ends early. What arrived is kept, and the next try goes on from there.
    #[error("`{url}` broke off after `{got}` of `{expected}` bytes")]
    Interrupted {
        /// The address.
        url: String,
        /// The length of the file.
        expected: u64,
        /// The bytes that arrived, over all tries.
        got: u64,
    },
    /// A whole file with another checksum, which was removed.
    #[error("`{url}` has checksum `{got}`, expected `{expected}`")]
    Checksum {
        /// The address.
        url: String,
        /// The checksum of the ceremony's file.
        expected: String,
        /// That of the file that arrived.
        got: String,
    },
    /// A file that cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl FetchError {
    /// Whether the address is none, so that trying again does not help.
    pub fn is_bad_address(&self) -> bool {
        use ureq::Error as E;
        matches!(self, Self::Http { source, .. }
            if matches!(**source, E::BadUri(_) | E::Http(_) | E::HostNotFound))
    }
}
