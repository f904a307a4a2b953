//! Reductions along axes.

use lionml_ops::ops::{ArgMax, Mul, Neg, ReduceMax, ReduceMin, ReduceSum, Square};
use lionml_tensor::{Shape, Tensor};

use crate::{
    ImportError,
    element::INT64,
    node::{NodeImport, Outputs},
    value::{Value, Values},
};

/// The operand, the axes, and whether they remain.
struct Reduction {
    x: Value,
    axes: Vec<usize>,
    keep_dims: bool,
}

impl Reduction {
    /// From some operator set on, axes are an operand.
    fn of(node: &NodeImport<'_, '_>, operand_from: i64) -> Result<Self, ImportError> {
        let x = node.operand(0)?;
        let keep_dims = node.flag("keepdims", true)?;
        let axes = match node.opset >= operand_from {
            true => node.optional_integers(1, "its axes")?,
            false => node.ints("axes")?,
        };
        let is_noop = node.opset >= operand_from && node.flag("noop_with_empty_axes", false)?;
        let rank = x.shape().rank();
        let axes = match axes.as_deref() {
            None | Some([]) if is_noop => Vec::new(),
            None | Some([]) => (0..rank).collect(),
            Some(axes) => node.axes(axes, rank)?,
        };
        Ok(Self { x, axes, keep_dims })
    }
}

pub(super) fn sum(node: &mut NodeImport<'_, '_>) -> Outputs {
    let Reduction { x, axes, keep_dims } = Reduction::of(node, 13)?;
    Ok(vec![node.arithmetic(ReduceSum { axes, keep_dims }, &[&x])?])
}

pub(super) fn mean(node: &mut NodeImport<'_, '_>) -> Outputs {
    let Reduction { x, axes, keep_dims } = Reduction::of(node, 18)?;
    node.only_floats(&x)?;
    Ok(vec![node.mean(&x, axes, keep_dims)?])
}

pub(super) fn max(node: &mut NodeImport<'_, '_>) -> Outputs {
    let Reduction { x, axes, keep_dims } = Reduction::of(node, 18)?;
    Ok(vec![node.add(ReduceMax { axes, keep_dims }, &[&x])?])
}

pub(super) fn min(node: &mut NodeImport<'_, '_>) -> Outputs {
    let Reduction { x, axes, keep_dims } = Reduction::of(node, 18)?;
    Ok(vec![node.add(ReduceMin { axes, keep_dims }, &[&x])?])
}

pub(super) fn sum_square(node: &mut NodeImport<'_, '_>) -> Outputs {
    let Reduction { x, axes, keep_dims } = Reduction::of(node, 18)?;
    let squares = node.arithmetic(Square, &[&x])?;
    Ok(vec![node.arithmetic(ReduceSum { axes, keep_dims }, &[&squares])?])
}

pub(super) fn l1(node: &mut NodeImport<'_, '_>) -> Outputs {
    let Reduction { x, axes, keep_dims } = Reduction::of(node, 18)?;
    let negative = node.arithmetic(Neg, &[&x])?;
    let magnitudes = node.max(&x, &negative)?;
    Ok(vec![node.arithmetic(ReduceSum { axes, keep_dims }, &[&magnitudes])?])
}

const NO_ROOT: &str = "compare squares instead: `ReduceSumSquare` has no root";

pub(super) fn l2(node: &mut NodeImport<'_, '_>) -> Outputs {
    let squares = |sum: f64, x: f64| sum + x * x;
    of_constants(node, Some(NO_ROOT), 0.0, squares, None, libm::sqrt)
}

pub(super) fn prod(node: &mut NodeImport<'_, '_>) -> Outputs {
    const WAY_OUT: &str = "multiply the elements with `Mul`";
    of_constants(node, Some(WAY_OUT), 1.0, |a, b| a * b, Some(i128::checked_mul), |v| v)
}

pub(super) fn log_sum(node: &mut NodeImport<'_, '_>) -> Outputs {
    of_constants(node, None, 0.0, |a, b| a + b, None, libm::log)
}

pub(super) fn log_sum_exp(node: &mut NodeImport<'_, '_>) -> Outputs {
    of_constants(node, None, 0.0, |sum, x| sum + libm::exp(x), None, libm::log)
}

pub(super) fn arg_max(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    extreme(node, &x)
}

/// The place of the largest negative.
pub(super) fn arg_min(node: &mut NodeImport<'_, '_>) -> Outputs {
    let x = node.operand(0)?;
    let negative = node.add(Neg, &[&x])?;
    extreme(node, &negative)
}

fn extreme(node: &mut NodeImport<'_, '_>, x: &Value) -> Outputs {
    let axis = node.axis(node.int("axis", 0)?, x.shape().rank())?;
    let axis = i64::try_from(axis).unwrap_or(i64::MAX);
    let keep_dims = node.flag("keepdims", true)?;
    let select_last_index = node.opset >= 12 && node.flag("select_last_index", false)?;
    Ok(vec![node.add_as(INT64, ArgMax { axis, keep_dims, select_last_index }, &[x])?])
}

impl NodeImport<'_, '_> {
    /// The mean along axes: a sum, times the reciprocal of the number of elements.
    pub(crate) fn mean(
        &mut self,
        x: &Value,
        axes: Vec<usize>,
        keep_dims: bool,
    ) -> Result<Value, ImportError> {
        let sizes = axes.iter().filter_map(|axis| x.shape().axes().get(*axis));
        let count: usize = sizes.product();
        if count == 0 {
            return Err(self.refuse("its operand", "empty", "an element"));
        }
        let sum = self.add(ReduceSum { axes, keep_dims }, &[x])?;
        #[expect(clippy::cast_precision_loss, reason = "no tensor has 2^53 elements")]
        let reciprocal = self.scalar(x.kind(), 1.0 / count as f64)?;
        match count {
            1 => Ok(sum),
            _ => self.add(Mul, &[&sum, &reciprocal]),
        }
    }
}

/// A reduction that is computed of constants alone.
fn of_constants(
    node: &mut NodeImport<'_, '_>,
    way_out: Option<&'static str>,
    first: f64,
    floats: impl Fn(f64, f64) -> f64,
    integers: Option<fn(i128, i128) -> Option<i128>>,
    last: fn(f64) -> f64,
) -> Outputs {
    let Reduction { x, axes, keep_dims } = Reduction::of(node, 18)?;
    let Some(constant) = x.as_constant() else { return Err(node.only_constants(way_out)) };
    let kept = |axis: usize, size: usize| if axes.contains(&axis) { 1 } else { size };
    let sizes = x.shape().axes().iter().enumerate();
    let reduced = Shape::new(sizes.map(|(axis, &size)| kept(axis, size)).collect::<Vec<_>>());
    let sizes = x.shape().axes().iter().enumerate();
    let rest = sizes.filter(|(axis, _)| keep_dims || !axes.contains(axis));
    let shape: Vec<_> = rest.map(|(axis, &size)| kept(axis, size)).collect();
    node.take_room(&reduced)?;
    let place = |offset: usize| {
        let at = x.shape().coordinate(offset);
        let at = at.into_iter().enumerate();
        let at: Vec<_> = at.map(|(axis, at)| if axes.contains(&axis) { 0 } else { at }).collect();
        reduced.offset(&at)
    };
    let values = match (&constant.values, integers) {
        (Values::Integers(values), Some(integers)) => {
            let mut all = vec![Some(i128::from(first != 0.0)); reduced.elements()];
            for (offset, value) in values.data().iter().enumerate() {
                if let Some(all) = all.get_mut(place(offset)) {
                    *all = all.and_then(|all| integers(all, *value));
                }
            }
            let all: Option<Vec<_>> = all.into_iter().collect();
            let all = all.ok_or_else(|| node.error("its integers are too large"))?;
            Values::Integers(Tensor::new(shape, all).map_err(|e| node.error(e.to_string()))?)
        }
        (Values::Integers(_), None) => {
            return Err(node.refuse("its operand", x.kind().to_string(), "floats"));
        }
        (Values::Floats(values), _) => {
            let mut all = vec![first; reduced.elements()];
            for (offset, value) in values.data().iter().enumerate() {
                if let Some(all) = all.get_mut(place(offset)) {
                    *all = floats(*all, *value);
                }
            }
            let all = all.into_iter().map(last).collect();
            Values::Floats(Tensor::new(shape, all).map_err(|e| node.error(e.to_string()))?)
        }
    };
    let value = node.known(x.kind(), values);
    let value = node.wrapped(value)?;
    Ok(vec![value])
}
