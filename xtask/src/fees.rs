//! What calls of models cost, by the virtual machine's own estimate.

use std::{net::TcpListener, path::Path, process::Command};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::{leo, measure, process};

/// Values of the input and of the output, and how each is shown.
const CASES: &[(usize, &str, usize, &str)] = &[
    (64, "hashed", 1, "public"),
    (64, "hashed", 10, "packed"),
    (64, "hashed", 16, "packed"),
    (64, "hashed", 10, "public"),
    (64, "hashed", 16, "public"),
    (784, "hashed", 10, "packed"),
    (2048, "hashed", 10, "packed"),
    (4, "public", 1, "public"),
    (16, "public", 1, "public"),
    (16, "packed", 1, "public"),
    (48, "public", 1, "public"),
];

/// What a verified inference may cost at most, in millionths of a credit.
const PROMISED: (usize, &str, usize, &str) = (64, "hashed", 16, "packed");
const MOST: u64 = 50_000;

/// The bits of a value of the input, an `i16`, and of the output, an `i32`.
const INPUT_BITS: usize = 16;
const OUTPUT_BITS: usize = 25;

/// The account of `lionml devnet`.
const DEVNET_KEY: &str = "APrivateKey1zkp8CZNn3yeCseEtxuVPbDCwSyhGW6yZKUYKfgXmcpoGPWH";

/// Estimates calls of models of several sizes on a devnet, and writes the table into its page.
pub(crate) fn run() -> Result<()> {
    let tools = leo::tools()?;
    let [(_, leo), (_, extension)] = &tools;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
    let devnet = |what: &str| -> Result<()> {
        let arguments = ["run", "--release", "--quiet", "--locked", "--", "devnet", what, "--port"];
        process::run(process::cargo(&arguments)?.arg(&port).envs(tools.iter().cloned()))
    };
    devnet("start")?;
    let table = table(leo, extension, &format!("http://127.0.0.1:{port}"));
    devnet("stop")?;
    measure::write("docs/onchain.md", "fees", &table?)
}

fn table(leo: &Path, extension: &Path, endpoint: &str) -> Result<String> {
    let mut table = String::from(
        "| input | output | public values | carried | storage | execution | a call costs |\n\
         |---|---|--:|--:|--:|--:|--:|\n",
    );
    for (index, case) in CASES.iter().enumerate() {
        let folder =
            std::env::temp_dir().join(format!("lionml-fees-{}-{index}", std::process::id()));
        let estimated = estimate(&folder, index, case, leo, extension, endpoint);
        fs_err::remove_dir_all(&folder)?;
        let (publics, carried, storage, execution) = estimated?;
        let &(inputs, input, outputs, output) = case;
        if *case == PROMISED {
            ensure!(storage + execution <= MOST, "a call of {case:?} costs more than promised");
        }
        table += &format!(
            "| {inputs} {input} | {outputs} {output} | {publics} | {carried} | {} | {} | {} |\n",
            credits(storage),
            credits(execution),
            credits(storage + execution)
        );
    }
    table += "\nIn credits; Leo 4.4.6, generated programs of one call, inputs of 16 bits and outputs of \
              25. *Carried* are the public values that a transaction holds; the rest are literals in \
              the program. A hashed input stays in the transition, and costs its size there.\n\n";
    table += &measure::occasion()?;
    Ok(table)
}

fn credits(microcredits: u64) -> String {
    format!("{}.{:06}", microcredits / 1_000_000, microcredits % 1_000_000)
}

/// How many elements an input or output takes, and the widths in each.
fn elements(values: usize, visibility: &str, bits: usize) -> (usize, Option<Vec<Vec<usize>>>) {
    match visibility {
        "hashed" => (1, None),
        "packed" => {
            let packing: Vec<Vec<usize>> =
                vec![bits; values].chunks(252 / bits).map(<[usize]>::to_vec).collect();
            (packing.len(), Some(packing))
        }
        _ => (values, None),
    }
}

/// Public values, those that are carried, and the two parts of the fee.
fn estimate(
    folder: &Path,
    index: usize,
    &(inputs, input, outputs, output): &(usize, &str, usize, &str),
    leo: &Path,
    extension: &Path,
    endpoint: &str,
) -> Result<(usize, usize, u64, u64)> {
    let (input_elements, input_packing) = elements(inputs, input, INPUT_BITS);
    let (output_elements, output_packing) = elements(outputs, output, OUTPUT_BITS);
    let carried = 1 + input_elements + output_elements;
    let publics = (2 + carried).next_power_of_two();
    let name = format!("lionml_fees_{index}");
    let array = |leo_type: &str, length| match length {
        1 => leo_type.to_owned(),
        length => format!("[{leo_type}; {length}]"),
    };
    let (x, y) = (array("i16", inputs), array("i32", outputs));
    let mode = if input == "hashed" { "" } else { "public " };
    let source = format!(
        "@lionml(annotation = \"1\")\nfn model(x: {x}) -> {y} {{}}\n\
         program {name}.aleo {{\n    mapping answers: u64 => {y};\n    \
         fn ask(public ticket: u64, {mode}x: {x}) -> Final {{\n        \
         let answer: {y} = model(x);\n        \
         return final {{ Mapping::set(answers, ticket, answer); }};\n    }}\n\n    \
         @noupgrade\n    constructor() {{}}\n}}\n"
    );
    let low = |bits: usize| (-(1i64 << (bits - 1))).to_string();
    let high = |bits: usize| ((1i64 << (bits - 1)) - 1).to_string();
    let code = fs_err::read_to_string(process::root()?.join("registry/lionml_registry.aleo"))?;
    let models = json!({"registry": code, "models": {"1": {
        "name": "fees", "manifest": "1field", "key_digest": "1field", "publics": publics,
        "inputs": [{"name": "x", "type": "i16", "elements": inputs, "scale": "2^0",
            "visibility": input, "lo": low(INPUT_BITS), "hi": high(INPUT_BITS),
            "packing": input_packing}],
        "outputs": [{"name": "y", "type": "i32", "elements": outputs, "scale": "2^0",
            "visibility": output, "lo": low(OUTPUT_BITS), "hi": high(OUTPUT_BITS),
            "packing": output_packing}],
    }}});
    let manifest = |dependencies: Value| {
        json!({"program": format!("{name}.aleo"), "version": "0.1.0", "description": "",
            "license": "MIT", "leo": "4.4.6", "dependencies": dependencies, "dev_dependencies": null})
        .to_string()
    };
    let (package, expanded) = (folder.join("package"), folder.join("expanded"));
    for directory in [&package, &expanded] {
        fs_err::create_dir_all(directory.join("src"))?;
    }
    fs_err::write(package.join("src/main.leo"), source)?;
    fs_err::write(package.join("program.json"), manifest(Value::Null))?;
    let registry = json!([{"name": "lionml_registry.aleo", "location": "network", "path": null,
        "edition": null}]);
    fs_err::write(expanded.join("program.json"), manifest(registry))?;
    fs_err::write(folder.join("models.json"), models.to_string())?;
    let mut expand = Command::new(extension);
    expand.arg("expand").arg(&package).arg("--models").arg(folder.join("models.json"));
    expand.arg("--offline").arg("--out").arg(expanded.join("src/main.leo"));
    process::run(expand.arg("--interface").arg(folder.join("interface.json")))?;

    let interface: Value = serde_json::from_slice(&fs_err::read(folder.join("interface.json"))?)?;
    let parameters = interface["entries"][0]["parameters"].as_array().context("no parameters")?;
    let zeros: Vec<String> = parameters
        .iter()
        .map(|parameter| zero(parameter["type"].as_str().unwrap_or_default()))
        .collect();
    let answer = folder.join("answer.json");
    let mut execute = Command::new(leo);
    execute.arg(format!("--json-output={}", answer.display())).args(["execute", "ask"]).args(zeros);
    execute.args(["--network", "testnet", "--endpoint", endpoint, "--devnet", "--yes"]);
    execute.arg("--skip-execute-proof").current_dir(&expanded).env("PRIVATE_KEY", DEVNET_KEY);
    process::output(&mut execute)?;
    let answer: Value = serde_json::from_slice(&fs_err::read(answer)?)?;
    let cost = |name: &str| answer["stats"][name].as_u64().context("Leo tells no fee");
    ensure!(cost("priority_fee")? == 0, "a priority fee was added");
    Ok((publics, carried, cost("storage_cost")?, cost("execution_cost")?))
}

/// The zero of a type of Leo: `[[0u8, 0u8], [0u8, 0u8]]`.
fn zero(leo_type: &str) -> String {
    let inner = leo_type.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let Some((element, length)) = inner.and_then(|inner| inner.rsplit_once(';')) else {
        return format!("0{leo_type}");
    };
    let length = length.trim().parse().unwrap_or(0);
    format!("[{}]", vec![zero(element.trim()); length].join(", "))
}
