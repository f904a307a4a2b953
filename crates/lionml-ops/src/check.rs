//! The check engine of operators: one case table, all invariants.
//!
//! For each case it runs floats, integers and the circuit on interval ends, zero, ones and random
//! values, compares them element by element, builds the circuit twice, and attacks it.

use std::sync::Arc;

use lionml_quant::{Interval, Number, QTensor, Scale};
use lionml_r1cs::{
    Builder, Fr, Linear, Matrix,
    field::{One, from_i128},
};
use lionml_tensor::{Shape, Tensor};
use lionml_testing::{Lie, Rows, Target};

use crate::{Fact, Op, Wires};

/// An operand of a case.
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    /// Any value of the interval.
    Wire(Shape, Number),
    /// These values.
    Constant(QTensor),
}

/// A wire of this shape with `bits` fraction bits and integers from `low` to `high`.
pub(crate) fn wire(shape: impl Into<Shape>, bits: i32, low: i128, high: i128) -> Operand {
    let number = Number { scale: Scale::binary(bits), interval: Interval::new(low, high).unwrap() };
    Operand::Wire(shape.into(), number)
}

/// Constant integers with `bits` fraction bits.
pub(crate) fn constant(shape: impl Into<Shape>, bits: i32, values: &[i128]) -> Operand {
    let values = Tensor::new(shape, values.to_vec()).unwrap();
    Operand::Constant(QTensor::constant(values, Scale::binary(bits)).unwrap())
}

/// The standard lie about bits: all of them flipped.
pub(crate) const FLIPPED_BITS: &[Lie] =
    &[Lie { hint: "bits", values: |bits| bits.iter().map(|b| Fr::one() - b).collect() }];

/// How often a case runs: see [`values`].
const ROUNDS: u64 = 8;

/// The last round in which a circuit is attacked: see [`values`].
const ZEROS: u64 = 3;

/// Rows of a circuit of which each is dropped once.
pub(crate) const SMALL: usize = 120;

/// The rounds of numbers that are near one another, where what is strict and what is not differ:
/// only where no other round misses a row.
const NEAR: u64 = 1000;
const NEARS: u64 = 256;

/// An operator with its cases, on which the engine runs.
pub(crate) trait Checked: Op + Sized {
    /// Adds tables, each for the operator with some attributes.
    fn checks(checks: &mut Vec<Check<Self>>);
}

fn checks<O: Checked>() -> Vec<Check<O>> {
    let mut checks = Vec::new();
    O::checks(&mut checks);
    checks
}

/// Runs every case of an operator.
pub(crate) fn run<O: Checked>() {
    checks::<O>().iter().for_each(Check::run);
}

/// The circuit of a case.
pub(crate) struct Size {
    /// The name under which redundant rows of it are listed.
    pub(crate) circuit: &'static str,
    /// Its rows.
    pub(crate) rows: usize,
}

/// The circuits of all cases of an operator.
pub(crate) fn sizes<O: Checked>() -> Vec<Size> {
    let sizes = |check: Check<O>| {
        let size = |operands: &Vec<Operand>| {
            let outputs = check.op.infer(&Check::<O>::facts(operands)).unwrap();
            let rows = check.build(operands, &outputs).0.circuit().constraints();
            Size { circuit: check.circuit(), rows }
        };
        check.cases.iter().map(size).collect::<Vec<_>>()
    };
    checks::<O>().into_iter().flat_map(sizes).collect()
}

/// Says where a check was when it failed.
struct Place {
    circuit: &'static str,
    case: usize,
    operands: String,
    round: Option<(u64, Vec<Vec<i128>>)>,
}

impl Drop for Place {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("`{}`, case {}: {}", self.circuit, self.case, self.operands);
            if let Some((round, values)) = &self.round {
                eprintln!("round {round}: operands {values:?}");
            }
        }
    }
}

impl Operand {
    fn describe(&self) -> String {
        match self {
            Self::Wire(shape, number) => format!("wire {shape} in {number}"),
            Self::Constant(q) => format!("constant {} in {}", q.values.shape(), q.number),
        }
    }
}

/// A case table for one operator.
pub(crate) struct Check<O> {
    op: O,
    cases: Vec<Vec<Operand>>,
    bound: f64,
    lies: &'static [Lie],
    free: &'static [&'static str],
    free_at_zero: &'static [&'static str],
    name: Option<&'static str>,
}

impl<O: Op> Check<O> {
    /// An empty table for an operator.
    pub(crate) fn new(op: O) -> Self {
        Self {
            op,
            cases: Vec::new(),
            bound: 1e-6,
            lies: &[],
            free: &[],
            free_at_zero: &[],
            name: None,
        }
    }

    /// One more case.
    pub(crate) fn case(mut self, operands: impl Into<Vec<Operand>>) -> Self {
        self.cases.push(operands.into());
        self
    }

    /// How far the integers may be from the float reference, in steps of the output's scale.
    pub(crate) fn bound(mut self, steps: f64) -> Self {
        self.bound = steps;
        self
    }

    /// Lies about the hints of this operator.
    pub(crate) fn lies(mut self, lies: &'static [Lie]) -> Self {
        self.lies = lies;
        self
    }

    /// Hints that may be free for some inputs, each with its reason in the operator's file.
    pub(crate) fn free_hints(mut self, names: &'static [&'static str]) -> Self {
        self.free = names;
        self
    }

    /// Hints that may be free in the round of zeros alone, such as the sign of zero.
    pub(crate) fn free_at_zero(mut self, names: &'static [&'static str]) -> Self {
        self.free_at_zero = names;
        self
    }

    /// The name under which rows of these cases are listed as redundant, one at least.
    pub(crate) fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// Adds the table to those of an operator.
    pub(crate) fn add_to(self, checks: &mut Vec<Self>) {
        checks.push(self);
    }

    /// The name under which redundant rows are listed: that of the operator, if it has no other.
    fn circuit(&self) -> &'static str {
        let operator = std::any::type_name::<O>().rsplit("::").next().unwrap();
        self.name.unwrap_or(operator)
    }

    fn facts(operands: &[Operand]) -> Vec<Fact> {
        operands
            .iter()
            .map(|operand| match operand {
                Operand::Wire(shape, number) => Fact::fixed(shape.clone(), *number),
                Operand::Constant(q) => Fact::constant(q.clone()),
            })
            .collect()
    }

    fn build(&self, operands: &[Operand], outputs: &[Fact]) -> (Target, Vec<Tensor<Linear>>) {
        let mut builder = Builder::new();
        let wires: Vec<Wires> = operands
            .iter()
            .map(|operand| match operand {
                Operand::Constant(q) => Wires::Constant(q.clone()),
                Operand::Wire(shape, number) => Wires::Variable {
                    elements: Tensor::from_fn(shape.clone(), |_| builder.private_input().into()),
                    number: *number,
                },
            })
            .collect();
        let results = builder
            .scope("op", |b| self.op.synthesize(b, &wires, outputs))
            .expect("an operator that infer accepted");
        let elements = results.iter().flat_map(|result| result.data().iter().cloned());
        let target = Target::new(builder.finish()).with_free_hints(self.free);
        (target.with_outputs(elements), results)
    }

    /// Rows, hints, and non-zeros of the three matrices of each case.
    pub(crate) fn counts(&self) -> Vec<String> {
        let count = |operands: &Vec<Operand>| {
            let outputs = self.op.infer(&Self::facts(operands)).unwrap();
            let (target, _) = self.build(operands, &outputs);
            let circuit = target.circuit();
            let [a, b, c] = circuit.matrices().map(Matrix::non_zeros);
            let (rows, hints) = (circuit.constraints(), target.hints());
            format!("{rows} rows, {hints} hints, {a} + {b} + {c} non-zeros")
        };
        self.cases.iter().map(count).collect()
    }

    /// Runs every case.
    pub(crate) fn run(&self) {
        self.dropped_rows();
    }

    /// Runs every case. How many rows were dropped, one at a time, from the small ones, each with
    /// an attack that then succeeds.
    pub(crate) fn dropped_rows(&self) -> usize {
        self.cases.iter().enumerate().map(|(case, operands)| self.run_case(case, operands)).sum()
    }

    fn run_case(&self, case: usize, operands: &[Operand]) -> usize {
        let described: Vec<_> = operands.iter().map(Operand::describe).collect();
        let (circuit, described) = (self.circuit(), described.join(", "));
        let mut place = Place { circuit, case, operands: described, round: None };
        let facts = Self::facts(operands);
        let outputs = self.op.infer(&facts).expect("a case that the operator accepts");
        let (target, results) = self.build(operands, &outputs);
        let (again, _) = self.build(operands, &outputs);
        assert_eq!(target.circuit().digest(), again.circuit().digest(), "two builds differ");

        let free = [self.free, self.free_at_zero].concat();
        let at_zero = self.build(operands, &outputs).0.with_free_hints(&free);
        for round in 0..ROUNDS {
            let inputs = values_of(operands, round);
            let values = inputs.iter().map(|q| q.values.data().to_vec());
            place.round = Some((round, values.collect()));
            let exact = self.op.eval_quant(&inputs, &outputs).expect("values of the intervals");
            let floats: Vec<_> = inputs.iter().map(QTensor::dequantize).collect();
            let floats = self.op.eval_float(&floats).expect("values of the intervals");
            let variables = variables_of(operands, &inputs);
            let witness = target.honest(&variables);

            assert_eq!(
                (exact.len(), floats.len(), results.len()),
                (outputs.len(), outputs.len(), outputs.len())
            );
            for (((fact, exact), float), result) in
                outputs.iter().zip(&exact).zip(&floats).zip(&results)
            {
                let number = fact.number.expect("a quantised output");
                assert_eq!(
                    (exact.shape(), float.shape(), result.shape()),
                    (&fact.shape, &fact.shape, &fact.shape)
                );
                for (i, &value) in exact.data().iter().enumerate() {
                    assert!(
                        number.interval.contains(value),
                        "{value} outside {} (element {i})",
                        number.interval
                    );
                    let proved = result.data()[i].value(|v| witness.value(v));
                    assert_eq!(proved, from_i128(value), "circuit and integers differ at {i}");
                    let error = (number.scale.dequantize(value) - float.data()[i]).abs();
                    assert!(
                        error <= self.bound * number.scale.step(),
                        "integers {} and floats {} differ by {error} at {i}",
                        number.scale.dequantize(value),
                        float.data()[i],
                    );
                }
            }
            if round <= ZEROS {
                let lies = if round == 2 { self.lies } else { &[] };
                let target = if round == ZEROS { &at_zero } else { &target };
                target.assert_sound(&variables, lies);
            }
        }
        place.round = None;
        if target.circuit().constraints() > SMALL {
            return 0;
        }
        let tried = (0..ROUNDS).chain(NEAR..NEAR + NEARS).map(|round| {
            let values = variables_of(operands, &values_of(operands, round));
            values.into_iter().map(from_i128).collect()
        });
        let tried: Vec<Vec<Fr>> = tried.collect();
        let rows = Rows::of(circuit).drop_each(&at_zero, &tried, &[]);
        if self.name.is_some() { rows.finish() } else { rows.finish_part() }
    }
}

/// The values of all operands in a round.
fn values_of(operands: &[Operand], round: u64) -> Vec<QTensor> {
    let value = |(i, operand): (usize, &Operand)| match operand {
        Operand::Constant(q) => q.clone(),
        Operand::Wire(shape, number) => QTensor {
            values: Arc::new(values(shape, &number.interval, round, i as u64)),
            number: *number,
        },
    };
    operands.iter().enumerate().map(value).collect()
}

/// Those of the operands that are wires, in the order of the circuit's inputs.
fn variables_of(operands: &[Operand], values: &[QTensor]) -> Vec<i128> {
    let pairs = operands.iter().zip(values);
    let wires = pairs.filter(|(operand, _)| matches!(operand, Operand::Wire(..)));
    wires.flat_map(|(_, q)| q.values.data().to_vec()).collect()
}

/// Round 0: low ends; 1: high ends; 2: all different; 3: zero or the nearest to it; then mixed;
/// from [`NEAR`] on: numbers that are one apart.
fn values(shape: &Shape, interval: &Interval, round: u64, operand: u64) -> Tensor<i128> {
    let mut state =
        0x9e37_79b9_7f4a_7c15u64 ^ (round << 32) ^ operand.wrapping_mul(0x1234_5678_9abc_def1);
    let (low, high) = (interval.low(), interval.high());
    Tensor::from_fn(shape.clone(), |i| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let random = low + (i128::from(state >> 1)).rem_euclid(high - low + 1);
        match round {
            0 => low,
            1 => high,
            2 => random,
            3 => 0.clamp(low, high),
            4 => [low, high][i % 2],
            5 => [-1, 0, 1][i % 3].clamp(low, high),
            NEAR.. => (i128::from(state >> 1) % 3 - 1).clamp(low, high),
            _ => random,
        }
    })
}

#[cfg(test)]
mod tests {
    use lionml_quant::Scale;

    use super::*;
    use crate::ops::{
        Abs, ArgMax, Cast, CastTarget, LeakyRelu, Max, Min, Mul, ReduceMax, ReduceMin, Relu,
        Requantize, Square, Where,
    };

    /// The rows of one small case each, all of them dropped by the engine, as those of every small
    /// case of every operator are.
    #[test]
    fn pins_how_many_rows_of_operators_are_dropped() {
        fn dropped<const N: usize>(op: impl Op, case: [Operand; N]) -> usize {
            Check::new(op).case(case).bound(1e3).dropped_rows()
        }
        let x = || wire([1, 3], 2, -20, 11);
        let requantize = |relu| Requantize { scale: Scale::ONE, relu, calibrated: None };
        let counts = [
            dropped(Mul, [x(), x()]),
            dropped(Square, [x()]),
            dropped(Relu, [x()]),
            dropped(LeakyRelu { slope: 0.25 }, [x()]),
            dropped(Max, [x(), x()]),
            dropped(Min, [x(), x()]),
            dropped(ReduceMax { axes: vec![1], keep_dims: true }, [x()]),
            dropped(ReduceMin { axes: vec![1], keep_dims: true }, [x()]),
            dropped(ArgMax { axis: 1, keep_dims: true, select_last_index: false }, [x()]),
            dropped(requantize(false), [x()]),
            dropped(requantize(true), [x()]),
            Check::new(Cast { to: CastTarget::Boolean })
                .case([x()])
                .free_hints(&["inverse"])
                .dropped_rows(),
            dropped(Abs, [x()]),
            dropped(Where, [wire([1, 3], 0, 0, 1), x(), x()]),
        ];
        assert_eq!(counts, [3, 3, 21, 21, 24, 24, 16, 16, 24, 18, 21, 6, 21, 3]);
        assert_eq!(counts.iter().sum::<usize>(), 221);
    }
}
