//! `ArgMax`: the index of the largest element along an axis.
//!
//! ONNX: [ArgMax](https://onnx.ai/onnx/operators/onnx__ArgMax.html), all opsets; with both rules
//! for ties. ArgMin is that of the negated operand.
//! Exactness: the index of the largest quantised element; equal ones follow the rule.
//!
//! | constraint                  | per element | enforces                                   |
//! |-----------------------------|-------------|--------------------------------------------|
//! | selection                   | 1           | exactly one index                          |
//! | bits below the maximum      | `k + 1`     | nothing is larger, ties follow the rule    |
//! | maximum at the index        | 1           | the maximum is an element                  |
//!
//! # Soundness
//!
//! See [`lionml_gadgets::arg_max`]: it stops the index of a smaller element, the other side of a
//! tie, two indices at once and a maximum that is not an element.

use lionml_gadgets::{Signal, arg_max};
use lionml_quant::{Interval, Number, QTensor, Scale};
use lionml_r1cs::{Builder, Linear};
use lionml_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};

use crate::{
    Fact, Form, Integers, Op, OpError, Properties, Role, Rounding, Wires, counts, op::operands,
    reduction::Groups,
};

/// The index of the largest element along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArgMax {
    /// The axis, counted from the end where negative.
    pub axis: i64,
    /// Whether the axis stays, with one element.
    pub keep_dims: bool,
    /// Among equal elements the last one wins, not the first.
    pub select_last_index: bool,
}

impl ArgMax {
    /// The elements of each line along the axis.
    fn lines(&self, shape: &Shape) -> Result<Groups, OpError> {
        Groups::axes(&[shape.axis(self.axis)?], self.keep_dims, shape)?.without_empty()
    }
}

impl Op for ArgMax {
    fn infer(&self, inputs: &[Fact]) -> Result<Vec<Fact>, OpError> {
        let [x] = operands(inputs)?;
        let lines = self.lines(&x.shape)?;
        let fact = Fact::derived(lines.shape().clone(), inputs, |_| {
            let count = lines.offsets().data().first().map_or(1, Vec::len) as i128;
            Ok(Number { scale: Scale::ONE, interval: Interval::new(0, count - 1)? })
        })?;
        Ok(vec![fact])
    }

    #[expect(clippy::cast_precision_loss, reason = "an index is far below 2^53")]
    fn eval_float(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, OpError> {
        let [x] = operands(inputs)?;
        let axis = x.shape().axis(self.axis)?;
        let (count, stride) = (x.shape().axes()[axis], x.shape().strides()[axis]);
        let starts = (0..x.shape().elements()).filter(|offset| offset / stride % count == 0);
        let indices = starts.map(|start| {
            let at = |j: usize| x.data()[start + j * stride];
            let is_better = |j: usize, best: usize| {
                if self.select_last_index { at(j) >= at(best) } else { at(j) > at(best) }
            };
            (0..count).fold(0, |best, j| if is_better(j, best) { j } else { best }) as f64
        });
        Ok(vec![Tensor::new(self.lines(x.shape())?.shape().clone(), indices.collect())?])
    }

    fn eval_quant(
        &self,
        inputs: &[QTensor],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<i128>>, OpError> {
        let [x] = operands(inputs)?;
        Ok(vec![self.lines(x.values.shape())?.reduce(&x.values, |line| {
            // Pairs compare by value, then by the index that the rule prefers.
            let preferred = |j: i128| if self.select_last_index { j } else { -j };
            line.zip(0..).max_by_key(|&(value, j)| (value, preferred(j))).map_or(0, |(_, j)| j)
        })])
    }

    fn synthesize(
        &self,
        builder: &mut Builder,
        inputs: &[Wires],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<Linear>>, OpError> {
        let [x] = operands(inputs)?;
        let indices = self.lines(x.shape())?.offsets().try_map(|line| {
            let signals: Vec<Signal> = line.iter().map(|&offset| x.signal(offset)).collect();
            Ok::<_, OpError>(arg_max(builder, &signals, self.select_last_index)?.linear)
        })?;
        Ok(vec![indices])
    }

    fn role(&self, _: usize) -> Role {
        Role::Term
    }

    fn properties(&self) -> Properties<'_> {
        Properties {
            form: Form::Bits,
            rounding: Rounding::Never,
            integers: Integers::Made,
            range: None,
        }
    }

    fn work(&self, operands: &[&[usize]]) -> usize {
        counts::broadcast(operands, 1)
    }
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::{
        Fr,
        field::{One, Zero},
    };
    use lionml_tensor::ShapeError;
    use lionml_testing::Lie;

    use super::*;
    use crate::check::{Check, Checked, wire};

    fn op(axis: i64, keep_dims: bool, select_last_index: bool) -> ArgMax {
        ArgMax { axis, keep_dims, select_last_index }
    }

    impl Checked for ArgMax {
        fn checks(checks: &mut Vec<Check<Self>>) {
            for select_last_index in [false, true] {
                Check::new(op(1, true, select_last_index))
                    .case([wire([2, 3], 4, -50, 50)])
                    .add_to(checks);
                Check::new(op(-2, false, select_last_index))
                    .case([wire([2, 3, 2], 2, -1, 1)])
                    .add_to(checks);
                Check::new(op(-2, false, select_last_index))
                    .case([wire([1, 1, 4], 0, 3, 3)])
                    .name("ArgMax of one signal")
                    .add_to(checks);
                Check::new(op(-2, false, select_last_index))
                    .case([wire([1, 4, 1], 0, 3, 3)])
                    .name("ArgMax of equal constants")
                    .add_to(checks);
            }
        }
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(op(1, false, false)).case([wire([1, 10], 8, -128, 127)]).counts();
        assert_eq!(counts, ["110 rows, 11 hints, 119 + 190 + 197 non-zeros"]);
    }

    #[test]
    fn rejects_lies() {
        // The first and the last index, with the honest maximum.
        const LIES: &[Lie] = &[
            Lie { hint: "arg max", values: |v| vec![Fr::zero(), Fr::zero(), v[2]] },
            Lie { hint: "arg max", values: |v| vec![Fr::one(), Fr::one(), v[2]] },
        ];
        for select_last_index in [false, true] {
            Check::new(op(1, false, select_last_index))
                .case([wire([5, 3], 4, -2, 2)])
                .lies(LIES)
                .run();
        }
    }

    #[test]
    fn rejects_axes_that_do_not_exist() {
        let infer = |axis, shape: Shape| op(axis, true, false).infer(&[Fact::float(shape)]);
        assert!(matches!(infer(2, [2, 3].into()), Err(OpError::Shape(ShapeError::Axis { .. }))));
        assert!(matches!(
            infer(1, [2, 0].into()),
            Err(OpError::Shape(ShapeError::Mismatch { .. }))
        ));
    }
}
