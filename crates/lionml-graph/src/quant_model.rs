//! A quantised model: exact integers.

use std::sync::Arc;

use lionml_ops::{AnyOp, Fact};
use lionml_quant::{Interval, Number, QTensor, QuantError, Scale};
use lionml_tensor::{Shape, ShapeError, Tensor};
use serde::{Deserialize, Serialize};

use crate::{Element, Graph, GraphError, Kind, Outlet};

/// A source of a quantised model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FixedSource {
    /// An input.
    Input {
        /// Its shape.
        shape: Shape,
        /// Its elements in the original model.
        element: Element,
        /// Its integers; the interval is of whole bits, as the circuit enforces it.
        number: Number,
    },
    /// A constant.
    Constant(QTensor),
}

/// A quantised model.
pub type QuantModel = Graph<FixedSource>;

/// The integers of every node's outputs.
pub type Trace = Vec<Vec<QTensor>>;

/// An input of a quantised model.
#[derive(Clone, Debug, PartialEq)]
pub struct FixedInput<'a> {
    /// The index of its node.
    pub node: usize,
    /// Its name.
    pub name: &'a str,
    /// Its shape.
    pub shape: &'a Shape,
    /// Its elements in the original model.
    pub element: Element,
    /// Its integers.
    pub number: Number,
}

impl QuantModel {
    /// Adds an input.
    pub fn input(
        &mut self,
        name: impl Into<String>,
        shape: impl Into<Shape>,
        element: Element,
        number: Number,
    ) -> Outlet {
        let shape = shape.into();
        let fact = Fact::fixed(shape.clone(), number);
        self.source(name, FixedSource::Input { shape, element, number }, fact)
    }

    /// Adds a constant.
    pub fn constant(&mut self, name: impl Into<String>, value: QTensor) -> Outlet {
        let fact = Fact::constant(value.clone());
        self.source(name, FixedSource::Constant(value), fact)
    }

    /// The inputs.
    pub fn inputs(&self) -> impl Iterator<Item = FixedInput<'_>> {
        self.nodes().iter().enumerate().filter_map(|(i, node)| match &node.kind {
            Kind::Source(FixedSource::Input { shape, element, number }) => Some(FixedInput {
                node: i,
                name: &node.name,
                shape,
                element: *element,
                number: *number,
            }),
            _ => None,
        })
    }

    /// The format of an outlet; every outlet of a quantised model has one.
    pub fn number(&self, outlet: Outlet) -> Result<Number, GraphError> {
        self.fact(outlet).and_then(|f| f.number).ok_or_else(|| GraphError::Outlet {
            node: "output".to_owned(),
            from: outlet.node,
            slot: outlet.slot,
        })
    }

    /// Real inputs as integers; each must be finite, of its element type, and in range.
    pub fn quantize_inputs(&self, inputs: &[Tensor<f64>]) -> Result<Vec<QTensor>, GraphError> {
        let expected = self.inputs().count();
        if inputs.len() != expected {
            return Err(GraphError::Inputs { expected, got: inputs.len() });
        }
        self.inputs().zip(inputs).map(|(input, reals)| input.quantize(reals)).collect()
    }

    /// The integers of every node for these inputs, which must have the model's shapes and scales.
    /// Each value is checked against its wire's interval: what the circuit assumes, the integers
    /// keep.
    pub fn trace(&self, inputs: &[QTensor]) -> Result<Trace, GraphError> {
        let expected = self.inputs().count();
        if inputs.len() != expected {
            return Err(GraphError::Inputs { expected, got: inputs.len() });
        }
        for (input, given) in self.inputs().zip(inputs) {
            input.check(given)?;
        }
        let mut inputs = inputs.iter();
        let mut trace: Trace = Vec::with_capacity(self.nodes().len());
        for node in self.nodes() {
            let outputs = match &node.kind {
                Kind::Source(FixedSource::Constant(value)) => vec![value.clone()],
                Kind::Source(FixedSource::Input { number, .. }) => {
                    // Operators derive what they do from the interval: it is the model's, as it is
                    // in the circuit.
                    let given = inputs.next().cloned();
                    given.map(|q| QTensor { number: *number, ..q }).into_iter().collect()
                }
                Kind::Op(op) => {
                    let operands: Vec<_> =
                        node.inputs.iter().map(|o| trace[o.node][o.slot].clone()).collect();
                    run_op(&node.name, op, &operands, &node.facts)?
                }
            };
            trace.push(outputs);
        }
        Ok(trace)
    }

    /// The output integers in a trace.
    pub fn outputs_of(&self, trace: &Trace) -> Vec<QTensor> {
        self.outputs().iter().map(|o| trace[o.outlet.node][o.outlet.slot].clone()).collect()
    }

    /// The real outputs for real inputs.
    pub fn run(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, GraphError> {
        let trace = self.trace(&self.quantize_inputs(inputs)?)?;
        Ok(self.outputs_of(&trace).iter().map(QTensor::dequantize).collect())
    }
}

fn run_op(
    name: &str,
    op: &AnyOp,
    operands: &[QTensor],
    facts: &[Fact],
) -> Result<Vec<QTensor>, GraphError> {
    let error = |source| GraphError::Op { node: name.to_owned(), op: op.name(), source };
    let outputs = op.eval_quant(operands, facts).map_err(error)?;
    outputs
        .into_iter()
        .zip(facts)
        .enumerate()
        .map(|(slot, (values, fact))| {
            let number = fact.require_number(slot).map_err(error)?;
            let outside = values.data().iter().position(|v| !number.interval.contains(*v));
            if let Some(element) = outside {
                let value = values.data()[element];
                return Err(GraphError::Interval {
                    node: name.to_owned(),
                    op: op.name(),
                    element,
                    value,
                });
            }
            Ok(QTensor { values: Arc::new(values), number })
        })
        .collect()
}

impl FixedInput<'_> {
    /// Integers for this input: of its shape and scale, and in its interval.
    fn check(&self, given: &QTensor) -> Result<(), GraphError> {
        self.check_shape(given.values.shape())?;
        let Number { scale, interval } = self.number;
        if given.number.scale != scale {
            let source = QuantError::Rescale { from: given.number.scale, to: scale };
            return Err(GraphError::Number { node: self.name.to_owned(), source });
        }
        let outside = given.values.data().iter().find_map(|&value| interval.check(value).err());
        match outside {
            Some(source) => Err(GraphError::Number { node: self.name.to_owned(), source }),
            None => Ok(()),
        }
    }

    /// Whether the circuit, which knows the interval and not the type, lets the same values through
    /// as [`Self::quantize`].
    pub(crate) fn check_element(&self) -> Result<(), GraphError> {
        let Number { scale, interval } = self.number;
        // Not in floats, where halves beyond 2^53 pass for whole numbers.
        let whole = || interval.times(Scale::ONE.factor_from(&scale)?);
        let holds = match self.element {
            Element::Float => true,
            Element::Integer { signed, bits } => {
                // Types of 128 bits hold every interval with their sign.
                let all = Interval::of_type(signed, bits.min(120));
                whole().is_ok_and(|whole| all.is_ok_and(|all| all.covers(&whole)))
            }
            Element::Boolean => scale == Scale::ONE && Interval::BIT.covers(&interval),
        };
        if holds {
            return Ok(());
        }
        // The value to show: the first that is none of the type.
        let values = [interval.low(), interval.high().min(interval.low() + 1), interval.high()];
        let values = values.map(|value| scale.dequantize(value));
        let value = values.into_iter().find(|value| !self.element.holds(*value));
        let (input, expected) = (self.name.to_owned(), self.element);
        let value = value.unwrap_or_else(|| scale.dequantize(1));
        Err(GraphError::InputElement { input, element: 0, value, expected })
    }

    fn check_shape(&self, shape: &Shape) -> Result<(), GraphError> {
        if shape == self.shape {
            return Ok(());
        }
        let (expected, got) = (self.shape.to_string(), shape.clone());
        let source = ShapeError::Mismatch { expected, got };
        Err(GraphError::InputShape { input: self.name.to_owned(), source })
    }

    /// Real values of this input as integers.
    pub fn quantize(&self, reals: &Tensor<f64>) -> Result<QTensor, GraphError> {
        self.check_shape(reals.shape())?;
        let Number { scale, interval } = self.number;
        let mut values = Vec::with_capacity(reals.data().len());
        for (element, &value) in reals.data().iter().enumerate() {
            let input = || self.name.to_owned();
            if !value.is_finite() {
                let value = value.to_string();
                return Err(GraphError::InputNotFinite { input: input(), element, value });
            }
            if !self.element.holds(value) {
                let expected = self.element;
                return Err(GraphError::InputElement { input: input(), element, value, expected });
            }
            match scale.quantize(value).and_then(|q| interval.check(q)) {
                Ok(q) => values.push(q),
                Err(QuantError::OutsideInterval { .. } | QuantError::Overflow) => {
                    return Err(GraphError::InputRange {
                        input: input(),
                        element,
                        value,
                        low: scale.dequantize(interval.low()),
                        high: scale.dequantize(interval.high()),
                    });
                }
                Err(source) => return Err(GraphError::Number { node: input(), source }),
            }
        }
        let values = Tensor::new(reals.shape().clone(), values)
            .map_err(|source| GraphError::InputShape { input: self.name.to_owned(), source })?;
        Ok(QTensor { values: Arc::new(values), number: self.number })
    }
}

/// Whether rows enforce the interval of an input. Widths of all later rows, and rows that are left
/// out, follow from it: a prover would choose a value that is in the bits and not in the interval.
pub(crate) fn check_whole_bits(input: &str, interval: &Interval) -> Result<(), GraphError> {
    let error = |source| GraphError::Number { node: input.to_owned(), source };
    let (interval, enforced) = (*interval, interval.to_whole_bits().map_err(error)?);
    if enforced != interval {
        return Err(GraphError::InputInterval { input: input.to_owned(), interval, enforced });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use lionml_ops::ops::Requantize;

    use super::*;

    #[test]
    fn rejects_integers_of_another_input() {
        let mut model = QuantModel::new();
        let number = Number { scale: Scale::binary(4), interval: Interval::signed(6).unwrap() };
        let x = model.input("x", [2], Element::Float, number);
        let op = Requantize { scale: Scale::binary(2), relu: false, calibrated: None };
        let y = model.op("y", op, &[x]).unwrap();
        model.output("y", y, Element::Float).unwrap();
        let given = |values: &[i128], scale, interval| {
            let values = Tensor::new([values.len()], values.to_vec()).unwrap();
            [QTensor { values: values.into(), number: Number { scale, interval } }]
        };
        let trace = |given: [QTensor; 1]| model.trace(&given).map(|t| model.outputs_of(&t));
        let honest = trace(given(&[-32, 31], number.scale, number.interval)).unwrap();
        assert_eq!(honest[0].values.data(), [-8, 8]);
        // What the caller knows of the values changes nothing.
        let wide = Interval::signed(9).unwrap();
        assert_eq!(trace(given(&[-32, 31], number.scale, wide)), Ok(honest));

        let node = || "x".to_owned();
        let (value, interval) = (32, number.interval);
        let source = QuantError::OutsideInterval { value, interval };
        let outside = given(&[0, 32], number.scale, Interval::unsigned(6).unwrap());
        assert_eq!(trace(outside), Err(GraphError::Number { node: node(), source }));
        let source = QuantError::Rescale { from: Scale::ONE, to: number.scale };
        let coarse = given(&[0, 0], Scale::ONE, number.interval);
        assert_eq!(trace(coarse), Err(GraphError::Number { node: node(), source }));
        let short = trace(given(&[0], number.scale, number.interval));
        assert!(matches!(short, Err(GraphError::InputShape { .. })));
    }
}
