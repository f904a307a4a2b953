//! The three sparse matrices of a circuit.

use std::sync::Arc;

use crate::{
    Fr, Linear, Variable,
    origin::{Origin, SCOPE_END},
};

/// A sparse matrix: one linear combination a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    ends: Vec<usize>,
    entries: Vec<(Variable, Fr)>,
}

impl Matrix {
    pub(crate) fn push(&mut self, row: &Linear) {
        self.entries.extend_from_slice(row.terms());
        self.ends.push(self.entries.len());
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.ends.len()
    }

    /// The number of non-zero entries.
    pub fn non_zeros(&self) -> usize {
        self.entries.len()
    }

    /// The entries of a row, sorted by variable; none past the last row.
    pub fn row(&self, row: usize) -> &[(Variable, Fr)] {
        let end = self.ends.get(row).copied().unwrap_or(self.entries.len());
        let start = row.checked_sub(1).map_or(0, |r| self.ends.get(r).copied().unwrap_or(end));
        &self.entries[start..end]
    }
}

/// A rank-1 constraint system: `A·z ∘ B·z = C·z` for `z` = public then private variables.
///
/// It holds no value; names of rows are for reports and do not enter the digest.
#[derive(Clone, Debug)]
pub struct Circuit {
    pub(crate) a: Matrix,
    pub(crate) b: Matrix,
    pub(crate) c: Matrix,
    pub(crate) publics: usize,
    pub(crate) privates: usize,
    pub(crate) origins: Vec<Origin>,
    pub(crate) names: Arc<[String]>,
}

impl Circuit {
    /// The matrices A, B and C.
    pub fn matrices(&self) -> [&Matrix; 3] {
        [&self.a, &self.b, &self.c]
    }

    /// The number of rows.
    pub fn constraints(&self) -> usize {
        self.a.rows()
    }

    /// The number of public variables, the constant one and padding included: a power of two.
    pub fn publics(&self) -> usize {
        self.publics
    }

    /// The number of private variables.
    pub fn privates(&self) -> usize {
        self.privates
    }

    /// The path of scopes in which a row was written, the outermost first, and its label.
    pub fn origin(&self, row: usize) -> (impl Iterator<Item = &str>, &str) {
        let name = |index: u32| self.names.get(index as usize).map_or("", String::as_str);
        let (scope, label) =
            self.origins.get(row).map_or(("", ""), |o| (name(o.scope), name(o.label)));
        (scope.split(SCOPE_END), label)
    }

    /// The circuit with one row less, for tests that ask what a prover would then get away with.
    #[must_use]
    pub fn without_row(&self, row: usize) -> Self {
        let rest = |matrix: &Matrix| {
            let mut rest = Matrix::default();
            for kept in (0..matrix.rows()).filter(|&kept| kept != row) {
                rest.entries.extend_from_slice(matrix.row(kept));
                rest.ends.push(rest.entries.len());
            }
            rest
        };
        let (a, b, c) = (rest(&self.a), rest(&self.b), rest(&self.c));
        let origins = self.origins.iter().enumerate().filter(|(kept, _)| *kept != row);
        let origins = origins.map(|(_, origin)| *origin).collect();
        Self { a, b, c, origins, names: Arc::clone(&self.names), ..*self }
    }

    /// Variables that no row mentions: nothing binds them.
    pub fn unmentioned(&self) -> Vec<Variable> {
        let (mut public, mut private) = (vec![false; self.publics], vec![false; self.privates]);
        public[0] = true;
        for (variable, _) in self.matrices().iter().flat_map(|m| &m.entries) {
            let seen = if variable.is_public() { &mut public } else { &mut private };
            seen[variable.index()] = true;
        }
        let free = |seen: Vec<bool>, make: fn(usize) -> Variable| {
            seen.into_iter().enumerate().filter(|(_, s)| !s).map(move |(i, _)| make(i))
        };
        free(public, Variable::public).chain(free(private, Variable::private)).collect()
    }
}
