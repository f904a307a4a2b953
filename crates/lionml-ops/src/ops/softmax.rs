//! `Softmax`: exponentials over their sum, along some axes.
//!
//! ONNX: [Softmax](https://onnx.ai/onnx/operators/onnx__Softmax.html), all opsets; the importer
//! resolves what the axis meant before opset 13.
//! Exactness: one and a half steps of the output's scale.
//!
//! With `d = max(x) − xᵢ ≥ 0`, whose lowest bits are `l` and whose upper ones are `h`:
//!
//! ```text
//! eᵢ = fine(l) · coarse(h) ≈ exp(−d)        yᵢ = ⌊2^f · eᵢ / Σ eⱼ + 1/2⌋
//! ```
//!
//! `fine` covers a factor `e` or less, within a relative bound, so that errors do not add up over
//! many elements; `coarse` ends in a flat piece, where the exponential vanishes.
//!
//! | constraint                  | rows per element    | enforces                              |
//! |-----------------------------|---------------------|---------------------------------------|
//! | distance from the maximum   | `k + 2`             | the maximum, the bits of the distance |
//! | `fine`, `coarse`            | pieces − 4, and 1   | the two factors                       |
//! | their product               | 1                   | the exponential                       |
//! | division by the sum         | `f + 2·ks + 3`      | the output                            |
//!
//! `k` is the width of the distance, `ks` that of twice the sum. One more row for each sum.
//!
//! # Soundness
//!
//! A maximum that is none, or too small, fails in `lionml_gadgets::below_maximum`; another piece
//! in `lionml_gadgets::piecewise`; another quotient or remainder, and a quotient taken in the
//! field, in `lionml_gadgets::divide`. The sum is positive because some distance is zero and
//! `infer` demands that no exponential is negative and that of zero is positive: a table from an
//! artefact could otherwise make every output a quotient by zero.

use lionml_gadgets::{Signal, below_maximum, divide, piecewise};
use lionml_quant::{Interval, Number, Piece, Piecewise, QTensor, QuantError, Scale};
use lionml_r1cs::{Builder, Fr, Linear, field::One};
use lionml_tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{
    AnyOp, Fact, Form, Integers, Op, OpError, Properties, Role, Rounding, Tabled, Wires, counts,
    op::operands, piecewise_fit::Fit, reduction::Groups,
};

/// Exponentials over their sum, along some axes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Softmax {
    /// The axes over which an output sums to one, each once.
    pub axes: Vec<usize>,
    /// The exponential, in a quantised model; see [`Softmax::quantized`].
    pub table: Option<SoftmaxTable>,
}

/// The exponential `exp(−d)` of a distance in two factors, and the scale of the output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoftmaxTable {
    /// The scale of the operand that the table is for.
    pub operand: Scale,
    /// The fraction bits of the output.
    pub fraction_bits: u32,
    /// The factor of the lowest bits of the distance, times any constant: it cancels.
    pub fine: Piecewise,
    /// The factor of the upper bits, times any constant.
    pub coarse: Piecewise,
}

/// The most fraction bits of an output.
const FINEST: u32 = 24;

fn bad_table(value: impl ToString, expected: &'static str) -> OpError {
    OpError::Attribute { attribute: "table", value: value.to_string(), expected }
}

/// The intervals of the exponentials and of their sum.
struct Ranges {
    each: Interval,
    sum: Interval,
}

impl SoftmaxTable {
    /// The exponential of a distance.
    fn exponential(&self, distance: i128) -> Result<i128, QuantError> {
        let upper = distance >> self.fine.bits();
        let fine = self.fine.eval(distance - (upper << self.fine.bits()))?;
        fine.checked_mul(self.coarse.eval(upper)?).ok_or(QuantError::Overflow)
    }

    fn ranges(&self, operand: &Interval, count: usize) -> Result<Ranges, OpError> {
        let distance = Interval::new(0, operand.high() - operand.low())?;
        let lower = Interval::unsigned(self.fine.bits())?;
        let upper = Interval::new(0, distance.high() >> self.fine.bits())?;
        let (fine, coarse) = (self.fine.image(&lower)?, self.coarse.image(&upper)?);
        let largest = self.exponential(0)?;
        if fine.low() < 0 || coarse.low() < 0 || largest < 1 {
            return Err(bad_table("negative", "exponentials that are not negative"));
        }
        let each = Interval::new(0, fine.mul(&coarse)?.high())?;
        let sum = Interval::new(largest, each.times(count as i128)?.high())?;
        // Dividends and quotients times divisors are intervals too.
        sum.times(4 << self.fraction_bits)?;
        Ok(Ranges { each, sum })
    }
}

impl Softmax {
    /// The operator without a table, for a float model.
    pub fn new(axes: Vec<usize>) -> Self {
        Self { axes, table: None }
    }

    /// The operator with the cheapest table for outputs of so many fraction bits, one to 24;
    /// others count as the nearest. The output is within one and a half steps of the function.
    pub fn quantized(&self, operand: &Fact, fraction_bits: i32) -> Result<Self, OpError> {
        let Number { scale, interval } = operand.require_number(0)?;
        let groups = self.groups(operand)?;
        let count = groups.offsets().data().first().map_or(1, Vec::len);
        let fraction_bits = fraction_bits.clamp(1, FINEST.cast_signed()).unsigned_abs();
        let bits = Interval::new(0, interval.high() - interval.low())?.width();
        let step = scale.step();
        let wide = |bits: u32| libm::ldexp(step, bits.cast_signed());
        let fine_bits = (1..=bits).take_while(|&bits| wide(bits) <= 1.0).last().unwrap_or(0);

        // A relative error in an exponential contributes at most twice, an absolute error n + 1 times:
        // each kind may take half a step.
        let relative = libm::ldexp(1.0, -(fraction_bits.cast_signed() + 2));
        let more = fraction_bits + 1 + (count + 1).next_power_of_two().ilog2();
        let absolute = libm::ldexp(1.0, -more.cast_signed());
        let dropped = (1..fine_bits).take_while(|&bits| wide(bits) <= relative / 4.0).last();
        let fine = Fit {
            function: &|x| libm::exp(-x),
            bound: &|value| relative * value,
            top: 1.0,
            step,
            bits: fine_bits,
            dropped_bits: dropped.unwrap_or(0),
            from_zero: false,
        };
        let coarse = Fit {
            function: &|x| libm::exp(-x),
            bound: &|_| absolute,
            top: 1.0,
            step: wide(fine_bits),
            bits: bits - fine_bits,
            dropped_bits: 0,
            from_zero: false,
        };
        // A bit of the sum costs two rows an element.
        let none = || bad_table("none", "an operand for which there is one");
        let (_, fine) = fine.cheapest(fraction_bits + 4, 2).ok_or_else(none)?;
        let coarse = if bits > fine_bits {
            coarse.cheapest(more, 2).ok_or_else(none)?.1
        } else {
            Piecewise::new(0, vec![Piece { bits: 0, intercept: 1, slope: 0 }])?
        };
        let table = SoftmaxTable { operand: scale, fraction_bits, fine, coarse };
        Ok(Self { axes: self.axes.clone(), table: Some(table) })
    }

    fn table(&self) -> Result<&SoftmaxTable, OpError> {
        self.table.as_ref().ok_or_else(|| bad_table("none", "one in a quantised model"))
    }

    fn groups(&self, operand: &Fact) -> Result<Groups, OpError> {
        Groups::axes(&self.axes, true, &operand.shape)?.without_empty()
    }
}

impl Tabled for Softmax {
    fn with_table(&self, operand: &Fact, fraction_bits: i32) -> Result<AnyOp, OpError> {
        Ok(self.quantized(operand, fraction_bits)?.into())
    }
}

impl Op for Softmax {
    fn infer(&self, inputs: &[Fact]) -> Result<Vec<Fact>, OpError> {
        let [x] = operands(inputs)?;
        let groups = self.groups(x)?;
        let fact = Fact::derived(x.shape.clone(), inputs, |numbers| {
            let ([number], table) = (operands(numbers)?, self.table()?);
            if number.scale != table.operand {
                return Err(bad_table(table.operand, "one for the scale of the operand"));
            }
            if !(1..=FINEST).contains(&table.fraction_bits) {
                return Err(bad_table(table.fraction_bits, "fraction bits from 1 to 24"));
            }
            let count = groups.offsets().data().first().map_or(1, Vec::len);
            table.ranges(&number.interval, count)?;
            let scale = Scale::binary(table.fraction_bits.cast_signed());
            Ok(Number { scale, interval: Interval::new(0, 1 << table.fraction_bits)? })
        })?;
        Ok(vec![fact])
    }

    fn eval_float(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, OpError> {
        let [x] = operands(inputs)?;
        let shape = x.shape();
        let maximum = Groups::fold(&self.axes, true, x, f64::NEG_INFINITY, f64::max)?;
        let maximum = maximum.broadcast_to(shape)?;
        let exponentials =
            Tensor::from_fn(shape.clone(), |i| libm::exp(x.data()[i] - maximum.data()[i]));
        let sum = Groups::fold(&self.axes, true, &exponentials, 0.0, |a, b| a + b)?;
        let sum = sum.broadcast_to(shape)?;
        Ok(vec![Tensor::from_fn(shape.clone(), |i| exponentials.data()[i] / sum.data()[i])])
    }

    fn eval_quant(
        &self,
        inputs: &[QTensor],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<i128>>, OpError> {
        let ([x], table) = (operands(inputs)?, self.table()?);
        let groups = Groups::axes(&self.axes, true, x.values.shape())?;
        let mut outputs = vec![0; x.values.data().len()];
        for group in groups.offsets().data() {
            let value = |offset: &usize| x.values.data()[*offset];
            let maximum = group.iter().map(value).max().unwrap_or_default();
            let exponentials = group
                .iter()
                .map(|offset| table.exponential(maximum - value(offset)))
                .collect::<Result<Vec<_>, _>>()?;
            let sum: i128 = exponentials.iter().sum();
            for (&offset, exponential) in group.iter().zip(exponentials) {
                let twice = exponential.checked_mul(2 << table.fraction_bits);
                let rounded = twice.and_then(|t| t.checked_add(sum)?.checked_div(2 * sum));
                outputs[offset] = rounded.ok_or(QuantError::Overflow)?;
            }
        }
        Ok(vec![Tensor::new(x.values.shape().clone(), outputs)?])
    }

    fn synthesize(
        &self,
        builder: &mut Builder,
        inputs: &[Wires],
        outputs: &[Fact],
    ) -> Result<Vec<Tensor<Linear>>, OpError> {
        let ([x], [output], table) = (operands(inputs)?, operands(outputs)?, self.table()?);
        let quotients = output.require_number(0)?.interval;
        let groups = Groups::axes(&self.axes, true, x.shape())?;
        let mut elements = vec![Linear::zero(); x.shape().elements()];
        for group in groups.offsets().data() {
            let signals: Vec<Signal> = group.iter().map(|&offset| x.signal(offset)).collect();
            let ranges = table.ranges(&x.number().interval, group.len())?;
            let mut exponentials = Vec::with_capacity(group.len());
            for bits in below_maximum(builder, &signals)? {
                let (lower, upper) = bits.split_at(bits.len().min(table.fine.bits() as usize));
                let fine = piecewise(builder, lower, &table.fine)?;
                let coarse = piecewise(builder, upper, &table.coarse)?;
                let product = builder.product("exponential", &fine, &coarse);
                exponentials.push(builder.materialize("exponential", &product));
            }
            let sum = Linear::sum(exponentials.iter().map(|e| (Fr::one(), e)));
            let sum = Signal::new(builder.materialize("sum of exponentials", &sum), ranges.sum);
            for (&offset, exponential) in group.iter().zip(exponentials) {
                let exponential = Signal::new(exponential, ranges.each);
                let dividend = exponential.times(2 << table.fraction_bits)?.plus(&sum)?;
                let quotient = divide(builder, &dividend, &sum.times(2)?, Some(&quotients))?;
                elements[offset] = quotient.linear;
            }
        }
        Ok(vec![Tensor::new(x.shape().clone(), elements)?])
    }

    fn role(&self, _: usize) -> Role {
        Role::Term
    }

    fn properties(&self) -> Properties<'_> {
        Properties {
            form: Form::Bits,
            rounding: Rounding::Table(self),
            integers: Integers::Lost,
            range: Some(1.0),
        }
    }

    fn work(&self, operands: &[&[usize]]) -> usize {
        // Each element is looked for among the pieces.
        let pieces = |table: &SoftmaxTable| table.fine.pieces().len() + table.coarse.pieces().len();
        counts::broadcast(operands, self.table.as_ref().map_or(1, pieces))
    }
}

#[cfg(test)]
mod tests {
    use lionml_testing::Lie;

    use super::*;
    use crate::check::{Check, Checked, wire};

    fn fact(shape: &[usize], bits: i32, low: i128, high: i128) -> Fact {
        let interval = Interval::new(low, high).unwrap();
        Fact::fixed(shape.to_vec(), Number { scale: Scale::binary(bits), interval })
    }

    fn check(
        axes: &[usize],
        shape: &[usize],
        (bits, low, high): (i32, i128, i128),
        precision: i32,
    ) -> Check<Softmax> {
        let softmax = Softmax::new(axes.to_vec());
        let softmax = softmax.quantized(&fact(shape, bits, low, high), precision).unwrap();
        Check::new(softmax).case([wire(shape.to_vec(), bits, low, high)]).bound(1.5)
    }

    impl Checked for Softmax {
        fn checks(checks: &mut Vec<Check<Self>>) {
            check(&[1], &[2, 3], (6, -500, 500), 8).add_to(checks);
            check(&[0], &[4, 1], (2, -30, 10), 6).add_to(checks);
            check(&[0, 2], &[2, 1, 2], (10, -3000, 3000), 5).add_to(checks);
            // Small enough to drop each row.
            let piece = |bits, intercept, slope| Piece { bits, intercept, slope };
            let table = SoftmaxTable {
                operand: Scale::ONE,
                fraction_bits: 1,
                fine: Piecewise::new(0, vec![piece(1, 3, -2)]).unwrap(),
                coarse: Piecewise::new(0, vec![piece(0, 1, 0)]).unwrap(),
            };
            Check::new(Softmax { axes: vec![1], table: Some(table) })
                .case([wire([1, 2], 0, 0, 1)])
                .bound(1.5)
                .add_to(checks);
            // Distances of less than one, of one value, and of whole numbers.
            check(&[1], &[1, 3], (10, 0, 300), 8).add_to(checks);
            check(&[1], &[1, 3], (4, 7, 7), 8).add_to(checks);
            check(&[1], &[1, 3], (-1, -6, 5), 8).add_to(checks);
        }
    }

    #[test]
    fn matches_floats_of_many_elements() {
        for precision in [8, 12, 16] {
            let operand = fact(&[1, 1000], 8, -4000, 4000);
            let softmax = Softmax::new(vec![1]).quantized(&operand, precision).unwrap();
            let outputs = softmax.infer(std::slice::from_ref(&operand)).unwrap();
            let number = operand.number.unwrap();
            for spread in [1, 37, 301, 2003] {
                let values = Tensor::from_fn([1, 1000], |i| (i as i128 * 7919) % spread * 2 - 2000);
                let inputs = [QTensor { values: values.into(), number }];
                let exact = softmax.eval_quant(&inputs, &outputs).unwrap().remove(0);
                let floats = softmax.eval_float(&[inputs[0].dequantize()]).unwrap().remove(0);
                let scale = outputs[0].number.unwrap().scale;
                for (&exact, float) in exact.data().iter().zip(floats.data()) {
                    let steps = (scale.dequantize(exact) - float).abs() / scale.step();
                    assert!(steps <= 1.5, "{steps} steps at {precision} bits, spread {spread}");
                }
            }
        }
    }

    #[test]
    fn pins_counts() {
        let counts = |count: usize, precision| {
            let check = check(&[1], &[1, count], (8, -2048, 2047), precision);
            format!("{count} elements, {precision} bits: {}", check.counts()[0])
        };
        let all = [counts(10, 8), counts(10, 12), counts(100, 8)];
        insta::assert_snapshot!(all.join("\n"), @r"
        10 elements, 8 bits: 1090 rows, 280 hints, 1980 + 1738 + 1559 non-zeros
        10 elements, 12 bits: 1470 rows, 440 hints, 2981 + 2829 + 1448 non-zeros
        100 elements, 8 bits: 12100 rows, 2800 hints, 23245 + 23255 + 11898 non-zeros
        ");
    }

    #[test]
    fn rejects_lies() {
        const LIES: &[Lie] = &[
            Lie { hint: "maximum", values: |v| vec![v[0] + Fr::one()] },
            Lie { hint: "branch", values: |v| vec![Fr::one() - v[0]] },
            Lie { hint: "exponential", values: |v| vec![v[0] + v[0]] },
            // A sum that leaves an exponential out would make the outputs larger.
            Lie { hint: "sum of exponentials", values: |v| vec![v[0] - Fr::one()] },
            Lie { hint: "division", values: |v| vec![v[0] - Fr::one(), v[1] + Fr::one()] },
        ];
        check(&[1], &[1, 3], (6, -200, 200), 6).lies(LIES).run();
    }

    #[test]
    fn rejects_tables_that_do_not_fit() {
        let softmax = Softmax::new(vec![1]);
        let operand = fact(&[1, 3], 6, -200, 200);
        let refused = |softmax: &Softmax, operand: &Fact| {
            matches!(
                softmax.infer(std::slice::from_ref(operand)),
                Err(OpError::Attribute { attribute: "table", .. } | OpError::Quant(_))
            )
        };
        assert!(refused(&softmax, &operand));
        let good = softmax.quantized(&operand, 6).unwrap();
        assert!(!refused(&good, &operand));
        assert!(refused(&good, &fact(&[1, 3], 7, -200, 200)));
        assert!(refused(&good, &fact(&[1, 3], 6, -2000, 2000)));
        let with = |change: fn(&mut SoftmaxTable)| {
            let mut table = good.table.clone().unwrap();
            change(&mut table);
            Softmax { axes: vec![1], table: Some(table) }
        };
        fn flat(intercept: i128) -> Result<Piecewise, QuantError> {
            Piecewise::new(0, vec![Piece { bits: 9, intercept, slope: 0 }])
        }
        assert!(!refused(&with(|t| t.coarse = flat(1).unwrap()), &operand));
        // The exponential of zero, and that of distances of 256 and more: one negative one makes the
        // sum a number that divides nothing, even where the largest is positive.
        fn halves(near: i128, far: i128) -> Piecewise {
            let piece = |intercept| Piece { bits: 8, intercept, slope: 0 };
            Piecewise::new(0, vec![piece(near), piece(far)]).unwrap()
        }
        assert!(!refused(
            &with(|t| (t.fine, t.coarse) = (halves(1, 1), flat(1).unwrap())),
            &operand
        ));
        for broken in [
            with(|t| t.fraction_bits = 25),
            // The sum would be zero.
            with(|t| t.coarse = flat(0).unwrap()),
            with(|t| t.fine = flat(-1).unwrap()),
            with(|t| (t.fine, t.coarse) = (halves(1, -1), flat(1).unwrap())),
            with(|t| {
                (t.fine, t.coarse) = (
                    Piecewise::new(0, vec![Piece { bits: 0, intercept: 1, slope: 0 }]).unwrap(),
                    halves(1, -1),
                )
            }),
        ] {
            assert!(refused(&broken, &operand));
        }
        let error = Softmax::new(vec![2]).infer(&[operand]).unwrap_err();
        assert!(matches!(error, OpError::Attribute { attribute: "axes", .. }));
    }
}
