//! Plans: circuits times instances in one proof.

use lionml_r1cs::field::from_i128;

use super::{keys, powers, publics, rng, witnesses};
use crate::{Error, SrsKind, prove, verify};

#[test]
fn accepts_1_3_and_64_instances() {
    let (circuit, program) = powers(5);
    let keys = keys(&circuit);
    for (instances, bytes) in [(1, 956), (3, 1_244), (64, 10_028)] {
        let witnesses = witnesses(&program, 1..=instances);
        let proof = prove(&[(&keys.proving, &witnesses)], &mut rng()).unwrap();
        assert_eq!(proof.as_bytes().len(), bytes);
        let publics = publics(&witnesses);
        let kind = verify(&[(&keys.verifying, &publics)], &proof).unwrap();
        assert_eq!(kind, SrsKind::Ceremony);
    }
}

#[test]
fn accepts_two_circuits_in_either_order() {
    let [(first, program), (second, other)] = [powers(5), powers(6)];
    let (first, second) = (keys(&first), keys(&second));
    let (few, many) = (witnesses(&program, [9]), witnesses(&other, [2, 3]));
    let proof = prove(&[(&first.proving, &few), (&second.proving, &many)], &mut rng()).unwrap();
    assert_eq!(proof.as_bytes().len(), 956 + 488 + 144);
    let (few, many) = (publics(&few), publics(&many));
    let (few, many) = ((&first.verifying, &*few), (&second.verifying, &*many));
    assert!(verify(&[few, many], &proof).is_ok());
    assert!(verify(&[many, few], &proof).is_ok());
    // Which circuit has how many instances is part of the statement.
    let swapped = [(few.0, many.1), (many.0, few.1)];
    assert!(matches!(verify(&swapped, &proof), Err(Error::InstanceCounts { .. })));
    assert!(matches!(verify(&[few], &proof), Err(Error::InstanceCounts { .. })));
}

#[test]
fn rejects_every_changed_public_value() {
    let (circuit, program) = powers(5);
    let keys = keys(&circuit);
    let witnesses = witnesses(&program, [3, 4]);
    let proof = prove(&[(&keys.proving, &witnesses)], &mut rng()).unwrap();
    let honest = publics(&witnesses);
    for instance in 0..2 {
        // The last one is padding, which Varuna itself leaves free.
        for index in 0..keys.verifying.publics() {
            let mut publics = honest.clone();
            publics[instance][index] += from_i128(1);
            let refused = verify(&[(&keys.verifying, &publics)], &proof).unwrap_err();
            match index {
                0 => assert!(matches!(refused, Error::PublicOne { .. })),
                _ => assert!(matches!(refused, Error::Rejected)),
            }
        }
    }
}
