//! The commands do what they say.
#![cfg(test)]

mod support;

use serde_json::Value;
use support::{COMPILE, Place};

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// The members that `run`, `prove`, `check` and `demo` promise.
fn assert_inference(object: &Value, is_proved: bool) {
    assert_eq!(object["verified"], true);
    let outputs = object["outputs"].as_array().unwrap();
    assert!(!outputs.is_empty() && outputs.iter().all(|output| !floats(output).is_empty()));
    assert!(object["constraints"].as_u64().unwrap() > 0);
    assert_eq!(object["non_zeros"].as_array().unwrap().len(), 3);
    for seconds in ["setup_seconds", "prove_seconds", "verify_seconds"] {
        assert_eq!(object[seconds].as_f64().unwrap() > 0.0, is_proved, "{seconds}");
    }
    assert_eq!(object["proof_bytes"].as_u64().unwrap() > 0, is_proved);
    assert!(object["peak_bytes"].as_u64().unwrap() > 0);
}

#[test]
fn accepts_the_way_of_a_proof() {
    let place = Place::with_model();
    let compiled =
        place.ok(&format!("compile two_nodes.onnx -o model.lion {COMPILE} --json")).json();
    assert_eq!(compiled["inputs"][0]["visibility"], "private");
    assert!(compiled["nodes"].as_array().unwrap().len() >= 2);
    let keys = place.ok("setup model.lion -o keys/ --json").json();
    assert_eq!(keys["srs"], "ceremony");
    let proved = "prove model.lion --keys keys/ --input input.json -o proof.json --json";
    let proved = place.ok(proved).json();
    assert_inference(&proved, true);
    let verified = place.ok("verify proof.json --vk keys/model.vk --json").json();
    assert_eq!(verified["verified"], true);
    assert_eq!(verified["outputs"], proved["outputs"]);
    assert_eq!(verified["key"], keys["key"]);
    let key = keys["key"].as_str().unwrap();
    place.ok(&format!("verify proof.json --vk keys/model.vk --key-digest {key}"));
    place.ok("verify proof.json --vk keys/model.vk --manifest model.manifest");
    let audited =
        place.ok("audit two_nodes.onnx --manifest model.manifest --vk keys/model.vk --json").json();
    assert_eq!(audited["key"], keys["key"]);
    assert_eq!(
        place.names(),
        [
            "input.json",
            "keys",
            "model.lion",
            "model.manifest",
            "proof.json",
            "two_nodes.onnx",
            "unsupported.onnx"
        ]
    );
}

#[test]
fn accepts_run_twice_with_equal_results() {
    let place = Place::with_model();
    let command = format!("run two_nodes.onnx --input input.json {COMPILE} --json");
    let first = place.ok(&command).json();
    let second = place.ok(&command).json();
    assert_inference(&first, true);
    assert_eq!((&first["cached"], &second["cached"]), (&false.into(), &true.into()));
    for member in ["outputs", "constraints", "non_zeros", "key", "manifest", "max_error"] {
        assert_eq!(first[member], second[member], "{member}");
    }
    let uncached = place.ok(&format!("{command} --no-cache")).json();
    assert_eq!(uncached["key"], first["key"]);
}

#[test]
fn accepts_an_input_without_samples_and_warns() {
    let place = Place::with_model();
    let answer = place.ok("run two_nodes.onnx --input input.json --dim batch=1 --json");
    assert!(answer.stderr.contains("warning"), "{}", answer.stderr);
    let object = answer.json();
    // Of the range, and of the precision.
    assert_eq!(object["warnings"].as_array().unwrap().len(), 2);
    let error = object["max_error"].as_f64().unwrap();
    assert!(error < 0.05, "{error}");
    let quiet = place.ok("run two_nodes.onnx --input input.json --dim batch=1 --json --quiet");
    assert_eq!(quiet.stderr, "");
}

#[test]
fn accepts_a_check_of_either_file() {
    let place = Place::with_model();
    let command = format!("check two_nodes.onnx --input input.json {COMPILE} --json");
    let onnx = place.ok(&command).json();
    assert_inference(&onnx, false);
    assert_eq!(onnx["violated"], 0);
    place.ok(&format!("compile two_nodes.onnx -o model.lion {COMPILE}"));
    let lion = place.ok("check model.lion --input input.json --json").json();
    assert_eq!(lion["outputs"], onnx["outputs"]);
    assert_eq!(lion["constraints"], onnx["constraints"]);
}

#[test]
fn accepts_a_batch_in_one_proof() {
    let place = Place::with_proof();
    place.write(
        "many.json",
        r#"[{"input_data": [[0.5, -0.25, 0.125]]}, {"input_data": [[0, 0, 0]]}]"#,
    );
    let proved = place.ok("prove model.lion --input many.json -o many.proof --json").json();
    assert_inference(&proved, true);
    assert_eq!(proved["instances"], 2);
    assert_eq!(proved["batch"][0], proved["outputs"]);
    let verified = place.ok("verify many.proof --vk keys/model.vk --json").json();
    assert_eq!(verified["instances"].as_array().unwrap().len(), 2);
    let second = &verified["instances"][1]["outputs"][0]["values"];
    assert_eq!(*second, proved["batch"][1][0]);
}

#[test]
fn accepts_hashed_inputs_and_keeps_the_salt() {
    let place = Place::with_model();
    let command = format!("compile two_nodes.onnx {COMPILE} --visibility x=hashed");
    place.ok(&command);
    place.ok("setup model.lion");
    place.ok("prove model.lion --input input.json");
    let opening = place.path("proof.opening.json");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs_err::metadata(&opening).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let salt = String::from_utf8(fs_err::read(&opening).unwrap()).unwrap();
    assert!(salt.contains("\"name\":\"x\""));
    let verify = "verify proof.json --vk keys/model.vk";
    let verified = place.ok(&format!("{verify} --json")).json();
    assert_eq!(verified["instances"][0]["inputs"][0]["values"], Value::Null);
    assert!(verified["instances"][0]["inputs"][0]["digest"].is_string());
    let opened = place.ok(&format!("{verify} --opening proof.opening.json --json")).json();
    assert_eq!(opened["instances"][0]["inputs"][0]["values"].as_array().unwrap().len(), 3);
    let text = place.ok(&format!("{verify} --opening proof.opening.json")).stdout;
    assert!(text.contains("which is of"), "{text}");
    // Neither a proof's file nor an opening's is written over another one.
    place.ok("prove model.lion --input input.json -o proof.two");
    assert!(place.path("proof.two.opening.json").is_file());
    let own = place.ok(&format!("{verify} --opening proof.opening.json --json")).json();
    assert_eq!(own["instances"], opened["instances"]);
    place.write("a.opening.json", String::from_utf8(place.read("input.json")).unwrap());
    for command in ["--input a.opening.json -o a.json", "--input input.json -o b.opening.json"] {
        let refused = place.run(&format!("prove model.lion {command}"));
        assert!([2, 6].contains(&refused.code), "{command}: {}", refused.stderr);
    }
    assert_eq!(place.read("a.opening.json"), place.read("input.json"));
    let other = place.run(&format!("{verify} --opening proof.two.opening.json --json"));
    assert_eq!(other.json()["error"]["name"], "mismatch::opening");
}

#[test]
fn accepts_the_development_reference_string_only_when_told() {
    let place = Place::with_model();
    place.ok(&format!("compile two_nodes.onnx {COMPILE}"));
    let keys = place.ok("setup model.lion --srs dev");
    assert!(keys.stdout.contains("INSECURE") && keys.stderr.contains("INSECURE"));
    let proved = place.ok("prove model.lion --input input.json --json");
    assert_eq!(proved.json()["srs"], "development");
    assert!(proved.stderr.contains("INSECURE"));
    let refused = place.run("verify proof.json --vk keys/model.vk --json");
    assert_eq!((refused.code, &refused.json()["error"]["name"]), (1, &"proof::insecure".into()));
    assert_eq!(refused.json()["verified"], false);
    // Naming the reference string is no permission.
    assert_eq!(place.run("verify proof.json --vk keys/model.vk --srs dev").code, 1);
    let told = place.ok("verify proof.json --vk keys/model.vk --allow-insecure");
    assert!(told.stdout.contains("INSECURE") && told.stderr.contains("INSECURE"));
    let audit = "audit two_nodes.onnx --manifest model.manifest --vk keys/model.vk";
    assert_eq!(place.run(audit).code, 1);
    place.ok(&format!("{audit} --allow-insecure"));
}

#[test]
fn accepts_transpilation_of_a_compiled_model() {
    let place = Place::with_proof();
    let told = place.ok("transpile model.lion --annotation 7 --json").json();
    let given = place.ok("transpile model.lion --annotation 7 --vk keys/model.vk --json").json();
    assert_eq!(told, given);
    assert_eq!(told["files"].as_array().unwrap().len(), 1);
    let source = String::from_utf8(place.read("model.rs")).unwrap();
    for part in [told["key"].as_str().unwrap(), "Some(7)", "output y: integers"] {
        assert!(source.contains(part), "{part}");
    }
    let text = place.ok("transpile model.lion -o other.rs").stdout;
    assert!(!text.contains("annotation") && text.contains("other.rs"));
    let witness = "export witness model.lion --input input.json --context 9 --json";
    let witness = place.ok(witness).json();
    let values = witness["publics"].as_u64().unwrap() + witness["privates"].as_u64().unwrap();
    let bytes = place.read("model.witness");
    assert_eq!(bytes.len() as u64, 32 * values);
    assert_eq!((bytes[0], bytes[64]), (1, 9));
    assert!(place.ok("export witness model.lion --input input.json").stdout.contains("output"));
}

#[test]
fn accepts_the_demo() {
    let place = Place::new();
    let answer = place.ok("demo --json");
    let object = answer.json();
    assert_inference(&object, true);
    assert_eq!(object["srs"], "ceremony");
    assert_eq!(object["digit"], 7);
    assert_eq!(object["tampered"], "the proof does not verify");
    assert!(object["proof_bytes"].as_u64().unwrap() < 1000);
}

#[test]
fn accepts_inspection_of_anything_onnx() {
    let place = Place::with_model();
    let known = place.ok("inspect two_nodes.onnx --dim batch=1 --json").json();
    assert_eq!(known["supported"], true);
    assert!(known["cost"]["constraints"].as_u64().unwrap() > 0);
    // A free batch is one input at a time.
    assert_eq!(place.ok("inspect two_nodes.onnx --json").json()["supported"], true);
    let place = place.with(&["free_axis.onnx"]);
    let free = place.ok("inspect free_axis.onnx --json").json();
    assert_eq!(free["supported"], false);
    assert!(free["hint"].as_str().unwrap().contains("--dim m=1"));
    let unsupported = place.ok("inspect unsupported.onnx").stdout;
    assert!(
        unsupported.contains("Acosh") && unsupported.contains("`determinant` (Det, ai.onnx 13)")
    );
    let place = place.with(&["unsupported_attribute.onnx"]);
    let attributes = place.ok("inspect unsupported_attribute.onnx --json").json();
    for (index, (node, attribute)) in [("linear", "transC"), ("relu", "slope")].iter().enumerate() {
        let refused = &attributes["unsupported"][index];
        assert_eq!(refused["node"], *node);
        assert!(refused["reason"].as_str().unwrap().contains(attribute), "{refused}");
    }
    let text = place.ok("inspect unsupported_attribute.onnx").stdout;
    let expected = "node `relu` (Relu, ai.onnx 13): its operator set has no attribute `slope`";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn accepts_inspection_of_what_a_proof_will_need() {
    let place = Place::with_model().with(&["any_size.onnx"]);
    let small = place.ok("inspect two_nodes.onnx --dim batch=1 --json").json();
    assert_eq!(small["missing_powers"], serde_json::json!([]));
    assert_eq!(small["assumed_range"], serde_json::json!([-1.0, 1.0]));
    let large = "inspect any_size.onnx --dim n=4000";
    let answer = place.ok(large);
    let power = place.ok(&format!("{large} --json")).json()["cost"]["srs_power"].clone();
    assert!(answer.stderr.contains(&format!("`lionml fetch-srs --power {power}`")));
    assert!(answer.stdout.contains("inputs from -1 to 1 (`--input-range` says otherwise)"));
    let told = place.ok(&format!("{large} --input-range x=0:1 --bits 4 --srs dev --json")).json();
    assert_eq!(told["missing_powers"], serde_json::json!([]));
    assert_eq!((&told["assumed_range"], &told["assumed_bits"]), (&Value::Null, &Value::Null));
}

#[test]
fn accepts_completions() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(place.ok(&format!("completions {shell}")).stdout.contains("fetch-srs"));
    }
}

#[test]
fn accepts_powers_that_are_part_of_the_program() {
    let answer = Place::new().ok("fetch-srs --power 15 --json").json();
    assert_eq!(answer["files"].as_array().unwrap().len(), 0);
}

#[test]
fn matches_words_of_a_verification() {
    let place = Place::with_proof();
    let text = place.ok("verify proof.json --vk keys/model.vk").stdout;
    for part in [
        "two_nodes",
        "input `x` is some value from -2 to 1.984375",
        " in steps of ",
        "output `y` is",
        "ceremony",
        "What it does not say",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let lines = text.split("What it does not say").nth(1).unwrap().lines().count();
    assert!(lines >= 5, "{text}");
}

#[test]
fn matches_keys_on_one_thread_and_on_several() {
    let place = Place::with_model();
    for threads in ["1", "3"] {
        for step in ["compile two_nodes.onnx -o N.lion", "setup N.lion -o N"] {
            let options = if step.starts_with("compile") { COMPILE } else { "" };
            let mut command = place.command(&format!("{} {options}", step.replace('N', threads)));
            let output = command.env("RAYON_NUM_THREADS", threads).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
    for file in ["N.lion", "N/model.vk", "N/model.pk"] {
        let [one, several] = ["1", "3"].map(|threads| place.read(&file.replace('N', threads)));
        assert!(one == several, "{file}");
    }
}
