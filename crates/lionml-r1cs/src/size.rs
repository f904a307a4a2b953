//! How large a circuit may become.

/// The largest circuit that is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) rows: usize,
    /// Public and private ones.
    pub(crate) variables: usize,
    /// Those of all combinations: in rows, in hints, and on the wires between operators.
    pub(crate) terms: usize,
}

impl Limits {
    /// The ceremony's powers are published up to 2^25: they serve 2^23 rows and variables, since
    /// Varuna takes twice and a little of each, and 2^25 non-zeros in each matrix. Twice as many
    /// rows can be written, and checked without a proof, as ONNX's largest case of a pool is; with
    /// terms of 40 bytes that takes 10 GB.
    pub(crate) const DEFAULT: Self = Self { rows: 1 << 24, variables: 1 << 24, terms: 1 << 27 };

    pub(crate) fn check_rows(&self, count: usize) -> Result<(), SizeError> {
        SizeError::check("rows", count, self.rows)
    }

    pub(crate) fn check_variables(&self, count: usize) -> Result<(), SizeError> {
        SizeError::check("variables", count, self.variables)
    }

    pub(crate) fn check_terms(&self, count: usize) -> Result<(), SizeError> {
        SizeError::check("terms", count, self.terms)
    }
}

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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Builder, Linear, Variable};

    const LIMITS: Limits = Limits { rows: 100, variables: 200, terms: 1000 };

    /// A circuit that `outgrow` makes too large: nothing satisfies what is left of it.
    fn rejects(what: &'static str, limit: usize, outgrow: impl FnOnce(&mut Builder)) {
        let mut builder = Builder::with_limits(LIMITS);
        let x = builder.private_input();
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
        rejects("rows", LIMITS.rows, |builder| {
            for _ in 0..LIMITS.rows {
                assert_eq!(builder.check_size(), Ok(()));
                builder.enforce_zero("row", Linear::zero());
            }
        });
        rejects("variables", LIMITS.variables, |builder| {
            builder.hint("hint", Vec::new(), LIMITS.variables, |_| Vec::new());
        });
        rejects("terms", LIMITS.terms, |builder| builder.count_terms(LIMITS.terms - 2));
        rejects("terms", LIMITS.terms, |builder| {
            let x = builder.private_input().into();
            builder.hint("hint", vec![x; LIMITS.terms - 2], 1, <[_]>::to_vec);
        });
    }

    #[test]
    fn accepts_what_there_is_room_for() {
        let mut builder = Builder::with_limits(LIMITS);
        let error = SizeError { what: "terms", count: usize::MAX, limit: LIMITS.terms };
        assert_eq!(builder.check_terms(usize::MAX), Err(error));
        assert_eq!(builder.check_variables(LIMITS.variables - 1), Ok(()));
        assert!(builder.check_variables(LIMITS.variables).is_err());
        // Asking changes nothing.
        assert_eq!(builder.check_size(), Ok(()));
        for _ in 0..LIMITS.rows {
            builder.enforce_zero("one is not zero", Variable::ONE.into());
        }
        assert_eq!((builder.check_size(), builder.rows()), (Ok(()), LIMITS.rows));
    }
}
