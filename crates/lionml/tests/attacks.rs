//! What a proof pins: each point of the statement with the attack on it.
#![cfg(test)]

mod support;

use lionml::{
    CompileOptions, Digest, Error, FieldText, Fr, Manifest, MismatchError, Opening, ProofFile,
    ProveOptions, Rejection, Shape, SrsKind, StatementError, VerifierKey, VerifyOptions,
    Visibility,
};
use lionml_r1cs::field::{One, Zero, from_i128, power_of_two};
use support::{
    CEREMONY, DEVELOPMENT, PROOF, PROVER, compile, expected, inputs, name, options, verify,
    with_visibility,
};

fn context(value: i128) -> ProveOptions {
    ProveOptions { context: from_i128(value), ..ProveOptions::default() }
}

#[test]
fn accepts_the_honest_proof() {
    let verified = verify(&PROVER, &PROOF).unwrap();
    assert_eq!(verified.srs, SrsKind::Ceremony);
    assert_eq!(verified.context, FieldText(Fr::zero()));
    let [instance] = &verified.instances[..] else { panic!("one instance") };
    assert_eq!(instance.inputs[0].values, None);
    let values = instance.outputs[0].values.clone().unwrap();
    for (value, expected) in values.iter().zip(expected(&inputs(1)[0])) {
        assert!((value.to_f64() - expected).abs() < 0.1, "{values:?}");
    }
}

/// The one circuit of the model.
fn circuit() -> &'static lionml::Interface {
    PROVER.verifier().manifest.single("a test").unwrap()
}

/// Statement, 2: the verifier's own zeros are the padding, whatever a file holds.
#[test]
fn rejects_junk_in_the_padding() {
    let publics = PROVER.verifier().circuits[0].key.publics();
    let used = lionml::HEADER + circuit().elements();
    assert!(used < publics, "the model must leave padding to attack");
    for junk in [Fr::zero(), Fr::one()] {
        let mut proof = PROOF.clone();
        proof.instances[0].push(junk);
        assert_eq!(name(verify(&PROVER, &proof)), "proof::elements");
    }
    let mut proof = PROOF.clone();
    proof.instances[0].pop();
    assert_eq!(name(verify(&PROVER, &proof)), "proof::elements");
}

/// Statement, 2: and the circuit pins it, for verifiers that are not ours.
#[test]
fn rejects_junk_in_the_padding_below_the_file() {
    let manifest = PROVER.verifier().manifest.digest().unwrap();
    let key = &PROVER.verifier().circuits[0].key;
    let honest = circuit().vector(manifest, Fr::zero(), &PROOF.instances[0], key.publics());
    let honest = honest.unwrap();
    assert!(lionml_varuna::verify(&[(key, std::slice::from_ref(&honest))], &PROOF.proof).is_ok());
    for slot in 0..honest.len() {
        let mut forged = honest.clone();
        forged[slot] += Fr::one();
        assert!(lionml_varuna::verify(&[(key, &[forged])], &PROOF.proof).is_err(), "slot {slot}");
    }
}

/// Statement, 3: a public value outside the interval of the manifest is none.
#[test]
fn rejects_public_values_outside_their_interval() {
    for value in [-Fr::one(), from_i128(1 << 100), power_of_two(200)] {
        let mut proof = PROOF.clone();
        proof.instances[0][0] = value;
        let refused = verify(&PROVER, &proof).unwrap_err();
        assert!(matches!(refused, Error::Statement(StatementError::Value { element: 0, .. })));
    }
    let mut proof = PROOF.clone();
    proof.instances[0][0] += Fr::one();
    assert_eq!(name(verify(&PROVER, &proof)), "proof::rejected");
}

fn input(manifest: &mut Manifest) -> &mut lionml::Port {
    &mut manifest.plan.circuits[0].inputs[0]
}

fn output(manifest: &mut Manifest) -> &mut lionml::Port {
    &mut manifest.plan.circuits[0].outputs[0]
}

/// Statement, 4: another manifest under the same key says other things of the same numbers.
#[test]
fn rejects_a_swapped_manifest() {
    type Change = fn(&mut Manifest);
    let changes: [Change; 8] = [
        |manifest| manifest.model = "a better model".to_owned(),
        |manifest| manifest.onnx = lionml::Digest::of(b"another file"),
        |manifest| output(manifest).name = "probability".to_owned(),
        |manifest| output(manifest).scale = input(manifest).scale,
        |manifest| input(manifest).interval = output(manifest).interval,
        |manifest| input(manifest).shape = lionml::Shape::from([3, 1]),
        |manifest| output(manifest).element = lionml::Element::Boolean,
        |manifest| input(manifest).visibility = lionml::Visibility::Packed,
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut verifier = PROVER.verifier().clone();
        change(&mut verifier.manifest);
        assert_ne!(verifier.manifest, PROVER.verifier().manifest, "change {index}");
        // Whoever hands over the key hands over the proof that names it.
        let proof = ProofFile { key: verifier.digest().unwrap(), ..PROOF.clone() };
        let refused = verifier.verify(&proof, &VerifyOptions::default());
        // Another visibility needs another number of public elements.
        let expected = if index == 7 { "proof::elements" } else { "proof::rejected" };
        assert_eq!(name(refused), expected, "change {index}");
    }
}

/// Statement, 5: a key that was changed after the proof was made for it.
#[test]
fn rejects_a_proof_that_names_another_key() {
    let other = compile(&CompileOptions { bits: Some(7), ..options() }).setup(&CEREMONY).unwrap();
    let refused = verify(&other, &PROOF).unwrap_err();
    assert!(matches!(refused, Error::Mismatch(MismatchError::ProofKey { .. })));
    let renamed = ProofFile { key: other.verifier().digest().unwrap(), ..PROOF.clone() };
    assert!(verify(&other, &renamed).is_err());
}

/// Statement, 5: keys of another model or of two set-ups.
#[test]
fn rejects_artefacts_of_different_models() {
    let other = compile(&CompileOptions { bits: Some(7), ..options() }).setup(&CEREMONY).unwrap();
    let development = compile(&options()).setup(&DEVELOPMENT).unwrap();
    let compiled = PROVER.compiled();
    let prover = |key: &lionml::ProverKey, verifier: &VerifierKey| {
        compiled.prover(&CEREMONY, key, verifier.clone()).err().unwrap().name()
    };
    assert_eq!(prover(&other.key().unwrap(), other.verifier()), "mismatch::keys");
    assert_eq!(prover(&PROVER.key().unwrap(), other.verifier()), "mismatch::manifest");
    assert_eq!(prover(&PROVER.key().unwrap(), development.verifier()), "mismatch::key_pair");
}

/// Statement, 6: the order of instances is pinned, and none can be added or dropped.
#[test]
fn rejects_instances_in_another_order() {
    let proven = PROVER.prove(&inputs(3), &ProveOptions::default()).unwrap();
    let verified = verify(&PROVER, &proven.file).unwrap();
    assert_eq!(verified.instances.len(), 3);
    for (instance, outputs) in verified.instances.iter().zip(&proven.outputs) {
        assert_eq!(instance.outputs[0].values.as_ref(), outputs.first());
    }
    assert_ne!(proven.file.instances[0], proven.file.instances[1]);
    let mut swapped = proven.file.clone();
    swapped.instances.swap(0, 1);
    assert_eq!(name(verify(&PROVER, &swapped)), "proof::rejected");
    let mut fewer = proven.file.clone();
    fewer.instances.pop();
    assert_eq!(name(verify(&PROVER, &fewer)), "proof::elements");
    let mut more = proven.file.clone();
    more.instances.push(more.instances[0].clone());
    assert_eq!(name(verify(&PROVER, &more)), "proof::elements");
    let mut repeated = proven.file;
    repeated.instances[1] = repeated.instances[0].clone();
    assert_eq!(name(verify(&PROVER, &repeated)), "proof::rejected");
}

/// Statement, 6: outputs of one instance in another order.
#[test]
fn rejects_swapped_outputs() {
    let mut proof = PROOF.clone();
    proof.instances[0].swap(0, 1);
    assert_ne!(proof, *PROOF);
    assert_eq!(name(verify(&PROVER, &proof)), "proof::rejected");
}

/// Statement, 7: which reference string a key belongs to is found out, not asked.
#[test]
fn rejects_the_development_reference_string() {
    let prover = compile(&options()).setup(&DEVELOPMENT).unwrap();
    assert_eq!(prover.srs(), SrsKind::Development);
    assert_ne!(prover.verifier().circuits, PROVER.verifier().circuits);
    let proof = prover.prove(&inputs(1), &ProveOptions::default()).unwrap().file;
    let refused = verify(&prover, &proof).unwrap_err();
    assert!(matches!(refused, Error::Rejection(Rejection::Insecure)));
    let options = VerifyOptions { allow_insecure: true, ..VerifyOptions::default() };
    let verified = prover.verifier().verify(&proof, &options).unwrap();
    assert_eq!(verified.srs, SrsKind::Development);
}

/// Statement, 8: a proof for one occasion is none for another.
#[test]
fn rejects_another_context() {
    let proof = PROVER.prove(&inputs(1), &context(7)).unwrap().file;
    let demand = |value| VerifyOptions { context: Some(from_i128(value)), ..Default::default() };
    assert!(PROVER.verifier().verify(&proof, &demand(7)).is_ok());
    let refused = PROVER.verifier().verify(&proof, &demand(8)).unwrap_err();
    assert!(matches!(refused, Error::Rejection(Rejection::Context { .. })));
    // A thief who writes another context into the file has no proof for it.
    let stolen = ProofFile { context: from_i128(8), ..proof };
    assert_eq!(name(PROVER.verifier().verify(&stolen, &demand(8))), "proof::rejected");
}

/// Statement, 9: a digest hides its input by the salt, and anybody with the salt can check it.
#[test]
fn matches_digests_of_hashed_inputs() {
    let options = with_visibility(Visibility::Hashed, Visibility::Public);
    let prover = compile(&options).setup(&CEREMONY).unwrap();
    let one = prover.prove(&inputs(1), &ProveOptions::default()).unwrap();
    let two = prover.prove(&inputs(1), &ProveOptions::default()).unwrap();
    assert_ne!(one.opened, two.opened);
    assert_ne!(one.file.instances[0][0], two.file.instances[0][0]);
    assert_eq!(one.file.instances[0][1..], two.file.instances[0][1..]);
    let verified = verify(&prover, &one.file).unwrap();
    assert_eq!(verified.instances[0].inputs[0].values, None);

    let port = &prover.compiled().manifest.inputs()[0];
    let integers: Vec<_> =
        inputs(1)[0][0].data().iter().map(|&real| port.scale.quantize(real).unwrap()).collect();
    let [opened] = &one.opened[0][..] else { panic!("{:?}", one.opened) };
    assert_eq!((opened.name.as_str(), &opened.integers), ("x", &integers));
    let digest = lionml::Interface::digest(&[(port, &integers)], opened.salt).unwrap();
    assert_eq!(verified.instances[0].inputs[0].digest, Some(FieldText(digest)));

    let mut forged = one.file.clone();
    forged.instances[0][0] = two.file.instances[0][0];
    assert_eq!(support::name(verify(&prover, &forged)), "proof::rejected");
}

/// Statement, 9: only the values that were proved open a digest.
#[test]
fn rejects_openings_of_other_values() {
    let options = with_visibility(Visibility::Hashed, Visibility::Hashed);
    let prover = compile(&options).setup(&CEREMONY).unwrap();
    let [one, two] = [(); 2].map(|()| prover.prove(&inputs(2), &ProveOptions::default()).unwrap());
    let proof = Digest::of(&one.file.to_bytes().unwrap());
    let open = |opening: &Opening| {
        let mut verified = verify(&prover, &one.file).unwrap();
        opening.open(&one.file, &prover.verifier().manifest, &mut verified).map(|()| verified)
    };
    let honest = Opening { proof, instances: one.opened.clone() };
    let shown = open(&honest).unwrap();
    for (instance, outputs) in shown.instances.iter().zip(&one.outputs) {
        assert_eq!(instance.outputs[0].values.as_ref(), outputs.first());
        assert!(instance.inputs[0].values.is_some() && instance.inputs[0].digest.is_some());
    }
    let refused = |change: fn(&mut Opening)| {
        let mut forged = honest.clone();
        change(&mut forged);
        name(open(&forged))
    };
    let lies: [fn(&mut Opening); 8] = [
        |o| o.instances[0][0].integers[0] += 1,
        // The same bits, as an integer of another size.
        |o| o.instances[0][0].integers[0] += 1 << 8,
        |o| o.instances[1][1].salt ^= 1,
        |o| o.instances[0][0].name = "y".to_owned(),
        |o| o.instances[0][0].integers.push(0),
        |o| o.instances[1].clear(),
        |o| o.instances[0].swap(0, 1),
        |o| o.instances.swap(0, 1),
    ];
    for lie in lies {
        assert_eq!(refused(lie), "proof::opening");
    }
    assert_eq!(refused(|o| o.instances.truncate(1)), "mismatch::opening");
    assert_eq!(name(open(&Opening { instances: two.opened, ..honest.clone() })), "proof::opening");
    let stranger = Digest::of(&two.file.to_bytes().unwrap());
    assert_eq!(name(open(&Opening { proof: stranger, ..honest })), "mismatch::opening");
}

/// Statement, 12: what is made over the development reference string says so, and nothing else does.
#[test]
fn rejects_other_labels_of_the_reference_string() {
    let honest = PROVER.verifier();
    let label = b"INSECURE: over the development reference string";
    let says = |bytes: &[u8]| bytes.windows(label.len()).any(|window| window == label);
    assert!(!says(&honest.to_bytes().unwrap()) && !says(&PROOF.to_bytes().unwrap()));
    let development = compile(&options()).setup(&DEVELOPMENT).unwrap();
    let proof = development.prove(&inputs(1), &ProveOptions::default()).unwrap().file;
    let key = development.verifier();
    assert!(says(&key.to_bytes().unwrap()) && says(&proof.to_bytes().unwrap()));
    assert_eq!(VerifierKey::from_bytes(&key.to_bytes().unwrap()).unwrap(), *key);
    assert_eq!(ProofFile::from_bytes(&proof.to_bytes().unwrap()).unwrap(), proof);
    let told = VerifyOptions { allow_insecure: true, ..Default::default() };
    assert!(key.verify(&proof, &told).is_ok());
    for (srs, of) in [(SrsKind::Ceremony, (key, &proof)), (SrsKind::Development, (honest, &*PROOF))]
    {
        let (key, proof) = of;
        let relabelled = ProofFile { srs, ..proof.clone() };
        assert_eq!(name(key.verify(&relabelled, &told)), "proof::srs");
        let key = VerifierKey { srs, ..key.clone() };
        let proof = ProofFile { key: key.digest().unwrap(), ..proof.clone() };
        assert_eq!(name(key.verify(&proof, &told)), "proof::srs");
    }
}

/// Statement, 10: packed outputs are the same values in fewer elements.
#[test]
fn matches_packed_outputs() {
    let options = with_visibility(Visibility::Public, Visibility::Packed);
    let prover = compile(&options).setup(&CEREMONY).unwrap();
    let proven = prover.prove(&inputs(1), &ProveOptions::default()).unwrap();
    assert_eq!(proven.file.instances[0].len(), 3 + 1);
    let verified = verify(&prover, &proven.file).unwrap();
    assert_eq!(verified.instances[0].outputs[0].values.as_ref(), proven.outputs[0].first());
    let shown = verified.instances[0].inputs[0].values.clone().unwrap();
    assert_eq!(shown, inputs(1)[0][0].data());
    let mut forged = proven.file;
    forged.instances[0][3] += power_of_two(250);
    assert_eq!(name(verify(&prover, &forged)), "proof::value_out_of_range");
}

/// Statement, 11: settings are frozen: the manifest alone makes the same circuit again.
#[test]
fn matches_a_circuit_from_frozen_settings() {
    // Settings that samples chose, and that nothing but the manifest hands on.
    let samples = support::input_file(r#"{"input_data": [[0.1, 0.2, 0.3]]}"#);
    let options = CompileOptions { bits: None, input_range: None, ..options() };
    let (first, report) =
        lionml::CompiledModel::compile(support::ONNX, Some(&samples), &options).unwrap();
    assert!(report.evaluations > 1);
    let place = tempfile::tempdir().unwrap();
    let manifest = place.path().join("model.manifest");
    fs_err::write(&manifest, first.manifest.to_bytes().unwrap()).unwrap();
    let onnx = support::fixture("two_nodes.onnx");
    let again = lionml::recompile(&onnx, &manifest, None, &mut |_| ()).unwrap().compiled;
    assert_eq!(again.to_bytes().unwrap(), first.to_bytes().unwrap());
    let keys = [again, first].map(|model| model.setup(&CEREMONY).unwrap());
    let [again, first] = keys.map(|prover| prover.verifier().to_bytes().unwrap());
    assert_eq!(again, first);
}

/// Statement, 5 and 12: a key that stands in for the model's, however its file is put together.
#[test]
fn rejects_forged_keys_in_an_audit() {
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name);
    let honest = PROVER.verifier();
    fs_err::write(path("model.manifest"), honest.manifest.to_bytes().unwrap()).unwrap();
    let audit = |verifier: &VerifierKey, allow_insecure| {
        fs_err::write(path("model.vk"), verifier.to_bytes().unwrap()).unwrap();
        let request = lionml::Audit {
            model: support::fixture("two_nodes.onnx"),
            manifest: path("model.manifest"),
            vk: path("model.vk"),
            samples: None,
            srs: Default::default(),
            allow_insecure,
        };
        request.execute(&mut |_| ()).map(|_| ())
    };
    audit(honest, false).unwrap();
    let setup = |options: &CompileOptions, srs| compile(options).setup(srs).unwrap();
    // Another circuit's key under this manifest, with its own certificate and with this one's.
    let other = setup(&CompileOptions { bits: Some(7), ..options() }, &CEREMONY);
    let other = other.verifier().clone();
    let mixed = VerifierKey { manifest: honest.manifest.clone(), ..other.clone() };
    assert_eq!(name(audit(&mixed, false)), "mismatch::recomputed_key");
    let mut mixed = honest.clone();
    mixed.circuits[0].key = other.circuits[0].key.clone();
    assert_eq!(name(audit(&mixed, false)), "mismatch::recomputed_key");
    let mut mixed = honest.clone();
    mixed.circuits[0].certificate = other.circuits[0].certificate.clone();
    assert_eq!(name(audit(&mixed, false)), "mismatch::recomputed_key");
    // The right circuit over powers whose secret everybody knows.
    let development = setup(&options(), &DEVELOPMENT);
    assert_eq!(name(audit(development.verifier(), false)), "proof::insecure");
    audit(development.verifier(), true).unwrap();
}

/// Statement, 11: settings can be any, so an audit says how far they take the integers from the model.
#[test]
fn rejects_nothing_and_warns_of_settings_that_change_the_model() {
    let place = tempfile::tempdir().unwrap();
    let manifest = place.path().join("model.manifest");
    let mut changed = compile(&options()).manifest;
    let (onnx, events) = (support::fixture("two_nodes.onnx"), &mut |_: lionml::Event<'_>| ());
    let mut measured = |manifest_now: &Manifest| {
        fs_err::write(&manifest, manifest_now.to_bytes().unwrap()).unwrap();
        lionml::recompile(&onnx, &manifest, None, events)
    };
    let fidelity = measured(&changed).unwrap().fidelity;
    assert_eq!((fidelity.warning(), fidelity.inputs, fidelity.random), (None, 16, true));
    let [range] = &fidelity.ranges[..] else { panic!("{:?}", fidelity.ranges) };
    assert!(range.low <= -1.0 && range.high < 2.0 && range.step < 0.02, "{range:?}");

    // The weights rounded to whole numbers: the manifest that fits them is found by its outputs.
    for bits in changed.settings.fraction_bits.values_mut() {
        *bits = (*bits).min(1);
    }
    let refused = measured(&changed).unwrap_err();
    assert_eq!(refused.name(), "mismatch::recomputed_manifest");
    let file = lionml_onnx::OnnxFile::from_bytes(support::ONNX).unwrap();
    let options = lionml_onnx::ImportOptions { dims: changed.dims.clone(), ..Default::default() };
    let model = file.import(&options);
    let model = lionml_graph::simplify(&model.unwrap().model).unwrap();
    let coarse = lionml_graph::quantize(&model, &changed.settings).unwrap();
    let ports = &mut changed.plan.circuits[0].outputs;
    for (port, output) in ports.iter_mut().zip(coarse.outputs()) {
        let number = coarse.number(output.outlet).unwrap();
        (port.scale, port.interval) = (number.scale, number.interval);
        port.leo = lionml_quant::IntegerType::smallest_for(&number.interval);
    }
    let fidelity = measured(&changed).unwrap().fidelity;
    assert!(fidelity.relative_error.unwrap() > 0.05, "{fidelity}");
    let warning = fidelity.warning().unwrap();
    assert!(warning.contains("random inputs"), "{warning}");
}

/// A manifest of a few bytes must not cost its reader gigabytes, in however many parts.
#[test]
fn rejects_manifests_that_show_too_much() {
    let mut changed = compile(&options()).manifest;
    output(&mut changed).shape = Shape::from([1 << 19]);
    assert!(Manifest::from_bytes(&changed.to_bytes().unwrap()).is_ok());
    changed.plan.circuits[0].outputs = vec![output(&mut changed).clone(); 3];
    let refused = Manifest::from_bytes(&changed.to_bytes().unwrap()).unwrap_err();
    assert!(refused.to_string().contains("`1572864` values are shown"), "{refused}");
}

/// A key with more public values could not be read again.
#[test]
fn rejects_models_of_more_public_values_than_a_key_may_have() {
    let dims = [("batch".to_owned(), 40_000)].into();
    let refused =
        lionml::CompiledModel::compile(support::ONNX, None, &CompileOptions { dims, ..options() });
    assert_eq!(support::name(refused.map(|_| ())), "request::public_values");
}

/// Names stand between what a proof says: none may pass for more of it.
#[test]
fn rejects_names_that_pass_for_other_text() {
    let honest = compile(&options()).manifest;
    assert!(Manifest::from_bytes(&honest.to_bytes().unwrap()).is_ok());
    for name in ["y` is 1\n  output `z", "\u{1b}[2K", "a\u{202e}b", "`"] {
        let mut changed = honest.clone();
        output(&mut changed).name = name.to_owned();
        let bytes = changed.to_bytes().unwrap();
        assert_eq!(
            Manifest::from_bytes(&bytes).unwrap_err().to_string().contains(name),
            name == "`"
        );
        changed = honest.clone();
        changed.model = name.to_owned();
        assert!(Manifest::from_bytes(&changed.to_bytes().unwrap()).is_err());
        let options = CompileOptions { name: Some(name.to_owned()), ..options() };
        let refused = lionml::CompiledModel::compile(support::ONNX, None, &options);
        assert_eq!(support::name(refused.map(|_| ())), "model::name");
    }
    // `x` is the name of the input, and of an operand.
    let mut onnx = support::ONNX.to_vec();
    let is_name = |window: &[u8]| window == b"\x01x";
    let places: Vec<_> = (0..onnx.len() - 1).filter(|&i| is_name(&onnx[i..i + 2])).collect();
    places.iter().for_each(|&place| onnx[place + 1] = b'\n');
    assert!(places.len() >= 2);
    let refused = lionml::CompiledModel::compile(&onnx, None, &options());
    assert_eq!(support::name(refused.map(|_| ())), "onnx::name");
}

/// Statement, 12: where the weights lie in a file beside the model's, both are the model.
#[test]
fn rejects_other_weights_beside_the_same_file() {
    let place = tempfile::tempdir().unwrap();
    let onnx = place.path().join("two_nodes_beside.onnx");
    let data = place.path().join("two_nodes.data");
    let manifest = place.path().join("model.manifest");
    fs_err::copy(support::fixture("two_nodes_beside.onnx"), &onnx).unwrap();
    let events = &mut |_: lionml::Event<'_>| ();
    let request = lionml::Compile {
        model: onnx.clone(),
        output: place.path().join("model.lion"),
        samples: None,
        options: options(),
    };
    assert_eq!(support::name(request.execute(events).map(|_| ())), "file::not_found");

    let mut weights = fs_err::read(support::fixture("two_nodes.data")).unwrap();
    fs_err::write(&data, &weights).unwrap();
    request.execute(events).unwrap();
    let compiled = lionml::CompiledModel::read(&request.output).unwrap();
    let inside = compile(&options());
    assert_eq!(compiled.parts[0].model, inside.parts[0].model);
    assert_ne!(compiled.manifest.onnx, inside.manifest.onnx);
    assert!(lionml::recompile(&onnx, &manifest, None, events).is_ok());

    weights[3] ^= 0x40;
    fs_err::write(&data, &weights).unwrap();
    let refused = lionml::recompile(&onnx, &manifest, None, events).map(|_| ());
    assert_eq!(support::name(refused), "mismatch::onnx");
    fs_err::write(&data, &weights[1..]).unwrap();
    let refused = lionml::recompile(&onnx, &manifest, None, events).map(|_| ());
    assert_eq!(support::name(refused), "mismatch::onnx");
    assert_eq!(support::name(request.execute(events).map(|_| ())), "onnx::invalid");
}
