//! What is refused, where, and why. `«` and `»` stand around the place that the error names.

use serde_json::json;

use crate::support::{MODELS, errors, expand, package};

/// The constructor that every program has.
const CONSTRUCTOR: &str = "@noupgrade constructor() {}";

/// `source` and modules are refused with one error, at the mark.
#[track_caller]
fn refused_with(modules: &[(&str, &str)], source: &str, code: &str, message: &str) {
    let unmark = |text: &str| text.replace(['«', '»'], "");
    let texts: Vec<_> = modules.iter().map(|(name, text)| (*name, unmark(text))).collect();
    let plain: Vec<_> = texts.iter().map(|(name, text)| (*name, &**text)).collect();
    let directory = package(&unmark(source), &plain);
    let output = expand(directory.path());
    let all = modules.iter().copied().chain([("main.leo", source)]);
    let (file, marked) = all.into_iter().find(|(_, text)| text.contains('«')).unwrap();
    let (before, rest) = marked.split_once('«').unwrap();
    let (inside, _) = rest.split_once('»').unwrap();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    let end = column + inside.lines().next().unwrap_or_default().chars().count();
    let errors = errors(&output);
    let seen: Vec<_> = errors
        .iter()
        .map(|e| {
            json!([e["code"], e["message"], e["file"], e["line"], e["column"], e["end_column"]])
        })
        .collect();
    let file = format!("./src/{file}");
    assert_eq!(seen, [json!([code, message, file, line, column, end])]);
    assert!(errors[0]["hint"].is_string() || !code.starts_with("leo::"), "an error without a hint");
    assert!(!directory.path().join("expanded.leo").exists());
    assert!(!directory.path().join("interface.json").exists());
}

#[track_caller]
fn refused(source: &str, code: &str, message: &str) {
    refused_with(&[], source, code, message);
}

/// A program whose entry function has this body.
fn body(statements: &str) -> String {
    format!(
        "@lionml(annotation = \"7\")
fn classify(image: [i16; 4]) -> u8 {{}}
program gate.aleo {{
    mapping seen: u8 => bool;
    fn accept(public ticket: u32, image: [i16; 4], other: [i16; 4], flag: bool) -> Final {{
        {statements}
    }}
    {CONSTRUCTOR}
}}
"
    )
}

/// A program with this declaration before it.
fn declared(declaration: &str) -> String {
    format!(
        "{declaration}
program gate.aleo {{
    fn main() {{}}
    {CONSTRUCTOR}
}}
"
    )
}

/// A program with these items.
fn items(items: &str) -> String {
    format!(
        "@lionml(annotation = \"7\")
fn classify(image: [i16; 4]) -> u8 {{}}
program gate.aleo {{
    {items}
    {CONSTRUCTOR}
}}
"
    )
}

mod annotations {
    use super::*;

    #[test]
    fn rejects_unknown_numbers() {
        refused(
            &declared("@lionml(«annotation = \"12\"») fn f(x: u8) -> u8 {}"),
            "leo::unknown_model",
            "model 12 is not registered",
        );
    }

    #[test]
    fn rejects_missing_numbers() {
        for annotation in ["«@lionml»", "«@lionml()»"] {
            refused(
                &declared(&format!("{annotation} fn f(x: u8) -> u8 {{}}")),
                "leo::annotation",
                "`@lionml` has no argument `annotation`",
            );
        }
    }

    #[test]
    fn rejects_odd_numbers() {
        for number in ["", "seven", "-1", "+7", "07", "7u32", "4294967296", " 7", "7.0"] {
            refused(
                &declared(&format!("@lionml(«annotation = \"{number}\"») fn f(x: u8) -> u8 {{}}")),
                "leo::annotation",
                &format!("`{number}` is no number of a model"),
            );
        }
    }

    #[test]
    fn rejects_unknown_arguments() {
        refused(
            &declared("@lionml(annotation = \"7\", «scale = \"1\"») fn f(x: u8) -> u8 {}"),
            "leo::annotation",
            "`@lionml` has no argument `scale`",
        );
    }

    #[test]
    fn rejects_arguments_that_stand_twice() {
        refused(
            &declared("@lionml(annotation = \"7\", «annotation = \"8\"») fn f(x: u8) -> u8 {}"),
            "leo::annotation",
            "argument `annotation` stands here twice",
        );
    }

    #[test]
    fn rejects_two_annotations() {
        refused(
            &declared(
                "@lionml(annotation = \"7\") «@lionml(annotation = \"8\")» fn f(x: u8) -> u8 {}",
            ),
            "leo::misplaced_annotation",
            "`@lionml` stands here twice",
        );
        refused(
            &declared("@lionml(annotation = \"7\") «@inline» fn f(x: u8) -> u8 {}"),
            "leo::misplaced_annotation",
            "an `@lionml` function has another annotation",
        );
        refused(
            &declared("@inline «@lionml(annotation = \"7\")» fn f(x: u8) -> u8 {}"),
            "leo::misplaced_annotation",
            "an `@lionml` function has another annotation",
        );
    }

    #[test]
    fn rejects_annotations_on_other_things() {
        for (what, item) in [
            ("a struct", "struct S { x: u8 }"),
            ("a constant", "const X: u8 = 1u8;"),
            ("an interface", "interface I {}"),
            ("a `final fn`", "final fn f(x: u8) -> u8 {}"),
            ("a `view fn`", "view fn f(x: u8) -> u8 {}"),
            ("an exported item", "export fn f(x: u8) -> u8 {}"),
            ("an import", "import credits.aleo;"),
        ] {
            refused(
                &declared(&format!("«@lionml»(annotation = \"7\") {item}")),
                "leo::misplaced_annotation",
                &format!("`@lionml` stands before {what}"),
            );
        }
        for (what, item) in [
            ("a record", "record R { owner: address }"),
            ("a mapping", "mapping m: u8 => u8;"),
            ("a storage variable", "storage s: u8;"),
            ("the constructor", "constructor() {}"),
        ] {
            refused(
                &items(&format!("fn main() {{}} «@lionml»(annotation = \"7\") {item}")),
                "leo::misplaced_annotation",
                &format!("`@lionml` stands before {what}"),
            );
        }
        refused(
            &declared("interface I { «@lionml»(annotation = \"7\") fn f(x: u8) -> u8; }"),
            "leo::misplaced_annotation",
            "`@lionml` stands in an interface",
        );
        refused(
            &body("«@lionml»(annotation = \"7\") let x: u8 = 1u8; return final {};"),
            "leo::misplaced_annotation",
            "`@lionml` stands before a statement",
        );
    }

    #[test]
    fn rejects_annotations_in_modules() {
        refused_with(
            &[("net.leo", "@«lionml»(annotation = \"7\")\nfn f(x: u8) -> u8 {}\n")],
            &declared(""),
            "leo::misplaced_annotation",
            "`@lionml` stands in a module",
        );
    }

    #[test]
    fn rejects_other_spellings_as_leo_does() {
        refused(
            &declared("«@LionML(annotation = \"7\")» fn f(x: u8) -> u8 { return x; }"),
            "ETYC0372027",
            "unknown annotation `@LionML`",
        );
    }
}

mod declarations {
    use super::*;

    fn annotated(number: &str, function: &str) -> String {
        declared(&format!("@lionml(annotation = \"{number}\")\n{function}"))
    }

    #[test]
    fn rejects_statements() {
        refused(
            &annotated("7", "fn f(image: [i16; 4]) -> u8 { /* here */ «return 1u8;» }"),
            "leo::declaration",
            "`f` has statements of its own",
        );
    }

    #[test]
    fn rejects_names_that_are_declared_twice() {
        let first = "@lionml(annotation = \"7\") fn f(image: [i16; 4]) -> u8 {}";
        refused(
            &declared(&format!("{first}\n«{first}»")),
            "leo::declared_twice",
            "`f` is declared twice",
        );
    }

    #[test]
    fn rejects_other_types() {
        refused(
            &annotated("7", "fn f(image: «[u8; 4]») -> u8 {}"),
            "leo::type",
            "`image` is declared as `[u8; 4]`, and input `image` of model 7 `digits` is 4 of `i16`",
        );
        refused(
            &annotated("7", "fn f(image: «[[i16; 2]; 3]») -> u8 {}"),
            "leo::type",
            "`image` is declared as `[[i16; 2]; 3]`, and input `image` of model 7 `digits` is 4 of \
             `i16`",
        );
        refused(
            &annotated("7", "fn f(image: [i16; 4]) -> «i8» {}"),
            "leo::type",
            "the answer is declared as `i8`, and output `digit` of model 7 `digits` is one `u8`",
        );
        refused(
            &annotated("8", "fn f(a: [i8; 2], b: [i16; 2], c: u8) -> ([i32; 3], «[i8; 2]») {}"),
            "leo::type",
            "the answer is declared as `[i8; 2]`, and output `z` of model 8 `mixed` is one `i8`",
        );
    }

    #[test]
    fn rejects_other_counts() {
        refused(
            &declared("@lionml(«annotation = \"7\"») fn f(a: [i16; 4], b: u8) -> u8 {}"),
            "leo::type",
            "`f` has 2 inputs, and model 7 `digits` has 1",
        );
        refused(
            &declared("@lionml(«annotation = \"7\"») fn f(a: [i16; 4]) -> (u8, u8) {}"),
            "leo::type",
            "`f` has 2 outputs, and model 7 `digits` has 1",
        );
    }

    #[test]
    fn rejects_types_of_no_model() {
        for type_ in ["field", "bool", "address", "[field; 4]", "(u8, u8)", "u8?", "S", "[u8]"] {
            refused(
                &annotated("7", &format!("fn f(image: «{type_}») -> u8 {{}}")),
                "leo::declaration",
                &format!("`{type_}` is no type of a model's values"),
            );
        }
    }

    #[test]
    fn rejects_lengths_that_are_not_understood() {
        for length in ["N", "0", "2049", "2 + 2", "4u8", "-4"] {
            refused(
                &annotated("7", &format!("fn f(image: [i16; «{length}»]) -> u8 {{}}")),
                "leo::declaration",
                &format!("`{length}` is no length that is understood here"),
            );
        }
    }

    #[test]
    fn rejects_missing_values() {
        refused(&annotated("7", "fn f«()» -> u8 {}"), "leo::declaration", "`f` has no parameter");
        refused(&annotated("7", "fn «f»(x: u8) {}"), "leo::declaration", "`f` answers nothing");
    }

    #[test]
    fn rejects_visibilities() {
        refused(
            &annotated("7", "fn f(«public image: [i16; 4]») -> u8 {}"),
            "leo::declaration",
            "a parameter of `f` says who sees it",
        );
        refused(
            &annotated("7", "fn f(image: [i16; 4]) -> «public» u8 {}"),
            "leo::declaration",
            "the answer of `f` says who sees it",
        );
        refused(
            &annotated("7", "fn f(image: [i16; 4]) -> (u8, «public» u8) {}"),
            "leo::declaration",
            "the answer of `f` says who sees it",
        );
    }

    #[test]
    fn rejects_constant_parameters() {
        refused(
            &annotated("7", "fn f::«[N: u32]»(image: [i16; 4]) -> u8 {}"),
            "leo::declaration",
            "`f` has constant parameters, and a model has none",
        );
    }

    #[test]
    fn rejects_other_scales() {
        refused(
            &declared(
                "@lionml(annotation = \"7\", «input_scale = \"2^-3\"») \
                 fn f(image: [i16; 4]) -> u8 {}",
            ),
            "leo::scale",
            "the scale is given as `2^-3`, and of input `image` of model 7 `digits` it is `2^-4`",
        );
        refused(
            &declared(
                "@lionml(annotation = \"7\", input_scale = \"2^-4\", «output_scale = \"2\"») \
                 fn f(image: [i16; 4]) -> u8 {}",
            ),
            "leo::scale",
            "the scale is given as `2`, and of output `digit` of model 7 `digits` it is `1`",
        );
        refused(
            &declared(
                "@lionml(annotation = \"8\", «input_scale = \"1, 1\"») \
                 fn f(a: [i8; 2], b: [i16; 2], c: u8) -> ([i32; 3], i8) {}",
            ),
            "leo::scale",
            "`input_scale` names 2 scales for 3",
        );
        refused(
            &declared(
                "@lionml(annotation = \"8\", «input_scale = \"1, 2^-4, 1\"») \
                 fn f(a: [i8; 2], b: [i16; 2], c: u8) -> ([i32; 3], i8) {}",
            ),
            "leo::scale",
            "the scale is given as `2^-4`, and of input `b` of model 8 `mixed` it is `2^-3`",
        );
    }

    #[test]
    fn rejects_models_that_cannot_be_served() {
        refused(
            &declared("@lionml(«annotation = \"10\"») fn f(x: u8) -> u8 {}"),
            "leo::visibility",
            "input `x` of model 10 `silent` is private: nothing binds it to the call",
        );
        refused(
            &declared("@lionml(«annotation = \"11\"») fn f(x: u8) -> u8 {}"),
            "leo::visibility",
            "output `y` of model 11 `secret` is hashed: the program would not see it",
        );
    }
}

mod calls {
    use super::*;

    #[test]
    fn rejects_loops() {
        refused(
            &body("for i: u8 in 0u8..2u8 { let x: u8 = «classify(image)»; } return final {};"),
            "leo::call",
            "`classify` is called in a loop",
        );
        refused(
            &body("for i: u8 in 0u8..=«classify(image)» { } return final {};"),
            "leo::call",
            "`classify` is called in a loop",
        );
    }

    #[test]
    fn rejects_branches() {
        for statements in [
            "if flag { let x: u8 = «classify(image)»; } return final {};",
            "if flag { } else { let x: u8 = «classify(image)»; } return final {};",
            "if flag { } else if «classify(image)» == 1u8 { } return final {};",
        ] {
            refused(&body(statements), "leo::call", "`classify` is called in a branch");
        }
        refused(
            &body("let x: u8 = flag ? «classify(image)» : 0u8; return final {};"),
            "leo::call",
            "`classify` is called in a conditional expression",
        );
    }

    #[test]
    fn rejects_nested_blocks() {
        refused(
            &body("{ let x: u8 = «classify(image)»; } return final {};"),
            "leo::call",
            "`classify` is called in a nested block",
        );
    }

    #[test]
    fn rejects_final() {
        refused(
            &body("return final { let x: u8 = «classify(image)»; };"),
            "leo::call",
            "`classify` is called inside `final`",
        );
        refused(
            &body("let f: Final = final { let x: u8 = «classify(image)»; }; return f;"),
            "leo::call",
            "`classify` is called inside `final`",
        );
    }

    #[test]
    fn rejects_other_functions() {
        refused(
            &format!(
                "fn helper(image: [i16; 4]) -> u8 {{ return «classify(image)»; }}\n{}",
                items("fn main() {}")
            ),
            "leo::call",
            "`classify` is called in a helper function",
        );
        for (what, function) in [
            (
                "in a view function, which no transaction runs",
                "view fn look(image: [i16; 4]) -> u8",
            ),
            ("in a `final fn`", "final fn look(image: [i16; 4]) -> u8"),
            (
                "in an entry function that returns no `Final`",
                "fn look(ticket: u8, image: [i16; 4]) -> u8",
            ),
        ] {
            refused(
                &items(&format!("fn main() {{}} {function} {{ return «classify(image)»; }}")),
                "leo::call",
                &format!("`classify` is called {what}"),
            );
        }
        refused(
            "@lionml(annotation = \"7\") fn classify(image: [i16; 4]) -> u8 {}
            program gate.aleo {
                fn main() {}
                @custom constructor() { let x: u8 = «classify([0i16; 4])»; }
            }",
            "leo::call",
            "`classify` is called in the constructor",
        );
    }

    #[test]
    fn rejects_constants() {
        refused(
            &body("const X: u8 = «classify(image)»; return final {};"),
            "leo::call",
            "`classify` is called for a constant",
        );
        refused(
            &body("let x: [u8; 2] = [«classify(image)»; 2]; return final {};"),
            "leo::call",
            "`classify` is called in a place that is not understood here",
        );
        refused(
            &items("const X: u8 = «classify([0i16; 4])»; fn main() {}"),
            "leo::call",
            "`classify` is called for a constant",
        );
    }

    #[test]
    fn rejects_arguments_that_are_no_parameters() {
        for (argument, hidden) in
            [("[0i16; 4]", ""), ("mine", "let mine: [i16; 4] = image;"), ("CONSTANT", "")]
        {
            refused(
                &body(&format!("{hidden} let x: u8 = classify(«{argument}»); return final {{}};")),
                "leo::call",
                &format!("argument `{argument}` is no parameter of `accept`"),
            );
        }
        refused(
            &items(
                "fn accept(public ticket: u32, constant image: [i16; 4]) -> Final {
                    let x: u8 = classify(«image»); return final {};
                }",
            ),
            "leo::call",
            "argument `image` is a constant",
        );
    }

    #[test]
    fn rejects_chains() {
        refused(
            &body("let x: u8 = classify(«classify(image)»); return final {};"),
            "leo::call",
            "argument `classify(image)` is no parameter of `accept`",
        );
    }

    #[test]
    fn rejects_other_counts_of_arguments() {
        for (call, got) in [("classify()", 0), ("classify(image, other)", 2)] {
            refused(
                &body(&format!("let x: u8 = «{call}»; return final {{}};")),
                "leo::call",
                &format!("`classify` takes 1 arguments, and gets {got}"),
            );
        }
    }

    #[test]
    fn rejects_arguments_of_other_types() {
        refused(
            &body("let x: u8 = classify(«flag»); return final {};"),
            "leo::call",
            "argument `flag` is `bool`, and not `[i16; 4]`",
        );
    }

    /// Leo's type checker takes `[i16; N]` for `[i16; 4]` until constants are known; and then the
    /// call is gone, and the fifth number was in no proof.
    #[test]
    fn rejects_arguments_of_lengths_that_are_not_known_yet() {
        for length in ["N", "5", "2 + 3", "0x4", "4u8"] {
            refused(
                &format!(
                    "const N: u32 = 5u32;\n{}",
                    items(&format!(
                        "fn accept(ticket: u32, image: [i16; {length}]) -> Final {{
                            let x: u8 = classify(«image»);
                            return final {{}};
                        }}"
                    ))
                ),
                "leo::call",
                &format!("argument `image` is `[i16; {length}]`, and not `[i16; 4]`"),
            );
        }
    }

    #[test]
    fn rejects_other_uses_of_the_name() {
        let message = "`classify` is an `@lionml` function and can only be called";
        for statements in [
            "let «classify»: u8 = 1u8; return final {};",
            "let x: u8 = «classify»; return final {};",
            "let x: u8 = gate.aleo::«classify»(image); return final {};",
            "let x: u8 = net::«classify»(image); return final {};",
            "let x: u8 = «classify»::[4](image); return final {};",
            "let x: u8 = image.«classify»(); return final {};",
            "for «classify»: u8 in 0u8..2u8 { } return final {};",
        ] {
            refused(&body(statements), "leo::call", message);
        }
        refused(&items("fn main(«classify»: u8) {}"), "leo::call", message);
        refused(&items("fn «classify»(x: u8) {}"), "leo::call", message);
        refused(&items("struct S { «classify»: u8 } fn main() {}"), "leo::call", message);
        refused(&items("mapping «classify»: u8 => u8; fn main() {}"), "leo::call", message);
    }

    #[test]
    fn rejects_modules() {
        refused_with(
            &[("net.leo", "fn helper(image: [i16; 4]) -> u8 { return «classify»(image); }\n")],
            &items("fn main() {}"),
            "leo::call",
            "the `@lionml` function `classify` is named in a module",
        );
    }

    #[test]
    fn rejects_parts_of_an_answer() {
        refused(
            &format!(
                "@lionml(annotation = \"8\")
                fn f(a: [i8; 2], b: [i16; 2], c: u8) -> ([i32; 3], i8) {{}}
                program gate.aleo {{
                    fn accept(ticket: u8, a: [i8; 2], b: [i16; 2], c: u8) -> Final {{
                        let z: i8 = «f(a, b, c)».1;
                        return final {{}};
                    }}
                    {CONSTRUCTOR}
                }}"
            ),
            "leo::call",
            "`f` is called for a part of its answer",
        );
    }

    #[test]
    fn rejects_more_than_sixteen_inputs() {
        refused(
            &items(
                "fn «accept»(
                    public ticket: u32, image: [i16; 4], a: u8, b: u8, c: u8, d: u8, e: u8, f: u8,
                ) -> Final {
                    let x: u8 = classify(image);
                    let y: u8 = classify(image);
                    let z: u8 = classify(image);
                    return final {};
                }",
            ),
            "leo::inputs",
            "`accept` takes 17 inputs with its proofs, and a transition at most 16: 8 of its own, \
             3 for line 7, 3 for line 8, 3 for line 9",
        );
    }

    #[test]
    fn rejects_more_values_in_final_than_it_takes() {
        refused(
            &items(
                "fn accept(
                    public ticket: u32, image: [i16; 4], a: u8, b: u8, c: u8, d: u8, e: u8,
                ) -> Final {
                    let x: u8 = classify(image);
                    let (f, g, h, i, j, k): (u8, u8, u8, u8, u8, u8) = (a, b, c, d, e, x);
                    return «final {
                        assert(a + b + c + d + e + f + g + h + i + j + k + x == 1u8);
                        assert_eq(ticket, 1u32);
                    }»;
                }",
            ),
            "ESAZ0374011",
            "a `final` block cannot capture more than 16 variables, but this block captures 17",
        );
    }
}

mod privacy {
    use super::*;

    #[test]
    fn rejects_private_parameters_that_the_model_shows() {
        for mode in ["", "private "] {
            refused(
                &format!(
                    "@lionml(annotation = \"9\")
                    fn odd(x: u8) -> u8 {{}}
                    program gate.aleo {{
                        fn accept(ticket: u8, «{mode}x: u8») -> Final {{
                            let y: u8 = odd(x);
                            return final {{}};
                        }}
                        {CONSTRUCTOR}
                    }}"
                ),
                "leo::visibility",
                "`x` is private, and input `x ?/` of model 9 `bad ?/ struct Evil ?` is seen by \
                 everybody",
            );
        }
    }
}

mod tickets {
    use super::*;

    #[test]
    fn rejects_missing_tickets() {
        refused(
            &items(
                "fn «accept»(image: [i16; 4]) -> Final { let x: u8 = classify(image); return final {}; }",
            ),
            "leo::ticket",
            "`accept` calls a model and has no parameter `ticket`",
        );
    }

    #[test]
    fn rejects_tickets_of_other_types() {
        for type_ in ["i32", "bool", "address", "[u8; 4]", "group", "S"] {
            refused(
                &items(&format!(
                    "struct S {{ x: u8 }}
                    fn accept(«public ticket: {type_}», image: [i16; 4]) -> Final {{
                        let x: u8 = classify(image); return final {{}};
                    }}"
                )),
                "leo::ticket",
                &format!("`ticket` is `{type_}`"),
            );
        }
        refused(
            &items(
                "fn accept(«constant ticket: u8», image: [i16; 4]) -> Final {
                    let x: u8 = classify(image); return final {};
                }",
            ),
            "leo::ticket",
            "`ticket` is `u8`",
        );
    }
}

mod names {
    use super::*;

    #[test]
    fn rejects_names_of_the_expansion() {
        for name in ["lionml_0_output", "lionml_contexts", "Lionml_i16_4", "LIONML_X", "lionml_"] {
            let message = format!("the name `{name}` begins with `lionml_`");
            let texts = [
                body(&format!("let «{name}»: u8 = 1u8; return final {{}};")),
                items(&format!("mapping «{name}»: field => bool; fn main() {{}}")),
                items(&format!("struct «{name}» {{ x: u8 }} fn main() {{}}")),
                items(&format!("fn main(«{name}»: u8) {{}}")),
                items(&format!("fn «{name}»(x: u8) {{}}")),
                items(&format!("const «{name}»: u8 = 1u8; fn main() {{}}")),
            ];
            for text in texts {
                refused(&text, "leo::reserved_name", &message);
            }
        }
    }

    #[test]
    fn rejects_uses_of_what_the_expansion_adds() {
        let message = |name: &str| format!("the name `{name}` begins with `lionml_`");
        refused(
            &body(
                "let x: u8 = classify(image); \
                 return final { Mapping::remove(«lionml_contexts», 0field); };",
            ),
            "leo::reserved_name",
            &message("lionml_contexts"),
        );
        refused(
            &body("let x: u8 = classify(image); «lionml_0_output» = 3u8; return final {};"),
            "leo::reserved_name",
            &message("lionml_0_output"),
        );
        refused(
            &items(
                "fn look() -> Final { return final { \
                 let x: bool = _dynamic_contains::[bool]('gate', 'aleo', «'lionml_contexts'», 0field); }; }",
            ),
            "leo::reserved_name",
            &message("lionml_contexts"),
        );
    }

    #[test]
    fn rejects_names_of_the_expansion_in_modules() {
        refused_with(
            &[("net.leo", "struct «Lionml_i16_4» { values: [i16; 4], salt: u128 }\n")],
            &items("fn main() {}"),
            "leo::reserved_name",
            "the name `Lionml_i16_4` begins with `lionml_`",
        );
    }
}

mod shadowing {
    use super::*;

    #[test]
    fn rejects_names_that_are_bound_again() {
        for (name, statements) in [
            (
                "image",
                "let «image»: [i16; 4] = other; let x: u8 = classify(image); return final {};",
            ),
            (
                "image",
                "let x: u8 = classify(image); let «image»: [i16; 4] = other; return final {};",
            ),
            (
                "image",
                "let x: u8 = classify(image); if flag { let «image»: u8 = 1u8; } return final {};",
            ),
            (
                "image",
                "let x: u8 = classify(image); let (y, «image»): (u8, u8) = (x, x); return final {};",
            ),
            (
                "image",
                "let x: u8 = classify(image); for «image»: u8 in 0u8..2u8 {} return final {};",
            ),
            ("image", "let x: u8 = classify(image); const «image»: u8 = 1u8; return final {};"),
            ("ticket", "let «ticket»: u32 = 1u32; let x: u8 = classify(image); return final {};"),
            ("ticket", "let x: u8 = classify(image); return final { let «ticket»: u32 = 1u32; };"),
        ] {
            let message = format!("`{name}` is bound again");
            refused(&body(statements), "leo::shadowed", &message);
        }
    }

    #[test]
    fn rejects_names_that_are_changed() {
        for (name, statements) in [
            ("image", "«image» = other; let x: u8 = classify(image); return final {};"),
            ("image", "let x: u8 = classify(image); «image»[0u32] = 1i16; return final {};"),
            ("image", "if flag { «image» = other; } let x: u8 = classify(image); return final {};"),
            ("ticket", "«ticket» += 1u32; let x: u8 = classify(image); return final {};"),
            ("image", "(«image») = other; let x: u8 = classify(image); return final {};"),
            ("image", "((«image»)[0u32]) = 1i16; let x: u8 = classify(image); return final {};"),
            ("ticket", "(«ticket») += 1u32; let x: u8 = classify(image); return final {};"),
        ] {
            let message = format!("`{name}` stands on the left of an assignment");
            refused(&body(statements), "leo::shadowed", &message);
        }
    }
}

mod ways_out {
    use super::*;

    #[test]
    fn rejects_early_returns() {
        refused(
            &body("let x: u8 = classify(image); if flag { «return final {};» } return final {};"),
            "leo::final",
            "`accept` has a second `return`",
        );
    }

    #[test]
    fn rejects_branches_that_return() {
        refused(
            &body(
                "let x: u8 = classify(image); \
                 if flag { return final {}; } else { return final {}; }«»",
            )
            .replace("«»\n    }", "\n    «}»"),
            "leo::final",
            "`accept` does not end with `return`",
        );
    }

    #[test]
    fn rejects_final_in_a_variable() {
        refused(
            &body("let x: u8 = classify(image); let f: Final = final {}; «return f;»"),
            "leo::final",
            "`accept` returns no `final { }` that stands in the `return`",
        );
    }

    #[test]
    fn rejects_final_of_another_program() {
        refused(
            &format!(
                "import other.aleo;\n{}",
                body(
                    "let x: u8 = classify(image); \
                     «return other.aleo::pay(_self_caller(), 1u64);»"
                )
            ),
            "leo::final",
            "`accept` returns no `final { }` that stands in the `return`",
        );
    }

    #[test]
    fn rejects_a_second_final() {
        refused(
            &body("let x: u8 = classify(image); let f: Final = «final {}»; return final {};"),
            "leo::final",
            "`accept` has a second `final`",
        );
        refused(
            &body("let x: u8 = classify(image); return (final {}, «final {}»);"),
            "leo::final",
            "`accept` has a second `final`",
        );
    }
}

mod programs {
    use super::*;

    #[test]
    fn rejects_interfaces_that_the_expansion_leaves() {
        refused(
            &format!(
                "@lionml(annotation = \"7\") fn classify(image: [i16; 4]) -> u8 {{}}
                interface Gate {{ fn accept(public ticket: u32, image: [i16; 4]) -> Final; }}
                program gate.aleo: Gate {{
                    «fn accept(public ticket: u32, image: [i16; 4]) -> Final {{»
                        let x: u8 = classify(image);
                        return final {{}};
                    }}
                    {CONSTRUCTOR}
                }}"
            ),
            "ECHI03712004",
            "function `accept` does not match the signature required by interface `gate.aleo/Gate`\n\
             Expected:\n\
             fn accept(public ticket: u32, image: [i16; 4]) -> Final<Fn()>\n\
             Found:\n\
             fn accept(public ticket: u32, image: [i16; 4], private lionml_0_salt: u128, \
             public lionml_0_output: u8, public lionml_0_proof: [u8; 957]) -> Final<Fn()>",
        );
    }

    #[test]
    fn rejects_the_registry_itself() {
        let source = body("let x: u8 = classify(image); return final {};");
        let directory = package(&source, &[]);
        let models = MODELS.replace("lionml_registry.aleo", "gate.aleo");
        fs_err::write(directory.path().join("models.json"), models).unwrap();
        let output = expand(directory.path());
        assert_eq!(output.status.code(), Some(2));
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("`gate.aleo` is the registry itself")
        );
    }

    #[test]
    fn rejects_the_program_with_errors_of_its_own() {
        refused(
            &body("let x: u8 = classify(image); let y: bool = «x»; return final {};"),
            "ETYC0372117",
            "expected type `bool`, but type `u8` was found",
        );
    }

    #[test]
    fn rejects_syntax_errors_as_leo_does() {
        refused(
            &body("let x: u8 = classify(image) «return» final {};"),
            "EPAR0370005",
            "expected ';', found `return`",
        );
    }

    #[test]
    fn rejects_two_programs() {
        refused(
            "program a.aleo { fn main() {} } «p»rogram b.aleo { fn main() {} }",
            "leo::programs",
            "the file holds a second program",
        );
    }

    #[test]
    fn rejects_no_program() {
        refused("«f»n main() {}", "leo::programs", "the file holds no program");
    }
}

mod nesting {
    use super::*;

    /// A value in `depth` parentheses, the last of which is marked.
    fn nested(depth: usize) -> String {
        format!("{}«(»1u8{}", "(".repeat(depth - 1), ")".repeat(depth))
    }

    #[test]
    fn rejects_brackets_that_are_nested_too_deep() {
        // Those of the program and of the function are open too.
        let message = "more than 256 brackets are open here";
        let source = body(&format!("let x: u8 = {}; return final {{}};", nested(255)));
        refused(&source, "leo::nesting", message);
        let module = format!("fn one() -> u8 {{\n    return {};\n}}\n", nested(256));
        refused_with(&[("deep.leo", &module)], &declared(""), "leo::nesting", message);
    }

    #[test]
    fn rejects_brackets_on_which_parsers_do_not_end() {
        for open in ["(", "[", "{"] {
            let source = body(&open.repeat(200_000));
            let directory = package(&source, &[]);
            let errors = errors(&expand(directory.path()));
            assert_eq!(errors[0]["code"], "leo::nesting", "{errors:?}");
        }
    }

    #[test]
    fn accepts_long_lists_and_chains_of_branches() {
        let list = format!("let list: [u8; 2048] = [{}];", "1u8, ".repeat(2_048));
        let chain = "if ticket == 1u32 { let odd: u8 = 1u8; } else ".repeat(1_000);
        let source = body(&format!("{list} {chain} {{ }} return final {{}};"));
        let directory = package(&source, &[]);
        let output = expand(directory.path());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Parsers take each for an `if` inside of the last: they would overflow their stack.
    #[test]
    fn rejects_chains_of_branches_that_overflow_the_stack() {
        let branch = "if ticket == 1u32 { let odd: u8 = 1u8; } else ";
        for source in [
            body(&format!("{} {{ }} return final {{}};", "if x{}else ".repeat(90_000))),
            body(&format!("return final {{ {} {{ }} }};", branch.repeat(1_100))),
        ] {
            let directory = package(&source, &[]);
            let start = std::time::Instant::now();
            let errors = errors(&expand(directory.path()));
            assert_eq!(errors[0]["code"], "leo::nesting", "{errors:?}");
            assert!(start.elapsed() < std::time::Duration::from_secs(2));
        }
        // One after the other they are not deep.
        let apart = format!("{} {{ }} ", branch.repeat(60)).repeat(30);
        let directory = package(&body(&format!("{apart} return final {{}};")), &[]);
        let output = expand(directory.path());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Each is short enough, and Leo takes seconds for each.
    #[test]
    fn rejects_many_expressions_that_are_almost_too_long() {
        let sum = format!("{}1u8", "1u8 + ".repeat(2_000));
        let statements: String =
            (0..20).map(|index| format!("let x{index}: u8 = {sum};\n")).collect();
        let module = format!("fn one() -> u8 {{\n{statements} return 1u8;\n}}\n");
        for (modules, source) in [
            (vec![], body(&format!("{statements} return final {{}};"))),
            (vec![("one.leo", &*module)], body("return final {};")),
        ] {
            let directory = package(&source, &modules);
            let start = std::time::Instant::now();
            let errors = errors(&expand(directory.path()));
            assert_eq!(errors[0]["code"], "leo::long_expression", "{errors:?}");
            assert!(start.elapsed() < std::time::Duration::from_secs(2));
        }
    }

    #[test]
    fn rejects_chains_for_which_parsers_take_minutes() {
        for (chain, place) in [("1u8 + ", 4_096), ("-", 4_096), ("x ? 1u8 : ", 4_096)] {
            let source =
                body(&format!("let x: u8 = {}1u8; return final {{}};", chain.repeat(place)));
            let directory = package(&source, &[]);
            let errors = errors(&expand(directory.path()));
            assert_eq!(errors[0]["code"], "leo::long_expression", "{errors:?}");
        }
    }
}
