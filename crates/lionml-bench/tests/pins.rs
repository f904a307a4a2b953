//! What the published models cost, exactly: the same on every machine.
#![cfg(test)]

use std::fmt::Write;

use lionml::{CompileOptions, Sizes, Visibility};
use lionml_bench::{MODELS, SuiteModel};

fn compile(model: &SuiteModel, options: &CompileOptions) -> Sizes {
    model.compile(options).unwrap().1.sizes
}

fn line(name: &str, sizes: &Sizes) -> String {
    let Sizes { constraints, publics, privates, non_zeros: [a, b, c], .. } = sizes;
    let [ka, kb, kc] = sizes.log2_non_zeros;
    format!(
        "{name}: {constraints} rows (2^{}), {publics} + {privates} variables (2^{}), \
         {a} + {b} + {c} non-zeros (2^{ka}, 2^{kb}, 2^{kc})",
        sizes.log2_constraints, sizes.log2_variables
    )
}

#[test]
fn pins_sizes() {
    let mut text = String::new();
    for model in MODELS {
        writeln!(text, "{}", line(model.name, &compile(model, &model.options()))).unwrap();
    }
    insta::assert_snapshot!(text, @"");
}

#[test]
fn pins_the_size_of_hashed_pixels() {
    let model = SuiteModel::find("784_56_10").unwrap();
    let private = compile(model, &model.options());
    assert!(private.constraints < 8_190, "{}", private.constraints);
    let input_visibility = Visibility::Hashed;
    let hashed = compile(model, &CompileOptions { input_visibility, ..model.options() });
    assert!(hashed.constraints < 12_000, "{}", hashed.constraints);
    insta::assert_snapshot!(line(model.name, &hashed), @"");
}

#[test]
fn pins_lenet5_below_its_limits() {
    let model = SuiteModel::find("lenet5").unwrap();
    let sizes = compile(model, &model.options());
    assert!(sizes.constraints <= 125_000, "{}", sizes.constraints);
    assert!(sizes.log2_non_zeros.iter().all(|log2| *log2 <= 18), "{:?}", sizes.non_zeros);
}
