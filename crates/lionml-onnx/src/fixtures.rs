//! A small model for each op, imported and run against tract.

use std::collections::BTreeSet;

use lionml_graph::{Bounds, Calibration, Goal, calibrate, quantize, simplify};
use lionml_tensor::Tensor;

use crate::{
    ImportOptions, Reference, import,
    ops::{IMPORTERS, ONNX_OPS},
    prepare::prepare,
    proto,
    testing::{
        Attribute::{Float, Int, Ints, Text},
        BOOL, Builder, FLOAT, INT32, INT64,
    },
    tract,
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
    vec![
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
    ]
}

/// Inputs that differ, both signs.
fn inputs(reference: &[(Vec<usize>, bool)]) -> Vec<Tensor<f64>> {
    let value = |i: usize, is_boolean: bool| {
        let mixed = (i * 7919 + 13) % 101;
        if is_boolean { (mixed % 2) as f64 } else { (mixed as f64 - 50.0) / 16.0 }
    };
    let tensors = reference.iter().enumerate();
    tensors
        .map(|(n, (shape, b))| Tensor::from_fn(shape.clone(), |i| value(i + 31 * n, *b)))
        .collect()
}

#[test]
fn matches_tract_on_a_model_for_each_op() {
    let options = ImportOptions::default();
    let (mut kinds, mut ops) = (BTreeSet::new(), BTreeSet::new());
    for builder in fixtures() {
        let bytes = builder.bytes();
        let prepared = prepare(&bytes, &options).unwrap();
        for node in &proto::graph(&prepared.model).unwrap().node {
            ops.insert(node.op_type.clone());
        }
        for node in tract::typed(&prepared).unwrap().nodes() {
            kinds.insert(node.op.name().split('<').next().unwrap().to_owned());
        }
        let model = import(&bytes, &options).unwrap_or_else(|e| panic!("{builder:?}: {e}")).model;
        let boolean = |element| element == lionml_graph::Element::Boolean;
        let ports: Vec<_> =
            model.inputs().map(|(_, _, shape, e)| (shape.axes().to_vec(), boolean(e))).collect();
        let inputs = inputs(&ports);
        let ours = model.run(&inputs).unwrap();
        let tracts = Reference::new(&bytes, &options).unwrap().run(&inputs).unwrap();
        assert_eq!(ours.len(), tracts.len());
        for (ours, tracts) in ours.iter().zip(&tracts) {
            assert_eq!(ours.shape(), tracts.shape(), "{builder:?}");
            for (a, b) in ours.data().iter().zip(tracts.data()) {
                assert!((a - b).abs() <= 1e-5 * (1.0 + b.abs()), "{builder:?}: {a} {b}");
            }
        }
        // Every node of the model has a name of the file.
        for node in model.nodes() {
            assert!(!node.name.is_empty() && !node.name.contains('@'), "{}", node.name);
        }
    }
    for (name, _) in IMPORTERS {
        assert!(kinds.contains(*name), "no model has tract's op `{name}`");
    }
    for op in ONNX_OPS {
        assert!(ops.contains(op.name), "no model has ONNX's op `{}`", op.name);
    }
}

/// What tract has no operator for: a value that comes with each inference.
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
