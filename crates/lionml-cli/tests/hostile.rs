//! Small files that describe hours or gigabytes: each ends within two seconds and 300 MB.
#![cfg(test)]
#![cfg(target_os = "linux")]

mod support;

use std::process::Command;

use support::{Answer, Place};

/// A field that holds bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        field.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    field.push(u8::try_from(length).unwrap());
    field.extend(bytes);
    field
}

fn number(number: u8, value: u8) -> [u8; 2] {
    [number << 3, value]
}

fn node(op: &str, inputs: &[String], outputs: &[String], attributes: &[u8]) -> Vec<u8> {
    let mut node: Vec<u8> = inputs.iter().flat_map(|i| field(1, i.as_bytes())).collect();
    node.extend(outputs.iter().flat_map(|o| field(2, o.as_bytes())));
    node.extend(field(4, op.as_bytes()));
    node.extend(attributes);
    field(1, &node)
}

fn value(name: &str, dims: &[u8]) -> Vec<u8> {
    let dims: Vec<u8> = dims.iter().flat_map(|d| field(1, &number(1, *d))).collect();
    let tensor = [&number(1, 1)[..], &field(2, &dims)].concat();
    [field(1, name.as_bytes()), field(2, &field(1, &tensor))].concat()
}

fn model(graph: &[u8]) -> Vec<u8> {
    [&number(1, 8)[..], &field(8, &number(2, 13)), &field(7, graph)].concat()
}

/// A model from `t0` to the last of so many values.
fn chain(count: usize, node: impl Fn(String, String) -> Vec<u8>) -> Vec<u8> {
    let mut graph: Vec<u8> =
        (0..count).flat_map(|i| node(format!("t{i}"), format!("t{}", i + 1))).collect();
    graph.extend(field(11, &value("t0", &[2, 3])));
    graph.extend(field(12, &value(&format!("t{count}"), &[])));
    model(&graph)
}

/// Runs a command that may take two seconds of time and 300 MB of memory.
fn bounded(place: &Place, arguments: &str) -> Answer {
    let lionml = place.command(arguments);
    let mut shell = Command::new("sh");
    // Threads reserve memory that they do not take; what is written counts.
    shell.args(["-c", "ulimit -d 300000 && ulimit -t 2 && exec \"$0\" \"$@\""]);
    shell.arg(lionml.get_program()).args(lionml.get_args());
    shell.current_dir(lionml.get_current_dir().unwrap()).env("RAYON_NUM_THREADS", "2");
    for (name, value) in lionml.get_envs() {
        shell.env(name, value.unwrap());
    }
    let output = shell.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    Answer {
        code: output
            .status
            .code()
            .unwrap_or_else(|| panic!("{arguments}: {:?} {stderr}", output.status)),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr,
    }
}

#[test]
fn rejects_small_models_that_would_take_hours_or_gigabytes() {
    let text = |name: &str| name.to_owned();
    let permutation =
        field(5, &[field(1, b"perm"), vec![0x40, 1, 0x40, 0], vec![0xa0, 1, 7]].concat());
    let transposes = chain(32_000, |x, y| node("Transpose", &[x], &[y], &permutation));
    let inner: Vec<u8> = (0..40_000).flat_map(|_| node("Foo", &[], &[text("o")], &[])).collect();
    let branch = |graph: &[u8]| {
        field(5, &[field(1, b"then_branch"), field(6, graph), vec![0xa0, 1, 5]].concat())
    };
    let long = "n".repeat(1_000_000);
    let named = field(
        1,
        &[field(2, b"y"), field(3, long.as_bytes()), field(4, b"If"), branch(&inner)].concat(),
    );
    let axis = field(5, &[field(1, b"axis"), number(3, 0).to_vec(), vec![0xa0, 1, 2]].concat());
    let expand = |i: usize| node("ConstantOfShape", &[text("s")], &[format!("e{i}")], &[]);
    let sizes = [vec![8, 2, 16, 7], field(8, b"s"), field(9, &[0, 32, 0, 0, 0, 0, 0, 0].repeat(2))];
    let mut fills: Vec<u8> = (0..64).flat_map(expand).collect();
    fills.extend(field(5, &sizes.concat()));
    fills.extend(field(12, &value("e0", &[])));
    let many = |count: usize, operands: usize| {
        chain(count, |x, y| node("Max", &vec![x; operands], &[y], &[]))
    };
    let outputs: Vec<u8> = (0..32_000)
        .flat_map(|i| {
            let y = format!("y{i}");
            [node("Relu", &[text("x")], std::slice::from_ref(&y), &[]), field(12, &value(&y, &[]))]
                .concat()
        })
        .chain(field(11, &value("x", &[2, 3])))
        .collect();
    let place = Place::new();
    for (name, bytes, expected) in [
        ("transposes", transposes, "operands"),
        ("names", model(&named), "operands"),
        ("doubling", chain(25, |x, y| node("Concat", &[x.clone(), x], &[y], &axis)), "all tensors"),
        ("fills", model(&fills), "all tensors"),
        ("operands", many(1, 100_000), "operands"),
        ("outputs", model(&outputs), "operands"),
        ("nodes", model(&[0x0a, 0].repeat(10_000_000)), "take more memory"),
        ("dims", model(&field(11, &value("x", &vec![1; 2_000_000]))), "take more memory"),
    ] {
        place.write("model.onnx", bytes);
        for command in ["inspect", "compile -o model.lion"] {
            let answer = bounded(&place, &format!("{command} model.onnx --json"));
            assert!([0, 3].contains(&answer.code), "{name}: {} {}", answer.code, answer.stderr);
            assert!(
                command != "inspect" || answer.stdout.contains(expected),
                "{name}: {:.500} {}",
                answer.stdout,
                answer.stderr
            );
        }
    }
    assert_eq!(place.names(), ["model.onnx"]);
}

#[test]
fn rejects_files_of_nothing_beside_a_model() {
    let place = Place::new();
    let constant = |i: usize| {
        let entry = [field(1, b"location"), field(2, format!("{i}.data").as_bytes())].concat();
        let head = [vec![8, 1, 16, 1], field(8, format!("c{i}").as_bytes())].concat();
        field(5, &[head, field(13, &entry), number(14, 1).to_vec()].concat())
    };
    let mut graph: Vec<u8> = (0..64).flat_map(constant).collect();
    graph.extend(field(11, &value("x", &[1])));
    for i in 0..64 {
        let file = fs_err::File::create(place.path(&format!("{i}.data"))).unwrap();
        file.set_len(1_000_000_000).unwrap();
    }
    place.write("model.onnx", model(&graph));
    let answer = bounded(&place, "inspect model.onnx");
    assert_eq!(answer.code, 6, "{}", answer.stderr);
    assert!(answer.stderr.contains("`0.data`: it is larger than any"), "{}", answer.stderr);
    // Nor is such a file a model, a compiled one, or an input.
    for command in ["inspect 0.data", "setup 0.data -o keys", "verify 0.data --vk 1.data"] {
        assert_eq!(bounded(&place, command).code, 6, "{command}");
    }
}

#[test]
fn rejects_small_inputs_and_compiled_models_that_take_gigabytes() {
    let place = Place::with_model();
    for (text, expected) in [
        (
            format!("{{\"input_data\":[[{}1]]}}", "1,".repeat(25_000_000)),
            "more than 16777216 values",
        ),
        (
            format!("{{\"input_data\":[{}[]]}}", "[],".repeat(15_000_000)),
            "more than 16777216 values",
        ),
        ("[".repeat(25_000_000), "recursion limit"),
        (format!("{{\"input_data\":[[{}]]}}", "1".repeat(25_000_000)), "number out of range"),
    ] {
        place.write("big.json", text);
        let answer =
            bounded(&place, "compile two_nodes.onnx --dim batch=1 --samples big.json -o m.lion");
        assert!(answer.stderr.contains(expected), "{}", answer.stderr);
    }
    place.write("big.lion", [&b"LIONML\0m\x01\0\0\0"[..], &vec![0; 32_000_000]].concat());
    let answer = bounded(&place, "setup big.lion -o keys");
    assert!(answer.stderr.contains("error[model::too_large]: `big.lion`"), "{}", answer.stderr);
}

/// What a file says can neither steer a screen nor begin a line of it.
#[test]
fn rejects_text_of_a_model_that_steers_the_screen() {
    let hostile = "\u{1b}[2K\u{202e}\u{ad}\u{9b}\nverified: yes";
    let dim = field(1, &field(2, hostile.as_bytes()));
    let input = field(2, &field(1, &[&number(1, 1)[..], &field(2, &dim)].concat()));
    let mut graph = node(hostile, &["x".to_owned()], &["y".to_owned()], &[]);
    graph.extend(field(11, &[field(1, b"x"), input].concat()));
    graph.extend(field(12, &value("y", &[])));
    let place = Place::new();
    place.write("model.onnx", [model(&graph), field(2, hostile.as_bytes())].concat());
    for command in
        ["inspect model.onnx", "inspect model.onnx --json", "compile model.onnx -o m.lion"]
    {
        let answer = place.run(command);
        for text in [&answer.stdout, &answer.stderr] {
            let steers = |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{ad}".contains(c);
            assert!(!text.contains(steers), "{command}: {text:?}");
            assert!(!text.lines().any(|line| line.starts_with("verified")), "{command}: {text:?}");
        }
    }
}
