//! Bounds on what tract computes while it infers shapes.
//!
//! tract runs an op as soon as all its operands are constants, whatever size the output has: two
//! small constants that broadcast could exhaust memory. The shape is known just before.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicUsize, Ordering},
};

use lionml_tensor::Shape;
use tract_onnx::tract_hir::{
    internal::*,
    ops::{array::StridedSlice, konst::Const, source::Source},
};

use crate::proto::MAX_CONSTANTS;

/// tract's names of ops whose last operand is of sizes. It cuts those down to 32 bits, and what is
/// left can mean another shape.
const SIZED: &[&str] = &["ConstantOfShape", "MultiBroadcastTo", "Reshape", "Tile"];

fn check_sizes(sizes: Arc<Tensor>) -> TractResult<()> {
    if sizes.datum_type() != DatumType::I64 {
        return Ok(());
    }
    let sizes = sizes.try_as_plain_ram()?.as_slice::<i64>()?;
    match sizes.iter().find(|size| i32::try_from(**size).is_err()) {
        Some(size) => bail!("the size `{size}` does not fit 32 bits"),
        None => Ok(()),
    }
}

/// The place of the ends among the operands of a slice after the first.
const ENDS: usize = 1;

/// What exporters write for the far end of an axis, beside the extremes.
const LAST: i64 = i32::MAX as i64;
const FIRST: i64 = i64::MIN + 1;

/// Refuses what tract takes otherwise than ONNX means it: indices beyond 32 bits, of which it drops
/// the rest; ends that mean "whatever is left" to it in either direction; and a step of zero, on
/// which it panics.
fn check_slice(op: &StridedSlice, indices: &[&InferenceFact]) -> TractResult<()> {
    let values = indices.iter().map(|operand| operand.value.concretize());
    let Some(values) = values.collect::<Option<Vec<_>>>() else { return Ok(()) };
    let integers = |value: &Arc<Tensor>| -> TractResult<Vec<i64>> {
        Ok(value.cast_to::<i64>()?.try_as_plain_ram()?.as_slice::<i64>()?.to_vec())
    };
    let values = values.iter().map(integers).collect::<TractResult<Vec<_>>>()?;
    let steps = op.optional_steps_input.and_then(|operand| values.get(operand.checked_sub(1)?));
    for (operand, indices) in values.iter().enumerate() {
        for (entry, &index) in indices.iter().enumerate() {
            let step = steps.and_then(|steps| steps.get(entry)).copied().unwrap_or(1);
            ensure!(step != 0, "the step is zero");
            let is_understood = match index {
                i64::MAX | LAST if operand == ENDS => step > 0,
                i64::MIN | FIRST if operand == ENDS => step < 0,
                _ => i32::try_from(index).is_ok(),
            };
            ensure!(is_understood, "the index `{index}` does not fit 32 bits");
        }
    }
    Ok(())
}

/// An op whose outputs may not be larger than a wire.
#[derive(Clone, Debug)]
struct Bounded {
    op: Box<dyn InferenceOp>,
    /// The elements that tensors may still have, those of all ops together.
    room: Arc<AtomicUsize>,
    /// Whether those of this op are taken.
    is_counted: bool,
}

/// Bounds all ops of a model that compute.
pub(crate) fn bound(model: &mut InferenceModel) {
    let room = Arc::new(AtomicUsize::new(MAX_CONSTANTS));
    for node in model.nodes_mut() {
        if !node.op_is::<Source>() && !node.op_is::<Const>() {
            let (op, room) = (node.op.clone(), room.clone());
            node.op = Box::new(Bounded { op, room, is_counted: false });
        }
    }
}

impl PartialEq for Bounded {
    fn eq(&self, _other: &Self) -> bool {
        false
    }
}

impl Eq for Bounded {}

impl Op for Bounded {
    fn name(&self) -> StaticName {
        self.op.name()
    }

    not_a_typed_op!();
}

impl EvalOp for Bounded {
    fn eval(&self, context: &EvalContext<'_>, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        self.op.eval(context, inputs)
    }

    fn eval_out_of_plan(&self, inputs: TVec<TValue>) -> TractResult<Option<TVec<TValue>>> {
        self.op.eval_out_of_plan(inputs)
    }

    fn state(&self, context: &EvalContext<'_>) -> TractResult<Option<Box<dyn OpState>>> {
        self.op.state(context)
    }
}

impl InferenceOp for Bounded {
    fn infer_facts(
        &mut self,
        inputs: TVec<&InferenceFact>,
        outputs: TVec<&InferenceFact>,
        observed: TVec<&InferenceFact>,
    ) -> TractResult<(TVec<InferenceFact>, TVec<InferenceFact>, TVec<InferenceFact>)> {
        if SIZED.contains(&&*self.op.name()) {
            inputs.last().and_then(|sizes| sizes.value.concretize()).map_or(Ok(()), check_sizes)?;
        }
        if let Some(slice) = self.op.as_op().downcast_ref::<StridedSlice>() {
            check_slice(slice, inputs.get(1..).unwrap_or_default())?;
        }
        let infer = || self.op.infer_facts(inputs, outputs, observed);
        // tract names the node of an error, and none of a panic.
        let facts = catch_unwind(AssertUnwindSafe(infer))
            .unwrap_or_else(|_| bail!("its attributes do not fit its operands"))?;
        let is_new = !self.is_counted && facts.1.iter().all(|f| f.shape.concretize().is_some());
        self.is_counted |= is_new;
        for fact in &facts.1 {
            let Some(shape) = fact.shape.concretize() else { continue };
            let sizes = shape.iter().map(|size| Ok(size.to_usize()?));
            let shape = Shape::new(sizes.collect::<TractResult<Vec<usize>>>()?);
            let elements = shape.checked_elements()?;
            if is_new {
                let take = |room: usize| room.checked_sub(elements);
                if self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_err() {
                    bail!("with it all tensors together have more than {MAX_CONSTANTS} elements");
                }
            }
        }
        Ok(facts)
    }

    fn observe_outlets(
        &self,
        model: &InferenceModel,
        node: &InferenceNode,
    ) -> TractResult<Vec<OutletId>> {
        self.op.observe_outlets(model, node)
    }

    fn incorporate(
        &self,
        model: &InferenceModel,
        node: &InferenceNode,
    ) -> TractResult<Option<InferenceModelPatch>> {
        self.op.incorporate(model, node)
    }

    fn nboutputs(&self) -> TractResult<usize> {
        self.op.nboutputs()
    }

    as_op!();

    #[expect(clippy::disallowed_types, reason = "the signature is tract's")]
    fn to_typed(
        &self,
        source: &InferenceModel,
        node: &InferenceNode,
        target: &mut TypedModel,
        mapping: &HashMap<OutletId, OutletId>,
    ) -> TractResult<TVec<OutletId>> {
        self.op.to_typed(source, node, target, mapping)
    }
}
