//! Max, Min and Clip.

use lionml_ops::ops::{Max, Min, Relu};

use crate::{
    ImportError,
    node::{NodeImport, Outputs},
    value::Value,
};

pub(super) fn max(node: &mut NodeImport<'_, '_>) -> Outputs {
    extreme(node, NodeImport::max)
}

pub(super) fn min(node: &mut NodeImport<'_, '_>) -> Outputs {
    extreme(node, NodeImport::min)
}

type Pair<'a, 'b> = fn(&mut NodeImport<'a, 'b>, &Value, &Value) -> Result<Value, ImportError>;

fn extreme<'a, 'b>(node: &mut NodeImport<'a, 'b>, pair: Pair<'a, 'b>) -> Outputs {
    let operands = node.all()?;
    node.same_type(&operands.iter().collect::<Vec<_>>())?;
    let mut operands = operands.into_iter();
    let first = operands.next().ok_or_else(|| node.error("it has no operand"))?;
    let all = operands.try_fold(first, |all, next| pair(node, &all, &next))?;
    Ok(vec![all])
}

/// The larger of the operand and the lower limit, then the smaller of that and the upper one.
pub(super) fn clip(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let limits = match node.opset {
        ..=10 => ["min", "max"].map(|name| {
            let limit = node.optional_float(name)?;
            limit.map(|limit| node.scalar(x.kind(), limit.into())).transpose()
        }),
        _ => [1, 2].map(|operand| Ok(node.optional(operand))),
    };
    let [low, high] = limits;
    let (low, high) = (low?, high?);
    for limit in low.iter().chain(&high) {
        node.same_type(&[&x, limit])?;
        if limit.shape().elements() != 1 {
            let got = format!("of shape `{}`", limit.shape());
            return Err(node.refuse("a limit", got, "one number"));
        }
    }
    let scalar = |node: &mut NodeImport<'_, '_>, limit: Value| node.reshape(limit, Vec::new());
    let mut clipped = x;
    if let Some(low) = low {
        let low = scalar(node, low)?;
        clipped = node.max(&clipped, &low)?;
    }
    if let Some(high) = high {
        let high = scalar(node, high)?;
        clipped = node.min(&clipped, &high)?;
    }
    Ok(vec![clipped])
}

impl NodeImport<'_, '_> {
    /// The larger of two: of floats with zero it is `Relu`, which rounds; with a limit that no value
    /// passes it is the other one.
    pub(crate) fn max(&mut self, a: &Value, b: &Value) -> Result<Value, ImportError> {
        let lowest = range(a).0;
        for (limit, other) in [(a, b), (b, a)] {
            let Some(constant) = self.limit(limit, other) else { continue };
            if constant.data().iter().all(|v| *v <= lowest) {
                return Ok(other.clone());
            }
            if other.kind().is_float() && constant.data().iter().all(|v| *v == 0.0) {
                return self.add(Relu, &[other]);
            }
        }
        self.add(Max, &[a, b])
    }

    /// The smaller of two; with a limit that no value passes it is the other one.
    pub(crate) fn min(&mut self, a: &Value, b: &Value) -> Result<Value, ImportError> {
        let highest = range(a).1;
        for (limit, other) in [(a, b), (b, a)] {
            let Some(constant) = self.limit(limit, other) else { continue };
            if constant.data().iter().all(|v| *v >= highest) {
                return Ok(other.clone());
            }
        }
        self.add(Min, &[a, b])
    }

    /// The values of a limit that is constant, for a wire whose shape it does not change.
    fn limit(&self, limit: &Value, other: &Value) -> Option<lionml_tensor::Tensor<f64>> {
        let shape = limit.shape().broadcast(other.shape());
        let is_wire = other.as_constant().is_none() && shape.as_ref() == Ok(other.shape());
        let constant = limit.as_constant().filter(|_| is_wire)?;
        Some(constant.floats().into_owned())
    }
}

/// The least and the largest value that a type can hold; of floats those of 32 bits, by which exporters
/// write that there is no limit.
fn range(value: &Value) -> (f64, f64) {
    match value.kind().integers() {
        Some((low, high)) => {
            let float = crate::element::Type::nearest_double;
            (float(low), float(high))
        }
        None => (f64::from(f32::MIN), f64::from(f32::MAX)),
    }
}
