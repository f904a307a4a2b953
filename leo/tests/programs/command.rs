//! What users type and read.

use serde_json::{Value, json};

use crate::support::{MODELS, expand, package, run};

const GATE: &str = include_str!("golden/gate.leo");

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn matches_what_is_scanned() {
    let directory = package(GATE, &[]);
    let output = run(directory.path(), &["scan", "."]);
    let expected = json!({
        "program": "gate.aleo",
        "functions": [{
            "name": "classify", "number": 7, "line": 3, "column": 4,
            "inputs": [{"name": "image", "type": "[i16; 4]", "element": "i16", "elements": 4}],
            "outputs": [{"type": "u8", "element": "u8", "elements": 1}],
            "arguments": {"annotation": "7", "input_scale": "2^-4"},
        }],
        "entries": [{
            "name": "accept",
            "parameters": [
                {"name": "ticket", "type": "u32", "mode": "public"},
                {"name": "image", "type": "[i16; 4]", "mode": "private"},
            ],
            "calls": [{
                "function": "classify", "number": 7, "arguments": ["image"], "line": 9,
            }],
            "ticket": "ticket",
        }],
    });
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), expected);
}

#[test]
fn accepts_programs_without_models() {
    let directory = package("program gate.aleo { fn main() {} @noupgrade constructor() {} }", &[]);
    let output = run(directory.path(), &["scan", "."]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer, json!({"program": "gate.aleo", "functions": [], "entries": []}));
    assert!(run(directory.path(), &["check", ".", "--offline"]).status.success());
    assert!(expand(directory.path()).status.success());
}

#[test]
fn matches_what_functions_without_models_take() {
    let plain = "
    fn double(public x: i32, by: [u8; 2]) -> i32 { return x; }
    view fn seen() -> bool { return true; }
    fn nothing() {}
    @noupgrade";
    let directory = package(&GATE.replacen("\n    @noupgrade", plain, 1), &[]);
    let output = expand(directory.path());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let interface = fs_err::read(directory.path().join("interface.json")).unwrap();
    let interface: Value = serde_json::from_slice(&interface).unwrap();
    assert_eq!(interface["entries"][0]["name"], "accept");
    let user = json!({"user": true});
    let plain = json!([
        {"name": "double", "calls": [], "parameters": [
            {"name": "x", "type": "i32", "mode": "public", "origin": user},
            {"name": "by", "type": "[u8; 2]", "mode": "private", "origin": user},
        ]},
        {"name": "nothing", "calls": [], "parameters": []},
    ]);
    assert_eq!(json!(interface["entries"].as_array().unwrap()[1..]), plain);
}

#[test]
fn matches_what_people_read() {
    let source = GATE.replace("classify(image)", "classify(who)");
    let directory = package(&source, &[]);
    let output = run(directory.path(), &["check", ".", "--offline"]);
    assert_eq!(output.status.code(), Some(1));
    let expected = "\
error[leo::call]: argument `who` is no parameter of `accept`
 --> ./src/main.leo:9:34
  |
9 |         let digit: u8 = classify(who);
  |                                  ^^^
  hint: an argument is named as the caller gives it, since the digest of the whole is computed: \
make it a parameter
";
    assert_eq!(text(&output.stderr), expected);
    assert_eq!(text(&output.stdout), "");
}

#[test]
fn matches_places_in_modules_and_behind_other_characters() {
    let source = GATE.replace("= classify(image);", "= /* dígito */ classify(image) + true;");
    let directory = package(&source, &[]);
    let output = run(directory.path(), &["check", ".", "--offline", "--json"]);
    let answer: Value = serde_json::from_slice(&output.stderr).unwrap();
    let place = &answer["errors"][0];
    assert_eq!([&place["line"], &place["column"]], [&json!(9), &json!(56)], "{answer}");

    let directory = package(GATE, &[("net.leo", "fn one() -> u8 {\n    return true;\n}\n")]);
    let output = run(directory.path(), &["check", ".", "--offline", "--json"]);
    let answer: Value = serde_json::from_slice(&output.stderr).unwrap();
    let place = &answer["errors"][0];
    assert!(place["file"].as_str().unwrap().ends_with("src/net.leo"), "{answer}");
    assert_eq!([&place["line"], &place["column"]], [&json!(2), &json!(12)], "{answer}");
}

#[test]
fn rejects_what_is_no_package() {
    let directory = tempfile::tempdir().unwrap();
    let output = run(directory.path(), &["scan", "nowhere"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stderr), "error[leo::usage]: `nowhere` holds no `program.json`\n");
}

#[test]
fn rejects_models_that_are_not_understood() {
    let directory = package(GATE, &[]);
    let models = MODELS.replace("1234567field", "1field; assert(true)");
    fs_err::write(directory.path().join("models.json"), models).unwrap();
    let output = expand(directory.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("`1field; assert(true)` is no field element"));
    assert!(!directory.path().join("expanded.leo").exists());
}

#[test]
fn rejects_places_that_cannot_be_written() {
    let directory = package(GATE, &[]);
    let output = run(
        directory.path(),
        &[
            "expand",
            ".",
            "--models",
            "models.json",
            "--out",
            "a.leo",
            "--interface",
            "no/b.json",
            "--offline",
        ],
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("`no/b.json`"), "{}", text(&output.stderr));
    assert!(!directory.path().join("a.leo").exists());
}

#[test]
fn rejects_places_in_the_program() {
    let directory = package(GATE, &[]);
    let output = run(
        directory.path(),
        &[
            "expand",
            ".",
            "--models",
            "models.json",
            "--out",
            "src/main.leo",
            "--interface",
            "b",
            "--offline",
        ],
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("`src` holds the program that is read"));
    assert_eq!(fs_err::read_to_string(directory.path().join("src/main.leo")).unwrap(), GATE);
}

#[test]
fn matches_modules_beside_the_expansion() {
    let module = "fn one() -> u8 {\n    return 1u8;\n}\n";
    let directory = package(GATE, &[("net.leo", module)]);
    let path = directory.path();
    fs_err::create_dir(path.join("src/deep")).unwrap();
    fs_err::write(path.join("src/deep/er.leo"), module).unwrap();
    fs_err::create_dir(path.join("out")).unwrap();
    let output = run(
        path,
        &[
            "expand",
            ".",
            "--models",
            "models.json",
            "--out",
            "out/main.leo",
            "--interface",
            "out/interface.json",
            "--offline",
        ],
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    for copy in ["out/net.leo", "out/deep/er.leo"] {
        assert_eq!(fs_err::read_to_string(path.join(copy)).unwrap(), module);
    }
}

#[test]
fn accepts_programs_that_are_deeply_nested() {
    let depth = 200;
    let sum = format!("{}1u8{}", "(".repeat(depth), ")".repeat(depth));
    let source = GATE.replace("= classify(image);", &format!("= classify(image) + {sum};"));
    let directory = package(&source, &[]);
    let output = expand(directory.path());
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// What whoever wrote a package could have the compiler follow, wait for or read without an end.
#[test]
fn rejects_packages_of_links_loops_pipes_and_huge_files() {
    use std::os::unix::fs::symlink;

    let refused = |what: &str, make: &dyn Fn(&std::path::Path)| {
        let directory = package(GATE, &[("net.leo", "fn one() -> u8 {\n    return 1u8;\n}\n")]);
        make(directory.path());
        let start = std::time::Instant::now();
        for arguments in [&["scan", "."][..], &["check", ".", "--offline"]] {
            let output = run(directory.path(), arguments);
            assert_eq!(output.status.code(), Some(2), "{what}: {}", text(&output.stderr));
            assert!(text(&output.stderr).contains(what), "{what}: {}", text(&output.stderr));
        }
        assert!(!expand(directory.path()).status.success());
        assert!(!directory.path().join("expanded.leo").exists());
        assert!(start.elapsed() < std::time::Duration::from_secs(6), "{what}");
    };
    let pipe = |path: std::path::PathBuf| {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    refused("src/a` is a link", &|path| {
        symlink(".", path.join("src/a")).unwrap();
        symlink(".", path.join("src/b")).unwrap();
    });
    refused("src/net.leo` is a link", &|path| {
        fs_err::remove_file(path.join("src/net.leo")).unwrap();
        symlink("/etc/passwd", path.join("src/net.leo")).unwrap();
    });
    refused("src/main.leo` is a link", &|path| {
        fs_err::rename(path.join("src/main.leo"), path.join("main.leo")).unwrap();
        symlink("../main.leo", path.join("src/main.leo")).unwrap();
    });
    refused("src` is a link", &|path| {
        fs_err::rename(path.join("src"), path.join("sources")).unwrap();
        symlink("sources", path.join("src")).unwrap();
    });
    refused("src/x.leo` is no regular file", &|path| pipe(path.join("src/x.leo")));
    refused("leo.lock` is no regular file", &|path| pipe(path.join("leo.lock")));
    refused("other.aleo` is no regular file", &|path| {
        fs_err::remove_file(path.join("other.aleo")).unwrap();
        pipe(path.join("other.aleo"));
    });
    refused("program.json` is no regular file", &|path| {
        fs_err::remove_file(path.join("program.json")).unwrap();
        pipe(path.join("program.json"));
    });
    refused("more than 1 MB of sources", &|path| {
        fs_err::write(path.join("src/long.leo"), " ".repeat((1 << 20) + 1)).unwrap();
    });
    refused("more than 16 MB", &|path| {
        let file = fs_err::File::create(path.join("src/sparse.leo")).unwrap();
        file.set_len(1 << 40).unwrap();
    });
    refused("nested too deep", &|path| {
        fs_err::create_dir_all(path.join("src").join(["d"; 40].join("/"))).unwrap();
    });
    // What it depends on, and what that depends on, Leo reads as well.
    refused("far/src/a` is a link", &|path| {
        for (name, dependency) in [(".", "near"), ("near", "../far"), ("far", "..")] {
            let package = path.join(name);
            fs_err::create_dir_all(package.join("src")).unwrap();
            let manifest = format!(
                r#"{{"program": "gate.aleo", "version": "0.1.0", "description": "",
                "license": "MIT", "leo": "4.4.6", "dependencies": [{{"name": "near.aleo",
                "location": "local", "path": "{dependency}", "edition": null}}]}}"#
            );
            fs_err::write(package.join("program.json"), manifest).unwrap();
        }
        symlink(".", path.join("far/src/a")).unwrap();
    });
}

/// Lines of sources are shown with errors about them.
#[test]
fn rejects_sources_that_would_steer_the_screen() {
    let source =
        GATE.replace("= classify(image);", "= /* \u{1b}[2K\u{9b}2K\u{202e} */ classify(who);");
    let directory = package(&source, &[]);
    for json in [&["check", ".", "--offline"][..], &["check", ".", "--offline", "--json"]] {
        let output = run(directory.path(), json);
        assert_eq!(output.status.code(), Some(1));
        let shown = text(&output.stderr);
        let steers = |c: char| c.is_control() && !matches!(c, '\n' | '\t') || c == '\u{202e}';
        assert!(!shown.contains(steers), "{shown:?}");
    }
}
