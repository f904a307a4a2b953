//! A measurement proves and verifies.
#![cfg(test)]

use lionml::{SrsKind, SrsOptions};
use lionml_bench::{Bench, Error, Ezkl, Measure, SuiteModel};

#[test]
fn accepts_two_digits_in_one_proof() {
    let model = "digits_mlp".to_owned();
    let request = Measure { model, instances: 2, srs: SrsOptions::default() };
    let measured = request.execute().unwrap();
    assert_eq!((measured.instances, measured.srs), (2, SrsKind::Ceremony));
    let alone = Measure { instances: 1, ..request }.execute().unwrap();
    assert_eq!(measured.sizes, alone.sizes);
    assert_eq!(measured.pk_bytes, alone.pk_bytes);
    assert!(alone.proof_bytes < 1_000, "{}", alone.proof_bytes);
}

#[test]
fn rejects_what_cannot_be_measured() {
    assert!(matches!(SuiteModel::find("resnet"), Err(Error::UnknownModel { .. })));
    let bench = Bench {
        models: Vec::new(),
        runs: 1,
        batches: false,
        srs: SrsOptions::default(),
        ezkl: Some(Ezkl { python: "no-such-python".into(), cache: None }),
        accuracy_samples: 1,
        worker: Vec::new(),
    };
    // The peer is looked for before anything takes time.
    assert!(matches!(bench.execute(&mut |_| ()), Err(Error::Start { .. })));
    let without = Ezkl { python: "false".into(), cache: None };
    assert!(matches!(without.version(), Err(Error::NoEzkl { .. })));
    let none = Bench { runs: 0, ..bench };
    assert!(matches!(none.execute(&mut |_| ()), Err(Error::Zero { field: "runs" })));
}
