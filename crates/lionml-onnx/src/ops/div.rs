//! Div.

use lionml_ops::ops::Mul;

use crate::{
    constants::zip,
    node::{NodeImport, Outputs},
};

const WAY_OUT: &str = "divide by a constant, or multiply with a reciprocal that the application computes \
                       and gives as an input";

/// A quotient: the product with a constant's reciprocal.
pub(super) fn import(node: &mut NodeImport<'_, '_>) -> Outputs {
    let [dividend, divisor] = node.pair()?;
    let Some(known) = divisor.as_constant() else {
        return Err(node.refused(
            "its divisor",
            "computed from inputs",
            "a constant",
            Some(WAY_OUT),
        ));
    };
    if known.is_any(0.0) && (dividend.as_constant().is_none() || known.integers().is_some()) {
        return Err(node.refuse("its divisor", "zero", "a constant that is not"));
    }
    if dividend.as_constant().is_some() {
        // Integers are divided towards zero.
        return zip(node, [&dividend, &divisor], |a, b| a / b, i128::checked_div);
    }
    if !dividend.kind().is_float() {
        const INTEGERS: &str =
            "cast the operands to floats before the division, and the quotient back";
        let got = dividend.kind().to_string();
        return Err(node.refused("its operand", got, "floats", Some(INTEGERS)));
    }
    let reciprocal = node.number(divisor.kind(), &known.floats().map(|v| v.recip()))?;
    Ok(vec![node.add(Mul, &[&dividend, &reciprocal])?])
}
