//! Random graphs of integers, against plain integers: every bit is to be right, in integers and in
//! constraints. ONNX Runtime gives the same, but for sums of `ReduceSum` that it computes in floats: they
//! lose digits from 2^53 on and end at the type's ends.

use lionml_graph::{
    Bounds, Calibration, Goal, GraphError, Visibility, calibrate, quantize, simplify,
};
use lionml_ops::OpError;
use lionml_quant::QuantError;
use lionml_r1cs::{
    Digest,
    field::{from_i128, to_i128},
};
use lionml_tensor::Tensor;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::{
    ImportOptions,
    proto::TensorProto,
    testing::{
        Attribute::{Int, Ints},
        Builder, import,
    },
};

/// A type of integers: its number in ONNX's list, whether it has a sign, its width.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Type {
    number: i32,
    signed: bool,
    bits: u32,
}

const fn integers(number: i32, signed: bool, bits: u32) -> Type {
    Type { number, signed, bits }
}

const TYPES: [Type; 8] = [
    integers(2, false, 8),
    integers(3, true, 8),
    integers(4, false, 16),
    integers(5, true, 16),
    integers(6, true, 32),
    integers(7, true, 64),
    integers(12, false, 32),
    integers(13, false, 64),
];

/// Beyond it an integer is not exact as a float, and is refused in a file.
const EXACT: i128 = 1 << 53;

impl Type {
    fn low(self) -> i128 {
        if self.signed { -(1 << (self.bits - 1)) } else { 0 }
    }

    /// What the type holds in the place of a number.
    fn wrap(self, value: i128) -> i128 {
        (value.wrapping_sub(self.low())).rem_euclid(1 << self.bits) + self.low()
    }

    fn high(self) -> i128 {
        self.low() + (1 << self.bits) - 1
    }

    /// A number of the type: often small, a power of two or next to one, or one of its ends.
    fn draw(self, rng: &mut StdRng) -> i128 {
        let power = 1i128 << rng.random_range(0..self.bits);
        let value = match rng.random_range(0..6) {
            0 => rng.random_range(-3..4),
            1 => power,
            2 => power + rng.random_range(-1..2),
            3 => self.low(),
            4 => self.high(),
            _ => rng.random_range(-1000..1000),
        };
        let value = if self.signed && rng.random_bool(0.3) { -value } else { value };
        value.clamp(self.low(), self.high()).clamp(-EXACT, EXACT)
    }
}

/// A matrix of integers, the name of the wire that holds it.
#[derive(Clone, Debug)]
struct Wire {
    name: String,
    kind: Type,
    rows: usize,
    columns: usize,
    values: Vec<i128>,
}

impl Wire {
    fn map(&self, f: impl Fn(i128) -> i128) -> Vec<i128> {
        self.values.iter().map(|&v| self.kind.wrap(f(v))).collect()
    }

    /// Element by element with another one of its shape, or of one row, or of one element.
    fn zip(&self, other: &Self, f: impl Fn(i128, i128) -> i128) -> Vec<i128> {
        (0..self.rows * self.columns)
            .map(|i| {
                let row = (i / self.columns) % other.rows;
                let column = (i % self.columns) % other.columns;
                self.kind.wrap(f(self.values[i], other.values[row * other.columns + column]))
            })
            .collect()
    }

    fn column(&self, column: usize) -> Vec<i128> {
        (0..self.rows).map(|row| self.values[row * self.columns + column]).collect()
    }
}

/// A graph in the making.
struct Random {
    rng: StdRng,
    model: Builder,
    names: usize,
}

impl Random {
    fn name(&mut self) -> String {
        self.names += 1;
        format!("t{}", self.names)
    }

    fn constant(&mut self, kind: Type, rows: usize, columns: usize) -> Wire {
        let name = self.name();
        let values: Vec<i128> = (0..rows * columns).map(|_| kind.draw(&mut self.rng)).collect();
        let bytes = kind.bits as usize / 8;
        let raw = values.iter().flat_map(|v| v.to_le_bytes()[..bytes].to_vec()).collect();
        self.model.graph().initializer.push(TensorProto {
            name: name.clone(),
            dims: [rows, columns].map(|n| i64::try_from(n).unwrap()).to_vec(),
            data_type: kind.number,
            raw_data: raw,
            ..TensorProto::default()
        });
        Wire { name, kind, rows, columns, values }
    }

    /// A constant that broadcasts to a wire, or the wire itself.
    fn operand(&mut self, wire: &Wire) -> Wire {
        match self.rng.random_range(0..5) {
            0 => wire.clone(),
            1 | 2 => self.constant(wire.kind, 1, 1),
            3 => self.constant(wire.kind, 1, wire.columns),
            _ => self.constant(wire.kind, wire.rows, wire.columns),
        }
    }

    /// One more node over a wire.
    fn node(&mut self, x: &Wire) -> Wire {
        let name = self.name();
        let wide = x.kind.bits >= 32;
        let mut y = Wire { name: name.clone(), ..x.clone() };
        let mut attributes = Vec::new();
        let mut inputs = x.name.clone();
        let operand = |random: &mut Self, inputs: &mut String| {
            let other = random.operand(x);
            *inputs += &format!(" {}", other.name);
            other
        };
        let op = match self.rng.random_range(0..12) {
            0 => {
                y.values = x.zip(&operand(self, &mut inputs), |a, b| a + b);
                "Add"
            }
            1 => {
                y.values = x.zip(&operand(self, &mut inputs), |a, b| a - b);
                "Sub"
            }
            2..=4 => {
                y.values = x.zip(&operand(self, &mut inputs), i128::wrapping_mul);
                "Mul"
            }
            5 => {
                y.values = x.zip(&operand(self, &mut inputs), i128::max);
                "Max"
            }
            6 => {
                y.values = x.zip(&operand(self, &mut inputs), i128::min);
                "Min"
            }
            7 if x.kind.signed => {
                y.values = x.map(|v| -v);
                "Neg"
            }
            8 if wide => {
                let weights = self.constant(x.kind, x.columns, 2);
                inputs += &format!(" {}", weights.name);
                let sum = |row: usize, column: usize| {
                    let row = &x.values[row * x.columns..][..x.columns];
                    let products = row.iter().zip(weights.column(column));
                    products.map(|(a, b)| x.kind.wrap(a.wrapping_mul(b))).sum()
                };
                y.values = (0..x.rows * 2).map(|i| x.kind.wrap(sum(i / 2, i % 2))).collect();
                y.columns = 2;
                "MatMul"
            }
            9 if wide => {
                self.model.graph().initializer.push(TensorProto {
                    name: format!("axes of {name}").replace(' ', "."),
                    dims: vec![1],
                    data_type: 7,
                    int64_data: vec![1],
                    ..TensorProto::default()
                });
                inputs += &format!(" axes.of.{name}");
                let sum = |row: &[i128]| x.kind.wrap(row.iter().sum());
                y.values = x.values.chunks(x.columns).map(sum).collect();
                y.columns = 1;
                "ReduceSum"
            }
            10 => {
                y.kind = TYPES[self.rng.random_range(0..TYPES.len())];
                attributes.push(("to", Int(i64::from(y.kind.number))));
                y.values = x.values.iter().map(|&v| y.kind.wrap(v)).collect();
                "Cast"
            }
            _ => {
                attributes.push(("perm", Ints(&[1, 0])));
                (y.rows, y.columns) = (x.columns, x.rows);
                y.values = (0..x.columns).flat_map(|column| x.column(column)).collect();
                "Transpose"
            }
        };
        self.model = self.model.clone().node(op, &inputs, &name, &attributes);
        y
    }
}

/// A random model, its input, and what it must return.
fn random(seed: u64) -> (Builder, Tensor<f64>, Vec<i128>) {
    let mut rng = StdRng::seed_from_u64(seed);
    let kind = TYPES[rng.random_range(0..TYPES.len())];
    let model = Builder::new(17).input("x", kind.number, &["2", "3"]).output("y");
    // Inputs that leave room: the widest intervals are those of the next test.
    let most = 1i128 << rng.random_range(1..31);
    let values: Vec<i128> =
        (0..6).map(|_| rng.random_range(-most..=most).clamp(kind.low(), kind.high())).collect();
    let input = Tensor::new([2, 3], values.iter().map(|&v| v as f64).collect()).unwrap();
    let mut wire = Wire { name: "x".to_owned(), kind, rows: 2, columns: 3, values };
    let mut random = Random { rng, model, names: 0 };
    for _ in 0..random.rng.random_range(1..6) {
        wire = random.node(&wire);
    }
    let model = random.model.node("Identity", &wire.name, "y", &[]);
    (model, input, wire.values)
}

/// Whether a random model gives what plain integers give; else it must be refused, by the name of the
/// node whose integers no wire can hold.
fn is_exact(seed: u64, in_constraints: bool) -> bool {
    let (model, input, expected) = random(seed);
    let imported = import(&model.bytes(), &ImportOptions::default());
    let imported = imported.unwrap_or_else(|e| panic!("{seed}: {e:?}")).model;
    let imported = simplify(&imported).unwrap();
    let sample = vec![input];
    let calibration = Calibration {
        samples: vec![sample.clone()],
        input_ranges: vec![None],
        goal: Goal::Error(1e-3),
        bits: None,
        bounds: Bounds::Proven,
    };
    let (settings, report) = match calibrate(&imported, &calibration) {
        Ok(calibrated) => calibrated,
        Err(GraphError::Op { node, source: OpError::Quant(QuantError::Overflow), .. }) => {
            assert!(node.starts_with('t'), "{seed}: {node}");
            return false;
        }
        Err(error) => panic!("{seed}: {error:?}"),
    };
    assert_eq!(report.errors(), [0.0], "{seed}: the floats are not the integers");
    let fixed = quantize(&imported, &settings).unwrap();
    let inputs = fixed.quantize_inputs(&sample).unwrap();
    let output = &fixed.outputs_of(&fixed.trace(&inputs).unwrap())[0];
    assert_eq!(output.values.data(), expected, "{seed}");
    if in_constraints {
        let statement = fixed
            .statement(Digest::of(b"manifest"), &[Visibility::Private], &[Visibility::Public])
            .unwrap();
        let lowered = fixed.lower(&statement).unwrap();
        let values = statement.interface.program_inputs(from_i128(0), &inputs, &[]);
        let witness = lowered.program.solve(&values).unwrap();
        let report = lowered.circuit.check(&witness);
        assert!(report.is_satisfied(), "{seed}: {}", report.failures[0]);
        let proved = witness.public[3..][..expected.len()].iter().map(to_i128);
        assert!(proved.eq(expected.iter().map(|&v| Some(v))), "{seed}");
    }
    true
}

/// Ten thousand graphs; each fourth in constraints too.
fn matches_plain_integers(seeds: std::ops::Range<u64>) {
    let count = seeds.end - seeds.start;
    let exact = seeds.filter(|&seed| is_exact(seed, seed % 4 == 0)).count() as u64;
    assert!(exact * 10 > count * 9, "{} of {count} are refused", count - exact);
}

#[test]
fn matches_random_graphs_of_integers() {
    matches_plain_integers(0..5_000);
}

#[test]
fn matches_more_random_graphs_of_integers() {
    matches_plain_integers(5_000..10_000);
}

/// Every factor up to here: many of them were rounded like weights once.
#[test]
fn matches_products_with_every_small_factor() {
    for factor in 1..600i64 {
        let model = Builder::new(13)
            .input("x", 7, &["1", "3"])
            .ints("c", &[factor])
            .output("y")
            .node("Mul", "x c", "y", &[]);
        let model = import(&model.bytes(), &ImportOptions::default()).unwrap().model;
        let x = Tensor::new([1, 3], vec![5.0, -9.0, 1000.0]).unwrap();
        let calibration = Calibration {
            samples: vec![vec![x.clone()]],
            input_ranges: vec![None],
            goal: Goal::Error(1e-3),
            bits: Some(3),
            bounds: Bounds::Proven,
        };
        let (settings, _) = calibrate(&model, &calibration).unwrap();
        let outputs = quantize(&model, &settings).unwrap().run(&[x]).unwrap();
        let expected = [5, -9, 1000].map(|v| (v * factor) as f64);
        assert_eq!(outputs[0].data(), expected, "{factor}");
    }
}
