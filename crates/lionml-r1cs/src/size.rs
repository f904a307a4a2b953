//! How large a circuit may become.
//!
//! The ceremony's powers are published up to 2^25: they serve 2^23 rows and as many variables,
//! since Varuna takes twice and a little of each. A circuit of that size takes some 5 GB while it is
//! written, and far more to prove.

/// Rows, of which the published powers serve no more.
const MAX_ROWS: usize = 1 << 23;
/// Variables, public and private, of which the published powers serve no more.
const MAX_VARIABLES: usize = 1 << 23;
/// Terms of all combinations: those in rows, in hints, and on the wires between operators. Each
/// matrix may have 2^25; most terms stand in one row, one hint and one wire.
const MAX_TERMS: usize = 1 << 27;

/// A circuit that is larger than any that could be proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the circuit would have at least `{count}` {what}, of which it may have `{limit}`")]
pub struct SizeError {
    /// What there is too much of.
    pub what: &'static str,
    /// How much there would be, at least.
    pub count: usize,
    /// How much there may be.
    pub limit: usize,
}

impl SizeError {
    fn check(what: &'static str, count: usize, limit: usize) -> Result<(), Self> {
        if count > limit { Err(Self { what, count, limit }) } else { Ok(()) }
    }

    pub(crate) fn check_rows(count: usize) -> Result<(), Self> {
        Self::check("rows", count, MAX_ROWS)
    }

    pub(crate) fn check_variables(count: usize) -> Result<(), Self> {
        Self::check("variables", count, MAX_VARIABLES)
    }

    pub(crate) fn check_terms(count: usize) -> Result<(), Self> {
        Self::check("terms", count, MAX_TERMS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Builder, Linear, Variable};

    /// A circuit that `outgrow` makes too large: nothing satisfies what is left of it.
    fn rejects(what: &'static str, limit: usize, outgrow: impl FnOnce(&mut Builder)) {
        let mut builder = Builder::new();
        let x = builder.private_input("x");
        builder.public_output("y", &x.into());
        outgrow(&mut builder);
        assert_eq!(builder.check_size(), Err(SizeError { what, count: limit + 1, limit }));
        assert_eq!(builder.rows(), 0);
        let y = builder.product("ignored", &x.into(), &x.into());
        builder.public_output("ignored", &y);
        builder.enforce_zero("ignored", Linear::zero());
        let (circuit, program) = builder.finish();
        let witness = program.solve(&[]).unwrap();
        assert_eq!(circuit.check(&witness).violated, 1);
    }

    #[test]
    fn rejects_circuits_beyond_the_limits() {
        rejects("rows", MAX_ROWS, |builder| {
            for _ in 0..MAX_ROWS {
                assert_eq!(builder.check_size(), Ok(()));
                builder.enforce_zero("row", Linear::zero());
            }
        });
        rejects("variables", MAX_VARIABLES, |builder| {
            builder.hint("hint", Vec::new(), MAX_VARIABLES, |_| Vec::new());
        });
        rejects("terms", MAX_TERMS, |builder| builder.count_terms(MAX_TERMS - 2));
        let mut builder = Builder::new();
        let error = SizeError { what: "terms", count: usize::MAX, limit: MAX_TERMS };
        assert_eq!(builder.check_terms(usize::MAX), Err(error));
        assert_eq!(builder.check_variables(MAX_VARIABLES - 1), Ok(()));
        assert!(builder.check_variables(MAX_VARIABLES).is_err());
        assert_eq!(builder.check_size(), Ok(()));
        builder.enforce_zero("one is not zero", Variable::ONE.into());
        assert_eq!(builder.rows(), 1);
    }
}
