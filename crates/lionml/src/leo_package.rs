//! What Leo's packages have in common, programs and libraries: names, and `program.json`.

/// Whether a Leo program or library may have this name.
pub fn is_leo_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && name.len() <= 31
        && !name.contains("aleo")
        && !RESERVED.contains(&name)
}

/// Words of Leo and of Aleo's instructions, programs that are there already, and the function that
/// every package of ours has.
const RESERVED: &[&str] = &[
    "address",
    "as",
    "assert",
    "assert_eq",
    "assert_neq",
    "async",
    "await",
    "block",
    "bool",
    "closure",
    "const",
    "constant",
    "constructor",
    "contains",
    "credits",
    "else",
    "export",
    "false",
    "field",
    "final",
    "finalize",
    "fn",
    "for",
    "from",
    "function",
    "future",
    "get",
    "global",
    "group",
    "i128",
    "i16",
    "i32",
    "i64",
    "i8",
    "if",
    "import",
    "in",
    "input",
    "inline",
    "interface",
    "into",
    "let",
    "lionml_registry",
    "literal",
    "mapping",
    "model",
    "mut",
    "network",
    "none",
    "output",
    "private",
    "program",
    "public",
    "record",
    "remove",
    "return",
    "scalar",
    "script",
    "self",
    "set",
    "signature",
    "std",
    "storage",
    "string",
    "struct",
    "test",
    "transition",
    "true",
    "type",
    "u128",
    "u16",
    "u32",
    "u64",
    "u8",
    "view",
];

/// The `program.json` of a Leo package: `program` is `name.aleo` for a program and `name` for a
/// library.
pub fn leo_package_json(program: &str) -> String {
    let manifest = serde_json::json!({
        "program": program,
        "version": "0.1.0",
        "description": "",
        "license": "MIT",
        "leo": "4.4.6",
        "dependencies": null,
        "dev_dependencies": null,
    });
    format!("{manifest:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_names_that_leo_refuses() {
        for name in ["digit_reader", "a", "model2"] {
            assert!(is_leo_name(name), "{name}");
        }
        for name in
            ["", "Bad", "9abc", "my_aleo", "field", "std", "credits", "model", &"a".repeat(32)]
        {
            assert!(!is_leo_name(name), "{name}");
        }
    }
}
