//! `LeakyRelu`: `x` where it is not negative, `slope · x` elsewhere.
//!
//! ONNX: [LeakyRelu](https://onnx.ai/onnx/operators/onnx__LeakyRelu.html), all opsets; any slope.
//! Exactness: the slope is taken as `a / 2^f` with the fewest fraction bits that bring it within
//! `2^-16`; the output is exact at a scale finer by `f` bits.
//!
//! | constraint         | per element | enforces                                            |
//! |--------------------|-------------|-----------------------------------------------------|
//! | `relu(x)`          | `k + 1`     | see [`lionml_gadgets::relu`]                        |
//! | a dense operand    | 1           | it is a variable: it is used twice                  |
//!
//! The output `a · x + (2^f − a) · relu(x)` is linear in both.
//!
//! # Soundness
//!
//! A prover who lies about the sign needs other bits, and the bits of a value are unique.

use lionml_gadgets::{Signal, relu};
use lionml_quant::{Interval, Number, QTensor, Scale};
use lionml_r1cs::{Builder, Linear};
use lionml_tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{Fact, Op, OpError, Wires, op::operands};

/// `max(x, 0) + slope · min(x, 0)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeakyRelu {
    /// The slope for negative numbers.
    pub slope: f32,
}

/// The slope is taken to within `2^-SLOPE_BITS`.
const SLOPE_BITS: i32 = 16;

/// A slope in integers: `slope / unit`, `unit = 2^fraction_bits`.
struct Slope {
    slope: i128,
    unit: i128,
    scale: Scale,
}

impl LeakyRelu {
    fn slope(&self) -> Result<Slope, OpError> {
        let real = f64::from(self.slope);
        let is_near = |bits: &i32| {
            let scale = Scale::binary(*bits);
            let error = scale.quantize(real).map(|slope| scale.dequantize(slope) - real);
            error.is_ok_and(|error| error.abs() <= Scale::binary(SLOPE_BITS).step())
        };
        let fraction_bits = (0..SLOPE_BITS).find(is_near).unwrap_or(SLOPE_BITS);
        let scale = Scale::binary(fraction_bits);
        let slope = scale.quantize(real).map_err(|_| OpError::Attribute {
            attribute: "slope",
            value: self.slope.to_string(),
            expected: "a finite number",
        })?;
        Ok(Slope { slope, unit: 1 << fraction_bits, scale })
    }
}

impl Slope {
    fn apply(&self, x: i128) -> Result<i128, OpError> {
        let factor = if x < 0 { self.slope } else { self.unit };
        Ok(Interval::point(x)?.times(factor)?.low())
    }
}

impl Op for LeakyRelu {
    fn infer(&self, inputs: &[Fact]) -> Result<Vec<Fact>, OpError> {
        let ([x], slope) = (operands(inputs)?, self.slope()?);
        let fact = Fact::derived(x.shape.clone(), inputs, |numbers| {
            let [Number { scale, interval }] = operands(numbers)?;
            // The function bends at zero and nowhere else.
            let bends = [interval.low(), interval.high(), 0.clamp(interval.low(), interval.high())];
            let values: Vec<_> = bends.map(|x| slope.apply(x)).into_iter().collect::<Result<_, _>>()?;
            Ok(Number { scale: scale.product(&slope.scale)?, interval: Interval::around(values)? })
        })?;
        Ok(vec![fact])
    }

    fn eval_float(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, OpError> {
        let [x] = operands(inputs)?;
        Ok(vec![x.map(|&v| if v < 0.0 { v * f64::from(self.slope) } else { v })])
    }

    fn eval_quant(
        &self,
        inputs: &[QTensor],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<i128>>, OpError> {
        let ([x], slope) = (operands(inputs)?, self.slope()?);
        Ok(vec![x.values.try_map(|&v| slope.apply(v))?])
    }

    fn synthesize(
        &self,
        builder: &mut Builder,
        inputs: &[Wires],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<Linear>>, OpError> {
        let ([x], Slope { slope, unit, .. }) = (operands(inputs)?, self.slope()?);
        let bends = x.number().interval.low() < 0 && x.number().interval.high() > 0;
        let elements = (0..x.shape().elements()).map(|i| {
            let mut x = x.signal(i);
            if bends {
                x = Signal::new(builder.materialize("leaky relu operand", &x.linear), x.interval);
            }
            let positive = relu(builder, &x)?.linear;
            Ok(&x.linear.times(slope) + &positive.times(unit - slope))
        });
        let elements = elements.collect::<Result<_, OpError>>()?;
        Ok(vec![Tensor::new(x.shape().clone(), elements)?])
    }
}

#[cfg(test)]
mod tests {
    use lionml_testing::{Lie, Target};

    use super::*;
    use crate::check::{Check, FLIPPED_BITS, wire};

    #[test]
    fn matches_integers_and_floats() {
        for slope in [0.01, 0.125, 0.2, 1.0, 1.5, -0.3, 0.0] {
            Check::new(LeakyRelu { slope })
                .case([wire([2, 3], 4, -50, 50)])
                .case([wire([4], 0, -1, 0)])
                .case([wire([4], 0, 3, 9)])
                .case([wire([4], 0, -9, -2)])
                // Half a step of the slope for each of up to 50 steps of the operand.
                .bound(25.0)
                .run();
        }
    }

    #[test]
    fn matches_slopes_by_hand() {
        for (slope, numerator, unit) in [(0.125, 1, 8), (0.01, 41, 4096), (3.0, 3, 1), (-0.5, -1, 2)] {
            let slope = LeakyRelu { slope }.slope().unwrap();
            assert_eq!((slope.slope, slope.unit), (numerator, unit));
        }
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(LeakyRelu { slope: 0.1 })
            .case([wire([1], 4, -128, 127)])
            .case([wire([1], 4, 0, 9)])
            .case([wire([1], 4, -9, 0)])
            .counts();
        assert_eq!(counts, ["9 rows, 2 hints, 25 + 16 + 8 non-zeros", "0 rows, 0 hints, 0 + 0 + 0 non-zeros", "0 rows, 0 hints, 0 + 0 + 0 non-zeros"]);
    }

    #[test]
    fn rejects_lies() {
        Check::new(LeakyRelu { slope: 0.25 })
            .case([wire([3], 4, -50, 50)])
            .lies(FLIPPED_BITS)
            .run();
    }

    #[test]
    fn rejects_lies_about_a_dense_operand() {
        let op = LeakyRelu { slope: 0.25 };
        let interval = Interval::new(-50, 50).unwrap();
        let number = Number { scale: Scale::binary(4), interval };
        let outputs = op.infer(&[Fact::fixed([1], number)]).unwrap();
        let mut builder = Builder::new();
        let sum = (0..3).fold(Linear::zero(), |sum, _| &sum + &builder.private_input().into());
        let elements = Tensor::new([1], vec![sum]).unwrap();
        op.synthesize(&mut builder, &[Wires::Variable { elements, number }], &outputs).unwrap();
        let target = Target::new(builder.finish());
        let other = Lie { hint: "leaky relu operand", values: |x| vec![-x[0]] };
        for x in [-40, 20] {
            target.assert_sound(&[x, 3, 4], std::slice::from_ref(&other));
        }
    }

    #[test]
    fn rejects_slopes_that_are_no_numbers() {
        for slope in [f32::NAN, f32::INFINITY] {
            let error = LeakyRelu { slope }.infer(&[Fact::float([2])]).unwrap_err();
            assert!(matches!(error, OpError::Attribute { attribute: "slope", .. }));
        }
    }
}
