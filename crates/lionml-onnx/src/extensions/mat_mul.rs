//! MatMul of two vectors, which tract refuses.

use tract_onnx::{
    model::ParsingContext,
    pb::NodeProto,
    tract_core::ops::einsum::EinSum,
    tract_hir::{internal::*, ops::matmul::MatMulInference},
};

#[derive(Clone, Debug)]
struct MatMul(MatMulInference);

pub(super) fn read(
    _context: &ParsingContext<'_>,
    _node: &NodeProto,
) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    Ok((expand(MatMul(MatMulInference::default())), vec![]))
}

impl Expansion for MatMul {
    fn name(&self) -> StaticName {
        "MatMul".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        self.0.rules(solver, inputs, outputs)
    }

    fn wire(
        &self,
        prefix: &str,
        target: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let facts = inputs.iter().map(|i| target.outlet_fact(*i).cloned());
        let facts = facts.collect::<TractResult<TVec<TypedFact>>>()?;
        match &*facts {
            [a, b] if a.rank() == 1 && b.rank() == 1 => {
                let op = EinSum::new("k,k->".parse()?, a.datum_type);
                target.wire_node(prefix, op, inputs)
            }
            _ => self.0.wire(prefix, target, inputs),
        }
    }
}
