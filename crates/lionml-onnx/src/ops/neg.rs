//! Neg and Abs.

use lionml_ops::ops::{Abs, Neg};

use crate::node::{NodeImport, Outputs};

pub(super) fn neg(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    Ok(vec![node.arithmetic(Neg, &[&x])?])
}

/// The lowest integer of a type has no counterpart, and wraps around.
pub(super) fn abs(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    Ok(vec![node.arithmetic(Abs, &[&x])?])
}
