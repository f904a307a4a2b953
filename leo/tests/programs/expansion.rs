//! What expanded programs look like. Each `golden/NAME.leo` has its expansion and its interface
//! beside it, as the command writes them.

use crate::support::{MODELS, expand, package};

#[track_caller]
fn matches_golden(name: &str) {
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/golden");
    let read =
        |suffix: &str| fs_err::read_to_string(golden.join(format!("{name}{suffix}"))).unwrap();
    let directory = package(&read(".leo"), &[]);
    let output = expand(directory.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (written, suffix) in [("expanded.leo", ".expanded.leo"), ("interface.json", ".json")] {
        let written = fs_err::read_to_string(directory.path().join(written)).unwrap();
        assert!(written == read(suffix), "{name}{suffix} is now:\n{written}");
    }
}

#[test]
fn matches_a_gate() {
    matches_golden("gate");
}

#[test]
fn matches_all_kinds_of_values_and_odd_comments() {
    matches_golden("mixed");
}

#[test]
fn matches_a_function_that_is_never_called() {
    matches_golden("dropped");
}

#[test]
fn matches_one_line_and_names_that_try_to_leave_their_comment() {
    matches_golden("odd");
}

#[test]
fn accepts_a_word_directly_behind_a_call() {
    let program = "@lionml(annotation = \"7\")
        fn classify(image: [i16; 4]) -> u8 {}
        program gate.aleo {
            fn accept(public ticket: u32, image: [i16; 4]) -> Final {
                let x: u16 = classify(image)as u16;
                return final { assert_eq(x, 3u16); };
            }
            @noupgrade
            constructor() {}
        }";
    let directory = package(program, &[]);
    let output = expand(directory.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What the pages show is what a developer types in first.
#[test]
fn accepts_the_programs_of_the_pages() {
    let end = "@noupgrade constructor() {}";
    for (page, image) in [("README.md", "u8"), ("docs/leo.md", "i16")] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page);
        let text = fs_err::read_to_string(path).unwrap();
        let (_, block) = text.split_once("```leo\n").unwrap();
        let (shown, _) = block.split_once("```").unwrap();
        let program = match shown.contains("program lions_gate.aleo {") {
            true => shown.replace("lions_gate", "gate"),
            false => format!("program gate.aleo {{\n{shown}\n{end}\n}}"),
        };
        let directory = package(&program, &[]);
        let of_the_page = format!(r#""type": "{image}", "elements": 64, "scale": "2^-4""#);
        let models =
            MODELS.replace(r#""type": "i16", "elements": 4, "scale": "2^-4""#, &of_the_page);
        let models = models.replace(r#""lo": "-256""#, r#""lo": "0""#);
        assert!(models.contains(&of_the_page));
        fs_err::write(directory.path().join("models.json"), models).unwrap();
        let output = expand(directory.path());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{page}: {stderr}");
    }
}
