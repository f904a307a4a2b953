//! The sizes of circuits.

use lionml_r1cs::Cost;
use serde::{Deserialize, Serialize};

/// The sizes of a circuit as Varuna sees them, its own row, variables and non-zeros included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sizes {
    /// Rows.
    pub constraints: usize,
    /// Public elements, the constant one and padding included.
    pub publics: usize,
    /// Private variables.
    pub privates: usize,
    /// Non-zeros of A, B and C.
    pub non_zeros: [usize; 3],
    /// The logarithm of the domain of rows.
    pub log2_constraints: u32,
    /// The logarithm of the domain of variables.
    pub log2_variables: u32,
    /// The logarithms of the domains of non-zeros.
    pub log2_non_zeros: [u32; 3],
    /// The unused part of each domain of non-zeros, from zero to one half.
    pub headroom: [f64; 3],
    /// The ceremony's powers that the circuit needs, as a logarithm.
    pub srs_power: u32,
    /// An estimate of the seconds that a proof takes on two cores.
    pub estimated_prove_seconds: f64,
}

impl Sizes {
    /// The degree of the reference string that the circuit needs.
    pub fn max_degree(&self) -> usize {
        self.cost().max_degree()
    }

    /// The sizes of circuits together: rows, variables and non-zeros are sums, domains and powers
    /// those of the largest.
    pub(crate) fn and(self, other: Self) -> Self {
        let each = |of: fn(&Self, usize) -> usize| [0, 1, 2].map(|m| of(&self, m) + of(&other, m));
        let largest = |m: usize| self.log2_non_zeros[m].max(other.log2_non_zeros[m]);
        Self {
            constraints: self.constraints + other.constraints,
            publics: self.publics + other.publics,
            privates: self.privates + other.privates,
            non_zeros: each(|sizes, m| sizes.non_zeros[m]),
            log2_constraints: self.log2_constraints.max(other.log2_constraints),
            log2_variables: self.log2_variables.max(other.log2_variables),
            log2_non_zeros: [0, 1, 2].map(largest),
            headroom: [0, 1, 2].map(|m| self.headroom[m].min(other.headroom[m])),
            srs_power: self.srs_power.max(other.srs_power),
            estimated_prove_seconds: self.estimated_prove_seconds + other.estimated_prove_seconds,
        }
    }

    fn cost(&self) -> Cost {
        let Self { constraints, publics, privates, non_zeros, .. } = *self;
        Cost { constraints, publics, privates, non_zeros }
    }
}

impl Sizes {
    /// The sizes of a circuit, and the time for so many instances.
    pub(crate) fn new(cost: Cost, instances: usize) -> Self {
        let domains = cost.domains();
        #[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
        let estimated_prove_seconds = cost.estimated_microseconds(instances) as f64 / 1e6;
        Self {
            constraints: cost.constraints,
            publics: cost.publics,
            privates: cost.privates,
            non_zeros: cost.non_zeros,
            log2_constraints: domains.constraints,
            log2_variables: domains.variables,
            log2_non_zeros: domains.non_zeros,
            headroom: cost.headroom(),
            // A degree takes one power more than itself.
            srs_power: (cost.max_degree() + 1).next_power_of_two().trailing_zeros(),
            estimated_prove_seconds,
        }
    }
}

impl From<Cost> for Sizes {
    fn from(cost: Cost) -> Self {
        Self::new(cost, 1)
    }
}
