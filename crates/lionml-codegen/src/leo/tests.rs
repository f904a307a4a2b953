//! Programs against the integers of the models that they were made of.

mod eval;

use lionml_graph::{Element, Outlet, QuantModel};
use lionml_ops::{
    AnyOp,
    ops::{
        Abs, Add, ArgMax, Concat, Conv, Curve, CurveFunction, Einsum, LeakyRelu, Max, MaxPool, Min,
        Mul, Neg, Pad, PadMode, ReduceMax, ReduceMin, ReduceSum, Relu, Requantize, Reshape,
        Softmax, Square, Sub, SumPool, Where,
    },
};
use lionml_quant::{Interval, Number, QTensor, Scale};
use lionml_tensor::{Shape, Tensor, Window};

use super::{LeoError, LeoModule, lower::lower};

fn number(bits: i32, low: i128, high: i128) -> Number {
    Number { scale: Scale::binary(bits), interval: Interval::new(low, high).unwrap() }
}

/// A model with one input.
fn model(
    shape: impl Into<Shape>,
    number: Number,
    build: impl FnOnce(&mut QuantModel, Outlet) -> Outlet,
) -> QuantModel {
    let mut model = QuantModel::new();
    let x = model.input("x", shape, Element::Float, number);
    let y = build(&mut model, x);
    model.output("y", y, Element::Float).unwrap();
    model
}

fn constant(model: &mut QuantModel, shape: impl Into<Shape>, values: &[i128]) -> Outlet {
    let values = Tensor::new(shape, values.to_vec()).unwrap();
    model.constant("constant", QTensor::constant(values, Scale::binary(3)).unwrap())
}

/// The ends of an interval, what is near zero, and values between that look random.
fn values(interval: &Interval, count: usize, seed: usize) -> Vec<i128> {
    let span = interval.high() - interval.low() + 1;
    let special = [interval.low(), interval.high(), 0, -1, 1];
    let value = |i: usize| {
        let mixed = (i + 7 * seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 13;
        let random = interval.low() + (mixed as i128) % span;
        let chosen = special[(mixed >> 3) % 5];
        if mixed.is_multiple_of(3) && interval.contains(chosen) { chosen } else { random }
    };
    (0..count).map(value).collect()
}

fn assert_exact(model: &QuantModel) {
    let program = lower(model).unwrap();
    for seed in 0..60 {
        let inputs: Vec<_> = model
            .inputs()
            .map(|input| {
                let values = values(&input.number.interval, input.shape.elements(), seed);
                let values = Tensor::new(input.shape.clone(), values).unwrap();
                QTensor { values: values.into(), number: input.number }
            })
            .collect();
        let flat: Vec<_> = inputs.iter().map(|q| q.values.data().to_vec()).collect();
        let trace = model.trace(&inputs).unwrap();
        let expected: Vec<_> =
            model.outputs_of(&trace).iter().map(|q| q.values.data().to_vec()).collect();
        assert_eq!(program.eval(&flat), Some(expected), "{flat:?}");
    }
}

fn unary(op: impl Into<AnyOp>) -> QuantModel {
    model([2, 3], number(6, -2048, 2047), |model, x| model.op("op", op, &[x]).unwrap())
}

#[test]
fn matches_integers_of_what_looks_at_bits() {
    let to = |bits, relu| Requantize { scale: Scale::binary(bits), relu, calibrated: None };
    for relu in [false, true] {
        for bits in [0, 2, 6, 9] {
            assert_exact(&unary(to(bits, relu)));
            let unsigned = model([5], number(6, 0, 4095), |model, x| {
                model.op("op", to(bits, relu), &[x]).unwrap()
            });
            assert_exact(&unsigned);
        }
    }
    let thirds = Requantize { scale: Scale::reciprocal(3), relu: false, calibrated: None };
    assert_exact(&unary(thirds));
    assert_exact(&unary(Relu));
    assert_exact(&unary(Abs));
    for slope in [0.25, 0.01, -0.5, 1.0] {
        assert_exact(&unary(LeakyRelu { slope }));
    }
    for (keep_dims, axis) in [(true, 0), (false, 1), (false, -1)] {
        for select_last_index in [false, true] {
            assert_exact(&unary(ArgMax { axis, keep_dims, select_last_index }));
        }
    }
    for keep_dims in [false, true] {
        for axes in [vec![0], vec![1], vec![0, 1]] {
            assert_exact(&unary(ReduceMax { axes: axes.clone(), keep_dims }));
            assert_exact(&unary(ReduceMin { axes, keep_dims }));
        }
    }
    let pooled = model([1, 2, 4, 4], number(4, -128, 127), |model, x| {
        model.op("op", MaxPool { window: Window::uniform(2, 2, 2, 2) }, &[x]).unwrap()
    });
    assert_exact(&pooled);
    for op in [AnyOp::from(Max), Min.into()] {
        let mut model = QuantModel::new();
        let a = model.input("a", [2, 3], Element::Float, number(6, -2048, 2047));
        let b = model.input("b", [3], Element::Float, number(4, 0, 255));
        let c = constant(&mut model, [2, 1], &[100, -5]);
        let y = model.op("op", op.clone(), &[a, b]).unwrap();
        let z = model.op("constant op", op, &[y, c]).unwrap();
        model.output("y", z, Element::Float).unwrap();
        assert_exact(&model);
    }
}

#[test]
fn matches_integers_of_curves() {
    for function in [CurveFunction::Sigmoid, CurveFunction::Tanh] {
        for (bits, width) in [(4, 8), (6, 12), (10, 20)] {
            for precision in [5, 10] {
                let interval = Interval::signed(width).unwrap();
                let number = Number { scale: Scale::binary(bits), interval };
                let model = model([3], number, |model, x| {
                    let curve = Curve::new(function).quantized(model.fact(x).unwrap(), precision);
                    model.op("op", curve.unwrap(), &[x]).unwrap()
                });
                assert_exact(&model);
            }
        }
    }
}

#[test]
fn matches_integers_of_arithmetic() {
    let image = || number(4, -128, 127);
    assert_exact(&unary(Neg));
    assert_exact(&unary(Square));
    assert_exact(&unary(ReduceSum { axes: vec![1], keep_dims: false }));
    let all = model([1, 1, 4, 4], image(), |model, x| {
        let weights = constant(model, [2, 1, 3, 3], &values(&image().interval, 18, 3));
        let conv = Conv { window: Window::uniform(2, 3, 1, 2), groups: 1 };
        let conv = model.op("conv", conv, &[x, weights]).unwrap();
        let pool =
            model.op("pool", SumPool { window: Window::uniform(2, 2, 1, 1) }, &[conv]).unwrap();
        let flat = model.op("flat", Reshape { shape: [1, 2].into() }, &[pool]).unwrap();
        let bias = constant(model, [2], &[77, -9]);
        let sum = model.op("sum", Add, &[flat, bias]).unwrap();
        let both = model.op("both", Concat { axis: 1 }, &[flat, sum]).unwrap();
        let pad = Pad { before: vec![0, 1], after: vec![1, 0], mode: PadMode::Constant };
        model.op("pad", pad, &[both]).unwrap()
    });
    assert_exact(&all);
    let mut wires = QuantModel::new();
    let a = wires.input("a", [2, 3], Element::Float, image());
    let b = wires.input("b", [3, 2], Element::Float, number(2, 0, 15));
    let einsum = Einsum { expression: "ik,kj->ij".parse().unwrap() };
    let product = wires.op("product", einsum, &[a, b]).unwrap();
    let squares = wires.op("mul", Mul, &[product, product]).unwrap();
    let difference = wires.op("sub", Sub, &[squares, product]).unwrap();
    let condition = wires.input("condition", [2, 1], Element::Boolean, number(0, 0, 1));
    let choice = wires.op("choice", Where, &[condition, product, squares]).unwrap();
    let zero = constant(&mut wires, [], &[0]);
    let masked = wires.op("masked", Where, &[condition, zero, choice]).unwrap();
    wires.output("product", product, Element::Float).unwrap();
    wires.output("masked", masked, Element::Float).unwrap();
    wires.output("difference", difference, Element::Float).unwrap();
    assert_exact(&wires);
}

#[test]
fn rejects_what_leo_cannot_hold() {
    let refused = |op: AnyOp| match LeoModule::new(&unary(op)) {
        Err(LeoError::Node { node, source, .. }) if node == "op" => *source,
        other => panic!("{other:?}"),
    };
    let calibrated = Some(Interval::new(-100, 100).unwrap());
    let narrow = Requantize { scale: Scale::binary(2), relu: true, calibrated };
    assert_eq!(refused(narrow.into()), LeoError::Calibrated);
    let softmax = Softmax::new(vec![1]);
    let fact = unary(Neg).nodes()[0].facts[0].clone();
    assert_eq!(refused(softmax.quantized(&fact, 8).unwrap().into()), LeoError::Unsupported);

    let wide = model([2049], number(0, 0, 255), |_, x| x);
    let (what, got, limit) = ("elements of an input or output", 2049, 2048);
    assert_eq!(LeoModule::new(&wide), Err(LeoError::TooLarge { what, got, limit }));
    let dense = model([1, 200], number(0, 0, 255), |model, x| {
        let weights = constant(model, [200, 200], &[3; 40_000]);
        let einsum = Einsum { expression: "ik,kj->ij".parse().unwrap() };
        model.op("dense", einsum, &[x, weights]).unwrap()
    });
    let error = LeoModule::new(&dense).unwrap_err();
    assert!(matches!(error, LeoError::TooLarge { what: "instructions", .. }), "{error}");
}

#[test]
fn pins_a_library() {
    let small = model([1, 3], number(4, -32, 31), |model, x| {
        let weights = constant(model, [3, 2], &[5, -1, 0, 3, -7, 1]);
        let einsum = Einsum { expression: "ik,kj->ij".parse().unwrap() };
        let dense = model.op("/fc/Gemm", einsum, &[x, weights]).unwrap();
        let relu = Requantize { scale: Scale::binary(4), relu: true, calibrated: None };
        model.op("/Relu", relu, &[dense]).unwrap()
    });
    let module = LeoModule::new(&small).unwrap();
    assert_eq!(module.signature(), "model(input_0: [i8; 3]) -> [u8; 2]");
    insta::assert_snapshot!(module.source("small"));
}
