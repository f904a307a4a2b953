//! MaxPool, AveragePool, GlobalMaxPool and GlobalAveragePool.

use lionml_ops::ops::{MaxPool, Mul, ReduceMax, SumPool};
use lionml_tensor::Tensor;

use crate::{
    ImportError,
    node::{NodeImport, Outputs},
    value::Value,
};

/// The maxima alone, without their indices.
pub(super) fn max_pool(node: &mut NodeImport<'_, '_>) -> Outputs {
    if node.has_output(1) {
        const WAY_OUT: &str = "leave the indices out: in PyTorch `return_indices=False`";
        return Err(node.refused(
            "its output `Indices`",
            "used",
            "the maxima alone",
            Some(WAY_OUT),
        ));
    }
    node.ignore("storage_order");
    let x = node.operand(0)?;
    let window = node.window(x.shape(), None, true)?;
    if let Value::Masked(masked) = &x
        && let Some((x, window)) = node.unframed(masked, &window)?
    {
        return Ok(vec![node.add(MaxPool { window }, &[&x])?]);
    }
    Ok(vec![node.add(MaxPool { window }, &[&x])?])
}

/// Sums of windows times the reciprocals of their sizes.
pub(super) fn average_pool(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    node.only_floats(&x)?;
    let window = node.window(x.shape(), None, true)?;
    let count_include_pad = node.flag("count_include_pad", false)?;
    let spatial = x.shape().axes().get(2..).unwrap_or_default();
    let pool = SumPool { window };
    let divisors =
        pool.divisors(spatial, count_include_pad).map_err(|error| node.error(error.to_string()))?;
    if divisors.data().contains(&0) {
        return Err(node.refuse("its window", "on padding alone", "windows with an element"));
    }
    #[expect(clippy::cast_precision_loss, reason = "no window has 2^53 elements")]
    let reciprocals = divisors.map(|&n| 1.0 / n as f64);
    let reciprocals = match reciprocals.data() {
        [first, rest @ ..] if rest.iter().all(|other| other == first) => Tensor::scalar(*first),
        _ => reciprocals,
    };
    let sum = node.add(pool, &[&x])?;
    let reciprocals = node.number(x.kind(), &reciprocals)?;
    Ok(vec![node.add(Mul, &[&sum, &reciprocals])?])
}

pub(super) fn global_max_pool(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let axes = spatial(node, x.shape().rank())?;
    Ok(vec![node.add(ReduceMax { axes, keep_dims: true }, &[&x])?])
}

pub(super) fn global_average_pool(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    node.only_floats(&x)?;
    let axes = spatial(node, x.shape().rank())?;
    Ok(vec![node.mean(&x, axes, true)?])
}

fn spatial(node: &NodeImport<'_, '_>, rank: usize) -> Result<Vec<usize>, ImportError> {
    match rank {
        ..2 => Err(node.error(format!("its operand of rank `{rank}` has no channels"))),
        _ => Ok((2..rank).collect()),
    }
}
