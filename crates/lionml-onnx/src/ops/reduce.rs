//! Reductions along axes: ReduceSum, the sums in ReduceMean and GlobalAveragePool, ReduceMax and
//! GlobalMaxPool, ReduceMin, ArgMax.

use lionml_graph::Outlet;
use lionml_ops::ops::{ArgMax, ReduceMax, ReduceMin, ReduceSum};
use tract_onnx::tract_core::ops::nn::{Reduce, Reducer};

use crate::{ImportError, node::NodeImport};

/// `Reduce`, which keeps its axes.
pub(crate) fn reduce(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let Reduce { axes, reducer } = node.op::<Reduce>()?.clone();
    let x = node.outlet(0)?;
    let outlet = match (reducer, &axes[..]) {
        (Reducer::Sum, _) => {
            node.arithmetic(ReduceSum { axes: axes.to_vec(), keep_dims: true }, &[x])?
        }
        (Reducer::Max, _) => node.add(ReduceMax { axes: axes.to_vec(), keep_dims: true }, &[x])?,
        (Reducer::Min, _) => node.add(ReduceMin { axes: axes.to_vec(), keep_dims: true }, &[x])?,
        (Reducer::ArgMax(select_last_index), &[axis]) => {
            let axis = i64::try_from(axis).map_err(|e| node.error(e.to_string()))?;
            node.add(ArgMax { axis, keep_dims: true, select_last_index }, &[x])?
        }
        _ => return Err(node.error("a reduction of another kind".to_owned())),
    };
    Ok(vec![outlet])
}
