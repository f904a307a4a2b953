//! Squeeze without axes before operator set 13, and with axes in any order.

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
    let mut removed = Vec::with_capacity(axes.len());
    for axis in axes {
        let from_start = if *axis < 0 { axis + shape.len() as i64 } else { *axis };
        let axis = usize::try_from(from_start).ok().filter(|a| *a < shape.len());
        match axis {
            Some(axis) if shape[axis].is_one() && !removed.contains(&axis) => removed.push(axis),
            _ => bail!("axis {from_start} of {shape:?} cannot be removed"),
        }
    }
    Ok(removed)
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
        solver.given(&inputs[0].shape, move |solver, shape| {
            let rest = |axes: Option<&[i64]>| -> TractResult<ShapeFactoid> {
                let removed = removed(&shape, axes)?;
                let rest = (0..shape.len()).filter(|axis| !removed.contains(axis));
                Ok(rest.map(|axis| shape[axis].clone()).collect::<TVec<TDim>>().into())
            };
            match inputs.get(1) {
                None => solver.equals(&outputs[0].shape, rest(self.axes.as_deref())?),
                Some(axes) => {
                    let shape = shape.clone();
                    solver.given(&axes.value, move |solver, axes| {
                        let removed = removed(&shape, Some(&integers(&axes)?))?;
                        let rest = (0..shape.len()).filter(|axis| !removed.contains(axis));
                        let rest: TVec<TDim> = rest.map(|axis| shape[axis].clone()).collect();
                        solver.equals(&outputs[0].shape, ShapeFactoid::from(rest))
                    })
                }
            }
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
        let axes = removed(&shape, axes.as_deref())?.into_iter().map(|axis| axis as isize);
        RmDims::new(axes.collect()).wire(prefix, target, &inputs[..1])
    }
}
