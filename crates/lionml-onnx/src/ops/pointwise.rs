//! Functions of the elements of constants.

use crate::{
    constants::map,
    element::Type,
    node::{NodeImport, Outputs},
    value::Values,
};

const NO_CURVE: Option<&str> = Some(
    "`Sigmoid` and `Tanh` are the curves that are supported: train the model with one of them",
);

macro_rules! functions {
    ($($name:ident: $function:expr, $way_out:expr;)+) => {
        $(pub(super) fn $name(node: &mut NodeImport<'_, '_>) -> Outputs {
            map(node, $way_out, $function)
        })+
    };
}

functions! {
    sqrt: libm::sqrt, Some("compare or sum squares instead: no root is needed");
    exp: libm::exp, NO_CURVE;
    log: libm::log, Some("leave it out of the model and take the logarithm in the application");
    floor: libm::floor, Some("cast to an integer, which rounds towards zero");
    ceil: libm::ceil, Some("cast to an integer, which rounds towards zero");
    round: libm::rint, Some("cast to an integer, which rounds towards zero");
    reciprocal: f64::recip, Some("divide by a constant");
    erf: libm::erf, Some("train the model with the other form of Gelu, `approximate=\"tanh\"`");
    sin: libm::sin, NO_CURVE;
    cos: libm::cos, NO_CURVE;
    tan: libm::tan, NO_CURVE;
    asin: libm::asin, NO_CURVE;
    acos: libm::acos, NO_CURVE;
    atan: libm::atan, NO_CURVE;
    sinh: libm::sinh, NO_CURVE;
    cosh: libm::cosh, NO_CURVE;
    asinh: libm::asinh, NO_CURVE;
    acosh: libm::acosh, NO_CURVE;
    atanh: libm::atanh, NO_CURVE;
    softplus: |v| libm::log1p(libm::exp(v)), NO_CURVE;
    softsign: |v| v / (1.0 + v.abs()), NO_CURVE;
}

pub(super) fn sign(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let constant = x.as_constant().ok_or_else(|| node.only_constants(None))?;
    let values = match &constant.values {
        Values::Floats(values) => {
            Values::Floats(values.map(|v| if *v == 0.0 { 0.0 } else { v.signum() }))
        }
        Values::Integers(values) => Values::Integers(values.map(|v| v.signum())),
    };
    Ok(vec![node.known(x.kind(), values)])
}

pub(super) fn is_nan(node: &mut NodeImport<'_, '_>) -> Outputs {
    test(node, f64::is_nan)
}

pub(super) fn is_inf(node: &mut NodeImport<'_, '_>) -> Outputs {
    let (positive, negative) =
        (node.flag("detect_positive", true)?, node.flag("detect_negative", true)?);
    test(node, move |v| v.is_infinite() && if v > 0.0 { positive } else { negative })
}

fn test(node: &mut NodeImport<'_, '_>, is: impl Fn(f64) -> bool) -> Outputs {
    let x = node.operand(0)?;
    node.only_floats(&x)?;
    // No number of a circuit is infinite, or none.
    let values = match x.as_constant() {
        Some(constant) => constant.floats().map(|v| is(*v).into()),
        None => lionml_tensor::Tensor::full(x.shape().clone(), 0),
    };
    Ok(vec![node.known(Type::Boolean, Values::Integers(values))])
}
