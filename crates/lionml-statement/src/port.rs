//! Ports: tensors that enter or leave a circuit.

use lionml_gadgets::Packing;
use lionml_quant::{IntegerType, Interval, Number, Scale};
use lionml_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};

use crate::{Element, PlanError};

/// Who sees the values of a port.
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

/// A tensor that enters or leaves a circuit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Port {
    /// The name, as the ONNX file has it.
    pub name: String,
    /// The shape.
    pub shape: Shape,
    /// The type of its elements in the original model.
    pub element: Element,
    /// The real number that the integer one stands for.
    pub scale: Scale,
    /// The integers that can occur.
    pub interval: Interval,
    /// The narrowest of Leo's types that holds them: the one that a digest is over.
    pub leo: IntegerType,
    /// Who sees the values.
    pub visibility: Visibility,
    /// The name of the digest that it shares with other hashed ports of its side; a hashed port
    /// without one has a digest of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

impl Port {
    /// A port that shares no digest.
    pub fn new(
        name: impl Into<String>,
        shape: Shape,
        element: Element,
        number: Number,
        visibility: Visibility,
    ) -> Self {
        let Number { scale, interval } = number;
        let leo = IntegerType::smallest_for(&interval);
        let name = name.into();
        Self { name, shape, element, scale, interval, leo, visibility, digest: None }
    }

    /// The number format of its integers.
    pub fn number(&self) -> Number {
        Number { scale: self.scale, interval: self.interval }
    }

    /// Where its integers stand if it is packed.
    pub fn packing(&self) -> Packing {
        Packing::new(&vec![self.interval; self.shape.elements()])
    }

    /// The real numbers that these integers stand for; none where they are not as many as the shape
    /// has elements.
    pub fn tensor(&self, integers: &[i128]) -> Option<Tensor<f64>> {
        let reals = integers.iter().map(|&value| self.scale.dequantize(value)).collect();
        Tensor::new(self.shape.clone(), reals).ok()
    }

    /// Whether an integer of it is a value of the model as it stands.
    pub fn is_whole(&self) -> bool {
        self.element != Element::Float && self.scale == Scale::ONE
    }

    /// Refuses a port whose parts contradict each other.
    pub(crate) fn check(&self) -> Result<(), PlanError> {
        let error = |reason: String| Err(PlanError::Port { port: self.name.clone(), reason });
        if let Err(source) = self.shape.checked_elements() {
            return error(source.to_string());
        }
        // A digest is over integers of this type: the reader must not choose it.
        let smallest = IntegerType::smallest_for(&self.interval);
        if self.leo != smallest {
            let Self { interval, leo, .. } = self;
            return error(format!("the type for `{interval}` is `{smallest}`, not `{leo}`"));
        }
        if self.digest.is_some() && self.visibility != Visibility::Hashed {
            return error("it shares a digest and is not hashed".to_owned());
        }
        Ok(())
    }
}
