//! A stored key and proof: what was deployed must verify later.

use lionml_r1cs::{
    Fr,
    field::{from_bytes, to_bytes},
};

use super::{keys, powers, rng, witnesses};
use crate::{Certificate, Proof, SrsKind, VerifyingKey, prove, verify, verify_certificate};

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/varuna_v1");

fn read(name: &str) -> Vec<u8> {
    fs_err::read(format!("{FIXTURE}/{name}")).unwrap()
}

#[test]
fn pins_keys_and_accepts_a_stored_proof() {
    let key = VerifyingKey::from_aleo_bytes(&read("vk")).unwrap();
    let proof = Proof::from_aleo_bytes(&read("proof")).unwrap();
    let certificate = Certificate::from_bytes(&read("certificate")).unwrap();
    let publics: Vec<Fr> = read("public")
        .chunks_exact(32)
        .map(|bytes| from_bytes(bytes.try_into().unwrap()).unwrap())
        .collect();
    assert_eq!(verify(&[(&key, &[publics])], &proof).unwrap(), SrsKind::Ceremony);
    let (circuit, _) = powers(5);
    assert_eq!(verify_certificate(&key, &circuit, &certificate).unwrap(), SrsKind::Ceremony);
    assert_eq!(keys(&circuit).verifying, key, "breaks deployed verifiers");
}

#[test]
#[ignore = "writes the stored proof anew"]
fn writes_the_stored_proof() {
    let (circuit, program) = powers(5);
    let keys = keys(&circuit);
    let witnesses = witnesses(&program, [3]);
    let proof = prove(&[(&keys.proving, &witnesses)], &mut rng()).unwrap();
    let public: Vec<u8> = witnesses[0].public.iter().flat_map(to_bytes).collect();
    fs_err::create_dir_all(FIXTURE).unwrap();
    fs_err::write(format!("{FIXTURE}/vk"), keys.verifying.to_aleo_bytes()).unwrap();
    fs_err::write(format!("{FIXTURE}/proof"), proof.to_aleo_bytes()).unwrap();
    fs_err::write(format!("{FIXTURE}/certificate"), keys.certificate.as_bytes()).unwrap();
    fs_err::write(format!("{FIXTURE}/public"), public).unwrap();
}
