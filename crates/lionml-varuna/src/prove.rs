//! Proofs of plans.

use std::collections::BTreeMap;

use lionml_r1cs::Witness;
use rand::CryptoRng;
use snarkvm_algorithms::traits::SNARK;

use crate::{
    Error, Proof, ProvingKey, VerifyingKey,
    backend::{SPONGE, VERSION, Varuna, guarded},
    setup::universal_prover,
    synthesize::Synthesis,
    verify::{check_distinct, verify},
};

/// One proof that each circuit of a plan holds for each of its witnesses, in their order. The
/// random numbers hide the witnesses: whoever can predict them learns the witnesses from the proof.
///
/// The proof that is returned has been verified.
pub fn prove(plan: &[(&ProvingKey, &[Witness])], rng: &mut impl CryptoRng) -> Result<Proof, Error> {
    check_plan(plan)?;
    let instances: Vec<Vec<Synthesis<'_>>> = plan
        .iter()
        .map(|(key, witnesses)| {
            let synthesis = |witness| Synthesis { circuit: &key.circuit, witness: Some(witness) };
            witnesses.iter().map(synthesis).collect()
        })
        .collect();
    let map: BTreeMap<_, _> =
        plan.iter().zip(&instances).map(|((key, _), i)| (&key.key, i.as_slice())).collect();
    // The error is dropped: snarkVM's shows polynomials that are made of the witness.
    let proof = guarded(|| Varuna::prove_batch(&universal_prover(), &SPONGE, VERSION, &map, rng))
        .map_err(|_| Error::Proving)?;
    let proof = Proof::new(proof)?;
    check_proof(plan, &proof)?;
    Ok(proof)
}

/// Refuses what snarkVM would prove wrongly or fail at with the witness in its error.
fn check_plan(plan: &[(&ProvingKey, &[Witness])]) -> Result<(), Error> {
    if plan.is_empty() || plan.iter().any(|(_, witnesses)| witnesses.is_empty()) {
        return Err(Error::EmptyPlan);
    }
    check_distinct(plan.iter().map(|(key, _)| key.verifying()))?;
    if plan.windows(2).any(|pair| pair[0].0.srs != pair[1].0.srs) {
        return Err(Error::MixedSrs);
    }
    for (circuit, (key, witnesses)) in plan.iter().enumerate() {
        for (instance, witness) in witnesses.iter().enumerate() {
            let report = key.circuit.check(witness);
            if !report.is_satisfied() {
                return Err(Error::Unsatisfied { circuit, instance, report });
            }
        }
    }
    Ok(())
}

/// A fault on the way must not leave this machine: a proof that does not verify may say more than
/// one that does.
fn check_proof(plan: &[(&ProvingKey, &[Witness])], proof: &Proof) -> Result<(), Error> {
    let mut keys = Vec::with_capacity(plan.len());
    let mut publics: Vec<Vec<_>> = Vec::with_capacity(plan.len());
    for (key, witnesses) in plan {
        keys.push(VerifyingKey::new(key.verifying().clone())?);
        publics.push(witnesses.iter().map(|witness| witness.public.clone()).collect());
    }
    let plan_of_verifier: Vec<_> =
        keys.iter().zip(&publics).map(|(key, publics)| (key, publics.as_slice())).collect();
    match verify(&plan_of_verifier, proof) {
        Ok(kind) if plan.iter().all(|(key, _)| key.srs == kind) => Ok(()),
        _ => Err(Error::Proving),
    }
}
