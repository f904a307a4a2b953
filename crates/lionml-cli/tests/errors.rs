//! What bad input gets: one named error, a hint, a documented exit code, and no leftovers.
#![cfg(test)]

mod support;

use std::process::Stdio;

use support::{COMPILE, Place};

/// Runs a command that must fail in this way and change nothing.
fn assert_refused(place: &Place, arguments: &str, code: i32, name: &str) {
    let before = place.names();
    let answer = place.run(&format!("{arguments} --json"));
    assert_eq!(answer.code, code, "{arguments}: {}", answer.stderr);
    let error = &answer.json()["error"];
    assert_eq!(error["name"], name, "{arguments}: {}", answer.stderr);
    assert_eq!(error["exit_code"], code);
    assert!(answer.stderr.contains(&format!("error[{name}]")), "{}", answer.stderr);
    assert!(answer.stderr.contains("hint: "), "{}", answer.stderr);
    assert!(!answer.stderr.contains("defect of lionml"), "{}", answer.stderr);
    assert!(!answer.stderr.contains("panicked"), "{}", answer.stderr);
    assert_eq!(place.names(), before, "{arguments}");
}

#[test]
fn rejects_bad_models() {
    let place =
        Place::with_model().with(&["unsupported_attribute.onnx", "no_axis.onnx", "free_axis.onnx"]);
    place.write("text.onnx", "no model");
    place.write("empty.onnx", "");
    place.ok(&format!("compile two_nodes.onnx -o compiled.onnx {COMPILE}"));
    let cases = [
        ("missing.onnx", 6, "file::not_found"),
        ("text.onnx", 3, "onnx::not_onnx"),
        ("empty.onnx", 3, "onnx::not_onnx"),
        ("unsupported.onnx --dim batch=1", 3, "onnx::unsupported_op"),
        ("unsupported_attribute.onnx --dim batch=1", 3, "onnx::unsupported_attribute"),
        ("two_nodes.onnx --dim batch=1 --dim bath=1", 2, "request::unknown_dimension"),
    ];
    for (model, code, name) in cases {
        let file = format!("`{}`", model.split_once(' ').map_or(model, |(file, _)| file));
        let commands = [
            format!("compile {model} --input-range 0:1"),
            format!("run {model} --input input.json"),
            format!("check {model} --input input.json"),
        ];
        for command in commands {
            assert_refused(&place, &command, code, name);
            assert!(place.run(&command).stderr.contains(&file), "{command}");
        }
    }
    // A given input fixes its size, and nothing else does.
    let free = "compile free_axis.onnx --input-range 0:1";
    assert_refused(&place, free, 3, "onnx::free_dimension");
    place.ok("check free_axis.onnx --input input.json");
    // `check` takes it.
    assert_refused(&place, "compile compiled.onnx --input-range 0:1", 2, "request::field");
    assert_refused(&place, "run compiled.onnx --input input.json", 2, "request::field");
    assert_refused(&place, "inspect text.onnx", 3, "onnx::not_onnx");
    assert!(place.run("inspect text.onnx").stderr.contains("`text.onnx`"));
    assert_refused(&place, "compile no_axis.onnx --dim n=1", 3, "onnx::invalid");
    assert_eq!(place.ok("inspect no_axis.onnx --dim n=1").stderr, "");
    let named = place.run("compile unsupported.onnx --dim batch=1 --input-range 0:1").stderr;
    assert!(named.contains("determinant") && named.contains("Det") && named.contains("Acosh"));
}

#[test]
fn rejects_bad_inputs() {
    let place = Place::with_proof();
    let npy = |shape: &str, value: f32| {
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        [b"\x93NUMPY\x01\0", &length[..], header.as_bytes(), &value.to_le_bytes().repeat(3)]
            .concat()
    };
    place.write("good.npy", npy("(1, 3)", 0.5));
    place.ok("check model.lion --input good.npy");
    let cases: [(&str, Vec<u8>, &str); 10] = [
        ("syntax.json", b"{\"input_data\": [[1, 2,".to_vec(), "input::malformed"),
        ("form.json", b"{\"data\": [[1, 2, 3]]}".to_vec(), "input::format"),
        ("empty.json", b"[]".to_vec(), "input::empty"),
        ("short.json", b"{\"input_data\": [[1, 2]]}".to_vec(), "input::length"),
        ("more.json", b"{\"input_data\": [[0, 0, 0], [1]]}".to_vec(), "input::count"),
        ("outside.json", b"{\"input_data\": [[0, 0, 17.5]]}".to_vec(), "input::out_of_range"),
        ("shape.npy", npy("(3, 1)", 0.5), "input::shape"),
        ("nan.npy", npy("(1, 3)", f32::NAN), "input::not_finite"),
        ("infinite.npy", npy("(1, 3)", f32::INFINITY), "input::not_finite"),
        ("broken.npz", b"PK\x03\x04broken".to_vec(), "input::malformed"),
    ];
    for (file, contents, name) in cases {
        place.write(file, contents);
        assert_refused(&place, &format!("check model.lion --input {file}"), 5, name);
        assert_refused(&place, &format!("prove model.lion --input {file} -o new.json"), 5, name);
        if name != "input::out_of_range" {
            let compile =
                format!("compile two_nodes.onnx --samples {file} --dim batch=1 -o n.lion");
            assert_refused(&place, &compile, 5, name);
        }
    }
    assert_refused(&place, "check model.lion --input missing.json", 6, "file::not_found");
}

#[test]
fn rejects_values_outside_calibrated_bounds() {
    let place = Place::with_model();
    place.write("small.json", r#"{"input_data": [[0.01, 0.01, 0.01]]}"#);
    place.ok(&format!(
        "compile two_nodes.onnx {COMPILE} --samples small.json --bounds calibrated --margin 1.1"
    ));
    place.ok("check model.lion --input small.json");
    place.write("large.json", r#"{"input_data": [[0.9, 0.9, -0.9]]}"#);
    assert_refused(&place, "check model.lion --input large.json", 5, "input::outside_calibration");
}

#[test]
fn rejects_bad_requests() {
    let place = Place::with_proof();
    let compile = |flags: &str| format!("compile two_nodes.onnx --dim batch=1 -o n.lion {flags}");
    assert_refused(&place, &compile(""), 2, "request::no_range");
    assert_refused(&place, &compile("--input-range 1:0"), 2, "request::range");
    assert_refused(&place, &compile("--input-range 0:inf"), 2, "request::range");
    assert_refused(&place, &compile("--input-range w=0:1"), 2, "request::unknown_name");
    let unknown = compile("--input-range 0:1 --visibility w=public");
    assert_refused(&place, &unknown, 2, "request::unknown_name");
    assert_refused(&place, &compile("--input-range 0:1 --bits 99"), 2, "request::field");
    let bounds = compile("--input-range 0:1 --bounds calibrated --margin 0.5");
    assert_refused(&place, &bounds, 2, "request::field");
    let prove = "prove model.lion --input input.json -o new.json";
    assert_refused(&place, &format!("{prove} --context seven"), 2, "request::context");
    assert_refused(&place, "setup model.lion -o input.json", 2, "request::not_directory");
    assert_refused(&place, "transpile model.lion -o model.txt", 2, "request::field");
    assert_refused(&place, "transpile two_nodes.onnx -o model.rs", 4, "artifact::not_ours");
    assert_refused(&place, "transpile missing.lion -o model.rs", 6, "file::not_found");
    assert_refused(&place, "transpile model.lion --vk model.lion", 4, "artifact::other_kind");
    let witness = "export witness model.lion --input input.json";
    assert_refused(&place, &format!("{witness} --context seven"), 2, "request::context");
    assert_refused(&place, "export witness model.lion --input x.json", 6, "file::not_found");
    let verify = "verify proof.json --vk keys/model.vk --key-digest 12";
    assert_refused(&place, verify, 2, "request::digest");
    for usage in ["", "no-such-command", "prove", "compile --bits many", "verify proof.json"] {
        assert_eq!(place.run(usage).code, 2, "{usage}");
    }
    assert_eq!(place.run("--help").code, 0);
}

#[test]
fn rejects_bad_artefacts() {
    let place = Place::with_proof();
    let verify = |proof: &str, vk: &str| format!("verify {proof} --vk {vk}");
    let proof = place.read("proof.json");
    place.write("cut.json", &proof[..proof.len() / 2]);
    place.write("long.json", [&proof[..], b"\n"].concat());
    let text = String::from_utf8(proof.clone()).unwrap();
    place.write("newer.json", text.replacen("\"version\":1", "\"version\":9", 1));
    place.write("context.json", text.replacen("\"context\":\"0\"", "\"context\":\"1\"", 1));
    assert_refused(&place, &verify("cut.json", "keys/model.vk"), 4, "artifact::truncated");
    assert_refused(&place, &verify("long.json", "keys/model.vk"), 4, "artifact::not_canonical");
    assert_refused(&place, &verify("newer.json", "keys/model.vk"), 4, "artifact::newer_version");
    assert_refused(&place, &verify("context.json", "keys/model.vk"), 4, "artifact::checksum");
    assert_refused(&place, &verify("keys/model.vk", "keys/model.vk"), 4, "artifact::not_ours");
    assert_refused(&place, &verify("proof.json", "keys/model.pk"), 4, "artifact::other_kind");
    assert_refused(&place, &verify("proof.json", "missing.vk"), 6, "file::not_found");

    let mut key = place.read("keys/model.vk");
    let middle = key.len() / 2;
    key[middle] ^= 1;
    place.write("flipped.vk", &key);
    place.write("cut.vk", &key[..100]);
    assert_refused(&place, &verify("proof.json", "flipped.vk"), 4, "artifact::checksum");
    assert_refused(&place, &verify("proof.json", "cut.vk"), 4, "artifact::truncated");
    let mut newer = place.read("model.lion");
    newer[8] += 1;
    place.write("newer.lion", newer);
    assert_refused(&place, "setup newer.lion -o new", 4, "artifact::newer_version");
    let hint = place.run("setup newer.lion -o new").stderr;
    assert!(hint.contains("upgrade"), "{hint}");
    let other = "0".repeat(64);
    let digest = format!("verify proof.json --vk keys/model.vk --key-digest {other}");
    assert_refused(&place, &digest, 4, "mismatch::expected_key");
}

#[test]
fn rejects_artefacts_of_different_models() {
    let place = Place::with_proof();
    place.ok(&format!("compile two_nodes.onnx -o other.lion {COMPILE} --name other"));
    place.ok("setup other.lion -o others");
    let prove = "prove other.lion --keys keys --input input.json -o new.json";
    assert_refused(&place, prove, 4, "mismatch::keys");
    let verify = "verify proof.json --vk others/model.vk";
    assert_refused(&place, verify, 4, "mismatch::proof_key");
    let manifest = "verify proof.json --vk keys/model.vk --manifest other.manifest";
    assert_refused(&place, manifest, 4, "mismatch::manifest");
    let audit = |model: &str, manifest: &str, vk: &str| {
        format!("audit {model} --manifest {manifest} --vk {vk}")
    };
    let key = "keys/model.vk";
    assert_refused(
        &place,
        &audit("two_nodes.onnx", "other.manifest", key),
        4,
        "mismatch::manifest",
    );
    assert_refused(&place, &audit("unsupported.onnx", "model.manifest", key), 4, "mismatch::onnx");
}

#[test]
fn rejects_replays() {
    let place = Place::with_proof();
    let refused = "verify proof.json --vk keys/model.vk --context 7";
    assert_refused(&place, refused, 1, "proof::context");
    place.ok("prove model.lion --input input.json -o bound.json --context 7field");
    place.ok("verify bound.json --vk keys/model.vk --context 0x7");
    let replayed = "verify bound.json --vk keys/model.vk --context 8";
    assert_refused(&place, replayed, 1, "proof::context");
}

#[test]
fn rejects_powers_that_are_not_there() {
    let place = Place::with_model();
    // Nobody listens on this port.
    let fetch = "fetch-srs --power 16 --srs-dir . --url http://127.0.0.1:1";
    assert_refused(&place, fetch, 7, "srs::fetch");
    assert_eq!(place.run("fetch-srs --power 99").code, 2);
}

#[test]
#[cfg(target_os = "linux")]
fn rejects_places_that_cannot_be_written() {
    let place = Place::with_proof();
    let compile = format!("compile two_nodes.onnx {COMPILE}");
    for output in ["/proc/model.lion", "input.json/model.lion", "keys"] {
        let answer = place.run(&format!("{compile} -o {output}"));
        assert_eq!(answer.code, 6, "{output}: {}", answer.stderr);
    }
    assert_eq!(place.run("prove model.lion --input input.json -o /proc/proof.json").code, 6);
    assert_eq!(place.run("setup model.lion -o /proc/nowhere/keys").code, 6);
    // Standard output on a full disk.
    let full = fs_err::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = place
        .command("verify proof.json --vk keys/model.vk")
        .stdout(Stdio::from(full.into_file()))
        .status();
    assert_eq!(status.unwrap().code(), Some(6));
}

#[test]
fn accepts_a_closed_pipe() {
    let place = Place::with_model();
    let mut child = place
        .command("inspect two_nodes.onnx --dim batch=1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn matches_the_page_for_people_from_ezkl() {
    let place = Place::new();
    for (subcommand, ours) in [
        ("gen-settings", "lionml compile"),
        ("calibrate-settings", "lionml compile"),
        ("compile-circuit", "lionml compile"),
        ("get-srs", "lionml fetch-srs"),
        ("gen-witness", "lionml check"),
        ("mock", "lionml check"),
        ("gen_settings", "lionml compile"),
        ("create-evm-verifier", "lionml deploy"),
    ] {
        let answer = place.run(&format!("{subcommand} --whatever 3"));
        assert_eq!(answer.code, 2);
        assert!(answer.stderr.contains(ours), "{subcommand}: {}", answer.stderr);
    }
}

#[test]
fn rejects_outputs_that_the_command_reads() {
    let place = Place::with_proof();
    let read = ["two_nodes.onnx", "input.json", "model.lion", "keys/model.vk"];
    let before: Vec<_> = read.iter().map(|name| place.read(name)).collect();
    for (command, name) in [
        (format!("compile two_nodes.onnx {COMPILE}"), "two_nodes.onnx"),
        (format!("compile two_nodes.onnx --samples input.json {COMPILE}"), "input.json"),
        ("prove model.lion --keys keys --input input.json".to_owned(), "./input.json"),
        ("prove model.lion --keys keys --input input.json".to_owned(), "model.lion"),
        ("prove model.lion --keys keys --input input.json".to_owned(), "keys/../keys/model.vk"),
        (format!("run two_nodes.onnx --input input.json {COMPILE}"), "two_nodes.onnx"),
        ("export witness model.lion --input input.json".to_owned(), "input.json"),
    ] {
        assert_refused(&place, &format!("{command} -o {name}"), 6, "file::io");
    }
    // The weights beside a model are read as well.
    let beside = Place::new().with(&["two_nodes_beside.onnx", "two_nodes.data"]);
    let command = format!("compile two_nodes_beside.onnx -o two_nodes.data {COMPILE}");
    assert_refused(&beside, &command, 6, "file::io");
    // Its manifest would have the same name.
    let command = format!("compile two_nodes.onnx -o model.manifest {COMPILE}");
    assert_refused(&place, &command, 2, "request::field");
    for (name, bytes) in read.iter().zip(before) {
        assert_eq!(place.read(name), bytes, "{name}");
    }
}

#[test]
fn rejects_ranges_beyond_what_floats_tell_apart() {
    let place = Place::with_model();
    for range in ["-1e308:1e308", "0:1e17", "1:0"] {
        let command = format!("compile two_nodes.onnx --dim batch=1 --input-range {range}");
        assert_refused(&place, &command, 2, "request::range");
    }
}

#[test]
fn rejects_command_lines_with_an_object_where_one_is_asked_for() {
    let place = Place::new();
    for (arguments, name) in [
        ("no-such-command", "request::usage"),
        ("compile --bits many x.onnx", "request::usage"),
        ("gen-settings -M x.onnx", "request::ezkl"),
    ] {
        let answer = place.run(&format!("{arguments} --json"));
        assert_eq!(answer.code, 2, "{arguments}: {}", answer.stderr);
        assert_eq!(answer.json()["error"]["name"], name, "{arguments}");
        assert_eq!(place.run(arguments).stdout, "", "{arguments}");
    }
}

#[test]
fn rejects_options_that_would_change_nothing() {
    let place = Place::with_proof();
    let calibrated = "compile two_nodes.onnx --dim batch=1 --input-range 0:1 --bounds calibrated";
    assert_refused(&place, calibrated, 2, "request::field");
    for option in ["--bits 3", "--samples missing.json", "--visibility x=public"] {
        let check = format!("check model.lion --input input.json {option}");
        assert_refused(&place, &check, 2, "request::frozen");
    }
    // Not the model's fault, which `inspect` would report and end well.
    for option in ["--bits 99", "--visibility z=public", "--dim bath=1", "--input-range 1:0"] {
        let inspect = place.run(&format!("inspect two_nodes.onnx --dim batch=1 {option}"));
        assert_eq!(inspect.code, 2, "{option}: {}", inspect.stderr);
    }
}

#[test]
fn rejects_one_of_several_inputs_by_its_number() {
    let place = Place::with_proof();
    for (second, name) in [("[0, 0, 9]", "input::out_of_range"), ("[0]", "input::length")] {
        let many = format!(r#"[{{"input_data": [[0, 0, 0]]}}, {{"input_data": [{second}]}}]"#);
        place.write("many.json", many);
        for command in ["check", "prove"] {
            let command = format!("{command} model.lion --input many.json");
            assert_refused(&place, &command, 5, name);
            let told = place.run(&command).stderr;
            assert!(told.contains("`many.json`") && told.contains("set `1`"), "{told}");
        }
    }
}
