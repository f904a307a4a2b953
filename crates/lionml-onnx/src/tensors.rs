//! Tensors and element types between tract and LionML.

use lionml_graph::Element;
use lionml_tensor::Tensor;
use tract_onnx::{
    pb::tensor_proto::DataType,
    prelude::{DatumType, Tensor as TractTensor},
};

use crate::{ImportError, proto};

/// The largest integer of which every smaller one is a float too.
const MAX_EXACT_INTEGER: f64 = 9_007_199_254_740_992.0;

/// tract's type for a number of ONNX's list of element types, if LionML has an element for it.
pub(crate) fn datum_type(name: &str, number: i32) -> Result<DatumType, ImportError> {
    DataType::try_from(number)
        .ok()
        .and_then(|kind| DatumType::try_from(kind).ok())
        .filter(|kind| element(*kind).is_some())
        .ok_or_else(|| ImportError::ElementType {
            tensor: name.to_owned(),
            got: proto::element_name(number),
        })
}

/// What elements of one of tract's types are. tract holds integers that may be sizes in a type of
/// their own.
pub(crate) fn element(kind: DatumType) -> Option<Element> {
    let integer = |signed, bits| Some(Element::Integer { signed, bits });
    match kind {
        DatumType::Bool => Some(Element::Boolean),
        DatumType::F16 | DatumType::F32 | DatumType::F64 => Some(Element::Float),
        DatumType::U8 => integer(false, 8),
        DatumType::U16 => integer(false, 16),
        DatumType::U32 => integer(false, 32),
        DatumType::U64 => integer(false, 64),
        DatumType::I8 => integer(true, 8),
        DatumType::I16 => integer(true, 16),
        DatumType::I32 => integer(true, 32),
        DatumType::I64 | DatumType::TDim => integer(true, 64),
        _ => None,
    }
}

/// A tensor of tract's as floats, if its type has an element and no integer is rounded.
pub(crate) fn from_tract(name: &str, tensor: &TractTensor) -> Result<Tensor<f64>, ImportError> {
    let error = |reason: String| ImportError::Constant { tensor: name.to_owned(), reason };
    let kind = tensor.datum_type();
    if element(kind).is_none() {
        return Err(error(format!("elements of type {kind:?}")));
    }
    let floats = tensor.cast_to::<f64>().map_err(|e| error(e.root_cause().to_string()))?;
    let view = floats.try_as_plain_ram().map_err(|e| error(e.root_cause().to_string()))?;
    let data = view.as_slice::<f64>().map_err(|e| error(e.root_cause().to_string()))?.to_vec();
    let exact = |v: &&f64| v.abs() > MAX_EXACT_INTEGER;
    if let Some(value) = data.iter().find(exact).filter(|_| !kind.is_float()) {
        return Err(error(format!("the integer `{value}` is beyond 2^53")));
    }
    Tensor::new(tensor.shape().to_vec(), data)
        .map_err(|source| ImportError::TooLarge { tensor: name.to_owned(), source })
}

/// A tensor of one of tract's types, if each value is one of that type; floats are rounded.
pub(crate) fn to_tract(
    name: &str,
    tensor: &Tensor<f64>,
    kind: DatumType,
) -> Result<TractTensor, ImportError> {
    let error = |reason: String| ImportError::Constant { tensor: name.to_owned(), reason };
    let fits = |value: f64| match element(kind) {
        Some(Element::Float) => true,
        Some(Element::Boolean) => value == 0.0 || value == 1.0,
        Some(Element::Integer { signed, bits }) => {
            let width = i32::try_from(bits).unwrap_or(0) - i32::from(signed);
            let high = 2f64.powi(width);
            let low = if signed { -high } else { 0.0 };
            value.fract() == 0.0 && value >= low && value < high
        }
        None => false,
    };
    if let Some(value) = tensor.data().iter().find(|v| !fits(**v)) {
        return Err(error(format!("`{value}` is no value of type {kind:?}")));
    }
    TractTensor::from_shape(tensor.shape().axes(), tensor.data())
        .and_then(|t| Ok(t.cast_to_dt(kind)?.into_owned()))
        .map_err(|e| error(e.root_cause().to_string()))
}
