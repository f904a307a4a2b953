//! From a quantised model and the statement to prove to a circuit.
//!
//! ```text
//! public:  1 │ manifest │ context │ inputs, outputs as their visibility says │ zeros
//! ```
//!
//! | element            | pinned by                                                            |
//! |--------------------|----------------------------------------------------------------------|
//! | manifest           | a row that equates it with the digest, a constant of the circuit     |
//! | context            | free by design, bound by a row that squares it                       |
//! | an input           | a range check of whole bits, whatever its visibility                 |
//! | an output          | a row that equates it with the computed combination                  |
//! | a hash, a pack     | a row that equates it with what is computed from ranged values       |
//! | padding            | a row each that pins it to zero                                      |

use lionml_gadgets::{GadgetError, Packing, Signal, enforce_range, input_digest};
use lionml_ops::{AnyOp, OpError, Wires};
use lionml_quant::{IntegerType, Interval, Number, QTensor};
use lionml_r1cs::{Builder, Circuit, Digest, Fr, Linear, Program, field::from_i128};
use lionml_tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{FixedSource, GraphError, Kind, QuantModel, quant_model::check_whole_bits};

/// Who sees the values of an input or output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everybody: each value is a public element.
    Public,
    /// Everybody, with many values in one public element.
    Packed,
    /// Everybody sees a Poseidon digest of the values and a salt.
    Hashed,
    /// Only whoever proves.
    Private,
}

/// What a circuit is to prove of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The digest of the manifest that says what the public elements mean.
    pub manifest: Digest,
    /// The visibility of each input.
    pub inputs: Vec<Visibility>,
    /// The visibility of each output.
    pub outputs: Vec<Visibility>,
}

/// A circuit, the program for its witnesses, and where the model's values go.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The circuit.
    pub circuit: Circuit,
    /// The program for its witnesses.
    pub program: Program,
    /// The rows that each node of the model took, in order.
    pub rows: Vec<(String, usize)>,
}

/// The fewest terms of a combination that is worth a variable when several nodes use it.
const SHARED_TERMS: usize = 3;

impl QuantModel {
    /// The circuit that proves this model's inference. It depends on the model and the statement
    /// alone, never on a value.
    pub fn lower(&self, statement: &Statement) -> Result<Lowered, GraphError> {
        self.check(statement)?;
        let mut lowering =
            Lowering { model: self, builder: Builder::new(), wires: Vec::new(), rows: Vec::new() };
        lowering.header(statement);
        lowering.nodes(statement)?;
        lowering.outputs(statement)?;
        let (circuit, program) = lowering.builder.finish();
        Ok(Lowered { circuit, program, rows: lowering.rows })
    }
}

impl QuantModel {
    /// Whether rows can enforce what the model assumes, and the statement speaks of all of it.
    fn check(&self, statement: &Statement) -> Result<(), GraphError> {
        let (expected, got) = (self.inputs().count(), statement.inputs.len());
        if expected != got {
            return Err(GraphError::Inputs { expected, got });
        }
        // An output without a visibility would be one that nobody proves.
        let (expected, got) = (self.outputs().len(), statement.outputs.len());
        if expected != got {
            return Err(GraphError::Outputs { expected, got });
        }
        for input in self.inputs() {
            input.check_element()?;
            check_whole_bits(input.name, &input.number.interval)?;
        }
        Ok(())
    }
}

struct Lowering<'a> {
    model: &'a QuantModel,
    builder: Builder,
    wires: Vec<Vec<Wires>>,
    rows: Vec<(String, usize)>,
}

impl Lowering<'_> {
    fn header(&mut self, statement: &Statement) {
        let before = self.builder.rows();
        self.builder.scope("statement", |b| {
            // A verifier with another manifest in hand must not accept: the key alone pins neither
            // scales nor shapes nor names.
            b.public_output("manifest", &Linear::constant(statement.manifest.to_field()));
            let context = b.public_input().into();
            // A proof is bound to its context only if some row depends on it.
            b.product("context", &context, &context);
        });
        self.rows.push(("statement".to_owned(), self.builder.rows() - before));
    }

    fn nodes(&mut self, statement: &Statement) -> Result<(), GraphError> {
        let fan_out = self.model.fan_out();
        let mut visibilities = statement.inputs.iter();
        for (index, node) in self.model.nodes().iter().enumerate() {
            let before = self.builder.rows();
            let outputs = match &node.kind {
                Kind::Source(FixedSource::Constant(value)) => vec![Wires::Constant(value.clone())],
                Kind::Source(FixedSource::Input { shape, number, .. }) => {
                    let visibility = visibilities.next().copied().unwrap_or(Visibility::Private);
                    let elements = self.input(&node.name, shape.elements(), number, visibility)?;
                    let elements = Tensor::new(shape.clone(), elements).map_err(|source| {
                        GraphError::InputShape { input: node.name.clone(), source }
                    })?;
                    vec![Wires::Variable { elements, number: *number }]
                }
                Kind::Op(op) => self.op(index, &node.name, op, fan_out[index] > 1)?,
            };
            self.rows.push((node.name.clone(), self.builder.rows() - before));
            self.wires.push(outputs);
        }
        Ok(())
    }

    fn input(
        &mut self,
        name: &str,
        elements: usize,
        number: &Number,
        visibility: Visibility,
    ) -> Result<Vec<Linear>, GraphError> {
        self.builder
            .scope(name, |b| {
                b.check_variables(elements)?;
                // The rows of their bits at least: nothing is written where they are too many.
                let width = usize::try_from(number.interval.to_whole_bits()?.width());
                b.check_rows(elements.saturating_mul(width.unwrap_or(usize::MAX)))?;
                let values: Vec<Linear> = (0..elements)
                    .map(|_| match visibility {
                        Visibility::Public => b.public_input().into(),
                        _ => b.private_input().into(),
                    })
                    .collect();
                let mut bits = Vec::with_capacity(elements);
                for value in &values {
                    // Everything downstream assumes the interval, and nobody else checks it: not
                    // Varuna's verifier, not the chain.
                    bits.push(enforce_range(b, value, &number.interval)?.1);
                }
                match visibility {
                    Visibility::Public | Visibility::Private => {}
                    Visibility::Packed => packed(b, &values, &number.interval),
                    Visibility::Hashed => hashed(b, &bits, &number.interval)?,
                }
                b.check_size()?;
                Ok(values)
            })
            .map_err(|source: OpError| GraphError::Op {
                node: name.to_owned(),
                op: "Input",
                source,
            })
    }

    fn op(
        &mut self,
        index: usize,
        name: &str,
        op: &AnyOp,
        is_shared: bool,
    ) -> Result<Vec<Wires>, GraphError> {
        let node = &self.model.nodes()[index];
        let operands: Vec<Wires> =
            node.inputs.iter().map(|o| self.wires[o.node][o.slot].clone()).collect();
        let error = |source| GraphError::Op { node: name.to_owned(), op: op.name(), source };
        self.builder.scope(name, |b| {
            // An element takes the memory of a term, and has one or more.
            let elements: usize = node.facts.iter().map(|fact| fact.shape.elements()).sum();
            b.check_terms(2 * elements).map_err(|source| error(source.into()))?;
            let outputs = op.synthesize(b, &operands, &node.facts).map_err(error)?;
            let terms = outputs.iter().flat_map(|output| output.data()).map(|e| e.terms().len());
            b.count_terms(elements + terms.sum::<usize>());
            b.check_size().map_err(|source| error(source.into()))?;
            outputs
                .into_iter()
                .zip(&node.facts)
                .enumerate()
                .map(|(slot, (elements, fact))| {
                    let number = fact.require_number(slot).map_err(error)?;
                    let elements = elements.map(|e| {
                        let is_long = is_shared && e.terms().len() >= SHARED_TERMS;
                        if is_long { b.materialize("shared", e) } else { e.clone() }
                    });
                    Ok(Wires::Variable { elements, number })
                })
                .collect()
        })
    }

    fn outputs(&mut self, statement: &Statement) -> Result<(), GraphError> {
        for (output, visibility) in self.model.outputs().iter().zip(&statement.outputs) {
            let wires = self.wires[output.outlet.node][output.outlet.slot].clone();
            let before = self.builder.rows();
            let values: Vec<Linear> =
                (0..wires.shape().elements()).map(|i| wires.linear(i)).collect();
            let interval = wires.number().interval;
            self.builder
                .scope(format!("output {}", output.name), |b| {
                    match visibility {
                        Visibility::Public => values.iter().for_each(|value| {
                            b.public_output("output", value);
                        }),
                        Visibility::Private => {}
                        Visibility::Packed => packed(b, &values, &interval),
                        Visibility::Hashed => {
                            let mut bits = Vec::with_capacity(values.len());
                            for value in &values {
                                let value = b.materialize("output", value);
                                bits.push(enforce_range(b, &value, &interval)?.1);
                            }
                            hashed(b, &bits, &interval)?;
                        }
                    }
                    b.check_size()?;
                    Ok(())
                })
                .map_err(|source: OpError| GraphError::Op {
                    node: output.name.clone(),
                    op: "Output",
                    source,
                })?;
            self.rows.push((format!("output {}", output.name), self.builder.rows() - before));
        }
        Ok(())
    }
}

/// Public elements that hold many values each; rows before confine each value to the interval,
/// without which an element would stand for many lists of values.
fn packed(builder: &mut Builder, values: &[Linear], interval: &Interval) {
    let signals: Vec<_> = values.iter().map(|v| Signal::new(v.clone(), *interval)).collect();
    for element in Packing::of_signals(&signals).1 {
        builder.public_output("packed", &element);
    }
}

/// The public digest of values whose bits these are, and of a salt of 128 bits that whoever
/// proves supplies.
fn hashed(
    builder: &mut Builder,
    bits: &[Vec<Linear>],
    interval: &Interval,
) -> Result<(), GadgetError> {
    let salt = builder.private_input().into();
    let (is_signed, integer_type) = (interval.low() < 0, IntegerType::smallest_for(interval));
    let digest = input_digest(builder, bits, is_signed, integer_type, Some(&salt))?;
    builder.public_output("digest", &digest);
    Ok(())
}

impl Statement {
    /// The number of salts that a witness needs: one for each hashed input and output.
    pub fn salts(&self) -> usize {
        let all = self.inputs.iter().chain(&self.outputs);
        all.filter(|v| **v == Visibility::Hashed).count()
    }

    /// What to give to [`Program::solve`] for a context, the model's inputs, and the salts of
    /// hashed inputs, then hashed outputs.
    pub fn program_inputs(&self, context: Fr, inputs: &[QTensor], salts: &[u128]) -> Vec<Fr> {
        let mut salts = salts.iter().map(|&salt| Fr::from(salt));
        let mut values = vec![context];
        for (input, visibility) in inputs.iter().zip(&self.inputs) {
            values.extend(input.values.data().iter().map(|&v| from_i128(v)));
            if *visibility == Visibility::Hashed {
                values.extend(salts.next());
            }
        }
        values.extend(salts);
        values
    }
}

#[cfg(test)]
mod tests {
    use lionml_gadgets::native;
    use lionml_ops::ops::{Add, Broadcast, Einsum, ReduceSum, Relu, Requantize};
    use lionml_quant::Scale;
    use lionml_r1cs::field::{One, power_of_two};
    use lionml_tensor::Shape;
    use lionml_testing::{Rows, Target};

    use super::*;
    use crate::Element;

    /// `relu(x + y)` of three elements each.
    fn model() -> QuantModel {
        let mut model = QuantModel::new();
        let number = |interval| Number { scale: Scale::binary(4), interval };
        let x = model.input("x", [3], Element::Float, number(Interval::signed(6).unwrap()));
        let y = model.input("y", [3], Element::Float, number(Interval::unsigned(5).unwrap()));
        let sum = model.op("sum", Add, &[x, y]).unwrap();
        let relu = model.op("relu", Relu, &[sum]).unwrap();
        model.output("z", relu, Element::Float).unwrap();
        model
    }

    fn statement(inputs: [Visibility; 2], output: Visibility) -> Statement {
        let manifest = Digest::of(b"manifest");
        Statement { manifest, inputs: inputs.to_vec(), outputs: vec![output] }
    }

    fn inputs(model: &QuantModel) -> Vec<QTensor> {
        let reals = [[-2.0, 0.5, 1.9375], [0.0, 1.0, 1.5]];
        let reals = reals.map(|r| Tensor::new([3], r.to_vec()).unwrap());
        model.quantize_inputs(&reals).unwrap()
    }

    #[test]
    fn pins_the_public_layout() {
        use Visibility::{Hashed, Packed, Private, Public};
        let model = model();
        let values = inputs(&model);
        let context = from_i128(77);
        let manifest = Digest::of(b"manifest").to_field();
        let integers = [[-32, 8, 31], [0, 16, 24]];
        let outputs = [0, 24, 55];
        let digest = |v: &[i128], name: &str, salt| {
            native::input_digest(v, name.parse().unwrap(), Some(salt)).unwrap()
        };
        let packed = |low: i128, high: i128, v: &[i128]| {
            Packing::new(&vec![Interval::new(low, high).unwrap(); v.len()]).pack(v).unwrap()
        };
        let fields = |v: &[i128]| v.iter().map(|&v| from_i128(v)).collect::<Vec<_>>();
        let cases = [
            (statement([Private, Private], Public), vec![], fields(&outputs)),
            (
                statement([Public, Private], Packed),
                vec![],
                [fields(&integers[0]), packed(0, 62, &outputs)].concat(),
            ),
            (
                statement([Packed, Hashed], Hashed),
                vec![5, u128::MAX],
                [
                    packed(-32, 31, &integers[0]),
                    vec![digest(&integers[1], "u8", 5), digest(&outputs, "u8", u128::MAX)],
                ]
                .concat(),
            ),
        ];
        for (statement, salts, expected) in cases {
            let lowered = model.lower(&statement).unwrap();
            let target = Target::new((lowered.circuit, lowered.program));
            assert_eq!(statement.salts(), salts.len());
            let witness = target.honest_fields(&statement.program_inputs(context, &values, &salts));
            let mut public = [vec![Fr::one(), manifest, context], expected].concat();
            public.resize(public.len().next_power_of_two(), from_i128(0));
            assert_eq!(witness.public, public, "{statement:?}");
            // Every public element but the context is pinned: any other value violates a row.
            for index in (0..witness.public.len()).filter(|&i| i != 2) {
                let mut forged = witness.clone();
                forged.public[index] += Fr::one();
                assert!(!target.circuit().check(&forged).is_satisfied(), "public element {index}");
            }
            assert!(target.circuit().unmentioned().is_empty());
        }
    }

    #[test]
    fn rejects_input_intervals_that_rows_do_not_enforce() {
        // By this interval the requantised input is one number, for which no row is written; the
        // range check alone would let every value of three bits through.
        let mut model = QuantModel::new();
        let number = Number { scale: Scale::binary(4), interval: Interval::point(5).unwrap() };
        let x = model.input("x", [1], Element::Float, number);
        let op = Requantize { scale: Scale::ONE, relu: false, calibrated: None };
        let y = model.op("y", op, &[x]).unwrap();
        model.output("y", y, Element::Float).unwrap();
        let statement = Statement {
            manifest: Digest::of(b"manifest"),
            inputs: vec![Visibility::Private],
            outputs: vec![Visibility::Public],
        };
        assert_eq!(
            model.lower(&statement).unwrap_err(),
            GraphError::InputInterval {
                input: "x".to_owned(),
                interval: Interval::point(5).unwrap(),
                enforced: Interval::unsigned(3).unwrap(),
            }
        );
    }

    #[test]
    fn rejects_inputs_that_rows_do_not_confine_to_their_type() {
        let boolean = Element::Boolean;
        let integer = Element::Integer { signed: true, bits: 8 };
        let unsigned = Element::Integer { signed: false, bits: 8 };
        let byte = Interval::unsigned(8).unwrap();
        for (element, scale, interval, value) in [
            (boolean, Scale::ONE, byte, 255.0),
            (boolean, Scale::binary(1), Interval::BIT, 0.5),
            (integer, Scale::binary(1), byte, 0.5),
            (integer, Scale::ONE, byte, 255.0),
            (unsigned, Scale::ONE, Interval::signed(8).unwrap(), -128.0),
            (unsigned, Scale::ONE, Interval::unsigned(9).unwrap(), 511.0),
        ] {
            let mut model = QuantModel::new();
            let x = model.input("x", [1], element, Number { scale, interval });
            model.output("y", x, element).unwrap();
            let statement = Statement {
                manifest: Digest::of(b"manifest"),
                inputs: vec![Visibility::Private],
                outputs: vec![Visibility::Public],
            };
            let input = "x".to_owned();
            let error = GraphError::InputElement { input, element: 0, value, expected: element };
            assert_eq!(model.lower(&statement).unwrap_err(), error);
        }
    }

    /// What a file of a few bytes describes is refused before it takes memory or time, by the name
    /// of the node that is too much.
    #[test]
    fn rejects_circuits_that_no_reference_string_holds() {
        let expression = |text: &str| Einsum { expression: text.parse().unwrap() };
        let rejects = |shape: &[usize], bits, op: AnyOp, name: &'static str, what: &str| {
            let mut model = QuantModel::new();
            let interval = Interval::signed(bits).unwrap();
            let number = Number { scale: Scale::ONE, interval };
            let x = model.input("x", shape.to_vec(), Element::Float, number);
            let sum = model.op("sum", ReduceSum { axes: vec![0], keep_dims: true }, &[x]).unwrap();
            let is_sum = matches!(op, AnyOp::Broadcast(_));
            let operands = if is_sum { vec![sum] } else { vec![x; 2] };
            let large = model.op("large", op, &operands).unwrap();
            model.output("y", large, Element::Float).unwrap();
            let statement = Statement {
                manifest: Digest::of(b"manifest"),
                inputs: vec![Visibility::Private],
                outputs: vec![Visibility::Private],
            };
            let error = model.lower(&statement).unwrap_err();
            let GraphError::Op { node, op, source: OpError::Size(size) } = error else {
                panic!("{error:?}")
            };
            let expected = if name == "Input" { "x" } else { "large" };
            assert_eq!((node.as_str(), op, size.what), (expected, name, what));
            assert!(size.count > size.limit, "{size}");
        };
        rejects(&[1 << 24], 2, Add.into(), "Input", "variables");
        rejects(&[1 << 21], 16, Add.into(), "Input", "rows");
        // 2^24 products.
        rejects(&[1 << 8, 1 << 8], 2, expression("ab,bc->ac").into(), "Einsum", "variables");
        // Sums take no row, and repeating them repeats their terms.
        let shape = Shape::from([1 << 18]);
        rejects(&[1 << 10], 2, Broadcast { shape }.into(), "Broadcast", "terms");
    }

    #[test]
    fn rejects_statements_of_other_models() {
        use Visibility::Private;
        let model = model();
        let mut short = statement([Private; 2], Private);
        short.inputs.pop();
        let error = GraphError::Inputs { expected: 2, got: 1 };
        assert_eq!(model.lower(&short).unwrap_err(), error);
        let mut none = statement([Private; 2], Private);
        none.outputs.clear();
        let error = GraphError::Outputs { expected: 1, got: 0 };
        assert_eq!(model.lower(&none).unwrap_err(), error);
    }

    #[test]
    fn rejects_inputs_outside_their_intervals_whatever_their_visibility() {
        let model = model();
        for visibility in
            [Visibility::Public, Visibility::Private, Visibility::Packed, Visibility::Hashed]
        {
            let statement = statement([visibility; 2], Visibility::Public);
            let lowered = model.lower(&statement).unwrap();
            let salts = vec![1; statement.salts()];
            let honest = statement.program_inputs(from_i128(0), &inputs(&model), &salts);
            let witness = lowered.program.solve(&honest).unwrap();
            assert!(lowered.circuit.check(&witness).is_satisfied());
            for outside in [32, -33, -5 + (1 << 100)] {
                let mut lying = honest.clone();
                lying[1] = from_i128(outside);
                let witness = lowered.program.solve(&lying).unwrap();
                assert!(!lowered.circuit.check(&witness).is_satisfied(), "{outside}");
            }
        }
    }

    /// `x W`, and where `is_shared` the sum of it and its ReLU: several nodes use each combination
    /// of three terms.
    fn dense(is_shared: bool) -> QuantModel {
        let mut model = QuantModel::new();
        let interval = Interval::signed(3).unwrap();
        let x = model.input("x", [3], Element::Float, Number { scale: Scale::ONE, interval });
        let weights = Tensor::new([3, 2], vec![1, 2, 3, -1, -2, 1]).unwrap();
        let w = model.constant("w", QTensor::constant(weights, Scale::ONE).unwrap());
        let expression = "i,ij->j".parse().unwrap();
        let mut y = model.op("y", Einsum { expression }, &[x, w]).unwrap();
        if is_shared {
            let relu = model.op("relu", Relu, &[y]).unwrap();
            y = model.op("sum", Add, &[y, relu]).unwrap();
        }
        model.output("z", y, Element::Float).unwrap();
        model
    }

    /// All nets on a lowered circuit, whole and then without each of its rows, and inputs beyond
    /// their interval, which nothing proves. How many rows there are.
    fn attack(model: &QuantModel, input: Visibility, output: Visibility) -> usize {
        let manifest = Digest::of(b"manifest");
        let statement = Statement { manifest, inputs: vec![input], outputs: vec![output] };
        let lowered = model.lower(&statement).unwrap();
        let target = Target::new((lowered.circuit, lowered.program));
        let salts = vec![u128::MAX - 5; statement.salts()];
        let given = |values: [f64; 3]| {
            let reals = Tensor::new([3], values.to_vec()).unwrap();
            let inputs = model.quantize_inputs(&[reals]).unwrap();
            statement.program_inputs(from_i128(77), &inputs, &salts)
        };
        let tried = [[-4.0, -4.0, -4.0], [3.0, 3.0, 3.0], [1.0, -2.0, 3.0], [0.0; 3]].map(given);
        let mut refused = Vec::new();
        for element in 1..=3 {
            for outside in [-5, 4] {
                let mut lying = tried[2].clone();
                lying[element] = from_i128(outside);
                refused.push(lying);
            }
        }
        for (index, _) in salts.iter().enumerate() {
            let mut lying = tried[2].clone();
            lying[4 + index] = power_of_two(128);
            refused.push(lying);
        }
        let attacked = if salts.is_empty() { &tried[..] } else { &tried[2..3] };
        attacked.iter().for_each(|inputs| target.assert_sound_fields(inputs, &[]));
        Rows::of("lowered").drop_each(&target, attacked, &refused).finish()
    }

    #[test]
    fn rejects_lies_about_shared_combinations_without_any_row() {
        use Visibility::{Packed, Private, Public};
        for (input, output, rows) in
            [(Private, Public, 32), (Public, Packed, 29), (Packed, Private, 28)]
        {
            assert_eq!(attack(&dense(true), input, output), rows, "{input:?} {output:?}");
        }
    }

    #[test]
    fn rejects_lies_about_dense_outputs_without_any_row() {
        use Visibility::{Packed, Private, Public};
        for (input, output, rows) in
            [(Private, Public, 16), (Public, Packed, 13), (Packed, Public, 16)]
        {
            assert_eq!(attack(&dense(false), input, output), rows, "{input:?} {output:?}");
        }
    }

    #[test]
    fn rejects_lies_about_a_dense_hashed_output_without_any_row() {
        assert_eq!(attack(&dense(false), Visibility::Private, Visibility::Hashed), 715);
    }

    #[test]
    fn rejects_lies_about_a_hashed_input_without_any_row() {
        assert_eq!(attack(&dense(true), Visibility::Hashed, Visibility::Public), 721);
    }
}
