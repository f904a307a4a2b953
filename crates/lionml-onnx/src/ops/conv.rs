//! Conv.

use lionml_ops::ops::Conv;

use crate::node::{NodeImport, Outputs};

/// A convolution; a bias of zeros is left out.
pub(super) fn import(node: &mut NodeImport<'_, '_>) -> Outputs {
    let (x, weights, bias) = (node.operand(0)?, node.operand(1)?, node.optional(2));
    let operands: Vec<_> = [&x, &weights].into_iter().chain(&bias).collect();
    node.same_type(&operands)?;
    node.only_floats(&x)?;
    let kernel = weights.shape().axes().get(2..).unwrap_or_default().to_vec();
    if kernel.contains(&0) || weights.shape().rank() != x.shape().rank() {
        let (x, weights) = (x.shape(), weights.shape());
        return Err(node.error(format!("weights of shape `{weights}` for an operand of `{x}`")));
    }
    let window = node.window(x.shape(), Some(&kernel), false)?;
    let group = node.int("group", 1)?;
    let groups = usize::try_from(group).ok().filter(|groups| *groups > 0).ok_or_else(|| {
        node.refuse_attribute("group", group.to_string(), "a number of groups above zero")
    })?;
    let conv = Conv { window, groups };
    let bias = bias.filter(|bias| !bias.as_constant().is_some_and(|bias| bias.is_all(0.0)));
    let operands: Vec<_> = [&x, &weights].into_iter().chain(&bias).collect();
    Ok(vec![node.add(conv, &operands)?])
}
