//! Squeeze without axes before operator set 13, and with axes in any order.

use lionml_tensor::Shape;
use tract_onnx::{
    model::ParsingContext,
    pb::NodeProto,
    tract_hir::{internal::*, ops::array::RmDims},
};

/// Squeeze with the axes of its attribute; later sets have them as an operand.
#[derive(Clone, Debug)]
struct Squeeze {
    axes: Option<Vec<i64>>,
}

pub(super) fn read(
    _context: &ParsingContext<'_>,
    node: &NodeProto,
) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    Ok((expand(Squeeze { axes: node.get_attr_opt_vec("axes")? }), vec![]))
}

/// The axes to remove, each once: those that are listed, or all of size one.
fn removed(shape: &[TDim], axes: Option<&[i64]>) -> TractResult<Vec<usize>> {
    let Some(axes) = axes else {
        return Ok((0..shape.len()).filter(|axis| shape[*axis].is_one()).collect());
    };
    let every = Shape::new(vec![1; shape.len()]);
    let mut removed = Vec::with_capacity(axes.len());
    for axis in axes {
        let axis = every.axis(*axis)?;
        ensure!(shape[axis].is_one(), "axis {axis} of {shape:?} is not of size one");
        ensure!(!removed.contains(&axis), "axis {axis} is listed twice");
        removed.push(axis);
    }
    Ok(removed)
}

/// The shape without those axes.
fn squeezed(shape: &[TDim], axes: Option<&[i64]>) -> TractResult<ShapeFactoid> {
    let removed = removed(shape, axes)?;
    let rest = (0..shape.len()).filter(|axis| !removed.contains(axis));
    Ok(rest.map(|axis| shape[axis].clone()).collect::<TVec<TDim>>().into())
}

fn integers(tensor: &Tensor) -> TractResult<Vec<i64>> {
    Ok(tensor.cast_to::<i64>()?.try_as_plain_ram()?.as_slice::<i64>()?.to_vec())
}

impl Expansion for Squeeze {
    fn name(&self) -> StaticName {
        "Squeeze".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_output_arity(outputs, 1)?;
        ensure!(matches!(inputs.len(), 1 | 2), "expected one or two operands");
        solver.equals(&outputs[0].datum_type, &inputs[0].datum_type)?;
        solver.given(&inputs[0].shape, move |solver, shape| match inputs.get(1) {
            None => solver.equals(&outputs[0].shape, squeezed(&shape, self.axes.as_deref())?),
            Some(axes) => solver.given(&axes.value, move |solver, axes| {
                let axes = integers(&axes)?;
                solver.equals(&outputs[0].shape, squeezed(&shape, Some(&axes))?)
            }),
        })
    }

    fn wire(
        &self,
        prefix: &str,
        target: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let axes = match inputs.get(1) {
            None => self.axes.clone(),
            Some(axes) => {
                let axes = target.outlet_fact(*axes)?.konst.clone();
                Some(integers(&*axes.context("the axes must be constant")?)?)
            }
        };
        let shape = target.outlet_fact(inputs[0])?.shape.to_tvec();
        let axes = removed(&shape, axes.as_deref())?;
        let axes = axes.into_iter().map(isize::try_from).collect::<Result<_, _>>()?;
        RmDims::new(axes).wire(prefix, target, &inputs[..1])
    }
}
