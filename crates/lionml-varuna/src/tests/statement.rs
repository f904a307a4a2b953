//! The attacks of a prover that lies about its statement.

use std::{collections::BTreeMap, sync::Arc};

use lionml_r1cs::{Builder, Circuit, Fr, Variable, Witness, field::from_i128};
use snarkvm_algorithms::{snark::varuna::VarunaVersion, traits::SNARK};

use super::{keys, powers, publics, rng, witnesses};
use crate::{
    Certificate, Error, Proof, ProvingKey, Srs, SrsKind, VerifyingKey,
    backend::{SPONGE, Varuna, guarded},
    prove, setup,
    setup::universal_prover,
    synthesize::Synthesis,
    verify, verify_certificate,
};

#[test]
fn rejects_circuits_that_varuna_cannot_commit_to() {
    let (circuit, _) = Builder::new().finish();
    let srs = Srs::ceremony(circuit.cost().max_degree(), None).unwrap();
    let refused = setup(&srs, &Arc::new(circuit));
    assert!(matches!(refused, Err(Error::EmptyMatrix { matrix: 'A' })));
}

/// A proof by snarkVM as it is, without any check of ours.
fn prove_unchecked(
    version: VarunaVersion,
    key: &ProvingKey,
    witnesses: &[Witness],
) -> Option<Proof> {
    let instance = |witness| Synthesis { circuit: &key.circuit, witness: Some(witness) };
    let instances: Vec<_> = witnesses.iter().map(instance).collect();
    let map = BTreeMap::from([(&key.key, instances.as_slice())]);
    let prover = universal_prover();
    let proof = guarded(|| Varuna::prove_batch(&prover, &SPONGE, version, &map, &mut rng()));
    Some(Proof::new(proof.ok()?).unwrap())
}

#[test]
fn rejects_other_versions() {
    let (circuit, program) = powers(5);
    let keys = keys(&circuit);
    let witnesses = witnesses(&program, [3]);
    let publics = publics(&witnesses);
    for version in [VarunaVersion::V1, VarunaVersion::V2, VarunaVersion::V3] {
        let proof = prove_unchecked(version, &keys.proving, &witnesses).unwrap();
        // Nothing in the bytes says which version they are of.
        let proof = Proof::from_bytes(proof.as_bytes()).unwrap();
        let verdict = verify(&[(&keys.verifying, &publics)], &proof);
        match version {
            VarunaVersion::V3 => assert_eq!(verdict.unwrap(), SrsKind::Ceremony),
            _ => assert!(matches!(verdict, Err(Error::Rejected))),
        }
    }
}

#[test]
fn rejects_junk_in_padding() {
    let (circuit, program) = powers(5);
    let keys = keys(&circuit);
    assert_eq!(circuit.publics(), 4);
    let mut witnesses = witnesses(&program, [3]);
    witnesses[0].set(Variable::public(3), from_i128(77));
    let refused = prove(&[(&keys.proving, &witnesses)], &mut rng());
    let Err(Error::Unsatisfied { circuit: 0, instance: 0, report }) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(report.failures[0].label, "padding is zero");
    let publics = publics(&witnesses);
    if let Some(proof) = prove_unchecked(VarunaVersion::V3, &keys.proving, &witnesses) {
        assert!(verify(&[(&keys.verifying, &publics)], &proof).is_err());
    }
}

#[test]
fn rejects_public_values_of_other_lengths() {
    let (circuit, program) = powers(5);
    let keys = keys(&circuit);
    let witnesses = witnesses(&program, [3]);
    let proof = prove(&[(&keys.proving, &witnesses)], &mut rng()).unwrap();
    let honest = publics(&witnesses).remove(0);
    let verify = |publics: Vec<Fr>| verify(&[(&keys.verifying, &[publics])], &proof);
    assert!(verify(honest.clone()).is_ok());
    // snarkVM would fill up with zeros.
    let short = verify(honest[..3].to_vec());
    assert!(matches!(short, Err(Error::PublicCount { expected: 4, got: 3, .. })));
    let long = verify([&honest[..], &honest].concat());
    assert!(matches!(long, Err(Error::PublicCount { expected: 4, got: 8, .. })));
    assert!(matches!(verify(Vec::new()), Err(Error::PublicCount { got: 0, .. })));
}

#[test]
fn rejects_a_false_witness_without_showing_it() {
    let (circuit, program) = powers(5);
    let keys = keys(&circuit);
    let mut witnesses = witnesses(&program, [3, 1_234_567]);
    witnesses[1].set(Variable::private(1), from_i128(8));
    let refused = prove(&[(&keys.proving, &witnesses)], &mut rng());
    let Err(Error::Unsatisfied { circuit: 0, instance: 1, report }) = refused else {
        panic!("{refused:?}")
    };
    assert!(!report.is_satisfied());
    let message = Error::Unsatisfied { circuit: 0, instance: 1, report }.to_string();
    assert_eq!(
        message,
        "the witness of instance `1` of circuit `0` violates `3` rows, \
         first row `0`, `: square`"
    );
    witnesses[1].public.pop();
    let refused = prove(&[(&keys.proving, &witnesses)], &mut rng());
    assert!(matches!(refused, Err(Error::Unsatisfied { instance: 1, .. })));
}

#[test]
fn rejects_one_circuit_twice_in_a_plan() {
    let (circuit, program) = powers(5);
    let keys = keys(&circuit);
    let [honest, others] = [[3], [4]].map(|x| witnesses(&program, x));
    let plan = [(&keys.proving, &*honest), (&keys.proving, &*others)];
    let refused = prove(&plan, &mut rng());
    assert!(matches!(refused, Err(Error::DuplicateCircuit { first: 0, second: 1 })));

    // The attack: a false claim first, which snarkVM's map loses.
    let proof = prove(&[(&keys.proving, &honest)], &mut rng()).unwrap();
    let (lie, truth) = (publics(&others), publics(&honest));
    let plan = [(&keys.verifying, &*lie), (&keys.verifying, &*truth)];
    assert!(matches!(verify(&plan, &proof), Err(Error::DuplicateCircuit { first: 0, second: 1 })));
    // The same key over the other reference string has other bytes and the same id.
    let srs = Srs::development(circuit.cost().max_degree(), None).unwrap();
    let twin = setup(&srs, &circuit).unwrap();
    let plan = [(&twin.verifying, &*lie), (&keys.verifying, &*truth)];
    assert!(matches!(verify(&plan, &proof), Err(Error::DuplicateCircuit { .. })));
}

#[test]
fn rejects_another_order_of_instances() {
    let (circuit, program) = powers(5);
    let keys = keys(&circuit);
    let witnesses = witnesses(&program, [3, 4, 5]);
    let proof = prove(&[(&keys.proving, &witnesses)], &mut rng()).unwrap();
    let honest = publics(&witnesses);
    for order in [[0, 2, 1], [1, 0, 2], [2, 1, 0], [0, 0, 1]] {
        let publics = order.map(|i| honest[i].clone());
        assert!(matches!(verify(&[(&keys.verifying, &publics)], &proof), Err(Error::Rejected)));
    }
    for part in [&honest[..2], &[&honest[..], &honest[..1]].concat()] {
        let refused = verify(&[(&keys.verifying, part)], &proof);
        assert!(matches!(refused, Err(Error::InstanceCounts { .. })));
    }
    assert!(matches!(verify(&[(&keys.verifying, &[])], &proof), Err(Error::EmptyPlan)));
    assert!(matches!(verify(&[], &proof), Err(Error::EmptyPlan)));
    assert!(matches!(prove(&[], &mut rng()), Err(Error::EmptyPlan)));
    assert!(matches!(prove(&[(&keys.proving, &[])], &mut rng()), Err(Error::EmptyPlan)));
}

#[test]
fn rejects_a_proof_of_another_circuit() {
    let [(first, program), (second, _)] = [powers(5), powers(6)];
    let (first, second) = (keys(&first), keys(&second));
    let witnesses = witnesses(&program, [3]);
    let proof = prove(&[(&first.proving, &witnesses)], &mut rng()).unwrap();
    let publics = publics(&witnesses);
    assert!(verify(&[(&first.verifying, &publics)], &proof).is_ok());
    let refused = verify(&[(&second.verifying, &publics)], &proof);
    assert!(matches!(refused, Err(Error::Rejected)));
}

#[test]
fn accepts_development_keys_only_as_such() {
    let (circuit, program) = powers(5);
    let ceremony = keys(&circuit);
    let srs = Srs::development(circuit.cost().max_degree(), None).unwrap();
    let development = setup(&srs, &circuit).unwrap();
    // Nothing but the commitments tells the keys apart.
    assert_eq!(ceremony.verifying.key.id, development.verifying.key.id);
    assert_ne!(ceremony.verifying, development.verifying);
    let witnesses = witnesses(&program, [3]);
    let publics = publics(&witnesses);
    for (keys, kind) in [(&ceremony, SrsKind::Ceremony), (&development, SrsKind::Development)] {
        assert_eq!(keys.proving.srs(), kind);
        let proof = prove(&[(&keys.proving, &witnesses)], &mut rng()).unwrap();
        assert_eq!(verify(&[(&keys.verifying, &publics)], &proof).unwrap(), kind);
        for other in [&ceremony, &development] {
            let verdict = verify(&[(&other.verifying, &publics)], &proof);
            assert_eq!(verdict.is_ok(), other.verifying == keys.verifying);
        }
        let certified = verify_certificate(&keys.verifying, &circuit, &keys.certificate);
        assert_eq!(certified.unwrap(), kind);
    }
    let (other, program) = powers(6);
    let other = setup(&srs, &other).unwrap();
    let others = super::witnesses(&program, [3]);
    let mixed = [(&ceremony.proving, &*witnesses), (&other.proving, &*others)];
    assert!(matches!(prove(&mixed, &mut rng()), Err(Error::MixedSrs)));
}

#[test]
fn rejects_certificates_of_other_circuits_and_keys() {
    let [(first, _), (second, _)] = [powers(5), powers(6)];
    let (keys_of_first, keys_of_second) = (keys(&first), keys(&second));
    let check = |key: &VerifyingKey, circuit: &Circuit, certificate: &Certificate| {
        verify_certificate(key, circuit, certificate)
    };
    let (key, certificate) = (&keys_of_first.verifying, &keys_of_first.certificate);
    assert_eq!(check(key, &first, certificate).unwrap(), SrsKind::Ceremony);
    for refused in [
        check(key, &second, certificate),
        check(key, &first, &keys_of_second.certificate),
        check(&keys_of_second.verifying, &first, certificate),
    ] {
        assert!(matches!(refused, Err(Error::CertificateRejected)));
    }
    // The commitments of another circuit under the sizes and id of this one.
    let mut forged = key.clone();
    forged.key.circuit_commitments = keys_of_second.verifying.key.circuit_commitments.clone();
    let refused = check(&forged, &first, &keys_of_second.certificate);
    assert!(matches!(refused, Err(Error::CertificateRejected)));
}

#[test]
fn matches_keys_made_twice_and_rebuilt() {
    let (circuit, program) = powers(5);
    let srs = Srs::ceremony(circuit.cost().max_degree(), None).unwrap();
    let (first, second) = (keys(&circuit), keys(&circuit));
    assert_eq!(first.verifying.as_bytes(), second.verifying.as_bytes());
    assert_eq!(first.certificate.as_bytes(), second.certificate.as_bytes());

    let verifying = VerifyingKey::from_bytes(first.verifying.as_bytes()).unwrap();
    let rebuilt = ProvingKey::rebuild(&srs, &circuit, &verifying).unwrap();
    let witnesses = witnesses(&program, [3, 4]);
    let proof = prove(&[(&rebuilt, &witnesses)], &mut rng()).unwrap();
    let same = prove(&[(&first.proving, &witnesses)], &mut rng()).unwrap();
    assert_eq!(proof, same);

    let (other, _) = powers(6);
    let refused = ProvingKey::rebuild(&srs, &other, &verifying);
    assert!(matches!(refused, Err(Error::OtherCircuit)));
    // Commitments of another circuit under the right sizes and id: found out by the proof.
    let mut forged = verifying;
    forged.key.circuit_commitments = keys(&other).verifying.key.circuit_commitments;
    let forged = ProvingKey::rebuild(&srs, &circuit, &forged).unwrap();
    assert!(matches!(prove(&[(&forged, &witnesses)], &mut rng()), Err(Error::Proving)));
}
