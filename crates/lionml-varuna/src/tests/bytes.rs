//! Bytes from outside: one value has one encoding, and nothing panics.

use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use rayon::prelude::*;

use super::{keys, powers, publics, rng, witnesses};
use crate::{Certificate, FormatError, Proof, VerifyingKey, prove, verify, verify_certificate};

/// One to three bits or bytes changed, bytes moved, or a number replaced.
fn mutate(bytes: &[u8], rng: &mut impl Rng) -> Vec<u8> {
    let mut mutated = bytes.to_vec();
    for _ in 0..rng.random_range(1..=3) {
        let at = rng.random_range(0..bytes.len());
        match rng.random_range(0..5) {
            0 | 1 => mutated[at] ^= 1 << rng.random_range(0..8),
            2 => mutated[at] = rng.random(),
            3 => {
                let start = at / 8 * 8;
                let number: u64 = rng.random::<u64>() >> rng.random_range(0..64);
                let end = bytes.len().min(start + 8);
                mutated[start..end].copy_from_slice(&number.to_le_bytes()[..end - start]);
            }
            _ => {
                let (length, to) = (rng.random_range(1..64), rng.random_range(0..bytes.len()));
                for i in 0..length {
                    mutated[(to + i) % bytes.len()] = bytes[(at + i) % bytes.len()];
                }
            }
        }
    }
    mutated
}

/// Mutations that parse, and the encodings of what they parse to.
fn parsable(
    bytes: &[u8],
    count: u64,
    parse: impl Fn(&[u8]) -> Option<Vec<u8>> + Sync,
) -> Vec<Vec<u8>> {
    let parsed = |seed| {
        let mutated = mutate(bytes, &mut StdRng::seed_from_u64(seed));
        let encoded = parse(&mutated)?;
        assert_eq!(encoded, mutated, "one value has one encoding");
        (mutated != bytes).then_some(mutated)
    };
    (0..count).into_par_iter().filter_map(parsed).collect()
}

fn check_prefixes_and_extensions(bytes: &[u8], parse: impl Fn(&[u8]) -> bool) {
    assert!(parse(bytes));
    for length in 0..bytes.len() {
        assert!(!parse(&bytes[..length]), "prefix of {length} bytes");
    }
    for junk in [&[0][..], &[1], &[0; 3], &[0; 144], bytes] {
        assert!(!parse(&[bytes, junk].concat()), "{} more bytes", junk.len());
    }
}

#[test]
fn rejects_mutated_keys() {
    let (circuit, program) = powers(5);
    let keys = keys(&circuit);
    let bytes = keys.verifying.as_bytes();
    check_prefixes_and_extensions(bytes, |bytes| VerifyingKey::from_bytes(bytes).is_ok());
    let aleo = keys.verifying.to_aleo_bytes();
    check_prefixes_and_extensions(&aleo, |bytes| VerifyingKey::from_aleo_bytes(bytes).is_ok());
    assert_eq!((bytes.len(), aleo.len()), (664, 673));
    assert_eq!(VerifyingKey::from_aleo_bytes(&aleo).unwrap(), keys.verifying);

    let parse = |bytes: &[u8]| Some(VerifyingKey::from_bytes(bytes).ok()?.as_bytes().to_vec());
    let parsed = parsable(bytes, 5_000, parse);
    // Sizes and id are free in a valid encoding; a proof does not bind them, so that no mutated
    // key may be taken for the key, and none with other commitments may verify its proofs.
    assert!(parsed.len() > 50, "{} parse", parsed.len());
    let witnesses = witnesses(&program, [3]);
    let proof = prove(&[(&keys.proving, &witnesses)], &mut rng()).unwrap();
    let publics = publics(&witnesses);
    let mut verified = 0;
    for mutated in parsed.iter().take(100) {
        let key = VerifyingKey::from_bytes(mutated).unwrap();
        assert_ne!(key, keys.verifying);
        if verify(&[(&key, &publics)], &proof).is_ok() {
            assert_eq!(key.key.circuit_commitments, keys.verifying.key.circuit_commitments);
            verified += 1;
        }
    }
    assert!(verified > 0, "keys are malleable, or this test sees nothing");
}

#[test]
fn rejects_declared_sizes_out_of_bounds() {
    let (circuit, _) = powers(5);
    let keys = keys(&circuit);
    for index in 0..7 {
        for value in [0, 3, 1 << 17, (1 << 28) + 1, 1 << 40, 1 << 63, u64::MAX] {
            let mut bytes = keys.verifying.as_bytes().to_vec();
            bytes[index * 8..][..8].copy_from_slice(&u64::to_le_bytes(value));
            let parsed = VerifyingKey::from_bytes(&bytes);
            let is_fine = (1..6).contains(&index) && value == 1 << 17
                || (2..6).contains(&index) && value == 3;
            assert_eq!(parsed.is_ok(), is_fine, "size {index} = {value}");
            assert!(is_fine || matches!(parsed, Err(FormatError::Number { .. })));
        }
    }
    let mut aleo = keys.verifying.to_aleo_bytes();
    aleo[665] ^= 1;
    assert!(matches!(VerifyingKey::from_aleo_bytes(&aleo), Err(FormatError::Number { .. })));
    aleo[665] ^= 1;
    aleo[0] = 2;
    assert!(matches!(VerifyingKey::from_aleo_bytes(&aleo), Err(FormatError::Number { .. })));
}

#[test]
fn rejects_mutated_proofs() {
    let (circuit, program) = powers(5);
    let keys = keys(&circuit);
    let witnesses = witnesses(&program, [3]);
    let proof = prove(&[(&keys.proving, &witnesses)], &mut rng()).unwrap();
    let publics = publics(&witnesses);
    let bytes = proof.as_bytes();
    check_prefixes_and_extensions(bytes, |bytes| Proof::from_bytes(bytes).is_ok());
    let aleo = proof.to_aleo_bytes();
    check_prefixes_and_extensions(&aleo, |bytes| Proof::from_aleo_bytes(bytes).is_ok());
    assert_eq!((bytes.len(), aleo.len()), (956, 957));
    assert_eq!(Proof::from_aleo_bytes(&aleo).unwrap(), proof);

    let parse = |bytes: &[u8]| Some(Proof::from_bytes(bytes).ok()?.as_bytes().to_vec());
    let parsed = parsable(bytes, 6_000, parse);
    assert!(parsed.len() > 100, "{} parse", parsed.len());
    for mutated in parsed.iter().take(200) {
        let proof = Proof::from_bytes(mutated).unwrap();
        assert!(verify(&[(&keys.verifying, &publics)], &proof).is_err());
    }
}

#[test]
fn rejects_mutated_certificates() {
    let (circuit, _) = powers(5);
    let keys = keys(&circuit);
    let bytes = keys.certificate.as_bytes();
    check_prefixes_and_extensions(bytes, |bytes| Certificate::from_bytes(bytes).is_ok());
    let parse = |bytes: &[u8]| Some(Certificate::from_bytes(bytes).ok()?.as_bytes().to_vec());
    for mutated in parsable(bytes, 2_000, parse).iter().take(50) {
        let certificate = Certificate::from_bytes(mutated).unwrap();
        assert!(verify_certificate(&keys.verifying, &circuit, &certificate).is_err());
    }
}

#[test]
fn rejects_declared_instances_that_the_bytes_cannot_hold() {
    let words = |words: &[u64]| words.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<_>>();
    for counts in [
        &[][..],
        &[0],
        &[1, 0],
        &[1, u64::MAX],
        &[2, u64::MAX, 2],
        &[u64::MAX],
        &[1 << 61, 1],
        &[1, 1 << 40],
    ] {
        let mut bytes = words(counts);
        assert!(Proof::from_bytes(&bytes).is_err());
        bytes.resize(956, 0);
        assert!(Proof::from_bytes(&bytes).is_err());
    }
}
