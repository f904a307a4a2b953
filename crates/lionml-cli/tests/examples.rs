//! The applications in `examples`: what is honest is accepted, every forgery is rejected and changes
//! nothing, and the pages name each.
#![cfg(test)]

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

/// Forgeries that no application is safe from by itself, in the order in which they are tried.
const CALLS: [&str; 6] = [
    "replayed_proof",
    "replayed_under_a_new_ticket",
    "taken_by_another_caller",
    "altered_proof",
    "emptied_proof",
    "submitted_twice",
];
const STATEMENTS: [&str; 6] = [
    "proof_under_another_number",
    "another_varuna_version",
    "truncated_proof",
    "altered_public_input_one",
    "altered_public_input_manifest",
    "altered_public_input_context",
];
const KEYS: [&str; 3] = ["overwritten_key", "broken_key", "altered_key"];
const CONTROLS: [&str; 6] = [
    "control_careless_program",
    "control_altered_key_registered",
    "control_broken_key_registered",
    "control_altered_key_verifies",
    "control_same_key_registered",
    "control_same_key_elsewhere",
];

/// Runs an example on a devnet of its own and compares all that it says.
#[expect(clippy::disallowed_methods, reason = "where the tools are changes no circuit")]
fn assert_verdicts(name: &str, accepted: &[&[&str]], rejected: &[&[&str]]) {
    for tool in ["LIONML_LEO", "LIONML_LEO_EXTENSION"] {
        assert!(std::env::var_os(tool).is_some(), "{tool} is not set: run `cargo xtask test`");
    }
    let mut command = Command::new(examples().join(name).join("run"));
    let output =
        command.arg("--json").env("LIONML", env!("CARGO_BIN_EXE_lionml")).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    let report: Value = serde_json::from_str(stdout.lines().next_back().unwrap()).unwrap();
    let names = |verdict: &str| -> Vec<String> {
        let calls = report[verdict].as_array().unwrap();
        calls.iter().map(|call| call["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("accepted"), accepted.concat());
    assert_eq!(names("rejected"), rejected.concat());

    let pages: String = ["README.md".into(), Path::new(name).join("README.md")]
        .map(|page| fs_err::read_to_string(examples().join(page)).unwrap())
        .concat();
    let main = fs_err::read_to_string(examples().join(name).join("src/main.leo")).unwrap();
    let (_, shown) = pages.split_once("```leo\n").unwrap();
    for line in shown.split("```").next().unwrap().lines().map(str::trim) {
        assert!(line == "…" || main.contains(line), "the program has no line `{line}`");
    }
    let constraints = report["constraints"].as_u64().unwrap();
    let constraints = format!("{},{:03}", constraints / 1000, constraints % 1000);
    assert!(pages.contains(&constraints), "no page says that there are {constraints} constraints");
    for call in report["rejected"].as_array().unwrap() {
        let name = call["name"].as_str().unwrap();
        let answer = call["answer"].as_str().unwrap();
        // All are run by the virtual machine and rejected in a block, but for the one that the
        // node knows already.
        let (by, says) = match name {
            "submitted_twice" => ("node", "already exists in the ledger"),
            _ => ("network", "rejected, transaction at1"),
        };
        assert_eq!(call["by"], by, "{name}: {answer}");
        assert!(answer.contains(says), "{name}: {answer}");
        assert_eq!(call["changed"], false, "{name}");
        assert!(pages.contains(&format!("`{name}`")), "no page names `{name}`");
    }
}

#[test]
fn rejects_every_forgery_at_the_gate() {
    let accepted: [&[&str]; 3] = [&["honest_call", "stored_call"], &CONTROLS, &["untouched_call"]];
    let rejected: [&[&str]; 5] = [
        &["wrong_digit", "forged_output", "swapped_model", "foreign_input"],
        &CALLS,
        &STATEMENTS,
        &[
            "altered_public_input_image",
            "altered_public_input_digit",
            "junk_in_padding_5",
            "junk_in_padding_6",
            "junk_in_padding_7",
        ],
        &KEYS,
    ];
    assert_verdicts("digit-gate", &accepted, &rejected);
}

#[test]
fn rejects_every_forgery_at_the_credit_desk() {
    let accepted: [&[&str]; 3] = [
        &["attested", "honest_call", "stored_call"],
        &CONTROLS,
        &["attested_anew", "untouched_refusal", "attested_again", "untouched_call"],
    ];
    let rejected: [&[&str]; 6] = [
        &["unattested_figures"],
        &CALLS,
        &STATEMENTS,
        &[
            "altered_public_input_application",
            "altered_public_input_decision",
            "altered_public_input_score",
            "junk_in_padding_6",
            "junk_in_padding_7",
        ],
        &KEYS,
        &["forged_output", "forged_score", "swapped_model", "foreign_input"],
    ];
    assert_verdicts("credit", &accepted, &rejected);
}
