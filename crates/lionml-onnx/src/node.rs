//! One node of a file while it is imported: what its importer may ask and do.

use std::{cell::Cell, collections::BTreeMap, sync::Arc};

use lionml_graph::{Model, Outlet};
use lionml_ops::{
    AnyOp,
    ops::{Add, Reshape, Wrap},
};
use lionml_tensor::{Shape, Tensor};

use crate::{
    ImportError, NodeLabel, OnnxFile,
    element::Type,
    fold,
    proto::{AttributeProto, AttributeType},
    tensor,
    value::{Constant, Value, Values, Wire},
};

/// The model in the making.
pub(crate) struct Building {
    pub(crate) model: Model,
    /// The constants that have entered the model, by their place in memory; holding them keeps it theirs.
    entered: BTreeMap<usize, (Arc<Constant>, Outlet)>,
    /// The elements that tensors may still have, those of all nodes together.
    room: usize,
    /// How much may still be computed of constants.
    pub(crate) work: usize,
}

/// The most elements of all constants of the file, and of all tensors that nodes make.
pub(crate) const MAX_ELEMENTS: usize = 1 << 24;

/// The most elements and products of all constants that are computed.
pub(crate) const MAX_WORK: usize = 1 << 27;

impl Building {
    pub(crate) fn new() -> Self {
        Self { model: Model::new(), entered: BTreeMap::new(), room: MAX_ELEMENTS, work: MAX_WORK }
    }

    /// The outlet of a value; a constant enters the model the first time.
    pub(crate) fn outlet(&mut self, value: &Value) -> Result<Outlet, ImportError> {
        let constant = match value {
            Value::Wire(wire) => return Ok(wire.outlet),
            Value::Constant(constant) => constant,
            Value::Masked(masked) => {
                let mask = self.outlet(&Value::Constant(masked.mask.clone()))?;
                let added =
                    self.model.op(masked.mask.name.as_str(), Add, &[masked.shown.outlet, mask]);
                return added.map_err(|error| ImportError::Graph(Box::new(error)));
            }
        };
        let place = Arc::as_ptr(constant) as usize;
        if let Some((_, outlet)) = self.entered.get(&place) {
            return Ok(*outlet);
        }
        let outlet = self.model.constant(constant.name.as_str(), exact(constant)?);
        self.entered.insert(place, (constant.clone(), outlet));
        Ok(outlet)
    }
}

/// The elements as a model holds them, if none is rounded for it.
fn exact(constant: &Constant) -> Result<Tensor<f64>, ImportError> {
    let error = |value: String, reason, way_out| ImportError::ConstantValue {
        tensor: constant.name.clone(),
        value,
        reason,
        way_out,
    };
    match &constant.values {
        Values::Floats(values) => match values.data().iter().find(|v| !v.is_finite()) {
            Some(value) if value.is_nan() => Err(error(
                value.to_string(),
                "which is not a number",
                "the model was trained or exported wrongly: correct the value",
            )),
            Some(value) => Err(error(
                value.to_string(),
                "which no number of a circuit stands for",
                "write a finite value in its place, such as -10000 for a mask before a `Softmax`",
            )),
            None => Ok(values.clone()),
        },
        Values::Integers(values) => values.try_map(|&value| {
            let float = Type::nearest_double(value);
            match i128_of(float) {
                Some(back) if back == value => Ok(float),
                _ => Err(error(
                    value.to_string(),
                    "an integer beyond 2^53 that is not exact in the floats by which models are \
                     calibrated",
                    "write the model with smaller integers",
                )),
            }
        }),
    }
}

/// A whole float as an integer.
pub(crate) fn i128_of(value: f64) -> Option<i128> {
    const END: f64 = 1.7e38;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and in range")]
    let whole = (value.fract() == 0.0 && value.abs() < END).then_some(value as i128);
    whole
}

fn is_same(a: f64, b: f64) -> bool {
    a == b || a.is_nan() && b.is_nan()
}

/// An attribute of a node, and whether its importer asked for it.
pub(crate) struct Attribute<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: &'a AttributeProto,
    pub(crate) is_read: Cell<bool>,
}

/// One node, and what its importer may do.
pub(crate) struct NodeImport<'a, 'b> {
    pub(crate) building: &'b mut Building,
    pub(crate) label: NodeLabel,
    /// The version of the operator set of its domain.
    pub(crate) opset: i64,
    /// None where an operand is left out.
    pub(crate) operands: Vec<Option<Value>>,
    /// Which outputs have a name.
    pub(crate) outputs: Vec<bool>,
    pub(crate) attributes: Vec<Attribute<'a>>,
    pub(crate) file: &'a OnnxFile,
    /// The elements that constants of the file may still have.
    pub(crate) constant_room: &'b mut usize,
}

/// What an importer gives back: the node's outputs, all of them that the file names.
pub(crate) type Outputs = Result<Vec<Value>, ImportError>;

impl<'a> NodeImport<'a, '_> {
    /// How many operands there are, those that are left out before the last one included.
    pub(crate) fn count(&self) -> usize {
        self.operands.len()
    }

    /// An operand.
    pub(crate) fn operand(&self, index: usize) -> Result<Value, ImportError> {
        self.optional(index).ok_or_else(|| self.error(format!("operand `{index}` is missing")))
    }

    /// An operand that may be left out.
    pub(crate) fn optional(&self, index: usize) -> Option<Value> {
        self.operands.get(index).cloned().flatten()
    }

    /// All operands of a node that takes any number of them.
    pub(crate) fn all(&self) -> Result<Vec<Value>, ImportError> {
        match self.count() {
            0 => Err(self.error("it has no operand".to_owned())),
            count => (0..count).map(|index| self.operand(index)).collect(),
        }
    }

    /// The integers of an operand that must be constant.
    pub(crate) fn integers(
        &self,
        index: usize,
        place: &'static str,
    ) -> Result<Vec<i64>, ImportError> {
        self.integers_of(&self.operand(index)?, place)
    }

    /// The same, where it may be left out.
    pub(crate) fn optional_integers(
        &self,
        index: usize,
        place: &'static str,
    ) -> Result<Option<Vec<i64>>, ImportError> {
        self.optional(index).map(|value| self.integers_of(&value, place)).transpose()
    }

    fn integers_of(&self, value: &Value, place: &'static str) -> Result<Vec<i64>, ImportError> {
        let constant = value.as_constant().ok_or_else(|| {
            let way_out =
                "export the model with fixed shapes: what it is computed from is an input";
            self.refused(place, "computed from inputs", "constants", Some(way_out))
        })?;
        let integers = constant.integers().filter(|_| constant.kind != Type::Boolean);
        let integers =
            integers.ok_or_else(|| self.refuse(place, constant.kind.to_string(), "integers"))?;
        let exact = integers.data().iter().map(|&value| i64::try_from(value));
        let exact: Result<_, _> = exact.collect();
        exact.map_err(|_| self.refuse(place, "an integer of more than 64 bits", "64-bit integers"))
    }

    /// The value of an operand that must be constant.
    pub(crate) fn constant(
        &self,
        index: usize,
        place: &'static str,
        way_out: Option<&'static str>,
    ) -> Result<Arc<Constant>, ImportError> {
        let value = self.operand(index)?;
        value
            .as_constant()
            .cloned()
            .ok_or_else(|| self.refused(place, "computed from inputs", "a constant", way_out))
    }

    /// Whether the file names an output.
    pub(crate) fn has_output(&self, index: usize) -> bool {
        self.outputs.get(index).copied().unwrap_or(false)
    }

    /// How many outputs the node has.
    pub(crate) fn output_count(&self) -> usize {
        self.outputs.len()
    }

    // Attributes: what an importer does not ask for, the operator does not have.

    fn attribute(
        &self,
        name: &str,
        kind: AttributeType,
    ) -> Result<Option<&'a AttributeProto>, ImportError> {
        let Some(attribute) = self.attributes.iter().find(|a| a.name == name) else {
            return Ok(None);
        };
        attribute.is_read.set(true);
        match attribute.value.r#type == kind as i32 {
            true => Ok(Some(attribute.value)),
            false => {
                let got = AttributeType::try_from(attribute.value.r#type);
                let got = got.unwrap_or(AttributeType::Undefined);
                Err(self.error(format!("attribute `{name}` is of type {got:?}, expected {kind:?}")))
            }
        }
    }

    /// Whether the node has an attribute, of whatever type.
    pub(crate) fn has_attribute(&self, name: &str) -> bool {
        self.attributes.iter().any(|a| a.name == name)
    }

    /// Passes over an attribute that changes nothing of an inference.
    pub(crate) fn ignore(&self, name: &str) {
        if let Some(attribute) = self.attributes.iter().find(|a| a.name == name) {
            attribute.is_read.set(true);
        }
    }

    pub(crate) fn int(&self, name: &str, default: i64) -> Result<i64, ImportError> {
        Ok(self.optional_int(name)?.unwrap_or(default))
    }

    pub(crate) fn optional_int(&self, name: &str) -> Result<Option<i64>, ImportError> {
        Ok(self.attribute(name, AttributeType::Int)?.map(|a| a.i))
    }

    pub(crate) fn flag(&self, name: &str, default: bool) -> Result<bool, ImportError> {
        Ok(self.int(name, default.into())? != 0)
    }

    pub(crate) fn float(&self, name: &str, default: f32) -> Result<f32, ImportError> {
        Ok(self.optional_float(name)?.unwrap_or(default))
    }

    pub(crate) fn optional_float(&self, name: &str) -> Result<Option<f32>, ImportError> {
        Ok(self.attribute(name, AttributeType::Float)?.map(|a| a.f))
    }

    pub(crate) fn ints(&self, name: &str) -> Result<Option<Vec<i64>>, ImportError> {
        Ok(self.attribute(name, AttributeType::Ints)?.map(|a| a.ints.clone()))
    }

    pub(crate) fn floats(&self, name: &str) -> Result<Option<Vec<f32>>, ImportError> {
        Ok(self.attribute(name, AttributeType::Floats)?.map(|a| a.floats.clone()))
    }

    pub(crate) fn text(&self, name: &str, default: &str) -> Result<String, ImportError> {
        let attribute = self.attribute(name, AttributeType::String)?;
        let text = attribute.map(|a| String::from_utf8_lossy(&a.s).into_owned());
        Ok(text.unwrap_or_else(|| default.to_owned()))
    }

    /// The constant in an attribute.
    pub(crate) fn tensor(&mut self, name: &str) -> Result<Option<Value>, ImportError> {
        let tensor = self.attribute(name, AttributeType::Tensor)?.and_then(|a| a.t.as_ref());
        let decode = |tensor| {
            let name = &self.label.name;
            let constant = tensor::decode(tensor, name, &self.file.data, self.constant_room)?;
            Ok(Value::Constant(Arc::new(constant)))
        };
        tensor.map(decode).transpose()
    }

    /// The first attribute that the importer did not ask for.
    pub(crate) fn unread(&self) -> Option<&'a str> {
        self.attributes.iter().find(|a| !a.is_read.get()).map(|a| a.name)
    }

    // What the node becomes.

    /// Adds an operator whose output is of the type of its first operand. One whose operands are all
    /// constants is computed instead.
    pub(crate) fn add(
        &mut self,
        op: impl Into<AnyOp>,
        operands: &[&Value],
    ) -> Result<Value, ImportError> {
        let kind = operands.first().map(|value| value.kind());
        let kind = kind.ok_or_else(|| self.error("it has no operand".to_owned()))?;
        self.add_as(kind, op, operands)
    }

    /// The same with an output of another type.
    pub(crate) fn add_as(
        &mut self,
        kind: Type,
        op: impl Into<AnyOp>,
        operands: &[&Value],
    ) -> Result<Value, ImportError> {
        let op = op.into();
        let constants: Option<Vec<&Constant>> =
            operands.iter().map(|value| value.as_constant().map(|constant| &**constant)).collect();
        if let Some(constants) = constants {
            let values = fold::eval(self, kind, &op, &constants)?;
            return Ok(self.known(kind, values));
        }
        let outlets = operands.iter().map(|value| self.building.outlet(value));
        let outlets = outlets.collect::<Result<Vec<_>, _>>()?;
        let added = self.building.model.op(self.label.name.as_str(), op, &outlets);
        let outlet = added.map_err(|error| ImportError::at(&self.label, error))?;
        let fact = self.building.model.fact(outlet);
        let shape = fact.map(|fact| fact.shape.clone()).unwrap_or_default();
        self.take_room(&shape)?;
        Ok(Value::Wire(Wire { outlet, kind, shape }))
    }

    /// Adds arithmetic: integers that the type does not hold wrap around.
    pub(crate) fn arithmetic(
        &mut self,
        op: impl Into<AnyOp>,
        operands: &[&Value],
    ) -> Result<Value, ImportError> {
        let value = self.add(op, operands)?;
        self.wrapped(value)
    }

    /// The same elements under another shape.
    pub(crate) fn reshape(
        &mut self,
        value: Value,
        shape: impl Into<Shape>,
    ) -> Result<Value, ImportError> {
        let shape = shape.into();
        match *value.shape() == shape {
            true => Ok(value),
            false => self.add(Reshape { shape }, &[&value]),
        }
    }

    /// A constant that belongs to the node.
    pub(crate) fn known(&self, kind: Type, values: Values) -> Value {
        Value::Constant(Arc::new(Constant { name: self.label.name.clone(), kind, values }))
    }

    /// A constant of floats of a type, or of the integers that they are where it is one of integers.
    pub(crate) fn number(&self, kind: Type, values: &Tensor<f64>) -> Result<Value, ImportError> {
        let constant = Constant::of_floats(&self.label.name, kind, values)?;
        Ok(Value::Constant(Arc::new(constant)))
    }

    /// A constant of 64-bit integers.
    pub(crate) fn list(&self, values: &[i64]) -> Value {
        let value = |i: usize| values.get(i).copied().unwrap_or_default().into();
        let kind = crate::element::INT64;
        self.known(kind, Values::Integers(Tensor::from_fn([values.len()], value)))
    }

    /// Integers that the type does not hold wrapped around.
    pub(crate) fn wrapped(&mut self, value: Value) -> Result<Value, ImportError> {
        match value.kind() {
            Type::Integer { signed, bits } => self.add(Wrap { signed, bits }, &[&value]),
            _ => Ok(value),
        }
    }

    /// A constant of one number.
    pub(crate) fn scalar(&self, kind: Type, value: f64) -> Result<Value, ImportError> {
        self.number(kind, &Tensor::scalar(value))
    }

    /// An output of the node: floats that are known are rounded to their type, as a runtime has them.
    pub(crate) fn rounded(&self, value: Value) -> Result<Value, ImportError> {
        let Value::Constant(constant) = &value else { return Ok(value) };
        Ok(match &constant.values {
            Values::Floats(values)
                if !values.data().iter().all(|v| is_same(constant.kind.rounded(*v), *v)) =>
            {
                let rounded = values.map(|v| constant.kind.rounded(*v));
                Value::Constant(Arc::new(Constant {
                    values: Values::Floats(rounded),
                    ..Constant::clone(constant)
                }))
            }
            _ => value,
        })
    }

    /// Checks that there is room for a tensor before anything is computed of it.
    pub(crate) fn check_room(&self, shape: &Shape) -> Result<(), ImportError> {
        let too_large = |source| ImportError::TooLarge { tensor: self.label.name.clone(), source };
        let elements = shape.checked_elements().map_err(too_large)?;
        match elements > self.building.room {
            true => Err(self.error(format!(
                "with it all tensors together have more than {MAX_ELEMENTS} elements"
            ))),
            false => Ok(()),
        }
    }

    pub(crate) fn take_room(&mut self, shape: &Shape) -> Result<(), ImportError> {
        self.check_room(shape)?;
        self.building.room -= shape.elements();
        Ok(())
    }

    /// Checks that operands are of one type.
    pub(crate) fn same_type(&self, operands: &[&Value]) -> Result<Type, ImportError> {
        let [first, rest @ ..] = operands else {
            return Err(self.error("it has no operand".to_owned()));
        };
        let kind = first.kind();
        match rest.iter().find(|other| other.kind() != kind) {
            Some(other) => {
                Err(self
                    .error(format!("its operands are of types `{kind}` and `{}`", other.kind())))
            }
            None => Ok(kind),
        }
    }

    /// Checks that an operand is of floats.
    pub(crate) fn only_floats(&self, value: &Value) -> Result<(), ImportError> {
        match value.kind().is_float() {
            true => Ok(()),
            false => Err(self.refuse("its operand", value.kind().to_string(), "floats")),
        }
    }

    /// An axis that may count from behind, of a tensor of some rank.
    pub(crate) fn axis(&self, axis: i64, rank: usize) -> Result<usize, ImportError> {
        Shape::new(vec![1; rank]).axis(axis).map_err(|error| self.error(error.to_string()))
    }

    /// The same for a list of them, each once.
    pub(crate) fn axes(&self, axes: &[i64], rank: usize) -> Result<Vec<usize>, ImportError> {
        /// No tensor has more.
        const MAX_RANK: usize = 64;
        if rank > MAX_RANK {
            return Err(self.error(format!(
                "a tensor of rank `{rank}`, and none has more than `{MAX_RANK}` axes"
            )));
        }
        let mut found = Vec::with_capacity(axes.len().min(rank));
        for &axis in axes {
            let axis = self.axis(axis, rank)?;
            if found.contains(&axis) {
                return Err(self.error(format!("axis `{axis}` is listed twice")));
            }
            found.push(axis);
        }
        Ok(found)
    }

    // Refusals.

    /// An error of this node.
    pub(crate) fn error(&self, reason: impl Into<String>) -> ImportError {
        ImportError::Node { node: self.label.clone(), reason: reason.into() }
    }

    /// An attribute's value that is not supported.
    pub(crate) fn refuse_attribute(
        &self,
        attribute: &str,
        value: impl Into<String>,
        supported: &'static str,
    ) -> ImportError {
        /// How many characters of a value are shown.
        const MAX_SHOWN: usize = 256;
        let value = value.into().chars().take(MAX_SHOWN).collect();
        let (node, attribute) = (self.label.clone(), attribute.to_owned());
        ImportError::Attribute { node, attribute, value, supported }
    }

    /// An operand or output that is not supported.
    pub(crate) fn refuse(
        &self,
        place: &'static str,
        got: impl Into<String>,
        supported: &'static str,
    ) -> ImportError {
        self.refused(place, got, supported, None)
    }

    /// The same, with what to do about it.
    pub(crate) fn refused(
        &self,
        place: &'static str,
        got: impl Into<String>,
        supported: &'static str,
        way_out: Option<&'static str>,
    ) -> ImportError {
        ImportError::Operand {
            node: self.label.clone(),
            place,
            got: got.into(),
            supported,
            way_out,
        }
    }

    /// A wire where only constants are computed.
    pub(crate) fn only_constants(&self, way_out: Option<&'static str>) -> ImportError {
        ImportError::unsupported(&self.label, way_out)
    }
}
