//! A float model: what the ONNX file means.

use lionml_ops::Fact;
use lionml_tensor::{Shape, Tensor};

use crate::{Element, Graph, GraphError, Kind, Outlet};

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

    /// The values of every node's outputs.
    pub fn trace(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Vec<Tensor<f64>>>, GraphError> {
        let expected = self.inputs().count();
        if inputs.len() != expected {
            return Err(GraphError::Inputs { expected, got: inputs.len() });
        }
        let mut inputs = inputs.iter();
        let mut values: Vec<Vec<Tensor<f64>>> = Vec::with_capacity(self.nodes().len());
        for node in self.nodes() {
            let outputs = match &node.kind {
                Kind::Source(FloatSource::Constant(value)) => vec![value.clone()],
                Kind::Source(FloatSource::Input(_)) => {
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
                Kind::Op(op) => {
                    let operands: Vec<_> =
                        node.inputs.iter().map(|o| values[o.node][o.slot].clone()).collect();
                    op.eval_float(&operands).map_err(|source| GraphError::Op {
                        node: node.name.clone(),
                        op: op.name(),
                        source,
                    })?
                }
            };
            values.push(outputs);
        }
        Ok(values)
    }

    /// The outputs for these inputs.
    pub fn run(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, GraphError> {
        let trace = self.trace(inputs)?;
        Ok(self.outputs().iter().map(|o| trace[o.outlet.node][o.outlet.slot].clone()).collect())
    }
}
