//! Cast to 64-bit integers, which tract makes sizes, by way of 32 bits.

use tract_onnx::{
    model::ParsingContext, pb::NodeProto, tract_core::ops::cast::cast, tract_hir::internal::*,
};

#[derive(Clone, Debug)]
struct Cast {
    to: DatumType,
}

pub(super) fn read(
    _context: &ParsingContext<'_>,
    node: &NodeProto,
) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    Ok((expand(Cast { to: node.get_attr("to")? }), vec![]))
}

impl Expansion for Cast {
    fn name(&self) -> StaticName {
        "Cast".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 1)?;
        check_output_arity(outputs, 1)?;
        solver.equals(&outputs[0].datum_type, self.to)?;
        solver.equals(&outputs[0].shape, &inputs[0].shape)
    }

    fn wire(
        &self,
        prefix: &str,
        target: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let from = target.outlet_fact(inputs[0])?.datum_type;
        ensure!(from != DatumType::String && self.to != DatumType::String, "strings");
        target.wire_node(prefix, cast(self.to), inputs)
    }
}
