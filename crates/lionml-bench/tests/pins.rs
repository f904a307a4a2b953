//! What the published models cost, exactly, and which circuits they are: the same on every machine.
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
fn pins_sizes_and_circuits() {
    let mut text = String::new();
    for model in MODELS {
        let (compiled, report) = model.compile(&model.options()).unwrap();
        let digest = compiled.circuits();
        writeln!(text, "{}, {}…", line(model.name, &report.sizes), &digest[..16]).unwrap();
    }
    insta::assert_snapshot!(text, @r"
    breast_cancer_logreg: 1008 rows (2^10), 8 + 1002 variables (2^10), 2388 + 2067 + 1032 non-zeros (2^12, 2^12, 2^11), e036d1676ac71ce7…
    digits_mlp: 1008 rows (2^10), 16 + 964 variables (2^10), 1768 + 3844 + 898 non-zeros (2^11, 2^12, 2^10), 131e91ec5ae248c7…
    196_25_10: 2234 rows (2^12), 16 + 2197 variables (2^12), 3567 + 4063 + 7528 non-zeros (2^12, 2^12, 2^13), e21522fd558fe047…
    196_24_14_10: 2600 rows (2^12), 16 + 2550 variables (2^12), 3942 + 6360 + 6370 non-zeros (2^12, 2^13, 2^13), 9b3005e6a2319d50…
    784_56_10: 7800 rows (2^13), 16 + 7732 variables (2^13), 15536 + 31812 + 31767 non-zeros (2^14, 2^15, 2^15), d358e641343ba622…
    14_5_11_80_10_3: 25052 rows (2^15), 16 + 24064 variables (2^15), 31231 + 64000 + 31230 non-zeros (2^15, 2^16, 2^15), 1da7ce75d6483a2d…
    28_6_16_10_5: 114160 rows (2^17), 16 + 109668 variables (2^17), 245744 + 245743 + 245742 non-zeros (2^18, 2^18, 2^18), 6d6735777a973cba…
    lenet5: 123228 rows (2^17), 16 + 118532 variables (2^17), 124165 + 213690 + 475834 non-zeros (2^17, 2^18, 2^19), 9aafbf9b506487f6…
    keras_cnn: 61808 rows (2^16), 16 + 59798 variables (2^16), 125619 + 125615 + 60079 non-zeros (2^17, 2^17, 2^16), 951040761134766e…
    20_15_10: 536 rows (2^10), 16 + 509 variables (2^10), 907 + 915 + 912 non-zeros (2^10, 2^10, 2^10), 934dee037cad0130…
    ");
}

#[test]
fn pins_the_size_of_hashed_pixels() {
    let model = SuiteModel::find("784_56_10").unwrap();
    let private = compile(model, &model.options());
    assert!(private.constraints < 8_190, "{}", private.constraints);
    let input_visibility = Visibility::Hashed;
    let hashed = compile(model, &CompileOptions { input_visibility, ..model.options() });
    assert!(hashed.constraints < 12_000, "{}", hashed.constraints);
    insta::assert_snapshot!(
        line(model.name, &hashed),
        @"784_56_10: 10394 rows (2^14), 16 + 10326 variables (2^14), 30908 + 30912 + 30907 non-zeros (2^15, 2^15, 2^15)"
    );
}

#[test]
fn pins_lenet5_below_its_limits() {
    let model = SuiteModel::find("lenet5").unwrap();
    let sizes = compile(model, &model.options());
    assert!(sizes.constraints <= 125_000, "{}", sizes.constraints);
    // Together they hold more than three times 2^18.
    let domains = sizes.log2_non_zeros.iter().map(|log2| 1usize << log2).sum::<usize>();
    assert!(domains <= 7 << 17, "{:?}", sizes.non_zeros);
}
