//! The cost model of `lionml-r1cs` against Varuna's own counts.

use std::sync::Arc;

use lionml_r1cs::{Builder, Circuit, Linear, Program, field::from_i128};

use crate::{Error, Srs, backend::Ahp, synthesize::Synthesis};

/// A circuit of this many rows, whose A holds this many terms a row.
fn chain(rows: usize, terms: usize) -> (Arc<Circuit>, Program) {
    let mut builder = Builder::new();
    let mut values: Vec<Linear> = vec![builder.private_input().into()];
    for row in 0..rows {
        let earlier = values.iter().rev().take(terms).enumerate();
        let sum =
            Linear::sum(earlier.map(|(i, value)| (from_i128((row + 2 * i + 1) as i128), value)));
        let product = builder.product("chain", &sum, &values[row]);
        values.push(product);
    }
    builder.public_output("y", &values[rows]);
    let (circuit, program) = builder.finish();
    (Arc::new(circuit), program)
}

#[test]
fn matches_the_cost_model() {
    for (rows, terms) in [(1, 1), (2, 1), (6, 2), (7, 3), (100, 11), (127, 8), (128, 9), (60, 59)] {
        let (circuit, program) = chain(rows, terms);
        let witness = program.solve(&[from_i128(3)]).unwrap();
        assert!(circuit.check(&witness).is_satisfied());
        let cost = circuit.cost();
        let indexed = Ahp::index(&Synthesis { circuit: &circuit, witness: None }).unwrap();
        let info = indexed.index_info;
        assert_eq!(cost.constraints, info.num_constraints);
        assert_eq!(cost.publics, info.num_public_inputs);
        assert_eq!(cost.publics + cost.privates, info.num_public_and_private_variables);
        let non_zeros = [info.num_non_zero_a, info.num_non_zero_b, info.num_non_zero_c];
        assert_eq!(cost.non_zeros, non_zeros);
        assert_eq!(cost.max_degree(), indexed.max_degree().unwrap(), "{rows} rows, {terms} terms");
    }
}

#[test]
fn accepts_the_largest_circuit_of_the_embedded_powers() {
    // 2^13 variables with Varuna's own.
    let (circuit, _) = chain((1 << 13) - 6, 1);
    let degree = circuit.cost().max_degree();
    assert_eq!(degree, 1 << 14);
    assert!(Srs::ceremony(degree, None).is_ok());
    let (circuit, _) = chain(1 << 13, 1);
    let refused = Srs::ceremony(circuit.cost().max_degree(), None);
    assert!(matches!(refused, Err(Error::MissingPowers { power: 16, .. })));
}
