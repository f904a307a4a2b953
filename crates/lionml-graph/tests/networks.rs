//! Small networks from floats to circuits.
#![cfg(test)]

use lionml_graph::{
    Bounds, Calibration, Element, Goal, Model, PASSES, Visibility, calibrate, quantize, simplify,
};
use lionml_ops::{
    EinsumExpression,
    ops::{
        Add, Cast, CastTarget, Conv, Einsum, Gather, LeakyRelu, MaxPool, Mul, Neg, Pad, PadMode,
        Relu, Reshape, Sub, SumPool, Transpose, Where,
    },
};
use lionml_quant::QTensor;
use lionml_r1cs::{Digest, field::from_i128};
use lionml_tensor::{Shape, Tensor, Window};
use lionml_testing::Target;

/// Numbers between −1 and 1 that look random.
fn noise(shape: impl Into<Shape>, seed: f64) -> Tensor<f64> {
    Tensor::from_fn(shape, |i| ((i as f64 + 1.0) * 12.9898 + seed).sin() * 43758.5453 % 1.0)
}

/// Pixels / 255 → convolution → batch normalisation → ReLU → average pool → dense.
fn network() -> Model {
    let mut model = Model::new();
    let x = model.input("pixels", [1, 1, 6, 6], Element::Integer { signed: false, bits: 8 });
    let unit = model.constant("unit", Tensor::scalar(1.0 / 255.0));
    let x = model.op("scale", Mul, &[x, unit]).unwrap();
    let weights = model.constant("conv.weight", noise([2, 1, 3, 3], 0.3));
    let bias = model.constant("conv.bias", noise([2], 0.7));
    let conv = Conv { window: Window::uniform(2, 3, 1, 4), groups: 1 };
    let x = model.op("conv", conv, &[x, weights, bias]).unwrap();
    let gamma = model.constant("gamma", noise([2, 1, 1], 1.3));
    let x = model.op("norm.scale", Mul, &[x, gamma]).unwrap();
    let beta = model.constant("beta", noise([2, 1, 1], 1.7));
    let x = model.op("norm.shift", Add, &[x, beta]).unwrap();
    let x = model.op("relu", Relu, &[x]).unwrap();
    let x = model.op("pool", SumPool { window: Window::uniform(2, 2, 2, 2) }, &[x]).unwrap();
    let quarter = model.constant("quarter", Tensor::scalar(0.25));
    let x = model.op("mean", Mul, &[x, quarter]).unwrap();
    let x = model.op("flatten", Reshape { shape: [1, 8].into() }, &[x]).unwrap();
    let weights = model.constant("dense.weight", noise([8, 3], 2.3));
    let expression: EinsumExpression = "ik,kj->ij".parse().unwrap();
    let x = model.op("dense", Einsum { expression }, &[x, weights]).unwrap();
    let bias = model.constant("dense.bias", noise([3], 3.1));
    let x = model.op("bias", Add, &[x, bias]).unwrap();
    model.output("logits", x, Element::Float).unwrap();
    model
}

fn samples() -> Vec<Vec<Tensor<f64>>> {
    (0..8)
        .map(|s| vec![noise([1, 1, 6, 6], f64::from(s)).map(|v| (v.abs() * 255.0).round())])
        .collect()
}

fn calibration(bounds: Bounds) -> Calibration {
    Calibration {
        samples: samples(),
        input_ranges: vec![None],
        goal: Goal::Error(0.01),
        bits: None,
        bounds,
    }
}

#[test]
fn matches_floats_after_every_pass() {
    let (model, simple) = (network(), simplify(&network()).unwrap());
    // Both scalings and the normalisation's factor went into weights.
    let names: Vec<_> = simple.nodes().iter().map(|n| n.name.as_str()).collect();
    assert!(!names.contains(&"scale") && !names.contains(&"norm.scale"), "{names:?}");
    assert!(!names.contains(&"mean"), "{names:?}");
    let mut passed = model.clone();
    for (index, pass) in PASSES.iter().enumerate() {
        passed = pass(&passed).unwrap();
        for sample in samples() {
            let (before, after) = (model.run(&sample).unwrap(), passed.run(&sample).unwrap());
            for (b, a) in before[0].data().iter().zip(after[0].data()) {
                assert!((b - a).abs() < 1e-9, "pass {index}: {b} {a}");
            }
        }
    }
    assert_eq!(passed, simple);
}

#[test]
fn matches_integers_floats_and_circuit() {
    let model = simplify(&network()).unwrap();
    for bounds in [Bounds::Proven, Bounds::Calibrated { margin: 2.0 }] {
        let (settings, report) = calibrate(&model, &calibration(bounds)).unwrap();
        assert!(report.errors()[0] <= 0.01, "{report:?}");
        let fixed = quantize(&model, &settings).unwrap();
        let statement = fixed
            .statement(Digest::of(b"network"), &[Visibility::Private], &[Visibility::Public])
            .unwrap();
        let lowered = fixed.lower(&statement).unwrap();
        let target = Target::new((lowered.circuit, lowered.program));
        for sample in samples() {
            let inputs = fixed.quantize_inputs(&sample).unwrap();
            let outputs = fixed.outputs_of(&fixed.trace(&inputs).unwrap());
            let inputs = statement.interface.program_inputs(from_i128(0), &inputs, &[]);
            let witness = target.honest_fields(&inputs);
            let expected: Vec<_> = outputs[0].values.data().iter().map(|&v| from_i128(v)).collect();
            assert_eq!(witness.public[3..6], expected);
            let floats = model.run(&sample).unwrap();
            let reals = QTensor::dequantize(&outputs[0]);
            for (real, float) in reals.data().iter().zip(floats[0].data()) {
                assert!((real - float).abs() < 0.05, "{real} {float}");
            }
        }
    }
}

#[test]
fn pins_that_settings_determine_the_circuit() {
    let model = simplify(&network()).unwrap();
    let (settings, _) = calibrate(&model, &calibration(Bounds::Proven)).unwrap();
    let fixed = quantize(&model, &settings).unwrap();
    let statement = fixed
        .statement(Digest::of(b"network"), &[Visibility::Private], &[Visibility::Public])
        .unwrap();
    let digest =
        || quantize(&model, &settings).unwrap().lower(&statement).unwrap().circuit.digest();
    assert_eq!(digest(), digest());
}

#[test]
fn matches_a_maximum_before_and_after_relu() {
    let mut model = Model::new();
    let x = model.input("x", [1, 1, 4, 4], Element::Float);
    let x = model.op("relu", Relu, &[x]).unwrap();
    let x = model.op("pool", MaxPool { window: Window::uniform(2, 2, 2, 2) }, &[x]).unwrap();
    model.output("y", x, Element::Float).unwrap();
    let simple = simplify(&model).unwrap();
    let names: Vec<_> = simple.nodes().iter().map(|n| n.name.as_str()).collect();
    assert_eq!(names, ["x", "pool", "relu"]);
    for seed in [0.1, 0.2, 0.3] {
        let sample = [noise([1, 1, 4, 4], seed)];
        assert_eq!(model.run(&sample), simple.run(&sample));
    }
}

#[test]
fn matches_floats_where_weights_cannot_take_factors() {
    // A factor for each matrix of a batch that shares its weights.
    let mut batch = Model::new();
    let x = batch.input("x", [2, 3, 4], Element::Float);
    let weights = batch.constant("weights", noise([1, 4, 5], 0.3));
    let expression: EinsumExpression = "bik,bkj->bij".parse().unwrap();
    let x = batch.op("product", Einsum { expression }, &[x, weights]).unwrap();
    let factors = batch.constant("factors", noise([2, 1, 1], 0.9));
    let x = batch.op("scaled", Mul, &[x, factors]).unwrap();
    batch.output("y", x, Element::Float).unwrap();

    // A convolution whose operand and whose bias wait for a factor each.
    let mut bias = Model::new();
    let x = bias.input("x", [1, 1, 4, 4], Element::Float);
    let b = bias.input("b", [2], Element::Float);
    let [half, third] =
        [0.5, 1.0 / 3.0].map(|factor| bias.constant("factor", Tensor::scalar(factor)));
    let x = bias.op("half", Mul, &[x, half]).unwrap();
    let b = bias.op("third", Mul, &[b, third]).unwrap();
    let weights = bias.constant("weights", noise([2, 1, 3, 3], 0.3));
    let conv = Conv { window: Window::uniform(2, 3, 1, 2), groups: 1 };
    let x = bias.op("conv", conv, &[x, weights, b]).unwrap();
    bias.output("y", x, Element::Float).unwrap();

    for model in [batch, bias] {
        let simple = simplify(&model).unwrap();
        let shapes: Vec<_> = model.inputs().map(|(_, _, shape, _)| shape.clone()).collect();
        let sample: Vec<_> = shapes.into_iter().map(|shape| noise(shape, 0.2)).collect();
        let (before, after) = (model.run(&sample).unwrap(), simple.run(&sample).unwrap());
        for (b, a) in before[0].data().iter().zip(after[0].data()) {
            assert!((b - a).abs() < 1e-9, "{b} {a}");
        }
    }
}

/// The largest difference between two models that should mean the same.
fn distance(model: &Model, simple: &Model) -> f64 {
    let inputs = model.inputs().map(|(_, _, shape, _)| noise(shape.clone(), 0.2));
    let sample: Vec<_> = inputs.collect();
    let (before, after) = (model.run(&sample).unwrap(), simple.run(&sample).unwrap());
    let pairs = before.iter().zip(&after).flat_map(|(b, a)| {
        assert_eq!(b.shape(), a.shape());
        b.data().iter().zip(a.data())
    });
    pairs.fold(0.0, |largest, (b, a)| largest.max((b - a).abs()))
}

/// Rows of a model with inputs between −1 and 1, without and with its passes.
fn rows(model: &Model) -> [usize; 2] {
    [model.clone(), simplify(model).unwrap()].map(|model| {
        let calibration = Calibration {
            samples: Vec::new(),
            input_ranges: vec![Some((-1.0, 1.0))],
            bits: Some(10),
            ..calibration(Bounds::Proven)
        };
        let (settings, _) = calibrate(&model, &calibration).unwrap();
        let fixed = quantize(&model, &settings).unwrap();
        let statement = fixed
            .statement(Digest::of(b"network"), &[Visibility::Private], &[Visibility::Public])
            .unwrap();
        fixed.lower(&statement).unwrap().circuit.constraints()
    })
}

#[test]
fn matches_normalised_inputs_of_dense_layers() {
    let mut model = Model::new();
    let x = model.input("x", [1, 2, 6], Element::Float);
    let mean = model.constant("mean", noise([2, 6], 0.3));
    let x = model.op("centred", Sub, &[x, mean]).unwrap();
    let spread = model.constant("spread", noise([2, 1], 0.4).map(|v| 1.5 + v));
    let x = model.op("normalised", Mul, &[x, spread]).unwrap();
    let x = model.op("turned", Transpose { permutation: vec![0, 2, 1] }, &[x]).unwrap();
    let x = model.op("flat", Reshape { shape: [1, 12].into() }, &[x]).unwrap();
    let one = model.constant("one", Tensor::scalar(1.0));
    let x = model.op("turned around", Sub, &[one, x]).unwrap();
    let weights = model.constant("weights", noise([12, 3], 0.5));
    let expression: EinsumExpression = "ik,kj->ij".parse().unwrap();
    let x = model.op("dense", Einsum { expression }, &[x, weights]).unwrap();
    let x = model.op("relu", Relu, &[x]).unwrap();
    model.output("y", x, Element::Float).unwrap();
    let simple = simplify(&model).unwrap();
    let names: Vec<_> = simple.nodes().iter().map(|n| n.name.as_str()).collect();
    let expected =
        ["x", "turned", "flat", "dense.weight", "dense", "dense.offset", "dense", "relu"];
    assert_eq!(names, expected);
    assert!(distance(&model, &simple) < 1e-9);
    assert_eq!(rows(&model), [262, 232]);
}

#[test]
fn matches_normalised_inputs_of_convolutions() {
    for pads in [0, 1] {
        let mut model = Model::new();
        let x = model.input("x", [1, 4, 5, 5], Element::Float);
        let mean = model.constant("mean", noise([4, 1, 1], 0.3));
        let x = model.op("centred", Sub, &[x, mean]).unwrap();
        let spread = model.constant("spread", noise([1, 4, 1, 1], 0.4).map(|v| 1.5 + v));
        let x = model.op("normalised", Mul, &[spread, x]).unwrap();
        let weights = model.constant("weights", noise([6, 2, 3, 3], 0.5));
        let bias = model.constant("bias", noise([6], 0.6));
        let output = 3 + 2 * pads;
        let padding = Window {
            pads_before: vec![pads; 2],
            pads_after: vec![pads; 2],
            ..Window::uniform(2, 3, 1, output)
        };
        let conv = Conv { window: padding, groups: 2 };
        let x = model.op("conv", conv, &[x, weights, bias]).unwrap();
        let x = model.op("relu", Relu, &[x]).unwrap();
        model.output("y", x, Element::Float).unwrap();
        let simple = simplify(&model).unwrap();
        assert!(simple.nodes().iter().all(|node| node.name != "normalised"));
        assert!(distance(&model, &simple) < 1e-9);
        // Padding is zero after the normalisation: near it the offset is another.
        let offset = simple.nodes().iter().find(|node| node.name == "conv.offset").unwrap();
        let expected = if pads == 0 { [1, 6, 1, 1] } else { [1, 6, output, output] };
        assert_eq!(offset.facts[0].shape.axes(), expected);
        assert_eq!(rows(&model), if pads == 0 { [3313, 2721] } else { [7105, 5505] });
    }
}

#[test]
fn matches_floats_where_weights_cannot_take_normalisations() {
    let contraction = |text: &str| Einsum { expression: text.parse::<EinsumExpression>().unwrap() };
    let model = |shape: &[usize], factors: &[usize], weights: &[usize], text: &str| {
        let mut model = Model::new();
        let x = model.input("x", shape.to_vec(), Element::Float);
        let factors = model.constant("factors", noise(factors.to_vec(), 0.9));
        let x = model.op("scaled", Mul, &[x, factors]).unwrap();
        let weights = model.constant("weights", noise(weights.to_vec(), 0.3));
        let x = model.op("product", contraction(text), &[x, weights]).unwrap();
        model.output("y", x, Element::Float).unwrap();
        model
    };
    let models = [
        // A factor for each row, for each matrix that shares its weights, and along a diagonal.
        model(&[2, 3], &[2, 1], &[3, 4], "ik,kj->ij"),
        model(&[2, 3, 4], &[2, 1, 1], &[1, 4, 5], "bik,bkj->bij"),
        model(&[3, 3], &[3, 3], &[3, 4], "ii,ij->j"),
    ];
    for model in models {
        let simple = simplify(&model).unwrap();
        assert!(simple.nodes().iter().any(|node| node.name == "scaled"));
        assert!(distance(&model, &simple) < 1e-9);
    }
    // Weights that take factors, on either side.
    for text in ["ik,kj->ij", "ik,kj->ji"] {
        let simple = simplify(&model(&[2, 3], &[3], &[3, 4], text)).unwrap();
        assert!(distance(&model(&[2, 3], &[3], &[3, 4], text), &simple) < 1e-9);
        assert!(simple.nodes().iter().all(|node| node.name != "scaled"));
    }
}

#[test]
fn accepts_calibrated_slopes_that_turn_numbers_around() {
    // Outputs reach where no operand does.
    let mut model = Model::new();
    let x = model.input("x", [8], Element::Float);
    let x = model.op("steep", LeakyRelu { slope: -60.0 }, &[x]).unwrap();
    model.output("y", x, Element::Float).unwrap();
    let samples: Vec<_> = (0..4).map(|s| vec![noise([8], f64::from(s))]).collect();
    let bounds = Bounds::Calibrated { margin: 1.5 };
    let calibration = Calibration { samples: samples.clone(), ..calibration(bounds) };
    let (settings, _) = calibrate(&model, &calibration).unwrap();
    let fixed = quantize(&model, &settings).unwrap();
    for sample in samples {
        fixed.run(&sample).unwrap();
    }
}

#[test]
fn accepts_settings_of_any_fraction_bits() {
    let model = simplify(&network()).unwrap();
    let (settings, _) = calibrate(&model, &calibration(Bounds::Proven)).unwrap();
    for bits in [i32::MIN, i32::MAX] {
        let mut extreme = settings.clone();
        extreme.fraction_bits.values_mut().for_each(|b| *b = bits);
        // Refused or not: nothing overflows.
        let _ = quantize(&model, &extreme);
    }
}

/// A file of a few megabytes can have as many nodes in a row: none is on the stack.
#[test]
fn accepts_sums_of_any_number_of_constants() {
    let mut model = Model::new();
    let mut x = model.input("x", [2], Element::Float);
    let term = model.constant("term", noise([2], 0.3));
    for _ in 0..20_000 {
        x = model.op("sum", Add, &[x, term]).unwrap();
    }
    let factors = model.constant("factors", noise([2], 0.4));
    let x = model.op("scaled", Mul, &[x, factors]).unwrap();
    model.output("y", x, Element::Float).unwrap();
    let simple = simplify(&model).unwrap();
    assert!(distance(&model, &simple) < 1e-6);
}

/// The samples, and a goal, with nothing else given.
fn chosen(samples: Vec<Vec<Tensor<f64>>>, goal: Goal) -> Calibration {
    let bounds = Bounds::Proven;
    Calibration { samples, input_ranges: vec![None], goal, bits: None, bounds }
}

fn vector(values: &[f64]) -> Tensor<f64> {
    Tensor::new([values.len()], values.to_vec()).unwrap()
}

/// One number has no span: its error is relative to itself, however small it is.
#[test]
fn matches_outputs_of_one_small_value() {
    for size in [1.0, 1e-3, 1e-8] {
        let mut model = Model::new();
        let x = model.input("x", [3], Element::Float);
        let weights = model.constant("w", vector(&[0.31, -0.77, 0.53]).map(|w| w * size));
        let expression: EinsumExpression = "a,a->".parse().unwrap();
        let y = model.op("y", Einsum { expression }, &[x, weights]).unwrap();
        model.output("y", y, Element::Float).unwrap();
        let sample = vec![vector(&[1.0, 0.5, -0.25])];
        let expected = model.run(&sample).unwrap()[0].data()[0];
        let request = chosen(vec![sample.clone()], Goal::Error(1e-3));
        let (settings, report) = calibrate(&model, &request).unwrap();
        assert_eq!(report.without_span, ["y"]);
        let got = quantize(&model, &settings).unwrap().run(&sample).unwrap()[0].data()[0];
        assert!((got - expected).abs() <= 1e-3 * expected.abs(), "{got}, {expected}");
    }
}

/// Whether 1e-30 is zero no bits of an input tell; the other elements are right all the same.
#[test]
fn accepts_one_element_that_no_bits_get_right() {
    let mut model = Model::new();
    let x = model.input("x", [4], Element::Float);
    let y = model.op("y", Cast { to: CastTarget::Boolean }, &[x]).unwrap();
    model.output("y", y, Element::Boolean).unwrap();
    let sample = vec![vector(&[1.7, 0.0, 1e-30, -0.001])];
    let request = chosen(vec![sample.clone()], Goal::Error(1e-3));
    let (settings, report) = calibrate(&model, &request).unwrap();
    assert_eq!(report.errors(), [1.0]);
    let got = quantize(&model, &settings).unwrap().run(&sample).unwrap();
    assert_eq!(got[0].data(), [1.0, 0.0, 0.0, 1.0]);
}

/// Samples of a condition and of what it chooses from, as many numbers of each.
fn conditions(wires: usize) -> Vec<Vec<Tensor<f64>>> {
    let sample = |seed: usize| {
        let condition = noise([4], seed as f64 + 0.5).map(|v| f64::from(u8::from(*v > 0.0)));
        let wires = (0..wires).map(|wire| noise([4], (seed + 10 * wire) as f64));
        [vec![condition], wires.collect()].concat()
    };
    (0..8).map(sample).collect()
}

/// A constant branch has the scale of the other one: the condition, whose scale is one, has no say.
#[test]
fn matches_constant_branches_at_the_scale_of_the_other() {
    for is_first in [false, true] {
        let mut model = Model::new();
        let condition = model.input("condition", [4], Element::Boolean);
        let x = model.input("x", [4], Element::Float);
        let constant = model.constant("constant", Tensor::scalar(0.3));
        let branches = if is_first { [constant, x] } else { [x, constant] };
        let y = model.op("y", Where, &[condition, branches[0], branches[1]]).unwrap();
        model.output("y", y, Element::Float).unwrap();
        let request = Calibration {
            input_ranges: vec![None, Some((-1.0, 1.0))],
            bits: Some(14),
            ..chosen(conditions(1), Goal::Error(1e-3))
        };
        let (settings, report) = calibrate(&model, &request).unwrap();
        assert!(report.errors()[0] < 1e-4, "{report:?}");
        // The wire's scale is all there is to know: the constant is no knob.
        assert!(settings.fraction_bits.is_empty());
        let fixed = quantize(&model, &settings).unwrap();
        let scale = |name: &str| {
            let node = fixed.nodes().iter().find(|node| node.name == name).unwrap();
            node.facts[0].number.unwrap().scale
        };
        assert_eq!((scale("constant"), scale("y")), (scale("x"), scale("x")));
        assert_eq!(scale("x").fraction_bits(), 14);
    }
}

/// Where both branches are constant, each has fraction bits of its own.
#[test]
fn matches_two_constant_branches() {
    for (branches, is_integer) in [([0.3, -0.77], false), ([3.0, -5.0], true)] {
        let mut model = Model::new();
        let condition = model.input("condition", [4], Element::Boolean);
        let [a, b] = branches.map(|value| model.constant("branch", Tensor::scalar(value)));
        let y = model.op("y", Where, &[condition, a, b]).unwrap();
        model.output("y", y, Element::Float).unwrap();
        assert_eq!(model.integers()[y.node], is_integer);
        let request = chosen(conditions(0), Goal::Error(1e-6));
        let (settings, report) = calibrate(&model, &request).unwrap();
        assert!(report.errors()[0] < 1e-6, "{report:?}");
        assert_eq!(settings.fraction_bits.len(), if is_integer { 0 } else { 2 });
    }
}

/// A factor passes what is linear and what only moves, on its way into weights.
#[test]
fn matches_factors_that_sink_through_moves() {
    let mut model = Model::new();
    let x = model.input("x", [6], Element::Float);
    let factor = model.constant("factor", Tensor::scalar(0.3));
    let x = model.op("scaled", Mul, &[x, factor]).unwrap();
    let x = model.op("negative", Neg, &[x]).unwrap();
    let indices = Tensor::new([3], vec![4, 0, 4]).unwrap();
    let x = model.op("some", Gather { axis: 0, indices }, &[x]).unwrap();
    let pad = Pad { before: vec![1], after: vec![0], mode: PadMode::Constant };
    let x = model.op("padded", pad, &[x]).unwrap();
    let weights = model.constant("weights", noise([4, 2], 0.3));
    let expression: EinsumExpression = "k,kj->j".parse().unwrap();
    let x = model.op("dense", Einsum { expression }, &[x, weights]).unwrap();
    model.output("y", x, Element::Float).unwrap();
    let simple = simplify(&model).unwrap();
    assert!(simple.nodes().iter().all(|node| node.name != "scaled"));
    assert!(distance(&model, &simple) < 1e-9);
}

/// A quarter of the samples takes no part in the choice, and is measured.
#[test]
fn matches_samples_that_are_held_out() {
    let mut model = Model::new();
    let x = model.input("x", [3], Element::Float);
    let relu = model.op("relu", Relu, &[x]).unwrap();
    model.output("y", relu, Element::Float).unwrap();
    let samples = |count: usize| (0..count).map(|i| vec![noise([3], i as f64)]).collect();
    for (goal, count, parts) in [
        (Goal::Error(1e-2), 15, (15, None)),
        (Goal::Error(1e-2), 16, (12, Some(4))),
        (Goal::Classes(0.9), 40, (30, Some(10))),
    ] {
        let (_, report) = calibrate(&model, &chosen(samples(count), goal)).unwrap();
        let held_out = report.held_out.as_ref().map(|held_out| held_out.samples);
        assert_eq!((report.chosen_by.samples, held_out), parts);
        assert!(report.chosen_by.meets(goal), "{report:?}");
    }
    // Given bits are not chosen by anything.
    let given = Calibration { bits: Some(8), ..chosen(samples(16), Goal::Error(1e-2)) };
    assert_eq!(calibrate(&model, &given).unwrap().1.held_out, None);
}

/// A power of two moves the point, and one number needs no rounding before it: of 60 bits as of 30.
#[test]
fn pins_that_nothing_is_rounded_for_one_factor() {
    for (factor, most) in [(0.25, 1), (0.3, 16)] {
        let mut model = Model::new();
        let x = model.input("x", [1], Element::Float);
        let square = model.op("square", Mul, &[x, x]).unwrap();
        let fourth = model.op("fourth", Mul, &[square, square]).unwrap();
        let factor = model.constant("factor", Tensor::scalar(factor));
        let y = model.op("y", Mul, &[fourth, factor]).unwrap();
        model.output("y", y, Element::Float).unwrap();
        let given =
            Calibration { bits: Some(15), ..chosen(vec![vec![vector(&[0.7])]], Goal::Error(1e-3)) };
        let fixed = quantize(&model, &calibrate(&model, &given).unwrap().0).unwrap();
        let bits = |name: &str| {
            let node = fixed.nodes().iter().find(|node| node.name == name).unwrap();
            node.facts[0].number.unwrap().interval.signed_bits()
        };
        assert!(bits("fourth") > 40);
        assert!(bits("y") >= bits("fourth") && bits("y") <= bits("fourth") + most);
    }
}
