//! BatchNormalization whose parameters are computed; tract wants them all constant. Only the
//! variance must be: its root is taken when the model is imported.

use tract_onnx::{
    model::ParsingContext,
    pb::NodeProto,
    tract_hir::{
        internal::*,
        ops::math::{add, mul, rsqrt, sub},
    },
};

#[derive(Clone, Debug)]
struct BatchNorm {
    epsilon: f32,
}

pub(super) fn read(
    _context: &ParsingContext<'_>,
    node: &NodeProto,
) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    let epsilon = node.get_attr_opt("epsilon")?.unwrap_or(1e-5);
    Ok((expand(BatchNorm { epsilon }), vec![]))
}

impl Expansion for BatchNorm {
    fn name(&self) -> StaticName {
        "BatchNormalization".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 5)?;
        check_output_arity(outputs, 1)?;
        solver.equals(&outputs[0].shape, &inputs[0].shape)?;
        solver.equals(&outputs[0].datum_type, &inputs[0].datum_type)?;
        for parameter in &inputs[1..] {
            solver.equals(&parameter.datum_type, &inputs[0].datum_type)?;
            solver.equals(&parameter.rank, 1)?;
            solver.equals(&parameter.shape[0], &inputs[0].shape[1])?;
        }
        Ok(())
    }

    fn wire(
        &self,
        prefix: &str,
        target: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let [x, scale, bias, mean, variance] = *inputs else { bail!("expected five operands") };
        ensure!(target.outlet_fact(variance)?.konst.is_some(), "its variance must be constant");
        let fact = target.outlet_fact(x)?;
        let (rank, kind) = (fact.rank(), fact.datum_type);
        let epsilon = tensor1(&[self.epsilon]).cast_to_dt(kind)?.into_owned();
        let epsilon = target.add_const(format!("{prefix}.epsilon"), epsilon)?;
        let shifted = target.wire_node(format!("{prefix}.shifted"), add(), &[variance, epsilon])?;
        let root = target.wire_node(format!("{prefix}.root"), rsqrt(), &shifted)?[0];
        let slope = target.wire_node(format!("{prefix}.slope"), mul(), &[scale, root])?[0];
        let centre = target.wire_node(format!("{prefix}.centre"), mul(), &[mean, slope])?[0];
        let offset = target.wire_node(format!("{prefix}.offset"), sub(), &[bias, centre])?[0];
        let mut along_channels = |name: &str, mut wire: OutletId| -> TractResult<OutletId> {
            for axis in (0..rank).filter(|axis| *axis != 1) {
                let op = AxisOp::Add(axis);
                wire = target.wire_node(format!("{prefix}.{name}.{axis}"), op, &[wire])?[0];
            }
            Ok(wire)
        };
        let slope = along_channels("slope", slope)?;
        let offset = along_channels("offset", offset)?;
        let product = target.wire_node(format!("{prefix}.product"), mul(), &[x, slope])?[0];
        target.wire_node(prefix, add(), &[product, offset])
    }
}
