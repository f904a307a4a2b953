//! A float model: the meaning of an ONNX file.

use lionml_ops::{AnyOp, Fact, Integers, OpError};
use lionml_quant::{Number, QTensor, Scale};
use lionml_tensor::{Shape, Tensor};

use crate::{Element, Graph, GraphError, Kind, Node, Outlet};

/// A source of a float model.
#[derive(Clone, Debug, PartialEq)]
pub enum FloatSource {
    /// An input with elements of this type.
    Input(Element),
    /// A constant.
    Constant(Tensor<f64>),
}

/// A float model.
pub type Model = Graph<FloatSource>;

impl Model {
    /// Adds an input.
    pub fn input(
        &mut self,
        name: impl Into<String>,
        shape: impl Into<Shape>,
        element: Element,
    ) -> Outlet {
        self.source(name, FloatSource::Input(element), Fact::float(shape))
    }

    /// Adds a constant.
    pub fn constant(&mut self, name: impl Into<String>, value: Tensor<f64>) -> Outlet {
        let fact = Fact::float(value.shape().clone());
        self.source(name, FloatSource::Constant(value), fact)
    }

    /// The constant at an outlet, if it is one.
    pub fn as_constant(&self, outlet: Outlet) -> Option<&Tensor<f64>> {
        match self.nodes().get(outlet.node).map(|n| &n.kind) {
            Some(Kind::Source(FloatSource::Constant(value))) => Some(value),
            _ => None,
        }
    }

    /// The inputs: index of the node, name, shape, element type.
    pub fn inputs(&self) -> impl Iterator<Item = (usize, &str, &Shape, Element)> {
        self.nodes().iter().enumerate().filter_map(|(i, node)| {
            match (&node.kind, &node.facts[..]) {
                (Kind::Source(FloatSource::Input(element)), [fact]) => {
                    Some((i, node.name.as_str(), &fact.shape, *element))
                }
                _ => None,
            }
        })
    }

    /// For each node, whether it carries integers: inputs of such a type, what makes integers of
    /// anything, and what keeps them of integers and whole constants alone. No bit of them is ever
    /// rounded away.
    pub fn integers(&self) -> Vec<bool> {
        let mut is_integer: Vec<bool> = Vec::with_capacity(self.nodes().len());
        for node in self.nodes() {
            let wires = || node.inputs.iter().filter(|o| self.as_constant(**o).is_none());
            let mut constants = node.inputs.iter().filter_map(|o| self.as_constant(*o));
            let is_one = match &node.kind {
                Kind::Source(FloatSource::Input(element)) => *element != Element::Float,
                Kind::Source(FloatSource::Constant(_)) => false,
                Kind::Op(op) => match op.properties().integers {
                    Integers::Made => true,
                    Integers::Lost => false,
                    Integers::Kept => {
                        wires().next().is_some()
                            && wires().all(|o| is_integer[o.node])
                            && constants.all(|value| value.data().iter().all(|v| v.fract() == 0.0))
                    }
                },
            };
            is_integer.push(is_one);
        }
        is_integer
    }

    /// The values of every node's outputs. Integers that are computed from integers are computed as
    /// such: from 2^53 on floats would round them, and what wraps around would be another number.
    pub fn trace(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Vec<Tensor<f64>>>, GraphError> {
        let expected = self.inputs().count();
        if inputs.len() != expected {
            return Err(GraphError::Inputs { expected, got: inputs.len() });
        }
        let mut inputs = inputs.iter();
        let is_integer = self.integers();
        let mut values: Vec<Vec<Tensor<f64>>> = Vec::with_capacity(self.nodes().len());
        let mut exact: Vec<Option<Vec<QTensor>>> = Vec::with_capacity(self.nodes().len());
        for (node, is_integer) in self.nodes().iter().zip(is_integer) {
            let integers = match &node.kind {
                Kind::Op(op) if is_integer => self.exact(node, op, &exact)?,
                _ => None,
            };
            let outputs = match (&node.kind, &integers) {
                (_, Some(integers)) => integers.iter().map(QTensor::dequantize).collect(),
                (Kind::Source(FloatSource::Constant(value)), _) => vec![value.clone()],
                (Kind::Source(FloatSource::Input(_)), _) => {
                    let value = inputs.next().cloned().unwrap_or_else(|| Tensor::scalar(0.0));
                    let shape = &node.facts[0].shape;
                    if value.shape() != shape {
                        return Err(GraphError::InputShape {
                            input: node.name.clone(),
                            source: lionml_tensor::ShapeError::Mismatch {
                                expected: shape.to_string(),
                                got: value.shape().clone(),
                            },
                        });
                    }
                    vec![value]
                }
                (Kind::Op(op), None) => {
                    let operands: Vec<_> =
                        node.inputs.iter().map(|o| values[o.node][o.slot].clone()).collect();
                    op.eval_float(&operands).map_err(|source| op_error(node, op, source))?
                }
            };
            exact.push(match integers {
                // None for what is not finite: whoever quantises the inputs says so.
                None if is_integer => {
                    let whole = outputs.iter().map(|v| QTensor::quantize(v, Scale::ONE).ok());
                    whole.collect()
                }
                integers => integers,
            });
            values.push(outputs);
        }
        Ok(values)
    }

    /// The integers that an operator computes from integers and constants; none where it takes floats.
    fn exact(
        &self,
        node: &Node<FloatSource>,
        op: &AnyOp,
        exact: &[Option<Vec<QTensor>>],
    ) -> Result<Option<Vec<QTensor>>, GraphError> {
        let operand = |outlet: &Outlet| match self.as_constant(*outlet) {
            Some(value) => self.whole(*outlet, value).map(Some),
            None => Ok(exact[outlet.node].as_ref().map(|values| values[outlet.slot].clone())),
        };
        let operands: Option<Vec<QTensor>> =
            node.inputs.iter().map(operand).collect::<Result<_, _>>()?;
        let Some(operands) = operands else { return Ok(None) };
        let error = |source| op_error(node, op, source);
        let facts = node.inputs.iter().zip(&operands).map(|(outlet, q)| {
            let constant = self.as_constant(*outlet).map(|_| Fact::constant(q.clone()));
            constant.unwrap_or_else(|| Fact::fixed(q.values.shape().clone(), q.number))
        });
        let facts = op.infer(&facts.collect::<Vec<_>>()).map_err(error)?;
        let outputs = op.eval_quant(&operands, &facts).map_err(error)?;
        let tight = |(values, fact): (Tensor<i128>, &Fact)| {
            let Number { scale, .. } = fact.require_number(0)?;
            Ok::<_, OpError>(QTensor::constant(values, scale)?)
        };
        let outputs = outputs.into_iter().zip(&facts).map(tight).collect::<Result<_, _>>();
        outputs.map(Some).map_err(error)
    }

    /// A constant as the whole numbers that it is where integers are computed with it.
    pub(crate) fn whole(&self, outlet: Outlet, value: &Tensor<f64>) -> Result<QTensor, GraphError> {
        let node = || self.nodes()[outlet.node].name.clone();
        QTensor::quantize(value, Scale::ONE)
            .map_err(|source| GraphError::Number { node: node(), source })
    }

    /// The outputs for these inputs.
    pub fn run(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, GraphError> {
        let trace = self.trace(inputs)?;
        Ok(self.outputs().iter().map(|o| trace[o.outlet.node][o.outlet.slot].clone()).collect())
    }
}

fn op_error(node: &Node<FloatSource>, op: &AnyOp, source: OpError) -> GraphError {
    GraphError::Op { node: node.name.clone(), op: op.name(), source }
}
