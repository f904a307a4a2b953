//! Which rows a witness violates.

use std::fmt;

use rayon::prelude::*;

use crate::{
    Circuit, Matrix, Witness,
    field::{Fr, Zero, to_i128},
};

/// A row that a witness violates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The row.
    pub row: usize,
    /// The path of scopes in which it was written, the outermost first.
    pub scope: Vec<String>,
    /// Its label.
    pub label: String,
    /// The values of `A·z`, `B·z` and `C·z` there.
    pub values: [Fr; 3],
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |v: &Fr| to_i128(v).map_or_else(|| v.to_string(), |i| i.to_string());
        let [a, b, c] = &self.values;
        let (row, scope, label) = (self.row, self.scope.join("/"), &self.label);
        write!(f, "row {row} `{scope}: {label}`: {} · {} ≠ {}", show(a), show(b), show(c))
    }
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// The first violated rows.
    pub failures: Vec<Failure>,
    /// The number of violated rows.
    pub violated: usize,
}

/// A report lists no more failures than this.
const MAX_FAILURES: usize = 100;

impl CheckReport {
    /// Whether the witness violates no row.
    pub fn is_satisfied(&self) -> bool {
        self.violated == 0
    }
}

impl Circuit {
    /// Every row that the witness violates. A witness of another size, or one whose first public
    /// value is not one, violates the circuit in a row past the last.
    pub fn check(&self, witness: &Witness) -> CheckReport {
        let is_shaped = witness.public.len() == self.publics
            && witness.private.len() == self.privates
            && witness.public.first() == Some(&crate::field::from_i128(1));
        if !is_shaped {
            let failure = Failure {
                row: self.constraints(),
                scope: Vec::new(),
                label: "the witness is not one of this circuit".to_owned(),
                values: [Fr::zero(); 3],
            };
            return CheckReport { failures: vec![failure], violated: 1 };
        }
        let value = |matrix: &Matrix, row: usize| {
            matrix.row(row).iter().fold(Fr::zero(), |sum, (v, c)| sum + witness.value(*v) * c)
        };
        let violated: Vec<usize> = (0..self.constraints())
            .into_par_iter()
            .filter(|&row| value(&self.a, row) * value(&self.b, row) != value(&self.c, row))
            .collect();
        let failures = violated.iter().take(MAX_FAILURES).map(|&row| {
            let (scope, label) = self.origin(row);
            let scope = scope.map(str::to_owned).collect();
            let values = self.matrices().map(|matrix| value(matrix, row));
            Failure { row, scope, label: label.to_owned(), values }
        });
        CheckReport { failures: failures.collect(), violated: violated.len() }
    }
}
