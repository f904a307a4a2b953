//! Refusals of bad input: each names the file's nodes, and nothing panics.

use std::collections::BTreeMap;

use lionml_tensor::Tensor;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::{
    Dimension, FixedBy, ImportError, ImportOptions, NEWEST_OPSET, OLDEST_OPSET, OnnxFile, Port,
    Support,
    proto::{
        AttributeProto, AttributeType, FunctionProto, NodeProto, OperatorSetIdProto, TensorProto,
    },
    testing::{
        Attribute::{Float, Int, Ints, Text},
        BOOL, Builder, FLOAT, INT64, STRING, attribute, import, survey,
    },
};

fn refusal(builder: &Builder) -> ImportError {
    import(&builder.bytes(), &ImportOptions::default()).unwrap_err()
}

fn matrix() -> Builder {
    Builder::new(13).input("x", FLOAT, &["3", "4"]).output("y")
}

/// A small network with an op of each family.
fn network() -> Builder {
    Builder::new(13)
        .input("x", FLOAT, &["1", "2", "6", "6"])
        .weights("w", &[3, 2, 3, 3])
        .weights("b", &[3])
        .ints("shape", &[1, -1])
        .weights("v", &[12, 2])
        .node("Conv", "x w b", "c", &[("pads", Ints(&[1, 1, 1, 1]))])
        .node("Relu", "c", "r", &[])
        .node("MaxPool", "r", "m", &[("kernel_shape", Ints(&[3, 3])), ("strides", Ints(&[3, 3]))])
        .node("Reshape", "m shape", "f", &[])
        .node("Gemm", "f v", "g", &[])
        .node("Sigmoid", "g", "y", &[])
        .output("y")
}

#[test]
fn rejects_what_is_not_a_model() {
    for bytes in [&[][..], b"garbage", b"\x08\x07", &[0xff; 64]] {
        let error = survey(bytes).unwrap_err();
        assert!(matches!(error, ImportError::NotOnnx { .. }), "{error}");
        assert!(error.hint().is_some());
    }
    let mut builder = matrix();
    builder.0.graph = None;
    assert_eq!(refusal(&builder).to_string(), "not an ONNX model: it has no graph");
}

#[test]
fn rejects_unsupported_ops_all_at_once() {
    let mut builder =
        matrix().node("Foo", "x", "a", &[]).node("Relu", "a", "b", &[]).node("Foo", "b", "c", &[]);
    builder = builder.node("Add", "c c", "y", &[]);
    builder.graph().node[2].name.clear();
    builder.graph().node[3].domain = "com.example".to_owned();
    let error = refusal(&builder);
    assert_eq!(
        error.to_string(),
        "unsupported: node `a-` (Foo, ai.onnx 13), node `Foo #2` (Foo, ai.onnx 13), node `y-` (Add, \
         com.example)"
    );
    let hint = error.hint().unwrap();
    assert!(hint.contains("`Foo`: leave it out") && hint.contains("`com.example`"), "{hint}");
    let survey = survey(&builder.bytes()).unwrap();
    assert_eq!(survey.unsupported().count(), 3);
    assert_eq!(survey.nodes[1].support, Support::Imported);
}

/// The way out is that of the operator.
#[test]
fn rejects_unsupported_ops_with_a_way_out() {
    for (op, expected) in
        [("LSTM", "unrolled"), ("LogSoftmax", "`Softmax`"), ("Gelu", "`HardSwish`")]
    {
        let error = refusal(&matrix().node(op, "x", "y", &[]));
        assert!(error.hint().unwrap().contains(expected), "{op}: {:?}", error.hint());
    }
    let mut builder = matrix().node("ZipMap", "x", "y", &[]);
    builder.graph().node[0].domain = "ai.onnx.ml".to_owned();
    assert!(refusal(&builder).hint().unwrap().contains("zipmap"));
    let error = refusal(&matrix().node("Erf", "x", "y", &[]));
    assert_eq!(error.to_string(), "unsupported: node `y-` (Erf, ai.onnx 13)");
    assert!(error.hint().unwrap().contains("Gelu"));
}

#[test]
fn accepts_what_nobody_needs() {
    let builder = matrix().node("Foo", "x", "z", &[]).node("Neg", "x", "y", &[]).output("z");
    let wanted = |names: &[&str]| {
        let outputs = names.iter().map(|name| (*name).to_owned()).collect();
        import(&builder.bytes(), &ImportOptions { outputs, ..Default::default() })
    };
    let model = wanted(&["y"]).unwrap().model;
    assert_eq!(model.outputs().len(), 1);
    let error = wanted(&["z"]).unwrap_err();
    assert!(matches!(error, ImportError::UnsupportedOps { .. }), "{error}");
    let error = wanted(&[]).unwrap_err();
    assert_eq!(error.to_string(), "output `z` cannot be read, and these can: `y`");
    let error = wanted(&["q"]).unwrap_err();
    assert_eq!(error.to_string(), "no output `q`; there are `y`, `z`");
    let mut dead = builder;
    dead.graph().output.pop();
    assert_eq!(refusal_of(&dead), None);
    let survey = survey(&dead.bytes()).unwrap();
    assert_eq!(survey.nodes[0].support, Support::Unneeded);
}

fn refusal_of(builder: &Builder) -> Option<ImportError> {
    import(&builder.bytes(), &ImportOptions::default()).err()
}

#[test]
fn matches_a_survey_by_hand() {
    let mut builder = network().input("n", INT64, &["batch", "?"]);
    builder = builder.node("Shape", "n", "s", &[]).node("ReduceProd", "s", "p", &[]);
    let inner = network().0.graph;
    let mut branch = attribute("then_branch", Int(0));
    branch.g = inner;
    branch.r#type = AttributeType::Graph as i32;
    builder = builder.node("Foo", "p", "q", &[]).output("q");
    builder.graph().node.last_mut().unwrap().attribute.push(branch);
    let survey = survey(&builder.bytes()).unwrap();
    assert_eq!((survey.opset, survey.producer.as_str(), survey.subgraphs), (13, "test", 1));
    // Those of the graph and of the one inside.
    assert_eq!(survey.parameters, 2 * (54 + 3 + 2 + 24));
    let free = |symbol: &str| Dimension::Free(symbol.to_owned());
    let shape = Some(vec![free("batch"), free("n.1")]);
    let port = Port { name: "n".to_owned(), element: "int64".to_owned(), shape };
    assert_eq!(survey.inputs[1], port);
    let support: BTreeMap<_, _> =
        survey.nodes.iter().map(|n| (n.label.name.as_str(), n.support)).collect();
    assert_eq!(support["c-"], Support::Imported);
    assert_eq!(support["q-"], Support::Refused);
    assert_eq!(support["q-/c-"], Support::Unneeded);
    // The size of a dimension that is no batch is not known.
    assert_eq!(support["p-"], Support::Imported);
    let options = ImportOptions { dims: [("n.1".to_owned(), 3)].into(), ..Default::default() };
    let file = OnnxFile::from_bytes(&builder.bytes()).unwrap();
    let nodes = file.survey(&options).unwrap().nodes;
    let p = nodes.iter().find(|node| node.label.name == "p-").unwrap();
    assert_eq!(p.support, Support::Folded);
}

#[test]
fn rejects_attributes_by_name() {
    let message = |builder: Builder| refusal(&builder).to_string();
    assert_eq!(
        message(matrix().node("Relu", "x", "y", &[("alpha", Int(1))])),
        "node `y-` (Relu, ai.onnx 13): its operator set has no attribute `alpha`"
    );
    assert_eq!(
        message(matrix().node("LeakyRelu", "x", "y", &[("alpha", Int(1))])),
        "node `y-` (LeakyRelu, ai.onnx 13): attribute `alpha` is of type Int, expected Float"
    );
    assert_eq!(
        message(matrix().node("Clip", "x", "y", &[("min", Int(1))])),
        "node `y-` (Clip, ai.onnx 13): its operator set has no attribute `min`"
    );
    let pads =
        [("kernel_shape", Ints(&[2])), ("auto_pad", Text("SAME_UPPER")), ("pads", Ints(&[1, 0]))];
    let builder = Builder::new(13).input("x", FLOAT, &["1", "1", "4"]).output("y");
    let kernel = [("kernel_shape", Ints(&[2])), ("strides", Ints(&[1, 2]))];
    assert_eq!(
        message(builder.clone().node("MaxPool", "x", "y", &kernel)),
        "node `y-` (MaxPool, ai.onnx 13): attribute `strides` is `[1, 2]`; supported: as many sizes as \
         the window has axes, of pads twice as many"
    );
    assert_eq!(
        message(builder.node("MaxPool", "x", "y", &pads)),
        "node `y-` (MaxPool, ai.onnx 13): attribute `pads` is `Some([1, 0])`; supported: no padding \
         beside `auto_pad`"
    );
}

#[test]
fn rejects_operator_sets_that_are_not_read() {
    let relu = |opset| {
        let builder = Builder::new(opset).input("x", FLOAT, &["3"]).output("y");
        import(&builder.node("Relu", "x", "y", &[]).bytes(), &ImportOptions::default())
    };
    for opset in [OLDEST_OPSET, NEWEST_OPSET] {
        assert!(relu(opset).is_ok(), "{opset}");
    }
    for opset in [i64::MIN, -1, 0, OLDEST_OPSET - 1, NEWEST_OPSET + 1, i64::MAX] {
        let error = relu(opset).unwrap_err();
        assert!(matches!(error, ImportError::Opset { got, .. } if got == opset), "{error}");
    }
    let generator = include_str!("../conformance/generate.py");
    for (name, opset) in [("OLDEST", OLDEST_OPSET), ("NEWEST", NEWEST_OPSET)] {
        assert!(generator.contains(&format!("\n{name}_OPSET = {opset}\n")));
    }
}

/// All at once in a survey; an import names the first.
#[test]
fn matches_attributes_in_a_survey() {
    let builder = matrix()
        .node("Relu", "x", "r", &[("alpha", Int(1))])
        .ints("p", &[0, 1, 0, 0])
        .node("Pad", "x p", "a", &[("mode", Text("mirror"))])
        .node("Neg", "x", "n", &[])
        .node("Cast", "n", "i", &[("to", Int(STRING.into()))])
        .node("Sum", "r a i", "y", &[]);
    let survey = survey(&builder.bytes()).unwrap();
    let refusals = survey.unsupported().map(|node| node.refusal.as_ref().unwrap().to_string());
    let expected = [
        "node `r-` (Relu, ai.onnx 13): its operator set has no attribute `alpha`",
        "node `a-` (Pad, ai.onnx 13): attribute `mode` is `mirror`; supported: `constant`, `edge`, \
         `reflect` and `wrap`",
        "node `i-` (Cast, ai.onnx 13): attribute `to` is `string`; supported: floats, integers and \
         booleans",
    ];
    assert_eq!(refusals.collect::<Vec<_>>(), expected);
    assert_eq!(survey.nodes[2].refusal, None);
    assert_eq!(refusal(&builder).to_string(), expected[0]);
    // Operators come first.
    let foo = builder.node("Foo", "y", "z", &[]).output("z");
    let error = refusal(&foo).to_string();
    assert_eq!(error, "unsupported: node `z-` (Foo, ai.onnx 13)");
}

#[test]
fn rejects_operands_by_name() {
    let message = |builder: Builder| refusal(&builder).to_string();
    let pooled = Builder::new(13).input("x", FLOAT, &["1", "1", "4"]).output("y").output("i");
    assert_eq!(
        message(pooled.node("MaxPool", "x", "y i", &[("kernel_shape", Ints(&[2]))])),
        "node `y-` (MaxPool, ai.onnx 13): its output `Indices` is used; supported: the maxima alone"
    );
    assert_eq!(
        message(matrix().input("s", INT64, &["2"]).node("Reshape", "x s", "y", &[])),
        "node `y-` (Reshape, ai.onnx 13): its shape is computed from inputs; supported: constants"
    );
    assert_eq!(
        message(matrix().weights("w", &[5, 4]).node("MatMul", "x w", "y", &[])),
        "node `y-` (MatMul, ai.onnx 13): its operands of shapes `[3,4]` and `[5,4]` do not fit: what is \
         multiplied is of different sizes"
    );
    assert_eq!(
        message(matrix().node("Add", "x missing", "y", &[])),
        "node `y-` takes the tensor `missing`, which nothing before it produces"
    );
    assert_eq!(
        message(matrix().node("Relu", "x", "z", &[])),
        "output `y` takes the tensor `y`, which nothing before it produces"
    );
    assert_eq!(
        message(matrix().node("Relu", "x", "y", &[]).node("Neg", "x", "y", &[])),
        "node `y-` (Neg, ai.onnx): the tensor `y` is produced twice"
    );
}

#[test]
fn rejects_dimensions_that_nobody_fixed() {
    let builder = Builder::new(13)
        .input("x", FLOAT, &["batch", "4", "?"])
        .node("Relu", "x", "y", &[])
        .output("y");
    // The first one is the batch.
    let error = refusal(&builder);
    assert_eq!(error.to_string(), "axis `2` of input `x` has no size: dimension `x.2` is free");
    assert_eq!(error.hint().unwrap(), "fix it with `--dim x.2=1`");
    let with = |dims: &[(&str, usize)]| {
        let dims = dims.iter().map(|(symbol, size)| ((*symbol).to_owned(), *size)).collect();
        import(&builder.bytes(), &ImportOptions { dims, ..ImportOptions::default() })
    };
    let imported = with(&[("x.2", 3)]).unwrap();
    assert_eq!(imported.model.inputs().next().unwrap().2.axes(), [1, 4, 3]);
    let by: Vec<_> = imported.fixed.iter().map(|fixed| (&*fixed.symbol, fixed.by)).collect();
    assert_eq!(by, [("batch", FixedBy::Batch), ("x.2", FixedBy::Name)]);
    let shapes = [("x".to_owned(), vec![7, 4, 5])].into();
    let shaped = import(&builder.bytes(), &ImportOptions { shapes, ..Default::default() }).unwrap();
    assert_eq!(shaped.model.inputs().next().unwrap().2.axes(), [1, 4, 5]);
    let model = with(&[("batch", 2), ("x.2", 3)]).unwrap().model;
    assert_eq!(model.inputs().next().unwrap().2.axes(), [2, 4, 3]);
    let error = with(&[("batch", 2), ("x.2", 3), ("bach", 1)]).unwrap_err();
    assert_eq!(error.to_string(), "no dimension `bach`; free are `batch`, `x.2`");
    let error = with(&[("batch", 1 << 40), ("x.2", 3)]).unwrap_err();
    assert!(matches!(error, ImportError::TooLarge { .. }), "{error}");
}

#[test]
fn rejects_types_and_constants() {
    let string = Builder::new(13).input("x", STRING, &["3"]).node("Identity", "x", "y", &[]);
    assert_eq!(
        refusal(&string.output("y")).to_string(),
        "`x` has elements of type `string`; supported: floats, integers and booleans"
    );
    let constant = |dims: &[i64], data: &[f32]| {
        refusal(&matrix().floats("c", dims, data).node("Add", "x c", "y", &[])).to_string()
    };
    assert_eq!(constant(&[4], &[1.0]), "constant `c`: `1` elements in a shape of `4`");
    assert_eq!(constant(&[-4], &[1.0]), "constant `c`: the dimension `-4`");
    assert_eq!(constant(&[1 << 40, 1 << 40], &[1.0]), "`c`");
    assert_eq!(constant(&[1, 1], &[f32::NAN]), "constant `c` holds `NaN`, which is not a number");
    let mut unsigned = matrix().ints("c", &[]);
    let tensor = unsigned.graph().initializer.last_mut().unwrap();
    (tensor.data_type, tensor.dims, tensor.uint64_data) = (12, vec![4], vec![1, 2, 3, 1 << 31]);
    let unsigned = unsigned.node("Cast", "c", "f", &[("to", Int(FLOAT.into()))]);
    let model = import(&unsigned.node("Add", "x f", "y", &[]).bytes(), &ImportOptions::default());
    let sums = model.unwrap().model.run(&[Tensor::full([3, 4], 0.0)]).unwrap();
    assert_eq!(sums[0].data()[..4], [1.0, 2.0, 3.0, 2147483648.0]);
    let old = Builder::new(5).input("x", FLOAT, &["3"]).node("Relu", "x", "y", &[]).output("y");
    assert_eq!(
        refusal(&old).to_string(),
        "node `y-` (Relu, ai.onnx 5): operator set `5`, where `6` to `28` of ai.onnx are read"
    );
}

#[test]
fn rejects_tensors_that_could_never_be_proved() {
    let wide =
        [("kernel_shape", Ints(&[1])), ("strides", Ints(&[1])), ("pads", Ints(&[1 << 40, 0]))];
    let pool = Builder::new(13).input("x", FLOAT, &["1", "1", "4"]).output("y");
    let error = refusal(&pool.clone().node("AveragePool", "x", "y", &wide));
    assert!(matches!(error, ImportError::Operator { .. } | ImportError::Node { .. }), "{error}");
    let taps = [("kernel_shape", Ints(&[1 << 40])), ("pads", Ints(&[1 << 40, 1 << 40]))];
    let error = refusal(&pool.node("AveragePool", "x", "y", &taps));
    assert!(matches!(error, ImportError::Operator { .. } | ImportError::Node { .. }), "{error}");
    let pads = matrix().ints("p", &[0, 1 << 50, 0, 0]).node("Pad", "x p", "y", &[]);
    assert!(matches!(refusal(&pads), ImportError::TooLarge { .. }));
}

#[test]
fn rejects_what_is_not_a_permutation() {
    for perm in [&[0, 0][..], &[1, 2], &[-1, 0], &[i64::MAX, 0]] {
        let error = refusal(&matrix().node("Transpose", "x", "y", &[("perm", Ints(perm))]));
        assert_eq!(
            error.to_string(),
            format!(
                "node `y-` (Transpose, ai.onnx 13): attribute `perm` is `{perm:?}`; supported: every axis \
                 once"
            )
        );
    }
}

#[test]
fn rejects_sizes_beyond_memory() {
    for shape in [[1 << 33, 1 << 33], [3 + (1 << 32), 4], [i64::MIN, 4]] {
        for op in ["Reshape", "Expand", "Tile"] {
            let reshaped = matrix().ints("s", &shape).node(op, "w s", "c", &[]);
            let folded = reshaped.weights("w", &[3, 4]).node("Add", "x c", "y", &[]);
            let error = refusal(&folded);
            let is_named = matches!(&error, ImportError::Node { node, .. } if node.name == "c-")
                || matches!(&error, ImportError::TooLarge { tensor, .. } if tensor == "c-");
            assert!(is_named, "{op}: {error}");
        }
        let error = refusal(&matrix().ints("s", &shape).node("Reshape", "x s", "y", &[]));
        assert!(error.to_string().starts_with("node `y-` (Reshape, ai.onnx 13): "), "{error}");
    }
}

/// A part of `w` along one axis.
fn slice(of: &Builder, [start, end, axis, step]: [i64; 4]) -> Builder {
    let slice = of.clone().ints("s", &[start]).ints("e", &[end]).ints("a", &[axis]);
    slice.ints("t", &[step]).node("Slice", "w s e a t", "c", &[])
}

#[test]
fn rejects_slices_that_do_not_move() {
    let still = slice(&matrix().floats("w", &[1], &[1.0]), [0, 1, 0, 0]);
    let error = refusal(&still.node("Add", "x c", "y", &[])).to_string();
    assert_eq!(error, "node `c-` (Slice, ai.onnx 13): the step is zero");
    let elsewhere = slice(&matrix().floats("w", &[1], &[1.0]), [0, 1, 1 << 32, 1]);
    let error = refusal(&elsewhere.node("Add", "x c", "y", &[])).to_string();
    assert!(error.ends_with("axis `4294967296` of a tensor of rank `1`"), "{error}");
}

/// What exporters write for "whatever is left".
#[test]
fn accepts_slices_to_either_end() {
    let last = i64::from(i32::MAX);
    for (indices, expected) in [
        ([1, i64::MAX, 0, 1], &[2.0, 3.0, 4.0][..]),
        ([1, last, 0, 2], &[2.0, 4.0]),
        ([-3, 1000, 0, 1], &[2.0, 3.0, 4.0]),
        ([-1, i64::MIN, 0, -1], &[4.0, 3.0, 2.0, 1.0]),
        ([-1, i64::MIN + 1, 0, -2], &[4.0, 2.0]),
        // What is beyond an end is that end.
        ([(1 << 32) + 1, 3, 0, 1], &[]),
        ([-(1 << 32), 3, 0, 1], &[1.0, 2.0, 3.0]),
        ([0, (1 << 32) + 2, 0, 1], &[1.0, 2.0, 3.0, 4.0]),
        ([0, 3, 0, (1 << 32) + 1], &[1.0]),
        ([0, i64::MIN, 0, 1], &[]),
        ([3, i64::MAX, 0, -1], &[]),
        ([3, last, 0, -1], &[]),
    ] {
        let values = [1.0, 2.0, 3.0, 4.0];
        let run = |builder: &Builder, input: &[f64]| {
            let model = import(&builder.bytes(), &ImportOptions::default()).unwrap().model;
            let input = Tensor::new([input.len()], input.to_vec()).unwrap();
            model.run(&[input]).unwrap().remove(0).into_data()
        };
        let computed = Builder::new(13).input("w", FLOAT, &["4"]).output("c");
        assert_eq!(run(&slice(&computed, indices), &values), expected, "{indices:?}");
        let constant = Builder::new(13).input("x", FLOAT, &["1"]).output("y");
        let constant = slice(&constant.floats("w", &[4], &[1.0, 2.0, 3.0, 4.0]), indices);
        let folded = constant.node("Add", "x c", "y", &[]);
        assert_eq!(run(&folded, &[0.0]), expected, "{indices:?}");
    }
}

#[test]
fn rejects_constants_that_explode() {
    let many = 1 << 16;
    let sum = matrix()
        .weights("a", &[many, 1])
        .weights("b", &[1, many])
        .node("Add", "a b", "c", &[])
        .node("ReduceSum", "c", "s", &[])
        .node("Add", "x s", "y", &[]);
    let error = refusal(&sum).to_string();
    assert_eq!(
        error,
        "node `c-` (Add, ai.onnx 13): it computes more than `134217728` elements and products of constants"
    );
    let fill = matrix()
        .ints("s", &[1 << 20, 1 << 20])
        .node("ConstantOfShape", "s", "c", &[])
        .node("ReduceSum", "c", "r", &[])
        .node("Add", "x r", "y", &[]);
    assert!(matches!(refusal(&fill), ImportError::TooLarge { tensor, .. } if tensor == "c-"));
}

#[test]
fn accepts_bound_inputs() {
    let builder = matrix().input("s", INT64, &["2"]).node("Reshape", "x s", "y", &[]);
    let bind = |values: &[f64]| {
        let value = Tensor::new([values.len()], values.to_vec()).unwrap();
        let options =
            ImportOptions { bind: [("s".to_owned(), value)].into(), ..Default::default() };
        import(&builder.bytes(), &options)
    };
    let model = bind(&[2.0, 6.0]).unwrap().model;
    assert_eq!(model.inputs().count(), 1);
    assert_eq!(
        bind(&[2.5, 6.0]).unwrap_err().to_string(),
        "constant `s`: `2.5` is not a value of type int64"
    );
    let bind = [("t".to_owned(), Tensor::scalar(1.0))].into();
    let error =
        import(&builder.bytes(), &ImportOptions { bind, ..Default::default() }).unwrap_err();
    assert_eq!(error.to_string(), "no input `t`; there are `x`, `s`");
}

/// A file with a function of its own, which calls another one.
fn with_functions(change: impl FnOnce(&mut [FunctionProto; 2])) -> Builder {
    let node = |op: &str, domain: &str, input: &[&str], output: &[&str]| NodeProto {
        op_type: op.to_owned(),
        domain: domain.to_owned(),
        input: input.iter().map(|name| (*name).to_owned()).collect(),
        output: output.iter().map(|name| (*name).to_owned()).collect(),
        ..NodeProto::default()
    };
    let domain = |domain: &str, version| OperatorSetIdProto { domain: domain.to_owned(), version };
    let mut leaky = node("LeakyRelu", "", &["a"], &["b"]);
    leaky.attribute.push(AttributeProto {
        name: "alpha".to_owned(),
        ref_attr_name: "slope".to_owned(),
        r#type: AttributeType::Float as i32,
        ..AttributeProto::default()
    });
    let mut functions = [
        FunctionProto {
            name: "Inner".to_owned(),
            domain: "local".to_owned(),
            input: vec!["a".to_owned(), "c".to_owned()],
            output: vec!["b".to_owned()],
            node: vec![leaky],
            opset_import: vec![domain("", 16)],
            attribute_proto: vec![attribute("slope", Float(0.5))],
            ..FunctionProto::default()
        },
        FunctionProto {
            name: "Outer".to_owned(),
            domain: "local".to_owned(),
            input: vec!["a".to_owned()],
            output: vec!["b".to_owned()],
            node: vec![node("Neg", "", &["a"], &["n"]), node("Inner", "local", &["n"], &["b"])],
            opset_import: vec![domain("", 16), domain("local", 1)],
            ..FunctionProto::default()
        },
    ];
    change(&mut functions);
    let mut builder = matrix().node("Outer", "x", "y", &[]);
    builder.graph().node[0].domain = "local".to_owned();
    builder.0.opset_import.push(domain("local", 1));
    builder.0.functions = functions.into();
    builder
}

#[test]
fn accepts_functions_of_the_file() {
    let builder = with_functions(|_| ());
    let model = import(&builder.bytes(), &ImportOptions::default()).unwrap().model;
    let x = Tensor::from_fn([3, 4], |i| i as f64 - 5.0);
    let y = model.run(std::slice::from_ref(&x)).unwrap().remove(0);
    let expected = |v: f64| if v <= 0.0 { -v } else { -v * 0.5 };
    assert_eq!(y, x.map(|v| expected(*v)));
    let names: Vec<_> = model.nodes().iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["x", "y-/Neg #0", "y-/Inner #1/LeakyRelu #0"]);
    let survey = survey(&builder.bytes()).unwrap();
    assert_eq!(survey.nodes.len(), 4);
    assert_eq!(survey.unsupported().count(), 0);
}

#[test]
fn rejects_functions_that_call_themselves() {
    let error = refusal(&with_functions(|[_, outer]| outer.node[1].op_type = "Outer".to_owned()));
    assert!(error.to_string().ends_with("more than `32` deep"), "{error}");
    // Each call makes two: no depth would stop them in time.
    let error = refusal(&with_functions(|[_, outer]| {
        let again = outer.node[1].clone();
        outer.node[1].op_type = "Outer".to_owned();
        outer.node.push(NodeProto {
            op_type: "Outer".to_owned(),
            output: vec!["c".to_owned()],
            ..again
        });
        outer.output.push("c".to_owned());
    }));
    assert!(matches!(error, ImportError::TooMuch { .. } | ImportError::Node { .. }), "{error}");
    let error = refusal(&with_functions(|[inner, _]| inner.node[0].op_type = "Foo".to_owned()));
    let expected = "unsupported: node `y-/Inner #1/Foo #0` (Foo, ai.onnx 16)";
    assert_eq!(error.to_string(), expected);
    let twice = with_functions(|[inner, outer]| inner.name.clone_from(&outer.name));
    assert!(matches!(refusal(&twice), ImportError::Ambiguous { .. }));
}

/// `If` over a condition, whose branches take a tensor from around them.
fn branches(condition: impl FnOnce(Builder) -> Builder) -> Builder {
    let branch = |name: &str, op: &str| {
        let mut inner = Builder::new(13).node(op, "x", "r", &[]).output("r");
        let graph = std::mem::take(inner.graph());
        AttributeProto {
            name: name.to_owned(),
            g: Some(graph),
            r#type: AttributeType::Graph as i32,
            ..AttributeProto::default()
        }
    };
    let mut builder = condition(matrix()).node("If", "c", "y", &[]);
    let node = builder.graph().node.last_mut().unwrap();
    node.attribute = vec![branch("then_branch", "Neg"), branch("else_branch", "Foo")];
    builder
}

#[test]
fn accepts_branches_of_a_known_condition() {
    let known = |value: i32| {
        branches(|mut builder| {
            builder.graph().initializer.push(TensorProto {
                name: "c".to_owned(),
                data_type: BOOL,
                int32_data: vec![value],
                ..TensorProto::default()
            });
            builder
        })
    };
    let model = import(&known(1).bytes(), &ImportOptions::default()).unwrap().model;
    let y = model.run(&[Tensor::full([3, 4], 2.0)]).unwrap().remove(0);
    assert_eq!(y, Tensor::full([3, 4], -2.0));
    let error = refusal(&known(0)).to_string();
    assert_eq!(error, "unsupported: node `y-/r-` (Foo, ai.onnx 13)");
    let error = refusal(&branches(|builder| builder.input("c", BOOL, &[])));
    assert!(matches!(error, ImportError::Operand { place: "its condition", .. }), "{error}");
}

/// Neither a prefix of a file nor one with changed bytes panics, hangs or eats memory.
#[test]
fn rejects_mutations_without_panic() {
    let bytes = network().bytes();
    let options = ImportOptions::default();
    let read = |bytes: &[u8]| {
        let Ok(file) = OnnxFile::from_bytes(bytes) else { return false };
        let _ = (file.survey(&options), file.data_files());
        file.import(&options).is_ok()
    };
    assert!(read(&bytes));
    for end in 0..bytes.len() {
        read(&bytes[..end]);
    }
    let mut rng = StdRng::seed_from_u64(2);
    for _ in 0..10_000 {
        let mut mutated = bytes.clone();
        for _ in 0..rng.random_range(1..4) {
            let at = rng.random_range(0..mutated.len());
            match rng.random_range(0..4) {
                0 => mutated[at] = rng.random(),
                1 => mutated[at] ^= 1 << rng.random_range(0..8),
                2 => mutated.insert(at, rng.random()),
                _ => drop(mutated.remove(at)),
            }
        }
        read(&mutated);
    }
}
