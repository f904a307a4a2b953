//! One of tract's nodes while it is imported.

use std::{collections::BTreeMap, sync::Arc};

use lionml_graph::{Element, Model, Outlet};
use lionml_ops::{AnyOp, ops::Wrap};
use lionml_tensor::{Shape, Tensor, Window};
use tract_onnx::{
    prelude::{DatumType, Tensor as TractTensor, TypedFact, TypedModel, TypedNode},
    tract_core::{
        internal::OutletId,
        ops::{Op, cnn::PoolSpec, nn::DataFormat},
    },
};

use crate::{
    ImportError,
    prepare::{Label, Labels},
    proto,
    tensors::{element, from_tract},
};

/// What an outlet of tract's graph became.
#[derive(Clone, Debug)]
pub(crate) enum Wire {
    /// A constant: it enters the model only where an operator needs it.
    Constant {
        /// The tensor's name in the file, or that of the node that makes it.
        name: String,
        /// Its value.
        value: Arc<TractTensor>,
    },
    /// A wire of the model.
    Variable(Outlet),
}

/// What is imported so far.
#[derive(Default)]
pub(crate) struct Progress {
    /// The model.
    pub(crate) model: Model,
    /// What each outlet became.
    pub(crate) wires: BTreeMap<OutletId, Wire>,
    /// The elements that computed constants may still have.
    pub(crate) constant_room: usize,
    /// The constants that have entered the model.
    pub(crate) constants: BTreeMap<OutletId, Outlet>,
}

/// One of tract's nodes, and what its importer may do.
pub(crate) struct NodeImport<'a> {
    pub(crate) progress: &'a mut Progress,
    pub(crate) typed: &'a TypedModel,
    pub(crate) node: &'a TypedNode,
    pub(crate) label: &'a Label,
    pub(crate) labels: &'a Labels,
}

impl NodeImport<'_> {
    /// tract's op.
    pub(crate) fn op<T: Op>(&self) -> Result<&T, ImportError> {
        self.node.op_as::<T>().ok_or_else(|| self.error("an op of another kind".to_owned()))
    }

    /// The number of operands.
    pub(crate) fn operands(&self) -> usize {
        self.node.inputs.len()
    }

    /// The value of an operand, where it is constant.
    pub(crate) fn constant(&self, operand: usize) -> Option<&Arc<TractTensor>> {
        match self.progress.wires.get(self.node.inputs.get(operand)?) {
            Some(Wire::Constant { value, .. }) => Some(value),
            _ => None,
        }
    }

    /// The wire of an operand.
    pub(crate) fn outlet(&mut self, operand: usize) -> Result<Outlet, ImportError> {
        let missing = || self.error(format!("there is no operand `{operand}`"));
        let source = *self.node.inputs.get(operand).ok_or_else(missing)?;
        self.progress
            .outlet(source)
            .unwrap_or_else(|| Err(self.error("an operand was not imported".to_owned())))
    }

    /// What tract knows of an operand.
    pub(crate) fn operand_fact(&self, operand: usize) -> Result<&TypedFact, ImportError> {
        let source = self.node.inputs.get(operand).copied();
        source
            .and_then(|source| self.typed.outlet_fact(source).ok())
            .ok_or_else(|| self.error(format!("there is no operand `{operand}`")))
    }

    /// The shape of an operand.
    pub(crate) fn operand_shape(&self, operand: usize) -> Result<Shape, ImportError> {
        self.shape(self.operand_fact(operand)?)
    }

    /// The element type of an output.
    pub(crate) fn output_type(&self) -> Result<DatumType, ImportError> {
        Ok(self.output_fact()?.datum_type)
    }

    /// The shape of the first output.
    pub(crate) fn output_shape(&self) -> Result<Shape, ImportError> {
        self.shape(self.output_fact()?)
    }

    /// Adds an operator under the name of the ONNX node.
    pub(crate) fn add(
        &mut self,
        op: impl Into<AnyOp>,
        inputs: &[Outlet],
    ) -> Result<Outlet, ImportError> {
        let added = self.progress.model.op(self.label.name.as_str(), op, inputs);
        added.map_err(|error| ImportError::at(self.label, error))
    }

    /// Adds arithmetic under the name of the ONNX node: integers that the output's type does not
    /// hold wrap around.
    pub(crate) fn arithmetic(
        &mut self,
        op: impl Into<AnyOp>,
        inputs: &[Outlet],
    ) -> Result<Outlet, ImportError> {
        let outlet = self.add(op, inputs)?;
        match element(self.output_type()?) {
            Some(Element::Integer { signed, bits }) => self.add(Wrap { signed, bits }, &[outlet]),
            _ => Ok(outlet),
        }
    }

    /// Adds a constant that belongs to the ONNX node.
    pub(crate) fn add_constant(&mut self, value: Tensor<f64>) -> Outlet {
        self.progress.model.constant(self.label.name.as_str(), value)
    }

    /// Whether an operand is a constant whose elements all satisfy a condition.
    pub(crate) fn all(
        &self,
        operand: usize,
        condition: impl Fn(f64) -> bool,
    ) -> Result<bool, ImportError> {
        match self.constant(operand) {
            Some(value) => {
                let value = from_tract(&self.label.name, value)?;
                Ok(value.data().iter().all(|v| condition(*v)))
            }
            None => Ok(false),
        }
    }

    /// Whether an operand is a constant of one value.
    pub(crate) fn is_uniform(&self, operand: usize, value: f64) -> Result<bool, ImportError> {
        self.all(operand, |v| v == value)
    }

    /// The least and the largest value that the output's element type can hold; of floats those of
    /// 32 bits, by which exporters write that there is no limit.
    pub(crate) fn range(&self) -> Result<(f64, f64), ImportError> {
        Ok(match element(self.output_type()?) {
            Some(Element::Integer { signed, bits }) => {
                let high = f64::from(2u8).powi(i32::try_from(bits).unwrap_or(0));
                if signed { (-high / 2.0, high / 2.0 - 1.0) } else { (0.0, high - 1.0) }
            }
            Some(Element::Boolean) => (0.0, 1.0),
            _ => (f64::from(f32::MIN), f64::from(f32::MAX)),
        })
    }

    /// The window of a convolution or a pool, with its padding worked out.
    pub(crate) fn window(&self, spec: &PoolSpec) -> Result<Window, ImportError> {
        let shape = self.operand_shape(0)?;
        let (rank, spatial) = (spec.rank(), shape.axes().get(2..).unwrap_or_default());
        let is_onnx_layout = spec.data_format == DataFormat::NCHW && spatial.len() == rank;
        if !is_onnx_layout || [spec.strides().len(), spec.dilations().len()] != [rank; 2] {
            return Err(self.error("its window does not fit its operand".to_owned()));
        }
        let padding = spec.computed_padding(spatial);
        Ok(Window {
            kernel: spec.kernel_shape.to_vec(),
            strides: spec.strides().to_vec(),
            dilations: spec.dilations().to_vec(),
            pads_before: padding.iter().map(|p| p.pad_before).collect(),
            pads_after: padding.iter().map(|p| p.pad_after).collect(),
            output: padding.iter().map(|p| p.convoluted).collect(),
        })
    }

    /// Checks that tract and LionML agree on the shapes of the outputs.
    pub(crate) fn check_shapes(&self, outlets: &[Outlet]) -> Result<(), ImportError> {
        for (outlet, output) in outlets.iter().zip(&self.node.outputs) {
            let (tracts, fact) = (self.shape(&output.fact)?, self.progress.model.fact(*outlet));
            if let Some(fact) = fact.filter(|fact| fact.shape != tracts) {
                return Err(self.error(format!("its shape is `{}`, or `{tracts}`", fact.shape)));
            }
        }
        Ok(())
    }

    /// An error of this node.
    pub(crate) fn error(&self, reason: String) -> ImportError {
        ImportError::Node { node: self.label.name.clone(), op: self.label.op.clone(), reason }
    }

    /// An attribute's value that is not supported.
    pub(crate) fn attribute(
        &self,
        attribute: &str,
        value: String,
        supported: &'static str,
    ) -> ImportError {
        let (node, op) = (self.label.name.clone(), self.label.op.clone());
        ImportError::Attribute { node, op, attribute: attribute.to_owned(), value, supported }
    }

    /// An operand or output that is not supported.
    pub(crate) fn operand(
        &self,
        place: &'static str,
        got: impl Into<String>,
        supported: &'static str,
    ) -> ImportError {
        let (node, op) = (self.label.name.clone(), self.label.op.clone());
        ImportError::Operand { node, op, place, got: got.into(), supported }
    }

    fn output_fact(&self) -> Result<&TypedFact, ImportError> {
        let output = self.node.outputs.first();
        output.map(|o| &o.fact).ok_or_else(|| self.error("it has no output".to_owned()))
    }

    fn shape(&self, fact: &TypedFact) -> Result<Shape, ImportError> {
        let free = || self.error(format!("the shape `{:?}` is not fixed", fact.shape));
        let shape = Shape::new(fact.shape.as_concrete().ok_or_else(free)?);
        proto::check_size(&self.label.name, &shape)?;
        Ok(shape)
    }
}

impl Progress {
    /// The wire of an outlet, if it was imported; a constant enters the model the first time.
    pub(crate) fn outlet(&mut self, source: OutletId) -> Option<Result<Outlet, ImportError>> {
        match self.wires.get(&source)? {
            Wire::Variable(outlet) => Some(Ok(*outlet)),
            Wire::Constant { name, value } => Some(match self.constants.get(&source) {
                Some(outlet) => Ok(*outlet),
                None => constant(name, value).map(|value| {
                    let outlet = self.model.constant(name.as_str(), value);
                    self.constants.insert(source, outlet);
                    outlet
                }),
            }),
        }
    }
}

/// A constant of the file, if all its elements are finite.
fn constant(name: &str, value: &TractTensor) -> Result<Tensor<f64>, ImportError> {
    let floats = from_tract(name, value)?;
    match floats.data().iter().find(|v| !v.is_finite()) {
        Some(value) => Err(ImportError::Constant {
            tensor: name.to_owned(),
            reason: format!("`{value}` is not a finite number"),
        }),
        None => Ok(floats),
    }
}
