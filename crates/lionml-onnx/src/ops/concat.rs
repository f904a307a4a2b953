//! Concat.

use lionml_ops::ops::Concat;
use lionml_tensor::Shape;

use crate::node::{NodeImport, Outputs};

pub(super) fn import(node: &mut NodeImport<'_, '_>) -> Outputs {
    let operands = node.all()?;
    let operands: Vec<_> = operands.iter().collect();
    node.same_type(&operands)?;
    let axis =
        node.optional_int("axis")?.ok_or_else(|| node.error("it has no attribute `axis`"))?;
    let rank = operands.first().map_or(0, |first| first.shape().rank());
    let axis = node.axis(axis, rank)?;
    let elements = operands.iter().map(|operand| operand.shape().elements());
    node.check_room(&Shape::from([elements.fold(0, usize::saturating_add)]))?;
    Ok(vec![node.add(Concat { axis }, &operands)?])
}
