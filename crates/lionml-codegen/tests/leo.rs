//! Leo libraries, compiled by Leo itself and run in the circuit of a transition. `cargo xtask test`
//! says by `LIONML_LEO` and `LIONML_LEO_EXTENSION` where the tools are.
#![cfg(test)]

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use lionml_codegen::LeoModule;
use lionml_graph::{Element, QuantModel};
use lionml_ops::{
    AnyOp,
    ops::{
        Add, ArgMax, Conv, Curve, CurveFunction, Einsum, LeakyRelu, Max, MaxPool, Min, Mul,
        ReduceMin, Relu, Requantize,
    },
};
use lionml_quant::{IntegerType, Interval, Number, QTensor, Scale};
use lionml_tensor::{Tensor, Window};
use serde_json::Value;

#[expect(clippy::disallowed_methods, reason = "where the tools are changes no circuit")]
fn tool(variable: &str) -> PathBuf {
    let path = std::env::var_os(variable);
    let path = path.unwrap_or_else(|| panic!("{variable} is not set: run `cargo xtask test`"));
    path.into()
}

fn number(bits: i32, low: i128, high: i128) -> Number {
    Number { scale: Scale::binary(bits), interval: Interval::new(low, high).unwrap() }
}

/// One of each: inputs narrower than their types, and an output for each kind of statement.
fn model() -> QuantModel {
    let mut model = QuantModel::new();
    let x = model.input("x", [2, 3], Element::Float, number(6, -2048, 2047));
    let u = model.input("u", [3], Element::Float, number(4, 0, 15));
    let image = model.input("image", [1, 1, 4, 4], Element::Float, number(4, -128, 127));
    let constant = |model: &mut QuantModel, shape: &[usize], values: &[i128]| {
        let values = Tensor::new(shape.to_vec(), values.to_vec()).unwrap();
        model.constant("c", QTensor::constant(values, Scale::binary(3)).unwrap())
    };
    let weights = constant(&mut model, &[3, 2], &[5, -100, 0, 3, -7, 1]);
    let kernel = constant(&mut model, &[1, 1, 3, 3], &[1, -2, 3, -4, 5, -6, 7, -8, 9]);
    let to = |bits, relu| Requantize { scale: Scale::binary(bits), relu, calibrated: None };
    let sigmoid = Curve::new(CurveFunction::Sigmoid).quantized(model.fact(x).unwrap(), 7).unwrap();
    let tanh = Curve::new(CurveFunction::Tanh).quantized(model.fact(image).unwrap(), 6).unwrap();
    let einsum = Einsum { expression: "ik,kj->ij".parse().unwrap() };
    let dense = model.op("dense", einsum, &[x, weights]).unwrap();
    let conv = Conv { window: Window::uniform(2, 3, 1, 2), groups: 1 };
    let conv = model.op("conv", conv, &[image, kernel]).unwrap();
    let first = ArgMax { axis: 1, keep_dims: false, select_last_index: false };
    let ops: [(AnyOp, Vec<_>); 13] = [
        (to(2, false).into(), vec![dense]),
        (to(2, true).into(), vec![dense]),
        (to(1, false).into(), vec![u]),
        (Relu.into(), vec![conv]),
        (LeakyRelu { slope: 0.125 }.into(), vec![x]),
        (first.into(), vec![x]),
        (ArgMax { select_last_index: true, ..first }.into(), vec![x]),
        (Max.into(), vec![x, u]),
        (Min.into(), vec![x, u]),
        (MaxPool { window: Window::uniform(2, 2, 2, 2) }.into(), vec![image]),
        (ReduceMin { axes: vec![1], keep_dims: true }.into(), vec![x]),
        (sigmoid.into(), vec![x]),
        (tanh.into(), vec![image]),
    ];
    for (index, (op, operands)) in ops.into_iter().enumerate() {
        let output = model.op(format!("op {index}"), op, &operands).unwrap();
        model.output(format!("output {index}"), output, Element::Float).unwrap();
    }
    // Rounded to nothing but its sign.
    let index = model.op("index", first, &[x]).unwrap();
    let offset = Tensor::new(Vec::new(), vec![-513]).unwrap();
    let offset = model.constant("offset", QTensor::constant(offset, Scale::ONE).unwrap());
    let far = model.op("far", Add, &[index, offset]).unwrap();
    let far =
        model.op("/linear_relu_stack/linear_relu_stack.0/Gemm", to(-10, false), &[far]).unwrap();
    model.output("far", far, Element::Float).unwrap();
    let product = model.op("product", Mul, &[x, u]).unwrap();
    model.output("product", product, Element::Float).unwrap();
    model
}

fn array(values: &[i128], integer: IntegerType) -> String {
    let elements: Vec<_> = values.iter().map(|v| format!("{v}{integer}")).collect();
    format!("[{}]", elements.join(", "))
}

/// All integers of a literal, in order.
fn integers(literal: &str) -> Vec<i128> {
    let words = literal.split(|c: char| c.is_whitespace() || "[](),".contains(c));
    let number = |word: &str| word.split(['i', 'u']).next().unwrap().parse().unwrap();
    words.filter(|word| !word.is_empty()).map(number).collect()
}

struct Program {
    directory: tempfile::TempDir,
    bytecode: PathBuf,
}

impl Program {
    /// A program whose one function calls the library's, built by Leo.
    fn build(module: &LeoModule) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = directory.path().join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        };
        let manifest = |program: &str, dependencies: Value| {
            serde_json::json!({"program": program, "version": "0.1.0", "description": "",
                "license": "MIT", "leo": "4.4.6", "dependencies": dependencies,
                "dev_dependencies": null})
            .to_string()
        };
        let library = serde_json::json!([{"name": "zoo", "location": "local", "path": "../zoo", "edition": null}]);
        write("zoo/program.json", &manifest("zoo", Value::Null));
        write("zoo/src/lib.leo", &module.source("zoo"));
        write("caller/program.json", &manifest("zoo_caller.aleo", library));
        let signature = module.signature();
        let (_, rest) = signature.split_once('(').unwrap();
        let (parameters, answer) = rest.split_once(") -> ").unwrap();
        let names: Vec<_> = parameters.split(", ").map(|p| p.split(':').next().unwrap()).collect();
        let main = format!(
            "program zoo_caller.aleo {{\n    fn ask({parameters}) -> {answer} {{\n        \
             return zoo::model({});\n    }}\n\n    @noupgrade\n    constructor() {{}}\n}}\n",
            names.join(", ")
        );
        write("caller/src/main.leo", &main);
        let caller = directory.path().join("caller");
        let mut build = Command::new(tool("LIONML_LEO"));
        build.args(["build", "--network", "testnet", "--offline"]).current_dir(&caller);
        let output = build.env("HOME", directory.path()).output().unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stdout}\n{stderr}");
        let bytecode = find(&caller.join("build"), "zoo_caller.aleo").unwrap_or_else(|| {
            panic!("no bytecode: {stdout}");
        });
        Self { directory, bytecode }
    }

    /// What the extension says of a run; none where the virtual machine refuses it.
    fn run(&self, inputs: &[String]) -> Option<Value> {
        let mut count = Command::new(tool("LIONML_LEO_EXTENSION"));
        count.arg("count").arg(&self.bytecode).arg("ask").args(inputs);
        let output = count.current_dir(self.directory.path()).output().unwrap();
        if !output.status.success() {
            assert_eq!(
                output.status.code(),
                Some(2),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            return None;
        }
        Some(serde_json::from_slice(&output.stdout).unwrap())
    }
}

fn find(directory: &Path, name: &str) -> Option<PathBuf> {
    fs_err::read_dir(directory).ok()?.flatten().find_map(|entry| {
        let path = entry.path();
        match path.is_dir() {
            true => find(&path, name),
            false => (entry.file_name() == name || path.ends_with("main.aleo")).then_some(path),
        }
    })
}

#[test]
fn matches_integers_and_constraints_in_transitions() {
    let model = model();
    let module = LeoModule::new(&model).unwrap();
    let program = Program::build(&module);
    let ports: Vec<_> = model.inputs().map(|input| (input.shape.clone(), input.number)).collect();
    let literals = |inputs: &[Vec<i128>]| -> Vec<String> {
        let literal = |(values, (_, number)): (&Vec<i128>, &(_, Number))| {
            array(values, IntegerType::smallest_for(&number.interval))
        };
        inputs.iter().zip(&ports).map(literal).collect()
    };
    let set = |value: &dyn Fn(&Interval, usize) -> i128| -> Vec<Vec<i128>> {
        let of = |(shape, number): &(lionml_tensor::Shape, Number)| {
            (0..shape.elements()).map(|i| value(&number.interval, i)).collect()
        };
        ports.iter().map(of).collect()
    };
    let mixed = |seed: usize| {
        move |interval: &Interval, i: usize| {
            let random = (i + 31 * seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 17;
            interval.low() + random as i128 % (interval.high() - interval.low() + 1)
        }
    };
    let sets = [
        set(&|interval, _| interval.low()),
        set(&|interval, _| interval.high()),
        set(&|_, _| 0),
        set(&mixed(1)),
        set(&mixed(2)),
    ];
    for inputs in &sets {
        let tensors: Vec<_> = inputs
            .iter()
            .zip(&ports)
            .map(|(values, (shape, number))| QTensor {
                values: Tensor::new(shape.clone(), values.clone()).unwrap().into(),
                number: *number,
            })
            .collect();
        let outputs = model.outputs_of(&model.trace(&tensors).unwrap());
        let expected: Vec<i128> = outputs.iter().flat_map(|q| q.values.data().to_vec()).collect();
        let run = program.run(&literals(inputs)).unwrap();
        let got: Vec<_> =
            run["outputs"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
        assert_eq!(integers(&got.join(" ")), expected);
        assert_eq!(run["function_constraints"], module.constraints());
    }
    // What the types would let through and the intervals do not.
    for (port, value) in [(0, 2048), (0, -2049), (0, i128::from(i16::MIN)), (1, 16), (1, 255)] {
        let mut inputs = sets[2].clone();
        inputs[port][1] = value;
        assert_eq!(program.run(&literals(&inputs)), None, "{value}");
    }
}
