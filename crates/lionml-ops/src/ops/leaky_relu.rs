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
use lionml_quant::{Interval, Number, Scale};
use lionml_r1cs::{Builder, Linear};
use serde::{Deserialize, Serialize};

use crate::{
    Elementwise, Form, Formats, Integers, OpError, PerElement, Properties, Role, Rounding,
};

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
        self.slope_of((0..SLOPE_BITS).find(is_near).unwrap_or(SLOPE_BITS))
    }

    /// The slope that the formats were inferred with.
    fn slope_at(&self, formats: &Formats<1>) -> Result<Slope, OpError> {
        let [x] = formats.operands;
        self.slope_of(formats.output.scale.fraction_bits() - x.scale.fraction_bits())
    }

    fn slope_of(&self, fraction_bits: i32) -> Result<Slope, OpError> {
        let scale = Scale::binary(fraction_bits);
        let slope = scale.quantize(f64::from(self.slope)).map_err(|_| OpError::Attribute {
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

impl Elementwise<1> for LeakyRelu {
    fn check(&self) -> Result<(), OpError> {
        self.slope().map(|_| ())
    }

    fn number(&self, [x]: &[Number; 1]) -> Result<Number, OpError> {
        let slope = self.slope()?;
        let Number { scale, interval } = x;
        // The function bends at zero and nowhere else.
        let bends = [interval.low(), interval.high(), 0.clamp(interval.low(), interval.high())];
        let values: Vec<_> = bends.map(|x| slope.apply(x)).into_iter().collect::<Result<_, _>>()?;
        Ok(Number { scale: scale.product(&slope.scale)?, interval: Interval::around(values)? })
    }

    fn float(&self, [x]: [f64; 1]) -> f64 {
        if x < 0.0 { x * f64::from(self.slope) } else { x }
    }

    fn integer(&self, [x]: [i128; 1], formats: &Formats<1>) -> Result<i128, OpError> {
        self.slope_at(formats)?.apply(x)
    }

    fn rows(
        &self,
        builder: &mut Builder,
        [x]: [Signal; 1],
        formats: &Formats<1>,
    ) -> Result<Linear, OpError> {
        let Slope { slope, unit, .. } = self.slope_at(formats)?;
        let (mut x, interval) = (x, formats.operands[0].interval);
        if interval.low() < 0 && interval.high() > 0 {
            x.linear = builder.materialize("leaky relu operand", &x.linear);
        }
        let positive = relu(builder, &x)?.linear;
        Ok(&x.linear.times(slope) + &positive.times(unit - slope))
    }

    fn per_element(&self) -> PerElement<'_, 1> {
        PerElement {
            roles: [Role::Term; 1],
            uses: [0; 1],
            steps: 1,
            properties: Properties {
                form: Form::Bits,
                rounding: Rounding::Output,
                integers: Integers::Lost,
                range: None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use lionml_testing::{Lie, Target};

    use super::*;
    use crate::{
        Fact, Op, Wires,
        check::{Check, Checked, FLIPPED_BITS, wire},
    };
    use lionml_tensor::Tensor;

    impl Checked for LeakyRelu {
        fn checks(checks: &mut Vec<Check<Self>>) {
            for slope in [0.01, 0.125, 0.2, 1.0, 1.5, -0.3, 0.0] {
                Check::new(LeakyRelu { slope })
                    .case([wire([2, 3], 4, -50, 50)])
                    .case([wire([4], 0, -1, 0)])
                    .case([wire([4], 0, 3, 9)])
                    .case([wire([4], 0, -9, -2)])
                    // Half a step of the slope for each of up to 50 steps of the operand.
                    .bound(25.0)
                    .add_to(checks);
            }
        }
    }

    #[test]
    fn matches_slopes_by_hand() {
        for (slope, numerator, unit) in
            [(0.125, 1, 8), (0.01, 41, 4096), (3.0, 3, 1), (-0.5, -1, 2)]
        {
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
        assert_eq!(
            counts,
            [
                "9 rows, 2 hints, 25 + 16 + 8 non-zeros",
                "0 rows, 0 hints, 0 + 0 + 0 non-zeros",
                "0 rows, 0 hints, 0 + 0 + 0 non-zeros"
            ]
        );
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
