//! Small models for each operator, imported and run against ONNX Runtime.

use std::collections::BTreeSet;

use lionml_graph::{Bounds, Calibration, Element, Goal, calibrate, quantize, simplify};
use lionml_tensor::Tensor;
use lionml_testing::runtime::{Question, ask};

use crate::{
    ImportOptions, functions, ops,
    testing::{
        Attribute::{self, Float, Floats, Int, Ints, Text},
        BOOL, Builder, FLOAT, INT32, INT64, import,
    },
};

fn image(opset: i64) -> Builder {
    Builder::new(opset).input("x", FLOAT, &["2", "4", "5", "6"]).output("y")
}

fn sequence(opset: i64) -> Builder {
    Builder::new(opset).input("x", FLOAT, &["2", "4", "9"]).output("y")
}

fn matrix(opset: i64) -> Builder {
    Builder::new(opset).input("x", FLOAT, &["3", "4"]).output("y")
}

fn pair(opset: i64) -> Builder {
    matrix(opset).input("z", FLOAT, &["1", "4"])
}

/// The models.
fn fixtures() -> Vec<Builder> {
    let square = || [("kernel_shape", Ints(&[3, 3])), ("strides", Ints(&[2, 2]))];
    let mut models = vec![
        pair(7 + 2).node("Add", "x z", "y", &[]),
        pair(14).node("Sub", "x z", "y", &[]),
        pair(28).node("Mul", "x z", "y", &[]),
        matrix(13).floats("c", &[], &[1.5]).node("Mul", "c x", "y", &[]),
        matrix(13).node("Neg", "x", "y", &[]),
        matrix(14).node("Relu", "x", "y", &[]),
        matrix(16).node("LeakyRelu", "x", "y", &[("alpha", Float(0.2))]),
        matrix(13).node("Sigmoid", "x", "y", &[]),
        matrix(13).node("Tanh", "x", "y", &[]),
        matrix(9).node("Clip", "x", "y", &[("min", Float(-0.5)), ("max", Float(1.0))]),
        matrix(13).floats("high", &[], &[1.0]).node("Clip", "x _ high", "y", &[]),
        matrix(13).input("low", FLOAT, &[]).floats("high", &[], &[f32::MAX]).node(
            "Clip",
            "x low high",
            "y",
            &[],
        ),
        matrix(13).node("Identity", "x", "y", &[]),
        matrix(10).node("Dropout", "x", "y", &[("ratio", Float(0.3))]),
        matrix(13).output("mask").node("Dropout", "x", "y mask", &[]),
        matrix(13).node("Cast", "x", "i", &[("to", Int(INT64.into()))]).node(
            "Cast",
            "i",
            "y",
            &[("to", Int(BOOL.into()))],
        ),
        Builder::new(13).input("x", BOOL, &["2", "3"]).output("y").node(
            "Cast",
            "x",
            "y",
            &[("to", Int(FLOAT.into()))],
        ),
        sequence(11).node("Softmax", "x", "y", &[("axis", Int(1))]),
        sequence(13).node("Softmax", "x", "y", &[("axis", Int(1))]),
        matrix(13)
            .floats("c", &[], &[3e9])
            .node("Cast", "c", "i", &[("to", Int(INT64.into()))])
            .node("Cast", "i", "f", &[("to", Int(FLOAT.into()))])
            .node("Add", "x f", "y", &[]),
        // An input that nothing reads, one that is an output, and an output twice.
        pair(13).node("Neg", "x", "y", &[]),
        matrix(13)
            .output("x")
            .node("Neg", "x", "y", &[])
            .node("Identity", "y", "u", &[])
            .output("u"),
        // Products.
        pair(13).input("b", FLOAT, &["4", "5"]).input("c", FLOAT, &["5"]).node(
            "Gemm",
            "x b c",
            "y",
            &[("alpha", Float(0.5)), ("beta", Float(2.0))],
        ),
        Builder::new(11).input("x", FLOAT, &["4", "3"]).weights("b", &[5, 4]).output("y").node(
            "Gemm",
            "x b",
            "y",
            &[("transA", Int(1)), ("transB", Int(1))],
        ),
        matrix(13).weights("b", &[4, 5]).weights("c", &[5]).node("Gemm", "x b c", "y", &[]),
        sequence(13).weights("w", &[9, 7]).node("MatMul", "x w", "y", &[]),
        sequence(13).input("w", FLOAT, &["5", "1", "9", "2"]).node("MatMul", "x w", "y", &[]),
        sequence(13).input("w", FLOAT, &["9"]).node("MatMul", "x w", "y", &[]),
        // Convolutions.
        sequence(11).weights("w", &[6, 2, 3]).weights("b", &[6]).node(
            "Conv",
            "x w b",
            "y",
            &[("group", Int(2)), ("dilations", Ints(&[2])), ("pads", Ints(&[1, 2]))],
        ),
        image(11).weights("w", &[3, 4, 3, 2]).node(
            "Conv",
            "x w",
            "y",
            &[("auto_pad", Text("SAME_LOWER")), ("strides", Ints(&[2, 1]))],
        ),
        image(22).weights("w", &[1, 4, 2, 2]).weights("b", &[1]).node(
            "Conv",
            "x w b",
            "y",
            &[("auto_pad", Text("VALID"))],
        ),
        image(22).input("w", FLOAT, &["4", "1", "2", "2"]).input("b", FLOAT, &["4"]).node(
            "Conv",
            "x w b",
            "y",
            &[("group", Int(4)), ("pads", Ints(&[1, 0, 0, 1]))],
        ),
        // Windows.
        image(11).node("MaxPool", "x", "y", &[square()[0], ("auto_pad", Text("SAME_UPPER"))]),
        image(12).node("MaxPool", "x", "y", &[square()[0], square()[1], ("ceil_mode", Int(1))]),
        image(12).node(
            "MaxPool",
            "x",
            "y",
            &[("kernel_shape", Ints(&[2, 2])), ("dilations", Ints(&[2, 3]))],
        ),
        image(11).node("AveragePool", "x", "y", &square()),
        image(11).node(
            "AveragePool",
            "x",
            "y",
            &[square()[0], ("pads", Ints(&[1, 1, 1, 1])), ("count_include_pad", Int(1))],
        ),
        image(11).node("AveragePool", "x", "y", &[square()[0], ("pads", Ints(&[1, 0, 1, 2]))]),
        image(22).node("GlobalAveragePool", "x", "y", &[]),
        image(22).node("GlobalMaxPool", "x", "y", &[]),
        // Normalisation.
        image(9)
            .weights("s", &[4])
            .weights("b", &[4])
            .weights("m", &[4])
            .floats("v", &[4], &[0.5, 1.0, 2.0, 0.1])
            .node("BatchNormalization", "x s b m v", "y", &[("epsilon", Float(1e-3))]),
        matrix(15)
            .input("s", FLOAT, &["4"])
            .input("b", FLOAT, &["4"])
            .input("m", FLOAT, &["4"])
            .floats("v", &[4], &[0.5, 1.0, 2.0, 0.1])
            .node("BatchNormalization", "x s b m v", "y", &[]),
        // Axes.
        image(9).node("Flatten", "x", "y", &[("axis", Int(2))]),
        image(13).node("Flatten", "x", "y", &[("axis", Int(-1))]),
        image(13).ints("s", &[0, -1, 3]).node("Reshape", "x s", "y", &[]),
        image(13).node("Transpose", "x", "y", &[("perm", Ints(&[2, 0, 3, 1]))]),
        matrix(13).node("Transpose", "x", "y", &[]),
        image(11).node("Unsqueeze", "x", "u", &[("axes", Ints(&[0, 5]))]).node(
            "Squeeze",
            "u",
            "y",
            &[],
        ),
        image(13).ints("a", &[5, 0]).ints("b", &[-1, 0]).node("Unsqueeze", "x a", "u", &[]).node(
            "Squeeze",
            "u b",
            "y",
            &[],
        ),
        matrix(13).weights("c", &[3, 2]).node("Concat", "x c x", "y", &[("axis", Int(-1))]),
        image(9).node(
            "Slice",
            "x",
            "y",
            &[("axes", Ints(&[2, 3])), ("starts", Ints(&[1, -4])), ("ends", Ints(&[100, -1]))],
        ),
        image(13)
            .ints("s", &[-1, 1])
            .ints("e", &[i64::MIN, 1000])
            .ints("a", &[3, -2])
            .ints("t", &[-2, 3])
            .node("Slice", "x s e a t", "y", &[]),
        image(13).ints("s", &[0, 2]).ints("e", &[1, 3]).node("Slice", "x s e", "y", &[]),
        image(9).node(
            "Pad",
            "x",
            "y",
            &[("pads", Ints(&[0, 0, 1, 0, 0, 0, 0, 2])), ("value", Float(0.5))],
        ),
        image(13).ints("p", &[0, 0, 2, 0, 0, 0, 0, 1]).node(
            "Pad",
            "x p",
            "y",
            &[("mode", Text("edge"))],
        ),
        image(13).ints("p", &[0, 0, 2, 0, 0, 0, 0, 1]).node(
            "Pad",
            "x p",
            "y",
            &[("mode", Text("reflect"))],
        ),
        image(19).ints("p", &[0, 0, 7, 0, 0, 0, 0, 1]).node(
            "Pad",
            "x p",
            "y",
            &[("mode", Text("wrap"))],
        ),
        image(18).ints("p", &[-1, 2, -2, 0]).ints("a", &[-1, 2]).floats("v", &[], &[-0.25]).node(
            "Pad",
            "x p v a",
            "y",
            &[],
        ),
        // Reductions.
        image(11).node("ReduceSum", "x", "y", &[("axes", Ints(&[1, -1])), ("keepdims", Int(0))]),
        image(13).ints("a", &[2]).node("ReduceSum", "x a", "y", &[]),
        image(13).node("ReduceSum", "x", "y", &[("noop_with_empty_axes", Int(1))]),
        image(13).node("ReduceMean", "x", "y", &[("axes", Ints(&[2, 3]))]),
        image(18).node("ReduceMean", "x", "y", &[("keepdims", Int(0))]),
        image(13).node("ReduceMax", "x", "y", &[("axes", Ints(&[1, 3])), ("keepdims", Int(0))]),
        image(18).ints("a", &[-1]).node("ReduceMin", "x a", "y", &[]),
        image(13).node("ArgMax", "x", "y", &[("axis", Int(-1)), ("keepdims", Int(0))]),
        image(13).node("ArgMax", "x", "y", &[("axis", Int(1)), ("select_last_index", Int(1))]),
        image(13).ints("i", &[1, -1, 1]).node("Gather", "x i", "y", &[("axis", Int(2))]),
        // Extremes of several operands, squares, quotients by constants, parts.
        matrix(13).weights("c", &[4]).node("Max", "x c", "y", &[]),
        matrix(13).weights("c", &[3, 4]).weights("d", &[1]).node("Min", "x c d", "y", &[]),
        matrix(14).node("Mul", "x x", "y", &[]),
        matrix(14).floats("c", &[4], &[255.0, -2.0, 0.5, 3.0]).node("Div", "x c", "y", &[]),
        matrix(13).ints("s", &[1, 3]).node("Split", "x s", "a y", &[("axis", Int(1))]).output("a"),
        // What exporters write to compute a shape.
        image(13)
            .ints("zero", &[0])
            .ints("rest", &[-1])
            .node("Shape", "x", "s", &[])
            .node("Gather", "s zero", "n", &[("axis", Int(0))])
            .node("Concat", "n rest", "to", &[("axis", Int(0))])
            .node("Reshape", "x to", "y", &[]),
        // A constant is no input even where the file lists it as one, and may be an output.
        matrix(9)
            .input("c", FLOAT, &["4"])
            .weights("c", &[4])
            .output("d")
            .node("Constant", "", "k", &[("value_float", Float(3.0))])
            .node("Mul", "c k", "d", &[])
            .node("Add", "x d", "y", &[]),
    ];
    models.extend(constants());
    models.extend(written());
    models
}

/// Inputs that differ, both signs.
fn inputs(ports: &[(Vec<usize>, Element)]) -> Vec<Tensor<f64>> {
    let value = |i: usize, element: Element| {
        let mixed = (i * 7919 + 13) % 101;
        match element {
            Element::Boolean => (mixed % 2) as f64,
            Element::Float => (mixed as f64 - 50.0) / 16.0,
            Element::Integer { signed, .. } => mixed as f64 - if signed { 50.0 } else { 0.0 },
        }
    };
    let tensors = ports.iter().enumerate();
    tensors
        .map(|(n, (shape, e))| Tensor::from_fn(shape.clone(), |i| value(i + 31 * n, *e)))
        .collect()
}

/// All models, in one process of ONNX Runtime.
fn matches_runtime(models: &[Builder]) {
    let options = ImportOptions::default();
    let mut questions = Vec::with_capacity(models.len());
    let mut ours = Vec::with_capacity(models.len());
    for builder in models {
        let bytes = builder.bytes();
        let model = import(&bytes, &options).unwrap_or_else(|e| panic!("{builder:?}: {e}")).model;
        let ports: Vec<_> =
            model.inputs().map(|(_, _, shape, e)| (shape.axes().to_vec(), e)).collect();
        let inputs = inputs(&ports);
        ours.push((model.run(&inputs).unwrap(), model.outputs().to_vec()));
        questions.push(Question { model: bytes, runs: vec![inputs] });
        // Every node of the model has a name of the file.
        for node in model.nodes() {
            assert!(!node.name.is_empty(), "{builder:?}");
        }
    }
    for ((builder, (ours, ports)), answer) in models.iter().zip(ours).zip(ask(&questions)) {
        let theirs = answer.unwrap_or_else(|e| panic!("{builder:?}: {e}")).remove(0);
        assert_eq!(ours.len(), theirs.len(), "{builder:?}");
        for ((ours, port), theirs) in ours.iter().zip(ports).zip(&theirs) {
            assert_eq!(ours.shape(), theirs.shape(), "{builder:?}");
            for (a, b) in ours.data().iter().zip(theirs.data()) {
                let tolerance =
                    if port.element == Element::Float { 1e-5 * (1.0 + b.abs()) } else { 0.0 };
                assert!((a - b).abs() <= tolerance, "{builder:?}: {a} {b}");
            }
        }
    }
}

#[test]
fn matches_runtime_on_a_model_for_each_operator() {
    let models = fixtures();
    let mut known = BTreeSet::new();
    for builder in &models {
        let graph = builder.0.graph.as_ref().unwrap();
        known.extend(graph.node.iter().map(|node| node.op_type.clone()));
    }
    for name in ops::all_names().chain(functions::names()) {
        assert!(known.contains(name), "no model has ONNX's operator `{name}`");
    }
    matches_runtime(&models);
}

/// A function of constants that the model adds to its input.
fn of_constants(
    opset: i64,
    op: &str,
    operands: &str,
    attributes: &[(&str, Attribute<'_>)],
) -> Builder {
    matrix(opset)
        .weights("w", &[3, 4])
        .floats("p", &[4], &[0.25, 0.5, 0.75, 0.9])
        .floats("q", &[4], &[1.25, 1.5, 2.5, 3.5])
        .node(op, operands, "c", attributes)
        .node("Cast", "c", "f", &[("to", Int(FLOAT.into()))])
        .node("Add", "x f", "y", &[])
}

fn booleans(opset: i64) -> Builder {
    Builder::new(opset).input("x", BOOL, &["2", "3"]).input("z", BOOL, &["3"]).output("y")
}

/// Operators that are computed of constants alone.
fn constants() -> Vec<Builder> {
    let within = ["Acos", "Asin", "Atanh", "Cos", "Sin", "Tan", "Atan", "Sinh", "Cosh", "Asinh"];
    let positive = ["Exp", "Log", "Sqrt", "Reciprocal", "Floor", "Ceil", "Round", "Erf", "Acosh"];
    let others =
        ["Softplus", "Softsign", "Sign", "Abs", "Neg", "Relu", "Sigmoid", "Tanh", "HardSigmoid"];
    let mut models: Vec<_> = within.map(|op| of_constants(13, op, "p", &[])).into();
    models.extend(positive.map(|op| of_constants(13, op, "q", &[])));
    models.extend(others.map(|op| of_constants(13, op, "w", &[])));
    for op in ["Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Sum", "Mean"] {
        models.push(of_constants(13, op, "q p", &[]));
    }
    for op in ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"] {
        models.push(of_constants(16, op, "w q", &[]));
    }
    for op in
        ["ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceProd", "ReduceSumSquare"]
    {
        models.push(of_constants(13, op, "q", &[]));
        let kept = [("axes", Ints(&[-1])), ("keepdims", Int(1))];
        let absolute = of_constants(13, "Abs", "w", &[]).0.graph.unwrap().node.remove(0);
        let mut model = matrix(13).weights("w", &[3, 4]);
        model.graph().node.push(absolute);
        models.push(model.node(op, "c", "r", &kept).node("Add", "x r", "y", &[]));
    }
    models.push(of_constants(13, "Mod", "w q", &[("fmod", Int(1))]));
    models.push(of_constants(13, "EyeLike", "w", &[("k", Int(1))]));
    models.push(of_constants(13, "IsInf", "w", &[]));
    models.push(of_constants(13, "IsNaN", "w", &[]));
    let integers = |op: &str, a: &[i64], b: &[i64]| {
        Builder::new(13)
            .input("x", INT64, &["4"])
            .output("y")
            .ints("a", a)
            .ints("b", b)
            .node(op, "a b", "c", &[])
            .node("Add", "x c", "y", &[])
    };
    for op in ["Mod", "Div"] {
        models.push(integers(op, &[7, -7, 7, -7], &[3, 3, -3, -3]));
    }
    models.push(integers("Pow", &[3, -2, 7, 1], &[2, 3, 0, 5]));
    models.push(
        integers("Mul", &[i64::MAX, i64::MIN, 1 << 40, 3], &[2, -1, 1 << 30, -1])
            .node("Sub", "y y", "z", &[])
            .output("z"),
    );
    models.push(
        Builder::new(13)
            .input("x", INT64, &["5"])
            .output("y")
            .node("Constant", "", "a", &[("value_int", Int(9))])
            .node("Constant", "", "b", &[("value_int", Int(-1))])
            .node("Constant", "", "d", &[("value_int", Int(-2))])
            .node("Range", "a b d", "c", &[])
            .node("Add", "x c", "y", &[]),
    );
    models.push(
        Builder::new(13)
            .input("x", FLOAT, &["4"])
            .output("y")
            .node("Constant", "", "a", &[("value_float", Float(0.5))])
            .node("Constant", "", "b", &[("value_float", Float(2.4))])
            .node("Constant", "", "d", &[("value_float", Float(0.5))])
            .node("Range", "a b d", "c", &[])
            .node("Add", "x c", "y", &[]),
    );
    models.push(
        matrix(13)
            .node("Shape", "x", "s", &[])
            .node("ReduceProd", "s", "p", &[("keepdims", Int(0))])
            .node("Size", "x", "n", &[])
            .node("Equal", "p n", "e", &[])
            .node("ConstantOfShape", "s", "o", &[])
            .node("Where", "e x o", "y", &[]),
    );
    models.push(
        matrix(13)
            .node("Constant", "", "k", &[("value_floats", Floats(&[1.0, 2.0, 3.0, 4.5]))])
            .node("Add", "x k", "y", &[]),
    );
    // Weights that are stored as integers.
    let mut stored = matrix(13).floats("s", &[4], &[0.5, 0.25, 0.125, 1.0]).node(
        "DequantizeLinear",
        "q s z",
        "w",
        &[("axis", Int(1))],
    );
    let graph = stored.graph();
    for (name, dims, data) in
        [("q", vec![2, 4], vec![1, -2, 3, -128, 127, 0, 5, 6]), ("z", vec![4], vec![0, 1, -1, 2])]
    {
        graph.initializer.push(crate::proto::TensorProto {
            name: name.to_owned(),
            dims,
            data_type: 3,
            int32_data: data,
            ..Default::default()
        });
    }
    models.push(stored.node("Transpose", "w", "t", &[]).node("MatMul", "x t", "y", &[]));
    models.push(
        matrix(13)
            .weights("w", &[3, 4])
            .floats("s", &[], &[0.3])
            .node("QuantizeLinear", "w s", "q", &[])
            .node("DequantizeLinear", "q s", "d", &[])
            .node("Add", "x d", "y", &[]),
    );
    models
}

/// Operators that are written with others, or that move elements.
fn written() -> Vec<Builder> {
    let mut models = vec![
        matrix(13).node("Abs", "x", "y", &[]),
        matrix(16).weights("s", &[4]).node("PRelu", "x s", "y", &[]),
        matrix(16).floats("s", &[1], &[0.25]).node("PRelu", "x s", "y", &[]),
        matrix(13).node("HardSigmoid", "x", "y", &[("alpha", Float(0.3))]),
        matrix(14).node("HardSwish", "x", "y", &[]),
        matrix(24).node("Swish", "x", "y", &[("alpha", Float(1.5))]),
        pair(13).weights("c", &[3, 1]).node("Sum", "x z c", "y", &[]),
        pair(13).node("Mean", "x z", "y", &[]),
        matrix(13).floats("two", &[], &[2.0]).node("Pow", "x two", "y", &[]),
        matrix(13).floats("three", &[1], &[3.0]).node("Pow", "x three", "y", &[]),
        image(13).node("ReduceL1", "x", "y", &[("axes", Ints(&[1, 2]))]),
        image(13).node("ReduceSumSquare", "x", "y", &[("axes", Ints(&[3])), ("keepdims", Int(0))]),
        image(13).node("ArgMin", "x", "y", &[("axis", Int(1))]),
        matrix(15).node("CastLike", "x k", "y", &[]).ints("k", &[1]),
        matrix(13).ints("s", &[2, 3, 1]).node("Expand", "x s", "y", &[]),
        matrix(13).ints("r", &[2, 3]).node("Tile", "x r", "y", &[]),
        matrix(12).node("Einsum", "x x", "y", &[("equation", Text("ij, kj -> ik"))]),
        matrix(12).node("Einsum", "x", "y", &[("equation", Text("ij->j"))]),
        matrix(14).node("Trilu", "x", "y", &[("upper", Int(0))]),
        matrix(14).ints("k", &[1]).node("Trilu", "x k", "y", &[]),
        image(13).node("DepthToSpace", "x", "y", &[("blocksize", Int(2))]),
        image(13).node("DepthToSpace", "x", "y", &[("blocksize", Int(2)), ("mode", Text("CRD"))]),
        Builder::new(13).input("x", FLOAT, &["2", "3", "4", "6"]).output("y").node(
            "SpaceToDepth",
            "x",
            "y",
            &[("blocksize", Int(2))],
        ),
        booleans(13).node("And", "x z", "y", &[]),
        booleans(13).node("Or", "x z", "y", &[]),
        booleans(13).node("Xor", "x z", "y", &[]),
        booleans(13).node("Not", "x", "y", &[]),
        matrix(16).input("c", BOOL, &["3", "1"]).weights("w", &[4]).node(
            "Where",
            "c x w",
            "y",
            &[],
        ),
        image(13)
            .node("Shape", "x", "s", &[])
            .node("Cast", "s", "f", &[("to", Int(FLOAT.into()))])
            .ints("two", &[2])
            .node("ReduceMean", "f", "m", &[])
            .node("Mul", "x m", "y", &[]),
    ];
    for (exclusive, reverse) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        let axis = Builder::new(14).input("x", FLOAT, &["2", "5", "3"]).output("y").node(
            "Constant",
            "",
            "a",
            &[("value_int", Int(1))],
        );
        models.push(axis.node(
            "CumSum",
            "x a",
            "y",
            &[("exclusive", Int(exclusive)), ("reverse", Int(reverse))],
        ));
    }
    let mut tuples = matrix(13).weights("u", &[2]).node("ScatterND", "x i u", "y", &[]);
    tuples.graph().initializer.push(crate::proto::TensorProto {
        name: "i".to_owned(),
        dims: vec![2, 2],
        data_type: 7,
        int64_data: vec![0, 1, 2, -1],
        ..Default::default()
    });
    models.push(tuples.clone());
    let mut nodes = tuples;
    nodes.graph().node.clear();
    models.push(nodes.clone().node("GatherND", "x i", "y", &[]));
    models.push(nodes.clone().node("GatherElements", "x i", "y", &[("axis", Int(0))]));
    let mut elements = nodes.input("v", FLOAT, &["2", "2"]);
    elements.graph().initializer.pop();
    models.push(
        elements
            .ints("flat", &[0, 1, 2, -1])
            .ints("square", &[2, 2])
            .node("Reshape", "flat square", "i", &[])
            .node("ScatterElements", "x i v", "y", &[("axis", Int(0))]),
    );
    models
}

/// Elements that a mask hides are passed over.
#[test]
fn matches_runtime_on_masks() {
    const GONE: f32 = f32::NEG_INFINITY;
    let scores = |opset| Builder::new(opset).input("x", FLOAT, &["2", "3", "3"]).output("y");
    let causal = [0.0, GONE, GONE, 0.0, 0.0, GONE, 0.5, 0.0, -1.0];
    let mut models = Vec::new();
    for least in [GONE, f32::MIN, -1e9] {
        let mask = causal.map(|v| if v == GONE { least } else { v });
        let masked = scores(13).floats("m", &[3, 3], &mask).node("Add", "m x", "a", &[]);
        models.push(masked.clone().node("Softmax", "a", "y", &[]));
        models.push(masked.node("Identity", "a", "b", &[]).node(
            "Softmax",
            "b",
            "y",
            &[("axis", Int(2))],
        ));
        let rows =
            scores(11).floats("m", &[3, 1], &[0.0, least, 0.25]).node("Add", "x m", "a", &[]);
        models.push(rows.clone().node("Softmax", "a", "y", &[("axis", Int(1))]));
        let mut rows = rows;
        rows.0.opset_import[0].version = 13;
        models.push(rows.node("Softmax", "a", "y", &[("axis", Int(1))]));
        // `Where`, either way around.
        let condition = scores(13)
            .floats("m", &[3, 3], &mask)
            .floats("low", &[], &[-1e6])
            .floats("v", &[], &[least])
            .node("Less", "m low", "c", &[]);
        let chosen = condition.clone().node("Where", "c v x", "a", &[]);
        models.push(chosen.node("Softmax", "a", "y", &[]));
        let chosen = condition.node("Not", "c", "n", &[]).node("Where", "n x v", "a", &[]);
        models.push(chosen.node("Softmax", "a", "y", &[]));
        let padded = image(13)
            .ints("p", &[0, 0, 1, 1, 0, 0, 0, 1])
            .floats("v", &[], &[least])
            .node("Pad", "x p v", "a", &[]);
        let window = [("kernel_shape", Ints(&[2, 2])), ("strides", Ints(&[2, 1]))];
        models.push(padded.node("MaxPool", "a", "y", &window));
    }
    // What is finite is what it is where nothing passes over it.
    let chosen = scores(13)
        .floats("m", &[3, 3], &causal)
        .floats("low", &[], &[-1e6])
        .floats("v", &[], &[-1e9])
        .node("Less", "m low", "c", &[])
        .node("Where", "c v x", "y", &[]);
    models.push(chosen);
    models.push(scores(13).floats("v", &[], &[-1e9]).node("Add", "x v", "y", &[]));
    matches_runtime(&models);
}

/// Before operator set 7, of which ONNX Runtime reads nothing.
#[test]
fn matches_old_operator_sets_by_hand() {
    let sum = |attributes: &[(&str, Attribute<'_>)]| {
        let model = Builder::new(6)
            .input("x", FLOAT, &["2", "3"])
            .floats("c", &[2], &[10.0, 20.0])
            .output("y");
        import(&model.node("Add", "x c", "y", attributes).bytes(), &ImportOptions::default())
    };
    let x = Tensor::from_fn([2, 3], |i| i as f64);
    let aligned = sum(&[("broadcast", Int(1)), ("axis", Int(0))]).unwrap().model;
    let y = aligned.run(std::slice::from_ref(&x)).unwrap().remove(0);
    assert_eq!(y.data(), [10.0, 11.0, 12.0, 23.0, 24.0, 25.0]);
    assert!(sum(&[]).is_err());
    for (is_test, is_read) in [(1, true), (0, false)] {
        let model = Builder::new(6).input("x", FLOAT, &["2", "3"]).output("y");
        let model = model.node("Dropout", "x", "y", &[("is_test", Int(is_test))]);
        assert_eq!(import(&model.bytes(), &ImportOptions::default()).is_ok(), is_read);
    }
}

/// Windows, against all of ONNX Runtime's rules for them.
#[test]
fn matches_runtime_on_windows() {
    let mut models = Vec::new();
    for (size, kernel, stride) in [(7, 3, 2), (8, 3, 3), (5, 2, 2), (6, 4, 3), (5, 1, 2), (9, 2, 4)]
    {
        let sequence = |opset| {
            Builder::new(opset).input("x", FLOAT, &["1", "2", &i64::to_string(&size)]).output("y")
        };
        let (kernels, strides) = ([kernel], [stride]);
        let base = [("kernel_shape", Ints(&kernels)), ("strides", Ints(&strides))];
        for auto in ["SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET"] {
            let attributes = [&base[..], &[("auto_pad", Text(auto))]].concat();
            models.push(sequence(12).node("MaxPool", "x", "y", &attributes));
            models.push(sequence(11).node("AveragePool", "x", "y", &attributes));
            models.push(sequence(11).weights("w", &[3, 2, kernel]).node(
                "Conv",
                "x w",
                "y",
                &attributes,
            ));
        }
        for pads in [[0, 0], [1, 0], [0, 1]] {
            if pads.iter().any(|pad| *pad >= kernel) {
                continue;
            }
            for ceil in [0, 1] {
                let attributes =
                    [&base[..], &[("pads", Ints(&pads)), ("ceil_mode", Int(ceil))]].concat();
                models.push(sequence(12).node("MaxPool", "x", "y", &attributes));
                models.push(sequence(19).node("AveragePool", "x", "y", &attributes));
                let counted = [&attributes[..], &[("count_include_pad", Int(1))]].concat();
                models.push(sequence(19).node("AveragePool", "x", "y", &counted));
            }
        }
    }
    matches_runtime(&models);
}

/// A value that comes with each inference.
#[test]
fn matches_padding_with_a_computed_value() {
    for (element, rank) in [(FLOAT, &[][..]), (FLOAT, &["1"]), (INT64, &["1"])] {
        let model = Builder::new(13)
            .input("x", element, &["1", "2"])
            .input("v", element, rank)
            .ints("pads", &[1, 0, 0, 1])
            .output("y")
            .node("Pad", "x pads v", "y", &[]);
        let model = import(&model.bytes(), &ImportOptions::default()).unwrap().model;
        let shape = |axes: &[usize]| lionml_tensor::Shape::new(axes.to_vec());
        let x = Tensor::new(shape(&[1, 2]), vec![3.0, -4.0]).unwrap();
        let v = Tensor::new(shape(&vec![1; rank.len()]), vec![7.0]).unwrap();
        let got = model.run(&[x, v]).unwrap();
        assert_eq!(got[0].shape(), &shape(&[2, 3]));
        assert_eq!(got[0].data(), [7.0, 7.0, 7.0, 3.0, -4.0, 7.0]);
    }
}

/// Every bit of an integer counts: settings that samples choose round none, however wide.
#[test]
fn matches_large_integers_in_fixed_point() {
    const X: [i64; 4] = [1_000_003, 1_000_001, -999_991, 1];
    let integers = |element| Builder::new(14).input("x", element, &["1", "4"]).output("y");
    let squares = X.map(|x| x * x);
    let models = [
        (
            integers(INT64).ints("c", &[3]).node("Mul", "x x", "s", &[]).node(
                "Mul",
                "s c",
                "y",
                &[],
            ),
            squares.map(|x| 3 * x).to_vec(),
        ),
        (integers(INT64).node("Relu", "x", "y", &[]), X.map(|x| x.max(0)).to_vec()),
        (integers(INT32).node("Relu", "x", "y", &[]), X.map(|x| x.max(0)).to_vec()),
        (
            integers(INT64).node("Relu", "x", "r", &[]).node(
                "ArgMax",
                "r",
                "y",
                &[("axis", Int(1))],
            ),
            vec![0],
        ),
        (
            integers(INT64)
                .node("Mul", "x x", "s", &[])
                .node("Transpose", "x", "t", &[("perm", Ints(&[1, 0]))])
                .node("MatMul", "s t", "y", &[]),
            vec![X.iter().map(|x| x * x * x).sum()],
        ),
        (
            integers(INT64).node("Mul", "x x", "s", &[]).node("Max", "s x", "y", &[]),
            squares.to_vec(),
        ),
        (
            integers(INT64).ints("low", &[-70_000]).ints("high", &[90_000]).node(
                "Clip",
                "x low high",
                "y",
                &[],
            ),
            X.map(|x| x.clamp(-70_000, 90_000)).to_vec(),
        ),
    ];
    for (model, expected) in models {
        let imported = import(&model.bytes(), &ImportOptions::default()).unwrap().model;
        let imported = simplify(&imported).unwrap();
        let x = Tensor::new(lionml_tensor::Shape::from([1, 4]), X.map(|x| x as f64).to_vec());
        let sample = vec![x.unwrap()];
        let calibration = Calibration {
            samples: vec![sample.clone()],
            input_ranges: vec![None],
            goal: Goal::Error(0.005),
            bits: None,
            bounds: Bounds::Proven,
        };
        let (settings, _) = calibrate(&imported, &calibration).unwrap();
        let fixed = quantize(&imported, &settings).unwrap();
        let trace = fixed.trace(&fixed.quantize_inputs(&sample).unwrap()).unwrap();
        let output = &fixed.outputs_of(&trace)[0];
        assert_eq!(output.number.scale.step(), 1.0, "{model:?}");
        let expected: Vec<i128> = expected.into_iter().map(i128::from).collect();
        assert_eq!(output.values.data(), expected, "{model:?}");
    }
}
