//! Which private variables could move without a row noticing.

use std::collections::BTreeMap;

use crate::{
    Circuit, Variable, Witness,
    field::{Field, Fr, One, Zero},
};

/// The private variables that some direction of the null space of the constraints moves, at this
/// witness, while the public variables and `held` stand still: the Jacobian of `Az ∘ Bz − Cz` by
/// Gaussian elimination. Empty means that no infinitesimal lie exists. For circuits of gadget
/// size: time grows with the cube.
pub fn free_variables(circuit: &Circuit, witness: &Witness, held: &[Variable]) -> Vec<Variable> {
    let moving: Vec<Variable> =
        (0..circuit.privates()).map(Variable::private).filter(|v| !held.contains(v)).collect();
    let columns: BTreeMap<Variable, usize> =
        moving.iter().enumerate().map(|(i, v)| (*v, i)).collect();
    let [a, b, c] = circuit.matrices();
    // Row of the Jacobian: b(z)·∂a + a(z)·∂b − ∂c.
    let mut pivots: BTreeMap<usize, BTreeMap<usize, Fr>> = BTreeMap::new();
    for row in 0..circuit.constraints() {
        let value = |entries: &[(Variable, Fr)]| {
            entries.iter().fold(Fr::zero(), |sum, (v, k)| sum + witness.value(*v) * k)
        };
        let (at_a, at_b) = (value(a.row(row)), value(b.row(row)));
        let mut derivative = BTreeMap::<usize, Fr>::new();
        for (entries, factor) in [(a.row(row), at_b), (b.row(row), at_a), (c.row(row), -Fr::one())]
        {
            for (variable, coefficient) in entries {
                if let Some(&column) = columns.get(variable) {
                    *derivative.entry(column).or_insert_with(Fr::zero) += *coefficient * factor;
                }
            }
        }
        derivative.retain(|_, v| !v.is_zero());
        while let Some((&column, &lead)) = derivative.first_key_value() {
            match pivots.get(&column) {
                Some(pivot) => {
                    for (&k, value) in pivot {
                        *derivative.entry(k).or_insert_with(Fr::zero) -= *value * lead;
                    }
                    derivative.retain(|_, v| !v.is_zero());
                }
                None => {
                    if let Some(inverse) = lead.inverse() {
                        derivative.values_mut().for_each(|v| *v *= inverse);
                    }
                    pivots.insert(column, derivative);
                    break;
                }
            }
        }
    }
    let is_free = |column: usize| !pivots.contains_key(&column);
    // A pivot whose row reaches a free column moves along with it.
    let mut moves: Vec<bool> = (0..moving.len()).map(is_free).collect();
    for (&column, row) in pivots.iter().rev() {
        moves[column] = row.keys().any(|&k| k != column && moves[k]);
    }
    moving.into_iter().zip(moves).filter(|(_, m)| *m).map(|(v, _)| v).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Builder, Linear, field::from_i128};

    #[test]
    fn rejects_unranged_limbs() {
        let mut builder = Builder::new();
        let x: Linear = builder.private_input().into();
        let limbs = builder.hint("limbs", vec![x.clone()], 2, |v| vec![v[0], Fr::zero()]);
        let sum = &Linear::from(limbs[0]) + &Linear::from(limbs[1]).times(1 << 16);
        builder.enforce_equal("limbs", &sum, &x);
        let (circuit, program) = builder.finish();
        let witness = program.solve(&[from_i128(9)]).unwrap();
        assert_eq!(free_variables(&circuit, &witness, program.inputs()), limbs);
    }

    #[test]
    fn accepts_a_square_that_is_pinned() {
        let mut builder = Builder::new();
        let x = builder.private_input();
        builder.product("square", &x.into(), &x.into());
        let (circuit, program) = builder.finish();
        let witness = program.solve(&[from_i128(9)]).unwrap();
        assert!(free_variables(&circuit, &witness, program.inputs()).is_empty());
    }
}
