//! Generated Rust: what it looks like, that rustfmt leaves it alone, and that no name of a model
//! becomes code.
#![cfg(test)]

use std::{
    io::Write,
    process::{Command, Stdio},
};

use lionml_codegen::{Generated, PublicValue, RustCircuit};
use lionml_r1cs::{
    Builder, Circuit, Digest, Linear,
    field::{Field, Fr, from_i128},
};
use tempfile::TempDir;

/// `count` inputs of four bits each, one of them halved, and `dense` sums of all of them.
fn circuit(count: usize, dense: usize) -> (Circuit, Vec<(String, usize)>) {
    let mut builder = Builder::new();
    let half = from_i128(2).inverse().unwrap();
    let inputs: Vec<Linear> = (0..count).map(|_| builder.private_input().into()).collect();
    for input in &inputs {
        let bits = builder.hint("bits", vec![input.clone()], 3, |_| vec![Fr::from(0u8); 3]);
        let bits: Vec<Linear> = bits.into_iter().map(Linear::from).collect();
        for bit in &bits {
            builder.enforce("a bit is zero or one", bit, bit, bit);
        }
        let top = (input - &Linear::from_bits(&bits)).scaled(half);
        builder.enforce(
            "the top bit is zero or one",
            &top,
            &(&top - &Linear::integer(1)),
            Linear::zero(),
        );
    }
    let before = builder.rows();
    let mut nodes = vec![("input".to_owned(), before)];
    for row in 0..dense {
        let weight = |i: usize| from_i128((row * 31 + i * 17) as i128 % 23 - 11);
        let sum = Linear::sum(inputs.iter().enumerate().map(|(i, x)| (weight(i), x)));
        builder.public_output("output", &sum);
    }
    nodes.push(("output `y`\n} fn evil() {".to_owned(), builder.rows() - before));
    (builder.finish().0, nodes)
}

fn generate(count: usize, dense: usize, model: &str) -> Generated {
    let (circuit, nodes) = circuit(count, dense);
    let publics = [
        PublicValue { count: 1, meaning: "one".to_owned() },
        PublicValue { count: dense, meaning: "output | y\n".to_owned() },
    ];
    RustCircuit {
        circuit: &circuit,
        nodes: &nodes,
        publics: &publics,
        model,
        annotation: None,
        key: Digest::of(b"key"),
        varuna_key: Digest::of(b"varuna"),
        leo_key: -from_i128(1),
        is_insecure: dense > 100,
        data_file: "model \"x\".coefficients",
    }
    .generate()
}

/// What rustfmt, without settings, would change.
fn changes(source: &str) -> String {
    let place = TempDir::new().unwrap();
    fs_err::write(place.path().join("rustfmt.toml"), "").unwrap();
    let mut rustfmt = Command::new("rustfmt")
        .args(["--check", "--edition", "2024"])
        .current_dir(place.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    rustfmt.stdin.take().unwrap().write_all(source.as_bytes()).unwrap();
    let output = rustfmt.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    text
}

#[test]
fn matches_rustfmt() {
    for (count, dense) in [(1, 1), (3, 2), (8, 20), (40, 120), (300, 3)] {
        let generated = generate(count, dense, "a model");
        assert_eq!(changes(&generated.source), "", "{count} {dense}");
        assert_eq!(generated.data.is_some(), dense == 120);
        assert_eq!(generated, generate(count, dense, "a model"));
    }
}

#[test]
fn pins_loops_and_tables() {
    let source = generate(8, 20, "a model").source;
    let start = source.find("    /// `input`").unwrap();
    let end = source.find("/// The SHA-256 of the matrices that").unwrap();
    insta::assert_snapshot!(&source[start..end], @r#"
        /// `input`: 32 rows.
        fn rows_of_input(&mut self) {
            for i in 0..8 {
                self.bits(8 + 3 * i, 3);
                let a = &[
                    (ratio(1, 2), W(i)),
                    (ratio(-1, 2), W(8 + 3 * i)),
                    (int(-1), W(9 + 3 * i)),
                    (int(-2), W(10 + 3 * i)),
                ];
                let b = &[
                    (int(-1), ONE),
                    (ratio(1, 2), W(i)),
                    (ratio(-1, 2), W(8 + 3 * i)),
                    (int(-1), W(9 + 3 * i)),
                    (int(-2), W(10 + 3 * i)),
                ];
                let c = &[];
                self.row("the top bit is zero or one", [a, b, c]);
            }
        }

        /// `output 'y'\n} fn evil() {`: 20 rows.
        fn rows_of_output_y_fn_evil(&mut self) {
            for i in 0..20 {
                self.row("output", ROWS_OF_OUTPUT_Y_FN_EVIL[i]);
            }
        }

        /// `padding`: 11 rows.
        fn rows_of_padding(&mut self) {
            for i in 0..7 {
                self.row("padding is zero", [&[(1, X(21 + i))], &[(1, ONE)], &[]]);
            }
            for i in 0..2 {
                self.row("padding is zero", [&[], &[], &[(1, X(28 + 2 * i))]]);
                self.row("padding is zero", [&[(1, X(29 + 2 * i))], &[(1, ONE)], &[]]);
            }
        }
    }
    "#);
    let table = source.find("/// Rows of").unwrap();
    let lines: Vec<&str> = source[table..].lines().take(8).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    /// Rows of `output 'y'\n} fn evil() {`.
    #[rustfmt::skip]
    const ROWS_OF_OUTPUT_Y_FN_EVIL: &[Row] = &[
        [
            &[(1, ONE)],
            &[
                (-1, X(1)), (-11, W(0)), (6, W(1)), (-6, W(3)), (11, W(4)), (5, W(5)), (-1, W(6)),
                (-7, W(7)),
    ");
}

#[test]
fn rejects_names_that_are_code() {
    let (wide, long) = ("wide ".repeat(16), "long ".repeat(40));
    for model in [
        "\";\nfn evil() {}\n//",
        "`\n//! ```\nfn evil() {}",
        "*/ {",
        "\u{202e}",
        "@SECTIONS@",
        &wide,
        &long,
    ] {
        let source = generate(2, 120, model).source;
        // rustfmt parses: nothing came out of a comment or literal.
        assert_eq!(changes(&source), "", "{model}");
        assert!(!source.lines().any(|line| line.trim_start().starts_with("fn evil")), "{source}");
        assert!(source.is_ascii());
    }
}

/// The constant one is a variable like the public values in the circuit, and has no number here.
#[test]
fn matches_rows_of_a_constant_before_public_values() {
    let mut builder = Builder::new();
    let inputs: Vec<Linear> = (0..4).map(|_| builder.public_input().into()).collect();
    for value in [&[Linear::integer(1)], inputs.as_slice()].concat() {
        builder.public_output("output", &value);
    }
    let nodes = [("output".to_owned(), builder.rows())];
    let circuit = builder.finish().0;
    let publics = [PublicValue { count: 1, meaning: "one".to_owned() }];
    let source = RustCircuit {
        circuit: &circuit,
        nodes: &nodes,
        publics: &publics,
        model: "a model",
        annotation: None,
        key: Digest::of(b"key"),
        varuna_key: Digest::of(b"varuna"),
        leo_key: -from_i128(1),
        is_insecure: false,
        data_file: "model.coefficients",
    }
    .generate()
    .source;
    let start = source.find("/// `output`").unwrap();
    let end = start + source[start..].find("/// `padding`").unwrap();
    insta::assert_snapshot!(&source[start..end], @r#"
    /// `output`: 5 rows.
        fn rows_of_output(&mut self) {
            self.row("output", [&[], &[], &[(1, ONE), (-1, X(5))]]);
            for i in 0..4 {
                self.row("output", [&[], &[], &[(1, X(1 + i)), (-1, X(6 + i))]]);
            }
        }
    "#);
}
