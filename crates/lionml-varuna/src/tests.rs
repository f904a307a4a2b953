//! Attacks on keys, proofs and reference strings that a verifier must withstand, and what is pinned.

mod bytes;
mod cost;
mod fetch;
mod fixture;
mod plans;
mod statement;

use std::sync::Arc;

use lionml_r1cs::{Builder, Circuit, Linear, Program, Witness, field::from_i128};

use rand::{SeedableRng, rngs::StdRng};

use crate::{Keys, Srs, setup};

/// A private `x`, and as public values `x² + constant` and `x³`: three with the constant one, so
/// one slot of padding.
fn powers(constant: i128) -> (Arc<Circuit>, Program) {
    let mut builder = Builder::new();
    let x: Linear = builder.private_input().into();
    let square = builder.product("square", &x, &x);
    let cube = builder.product("cube", &square, &x);
    builder.public_output("shifted", &(&square + &Linear::integer(constant)));
    builder.public_output("cube", &cube);
    let (circuit, program) = builder.finish();
    (Arc::new(circuit), program)
}

/// The witnesses of [`powers`] for these values of `x`.
fn witnesses(program: &Program, inputs: impl IntoIterator<Item = i128>) -> Vec<Witness> {
    inputs.into_iter().map(|x| program.solve(&[from_i128(x)]).unwrap()).collect()
}

/// The keys of a circuit over the ceremony's powers.
fn keys(circuit: &Arc<Circuit>) -> Keys {
    let srs = Srs::ceremony(circuit.cost().max_degree(), None).unwrap();
    setup(&srs, circuit).unwrap()
}

/// Random numbers that are the same in each run.
fn rng() -> StdRng {
    StdRng::seed_from_u64(7)
}

/// The public values of witnesses.
fn publics(witnesses: &[Witness]) -> Vec<Vec<lionml_r1cs::Fr>> {
    witnesses.iter().map(|witness| witness.public.clone()).collect()
}
