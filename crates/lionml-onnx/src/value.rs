//! What the tensors of a file become while it is imported.

use std::{borrow::Cow, sync::Arc};

use lionml_graph::Outlet;
use lionml_tensor::{Shape, Tensor};

use crate::{ImportError, element::Type, node::i128_of};

/// A tensor that is known before any input is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Constant {
    /// The tensor's name in the file, or that of the node that makes it.
    pub(crate) name: String,
    /// What its elements are.
    pub(crate) kind: Type,
    /// The elements.
    pub(crate) values: Values,
}

/// The elements of a constant: no integer is ever a float.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Values {
    Floats(Tensor<f64>),
    /// Integers, or truth values as zero and one.
    Integers(Tensor<i128>),
}

impl Constant {
    /// A constant of floats, or of the integers that they are where its type is one of integers.
    pub(crate) fn of_floats(
        name: &str,
        kind: Type,
        values: &Tensor<f64>,
    ) -> Result<Self, ImportError> {
        let values = match kind.integers() {
            None => Values::Floats(values.clone()),
            Some((low, high)) => Values::Integers(values.try_map(|&value| {
                let whole = i128_of(value).filter(|whole| (low..=high).contains(whole));
                whole.ok_or_else(|| ImportError::Constant {
                    tensor: name.to_owned(),
                    reason: format!("`{value}` is not a value of type {kind}"),
                })
            })?),
        };
        Ok(Self { name: name.to_owned(), kind, values })
    }

    pub(crate) fn shape(&self) -> &Shape {
        match &self.values {
            Values::Floats(values) => values.shape(),
            Values::Integers(values) => values.shape(),
        }
    }

    /// The elements as floats; integers beyond 2^53 may be rounded.
    pub(crate) fn floats(&self) -> Cow<'_, Tensor<f64>> {
        match &self.values {
            Values::Floats(values) => Cow::Borrowed(values),
            Values::Integers(values) => Cow::Owned(values.map(|v| Type::nearest_double(*v))),
        }
    }

    /// The integers, where it has any.
    pub(crate) fn integers(&self) -> Option<&Tensor<i128>> {
        match &self.values {
            Values::Integers(values) => Some(values),
            Values::Floats(_) => None,
        }
    }

    /// Whether an element is this one.
    pub(crate) fn is_any(&self, value: f64) -> bool {
        self.floats().data().contains(&value)
    }

    /// Whether all elements are this one.
    pub(crate) fn is_all(&self, value: f64) -> bool {
        self.floats().data().iter().all(|v| *v == value)
    }
}

/// A tensor of the file.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// It enters the model only where an operator needs it.
    Constant(Arc<Constant>),
    /// It is computed from inputs.
    Wire(Wire),
    /// A wire some of whose elements are hidden: what stands there is as good as −∞.
    Masked(Arc<Masked>),
}

/// A wire and what is added to it to hide elements, before a `Softmax` or a `MaxPool` that passes over them.
#[derive(Clone, Debug)]
pub(crate) struct Masked {
    pub(crate) shown: Wire,
    /// Zero where an element is shown.
    pub(crate) mask: Arc<Constant>,
}

impl Masked {
    /// Which elements are hidden.
    pub(crate) fn hidden(&self) -> Vec<bool> {
        self.mask.floats().data().iter().map(|v| *v != 0.0).collect()
    }
}

/// A wire of the model.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub(crate) outlet: Outlet,
    pub(crate) kind: Type,
    pub(crate) shape: Shape,
}

impl Value {
    pub(crate) fn shape(&self) -> &Shape {
        match self {
            Self::Constant(constant) => constant.shape(),
            Self::Wire(wire) => &wire.shape,
            Self::Masked(masked) => &masked.shown.shape,
        }
    }

    pub(crate) fn kind(&self) -> Type {
        match self {
            Self::Constant(constant) => constant.kind,
            Self::Wire(wire) => wire.kind,
            Self::Masked(masked) => masked.shown.kind,
        }
    }

    pub(crate) fn as_constant(&self) -> Option<&Arc<Constant>> {
        match self {
            Self::Constant(constant) => Some(constant),
            Self::Wire(_) | Self::Masked(_) => None,
        }
    }
}
