//! What bad input gets: every refusal names the file's nodes, and nothing panics.

use std::collections::BTreeMap;

use lionml_tensor::Tensor;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::{
    Dimension, ImportError, ImportOptions, NEWEST_OPSET, OLDEST_OPSET, Port, Reference, Support,
    Survey, import,
    testing::{
        Attribute::{Int, Ints, Text},
        Builder, FLOAT, INT64, STRING, attribute,
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
fn rejects_what_is_no_model() {
    for bytes in [&[][..], b"garbage", b"\x08\x07", &[0xff; 64]] {
        let error = Survey::new(bytes).unwrap_err();
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
        matrix().node("Erf", "x", "a", &[]).node("Relu", "a", "b", &[]).node("Erf", "b", "c", &[]);
    builder = builder.node("Add", "c c", "y", &[]);
    builder.graph().node[2].name.clear();
    builder.graph().node[3].domain = "com.example".to_owned();
    let error = refusal(&builder);
    assert_eq!(
        error.to_string(),
        "unsupported: node `a-` (Erf), node `Erf #2` (Erf), node `y-` (com.example.Add)"
    );
    let survey = Survey::new(&builder.bytes()).unwrap();
    assert_eq!(survey.unsupported().count(), 3);
    assert_eq!(survey.nodes[1].support, Support::Imported);
}

#[test]
fn matches_a_survey_by_hand() {
    let mut builder = network().input("n", INT64, &["batch", "?"]);
    builder = builder.node("Shape", "n", "s", &[]).node("ReduceProd", "s", "p", &[]);
    let inner = network().0.graph;
    let mut branch = attribute("then_branch", Int(0));
    branch.g = inner;
    branch.r#type = tract_onnx::pb::attribute_proto::AttributeType::Graph as i32;
    builder = builder.node("If", "p", "q", &[]);
    builder.graph().node.last_mut().unwrap().attribute.push(branch);
    let survey = Survey::new(&builder.bytes()).unwrap();
    assert_eq!((survey.opset, survey.producer.as_str(), survey.subgraphs), (13, "test", 1));
    // Those of the graph and of the one inside.
    assert_eq!(survey.parameters, 2 * (54 + 3 + 2 + 24));
    let free = |symbol: &str| Dimension::Free(symbol.to_owned());
    let shape = Some(vec![free("batch"), free("n.1")]);
    let port = Port { name: "n".to_owned(), element: "int64".to_owned(), shape };
    assert_eq!(survey.inputs[1], port);
    let support: BTreeMap<_, _> =
        survey.nodes.iter().map(|n| (n.name.as_str(), n.support)).collect();
    assert_eq!(support["p-"], Support::Folded);
    assert_eq!(support["q-"], Support::Refused);
    assert_eq!(support["q-/c-"], Support::Imported);
}

#[test]
fn rejects_attributes_by_name() {
    let message = |builder: Builder| refusal(&builder).to_string();
    assert_eq!(
        message(matrix().node("Relu", "x", "y", &[("alpha", Int(1))])),
        "node `y-` (Relu): attribute `alpha` is `set`, supported is only what its operator set has"
    );
    assert_eq!(
        message(matrix().node("Clip", "x", "y", &[("min", Int(1))])),
        "node `y-` (Clip): attribute `min` is `set`, supported is only what its operator set has"
    );
    let pads =
        [("kernel_shape", Ints(&[2])), ("auto_pad", Text("SAME_UPPER")), ("pads", Ints(&[1, 0]))];
    let builder = Builder::new(13).input("x", FLOAT, &["1", "1", "4"]).output("y");
    let kernel = [("kernel_shape", Ints(&[2])), ("strides", Ints(&[1, 2]))];
    assert_eq!(
        message(builder.clone().node("MaxPool", "x", "y", &kernel)),
        "node `y-` (MaxPool): attribute `strides` is `[1, 2]`, supported is as many sizes as the \
         window has axes"
    );
    assert_eq!(
        message(builder.node("MaxPool", "x", "y", &pads)),
        "node `y-` (MaxPool): attribute `pads` is `set`, supported is no padding beside `auto_pad`"
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
        assert_eq!(relu(opset).unwrap_err(), ImportError::Opset { got: opset });
    }
    let generator = include_str!("../conformance/generate.py");
    assert!(generator.contains(&format!("\nNEWEST_OPSET = {NEWEST_OPSET}\n")));
}

/// All at once in a survey; an import names the first.
#[test]
fn matches_attributes_in_a_survey() {
    let builder = matrix()
        .node("Relu", "x", "r", &[("alpha", Int(1))])
        .ints("p", &[0, 1, 0, 0])
        .node("Pad", "r p", "a", &[("mode", Text("mirror"))])
        .node("Neg", "a", "n", &[])
        .node("Cast", "n", "y", &[("to", Int(STRING.into()))]);
    let survey = Survey::new(&builder.bytes()).unwrap();
    let refusals = survey
        .unsupported()
        .map(|node| format!("{} ({}): {}", node.name, node.op, node.refusal.as_ref().unwrap()));
    let expected = [
        "r- (Relu): attribute `alpha` is `set`, supported is only what its operator set has",
        "a- (Pad): attribute `mode` is `mirror`, supported is `constant`, `edge`, `reflect` and `wrap`",
        "y- (Cast): attribute `to` is `string`, supported is floats, integers and booleans",
    ];
    assert_eq!(refusals.collect::<Vec<_>>(), expected);
    assert_eq!(survey.nodes[2].refusal, None);
    assert_eq!(
        refusal(&builder).to_string(),
        format!("node `{}", expected[0].replace("- ", "-` "))
    );
    // Ops come first.
    let erf = builder.node("Erf", "y", "z", &[]);
    assert_eq!(refusal(&erf).to_string(), "unsupported: node `z-` (Erf)");
}

#[test]
fn rejects_operands_by_name() {
    let message = |builder: Builder| refusal(&builder).to_string();
    let pooled = Builder::new(13).input("x", FLOAT, &["1", "1", "4"]).output("y").output("i");
    assert_eq!(
        message(pooled.node("MaxPool", "x", "y i", &[("kernel_shape", Ints(&[2]))])),
        "node `y-` (MaxPool): its output `Indices` is used, supported is the maxima alone"
    );
    assert_eq!(
        message(matrix().input("s", INT64, &["2"]).node("Reshape", "x s", "y", &[])),
        "node `y-` (Reshape): shape input is variable"
    );
    assert_eq!(
        message(matrix().weights("w", &[5, 4]).node("MatMul", "x w", "y", &[])),
        "node `y-` (MatMul): Inconsistent matmul: a: 3,4 b: 5,4, a_trans: false b_trans: false \
         c_trans: false"
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
        "node `y-` (Neg): the tensor `y` is produced twice"
    );
}

#[test]
fn rejects_dimensions_that_nobody_fixed() {
    let builder = Builder::new(13)
        .input("x", FLOAT, &["batch", "4", "?"])
        .node("Relu", "x", "y", &[])
        .output("y");
    let error = refusal(&builder);
    assert_eq!(error.to_string(), "axis `0` of input `x` has no size: dimension `batch` is free");
    assert_eq!(error.hint().unwrap(), "fix it with `--dim batch=1`");
    let with = |dims: &[(&str, usize)]| {
        let dims = dims.iter().map(|(symbol, size)| ((*symbol).to_owned(), *size)).collect();
        import(&builder.bytes(), &ImportOptions { dims, ..ImportOptions::default() })
    };
    let error = with(&[("batch", 2)]).unwrap_err();
    assert!(matches!(error, ImportError::FreeDimension { symbol, .. } if symbol == "x.2"));
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
        "`x` has elements of type `string`, supported are floats, integers and booleans"
    );
    let constant = |dims: &[i64], data: &[f32]| {
        refusal(&matrix().floats("c", dims, data).node("Add", "x c", "y", &[])).to_string()
    };
    assert_eq!(constant(&[4], &[1.0]), "constant `c`: `1` elements in a shape of `4`");
    assert_eq!(constant(&[-4], &[1.0]), "constant `c`: the dimension `-4`");
    assert_eq!(constant(&[1 << 40, 1 << 40], &[1.0]), "`c`");
    assert_eq!(constant(&[1, 1], &[f32::NAN]), "constant `c`: `NaN` is not a finite number");
    let mut unsigned = matrix().ints("c", &[]);
    let tensor = unsigned.graph().initializer.last_mut().unwrap();
    (tensor.data_type, tensor.dims, tensor.uint64_data) = (12, vec![4], vec![1, 2, 3, 1 << 31]);
    let unsigned = unsigned.node("Cast", "c", "f", &[("to", Int(FLOAT.into()))]);
    let model = import(&unsigned.node("Add", "x f", "y", &[]).bytes(), &ImportOptions::default());
    let sums = model.unwrap().model.run(&[Tensor::full([3, 4], 0.0)]).unwrap();
    assert_eq!(sums[0].data()[..4], [1.0, 2.0, 3.0, 2147483648.0]);
    let old = Builder::new(8).input("x", FLOAT, &["3"]).node("Relu", "x", "y", &[]).output("y");
    assert_eq!(refusal(&old).to_string(), "operator set `8` where `9` to `28` are read");
}

#[test]
fn rejects_tensors_that_could_never_be_proved() {
    let wide =
        [("kernel_shape", Ints(&[1])), ("strides", Ints(&[1])), ("pads", Ints(&[1 << 40, 0]))];
    let pool = Builder::new(13).input("x", FLOAT, &["1", "1", "4"]).output("y");
    let error = refusal(&pool.clone().node("AveragePool", "x", "y", &wide));
    assert!(matches!(error, ImportError::Node { .. }), "{error}");
    let taps = [("kernel_shape", Ints(&[1 << 40])), ("pads", Ints(&[1 << 40, 1 << 40]))];
    let error = refusal(&pool.node("AveragePool", "x", "y", &taps));
    assert!(!matches!(error, ImportError::Model { .. }), "{error}");
    let pads = matrix().ints("p", &[0, 1 << 50, 0, 0]).node("Pad", "x p", "y", &[]);
    assert!(matches!(refusal(&pads), ImportError::Node { .. }));
}

/// tract would look for its moves for ever.
#[test]
fn rejects_what_is_no_permutation() {
    for perm in [&[0, 0][..], &[1, 2], &[-1, 0], &[i64::MAX, 0]] {
        let error = refusal(&matrix().node("Transpose", "x", "y", &[("perm", Ints(perm))]));
        assert_eq!(
            error.to_string(),
            format!(
                "node `y-` (Transpose): attribute `perm` is `{perm:?}`, supported is every axis once"
            )
        );
    }
}

/// tract reads sizes modulo 2^32, and zero as the size that there is.
#[test]
fn rejects_sizes_beyond_32_bits() {
    for shape in [[1 << 33, 1 << 33], [3 + (1 << 32), 4], [i64::MIN, 4]] {
        for op in ["Reshape", "Expand", "Tile"] {
            let reshaped = matrix().ints("s", &shape).node(op, "w s", "c", &[]);
            let folded = reshaped.weights("w", &[3, 4]).node("Add", "x c", "y", &[]);
            let error = refusal(&folded).to_string();
            assert!(error.ends_with("does not fit 32 bits"), "{op}: {error}");
        }
        let error = refusal(&matrix().ints("s", &shape).node("Reshape", "x s", "y", &[]));
        assert!(error.to_string().starts_with("node `y-` (Reshape): the size"), "{error}");
    }
}

/// A part of `w` along one axis.
fn slice(of: &Builder, [start, end, axis, step]: [i64; 4]) -> Builder {
    let slice = of.clone().ints("s", &[start]).ints("e", &[end]).ints("a", &[axis]);
    slice.ints("t", &[step]).node("Slice", "w s e a t", "c", &[])
}

/// tract reads indices modulo 2^32 too, and some ends as those of the other direction.
#[test]
fn rejects_slices_beyond_32_bits() {
    let far = 1 << 32;
    let last = i64::from(i32::MAX);
    for indices in [
        [far + 1, 3, 0, 1],
        [-far, 3, 0, 1],
        [0, far + 2, 0, 1],
        [0, 3, far, 1],
        [0, 3, 0, far + 1],
        [0, i64::MIN, 0, 1],
        [3, i64::MAX, 0, -1],
        [3, last, 0, -1],
    ] {
        let folded = slice(&matrix().floats("w", &[4], &[1.0, 2.0, 3.0, 4.0]), indices);
        let error = refusal(&folded.node("Add", "x c", "y", &[])).to_string();
        assert!(error.starts_with("node `c-` (Slice): the index"), "{indices:?}: {error}");
        let computed = Builder::new(13).input("w", FLOAT, &["4"]).output("c");
        let error = refusal(&slice(&computed, indices)).to_string();
        assert!(error.ends_with("does not fit 32 bits"), "{indices:?}: {error}");
    }
    let still = slice(&matrix().floats("w", &[1], &[1.0]), [0, 1, 0, 0]);
    let error = refusal(&still.node("Add", "x c", "y", &[])).to_string();
    assert_eq!(error, "node `c-` (Slice): the step is zero");
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
        "node `c-` (Add): the shape `[65536,65536]` has more elements than a tensor may have"
    );
    let fill = matrix()
        .ints("s", &[1 << 20, 1 << 20])
        .node("ConstantOfShape", "s", "c", &[])
        .node("ReduceSum", "c", "r", &[])
        .node("Add", "x r", "y", &[]);
    assert!(refusal(&fill).to_string().starts_with("node `c-` (ConstantOfShape): the shape"));
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
        "constant `s`: `2.5` is no value of type I64"
    );
    let bind = [("t".to_owned(), Tensor::scalar(1.0))].into();
    let error =
        import(&builder.bytes(), &ImportOptions { bind, ..Default::default() }).unwrap_err();
    assert_eq!(error.to_string(), "no input `t`; there are `x`, `s`");
}

#[test]
fn rejects_other_numbers_of_inputs() {
    let reference = Reference::new(&network().bytes(), &ImportOptions::default()).unwrap();
    let error = reference.run(&[]).unwrap_err();
    assert_eq!(error, ImportError::Inputs { expected: 1, got: 0 });
}

/// Neither a prefix of a file nor one with changed bytes panics, hangs or eats memory.
#[test]
fn rejects_mutations_without_panic() {
    let bytes = network().bytes();
    let options = ImportOptions::default();
    let read = |bytes: &[u8]| {
        let _ = Survey::new(bytes);
        import(bytes, &options).is_ok()
    };
    assert!(read(&bytes));
    for end in 0..bytes.len() {
        read(&bytes[..end]);
    }
    let mut rng = StdRng::seed_from_u64(2);
    for _ in 0..2000 {
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
