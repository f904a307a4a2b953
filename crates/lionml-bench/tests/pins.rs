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
        let digest = compiled.circuit.to_string();
        writeln!(text, "{}, {}…", line(model.name, &report.sizes), &digest[..16]).unwrap();
    }
    insta::assert_snapshot!(text, @r"
    breast_cancer_logreg: 918 rows (2^10), 8 + 912 variables (2^10), 2167 + 1876 + 942 non-zeros (2^12, 2^11, 2^10), 30a8209090fb9fa0…
    digits_mlp: 911 rows (2^10), 16 + 867 variables (2^10), 1979 + 1978 + 1984 non-zeros (2^11, 2^11, 2^11), 4f81ab7c5bd48464…
    196_25_10: 2184 rows (2^12), 16 + 2147 variables (2^12), 3517 + 3938 + 7254 non-zeros (2^12, 2^12, 2^13), 3c8535d51f6d0b8a…
    196_24_14_10: 2496 rows (2^12), 16 + 2446 variables (2^12), 3985 + 8091 + 3985 non-zeros (2^12, 2^13, 2^12), e6f36be8e3e8fcd2…
    784_56_10: 7632 rows (2^13), 16 + 7564 variables (2^13), 14179 + 30515 + 30709 non-zeros (2^14, 2^15, 2^15), bfab32abbf832cb6…
    14_5_11_80_10_3: 22844 rows (2^15), 16 + 21856 variables (2^15), 24698 + 32092 + 57466 non-zeros (2^15, 2^15, 2^16), 7c8ad987e1383138…
    28_6_16_10_5: 102128 rows (2^17), 16 + 97636 variables (2^17), 224579 + 224579 + 224578 non-zeros (2^18, 2^18, 2^18), 83cea0b08c2301a1…
    lenet5: 109392 rows (2^17), 16 + 104696 variables (2^17), 248026 + 248023 + 248023 non-zeros (2^18, 2^18, 2^18), 649d4799305cbb44…
    keras_cnn: 55822 rows (2^16), 16 + 53812 variables (2^16), 61663 + 110671 + 110671 non-zeros (2^16, 2^17, 2^17), f77f3fb96b32e053…
    20_15_10: 506 rows (2^9), 16 + 479 variables (2^9), 861 + 853 + 853 non-zeros (2^10, 2^10, 2^10), abb94988e692eddb…
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
        @"784_56_10: 10226 rows (2^14), 16 + 10158 variables (2^14), 29662 + 29669 + 29667 non-zeros (2^15, 2^15, 2^15)"
    );
}

#[test]
fn pins_lenet5_below_its_limits() {
    let model = SuiteModel::find("lenet5").unwrap();
    let sizes = compile(model, &model.options());
    assert!(sizes.constraints <= 125_000, "{}", sizes.constraints);
    assert!(sizes.log2_non_zeros.iter().all(|log2| *log2 <= 18), "{:?}", sizes.non_zeros);
}
