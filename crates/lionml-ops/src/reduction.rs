//! Operators that make each output of a group of elements: windows of pooling, axes of reductions.

use lionml_gadgets::{GadgetError, Signal, max, min};
use lionml_quant::{Interval, Number, QTensor};
use lionml_r1cs::{Builder, Fr, Linear, field::One};
use lionml_tensor::{Shape, ShapeError, Tensor, Window};

use crate::{
    Fact, Form, Integers, OpError, Properties, Role, Rounding, Wires, materialize::check_sums,
    op::operands, products::hull,
};

/// The value of a group of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    /// Their sum: no row.
    Sum,
    /// The largest of at least one, by the gadget for two.
    Max,
    /// The smallest of at least one, by the gadget for two.
    Min,
}

/// An operator that makes each output of a group of elements of its operand.
///
/// Groups serve integers and rows; floats follow the textbook without them.
pub(crate) trait Reduction {
    /// The value of a group of elements.
    const FOLD: Fold;

    /// The elements of each output, or an error for attributes that do not fit.
    fn groups(&self, x: &Shape) -> Result<Groups, OpError>;

    /// The textbook meaning.
    fn float(&self, x: &Tensor<f64>) -> Result<Tensor<f64>, OpError>;

    /// As [`Op::work`](crate::Op::work) has it.
    fn work(&self, x: &[usize]) -> usize;
}

/// The groups of an operator; only a sum has a value for an empty one.
fn groups<R: Reduction>(op: &R, x: &Shape) -> Result<Groups, OpError> {
    let groups = op.groups(x)?;
    if R::FOLD == Fold::Sum { Ok(groups) } else { groups.without_empty() }
}

pub(crate) fn infer<R: Reduction>(op: &R, inputs: &[Fact]) -> Result<Vec<Fact>, OpError> {
    let [x] = operands(inputs)?;
    let groups = groups(op, &x.shape)?;
    let fact = Fact::derived(groups.shape().clone(), inputs, |numbers| {
        let [Number { scale, interval }] = *operands(numbers)?;
        let interval = match R::FOLD {
            Fold::Sum => groups.sum_interval(&interval)?,
            Fold::Max | Fold::Min => interval,
        };
        Ok(Number { scale, interval })
    })?;
    Ok(vec![fact])
}

pub(crate) fn eval_float<R: Reduction>(
    op: &R,
    inputs: &[Tensor<f64>],
) -> Result<Vec<Tensor<f64>>, OpError> {
    let [x] = operands(inputs)?;
    Ok(vec![op.float(x)?])
}

pub(crate) fn eval_quant<R: Reduction>(
    op: &R,
    inputs: &[QTensor],
    _outputs: &[Fact],
) -> Result<Vec<Tensor<i128>>, OpError> {
    let [x] = operands(inputs)?;
    let groups = groups(op, x.values.shape())?;
    let reduced = groups.reduce(&x.values, |elements| match R::FOLD {
        // No partial sum passes the magnitude of the interval that `infer` has accepted.
        Fold::Sum => elements.sum(),
        // No group is empty: `infer` has refused those.
        Fold::Max => elements.max().unwrap_or_default(),
        Fold::Min => elements.min().unwrap_or_default(),
    });
    Ok(vec![reduced])
}

pub(crate) fn synthesize<R: Reduction>(
    op: &R,
    builder: &mut Builder,
    inputs: &[Wires],
    _outputs: &[Fact],
) -> Result<Vec<Tensor<Linear>>, OpError> {
    let [x] = operands(inputs)?;
    let groups = groups(op, x.shape())?;
    Ok(vec![match R::FOLD {
        Fold::Sum => groups.sum(builder, x)?,
        Fold::Max => groups.extreme(builder, x, max)?,
        Fold::Min => groups.extreme(builder, x, min)?,
    }])
}

pub(crate) fn role<R: Reduction>(_: &R, _: usize) -> Role {
    Role::Term
}

pub(crate) fn properties<R: Reduction>(_: &R) -> Properties<'_> {
    Properties {
        form: if R::FOLD == Fold::Sum { Form::Linear } else { Form::Bits },
        rounding: Rounding::Never,
        integers: Integers::Kept,
        range: None,
    }
}

pub(crate) fn work<R: Reduction>(op: &R, operands: &[&[usize]]) -> usize {
    operands.first().map_or(0, |x| op.work(x))
}

/// For each element of an output, the offsets of the elements that it is made of.
pub(crate) struct Groups(Tensor<Vec<usize>>);

impl Groups {
    /// The windows over the spatial axes of `[batch, channels, spatial…]`. Padding is not an element.
    pub(crate) fn windows(window: &Window, x: &Shape) -> Result<Self, OpError> {
        let [batch, channels, spatial @ ..] = x.axes() else {
            let expected = "batch, channels and spatial axes".to_owned();
            return Err(ShapeError::Mismatch { expected, got: x.clone() }.into());
        };
        window.check(spatial)?;
        let shape = [&[*batch, *channels], window.output.as_slice()].concat();
        // Every tap of every window of every channel is listed.
        Shape::new([shape.as_slice(), &window.kernel].concat()).checked_elements()?;
        let plane: usize = spatial.iter().product();
        let windows = window.offsets(spatial);
        let groups = (0..batch * channels).flat_map(|channel| {
            let group = move |taps: &Vec<(usize, usize)>| {
                taps.iter().map(|(_, offset)| channel * plane + offset).collect()
            };
            windows.iter().map(group)
        });
        Ok(Self(Tensor::new(shape, groups.collect())?))
    }

    /// All elements that differ only along some axes.
    pub(crate) fn axes(axes: &[usize], keep_dims: bool, x: &Shape) -> Result<Self, OpError> {
        let mut sizes: Vec<Option<usize>> = x.axes().iter().copied().map(Some).collect();
        for &axis in axes {
            let size = sizes.get_mut(axis).filter(|size| size.is_some());
            let Some(size) = size else {
                return Err(OpError::Attribute {
                    attribute: "axes",
                    value: format!("{axes:?}"),
                    expected: "axes of the operand, each once",
                });
            };
            *size = None;
        }
        let kept = Shape::new(sizes.iter().map(|size| size.unwrap_or(1)).collect::<Vec<_>>());
        let mut groups = vec![Vec::new(); kept.checked_elements()?];
        for (offset, group) in kept.broadcast_offsets(x)?.into_iter().enumerate() {
            groups[group].push(offset);
        }
        let shape =
            if keep_dims { kept } else { sizes.into_iter().flatten().collect::<Vec<_>>().into() };
        Ok(Self(Tensor::new(shape, groups)?))
    }

    /// The shape of the output.
    pub(crate) fn shape(&self) -> &Shape {
        self.0.shape()
    }

    /// The offsets of each group.
    pub(crate) fn offsets(&self) -> &Tensor<Vec<usize>> {
        &self.0
    }

    /// Rejects empty groups: their maximum is undefined.
    pub(crate) fn without_empty(self) -> Result<Self, OpError> {
        if self.0.data().iter().any(Vec::is_empty) {
            let expected = "at least one element for each output".to_owned();
            return Err(ShapeError::Mismatch { expected, got: self.0.shape().clone() }.into());
        }
        Ok(self)
    }

    /// An output from each group of elements.
    pub(crate) fn reduce<T: Copy, U>(
        &self,
        x: &Tensor<T>,
        mut f: impl FnMut(&mut dyn Iterator<Item = T>) -> U,
    ) -> Tensor<U> {
        self.0.map(|group| f(&mut group.iter().map(|&offset| x.data()[offset])))
    }

    /// A reduction along axes by the textbook, apart from the offsets above: one pass over the
    /// elements, each added to the output at its coordinate.
    pub(crate) fn fold(
        axes: &[usize],
        keep_dims: bool,
        x: &Tensor<f64>,
        start: f64,
        f: impl Fn(f64, f64) -> f64,
    ) -> Result<Tensor<f64>, OpError> {
        let kept = |axis: usize| !axes.contains(&axis);
        let rank = x.shape().rank();
        let size = |axis: usize| if kept(axis) { x.shape().axes()[axis] } else { 1 };
        let shape = Shape::new((0..rank).map(size).collect::<Vec<_>>());
        let mut outputs = vec![start; shape.elements()];
        for (coordinate, &value) in x.shape().coordinates().zip(x.data()) {
            let at = |axis: usize| if kept(axis) { coordinate[axis] } else { 0 };
            let output = &mut outputs[shape.offset(&(0..rank).map(at).collect::<Vec<_>>())];
            *output = f(*output, value);
        }
        let axes = (0..rank).filter(|&axis| keep_dims || kept(axis)).map(size);
        Ok(Tensor::new(axes.collect::<Vec<_>>(), outputs)?)
    }

    /// A reduction over windows by the textbook, apart from the offsets above.
    pub(crate) fn fold_windows(
        window: &Window,
        x: &Tensor<f64>,
        start: f64,
        f: impl Fn(f64, f64) -> f64,
    ) -> Result<Tensor<f64>, OpError> {
        let shape = Self::windows(window, x.shape())?.shape().clone();
        let outputs = shape.coordinates().map(|at| {
            let taps = window.taps(&at[2..], &x.shape().axes()[2..]);
            let offset = |tap: &[usize]| x.shape().offset(&[&at[..2], tap].concat());
            taps.iter().map(|(_, tap)| x.data()[offset(tap)]).fold(start, &f)
        });
        Ok(Tensor::new(shape.clone(), outputs.collect())?)
    }

    /// The interval of the sums.
    pub(crate) fn sum_interval(&self, each: &Interval) -> Result<Interval, OpError> {
        let sizes = Interval::around(self.0.data().iter().map(|group| group.len() as i128))?;
        Ok(hull([each.times(sizes.low())?, each.times(sizes.high())?]))
    }

    /// The sum of each group: no row.
    pub(crate) fn sum(&self, builder: &mut Builder, x: &Wires) -> Result<Tensor<Linear>, OpError> {
        let uses = self.uses(x, 1);
        let x = x.materialized(builder, &uses);
        check_sums(builder, &x, &uses)?;
        Ok(self.0.map(|group| Linear::sum(group.iter().map(|&i| (Fr::one(), &x.data()[i])))))
    }

    /// The extreme of each group, by the gadget for that of two.
    pub(crate) fn extreme(
        &self,
        builder: &mut Builder,
        x: &Wires,
        of_two: fn(&mut Builder, &Signal, &Signal) -> Result<Signal, GadgetError>,
    ) -> Result<Tensor<Linear>, OpError> {
        let interval = x.number().interval;
        // An element stands in its own comparison and, as part of the extreme so far, in the next.
        let x = x.materialized(builder, &self.uses(x, 2));
        self.0.try_map(|group| {
            let mut signals = group.iter().map(|&i| Signal::new(x.data()[i].clone(), interval));
            let first = signals.next().ok_or(GadgetError::Empty { gadget: "extreme" })?;
            Ok(signals.try_fold(first, |extreme, next| of_two(builder, &extreme, &next))?.linear)
        })
    }

    fn uses(&self, x: &Wires, each: usize) -> Vec<usize> {
        let mut uses = vec![0; x.shape().elements()];
        for &offset in self.0.data().iter().flatten() {
            uses[offset] += each;
        }
        uses
    }
}
