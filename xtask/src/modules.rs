//! A small model in Leo and by Varuna, side by side.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::{leo, measure, process};

/// The model: it has the shape of a published one that a transpiler wrote in Leo.
const MODEL: &str = "20_15_10";

/// Takes the model both ways, counts and proves the circuits, and writes the table into its page.
pub(crate) fn run() -> Result<()> {
    let tools = leo::tools()?;
    process::run(&mut process::cargo(&["build", "--release", "--locked"])?)?;
    let folder = std::env::temp_dir().join(format!("lionml-modules-{}", std::process::id()));
    fs_err::create_dir_all(&folder)?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
    let routes = Routes { folder: &folder, tools: &tools, port: &port };
    routes.lionml(&["devnet", "start", "--port", &port])?;
    let table = routes.table();
    routes.lionml(&["devnet", "stop", "--port", &port])?;
    fs_err::remove_dir_all(&folder)?;
    measure::write("docs/leo-library.md", "modules", &table?)
}

struct Routes<'a> {
    folder: &'a Path,
    tools: &'a leo::Tools,
    port: &'a str,
}

impl Routes<'_> {
    fn table(&self) -> Result<String> {
        let model = process::root()?.join("models").join(MODEL);
        for file in ["model.onnx", "samples.json", "input.json"] {
            fs_err::copy(model.join(file), self.folder.join(file))?;
        }
        let options = ["--samples", "samples.json", "--name", MODEL];
        let options = [&options[..], HASHED].concat();
        self.lionml(&[&["compile", "model.onnx", "-o", "model.lion"], &options[..]].concat())?;
        let run = ["run", "model.onnx", "--input", "input.json", "--no-cache"];
        let own = self.lionml(&[&run, &options[..]].concat())?;
        let circuits = [
            ("a transition that calls the Leo library", self.library_call()?),
            ("a transition that relies on a verified answer", self.verified_call()?),
        ];
        let mut table = String::from(
            "| circuit | constraints | of its function | non-zeros A / B / C | keys | proof |\n\
             |---|--:|--:|---|--:|--:|\n",
        );
        for (name, count) in circuits {
            let times = [&count["proof"]["setup_seconds"], &count["proof"]["prove_seconds"]];
            table += &row(name, &count, &number(&count["function_constraints"])?, times)?;
        }
        let times = [&own["setup_seconds"], &own["prove_seconds"]];
        table += &row("the proof of that answer", &own, "", times)?;
        table += &format!(
            "\n{}, with `cargo xtask modules`. The model is `{MODEL}`. Transitions are proved over \
             development powers, which are insecure and cost the same; the answer over the \
             ceremony's. *Of its function*: what its body takes; the rest of a transition's circuit \
             checks who calls, and hides inputs.\n",
            measure::occasion()?
        );
        Ok(table)
    }

    /// The circuit of a transition that calls the model as a Leo library.
    fn library_call(&self) -> Result<Value> {
        let exported = self.lionml(&["export", "leo", "model.lion", "-o", "digit_model"])?;
        let function = exported["function"].as_str().context("no function")?;
        let (input, output) = function
            .strip_prefix("model(input_0: ")
            .and_then(|types| types.split_once(") -> "))
            .with_context(|| format!("`{function}` has another form"))?;
        let package = self.folder.join("library_caller");
        let source = format!(
            "program library_caller.aleo {{\n    fn ask(input_0: {input}) -> {output} {{\n        \
             return digit_model::model(input_0);\n    }}\n\n    @noupgrade\n    constructor() {{}}\n}}\n"
        );
        let library = json!([{"name": "digit_model", "location": "local", "path": "../digit_model", "edition": null}]);
        let manifest = json!({"program": "library_caller.aleo", "version": "0.1.0",
            "description": "", "license": "MIT", "leo": "4.4.6", "dependencies": library,
            "dev_dependencies": null});
        fs_err::create_dir_all(package.join("src"))?;
        fs_err::write(package.join("src/main.leo"), source)?;
        fs_err::write(package.join("program.json"), manifest.to_string())?;
        let [(_, leo), _] = self.tools;
        let mut build = Command::new(leo);
        build.args(["build", "--network", "testnet", "--offline"]).current_dir(&package);
        process::output(build.env("HOME", self.folder))?;
        let count = self.count(&package, "library_caller", &[self.input()?], &[])?;
        // Leo drops what no output needs: here neurons that were pruned away.
        let (promised, taken) = (&exported["leo_constraints"], &count["function_constraints"]);
        ensure!(promised.as_u64() >= taken.as_u64(), "{taken} constraints, at most {promised}");
        Ok(count)
    }

    /// The circuit of a transition that calls the model by its number.
    fn verified_call(&self) -> Result<Value> {
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        let on_chain = ["--endpoint", &endpoint];
        let deploy = ["deploy", "model.lion", "--annotation", "7", "--yes"];
        self.lionml(&[&deploy[..], &on_chain].concat())?;
        self.lionml(&[
            "leo",
            "new",
            "answer_caller",
            "--model",
            "model.lion",
            "--annotation",
            "7",
        ])?;
        let run = ["leo", "run", "ask", "1u64", "input.json", "--package", "answer_caller"];
        self.lionml(&[&run[..], &["-o", "call.json"], &on_chain].concat())?;
        let call: Value = serde_json::from_slice(&fs_err::read(self.folder.join("call.json"))?)?;
        let arguments = call["arguments"].as_array().context("a call without arguments")?;
        let argument = |argument: &Value| argument["value"].as_str().map(ToOwned::to_owned);
        let arguments = arguments.iter().map(argument).collect::<Option<Vec<_>>>();
        let package = self.folder.join("answer_caller/build/lionml/package");
        let registry = process::root()?.join("registry/lionml_registry.aleo");
        self.count(&package, "answer_caller", &arguments.context("no values")?, &[registry])
    }

    /// Counts and proves the circuit of the function `ask` of a package that is built.
    fn count(
        &self,
        package: &Path,
        program: &str,
        arguments: &[String],
        imports: &[PathBuf],
    ) -> Result<Value> {
        let [_, (_, extension)] = self.tools;
        let mut count = Command::new(extension);
        let bytecode = package.join("build").join(program).join(format!("{program}.aleo"));
        count.arg("count").arg(bytecode).arg("ask").args(arguments).arg("--prove");
        count.args(imports.iter().flat_map(|path| ["--import".into(), path.clone()]));
        Ok(serde_json::from_str(&process::output(&mut count)?)?)
    }

    /// The input as a literal of Leo: bytes.
    fn input(&self) -> Result<String> {
        let input: Value = serde_json::from_slice(&fs_err::read(self.folder.join("input.json"))?)?;
        let values = input["input_data"][0].as_array().context("no input")?;
        let byte = |value: &Value| Some(format!("{:.0}u8", value.as_f64()? * 255.0));
        let bytes: Option<Vec<_>> = values.iter().map(byte).collect();
        Ok(format!("[{}]", bytes.context("no numbers")?.join(", ")))
    }

    fn lionml(&self, arguments: &[&str]) -> Result<Value> {
        let mut command =
            process::cargo(&["run", "--release", "--quiet", "--locked", "--manifest-path"])?;
        command.arg(process::root()?.join("Cargo.toml")).arg("--").args(arguments).arg("--json");
        command.current_dir(self.folder).envs(self.tools.iter().cloned());
        Ok(serde_json::from_str(&process::output(&mut command)?)?)
    }
}

/// How the model is seen where a program relies on its answer.
const HASHED: &[&str] = &["--input-visibility", "hashed", "--output-visibility", "packed"];

fn row(name: &str, circuit: &Value, function: &str, times: [&Value; 2]) -> Result<String> {
    let sizes = circuit["non_zeros"].as_array().context("no non-zeros")?;
    let sizes = sizes.iter().map(number).collect::<Result<Vec<_>>>()?.join(" / ");
    let constraints = number(&circuit["constraints"])?;
    let [keys, proof] = times.map(seconds);
    Ok(format!("| {name} | {constraints} | {function} | {sizes} | {} | {} |\n", keys?, proof?))
}

fn number(value: &Value) -> Result<String> {
    let digits = value.as_u64().context("no number")?.to_string();
    let grouped = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    Ok(grouped.collect::<Vec<_>>().join(","))
}

fn seconds(value: &Value) -> Result<String> {
    let seconds = value.as_f64().context("no seconds")?;
    Ok(if seconds < 1.0 { format!("{:.0} ms", seconds * 1e3) } else { format!("{seconds:.2} s") })
}
