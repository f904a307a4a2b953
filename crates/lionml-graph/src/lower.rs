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

use lionml_gadgets::enforce_range;
use lionml_ops::{AnyOp, Wires};
use lionml_quant::{Number, QTensor};
use lionml_r1cs::{Builder, Circuit, Digest, Fr, Linear, Program, field::from_i128};
use lionml_tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{FixedSource, GraphError, Kind, QuantModel};

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
        let mut lowering =
            Lowering { model: self, builder: Builder::new(), wires: Vec::new(), rows: Vec::new() };
        lowering.header(statement);
        lowering.nodes(statement)?;
        lowering.outputs(statement)?;
        let (circuit, program) = lowering.builder.finish();
        Ok(Lowered { circuit, program, rows: lowering.rows })
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
            let context = b.public_input("context").into();
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
        let error = |source: lionml_gadgets::GadgetError| GraphError::Op {
            node: name.to_owned(),
            op: "Input",
            source: source.into(),
        };
        self.builder.scope(name, |b| {
            let values: Vec<Linear> = (0..elements)
                .map(|_| match visibility {
                    Visibility::Public => b.public_input(name).into(),
                    _ => b.private_input(name).into(),
                })
                .collect();
            for value in &values {
                // Everything downstream assumes the interval, and nobody else checks it: not
                // Varuna's verifier, not the chain.
                enforce_range(b, value, &number.interval).map_err(error)?;
            }
            match visibility {
                Visibility::Public | Visibility::Private => Ok(values),
                Visibility::Hashed | Visibility::Packed => {
                    Err(error(lionml_gadgets::GadgetError::Empty { gadget: "hash and pack" }))
                }
            }
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
            let outputs = op.synthesize(b, &operands, &node.facts).map_err(error)?;
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
            self.builder.scope(format!("output {}", output.name), |b| match visibility {
                Visibility::Public => {
                    for i in 0..wires.shape().elements() {
                        b.public_output("output", &wires.linear(i));
                    }
                    Ok(())
                }
                Visibility::Private => Ok(()),
                Visibility::Hashed | Visibility::Packed => Err(GraphError::Op {
                    node: output.name.clone(),
                    op: "Output",
                    source: lionml_gadgets::GadgetError::Empty { gadget: "hash and pack" }.into(),
                }),
            })?;
            self.rows.push((format!("output {}", output.name), self.builder.rows() - before));
        }
        Ok(())
    }
}

impl Lowered {
    /// The inputs of [`Program::solve`] for a context and the model's inputs, with one salt for
    /// each hashed input and then each hashed output.
    pub fn program_inputs(&self, context: Fr, inputs: &[QTensor], _salts: &[u128]) -> Vec<Fr> {
        let values = inputs.iter().flat_map(|q| q.values.data()).map(|&v| from_i128(v));
        std::iter::once(context).chain(values).collect()
    }
}
