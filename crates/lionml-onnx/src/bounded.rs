//! Bounds on what tract computes while it infers shapes.
//!
//! tract runs an op as soon as all its operands are constants, whatever size the output has: two
//! small constants that broadcast could exhaust memory. The shape is known just before.

use lionml_tensor::Shape;
use tract_onnx::tract_hir::{
    internal::*,
    ops::{konst::Const, source::Source},
};

use crate::proto::check_elements;

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

/// An op whose outputs may not be larger than a wire.
#[derive(Clone, Debug)]
struct Bounded(Box<dyn InferenceOp>);

/// Bounds all ops of a model that compute.
pub(crate) fn bound(model: &mut InferenceModel) {
    for node in model.nodes_mut() {
        if !node.op_is::<Source>() && !node.op_is::<Const>() {
            node.op = Box::new(Bounded(node.op.clone()));
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
        self.0.name()
    }

    not_a_typed_op!();
}

impl EvalOp for Bounded {
    fn eval(&self, context: &EvalContext<'_>, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        self.0.eval(context, inputs)
    }

    fn eval_out_of_plan(&self, inputs: TVec<TValue>) -> TractResult<Option<TVec<TValue>>> {
        self.0.eval_out_of_plan(inputs)
    }

    fn state(&self, context: &EvalContext<'_>) -> TractResult<Option<Box<dyn OpState>>> {
        self.0.state(context)
    }
}

impl InferenceOp for Bounded {
    fn infer_facts(
        &mut self,
        inputs: TVec<&InferenceFact>,
        outputs: TVec<&InferenceFact>,
        observed: TVec<&InferenceFact>,
    ) -> TractResult<(TVec<InferenceFact>, TVec<InferenceFact>, TVec<InferenceFact>)> {
        if SIZED.contains(&&*self.0.name()) {
            inputs.last().and_then(|sizes| sizes.value.concretize()).map_or(Ok(()), check_sizes)?;
        }
        let facts = self.0.infer_facts(inputs, outputs, observed)?;
        for fact in &facts.1 {
            let Some(shape) = fact.shape.concretize() else { continue };
            let sizes = shape.iter().map(|size| Ok(size.to_usize()?));
            check_elements(&Shape::new(sizes.collect::<TractResult<Vec<usize>>>()?))?;
        }
        Ok(facts)
    }

    fn observe_outlets(
        &self,
        model: &InferenceModel,
        node: &InferenceNode,
    ) -> TractResult<Vec<OutletId>> {
        self.0.observe_outlets(model, node)
    }

    fn incorporate(
        &self,
        model: &InferenceModel,
        node: &InferenceNode,
    ) -> TractResult<Option<InferenceModelPatch>> {
        self.0.incorporate(model, node)
    }

    fn nboutputs(&self) -> TractResult<usize> {
        self.0.nboutputs()
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
        self.0.to_typed(source, node, target, mapping)
    }
}
