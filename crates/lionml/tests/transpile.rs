//! A transpiled circuit is the compiler's: in a crate of its own, with nothing but snarkVM, it has
//! the same digest and the same key, byte by byte, and its proofs verify.
#![cfg(test)]

mod support;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use lionml::{
    Compile, CompileOptions, CompiledModel, Digest, ExportWitness, Fr, ProofFile, Setup,
    SrsOptions, Transpile, TranspileReport, VerifierKey, VerifyOptions,
};
use lionml_r1cs::field;
use support::name;
use tempfile::TempDir;

const CONTEXT: u64 = 77;

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A model of the repository, compiled, with its keys, transpiled, with the witness of its input.
fn transpile(model: &str, place: &Path, module: &str) -> TranspileReport {
    let folder = repository().join("models").join(model);
    let lion = place.join(format!("{module}.lion"));
    let compile = Compile {
        model: folder.join("model.onnx"),
        output: lion.clone(),
        samples: Some(folder.join("samples.json")),
        options: CompileOptions::default(),
    };
    compile.execute(&mut |_| ()).unwrap();
    let (srs, keys) = (SrsOptions::default(), place.join(module));
    let setup = Setup { model: lion.clone(), output: keys.clone(), srs: srs.clone() };
    setup.execute(&mut |_| ()).unwrap();
    let witness = ExportWitness {
        model: lion.clone(),
        input: folder.join("input.json"),
        output: place.join(format!("{module}.witness")),
        context: Some(CONTEXT.to_string()),
        salt: None,
    };
    witness.execute(&mut |_| ()).unwrap();
    let output = place.join(format!("src/{module}.rs"));
    let made = Transpile { model: lion, output, annotation: Some(7), vk: None, srs };
    let report = made.execute(&mut |_| ()).unwrap();
    let given = Transpile { vk: Some(keys.join("model.vk")), ..made };
    assert_eq!(given.execute(&mut |_| ()).unwrap(), report);
    report
}

/// Builds the crate in a place among the builds of the workspace, and runs it there.
fn run(place: &Path) -> String {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transpiled");
    let workspace = fs_err::read_to_string(repository().join("Cargo.toml")).unwrap();
    let of_dependencies = workspace.find("[profile.dev.package").unwrap();
    let package = fs_err::read_to_string(own.join("package.toml")).unwrap();
    let package = [&package, "\n", &workspace[of_dependencies..]].concat();
    fs_err::write(place.join("Cargo.toml"), package).unwrap();
    fs_err::copy(own.join("program.rs"), place.join("src/main.rs")).unwrap();
    fs_err::copy(repository().join("Cargo.lock"), place.join("Cargo.lock")).unwrap();
    let program = std::env::current_exe().unwrap();
    let target = program.ancestors().nth(3).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    // What cargo says of this test to its process would say to build scripts that all has changed.
    for variable in std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()) {
        if variable.starts_with("CARGO_PKG") || variable.starts_with("CARGO_MANIFEST") {
            cargo.env_remove(variable);
        }
    }
    cargo.args(["run", "--quiet", "--offline", "--target-dir"]).arg(target).current_dir(place);
    // What this test is compiled with is there already.
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn bytes(digits: &str) -> Vec<u8> {
    let digit = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.as_bytes().chunks(2).map(digit).collect()
}

#[test]
fn matches_keys_and_proofs_of_transpiled_circuits() {
    let place = TempDir::new().unwrap();
    let place = place.path();
    let digits = transpile("digits_mlp", place, "digits");
    let mnist = transpile("196_25_10", place, "mnist");
    // The one has its coefficients inline, the other in a file.
    assert_eq!((digits.files.len(), mnist.files.len()), (1, 2));
    let source = fs_err::read_to_string(&mnist.files[0]).unwrap();
    fs_err::write(place.join("src/tampered.rs"), source.replace("mnist.coef", "tampered.coef"))
        .unwrap();
    let mut coefficients = fs_err::read(&mnist.files[1]).unwrap();
    *coefficients.last_mut().unwrap() ^= 1;
    fs_err::write(place.join("src/tampered.coefficients"), coefficients).unwrap();

    let answer = run(place);
    let lines: Vec<&str> = answer.lines().collect();
    let [digits_line, mnist_line, refusal] = lines[..] else { panic!("{answer}") };
    assert!(refusal.contains("I/O error"), "{refusal}");
    for (module, report, line) in [("digits", digits, digits_line), ("mnist", mnist, mnist_line)] {
        let [circuit, key, proof] = line.split(' ').collect::<Vec<_>>()[..] else { panic!() };
        let lion = fs_err::read(place.join(format!("{module}.lion"))).unwrap();
        let compiled = CompiledModel::from_bytes(&lion).unwrap();
        assert_eq!((circuit, &compiled.circuits()), (&*report.circuit, &report.circuit));
        let vk = fs_err::read(place.join(module).join("model.vk")).unwrap();
        assert_eq!(Digest::of(&vk).to_string(), report.key);
        let vk = VerifierKey::from_bytes(&vk).unwrap();
        assert_eq!(bytes(key), vk.circuits[0].key.as_bytes());
        assert_eq!(Digest::of(&bytes(key)).to_string(), report.varuna_key);
        // snarkVM's proof of the exported witness is one of the model, for its verifier.
        let witness = fs_err::read(place.join(format!("{module}.witness"))).unwrap();
        let public = |index: usize| {
            field::from_bytes(witness[32 * index..32 * (index + 1)].try_into().unwrap()).unwrap()
        };
        let elements = vk.manifest.single("a test").unwrap().elements();
        let proof = ProofFile {
            key: vk.digest().unwrap(),
            srs: vk.srs,
            context: Fr::from(CONTEXT),
            instances: vec![(3..3 + elements).map(public).collect()],
            proof: lionml_varuna::Proof::from_bytes(&bytes(proof)).unwrap(),
        };
        let demand = VerifyOptions { context: Some(Fr::from(CONTEXT)), allow_insecure: false };
        assert!(vk.verify(&proof, &demand).is_ok());
        let source = fs_err::read_to_string(&report.files[0]).unwrap();
        for constant in [&report.circuit, &report.key, &report.varuna_key] {
            assert!(source.contains(constant.as_str()), "{constant}");
        }
        assert!(source.contains("ANNOTATION: Option<u32> = Some(7);"));
    }
}

#[test]
fn rejects_requests_to_transpile() {
    let place = TempDir::new().unwrap();
    let lion = place.path().join("model.lion");
    let model = support::compile(&support::options());
    fs_err::write(&lion, model.to_bytes().unwrap()).unwrap();
    let vk = |bytes: Vec<u8>| {
        let path = place.path().join("model.vk");
        fs_err::write(&path, bytes).unwrap();
        Some(path)
    };
    let good = Transpile {
        model: lion,
        output: place.path().join("model.rs"),
        annotation: None,
        vk: None,
        srs: SrsOptions::default(),
    };
    let text = Transpile { output: place.path().join("model.txt"), ..good.clone() };
    assert_eq!(name(text.execute(&mut |_| ())), "request::field");
    let folder: PathBuf = place.path().join("folder.rs");
    fs_err::create_dir(&folder).unwrap();
    assert_eq!(name(Transpile { output: folder, ..good.clone() }.execute(&mut |_| ())), "file::io");
    // A key of another statement about the same model, and a key with another's certificate.
    let other = support::compile(&support::with_visibility(
        lionml::Visibility::Public,
        lionml::Visibility::Public,
    ));
    let other = other.setup(&support::CEREMONY).unwrap().verifier().clone();
    let of_other = Transpile { vk: vk(other.to_bytes().unwrap()), ..good.clone() };
    assert_eq!(name(of_other.execute(&mut |_| ())), "mismatch::manifest");
    let own = support::PROVER.verifier().clone();
    let mut mixed = own;
    mixed.circuits[0].key = other.circuits[0].key.clone();
    let of_mixed = Transpile { vk: vk(mixed.to_bytes().unwrap()), ..good.clone() };
    assert_eq!(name(of_mixed.execute(&mut |_| ())), "mismatch::recomputed_key");
    assert!(!good.output.exists());
    assert_eq!(good.execute(&mut |_| ()).unwrap().files, [good.output]);
}

#[test]
fn rejects_witnesses_that_nobody_could_open() {
    let place = TempDir::new().unwrap();
    let (model, input) = (place.path().join("model.lion"), place.path().join("input.json"));
    let hashed = support::with_visibility(lionml::Visibility::Hashed, lionml::Visibility::Public);
    fs_err::write(&model, support::compile(&hashed).to_bytes().unwrap()).unwrap();
    fs_err::write(&input, r#"{"input_data": [[0.5, -0.25, 0.125]]}"#).unwrap();
    let request = ExportWitness {
        model,
        input: input.clone(),
        output: place.path().join("model.witness"),
        context: None,
        salt: None,
    };
    assert_eq!(name(request.execute(&mut |_| ())), "request::field");
    let salted = ExportWitness { salt: Some(5), ..request };
    let report = salted.execute(&mut |_| ()).unwrap();
    let length = fs_err::metadata(&salted.output).unwrap().len();
    assert_eq!(length, 32 * (report.publics + report.privates) as u64);
    fs_err::write(&input, r#"[{"input_data": [[0, 0, 0]]}, {"input_data": [[0, 0, 0]]}]"#).unwrap();
    assert_eq!(name(salted.execute(&mut |_| ())), "request::field");
    fs_err::write(&input, r#"{"input_data": [[0.5, -0.25, 40]]}"#).unwrap();
    assert_eq!(name(salted.execute(&mut |_| ())), "input::out_of_range");
}
