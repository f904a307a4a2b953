//! Verification of plans.

use std::collections::BTreeMap;

use lionml_r1cs::{Fr, field::One};
use snarkvm_algorithms::traits::SNARK;

use crate::{
    Error, Proof, SrsKind, VerifyingKey,
    backend::{CircuitKey, SPONGE, VERSION, Varuna, guarded},
    srs::verifier,
};

/// Verifies that each circuit of a plan holds for each of its public values, in their order, and
/// says over which reference string. [`SrsKind::Development`] means that anybody could have made
/// the proof, whatever the key: refuse it unless that is asked for.
///
/// Public values are those of a witness ([`lionml_r1cs::Witness::public`]): the constant one first,
/// padding last, as many as [`VerifyingKey::publics`] says. They are not range-checked, padding
/// least of all: the circuit pins it to zero, and only for who knows the key to be the circuit's.
pub fn verify(plan: &[(&VerifyingKey, &[Vec<Fr>])], proof: &Proof) -> Result<SrsKind, Error> {
    check_plan(plan, proof)?;
    let map: BTreeMap<_, _> = plan.iter().map(|(key, publics)| (&key.key, *publics)).collect();
    // The verifier's own parameters decide: a key or flag that names its reference string could lie.
    for kind in [SrsKind::Ceremony, SrsKind::Development] {
        let (verifier, proof) = (verifier(kind)?, &proof.proof);
        let holds = guarded(|| Varuna::verify_batch(verifier, &SPONGE, VERSION, &map, proof));
        if holds.is_ok_and(|holds| holds) {
            return Ok(kind);
        }
    }
    Err(Error::Rejected)
}

fn check_plan(plan: &[(&VerifyingKey, &[Vec<Fr>])], proof: &Proof) -> Result<(), Error> {
    if plan.is_empty() || plan.iter().any(|(_, publics)| publics.is_empty()) {
        return Err(Error::EmptyPlan);
    }
    check_distinct(plan.iter().map(|(key, _)| &key.key))?;
    for (circuit, (key, instances)) in plan.iter().enumerate() {
        for (instance, publics) in instances.iter().enumerate() {
            let (expected, got) = (key.publics(), publics.len());
            // snarkVM pads fewer values with zeros: one statement would have many spellings.
            if got != expected {
                return Err(Error::PublicCount { circuit, instance, expected, got });
            }
            if publics.first() != Some(&Fr::one()) {
                return Err(Error::PublicOne { circuit, instance });
            }
        }
    }
    let sorted: BTreeMap<_, _> = plan.iter().map(|(key, i)| (key.key.id, i.len())).collect();
    let (expected, got): (Vec<_>, _) = (sorted.into_values().collect(), proof.proof.batch_sizes());
    if expected != got {
        return Err(Error::InstanceCounts { expected, got: got.to_vec() });
    }
    Ok(())
}

/// Refuses a plan with the same circuit twice: snarkVM's map by circuit keeps one of the two, so
/// whatever the other claims would be accepted.
pub(crate) fn check_distinct<'a>(keys: impl Iterator<Item = &'a CircuitKey>) -> Result<(), Error> {
    let mut ids = BTreeMap::new();
    for (second, key) in keys.enumerate() {
        if let Some(first) = ids.insert(key.id, second) {
            return Err(Error::DuplicateCircuit { first, second });
        }
    }
    Ok(())
}
