//! How much an operator has to do, known before it does anything: a few bytes can describe what
//! would take hours.

use std::collections::BTreeMap;

use crate::{
    AnyOp, Fact,
    ops::{Broadcast, Conv, Curve, Einsum, Gather, MaxPool, Pad, Softmax, SumPool},
};

impl AnyOp {
    /// About how many elements and products each execution of the operator runs through on these
    /// operands. It is asked of any: whether they fit is for [`Op::infer`](crate::Op::infer).
    pub fn work(&self, operands: &[Fact]) -> usize {
        let shapes: Vec<_> = operands.iter().map(|fact| fact.shape.axes()).collect();
        let read = shapes.iter().map(|axes| elements(axes)).fold(0, usize::saturating_add);
        let made = match (self, shapes.as_slice()) {
            (Self::Einsum(Einsum { expression }), [left, right, ..]) => {
                let mut sizes = BTreeMap::new();
                let left = expression.left().iter().zip(*left);
                for (axis, &size) in left.chain(expression.right().iter().zip(*right)) {
                    let known = sizes.entry(*axis).or_insert(size);
                    *known = size.max(*known);
                }
                let output = expression.output().iter().filter_map(|axis| sizes.get(axis).copied());
                let output = elements(&output.collect::<Vec<_>>());
                product(sizes.into_values()).saturating_add(output)
            }
            (Self::Conv(Conv { window, .. }), [x, weights, ..]) => {
                let (batch, outputs) = (&x[..x.len().min(1)], &weights[..weights.len().min(1)]);
                product([batch, weights, &window.output].concat())
                    .saturating_add(elements(&[batch, outputs, &window.output].concat()))
            }
            (Self::SumPool(SumPool { window }) | Self::MaxPool(MaxPool { window }), [x, ..]) => {
                let windows = [&x[..x.len().min(2)], &window.output].concat();
                product([windows.as_slice(), &window.kernel].concat())
                    .saturating_add(elements(&windows))
            }
            (Self::Broadcast(Broadcast { shape }), _) => elements(shape.axes()),
            (Self::Pad(Pad { before, after, .. }), [x, ..]) => {
                let pads = before.iter().zip(after);
                let padded = x.iter().zip(pads).map(|(size, (before, after))| {
                    size.saturating_add(*before).saturating_add(*after)
                });
                elements(&padded.collect::<Vec<_>>())
            }
            (Self::Gather(Gather { axis, indices }), [x, ..]) => {
                let mut axes = x.to_vec();
                if let Some(size) = axes.get_mut(*axis) {
                    *size = 1;
                }
                elements(&[&axes, indices.shape().axes()].concat())
            }
            // Each element is looked for among the pieces.
            (Self::Curve(Curve { table: Some(table), .. }), [x, ..]) => {
                product([*x, &[table.pieces.pieces().len()]].concat())
            }
            (Self::Softmax(Softmax { table: Some(table), .. }), [x, ..]) => {
                let pieces = table.fine.pieces().len() + table.coarse.pieces().len();
                product([*x, &[pieces]].concat())
            }
            // Those of one operand make no more elements than it has; those of two broadcast.
            (_, shapes) => {
                let rank = shapes.iter().map(|axes| axes.len()).max().unwrap_or_default();
                let size = |axes: &&[usize], axis: usize| -> usize {
                    (axis + axes.len()).checked_sub(rank).map_or(1, |axis| axes[axis])
                };
                let largest = |axis| shapes.iter().map(|axes| size(axes, axis)).max();
                elements(&(0..rank).filter_map(largest).collect::<Vec<_>>())
            }
        };
        read.saturating_add(made)
    }
}

/// The elements of a shape, each as often as it has axes: that is what finding its place takes.
fn elements(axes: &[usize]) -> usize {
    product(axes.iter().copied().chain([axes.len()]))
}

/// An axis of size zero does not excuse the others: code runs along those too.
fn product(sizes: impl IntoIterator<Item = usize>) -> usize {
    sizes.into_iter().fold(1, |product, size| product.saturating_mul(size.max(1)))
}

#[cfg(test)]
mod tests {
    use lionml_tensor::{Tensor, Window};

    use super::*;
    use crate::ops::{Add, Concat, PadMode, Relu, Reshape};

    fn work(op: impl Into<AnyOp>, shapes: &[&[usize]]) -> usize {
        op.into().work(&shapes.iter().map(|axes| Fact::float(axes.to_vec())).collect::<Vec<_>>())
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
