//! How many elements shapes have, for [`Op::work`]: a few bytes can describe what would take hours.
//!
//! Counts saturate, and an axis of size zero does not excuse the others: code runs along those too.

use lionml_tensor::Window;

use crate::{Fact, Op};

/// About how many elements and products each execution of an operator runs through on these
/// operands, known before it does anything. Whether the operands fit is for [`Op::infer`].
pub fn work(op: &dyn Op, operands: &[Fact]) -> usize {
    let shapes: Vec<_> = operands.iter().map(|fact| fact.shape.axes()).collect();
    let read = shapes.iter().map(|axes| elements(axes)).fold(0, usize::saturating_add);
    read.saturating_add(op.work(&shapes))
}

/// The elements of a shape, each as often as it has axes: that is what finding its place takes.
pub(crate) fn elements(axes: &[usize]) -> usize {
    stepwise(axes, 1)
}

/// The elements of a shape, each as often as it has axes or takes steps.
pub(crate) fn stepwise(axes: &[usize], steps: usize) -> usize {
    product(axes.iter().copied().chain([axes.len().max(steps)]))
}

/// [`stepwise`] for the shape that these broadcast to, if they do.
pub(crate) fn broadcast(shapes: &[&[usize]], steps: usize) -> usize {
    let rank = shapes.iter().map(|axes| axes.len()).max().unwrap_or_default();
    let size = |axes: &&[usize], axis: usize| -> usize {
        (axis + axes.len()).checked_sub(rank).map_or(1, |axis| axes[axis])
    };
    let largest = |axis| shapes.iter().map(|axes| size(axes, axis)).max();
    stepwise(&(0..rank).filter_map(largest).collect::<Vec<_>>(), steps)
}

/// The elements that windows reach, and those of the output.
pub(crate) fn windows(x: &[usize], window: &Window) -> usize {
    let windows = [&x[..x.len().min(2)], &window.output].concat();
    product([windows.as_slice(), &window.kernel].concat()).saturating_add(elements(&windows))
}

pub(crate) fn product(sizes: impl IntoIterator<Item = usize>) -> usize {
    sizes.into_iter().fold(1, |product, size| product.saturating_mul(size.max(1)))
}

#[cfg(test)]
mod tests {
    use lionml_tensor::Tensor;

    use super::*;
    use crate::{
        AnyOp,
        ops::{
            Add, Broadcast, Concat, Conv, Einsum, Gather, MaxPool, Pad, PadMode, Relu, Reshape,
            SumPool,
        },
    };

    fn work(op: impl Into<AnyOp>, shapes: &[&[usize]]) -> usize {
        let facts: Vec<_> = shapes.iter().map(|axes| Fact::float(axes.to_vec())).collect();
        super::work(&*op.into(), &facts)
    }

    fn window(kernel: usize, output: usize) -> Window {
        let one = || vec![1, 1];
        let (pads_before, pads_after) = (vec![0, 0], vec![0, 0]);
        let (kernel, output) = (vec![kernel, 1], vec![output, 1]);
        Window { kernel, strides: one(), dilations: one(), pads_before, pads_after, output }
    }

    #[test]
    fn matches_work_by_hand() {
        let einsum = Einsum { expression: "bik,kj->bij".parse().unwrap() };
        // Elements of both operands, products, and elements of the output.
        assert_eq!(work(einsum, &[&[1, 2, 3], &[3, 5]]), 3 * 6 + 2 * 15 + 30 + 3 * 10);
        let conv = Conv { window: window(3, 7), groups: 2 };
        assert_eq!(
            work(conv, &[&[2, 4, 9, 1], &[6, 2, 3, 1]]),
            4 * 72 + 4 * 36 + 2 * 36 * 7 + 4 * 84
        );
        let pool = MaxPool { window: window(3, 7) };
        assert_eq!(work(pool, &[&[2, 4, 9, 1]]), 4 * 72 + 8 * 7 * 3 + 4 * 56);
        assert_eq!(work(Relu, &[&[5]]), 5 + 5);
        assert_eq!(work(Add, &[&[5, 1], &[1, 1, 6]]), 2 * 5 + 3 * 6 + 3 * 30);
        assert_eq!(work(Broadcast { shape: [7, 5].into() }, &[&[5]]), 5 + 2 * 35);
        let pad = Pad { before: vec![1, 2], after: vec![3, 4], mode: PadMode::Edge };
        assert_eq!(work(pad, &[&[5, 5]]), 2 * 25 + 2 * 9 * 11);
        let gather = Gather { axis: 0, indices: Tensor::full([7], 0) };
        assert_eq!(work(gather, &[&[50, 3]]), 2 * 150 + 3 * 3 * 7);
    }

    #[test]
    fn accepts_what_does_not_fit() {
        let einsum = || Einsum { expression: "ik,kj->ij".parse().unwrap() };
        assert_eq!(work(einsum(), &[&[0, usize::MAX], &[2]]), usize::MAX);
        let window = window(usize::MAX, usize::MAX);
        for op in [
            AnyOp::from(einsum()),
            Conv { window: window.clone(), groups: 0 }.into(),
            SumPool { window }.into(),
            Pad { before: vec![usize::MAX], after: vec![1], mode: PadMode::Edge }.into(),
            Gather { axis: 9, indices: Tensor::full([2], 9) }.into(),
            Reshape { shape: [usize::MAX].into() }.into(),
            Concat { axis: 3 }.into(),
        ] {
            let cases: [&[&[usize]]; 3] = [&[], &[&[]], &[&[1, 2, 3], &[], &[4]]];
            for shapes in cases {
                work(op.clone(), shapes);
            }
        }
    }
}
