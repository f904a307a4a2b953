//! Models as Leo libraries, as the command writes them. That Leo computes what they say is tested where
//! they are made: `lionml-codegen/tests/leo.rs`.
#![cfg(test)]

mod support;

use std::path::Path;

use support::{COMPILE, Place};

fn place() -> Place {
    let place = Place::with_model();
    place.ok(&format!("compile two_nodes.onnx -o model.lion {COMPILE}"));
    place
}

#[test]
fn accepts_a_library_beside_its_circuit() {
    let place = place();
    let report = place.ok("export leo model.lion -o two_nodes --json").json();
    assert_eq!(report["library"], "two_nodes");
    assert_eq!(report["files"].as_array().unwrap().len(), 2);
    let source = String::from_utf8(place.read("two_nodes/src/lib.leo")).unwrap();
    let function = report["function"].as_str().unwrap();
    assert!(source.contains(&format!("export fn {function} {{")), "{source}");
    let constraints = format!("adds at most {} constraints", report["leo_constraints"]);
    assert!(source.contains(&constraints), "{source}");
    let sizes = place.ok("check model.lion --input input.json --json").json();
    assert_eq!(report["varuna_constraints"], sizes["constraints"]);
    // The same model again takes the place of the first.
    let again = place.ok("export leo model.lion -o two_nodes --json").json();
    assert_eq!(again, report);
    assert_eq!(String::from_utf8(place.read("two_nodes/src/lib.leo")).unwrap(), source);
}

#[test]
fn rejects_libraries_that_cannot_be_written() {
    let place = place();
    let error = |arguments: &str| {
        let answer = place.run(&format!("{arguments} --json"));
        let name = answer.json()["error"]["name"].as_str().unwrap().to_owned();
        assert!(answer.stderr.contains("hint: "), "{}", answer.stderr);
        (name, answer.code)
    };
    let field = ("request::field".to_owned(), 2);
    for directory in ["Two", "2nodes", "aleo_nodes", "two-nodes"] {
        assert_eq!(error(&format!("export leo model.lion -o {directory}")), field);
    }
    // A program that lies there is not overwritten.
    fs_err::create_dir_all(place.path("program/src")).unwrap();
    place.write("program/src/main.leo", "program program.aleo {}");
    assert_eq!(error("export leo model.lion -o program"), field);
    place.write("samples.json", r#"[{"input_data": [[0.5, -0.25, 0.125]]}]"#);
    let calibrated = "--bounds calibrated --samples samples.json -o calibrated.lion";
    place.ok(&format!("compile two_nodes.onnx {COMPILE} {calibrated}"));
    let refused = error("export leo calibrated.lion -o two_nodes");
    assert_eq!(refused, ("model::not_in_leo".to_owned(), 3));
    assert!(!place.path("two_nodes").exists());
    assert_eq!(error("export leo input.json -o two_nodes").1, 4);
}

#[test]
fn accepts_the_commands_of_the_page() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs_err::read_to_string(repository.join("docs/leo-library.md")).unwrap();
    let place = Place::new();
    for file in ["model.onnx", "samples.json"] {
        let model = repository.join("models/20_15_10").join(file);
        fs_err::copy(model, place.path(file)).unwrap();
    }
    let (_, rest) = page.split_once("```sh\n").unwrap();
    let (commands, _) = rest.split_once("```").unwrap();
    for command in commands.lines() {
        place.ok(command.strip_prefix("lionml ").unwrap());
    }
    let again = place.ok("export leo model.lion -o digit_model --json").json();
    // The program of the page takes what the function takes, and gives what it gives.
    let function = again["function"].as_str().unwrap();
    let (input, output) =
        function.strip_prefix("model(input_0: ").unwrap().split_once(") -> ").unwrap();
    assert!(page.contains(&format!("fn ask(features: {input}) -> {output} {{")), "{function}");
    assert_eq!(
        (&again["leo_constraints"], &again["varuna_constraints"]),
        (&840.into(), &536.into())
    );
}
