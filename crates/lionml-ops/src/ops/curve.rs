//! `Curve`: a smooth function of one number, Sigmoid or Tanh.
//!
//! ONNX: [Sigmoid](https://onnx.ai/onnx/operators/onnx__Sigmoid.html),
//! [Tanh](https://onnx.ai/onnx/operators/onnx__Tanh.html), all opsets.
//! Exactness: straight pieces, everywhere within the bound that [`Curve::quantized`] is asked for.
//!
//! Both functions are odd about their value at zero: `f(±a) = c ± g(a)`, `g(0) = 0`. The table
//! holds `g` for magnitudes in straight pieces whose widths follow the curve, the last one flat
//! without end: nothing needs to be clamped. Operands may have more fraction bits than the bound
//! asks for: the lowest bits of the magnitude do not count, so no requantisation goes before.
//!
//! | constraint              | rows per element | enforces                            |
//! |-------------------------|------------------|-------------------------------------|
//! | sign and magnitude      | `k + 2`          | the bits of the magnitude           |
//! | selectors of pieces     | pieces − 2       | the piece                           |
//! | slope times argument    | 1                | the line                            |
//! | sign times value        | 1                | the symmetry                        |
//!
//! # Soundness
//!
//! The bits of the magnitude are unique, and so is the sign but for that of zero, where `infer`
//! demands that the table is zero. Selectors and products leave no choice. A table from an
//! artefact that does not fit the operand is refused.

use lionml_gadgets::{Signal, magnitude_unchecked, piecewise};
use lionml_quant::{Interval, Number, Piecewise, Scale};
use lionml_r1cs::{Builder, Linear};
use serde::{Deserialize, Serialize};

use crate::{
    AnyOp, Elementwise, Fact, Form, Formats, Integers, OpError, PerElement, Properties, Role,
    Rounding, Tabled, piecewise_fit::Fit,
};

/// A smooth function, element by element.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The function.
    pub function: CurveFunction,
    /// Its pieces, in a quantised model; see [`Curve::quantized`].
    pub table: Option<CurveTable>,
}

/// A function that is odd about its value at zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CurveFunction {
    /// `1 / (1 + exp(−x))`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
}

/// A function in pieces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurveTable {
    /// The scale of the operand that the table is for.
    pub operand: Scale,
    /// The fraction bits of its values.
    pub fraction_bits: u32,
    /// The distance of the function from its value at zero, by the magnitude of the operand.
    pub pieces: Piecewise,
}

impl CurveTable {
    /// The value at zero of the function that the table is for, in steps of the table.
    pub fn centre(&self, function: CurveFunction) -> i128 {
        function.twice_centre() << self.fraction_bits >> 1
    }
}

impl CurveFunction {
    /// The name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
        }
    }

    fn eval(self, x: f64) -> f64 {
        match self {
            Self::Sigmoid => 1.0 / (1.0 + libm::exp(-x)),
            Self::Tanh => libm::tanh(x),
        }
    }

    /// Twice the value at zero.
    fn twice_centre(self) -> i128 {
        match self {
            Self::Sigmoid => 1,
            Self::Tanh => 0,
        }
    }

    /// The distance from the value at zero, for magnitudes.
    fn rise(self, magnitude: f64) -> f64 {
        match self {
            Self::Sigmoid => libm::tanh(magnitude / 2.0) / 2.0,
            Self::Tanh => libm::tanh(magnitude),
        }
    }

    /// The largest such distance and the steepest slope.
    fn limits(self) -> (f64, f64) {
        match self {
            Self::Sigmoid => (0.5, 0.25),
            Self::Tanh => (1.0, 1.0),
        }
    }
}

/// A table whose values have more fraction bits is refused.
const MAX_FRACTION_BITS: u32 = 60;

/// The finest bound that a table is made for, in fraction bits.
const FINEST: i32 = 24;

fn bad_table(value: impl ToString, expected: &'static str) -> OpError {
    OpError::Attribute { attribute: "table", value: value.to_string(), expected }
}

/// The width of the largest magnitude.
fn magnitude_bits(interval: &Interval) -> u32 {
    128 - interval.magnitude().leading_zeros()
}

impl Curve {
    /// The function without a table, for a float model.
    pub fn new(function: CurveFunction) -> Self {
        Self { function, table: None }
    }

    /// The function with the cheapest table that is within `2^-fraction_bits` of it for every
    /// value of the operand. One to 24 fraction bits are possible; others count as the nearest.
    /// The output's own scale is finer than the bound: see [`CurveTable::fraction_bits`].
    pub fn quantized(&self, operand: &Fact, fraction_bits: i32) -> Result<Self, OpError> {
        let Number { scale, interval } = operand.require_number(0)?;
        let fraction_bits = fraction_bits.clamp(1, FINEST);
        let bound = libm::ldexp(1.0, -fraction_bits);
        let (top, slope) = self.function.limits();
        let bits = magnitude_bits(&interval).max(1);
        // Dropped bits may take a quarter of the bound.
        let is_fine =
            |dropped: &u32| slope * libm::ldexp(scale.step(), dropped.cast_signed()) <= bound / 4.0;
        let dropped_bits = (1..bits).take_while(is_fine).last().unwrap_or(0);
        let fit = Fit {
            function: &|x| self.function.rise(x),
            bound: &|_| bound,
            top,
            step: scale.step(),
            bits,
            dropped_bits,
            from_zero: true,
        };
        let least = fraction_bits.unsigned_abs() + 1;
        let (fraction_bits, pieces) = fit
            .cheapest(least, 1)
            .ok_or_else(|| bad_table("none", "an operand for which there is one"))?;
        let table = CurveTable { operand: scale, fraction_bits, pieces };
        Ok(Self { function: self.function, table: Some(table) })
    }

    fn table(&self) -> Result<&CurveTable, OpError> {
        self.table.as_ref().ok_or_else(|| bad_table("none", "one in a quantised model"))
    }
}

impl Tabled for Curve {
    fn with_table(&self, operand: &Fact, fraction_bits: i32) -> Result<AnyOp, OpError> {
        Ok(self.quantized(operand, fraction_bits)?.into())
    }
}

impl Elementwise<1> for Curve {
    fn number(&self, [x]: &[Number; 1]) -> Result<Number, OpError> {
        let table = self.table()?;
        if x.scale != table.operand {
            return Err(bad_table(table.operand, "one for the scale of the operand"));
        }
        if !(1..=MAX_FRACTION_BITS).contains(&table.fraction_bits) {
            return Err(bad_table(table.fraction_bits, "fraction bits from 1 to 60"));
        }
        // Zero has both signs.
        if table.pieces.eval(0)? != 0 {
            return Err(bad_table(table.pieces.eval(0)?, "zero at zero"));
        }
        let interval = &x.interval;
        let nearest =
            if interval.contains(0) { 0 } else { interval.low().abs().min(interval.high().abs()) };
        let magnitudes = Interval::new(nearest, interval.magnitude())?;
        let rise = table.pieces.image(&magnitudes)?;
        let image = match (interval.low() >= 0, interval.high() <= 0) {
            (true, _) => rise,
            (_, true) => rise.neg(),
            _ => rise.hull(&rise.neg()),
        };
        let interval = image.add(&Interval::point(table.centre(self.function))?)?;
        Ok(Number { scale: Scale::binary(table.fraction_bits.cast_signed()), interval })
    }

    fn float(&self, [x]: [f64; 1]) -> f64 {
        self.function.eval(x)
    }

    fn integer(&self, [x]: [i128; 1], _: &Formats<1>) -> Result<i128, OpError> {
        let table = self.table()?;
        let (centre, rise) = (table.centre(self.function), table.pieces.eval(x.abs())?);
        Ok(if x < 0 { centre - rise } else { centre + rise })
    }

    fn rows(
        &self,
        builder: &mut Builder,
        [x]: [Signal; 1],
        _: &Formats<1>,
    ) -> Result<Linear, OpError> {
        let table = self.table()?;
        let magnitude = magnitude_unchecked(builder, &x);
        let rise = piecewise(builder, &magnitude.bits, &table.pieces)?;
        let centre = Linear::integer(table.centre(self.function));
        Ok(&builder.product("symmetry", &magnitude.sign, &rise) + &centre)
    }

    fn per_element(&self) -> PerElement<'_, 1> {
        PerElement {
            roles: [Role::Term; 1],
            uses: [0; 1],
            // Each element is looked for among the pieces.
            steps: self.table.as_ref().map_or(1, |table| table.pieces.pieces().len()),
            properties: Properties {
                form: Form::Bits,
                rounding: Rounding::Table(self),
                integers: Integers::Lost,
                range: Some(2.0 * self.function.limits().0),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use lionml_quant::Piece;
    use lionml_r1cs::{Fr, field::One};
    use lionml_testing::Lie;

    use super::*;
    use crate::{
        Op,
        check::{Check, Checked, wire},
    };
    use lionml_quant::QTensor;
    use lionml_tensor::Tensor;

    const FUNCTIONS: [CurveFunction; 2] = [CurveFunction::Sigmoid, CurveFunction::Tanh];

    fn fact(bits: i32, low: i128, high: i128) -> Fact {
        let interval = Interval::new(low, high).unwrap();
        Fact::fixed([1], Number { scale: Scale::binary(bits), interval })
    }

    fn quantized(function: CurveFunction, operand: &Fact, bits: i32) -> Curve {
        Curve::new(function).quantized(operand, bits).unwrap()
    }

    impl Checked for Curve {
        fn checks(checks: &mut Vec<Check<Self>>) {
            for function in FUNCTIONS {
                for (bits, low, high, precision) in [
                    (10, -9000, 9000, 10),
                    (4, -20, 200, 8),
                    (18, -(1 << 24), 1 << 24, 6),
                    (0, -40, 3, 12),
                    (8, 5, 900, 7),
                    (8, -900, -5, 7),
                    (-2, -1, 1, 5),
                    (30, -(1 << 50), 1 << 50, 8),
                ] {
                    let curve = quantized(function, &fact(bits, low, high), precision);
                    let fine = curve.table.as_ref().unwrap().fraction_bits.cast_signed();
                    Check::new(curve)
                        .case([wire([2], bits, low, high)])
                        .bound(libm::ldexp(1.0, fine - precision))
                        // Zero has both signs, and the same value with either.
                        .free_at_zero(&["is negative"])
                        .add_to(checks);
                }
            }
        }
    }

    #[test]
    fn matches_the_function_within_the_bound_everywhere() {
        for function in FUNCTIONS {
            for precision in [4, 8, 10, 12] {
                let operand = Fact { shape: [80_001].into(), ..fact(12, -40_000, 40_000) };
                let curve = quantized(function, &operand, precision);
                let outputs = curve.infer(std::slice::from_ref(&operand)).unwrap();
                let number = operand.number.unwrap();
                let values = std::sync::Arc::new(Tensor::from_fn([80_001], |i| i as i128 - 40_000));
                let exact = &curve.eval_quant(&[QTensor { values, number }], &outputs).unwrap()[0];
                let scale = outputs[0].number.unwrap().scale;
                for (i, &value) in exact.data().iter().enumerate() {
                    let x = number.scale.dequantize(i as i128 - 40_000);
                    let error = (scale.dequantize(value) - function.eval(x)).abs();
                    assert!(error <= libm::ldexp(1.0, -precision), "{x}: {error}");
                }
            }
        }
    }

    #[test]
    fn pins_counts() {
        let counts = |function, precision| {
            let curve = quantized(function, &fact(10, -8192, 8191), precision);
            let (fraction_bits, pieces) =
                curve.table.as_ref().map(|t| (t.fraction_bits, t.pieces.pieces().len())).unwrap();
            let rows = Check::new(curve).case([wire([1], 10, -8192, 8191)]).counts();
            format!("2^-{precision}: {}, {pieces} pieces, values × 2^{fraction_bits}", rows[0])
        };
        let all: Vec<_> =
            FUNCTIONS.iter().flat_map(|&f| [6, 8, 10, 12].map(|p| counts(f, p))).collect();
        insta::assert_snapshot!(all.join("\n"), @r"
        2^-6: 24 rows, 10 hints, 43 + 53 + 24 non-zeros, 8 pieces, values × 2^9
        2^-8: 27 rows, 13 hints, 51 + 61 + 27 non-zeros, 11 pieces, values × 2^14
        2^-10: 34 rows, 20 hints, 67 + 77 + 34 non-zeros, 18 pieces, values × 2^18
        2^-12: 48 rows, 34 hints, 114 + 105 + 48 non-zeros, 32 pieces, values × 2^20
        2^-6: 26 rows, 12 hints, 51 + 59 + 26 non-zeros, 10 pieces, values × 2^11
        2^-8: 28 rows, 14 hints, 57 + 65 + 28 non-zeros, 12 pieces, values × 2^15
        2^-10: 38 rows, 24 hints, 90 + 85 + 38 non-zeros, 22 pieces, values × 2^17
        2^-12: 56 rows, 42 hints, 140 + 121 + 56 non-zeros, 40 pieces, values × 2^21
        ");
    }

    #[test]
    fn rejects_lies() {
        const LIES: &[Lie] = &[
            Lie { hint: "is negative", values: |n| vec![Fr::one() - n[0]] },
            Lie { hint: "magnitude", values: |b| b.iter().map(|b| Fr::one() - b).collect() },
            Lie { hint: "branch", values: |b| vec![Fr::one() - b[0]] },
            // The value on the other side of zero.
            Lie { hint: "symmetry", values: |v| vec![-v[0]] },
        ];
        for function in FUNCTIONS {
            Check::new(quantized(function, &fact(6, -500, 400), 6))
                .case([wire([2], 6, -500, 400)])
                .bound(libm::ldexp(1.0, 12))
                .free_at_zero(&["is negative"])
                .lies(LIES)
                .run();
        }
    }

    #[test]
    fn rejects_tables_that_do_not_fit() {
        let curve = Curve::new(CurveFunction::Tanh);
        let operand = fact(6, -500, 400);
        let refused = |curve: &Curve, operand: &Fact| {
            matches!(
                curve.infer(std::slice::from_ref(operand)),
                Err(OpError::Attribute { attribute: "table", .. } | OpError::Quant(_))
            )
        };
        assert!(refused(&curve, &operand));
        let good = curve.quantized(&operand, 6).unwrap();
        assert!(!refused(&good, &operand));
        assert!(refused(&good, &fact(7, -500, 400)));
        assert!(refused(&good, &fact(6, -600, 400)));
        let with = |change: fn(&mut CurveTable)| {
            let mut table = good.table.clone().unwrap();
            change(&mut table);
            Curve { table: Some(table), ..good }
        };
        assert!(refused(&with(|t| t.fraction_bits = 61), &operand));
        // Either sign of zero would be another output.
        let offset = |t: &mut CurveTable| {
            t.pieces = Piecewise::new(0, vec![Piece { bits: 9, intercept: 1, slope: 0 }]).unwrap();
        };
        assert!(refused(&with(offset), &operand));
    }
}
