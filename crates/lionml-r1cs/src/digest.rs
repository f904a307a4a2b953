//! The identity of a circuit.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Circuit, field};

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The lowest 31 bytes as a field element: what a public input can hold.
    pub fn to_field(&self) -> field::Fr {
        let mut bytes = [0; 31];
        bytes.copy_from_slice(&self.0[..31]);
        field::from_31_bytes(&bytes)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Circuit {
    /// The digest of the matrices and the numbers of variables: equal digests mean equal keys.
    pub fn digest(&self) -> Digest {
        let mut hasher = Sha256::new();
        hasher.update(b"lionml circuit 1");
        for count in [self.publics, self.privates, self.constraints()] {
            hasher.update((count as u64).to_le_bytes());
        }
        for matrix in self.matrices() {
            for row in 0..matrix.rows() {
                hasher.update((matrix.row(row).len() as u64).to_le_bytes());
                for (variable, coefficient) in matrix.row(row) {
                    let kind = u64::from(!variable.is_public()) << 63;
                    hasher.update((kind | variable.index() as u64).to_le_bytes());
                    hasher.update(field::to_bytes(coefficient));
                }
            }
        }
        Digest(hasher.finalize().into())
    }
}
