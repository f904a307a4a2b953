//! Gemm of any type of numbers: tract multiplies by its two factors in single precision, whatever the
//! operands are.

use tract_onnx::{
    model::ParsingContext,
    pb::NodeProto,
    tract_core::ops::einsum::EinSum,
    tract_hir::{
        internal::*,
        ops::math::{add, mul},
    },
};

#[derive(Clone, Debug)]
struct Gemm {
    alpha: f32,
    beta: f32,
    is_transposed: [bool; 2],
}

pub(super) fn read(
    _context: &ParsingContext<'_>,
    node: &NodeProto,
) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    let factor = |name| Ok::<_, TractError>(node.get_attr_opt(name)?.unwrap_or(1.0));
    let flag = |name| Ok::<_, TractError>(node.get_attr_opt(name)?.unwrap_or(false));
    let is_transposed = [flag("transA")?, flag("transB")?];
    Ok((expand(Gemm { alpha: factor("alpha")?, beta: factor("beta")?, is_transposed }), vec![]))
}

impl Expansion for Gemm {
    fn name(&self) -> StaticName {
        "Gemm".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        if !matches!(inputs.len(), 2 | 3) {
            bail!("expected two or three operands");
        }
        check_output_arity(outputs, 1)?;
        for input in inputs {
            solver.equals(&input.datum_type, &outputs[0].datum_type)?;
        }
        for matrix in [&inputs[0], &inputs[1], &outputs[0]] {
            solver.equals(&matrix.rank, 2)?;
        }
        // Which axis of each operand the output keeps; the other one is summed over.
        let kept = [usize::from(self.is_transposed[0]), usize::from(!self.is_transposed[1])];
        solver.equals(&inputs[0].shape[1 - kept[0]], &inputs[1].shape[1 - kept[1]])?;
        for (axis, input) in inputs.iter().take(2).enumerate() {
            solver.equals(&input.shape[kept[axis]], &outputs[0].shape[axis])?;
        }
        Ok(())
    }

    fn wire(
        &self,
        prefix: &str,
        target: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let kind = target.outlet_fact(inputs[0])?.datum_type;
        let factor = |value: f32| -> TractResult<Tensor> {
            let exact = tensor2(&[[value]]);
            let cast = exact.cast_to_dt(kind)?.into_owned();
            if kind.is_integer() && *cast.cast_to::<f32>()? != exact {
                bail!("integers times {value}");
            }
            Ok(cast)
        };
        let [left, right] = self.is_transposed;
        let axes = AxesMapping::for_numpy_matmul(2, left, right, false)?;
        let product = EinSum::new(axes, kind);
        let mut sum = target.wire_node(format!("{prefix}.product"), product, &inputs[..2])?;
        if self.alpha != 1.0 {
            let alpha = target.add_const(format!("{prefix}.alpha"), factor(self.alpha)?)?;
            sum = target.wire_node(format!("{prefix}.scaled"), mul(), &[alpha, sum[0]])?;
        }
        if let (Some(&term), true) = (inputs.get(2), self.beta != 0.0) {
            let mut term = term;
            for rank in target.outlet_fact(term)?.rank()..2 {
                let name = format!("{prefix}.axis.{rank}");
                term = target.wire_node(name, AxisOp::Add(0), &[term])?[0];
            }
            let beta = target.add_const(format!("{prefix}.beta"), factor(self.beta)?)?;
            let term = target.wire_node(format!("{prefix}.term"), mul(), &[beta, term])?[0];
            sum = target.wire_node(prefix, add(), &[sum[0], term])?;
        }
        Ok(sum)
    }
}
