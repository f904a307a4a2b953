//! What expanded programs compute and check: compiled and run by Leo itself, compared with digests
//! that are computed here bit by bit.

use std::path::Path;

use clap::Parser;
use leo_lang::cli::{CLI, run_with_args};
use leo_span::create_session_if_not_set_then;
use snarkvm::prelude::{
    Address, Argument, Field, FromBits, FromStr, Network, One, Plaintext, PrivateKey, Process,
    Program, ProgramID, TestnetV0, ToBits, ToField, ToFieldsRaw, Value, Zero,
};
use tempfile::TempDir;

use crate::support::{REGISTRY, expand, package};

type F = Field<TestnetV0>;

/// Leo's key for development.
const PRIVATE_KEY: &str = "APrivateKey1zkp8CZNn3yeCseEtxuVPbDCwSyhGW6yZKUYKfgXmcpoGPWH";

/// The package that holds the expansion of a golden program.
fn expanded(name: &str) -> TempDir {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/golden");
    let source = fs_err::read_to_string(golden.join(format!("{name}.leo"))).unwrap();
    let directory = package(&source, &[]);
    let path = directory.path();
    let output = expand(path);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs_err::rename(path.join("expanded.leo"), path.join("src/main.leo")).unwrap();
    fs_err::write(path.join("registry.aleo"), REGISTRY).unwrap();
    let manifest = r#"{"program": "gate.aleo", "version": "0.1.0", "description": "",
        "license": "MIT", "leo": "4.4.6", "dev_dependencies": null, "dependencies": [
            {"name": "other.aleo", "location": "local", "path": "other.aleo", "edition": null},
            {"name": "lionml_registry.aleo", "location": "local", "path": "registry.aleo",
             "edition": null}]}"#;
    fs_err::write(path.join("program.json"), manifest).unwrap();
    directory
}

/// Runs Leo's own command in a package, without a server.
fn leo(
    directory: &Path,
    command: &[&str],
    arguments: &[&str],
) -> Result<serde_json::Value, String> {
    let text = |path: std::path::PathBuf| path.to_str().unwrap().to_owned();
    let answer = directory.join("answer.json");
    let all = [
        vec!["leo".to_owned(), format!("--json-output={}", answer.display())],
        vec!["--path".to_owned(), text(directory.to_owned())],
        vec!["--home".to_owned(), text(directory.join("home"))],
        command.iter().map(|argument| (*argument).to_owned()).collect(),
        ["--offline", "--network", "testnet", "--endpoint", "http://127.0.0.1:1", "--"]
            .map(str::to_owned)
            .to_vec(),
        arguments.iter().map(|argument| (*argument).to_owned()).collect(),
    ]
    .concat();
    let thread = std::thread::Builder::new().stack_size(64 << 20);
    let run = thread.spawn(move || {
        create_session_if_not_set_then(|_| {
            let cli = CLI::try_parse_from(all).map_err(|error| error.to_string())?;
            run_with_args(cli).map_err(|error| error.to_string())
        })
    });
    run.unwrap().join().unwrap()?;
    Ok(serde_json::from_str(&fs_err::read_to_string(answer).unwrap()).unwrap())
}

/// The plain arguments of the `final` that an entry function returns, but for proofs.
fn captured(directory: &Path, arguments: &[&str]) -> Result<Vec<String>, String> {
    let proof = format!("[{}]", vec!["0u8"; 957].join(", "));
    let arguments: Vec<_> = arguments
        .iter()
        .map(|argument| if *argument == "PROOF" { &proof } else { *argument })
        .collect();
    let answer = leo(directory, &["run", "--private-key", PRIVATE_KEY], &arguments)?;
    let outputs = answer["outputs"].as_array().unwrap();
    let text = outputs.last().unwrap().as_str().unwrap();
    let Value::Future(future) = Value::<TestnetV0>::from_str(text).unwrap() else {
        panic!("{text} is no future");
    };
    let plain = future.arguments().iter().filter_map(|argument| match argument {
        Argument::Plaintext(plaintext) => Some(plaintext.to_string().replace(['\n', ' '], "")),
        _ => None,
    });
    Ok(plain.filter(|argument| argument.len() < 3000).collect())
}

/// Poseidon over bits, 252 in an element: raw hashing as the contract has it.
fn digest(bits: &[bool]) -> String {
    let elements: Vec<_> = bits.chunks(252).map(|bits| F::from_bits_le(bits).unwrap()).collect();
    TestnetV0::hash_psd8(&elements).unwrap().to_string()
}

fn bits<T: Copy + TryInto<i128>>(values: &[T], width: usize) -> Vec<bool> {
    values
        .iter()
        .flat_map(|value| {
            let value = (*value).try_into().ok().unwrap();
            (0..width).map(move |bit| value >> bit & 1 == 1)
        })
        .collect()
}

fn field(value: i64) -> F {
    let magnitude = F::from_u64(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}

fn caller() -> Address<TestnetV0> {
    Address::try_from(&PrivateKey::from_str(PRIVATE_KEY).unwrap()).unwrap()
}

fn context(ticket: u64, call: u64) -> String {
    let program = ProgramID::<TestnetV0>::from_str("gate.aleo").unwrap().to_address().unwrap();
    let elements = [
        caller().to_field().unwrap(),
        program.to_field().unwrap(),
        F::from_u64(ticket),
        F::from_u64(call),
    ];
    digest(&elements.iter().flat_map(ToBits::to_bits_le).collect::<Vec<_>>())
}

fn salted(values: Vec<bool>, salt: u128) -> String {
    let salt = (0..128).map(|bit| salt >> bit & 1 == 1);
    digest(&values.into_iter().chain(salt).collect::<Vec<_>>())
}

#[test]
fn matches_contexts_and_digests_of_negative_numbers() {
    let gate = expanded("gate");
    let image = [-1i16, 2, -32768, 32767];
    let salt = u128::MAX - 1;
    let seen = captured(
        gate.path(),
        &[
            "accept",
            "5u32",
            "[-1i16, 2i16, -32768i16, 32767i16]",
            &format!("{salt}u128"),
            "3u8",
            "PROOF",
        ],
    )
    .unwrap();
    let expected = [
        context(5, 0),
        salted(bits(&image, 16), salt),
        field(3).to_string(),
        "3u8".to_owned(),
        caller().to_string(),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn matches_raw_digests_of_the_virtual_machine() {
    let image = "[[-1i16, 2i16], [-32768i16, 32767i16]]";
    let text = format!("{{ values: {image}, salt: 77u128 }}");
    let plaintext = Plaintext::<TestnetV0>::from_str(&text).unwrap();
    let elements = Value::Plaintext(plaintext).to_fields_raw().unwrap();
    let digest = TestnetV0::hash_psd8(&elements).unwrap().to_string();
    assert_eq!(digest, salted(bits(&[-1i16, 2, -32768, 32767], 16), 77));
}

#[test]
fn matches_signed_and_packed_elements() {
    let mixed = expanded("mixed");
    let salt = 1u128 << 127;
    let seen = captured(
        mixed.path(),
        &[
            "second",
            "200u8",
            "[[-16i8], [15i8]]",
            "[-32768i16, 32767i16]",
            "255u8",
            &format!("{salt}u128"),
            "[-100i32, 100i32, -1i32]",
            "-128i8",
            "PROOF",
        ],
    )
    .unwrap();
    let list = |elements: &[F]| {
        let elements: Vec<_> = elements.iter().map(F::to_string).collect();
        format!("[{}]", elements.join(","))
    };
    let expected = [
        context(200, 0),
        field(31 * 32).to_string(),
        list(&[field(-32768), field(32767)]),
        salted(bits(&[255u8], 8), salt),
        list(&[field(200 * 256), field(99)]),
        field(-128).to_string(),
        "-128i8".to_owned(),
    ];
    assert_eq!(seen, expected);
    assert_eq!(field(-1) + F::one(), F::zero());
}

#[test]
fn matches_contexts_of_several_calls() {
    let mixed = expanded("mixed");
    let image = "[[1i16, -2i16], [3i16, -4i16]]";
    let seen = captured(
        mixed.path(),
        &[
            "first",
            "7field",
            "1u8",
            "[0i16, 0i16]",
            image,
            "1u128",
            "8u8",
            "PROOF",
            "2u128",
            "9u8",
            "PROOF",
        ],
    )
    .unwrap();
    let values = bits(&[1i16, -2, 3, -4], 16);
    let expected = [
        context(7, 0),
        salted(values.clone(), 1),
        field(8).to_string(),
        context(7, 1),
        salted(values, 2),
        field(9).to_string(),
        "1u8".to_owned(),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn rejects_packed_values_with_a_second_reading() {
    let gate = expanded("gate");
    for digit in ["10u8", "255u8"] {
        let error = captured(
            gate.path(),
            &["accept", "5u32", "[0i16, 0i16, 0i16, 0i16]", "0u128", digit, "PROOF"],
        )
        .unwrap_err();
        assert!(error.contains("assert.eq"), "{error}");
    }
    let mixed = expanded("mixed");
    for (a, y) in [
        ("[[0i8], [-17i8]]", "[0i32, 0i32, 0i32]"),
        ("[[0i8], [0i8]]", "[101i32, 0i32, 0i32]"),
        ("[[0i8], [0i8]]", "[-2147483648i32, 0i32, 0i32]"),
    ] {
        let error = captured(
            mixed.path(),
            &["second", "0u8", a, "[0i16, 0i16]", "0u8", "0u128", y, "0i8", "PROOF"],
        )
        .unwrap_err();
        assert!(error.contains("assert.eq"), "{error}");
    }
}

/// The bytecode that runs on the chain: nothing of the verification was optimised away, and it
/// stands first.
#[test]
fn pins_the_bytecode_of_final() {
    let gate = expanded("gate");
    leo(gate.path(), &["build"], &[]).unwrap();
    let bytecode = fs_err::read_to_string(gate.path().join("build/gate/gate.aleo")).unwrap();
    let (_, finalize) = bytecode.split_once("finalize accept:\n").unwrap();
    let (finalize, _) = finalize.split_once("\n\n").unwrap();
    let expected = "    \
    input r0 as field.public;
    input r1 as field.public;
    input r2 as field.public;
    input r3 as [u8; 957u32].public;
    input r4 as u8.public;
    input r5 as address.public;
    contains lionml_contexts[r0] into r6;
    not r6 into r7;
    assert.eq r7 true;
    set true into lionml_contexts[r0];
    cast 111u8 136u8 33u8 188u8 7u8 230u8 195u8 85u8 219u8 49u8 253u8 \
    139u8 99u8 42u8 50u8 8u8 197u8 172u8 248u8 187u8 233u8 132u8 \
    213u8 163u8 30u8 106u8 243u8 191u8 166u8 28u8 231u8 149u8 into r8 as [u8; 32u32];
    assert.eq lionml_registry.aleo/checksum r8;
    get lionml_registry.aleo/key_digests[7u32] into r9;
    assert.eq r9 7654321field;
    get lionml_registry.aleo/keys[7u32] into r10;
    cast 1field 1234567field r0 r1 r2 0field 0field 0field into r11 as [field; 8u32];
    snark.verify r10 3u8 r11 r3 into r12;
    assert.eq r12 true;
    assert.eq r4 3u8;
    set true into opened[r5];";
    assert_eq!(finalize, expected);
}

#[test]
fn pins_that_every_verification_is_asserted() {
    let mixed = expanded("mixed");
    leo(mixed.path(), &["build"], &[]).unwrap();
    let bytecode = fs_err::read_to_string(mixed.path().join("build/gate/gate.aleo")).unwrap();
    let lines: Vec<_> = bytecode.lines().map(str::trim).collect();
    let verified: Vec<_> = (0..lines.len())
        .filter(|&index| lines[index].starts_with("snark.verify "))
        .map(|index| {
            let (_, register) = lines[index].rsplit_once("into ").unwrap();
            let register = register.trim_end_matches(';');
            lines[index + 1] == format!("assert.eq {register} true;")
        })
        .collect();
    assert_eq!(verified, [true, true, true]);
}

/// Everything rests on `final`. What a calling program gets of it it can neither drop nor keep.
#[test]
fn rejects_callers_that_leave_out_what_they_call_in_final() {
    let gate = expanded("gate");
    leo(gate.path(), &["build"], &[]).unwrap();
    let gate = fs_err::read_to_string(gate.path().join("build/gate/gate.aleo")).unwrap();
    let parse = |code: &str| Program::<TestnetV0>::from_str(code).unwrap();
    let process = Process::<TestnetV0>::load().unwrap();
    process.lock().add_program(&parse(REGISTRY)).unwrap();
    process.lock().add_program(&parse(&gate)).unwrap();
    let caller = |rest: &str| {
        let code = format!(
            "import gate.aleo;
             program caller.aleo;
             function enter:
                 input r0 as u32.public;
                 input r1 as [i16; 4u32].private;
                 input r2 as u128.private;
                 input r3 as u8.public;
                 input r4 as [u8; 957u32].public;
                 call gate.aleo/accept r0 r1 r2 r3 r4 into r5;
             {rest}
             constructor:
                 assert.eq edition 0u16;"
        );
        process.lock().add_program(&parse(&code)).map_err(|error| format!("{error:?}"))
    };
    let missing = caller("").unwrap_err();
    assert!(missing.contains("must contain a finalize block"), "{missing}");
    let takes = "async enter r5 into r6;
        output r6 as caller.aleo/enter.future;
        finalize enter:
        input r0 as gate.aleo/accept.future;";
    let dropped = caller(&format!("{takes} assert.eq true true;")).unwrap_err();
    assert!(dropped.contains("are not all awaited"), "{dropped}");
    caller(&format!("{takes} await r0;")).unwrap();
}
