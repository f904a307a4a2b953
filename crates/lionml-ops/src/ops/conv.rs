//! `Conv`: weights slide over the spatial axes, in groups of channels, with an optional bias.
//!
//! ONNX: [Conv](https://onnx.ai/onnx/operators/onnx__Conv.html), all opsets, any number of spatial
//! axes. Operands: `[batch, channels, spatial…]`, `[outputs, channels / groups, kernel…]` and
//! perhaps a bias `[outputs]`. Padding is zero.
//! Exactness: the sum of products of the quantised operands, without rounding. A bias is aligned
//! with the scale of the products, as in `Add`.
//!
//! | constraint    | per output | enforces                                               |
//! |---------------|------------|--------------------------------------------------------|
//! | none          | 0          | constant weights: the output is a linear combination   |
//! | `dot product` | `n`        | two wires: `n` products of which the last row adds all |
//!
//! # Soundness
//!
//! See [`lionml_gadgets::dot`]: products are unique.

use lionml_quant::{Interval, Number, QTensor, Scale};
use lionml_r1cs::{Builder, Linear, field::from_i128};
use lionml_tensor::{Shape, ShapeError, Tensor, Window};
use serde::{Deserialize, Serialize};

use crate::{
    Fact, Form, Integers, Op, OpError, Properties, Role, Rounding, Wires, counts,
    products::{SumsOfProducts, hull},
    weights::{Weighted, padded},
};

/// A convolution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conv {
    /// The window in which the weights slide.
    pub window: Window,
    /// Into how many groups the channels fall, of which each output sees one.
    pub groups: usize,
}

impl Conv {
    fn geometry(
        &self,
        x: &Shape,
        weights: &Shape,
        bias: Option<&Shape>,
    ) -> Result<Geometry, OpError> {
        let mismatch = |expected: &str, got: &Shape| -> OpError {
            ShapeError::Mismatch { expected: expected.to_owned(), got: got.clone() }.into()
        };
        let [batch, channels, spatial @ ..] = x.axes() else {
            return Err(mismatch("batch, channels and spatial axes", x));
        };
        let [outputs, depth, kernel @ ..] = weights.axes() else {
            return Err(mismatch("outputs, channels of a group and kernel axes", weights));
        };
        self.window.check(spatial)?;
        if kernel != self.window.kernel {
            return Err(mismatch(&format!("a kernel of {:?}", self.window.kernel), weights));
        }
        let divides = |n: &usize| n.checked_rem(self.groups) == Some(0);
        if !divides(outputs) || !divides(channels) || channels / self.groups != *depth {
            return Err(OpError::Attribute {
                attribute: "groups",
                value: self.groups.to_string(),
                expected: "a divisor of outputs and channels that fits the weights",
            });
        }
        if let Some(bias) = bias.filter(|bias| bias.axes() != [*outputs]) {
            return Err(mismatch("one bias an output", bias));
        }
        let shape = Shape::new([&[*batch, *outputs], self.window.output.as_slice()].concat());
        shape.checked_elements()?;
        Ok(Geometry {
            shape,
            batch: *batch,
            channels: *channels,
            outputs: *outputs,
            depth: *depth,
            group: outputs / self.groups,
            plane: spatial.iter().product(),
            kernel: kernel.iter().product(),
            windows: self.window.offsets(spatial),
        })
    }
}

/// Sizes, and where the taps of each window lie.
struct Geometry {
    shape: Shape,
    batch: usize,
    channels: usize,
    outputs: usize,
    /// Channels that an output sees.
    depth: usize,
    /// Outputs of a group.
    group: usize,
    /// Elements of a channel.
    plane: usize,
    /// Taps of a kernel.
    kernel: usize,
    windows: Vec<Vec<(usize, usize)>>,
}

impl Geometry {
    /// The output channel of an element.
    fn channel(&self, element: usize) -> usize {
        element / self.windows.len() % self.outputs
    }
}

impl SumsOfProducts for Geometry {
    fn outputs(&self) -> usize {
        self.shape.elements()
    }

    fn products(&self) -> usize {
        self.shape.elements().saturating_mul(self.depth).saturating_mul(self.kernel)
    }

    fn terms(&self, element: usize) -> impl Iterator<Item = (usize, usize)> {
        let window = &self.windows[element % self.windows.len()];
        let output = self.channel(element);
        let image = element / self.windows.len() / self.outputs;
        let first = image * self.channels + output / self.group * self.depth;
        (0..self.depth).flat_map(move |c| {
            let (x, weights) = ((first + c) * self.plane, (output * self.depth + c) * self.kernel);
            window.iter().map(move |(tap, offset)| (x + offset, weights + tap))
        })
    }
}

/// The operands, of which the bias is optional.
fn split<T>(inputs: &[T]) -> Result<(&T, &T, Option<&T>), OpError> {
    match inputs {
        [x, weights] => Ok((x, weights, None)),
        [x, weights, bias] => Ok((x, weights, Some(bias))),
        _ => Err(OpError::Operands { expected: 3, got: inputs.len() }),
    }
}

/// The scale of the output, and the factors that take products and bias there.
fn align(x: Number, weights: Number, bias: Option<Number>) -> Result<(Scale, i128, i128), OpError> {
    let product = x.scale.product(&weights.scale)?;
    Ok(bias.map_or(Ok((product, 1, 1)), |bias| product.common(&bias.scale))?)
}

impl Weighted for Conv {
    fn times_outputs(
        &self,
        operands: &[Option<&Tensor<f64>>],
        output: &Shape,
        factors: &Tensor<f64>,
    ) -> Option<Vec<Option<Tensor<f64>>>> {
        let [_, Some(weights), bias @ ..] = operands else { return None };
        let aligned = padded(factors.shape(), output.rank());
        if aligned.iter().enumerate().any(|(axis, size)| axis != 1 && *size > 1) {
            return None;
        }
        let factor = |output: usize| factors.data()[if aligned[1] == 1 { 0 } else { output }];
        let filter = weights.shape().axes()[1..].iter().product::<usize>().max(1);
        let scaled = |tensor: &Tensor<f64>, elements: usize| {
            let element = |i: usize| tensor.data()[i] * factor(i / elements);
            Tensor::from_fn(tensor.shape().clone(), element)
        };
        let mut constants = vec![None, Some(scaled(weights, filter))];
        for bias in bias {
            constants.push(Some(scaled((*bias)?, 1)));
        }
        Some(constants)
    }

    fn times_operand(
        &self,
        position: usize,
        weights: &Tensor<f64>,
        factors: &Tensor<f64>,
    ) -> Option<Tensor<f64>> {
        let (sizes, shape) = (factors.shape().axes(), weights.shape());
        if position != 1 || sizes.iter().enumerate().any(|(axis, size)| axis != 1 && *size > 1) {
            return None;
        }
        let (outputs, depth) = (shape.axes()[0], shape.axes()[1]);
        Some(Tensor::from_fn(shape.clone(), |offset| {
            let at = shape.coordinate(offset);
            let channel = at[0] * self.groups / outputs * depth + at[1];
            let factor = if sizes[1] == 1 { 0 } else { channel };
            weights.data()[offset] * factors.data()[factor]
        }))
    }
}

impl Op for Conv {
    fn infer(&self, inputs: &[Fact]) -> Result<Vec<Fact>, OpError> {
        let (x, weights, bias) = split(inputs)?;
        let geometry = self.geometry(&x.shape, &weights.shape, bias.map(|b| &b.shape))?;
        let fact = Fact::derived(geometry.shape.clone(), inputs, |numbers| {
            let (x_number, weights_number, bias_number) = split(numbers)?;
            let (scale, left, right) = align(*x_number, *weights_number, bias_number.copied())?;
            let offset = |channel: usize| match bias.and_then(|b| b.constant.as_ref()) {
                Some(constant) => Interval::point(constant.values.data()[channel]),
                None => Ok(bias_number.map_or(Interval::ZERO, |bias| bias.interval)),
            };
            let sums =
                geometry.intervals(x, weights)?.into_iter().enumerate().map(|(i, sum)| {
                    sum.times(left)?.add(&offset(geometry.channel(i))?.times(right)?)
                });
            Ok(Number { scale, interval: hull(sums.collect::<Result<Vec<_>, _>>()?) })
        })?;
        Ok(vec![fact])
    }

    fn eval_float(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, OpError> {
        let (x, weights, bias) = split(inputs)?;
        let geometry = self.geometry(x.shape(), weights.shape(), bias.map(Tensor::shape))?;
        let spatial = &x.shape().axes()[2..];
        let mut sums = vec![0.0; geometry.shape.elements()];
        for position in Shape::new(self.window.output.clone()).coordinates() {
            let taps = self.window.taps(&position, spatial);
            for (n, m) in
                Shape::from([geometry.batch, geometry.outputs]).coordinates().map(|c| (c[0], c[1]))
            {
                let mut sum = bias.map_or(0.0, |bias| bias.data()[m]);
                for (tap, at) in &taps {
                    for c in 0..geometry.depth {
                        let channel = m * self.groups / geometry.outputs * geometry.depth + c;
                        let at = x.shape().offset(&[&[n, channel], at.as_slice()].concat());
                        sum += x.data()[at]
                            * weights.data()[(m * geometry.depth + c) * geometry.kernel + tap];
                    }
                }
                sums[geometry.shape.offset(&[&[n, m], position.as_slice()].concat())] = sum;
            }
        }
        Ok(vec![Tensor::new(geometry.shape, sums)?])
    }

    fn eval_quant(
        &self,
        inputs: &[QTensor],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<i128>>, OpError> {
        let (x, weights, bias) = split(inputs)?;
        let (_, left, right) = align(x.number, weights.number, bias.map(|b| b.number))?;
        let bias_shape = bias.map(|b| b.values.shape());
        let geometry = self.geometry(x.values.shape(), weights.values.shape(), bias_shape)?;
        let image = geometry.channels * geometry.plane;
        let filter = geometry.depth * geometry.kernel;
        // Every partial sum lies in an interval that `infer` has accepted: nothing overflows.
        let mut sums = Vec::with_capacity(geometry.shape.elements());
        for n in 0..geometry.batch {
            for m in 0..geometry.outputs {
                let start = n * image + (m / geometry.group) * geometry.depth * geometry.plane;
                let group = &x.values.data()[start..start + geometry.depth * geometry.plane];
                let filter = &weights.values.data()[m * filter..(m + 1) * filter];
                let bias = bias.map_or(0, |bias| bias.values.data()[m]);
                for window in &geometry.windows {
                    let mut sum = 0;
                    for c in 0..geometry.depth {
                        let channel = &group[c * geometry.plane..(c + 1) * geometry.plane];
                        let kernel = &filter[c * geometry.kernel..(c + 1) * geometry.kernel];
                        for &(tap, offset) in window {
                            sum += channel[offset] * kernel[tap];
                        }
                    }
                    sums.push(sum * left + bias * right);
                }
            }
        }
        Ok(vec![Tensor::new(geometry.shape, sums)?])
    }

    fn synthesize(
        &self,
        builder: &mut Builder,
        inputs: &[Wires],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<Linear>>, OpError> {
        let (x, weights, bias) = split(inputs)?;
        let (_, left, right) = align(x.number(), weights.number(), bias.map(Wires::number))?;
        let geometry = self.geometry(x.shape(), weights.shape(), bias.map(Wires::shape))?;
        let mut sums = geometry.synthesize(builder, x, weights)?;
        if let Some(bias) = bias {
            // Each bias stands in as many outputs as there are windows and images.
            let uses = vec![geometry.batch * geometry.windows.len(); geometry.outputs];
            let bias = bias.materialized(builder, &uses);
            let (left, right) = (from_i128(left), from_i128(right));
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum = Linear::sum([(left, &*sum), (right, &bias.data()[geometry.channel(i)])]);
            }
        }
        Ok(vec![Tensor::new(geometry.shape, sums)?])
    }

    fn role(&self, operand: usize) -> Role {
        if operand < 2 { Role::Factor } else { Role::Term }
    }

    fn properties(&self) -> Properties<'_> {
        Properties {
            form: Form::Contraction(self),
            rounding: Rounding::Never,
            integers: Integers::Kept,
            range: None,
        }
    }

    fn work(&self, operands: &[&[usize]]) -> usize {
        let [x, weights, ..] = operands else { return 0 };
        let (batch, outputs) = (&x[..x.len().min(1)], &weights[..weights.len().min(1)]);
        counts::product([batch, weights, &self.window.output].concat())
            .saturating_add(counts::elements(&[batch, outputs, &self.window.output].concat()))
    }
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::field;
    use lionml_testing::Lie;
    use proptest::prelude::*;

    use super::*;
    use crate::check::{Check, Checked, Operand, constant, wire};

    /// Windows of this kernel over `input`, as many as fit.
    fn window(
        kernel: &[usize],
        strides: &[usize],
        dilations: &[usize],
        pads: &[usize],
        input: &[usize],
    ) -> Window {
        let output = (0..kernel.len()).map(|i| {
            let reach = (kernel[i] - 1) * dilations[i] + 1;
            (input[i] + 2 * pads[i]).checked_sub(reach).map_or(0, |rest| rest / strides[i] + 1)
        });
        Window {
            kernel: kernel.to_vec(),
            strides: strides.to_vec(),
            dilations: dilations.to_vec(),
            pads_before: pads.to_vec(),
            pads_after: pads.to_vec(),
            output: output.collect(),
        }
    }

    fn weights(shape: &[usize]) -> Operand {
        let elements = shape.iter().product::<usize>();
        let values: Vec<_> = (0..elements).map(|i| (i as i128 * 37) % 23 - 11).collect();
        constant(shape.to_vec(), 5, &values)
    }

    fn x(shape: &[usize]) -> Operand {
        wire(shape.to_vec(), 3, -20, 30)
    }

    impl Checked for Conv {
        fn checks(checks: &mut Vec<Check<Self>>) {
            let two = window(&[3, 2], &[2, 1], &[1, 2], &[1, 0], &[4, 5]);
            let coarse_bias = || constant([4], 2, &[1, -2, 3, 0]);
            Check::new(Conv { window: two.clone(), groups: 1 })
                .case([x(&[2, 2, 4, 5]), weights(&[4, 2, 3, 2])])
                .case([x(&[1, 2, 4, 5]), weights(&[4, 2, 3, 2]), coarse_bias()])
                .case([x(&[1, 2, 4, 5]), weights(&[4, 2, 3, 2]), wire([4], 11, -9, 5)])
                .case([weights(&[1, 1, 4, 5]), x(&[1, 1, 3, 2])])
                .add_to(checks);
            Check::new(Conv { window: two, groups: 2 })
                .case([x(&[1, 4, 4, 5]), weights(&[4, 2, 3, 2]), coarse_bias()])
                .add_to(checks);
            let one = window(&[2], &[1], &[1], &[1], &[2]);
            Check::new(Conv { window: one, groups: 1 })
                .case([x(&[1, 2, 2]), x(&[2, 2, 2])])
                .add_to(checks);
            let three = window(&[2, 1, 2], &[1, 1, 2], &[1, 1, 1], &[0, 0, 1], &[3, 2, 2]);
            Check::new(Conv { window: three, groups: 2 })
                .case([x(&[1, 2, 3, 2, 2]), weights(&[2, 1, 2, 1, 2])])
                .add_to(checks);
        }
    }

    #[test]
    fn matches_intervals_of_each_channel() {
        let op = Conv { window: window(&[2], &[1], &[1], &[0], &[3]), groups: 1 };
        let fact = |operand| match operand {
            Operand::Wire(shape, number) => Fact::fixed(shape, number),
            Operand::Constant(q) => Fact::constant(q),
        };
        // The outputs lie in [0, 50] + 100 and in [-20, 30] - 200.
        let inputs = [
            wire([1, 1, 3], 0, 0, 10),
            constant([2, 1, 2], 0, &[2, 3, -2, 3]),
            constant([2], 0, &[100, -200]),
        ];
        let interval = op.infer(&inputs.map(fact)).unwrap()[0].number.unwrap().interval;
        assert_eq!((interval.low(), interval.high()), (-220, 150));
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(Conv {
            window: window(&[3, 3], &[1, 1], &[1, 1], &[1, 1], &[4, 4]),
            groups: 1,
        })
        .case([x(&[1, 2, 4, 4]), weights(&[3, 2, 3, 3])])
        .case([x(&[1, 1, 4, 4]), x(&[1, 1, 3, 3])])
        .counts();
        // Of 16 · 9 taps, 44 lie on padding.
        assert_eq!(
            counts,
            [
                "0 rows, 0 hints, 0 + 0 + 0 non-zeros",
                "100 rows, 100 hints, 100 + 100 + 184 non-zeros"
            ]
        );
    }

    #[test]
    fn rejects_lies() {
        const LIES: &[Lie] = &[
            Lie { hint: "product", values: |v| vec![v[0] + field::from_i128(7)] },
            Lie { hint: "dot product", values: |v| vec![v[0] - field::from_i128(7)] },
        ];
        let op = Conv { window: window(&[2], &[1], &[1], &[0], &[3]), groups: 1 };
        Check::new(op).case([x(&[1, 1, 3]), x(&[2, 1, 2])]).lies(LIES).run();
    }

    #[test]
    fn rejects_shapes_and_groups_that_do_not_fit() {
        let op = |groups| Conv { window: window(&[2], &[1], &[1], &[0], &[3]), groups };
        let fact = |shape: &[usize]| Fact::float(shape.to_vec());
        let infer = |groups, shapes: &[&[usize]]| {
            op(groups).infer(&shapes.iter().map(|s| fact(s)).collect::<Vec<_>>())
        };
        assert!(infer(1, &[&[1, 2, 3], &[4, 2, 2], &[4]]).is_ok());
        for shapes in [
            &[&[1, 2, 3, 3][..], &[4, 2, 2]][..],
            &[&[1], &[4, 2, 2]],
            &[&[1, 2, 3], &[4]],
            &[&[1, 2, 3], &[4, 2, 3]],
            &[&[1, 2, 3], &[4, 2, 2], &[3]],
        ] {
            assert!(matches!(infer(1, shapes), Err(OpError::Shape(_))), "{shapes:?}");
        }
        for (groups, weights) in [(0, [4, 2, 2]), (2, [4, 2, 2]), (2, [3, 1, 2]), (3, [3, 1, 2])] {
            let error = infer(groups, &[&[1, 2, 3], &weights]);
            assert!(matches!(error, Err(OpError::Attribute { .. })), "{groups}");
        }
        assert!(matches!(infer(1, &[&[1, 2, 3]]), Err(OpError::Operands { .. })));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn matches_random_windows(
            axes in prop::collection::vec((1usize..6, 1usize..4, 1usize..3, 1usize..3, 0usize..3), 1..3),
            (groups, depth, outputs, batch) in (1usize..3, 1usize..3, 1usize..3, 1usize..3),
        ) {
            let column = |f: fn(&(usize, usize, usize, usize, usize)) -> usize| axes.iter().map(f).collect::<Vec<_>>();
            let (input, kernel) = (column(|a| a.0), column(|a| a.1));
            let window = window(&kernel, &column(|a| a.2), &column(|a| a.3), &column(|a| a.4), &input);
            let operand = x(&[&[batch, groups * depth], input.as_slice()].concat());
            let weights = weights(&[&[groups * outputs, depth], kernel.as_slice()].concat());
            Check::new(Conv { window, groups }).case([operand, weights]).run();
        }
    }
}
