//! What a circuit costs Varuna.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Circuit;

/// Rows, variables and non-zeros that Varuna adds to every circuit to hide the witness.
const OWN_ROWS: usize = 1;
const OWN_VARIABLES: usize = 3;
const OWN_NON_ZEROS: usize = 1;

/// The power-of-two domains over which Varuna works, as logarithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domains {
    /// Rows.
    pub constraints: u32,
    /// Variables, the constant one included.
    pub variables: u32,
    /// Non-zeros of A, B and C.
    pub non_zeros: [u32; 3],
}

/// The size of a circuit as Varuna sees it: its own row, variables and non-zeros included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Rows.
    pub constraints: usize,
    /// Public variables, padding and the constant one included.
    pub publics: usize,
    /// Private variables.
    pub privates: usize,
    /// Non-zeros of A, B and C.
    pub non_zeros: [usize; 3],
}

impl Cost {
    /// The domains: each size rounded up to a power of two.
    pub fn domains(&self) -> Domains {
        Domains {
            constraints: log2_ceil(self.constraints),
            variables: log2_ceil(self.publics + self.privates),
            non_zeros: self.non_zeros.map(log2_ceil),
        }
    }

    /// The degree of the structured reference string that the circuit needs.
    pub fn max_degree(&self) -> usize {
        let domains = self.domains();
        let [a, b, c] = domains.non_zeros;
        let rows = (2usize << domains.constraints).max(2 << domains.variables);
        rows.max((1 << a.max(b).max(c)) - 1)
    }

    /// The unused part of each domain of non-zeros, from zero (full) to one half.
    pub fn headroom(&self) -> [f64; 3] {
        #[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
        self.non_zeros.map(|n| 1.0 - n as f64 / (1u64 << log2_ceil(n)) as f64)
    }

    /// A model of the time that a proof takes on the two-core machine of the design notes, in
    /// microseconds: good for comparing plans, not for promises.
    pub fn estimated_microseconds(&self, instances: usize) -> usize {
        let domains = self.domains();
        let rows = 1usize << domains.constraints;
        proof_microseconds(rows, domains.non_zeros, instances)
    }
}

/// `T ≈ 10 Σ|R| + 21 max|R| + 6 Σ|K| + 6 max|K|` microseconds for one circuit.
pub(crate) fn proof_microseconds(rows: usize, non_zeros: [u32; 3], instances: usize) -> usize {
    let sum: usize = non_zeros.iter().map(|k| 1usize << k).sum();
    let max = non_zeros.iter().map(|k| 1usize << k).max().unwrap_or_default();
    10 * rows * instances + 21 * rows + 6 * sum + 6 * max
}

pub(crate) fn log2_ceil(n: usize) -> u32 {
    n.max(1).next_power_of_two().trailing_zeros()
}

pub(crate) fn with_own_non_zeros(non_zeros: usize) -> usize {
    non_zeros + OWN_NON_ZEROS
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let domains = self.domains();
        let [a, b, c] = self.non_zeros;
        let [ka, kb, kc] = domains.non_zeros;
        write!(
            f,
            "{} rows (2^{}), {} public and {} private variables (2^{}), \
             non-zeros {a}/{b}/{c} (2^{ka}/2^{kb}/2^{kc})",
            self.constraints, domains.constraints, self.publics, self.privates, domains.variables
        )
    }
}

impl Circuit {
    /// What the circuit costs Varuna.
    pub fn cost(&self) -> Cost {
        Cost {
            constraints: self.constraints() + OWN_ROWS,
            publics: self.publics,
            privates: self.privates + OWN_VARIABLES,
            non_zeros: self.matrices().map(|m| with_own_non_zeros(m.non_zeros())),
        }
    }
}
