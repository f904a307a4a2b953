//! From a quantised model and the statement to prove to a circuit.

use lionml_ops::{AnyOp, Wires};
use lionml_r1cs::{Builder, Circuit, Digest, Linear, Program};
use lionml_statement::{Interface, Port, Visibility, WriteError, Writer};
use lionml_tensor::Tensor;

use crate::{FixedSource, GraphError, Kind, QuantModel, quant_model::check_whole_bits};

/// What a circuit is to prove of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The digest of the manifest that says what the public elements mean.
    pub manifest: Digest,
    /// The ports of the model.
    pub interface: Interface,
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
    /// What a circuit is to prove of the model, with these visibilities.
    pub fn statement(
        &self,
        manifest: Digest,
        inputs: &[Visibility],
        outputs: &[Visibility],
    ) -> Result<Statement, GraphError> {
        Ok(Statement { manifest, interface: self.interface("model", inputs, outputs)? })
    }

    /// The ports of the model, with these visibilities.
    pub fn interface(
        &self,
        name: impl Into<String>,
        inputs: &[Visibility],
        outputs: &[Visibility],
    ) -> Result<Interface, GraphError> {
        let (expected, got) = (self.inputs().count(), inputs.len());
        if expected != got {
            return Err(GraphError::Inputs { expected, got });
        }
        // An output without a visibility would be one that nobody proves.
        let (expected, got) = (self.outputs().len(), outputs.len());
        if expected != got {
            return Err(GraphError::Outputs { expected, got });
        }
        let inputs = self.inputs().zip(inputs).map(|(input, visibility)| {
            Port::new(input.name, input.shape.clone(), input.element, input.number, *visibility)
        });
        let outputs = self.outputs().iter().zip(outputs).map(|(output, visibility)| {
            let number = self.number(output.outlet)?;
            let shape = self.fact(output.outlet).map(|f| f.shape.clone()).unwrap_or_default();
            Ok(Port::new(&output.name, shape, output.element, number, *visibility))
        });
        let (name, outputs) = (name.into(), outputs.collect::<Result<_, GraphError>>()?);
        Ok(Interface { name, inputs: inputs.collect(), outputs })
    }

    /// The circuit that proves this model's inference. It depends on the model and the statement
    /// alone, never on a value.
    pub fn lower(&self, statement: &Statement) -> Result<Lowered, GraphError> {
        self.check(&statement.interface)?;
        let mut builder = Builder::new();
        let before = builder.rows();
        let writer = builder
            .scope("statement", |b| Writer::new(b, &statement.interface, statement.manifest));
        let rows = vec![("statement".to_owned(), builder.rows() - before)];
        let mut lowering = Lowering { model: self, builder, writer, wires: Vec::new(), rows };
        lowering.nodes()?;
        lowering.outputs()?;
        let (circuit, program) = lowering.builder.finish();
        Ok(Lowered { circuit, program, rows: lowering.rows })
    }

    /// Refuses ports that are not the model's, whoever sees them, and models of whose inputs rows do
    /// not enforce what the model assumes.
    pub fn check(&self, interface: &Interface) -> Result<(), GraphError> {
        let visibilities = |ports: &[Port]| ports.iter().map(|port| port.visibility).collect();
        let (inputs, outputs): (Vec<_>, Vec<_>) =
            (visibilities(&interface.inputs), visibilities(&interface.outputs));
        let own = self.interface(&interface.name, &inputs, &outputs)?;
        for (own, given) in own.ports().zip(interface.ports()) {
            if *own != (Port { digest: None, ..given.clone() }) {
                return Err(GraphError::Port { port: given.name.clone() });
            }
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
    writer: Writer<'a>,
    wires: Vec<Vec<Wires>>,
    rows: Vec<(String, usize)>,
}

impl Lowering<'_> {
    fn nodes(&mut self) -> Result<(), GraphError> {
        let fan_out = self.model.fan_out();
        let mut inputs = 0..;
        for (index, node) in self.model.nodes().iter().enumerate() {
            let before = self.builder.rows();
            let outputs = match &node.kind {
                Kind::Source(FixedSource::Constant(value)) => vec![Wires::Constant(value.clone())],
                Kind::Source(FixedSource::Input { shape, number, .. }) => {
                    let input = inputs.next().unwrap_or_default();
                    let values = self.builder.scope(&node.name, |b| self.writer.input(b, input));
                    let values =
                        values.map_err(|source| port_error(&node.name, "Input", source))?;
                    let elements = Tensor::new(shape.clone(), values).map_err(|source| {
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

    fn outputs(&mut self) -> Result<(), GraphError> {
        for (index, output) in self.model.outputs().iter().enumerate() {
            let wires = self.wires[output.outlet.node][output.outlet.slot].clone();
            let before = self.builder.rows();
            let values: Vec<Linear> =
                (0..wires.shape().elements()).map(|i| wires.linear(i)).collect();
            let name = format!("output {}", output.name);
            self.builder
                .scope(&name, |b| self.writer.output(b, index, &values))
                .map_err(|source| port_error(&output.name, "Output", source))?;
            self.rows.push((name, self.builder.rows() - before));
        }
        Ok(())
    }
}

fn port_error(name: &str, op: &'static str, source: WriteError) -> GraphError {
    let source = match source {
        WriteError::Size(source) => source.into(),
        WriteError::Gadget(source) => source.into(),
    };
    GraphError::Op { node: name.to_owned(), op, source }
}

#[cfg(test)]
mod tests {
    use lionml_gadgets::{Packing, native};
    use lionml_ops::{
        OpError,
        ops::{Add, Broadcast, Einsum, ReduceSum, Relu, Requantize},
    };
    use lionml_quant::{Interval, Number, QTensor, Scale};
    use lionml_r1cs::{
        Fr,
        field::{One, from_i128, power_of_two},
    };
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
        model().statement(Digest::of(b"manifest"), &inputs, &[output]).unwrap()
    }

    /// Of a model with a private input and a public output.
    fn private(model: &QuantModel) -> Statement {
        let manifest = Digest::of(b"manifest");
        model.statement(manifest, &[Visibility::Private], &[Visibility::Public]).unwrap()
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
            native::input_digest(&[(v, name.parse().unwrap())], Some(salt)).unwrap()
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
            assert_eq!(statement.interface.salts(), salts.len());
            let witness =
                target.honest_fields(&statement.interface.program_inputs(context, &values, &salts));
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
        let statement = private(&model);
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
            let statement = private(&model);
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
            let private = [Visibility::Private];
            let statement = model.statement(Digest::of(b"manifest"), &private, &private).unwrap();
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
        short.interface.inputs.pop();
        let error = GraphError::Inputs { expected: 2, got: 1 };
        assert_eq!(model.lower(&short).unwrap_err(), error);
        let mut none = statement([Private; 2], Private);
        none.interface.outputs.clear();
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
            let salts = vec![1; statement.interface.salts()];
            let honest = statement.interface.program_inputs(from_i128(0), &inputs(&model), &salts);
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
        let statement = model.statement(manifest, &[input], &[output]).unwrap();
        let lowered = model.lower(&statement).unwrap();
        let target = Target::new((lowered.circuit, lowered.program));
        let salts = vec![u128::MAX - 5; statement.interface.salts()];
        let given = |values: [f64; 3]| {
            let reals = Tensor::new([3], values.to_vec()).unwrap();
            let inputs = model.quantize_inputs(&[reals]).unwrap();
            statement.interface.program_inputs(from_i128(77), &inputs, &salts)
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
