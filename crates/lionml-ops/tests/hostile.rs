//! Operators as an artefact may hold them, with any attributes and tables on any wires: refused by
//! an error, or integers and circuit agree. Nothing panics, wraps around or takes endless memory.
#![cfg(test)]

use std::sync::Arc;

use lionml_ops::{AnyOp, Fact, Wires, ops::*};
use lionml_quant::{Interval, Number, Piece, Piecewise, QTensor, Scale};
use lionml_r1cs::{
    Builder,
    field::{Fr, from_i128},
};
use lionml_tensor::{Shape, Tensor, Window};
use lionml_testing::Target;
use proptest::{prelude::*, sample::select};

fn scale() -> impl Strategy<Value = Scale> {
    let odd = [(u32::MAX, 1, 0), (1, u32::MAX, 3), (u32::MAX, u32::MAX - 2, 0), (3, 5, -100)];
    let scales = [0, 0, 1, 4, -3, 59, 200, -200].map(Scale::binary).into_iter();
    let scales = scales.chain([Scale::reciprocal(255)]);
    let scales = scales.chain(odd.map(|odd| Scale::try_from(odd).unwrap()));
    select(scales.collect::<Vec<_>>())
}

/// Ends of intervals, and values of tables: small ones, and those around every limit.
fn integer() -> impl Strategy<Value = i128> {
    let limits = [1i128 << 40, 1 << 60, 1 << 119, 1 << 120, 1 << 126];
    let near = limits.into_iter().flat_map(|limit| [limit, -limit, limit - 1]);
    let rare = near.chain([i128::MAX, i128::MIN]).collect::<Vec<_>>();
    prop_oneof![6 => -20i128..20, 3 => -70000i128..70000, 1 => select(rare)]
}

fn interval() -> impl Strategy<Value = Interval> {
    (integer(), integer())
        .prop_filter_map("an interval", |(a, b)| Interval::new(a.min(b), a.max(b)).ok())
}

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![8 => 0usize..4, 1 => select(vec![7, 1 << 27, 1 << 40, usize::MAX])]
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(size(), 0..4)
}

fn index() -> impl Strategy<Value = i64> {
    prop_oneof![8 => -4i64..4, 1 => select(vec![i64::MIN, i64::MAX])]
}

fn shape() -> impl Strategy<Value = Shape> {
    prop::collection::vec(prop_oneof![1 => Just(0usize), 9 => 1usize..4], 0..4).prop_map(Shape::new)
}

fn window() -> impl Strategy<Value = Window> {
    let axis = (size(), size(), size(), size(), size(), size());
    prop::collection::vec(axis, 0..3).prop_map(|axes| Window {
        kernel: axes.iter().map(|a| a.0).collect(),
        strides: axes.iter().map(|a| a.1).collect(),
        dilations: axes.iter().map(|a| a.2).collect(),
        pads_before: axes.iter().map(|a| a.3).collect(),
        pads_after: axes.iter().map(|a| a.4).collect(),
        output: axes.iter().map(|a| a.5).collect(),
    })
}

/// The leaves of a random tree of so many levels.
fn pieces(levels: u32) -> BoxedStrategy<Vec<Piece>> {
    let leaf = (integer(), integer())
        .prop_map(move |(intercept, slope)| vec![Piece { bits: levels, intercept, slope }]);
    if levels == 0 {
        return leaf.boxed();
    }
    let both = (pieces(levels - 1), pieces(levels - 1)).prop_map(|(a, b)| [a, b].concat());
    prop_oneof![1 => leaf, 2 => both].boxed()
}

fn piecewise(from_zero: bool) -> impl Strategy<Value = Piecewise> {
    let dropped = select(vec![0u32, 0, 0, 1, 3, 100, u32::MAX]);
    (dropped, (0u32..6).prop_flat_map(pieces)).prop_filter_map(
        "a function",
        move |(dropped, mut p)| {
            if from_zero {
                p[0].intercept = 0;
            }
            Piecewise::new(dropped, p).ok()
        },
    )
}

/// Every operator with any attributes, by its name, and how often it is drawn.
fn ops() -> Vec<(&'static str, u32, BoxedStrategy<AnyOp>)> {
    fn of<T: Into<AnyOp> + std::fmt::Debug + 'static>(
        op: impl Strategy<Value = T> + 'static,
    ) -> BoxedStrategy<AnyOp> {
        op.prop_map(Into::into).boxed()
    }
    let axes = || (sizes(), any::<bool>());
    let indices = || prop::collection::vec(index(), 0..3);
    let slopes = vec![0.0, 0.01, 0.25, -2.0, 1e-9, 1e30, f32::MAX, f32::NAN, f32::INFINITY];
    let bits = || select(vec![0, 1, 8, 64, 128, u32::MAX]);
    let targets = prop_oneof![
        Just(CastTarget::Float),
        Just(CastTarget::Boolean),
        (any::<bool>(), bits()).prop_map(|(signed, bits)| CastTarget::Integer { signed, bits }),
    ];
    let curve = (any::<bool>(), scale(), 0u32..70, piecewise(true)).prop_map(
        |(is_tanh, operand, fraction_bits, pieces)| {
            let function = if is_tanh { CurveFunction::Tanh } else { CurveFunction::Sigmoid };
            Curve { function, table: Some(CurveTable { operand, fraction_bits, pieces }) }
        },
    );
    let softmax = (sizes(), scale(), 0u32..30, piecewise(false), piecewise(false)).prop_map(
        |(axes, operand, fraction_bits, fine, coarse)| {
            let table = SoftmaxTable { operand, fraction_bits, fine, coarse };
            Softmax { axes, table: Some(table) }
        },
    );
    let modes = || select(vec![PadMode::Constant, PadMode::Edge, PadMode::Reflect]);
    let expression = "[abc]{0,3},[abc]{0,3}->[abc]{0,2}"
        .prop_filter_map("an expression", |text| Some(Einsum { expression: text.parse().ok()? }));
    vec![
        ("Abs", 2, of(Just(Abs))),
        ("Add", 2, of(Just(Add))),
        (
            "ArgMax",
            3,
            of((index(), any::<bool>(), any::<bool>()).prop_map(
                |(axis, keep_dims, select_last_index)| ArgMax {
                    axis,
                    keep_dims,
                    select_last_index,
                },
            )),
        ),
        ("Broadcast", 3, of(sizes().prop_map(|axes| Broadcast { shape: axes.into() }))),
        ("Cast", 8, of(targets.prop_map(|to| Cast { to }))),
        ("Concat", 3, of(size().prop_map(|axis| Concat { axis }))),
        ("Conv", 4, of((window(), size()).prop_map(|(window, groups)| Conv { window, groups }))),
        ("Curve", 12, of(curve)),
        ("Einsum", 4, of(expression)),
        (
            "Gather",
            3,
            of((size(), sizes()).prop_map(|(axis, indices)| {
                let indices = Tensor::new([indices.len()], indices).unwrap();
                Gather { axis, indices }
            })),
        ),
        ("LeakyRelu", 4, of(select(slopes).prop_map(|slope| LeakyRelu { slope }))),
        ("Max", 2, of(Just(Max))),
        ("MaxPool", 4, of(window().prop_map(|window| MaxPool { window }))),
        ("Min", 2, of(Just(Min))),
        ("Mul", 2, of(Just(Mul))),
        ("Neg", 2, of(Just(Neg))),
        (
            "Pad",
            3,
            of((sizes(), sizes(), modes()).prop_map(|(before, after, mode)| Pad {
                before,
                after,
                mode,
            })),
        ),
        ("ReduceMax", 3, of(axes().prop_map(|(axes, keep_dims)| ReduceMax { axes, keep_dims }))),
        ("ReduceMin", 3, of(axes().prop_map(|(axes, keep_dims)| ReduceMin { axes, keep_dims }))),
        ("ReduceSum", 3, of(axes().prop_map(|(axes, keep_dims)| ReduceSum { axes, keep_dims }))),
        ("Relu", 2, of(Just(Relu))),
        (
            "Requantize",
            16,
            of((scale(), any::<bool>(), prop::option::of(interval()))
                .prop_map(|(scale, relu, calibrated)| Requantize { scale, relu, calibrated })),
        ),
        ("Reshape", 3, of(sizes().prop_map(|axes| Reshape { shape: axes.into() }))),
        (
            "Slice",
            3,
            of((indices(), indices(), sizes(), indices())
                .prop_map(|(starts, ends, axes, steps)| Slice { starts, ends, axes, steps })),
        ),
        ("Softmax", 12, of(softmax)),
        ("Square", 2, of(Just(Square))),
        ("Sub", 2, of(Just(Sub))),
        ("SumPool", 4, of(window().prop_map(|window| SumPool { window }))),
        ("Transpose", 3, of(sizes().prop_map(|permutation| Transpose { permutation }))),
        ("Where", 4, of(Just(Where))),
        ("Wrap", 8, of((any::<bool>(), bits()).prop_map(|(signed, bits)| Wrap { signed, bits }))),
    ]
}

fn op() -> impl Strategy<Value = AnyOp> {
    let weighted = ops().into_iter().map(|(_, weight, op)| (weight, op)).collect();
    proptest::strategy::Union::new_weighted(weighted)
}

#[test]
fn pins_that_every_operator_is_drawn() {
    let names: Vec<_> = ops().into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, AnyOp::ALL);
}

#[derive(Clone, Debug)]
struct Wire {
    shape: Shape,
    number: Number,
    is_constant: bool,
    seed: u64,
}

fn wire() -> impl Strategy<Value = Wire> {
    (shape(), scale(), interval(), prop::bool::weighted(0.25), any::<u64>()).prop_map(
        |(shape, scale, interval, is_constant, seed)| Wire {
            shape,
            number: Number { scale, interval },
            is_constant,
            seed,
        },
    )
}

impl Wire {
    fn values(&self, round: usize) -> Tensor<i128> {
        let (low, high) = (self.number.interval.low(), self.number.interval.high());
        let mut state = self.seed | 1;
        Tensor::from_fn(self.shape.clone(), |i| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            match round {
                0 => low,
                1 => high,
                2 => [low, high, 0][i % 3].clamp(low, high),
                _ => low + i128::from(state).rem_euclid(high - low + 1),
            }
        })
    }

    fn quantized(&self, round: usize) -> QTensor {
        if self.is_constant {
            return QTensor::constant(self.values(3), self.number.scale).unwrap();
        }
        QTensor { values: Arc::new(self.values(round)), number: self.number }
    }

    fn fact(&self) -> Fact {
        if self.is_constant {
            return Fact::constant(self.quantized(0));
        }
        Fact::fixed(self.shape.clone(), self.number)
    }
}

/// Makes operators accept wires more often: a condition for a choice, one scale for tables.
fn fitting(op: &AnyOp, wires: &mut [Wire]) {
    let operand = match op {
        AnyOp::Where(_) => {
            wires[0].number = Number { scale: Scale::ONE, interval: Interval::BIT };
            return;
        }
        AnyOp::Curve(Curve { table: Some(table), .. }) => table.operand,
        AnyOp::Softmax(Softmax { table: Some(table), .. }) => table.operand,
        _ => return,
    };
    wires.iter_mut().for_each(|wire| wire.number.scale = operand);
}

/// Above this many variables a circuit is not attacked: random ones need not be large.
const MAX_ATTACKED: usize = 150;

/// Compares integers and circuit where the operator accepts the wires, and perhaps attacks it.
fn run(op: &AnyOp, wires: &[Wire], is_attacked: bool) {
    let facts: Vec<_> = wires.iter().map(Wire::fact).collect();
    let Ok(outputs) = op.infer(&facts) else { return };
    if outputs.iter().any(|fact| fact.shape.elements() > 256) {
        return;
    }
    let mut builder = Builder::new();
    let operands: Vec<Wires> = wires
        .iter()
        .map(|wire| {
            if wire.is_constant {
                return Wires::Constant(wire.quantized(0));
            }
            let input = |_| builder.private_input().into();
            let elements = Tensor::from_fn(wire.shape.clone(), input);
            Wires::Variable { elements, number: wire.number }
        })
        .collect();
    let synthesized = op.synthesize(&mut builder, &operands, &outputs);
    let (circuit, program) = builder.finish();
    for round in 0..4 {
        let inputs: Vec<_> = wires.iter().map(|wire| wire.quantized(round)).collect();
        let exact = op.eval_quant(&inputs, &outputs);
        let Ok(results) = &synthesized else { continue };
        let variable = wires.iter().zip(&inputs).filter(|(wire, _)| !wire.is_constant);
        let values: Vec<i128> = variable.flat_map(|(_, q)| q.values.data().to_vec()).collect();
        let fields: Vec<Fr> = values.iter().map(|&v| from_i128(v)).collect();
        let witness = program.solve(&fields).unwrap();
        let report = circuit.check(&witness);
        // What integers refuse, a value outside a calibrated interval, has no witness either.
        assert_eq!(report.is_satisfied(), exact.is_ok(), "{exact:?} {:?}", report.failures.first());
        let Ok(exact) = exact else { continue };
        for ((fact, exact), result) in outputs.iter().zip(&exact).zip(results) {
            let interval = fact.number.unwrap().interval;
            assert_eq!((exact.shape(), result.shape()), (&fact.shape, &fact.shape));
            for (value, proved) in exact.data().iter().zip(result.data()) {
                assert!(interval.contains(*value), "{value} outside {interval}");
                assert_eq!(proved.value(|v| witness.value(v)), from_i128(*value));
            }
        }
        // The inverse of a constant zero stands in no row.
        let is_variable = wires.iter().all(|wire| !wire.is_constant);
        if is_attacked && is_variable && circuit.privates() <= MAX_ATTACKED {
            let target = Target::new((circuit.clone(), program.clone()));
            target.with_free_hints(&["inverse", "is negative"]).assert_sound(&values, &[]);
        }
    }
}

/// On the first wire, the first two and all three: most operators take one operand or two.
fn run_all(op: &AnyOp, mut wires: Vec<Wire>, is_attacked: bool) {
    fitting(op, &mut wires);
    for count in 1..=wires.len() {
        run(op, &wires[..count], is_attacked);
    }
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(4000))]
    #[test]
    fn matches_or_rejects_any_operator(op in op(), wires in prop::collection::vec(wire(), 1..4)) {
        run_all(&op, wires, false);
    }
}

proptest! {
    #![proptest_config(config(400))]
    #[test]
    fn rejects_lies_about_any_operator(op in op(), wires in prop::collection::vec(wire(), 1..4)) {
        run_all(&op, wires, true);
    }
}
