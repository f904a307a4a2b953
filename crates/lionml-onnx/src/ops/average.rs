//! Averages of windows: AveragePool.

use lionml_graph::Outlet;
use lionml_ops::ops::{Mul, SumPool};
use lionml_tensor::Tensor;
use tract_onnx::tract_core::ops::cnn::SumPool as TractSumPool;

use crate::{ImportError, node::NodeImport};

/// `SumPool`, which divides too: a sum and the product with the reciprocals of its sizes.
pub(crate) fn average_pool(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let op = node.op::<TractSumPool>()?.clone();
    let window = node.window(&op.pool_spec)?;
    if !node.output_type()?.is_float() || !op.normalize {
        return Err(node.operand("its operand", "integers", "floats"));
    }
    let spatial = node.operand_shape(0)?.axes().iter().skip(2).copied().collect::<Vec<_>>();
    let pool = SumPool { window };
    let divisors = pool
        .divisors(&spatial, op.count_include_pad)
        .map_err(|error| node.error(error.to_string()))?;
    if divisors.data().contains(&0) {
        return Err(node.operand("its window", "on padding alone", "windows with an element"));
    }
    let reciprocals = divisors.map(|&n| 1.0 / n as f64);
    let reciprocals = match reciprocals.data() {
        [first, rest @ ..] if rest.iter().all(|other| other == first) => {
            Tensor::full(vec![1; reciprocals.shape().rank()], *first)
        }
        _ => reciprocals,
    };
    let x = node.outlet(0)?;
    let sum = node.add(pool, &[x])?;
    let reciprocals = node.add_constant(reciprocals);
    Ok(vec![node.add(Mul, &[sum, reciprocals])?])
}
