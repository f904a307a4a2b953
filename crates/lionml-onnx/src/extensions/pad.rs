//! Pad with the mode `wrap`, with negative padding, which removes elements, and with a value that is
//! computed: the padding of zeros plus the value where a mask is one.

use lionml_tensor::Shape;
use tract_onnx::{
    model::{ParsingContext, optional_inputs},
    pb::NodeProto,
    tract_hir::{
        internal::*,
        ops::{
            array::{Pad as TractPad, PadMode, Slice, TypedConcat},
            math::{add, mul},
        },
    },
};

#[derive(Clone, Debug)]
struct Pad {
    mode: Mode,
    /// Before operator set 11 they are attributes.
    pads: Option<Vec<i64>>,
    /// Which operands hold the value and the axes.
    value: Option<usize>,
    axes: Option<usize>,
}

#[derive(Clone, Debug)]
enum Mode {
    Tracts(PadMode),
    Wrap,
}

/// No padding of an axis is longer.
const MAX_PADDING: u64 = 1 << 26;

pub(super) fn read(
    context: &ParsingContext<'_>,
    node: &NodeProto,
) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    let mode = match node.get_attr_opt("mode")?.unwrap_or("constant") {
        "constant" => {
            let value: f32 = node.get_attr_opt("value")?.unwrap_or(0.0);
            Mode::Tracts(PadMode::Constant(rctensor0(value)))
        }
        "edge" => Mode::Tracts(PadMode::Edge),
        "reflect" => Mode::Tracts(PadMode::Reflect),
        "wrap" => Mode::Wrap,
        mode => bail!("mode `{mode}`"),
    };
    let pads = match context.onnx_operator_set_version {
        ..=10 => Some(node.get_attr_vec("pads")?),
        _ => None,
    };
    let mut operands = optional_inputs(node).skip(2);
    let (value, axes) = (operands.next().flatten(), operands.next().flatten());
    Ok((expand(Pad { mode, pads, value, axes }), vec![]))
}

fn integers(tensor: &Tensor) -> TractResult<Vec<i64>> {
    Ok(tensor.cast_to::<i64>()?.try_as_plain_ram()?.as_slice::<i64>()?.to_vec())
}

/// What is added before and after each axis.
fn by_axis(rank: usize, pads: &[i64], axes: Option<&[i64]>) -> TractResult<Vec<(i64, i64)>> {
    let shape = Shape::new(vec![1; rank]);
    let axes = match axes {
        Some(axes) => axes.iter().map(|axis| Ok(shape.axis(*axis)?)).collect::<TractResult<_>>()?,
        None => (0..rank).collect::<Vec<_>>(),
    };
    ensure!(pads.len() == 2 * axes.len(), "`pads` has not two entries an axis");
    let (before, after) = pads.split_at(axes.len());
    let mut by_axis = vec![(0, 0); rank];
    for (axis, pads) in axes.iter().zip(before.iter().copied().zip(after.iter().copied())) {
        let is_bounded = pads.0.unsigned_abs().max(pads.1.unsigned_abs()) <= MAX_PADDING;
        ensure!(is_bounded, "padding of {pads:?} elements");
        by_axis[*axis] = pads;
    }
    Ok(by_axis)
}

impl Expansion for Pad {
    fn name(&self) -> StaticName {
        "Pad".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_output_arity(outputs, 1)?;
        let expected = 1
            + usize::from(self.pads.is_none())
            + usize::from(self.value.is_some())
            + usize::from(self.axes.is_some());
        check_input_arity(inputs, expected)?;
        solver.equals(&outputs[0].datum_type, &inputs[0].datum_type)?;
        solver.equals(&outputs[0].rank, &inputs[0].rank)?;
        if let Some(value) = self.value {
            solver.equals(&inputs[value].datum_type, &inputs[0].datum_type)?;
        }
        solver.given(&inputs[0].shape, move |solver, shape| {
            let pads = self.pads.is_none().then_some(1);
            let operands = pads.into_iter().chain(self.axes).map(|operand| &inputs[operand].value);
            solver.given_all(operands, move |solver, values| {
                let pads = match &self.pads {
                    Some(pads) => pads.clone(),
                    None => integers(&values[0])?,
                };
                let axes = self.axes.and(values.last()).map(|axes| integers(axes)).transpose()?;
                let padded = by_axis(shape.len(), &pads, axes.as_deref())?;
                let padded = shape.iter().zip(padded).map(|(d, (b, a))| d.clone() + b + a);
                let padded: TVec<TDim> = padded.collect();
                ensure!(
                    padded.iter().all(|d| d.as_i64().is_none_or(|d| d >= 0)),
                    "too few elements"
                );
                solver.equals(&outputs[0].shape, ShapeFactoid::from(padded))
            })
        })
    }

    fn wire(
        &self,
        prefix: &str,
        target: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let constant = |operand: usize| -> TractResult<Arc<Tensor>> {
            let fact = target.outlet_fact(inputs[operand])?;
            fact.konst.clone().with_context(|| format!("operand {operand} must be constant"))
        };
        let pads = match &self.pads {
            Some(pads) => pads.clone(),
            None => integers(&*constant(1)?)?,
        };
        let axes = self.axes.map(|axes| integers(&*constant(axes)?)).transpose()?;
        let mut mode = self.mode.clone();
        let mut computed = None;
        if let (Some(value), Mode::Tracts(PadMode::Constant(fill))) = (self.value, &mut mode) {
            let fact = target.outlet_fact(inputs[value])?;
            ensure!(fact.shape.volume() == 1.to_dim(), "the value must be one element");
            match &fact.konst {
                Some(value) => {
                    *fill = value.clone().into_tensor().into_shape(&[])?.into_arc_tensor();
                }
                None => computed = Some(inputs[value]),
            }
        }
        let shape: TVec<i64> = target
            .outlet_fact(inputs[0])?
            .shape
            .iter()
            .map(|d| Ok(d.to_i64()?))
            .collect::<TractResult<_>>()?;
        let mut wire = inputs[0];
        let mut added = vec![];
        for (axis, &(before, after)) in
            by_axis(shape.len(), &pads, axes.as_deref())?.iter().enumerate()
        {
            let (start, end) = (-before.min(0), shape[axis] + after.min(0));
            ensure!(start <= end, "too few elements along axis {axis}");
            if (start, end) != (0, shape[axis]) {
                let slice = Slice::new(axis, start, end);
                wire = target.wire_node(format!("{prefix}.slice-{axis}"), slice, &[wire])?[0];
            }
            let (before, after) = (before.max(0), after.max(0));
            let reach = match mode {
                Mode::Tracts(PadMode::Reflect) => end - start - 1,
                Mode::Tracts(PadMode::Constant(_)) => i64::MAX,
                _ => (end - start).min(1) * i64::MAX,
            };
            ensure!(before.max(after) <= reach, "more padding than elements along axis {axis}");
            added.push((usize::try_from(before)?, usize::try_from(after)?));
        }
        if let (Some(value), Mode::Tracts(mode)) = (computed, &mode) {
            let pad = TractPad { mode: mode.clone(), pads: added.clone() };
            let padded = target.wire_node(format!("{prefix}.zeros"), pad, &[wire])?[0];
            return add_where_padded(prefix, target, padded, &added, value);
        }
        match mode {
            Mode::Tracts(mode) => target.wire_node(prefix, TractPad { mode, pads: added }, &[wire]),
            Mode::Wrap => {
                for (axis, &(before, after)) in added.iter().enumerate() {
                    wire =
                        wrap(&format!("{prefix}.wrap-{axis}"), target, wire, axis, before, after)?;
                }
                Ok(tvec!(wire))
            }
        }
    }
}

/// A value of one element, added where the padding is.
fn add_where_padded(
    prefix: &str,
    target: &mut TypedModel,
    padded: OutletId,
    added: &[(usize, usize)],
    mut value: OutletId,
) -> TractResult<TVec<OutletId>> {
    let fact = target.outlet_fact(padded)?.clone();
    ensure!(fact.datum_type.is_number(), "the value must be constant");
    let sizes = fact.shape.iter().map(|size| Ok(size.to_usize()?));
    let shape = Shape::new(sizes.collect::<TractResult<Vec<usize>>>()?);
    let is_padding = |offset: usize| {
        let axes = shape.axes().iter().zip(added);
        let mut axes = shape.coordinate(offset).into_iter().zip(axes);
        axes.any(|(at, (size, (before, after)))| at < *before || at + after >= *size)
    };
    let mask: Vec<f32> = (0..shape.checked_elements()?)
        .map(|offset| f32::from(u8::from(is_padding(offset))))
        .collect();
    let mask = Tensor::from_shape(shape.axes(), &mask)?.cast_to_dt(fact.datum_type)?.into_owned();
    let mask = target.add_const(format!("{prefix}.mask"), mask)?;
    for axis in target.outlet_fact(value)?.rank()..shape.rank() {
        value = target.wire_node(format!("{prefix}.value.{axis}"), AxisOp::Add(0), &[value])?[0];
    }
    let fill = target.wire_node(format!("{prefix}.fill"), mul(), &[mask, value])?[0];
    target.wire_node(prefix, add(), &[padded, fill])
}

/// One axis with elements from its other end on both sides.
fn wrap(
    prefix: &str,
    target: &mut TypedModel,
    wire: OutletId,
    axis: usize,
    before: usize,
    after: usize,
) -> TractResult<OutletId> {
    let size = target.outlet_fact(wire)?.shape[axis].to_usize()?;
    if before + after == 0 {
        return Ok(wire);
    }
    ensure!((before + after) / size <= 1 << 16, "too many copies of axis {axis}");
    let tail = Slice::new(axis, size - before % size, size);
    let head = Slice::new(axis, 0, after % size);
    let tail = target.wire_node(format!("{prefix}.tail"), tail, &[wire])?[0];
    let head = target.wire_node(format!("{prefix}.head"), head, &[wire])?[0];
    let mut pieces = vec![wire; before / size + 1 + after / size];
    if !before.is_multiple_of(size) {
        pieces.insert(0, tail);
    }
    if !after.is_multiple_of(size) {
        pieces.push(head);
    }
    Ok(target.wire_node(format!("{prefix}.all"), TypedConcat::new(axis), &pieces)?[0])
}
