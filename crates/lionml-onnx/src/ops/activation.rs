//! Functions of one element that have an operator of their own: Relu, LeakyRelu, PRelu, Sigmoid, Tanh.

use lionml_ops::ops::{Curve, CurveFunction, LeakyRelu, Neg, Relu};

use crate::node::{NodeImport, Outputs};

pub(super) fn relu(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    if x.kind().is_float() {
        return Ok(vec![node.add(Relu, &[&x])?]);
    }
    let zero = node.scalar(x.kind(), 0.0)?;
    Ok(vec![node.max(&x, &zero)?])
}

pub(super) fn leaky_relu(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    node.only_floats(&x)?;
    let slope = node.float("alpha", 0.01)?;
    Ok(vec![node.add(LeakyRelu { slope }, &[&x])?])
}

/// `max(x, 0) + slope · min(x, 0)`; one slope for all is that of `LeakyRelu`.
pub(super) fn prelu(node: &mut NodeImport<'_, '_>) -> Outputs {
    let (x, slope) = (node.operand(0)?, node.operand(1)?);
    node.same_type(&[&x, &slope])?;
    node.only_floats(&x)?;
    if x.shape().broadcast(slope.shape()).as_ref() != Ok(x.shape()) {
        return Err(node.error(format!(
            "its slopes of shape `{}` do not broadcast to `{}`",
            slope.shape(),
            x.shape()
        )));
    }
    let known = slope.as_constant().map(|slope| slope.floats().into_owned());
    if let Some([first, rest @ ..]) = known.as_ref().map(|slope| slope.data())
        && rest.iter().all(|slope| slope == first)
    {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the file's slopes are floats of 32 bits"
        )]
        let slope = *first as f32;
        return Ok(vec![node.add(LeakyRelu { slope }, &[&x])?]);
    }
    let positive = node.add(Relu, &[&x])?;
    let negative = node.add(Neg, &[&x])?;
    let negative = node.add(Relu, &[&negative])?;
    let negative = node.product(&negative, &slope)?;
    let negative = node.add(Neg, &[&negative])?;
    Ok(vec![node.sum(&[&positive, &negative])?])
}

pub(super) fn sigmoid(node: &mut NodeImport<'_, '_>) -> Outputs {
    curve(node, CurveFunction::Sigmoid)
}

pub(super) fn tanh(node: &mut NodeImport<'_, '_>) -> Outputs {
    curve(node, CurveFunction::Tanh)
}

fn curve(node: &mut NodeImport<'_, '_>, function: CurveFunction) -> Outputs {
    let x = node.operand(0)?;
    node.only_floats(&x)?;
    Ok(vec![node.add(Curve { function, table: None }, &[&x])?])
}
