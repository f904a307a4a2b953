//! `Requantize`: the same numbers at another scale, rounded to the nearest, halves up; with ReLU
//! on request, whose sign comes with the bits.
//!
//! ONNX: none; the compiler inserts it. Its float meaning is that of the ReLU alone.
//! Exactness: half a step of the new scale.
//!
//! | constraint                  | per element | enforces                               |
//! |-----------------------------|-------------|----------------------------------------|
//! | bits of the scaled operand  | `k + 1`     | quotient and remainder                 |
//! | `y = sign · quotient`       | 1           | with ReLU: negative numbers give zero  |
//!
//! # Soundness
//!
//! See [`lionml_gadgets::requantize`]. A calibrated interval narrows the bits: a value outside
//! has no witness, whatever the prover tries, so the narrower interval holds afterwards too.

use lionml_gadgets::{Signal, requantize, requantize_relu};
use lionml_quant::{Interval, Number, QTensor, Rescale, Scale};
use lionml_r1cs::{Builder, Linear};
use lionml_tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{
    Fact, Form, Integers, Op, OpError, Properties, Role, Rounding, Wires, counts, op::operands,
};

/// The same numbers at another scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requantize {
    /// The new scale.
    pub scale: Scale,
    /// Whether negative numbers become zero.
    pub relu: bool,
    /// The interval of the operand where it was calibrated on samples: narrower than what can be
    /// proven, widened here to whole bits. A value outside is an error, never a wrong proof.
    pub calibrated: Option<Interval>,
}

impl Requantize {
    /// The interval of the operand: what earlier rows enforce or, where a calibrated one is
    /// narrower, what the bits written here will enforce, and whether a range check of its own is
    /// needed for that.
    fn operand(&self, number: &Number) -> Result<(Interval, bool), OpError> {
        let Some(calibrated) = self.calibrated else { return Ok((number.interval, false)) };
        let rescale = Rescale::between(number.scale, self.scale)?;
        let own_check = rescale.multiplier() != 1 || rescale.shift() == 0;
        // The bits are those of `x + half`, in two's complement of `width` bits.
        let half = if own_check { 0 } else { 1 << (rescale.shift() - 1) };
        let width = calibrated.add(&Interval::point(half)?)?.signed_bits();
        // Two bits more than the remainder: were the quotient one number for the whole interval, the
        // gadget would write no bits, and nothing would enforce the interval.
        let width = if own_check { width } else { width.max(rescale.shift() + 2) };
        let enforced = Interval::signed(width)?.sub(&Interval::point(half)?)?;
        if enforced.width() >= number.interval.width() {
            return Ok((number.interval, false));
        }
        Ok((enforced, own_check))
    }
}

impl Op for Requantize {
    fn infer(&self, inputs: &[Fact]) -> Result<Vec<Fact>, OpError> {
        let [x] = operands(inputs)?;
        let fact = Fact::derived(x.shape.clone(), inputs, |numbers| {
            let [number] = operands(numbers)?;
            let rescale = Rescale::between(number.scale, self.scale)?;
            let interval = rescale.apply_interval(&self.operand(number)?.0)?;
            let floor = if self.relu { 0 } else { interval.low() };
            let interval = Interval::new(interval.low().max(floor), interval.high().max(floor))?;
            Ok(Number { scale: self.scale, interval })
        })?;
        Ok(vec![fact])
    }

    fn eval_float(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, OpError> {
        let [x] = operands(inputs)?;
        Ok(vec![x.map(|&v| if self.relu { v.max(0.0) } else { v })])
    }

    fn eval_quant(
        &self,
        inputs: &[QTensor],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<i128>>, OpError> {
        let [x] = operands(inputs)?;
        let rescale = Rescale::between(x.number.scale, self.scale)?;
        let (interval, _) = self.operand(&x.number)?;
        let values = x.values.data().iter().enumerate().map(|(element, &value)| {
            if !interval.contains(value) {
                let scale = x.number.scale;
                return Err(OpError::OutsideCalibration { value, scale, element, interval });
            }
            let rounded = rescale.apply(value)?;
            Ok(if self.relu { rounded.max(0) } else { rounded })
        });
        let values = values.collect::<Result<_, _>>()?;
        Ok(vec![Tensor::new(x.values.shape().clone(), values)?])
    }

    fn synthesize(
        &self,
        builder: &mut Builder,
        inputs: &[Wires],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<Linear>>, OpError> {
        let [x] = operands(inputs)?;
        let rescale = Rescale::between(x.number().scale, self.scale)?;
        let gadget = if self.relu { requantize_relu } else { requantize };
        let (interval, own_check) = self.operand(&x.number())?;
        let outputs = (0..x.shape().elements())
            .map(|i| {
                let mut signal = Signal::new(x.linear(i), interval);
                if own_check {
                    // Without a shift the gadget trusts its operand's interval: nobody has enforced it.
                    signal.linear = builder.materialize("calibrated", &signal.linear);
                    lionml_gadgets::enforce_range(builder, &signal.linear, &interval)?;
                }
                let signal = signal.times(rescale.multiplier())?;
                Ok(gadget(builder, &signal, rescale.shift())?.linear)
            })
            .collect::<Result<_, OpError>>()?;
        Ok(vec![Tensor::new(x.shape().clone(), outputs)?])
    }

    fn role(&self, _: usize) -> Role {
        Role::Term
    }

    fn properties(&self) -> Properties<'_> {
        Properties {
            form: Form::Bits,
            rounding: Rounding::Never,
            integers: Integers::Lost,
            range: None,
        }
    }

    fn work(&self, operands: &[&[usize]]) -> usize {
        counts::broadcast(operands, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Check, Checked, FLIPPED_BITS, wire};

    fn to(bits: i32, relu: bool) -> Requantize {
        Requantize { scale: Scale::binary(bits), relu, calibrated: None }
    }

    impl Checked for Requantize {
        fn checks(checks: &mut Vec<Check<Self>>) {
            for relu in [false, true] {
                Check::new(to(2, relu))
                    .case([wire([2, 3], 6, -5000, 4000)])
                    .case([wire([3], 2, -50, 40)])
                    .case([wire([3], 0, -50, 40)])
                    .bound(0.5)
                    .add_to(checks);
            }
            let calibrated = Some(Interval::new(-500, 300).unwrap());
            Check::new(Requantize { calibrated, ..to(2, true) })
                .case([wire([3], 6, -500, 300)])
                .bound(0.5)
                .add_to(checks);
        }
    }

    #[test]
    fn pins_counts() {
        let case = || [wire([1], 8, -1000, 1000)];
        assert_eq!(
            Check::new(to(2, false)).case(case()).counts(),
            ["12 rows, 1 hints, 24 + 24 + 11 non-zeros"]
        );
        assert_eq!(
            Check::new(to(2, true)).case(case()).counts(),
            ["13 rows, 2 hints, 37 + 29 + 12 non-zeros"]
        );
    }

    #[test]
    fn rejects_lies() {
        for relu in [false, true] {
            Check::new(to(2, relu))
                .case([wire([2], 6, -500, 400)])
                .bound(0.5)
                .lies(FLIPPED_BITS)
                .run();
        }
    }

    #[test]
    fn rejects_values_outside_the_calibrated_interval_in_constraints() {
        let number = Number { scale: Scale::binary(10), interval: Interval::signed(30).unwrap() };
        for (low, high) in [(-1, 1), (0, 0), (0, 200), (-300, 100), (-5000, -2000), (40, 9000)] {
            for (bits, relu) in [(2, false), (2, true), (10, false), (10, true), (12, true)] {
                let calibrated = Some(Interval::new(low, high).unwrap());
                let op = Requantize { calibrated, ..to(bits, relu) };
                let outputs = op.infer(&[Fact::fixed([1], number)]).unwrap();
                let mut builder = Builder::new();
                let x: Linear = builder.private_input().into();
                let elements = Tensor::new([1], vec![x]).unwrap();
                op.synthesize(&mut builder, &[Wires::Variable { elements, number }], &outputs)
                    .unwrap();
                let (circuit, program) = builder.finish();
                let holds = |value: i128| {
                    let witness = program.solve(&[lionml_r1cs::field::from_i128(value)]).unwrap();
                    circuit.check(&witness).is_satisfied()
                };
                let (enforced, _) = op.operand(&number).unwrap();
                for value in [low, high, enforced.low(), enforced.high()] {
                    assert!(holds(value), "{value} in {enforced}");
                }
                for value in [enforced.low() - 1, enforced.high() + 1, 1 << 28, -(1 << 28)] {
                    assert!(!holds(value), "{value} outside {enforced}, relu {relu}, bits {bits}");
                }
            }
        }
    }

    /// Scales whose ratio is not a power of two: the gadget's bits are those of a multiple, so only the
    /// range check of the operand itself enforces the calibrated interval.
    #[test]
    fn rejects_values_outside_the_calibrated_interval_at_odd_ratios() {
        let scale = Scale::reciprocal(15);
        let number = Number { scale, interval: Interval::signed(20).unwrap() };
        for relu in [false, true] {
            let calibrated = Some(Interval::new(-60, 50).unwrap());
            let op = Requantize { calibrated, ..to(1, relu) };
            let outputs = op.infer(&[Fact::fixed([1], number)]).unwrap();
            let mut builder = Builder::new();
            let x: Linear = builder.private_input().into();
            let elements = Tensor::new([1], vec![x]).unwrap();
            let wires = [Wires::Variable { elements, number }];
            let results = op.synthesize(&mut builder, &wires, &outputs).unwrap();
            let target = lionml_testing::Target::new(builder.finish());
            let target = target.with_outputs(results[0].data().iter().cloned());
            let field = |value: i128| vec![lionml_r1cs::field::from_i128(value)];
            for value in [-64, -1, 0, 50, 63] {
                target.assert_sound_fields(&field(value), &[]);
            }
            let inputs = [-64, -7, 0, 8, 63].map(field);
            let refused = [-65, 64, -1000, 1000].map(field);
            lionml_testing::Rows::of("Requantize")
                .drop_each(&target, &inputs, &refused)
                .finish_part();
        }
    }

    #[test]
    fn rejects_lies_about_a_dense_calibrated_operand() {
        let number = Number { scale: Scale::ONE, interval: Interval::signed(20).unwrap() };
        let calibrated = Some(Interval::new(-50, 50).unwrap());
        let op = Requantize { calibrated, ..to(0, true) };
        let outputs = op.infer(&[Fact::fixed([1], number)]).unwrap();
        let mut builder = Builder::new();
        let sum = (0..3).fold(Linear::zero(), |sum, _| &sum + &builder.private_input().into());
        let elements = Tensor::new([1], vec![sum]).unwrap();
        op.synthesize(&mut builder, &[Wires::Variable { elements, number }], &outputs).unwrap();
        let target = lionml_testing::Target::new(builder.finish());
        let other = lionml_testing::Lie { hint: "calibrated", values: |x| vec![-x[0]] };
        for x in [-40, 20] {
            target.assert_sound(&[x, 3, 4], std::slice::from_ref(&other));
        }
    }

    #[test]
    fn rejects_values_outside_the_calibrated_interval() {
        let number =
            Number { scale: Scale::binary(6), interval: Interval::new(-5000, 5000).unwrap() };
        let op = Requantize { calibrated: Some(Interval::new(-500, 300).unwrap()), ..to(2, true) };
        let fact = Fact::fixed([1], number);
        let outputs = op.infer(&[fact]).unwrap();
        let values = std::sync::Arc::new(Tensor::new([1], vec![512]).unwrap());
        let error = op.eval_quant(&[QTensor { values, number }], &outputs).unwrap_err();
        assert!(matches!(error, OpError::OutsideCalibration { value: 512, element: 0, .. }));
    }
}
