//! A circuit in the form in which snarkVM reads it.

use lionml_r1cs::{Circuit, Fr, Matrix, Variable, Witness};
use snarkvm_algorithms::r1cs::{
    self, ConstraintSynthesizer, ConstraintSystem, Index, LinearCombination, SynthesisError,
};

/// A circuit, and a witness where one is proved.
pub(crate) struct Synthesis<'a> {
    pub(crate) circuit: &'a Circuit,
    pub(crate) witness: Option<&'a Witness>,
}

impl ConstraintSynthesizer<Fr> for Synthesis<'_> {
    fn generate_constraints<CS: ConstraintSystem<Fr>>(
        &self,
        cs: &mut CS,
    ) -> Result<(), SynthesisError> {
        let Self { circuit, witness } = self;
        let value = |variable| match witness {
            Some(witness) => Ok(witness.value(variable)),
            None => Err(SynthesisError::AssignmentMissing),
        };
        // The constant one exists already. The rest is numbered as ours is, from one and from zero.
        for index in 1..circuit.publics() {
            cs.alloc_input(|| "", || value(Variable::public(index)))?;
        }
        for index in 0..circuit.privates() {
            cs.alloc(|| "", || value(Variable::private(index)))?;
        }
        let [a, b, c] = circuit.matrices();
        for row in 0..circuit.constraints() {
            cs.enforce(|| "", |_| linear(a, row), |_| linear(b, row), |_| linear(c, row));
        }
        Ok(())
    }
}

/// A row, sorted as snarkVM wants it; its own additions would search the row for each term.
fn linear(matrix: &Matrix, row: usize) -> LinearCombination<Fr> {
    let term = |&(variable, coefficient): &(Variable, Fr)| {
        let index = match variable.is_public() {
            true => Index::Public(variable.index()),
            false => Index::Private(variable.index()),
        };
        (r1cs::Variable::new_unchecked(index), coefficient)
    };
    LinearCombination(matrix.row(row).iter().map(term).collect())
}
