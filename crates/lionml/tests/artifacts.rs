//! Artefacts survive storage, and nothing else passes for one.
#![cfg(test)]

mod support;

use std::sync::LazyLock;

use lionml::{
    ArtifactError, CompiledModel, Digest, Manifest, MismatchError, Opening, ProofFile, Proven,
    Prover, ProverKey, Verified, VerifierKey, Visibility,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use support::{PROOF, PROVER, verify};

/// What a parser, and whatever reads its result, makes of bytes that are not the honest ones.
type Accepts = fn(&[u8]) -> Result<(), &'static str>;

/// Each artefact with a function that says whether bytes pass for it.
fn artifacts() -> Vec<(&'static str, Vec<u8>, Accepts)> {
    vec![
        ("compiled model", PROVER.compiled().to_bytes().unwrap(), |bytes| {
            let model = CompiledModel::from_bytes(bytes).map_err(name)?;
            // Its keys are refused unless it makes the same circuit.
            let prover =
                model.prover(&support::CEREMONY, &PROVER.key().unwrap(), PROVER.verifier().clone());
            prover.map(|_| ()).map_err(|error| error.name())
        }),
        ("proving key", PROVER.key().unwrap().to_bytes().unwrap(), |bytes| {
            let key = ProverKey::from_bytes(bytes).map_err(name)?;
            let prover =
                PROVER.compiled().prover(&support::CEREMONY, &key, PROVER.verifier().clone());
            let prover = prover.map_err(|error| error.name())?;
            // The label of the reference string is believed, and decides what is loaded.
            if prover.key().unwrap() == PROVER.key().unwrap() && key == PROVER.key().unwrap() {
                Ok(())
            } else {
                Err("label")
            }
        }),
        ("verifying key", PROVER.verifier().to_bytes().unwrap(), |bytes| {
            let key = VerifierKey::from_bytes(bytes).map_err(name)?;
            let verified = key.verify(&PROOF, &Default::default());
            verified.map(|_| ()).map_err(|error| error.name())
        }),
        ("manifest", PROVER.verifier().manifest.to_bytes().unwrap(), |bytes| {
            let manifest = Manifest::from_bytes(bytes).map_err(name)?;
            if manifest == PROVER.verifier().manifest { Ok(()) } else { Err("other manifest") }
        }),
        ("proof", PROOF.to_bytes().unwrap(), |bytes| {
            let proof = ProofFile::from_bytes(bytes).map_err(name)?;
            verify(&PROVER, &proof).map(|_| ()).map_err(|error| error.name())
        }),
        ("opening", OPENING.to_bytes().unwrap(), |bytes| {
            let opening = Opening::from_bytes(bytes).map_err(name)?;
            let (prover, proof) = &*HASHED;
            let mut verified = VERIFIED.clone();
            let opened = opening.open(&proof.file, &prover.verifier().manifest, &mut verified);
            opened.map_err(|error| error.name())
        }),
    ]
}

static HASHED: LazyLock<(Prover, Proven)> = LazyLock::new(|| {
    let options = support::with_visibility(Visibility::Hashed, Visibility::Public);
    let prover = support::compile(&options).setup(&support::CEREMONY).unwrap();
    let proven = prover.prove(&support::inputs(1), &Default::default()).unwrap();
    (prover, proven)
});

static VERIFIED: LazyLock<Verified> = LazyLock::new(|| verify(&HASHED.0, &HASHED.1.file).unwrap());

static OPENING: LazyLock<Opening> = LazyLock::new(|| Opening {
    proof: Digest::of(&HASHED.1.file.to_bytes().unwrap()),
    instances: HASHED.1.opened.clone(),
});

fn name(error: ArtifactError) -> &'static str {
    lionml::Error::from(error).name()
}

#[test]
fn accepts_what_was_written() {
    for (what, bytes, accepts) in artifacts() {
        assert_eq!(accepts(&bytes), Ok(()), "{what}");
    }
    let proof = ProofFile::from_bytes(&PROOF.to_bytes().unwrap()).unwrap();
    assert_eq!(proof, *PROOF);
}

#[test]
fn rejects_every_prefix() {
    for (what, bytes, accepts) in artifacts() {
        for end in 0..bytes.len() {
            let refused = accepts(&bytes[..end]).unwrap_err();
            // A text can be cut where what is left is wrong in itself, as after a minus sign.
            let is_text = bytes[0] == b'{' && refused == "artifact::malformed";
            assert!(refused == "artifact::truncated" || is_text, "{what}, {end} bytes: {refused}");
        }
    }
}

#[test]
fn rejects_extensions() {
    for (what, bytes, accepts) in artifacts() {
        for more in [&b"\0"[..], b"\n", b"}", b"junk"] {
            assert!(accepts(&[&bytes[..], more].concat()).is_err(), "{what}");
        }
    }
}

#[test]
fn rejects_other_kinds_and_versions() {
    let all = artifacts();
    for (what, _, accepts) in &all {
        for (other, bytes, _) in all.iter().filter(|(other, ..)| other != what) {
            let refused = accepts(bytes).unwrap_err();
            let expected = ["artifact::other_kind", "artifact::not_ours"];
            assert!(expected.contains(&refused), "{what} from {other}: {refused}");
        }
        assert_eq!(accepts(b"something else"), Err("artifact::not_ours"), "{what}");
    }
    for (what, mut bytes, accepts) in all {
        if bytes[0] == b'{' {
            let text = String::from_utf8(bytes).unwrap();
            let (before, rest) = text.split_once("\"version\":").unwrap();
            bytes = format!("{before}\"version\":9{}", &rest[1..]).into_bytes();
        } else {
            bytes[8] += 1;
        }
        assert_eq!(accepts(&bytes), Err("artifact::newer_version"), "{what}");
    }
}

#[test]
fn rejects_random_mutations() {
    const MUTATIONS: usize = 5_000;
    let mut rng = StdRng::seed_from_u64(7);
    for (what, bytes, accepts) in artifacts() {
        for round in 0..MUTATIONS {
            let mut mutated = bytes.clone();
            for _ in 0..rng.random_range(1..=3) {
                let place = rng.random_range(0..mutated.len());
                match rng.random_range(0..4) {
                    0 => mutated[place] ^= 1 << rng.random_range(0..8),
                    1 => mutated[place] = rng.random(),
                    2 => {
                        mutated.remove(place);
                    }
                    _ => mutated.insert(place, rng.random()),
                }
            }
            if mutated != bytes {
                assert!(accepts(&mutated).is_err(), "{what}, mutation {round}");
            }
        }
    }
}

/// A checksum stops accidents; here whoever mutates repairs it, as an attacker would.
#[test]
fn rejects_random_mutations_with_a_right_checksum() {
    const MUTATIONS: usize = 10_000;
    const HEADER: usize = 20;
    let mut rng = StdRng::seed_from_u64(8);
    for (what, bytes, accepts) in artifacts() {
        for round in 0..MUTATIONS {
            let mut mutated = bytes.clone();
            if bytes[0] == b'{' {
                let place = rng.random_range(0..mutated.len());
                mutated[place] = *b"0123456789abcdef\"-,".get(rng.random_range(0..19)).unwrap();
                mutated = with_checksum_of_proof(mutated);
            } else {
                let end = mutated.len() - 32;
                let place = rng.random_range(HEADER..end);
                mutated[place] ^= 1 << rng.random_range(0..8);
                let checksum = Digest::of(&mutated[..end]);
                mutated[end..].copy_from_slice(&checksum.0);
            }
            if mutated != bytes {
                assert!(accepts(&mutated).is_err(), "{what}, mutation {round}");
            }
        }
    }
}

/// Whoever changes an artefact can name the changed one in those that go with it: then nothing stops
/// it before it is used.
#[test]
fn rejects_mutations_that_all_others_name() {
    const MUTATIONS: usize = 2_000;
    const HEADER: usize = 20;
    let mut rng = StdRng::seed_from_u64(9);
    let rekeyed = |key: &VerifierKey| {
        let proof = ProofFile { key: key.digest().unwrap(), ..PROOF.clone() };
        key.verify(&proof, &Default::default())
    };
    let honest = PROVER.compiled().to_bytes().unwrap();
    let (mut models, mut manifests) = (0, 0);
    for round in 0..MUTATIONS {
        let mut bytes = honest.clone();
        let end = bytes.len() - 32;
        bytes[rng.random_range(HEADER..end)] ^= 1 << rng.random_range(0..8);
        let checksum = Digest::of(&bytes[..end]);
        bytes[end..].copy_from_slice(&checksum.0);
        let Ok(model) = CompiledModel::from_bytes(&bytes) else { continue };
        models += 1;
        let mut key = ProverKey { model: model.digest().unwrap(), ..PROVER.key().unwrap() };
        key.circuits[0].0 = model.parts[0].circuit;
        let verifier =
            VerifierKey { manifest: model.manifest.clone(), ..PROVER.verifier().clone() };
        if model.manifest != verifier.manifest || model.circuits() != PROVER.compiled().circuits() {
            let made = model.prover(&support::CEREMONY, &key, verifier.clone());
            assert!(made.is_err(), "mutation {round} makes a circuit that is not its own");
        }
        // The proof pins the manifest.
        if model.manifest != PROVER.verifier().manifest {
            manifests += 1;
            assert!(rekeyed(&verifier).is_err(), "mutation {round} changes what the proof says");
        }
    }
    assert!(models > MUTATIONS / 20 && manifests > MUTATIONS / 100, "{models} {manifests}");
}

/// The text with the checksum that it should have, where it has one.
fn with_checksum_of_proof(bytes: Vec<u8>) -> Vec<u8> {
    const MARK: &str = "\"checksum\":\"";
    let Ok(text) = String::from_utf8(bytes.clone()) else { return bytes };
    let Some(start) = text.find(MARK).map(|place| place + MARK.len()) else { return bytes };
    let Some(end) = (start + 64 <= text.len()).then_some(start + 64) else { return bytes };
    let zeroed = format!("{}{}{}", &text[..start], "0".repeat(64), &text[end..]);
    let checksum = Digest::of(zeroed.as_bytes());
    format!("{}{checksum}{}", &text[..start], &text[end..]).into_bytes()
}

#[test]
fn rejects_a_proof_of_no_instances() {
    let proof = ProofFile { instances: Vec::new(), ..PROOF.clone() };
    let proof = ProofFile::from_bytes(&proof.to_bytes().unwrap()).unwrap();
    let error = verify(&PROVER, &proof).unwrap_err();
    assert_eq!(error.name(), "proof::elements");
    assert_eq!(error.to_string(), "the proof has no instances: it proves nothing");
    assert!(!error.hint().contains("defect"));
}

/// Members that stand twice, in every place of every text.
#[test]
fn rejects_doubled_keys_of_every_text() {
    let texts = artifacts().into_iter().filter(|(_, bytes, _)| bytes[0] == b'{');
    for (what, bytes, accepts) in texts {
        let text = String::from_utf8(bytes).unwrap();
        for (start, _) in text.match_indices(['{', ',']) {
            let rest = &text[start + 1..];
            let Some(end) = rest.find("\":").filter(|end| !rest[1..*end].contains('"')) else {
                continue;
            };
            if !rest.starts_with('"') {
                continue;
            }
            let key = &rest[1..end];
            let doubled = format!("{}\"{key}\":0,{rest}", &text[..=start]);
            let doubled = with_checksum_of_proof(doubled.into_bytes());
            assert_eq!(accepts(&doubled), Err("artifact::malformed"), "{what}: {key}");
            let error = match what {
                "manifest" => Manifest::from_bytes(&doubled).unwrap_err(),
                "proof" => ProofFile::from_bytes(&doubled).unwrap_err(),
                _ => Opening::from_bytes(&doubled).unwrap_err(),
            };
            assert!(
                error.to_string().contains(&format!("the key `{key}` stands twice")),
                "{error}"
            );
        }
    }
}

#[test]
fn rejects_a_model_whose_circuit_is_another() {
    let mut compiled = PROVER.compiled().clone();
    compiled.parts[0].circuit = Digest::of(b"another circuit");
    let bytes = compiled.to_bytes().unwrap();
    let compiled = CompiledModel::from_bytes(&bytes).unwrap();
    let refused = compiled.setup(&support::CEREMONY).err().unwrap();
    assert!(matches!(refused, lionml::Error::Mismatch(MismatchError::Circuit { .. })));
}

#[test]
fn matches_keys_of_two_set_ups() {
    let again = support::compile(&support::options()).setup(&support::CEREMONY).unwrap();
    assert_eq!(again.compiled().to_bytes().unwrap(), PROVER.compiled().to_bytes().unwrap());
    assert_eq!(again.verifier().to_bytes().unwrap(), PROVER.verifier().to_bytes().unwrap());
    assert_eq!(again.key().unwrap().to_bytes().unwrap(), PROVER.key().unwrap().to_bytes().unwrap());
}
