//! Packing: several small values in few public elements.
//!
//! | constraint | rows | what                                                       |
//! |------------|------|------------------------------------------------------------|
//! | none       | 0    | `Σ 2^oᵢ · (xᵢ − lowᵢ)`, as many values as fit in 252 bits  |
//!
//! Value `i` takes as many bits as `highᵢ − lowᵢ` has; the offset `oᵢ` is the sum of the widths
//! before it in its element.
//!
//! # Soundness
//!
//! Earlier rows confine each `xᵢ − lowᵢ` to its bits, as every [`Signal`] promises, and 252 bits
//! stay below the modulus: an element has one reading. Without those rows it has many: `x₀ + 2^w`
//! and `x₁ − 1` pack to the same element, and a reader would unpack values that the circuit never
//! computed.
//!
//! The equations: `docs/gadgets/packing.md`.

use lionml_quant::Interval;
use lionml_r1cs::{
    Fr, Linear,
    field::{Zero, from_i128, low_bits, power_of_two},
};

use crate::{ELEMENT_BITS, GadgetError, Signal};

/// Where each of several values stands: a function of their intervals alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packing {
    elements: Vec<Vec<Interval>>,
}

impl Packing {
    /// The packing of values with these intervals, in this order.
    pub fn new(intervals: &[Interval]) -> Self {
        let mut elements: Vec<Vec<Interval>> = Vec::new();
        let mut room = 0;
        for interval in intervals {
            let width = interval.width() as usize;
            match elements.last_mut().filter(|_| width <= room) {
                Some(element) => element.push(*interval),
                None => {
                    elements.push(vec![*interval]);
                    room = ELEMENT_BITS;
                }
            }
            room -= width;
        }
        Self { elements }
    }

    /// The number of field elements.
    pub fn elements(&self) -> usize {
        self.elements.len()
    }

    /// The number of values.
    pub fn values(&self) -> usize {
        self.elements.iter().map(Vec::len).sum()
    }

    /// The widths of the values in each element, the lowest bits first.
    pub fn widths(&self) -> Vec<Vec<u32>> {
        self.elements.iter().map(|e| e.iter().map(Interval::width).collect()).collect()
    }

    /// The packing of signals and its elements.
    pub fn of_signals(signals: &[Signal]) -> (Self, Vec<Linear>) {
        let intervals: Vec<_> = signals.iter().map(|signal| signal.interval).collect();
        let packing = Self::new(&intervals);
        let mut rest = signals;
        let mut packed = Vec::with_capacity(packing.elements());
        for element in &packing.elements {
            let (signals, after) = rest.split_at(element.len());
            rest = after;
            let mut offset = 0;
            let mut parts = Vec::with_capacity(signals.len());
            for signal in signals {
                let low = Linear::integer(signal.interval.low());
                parts.push((power_of_two(offset), &signal.linear - &low));
                offset += signal.interval.width();
            }
            packed.push(Linear::sum(parts.iter().map(|(unit, part)| (*unit, part))));
        }
        (packing, packed)
    }

    /// The elements that hold these values.
    pub fn pack(&self, values: &[i128]) -> Result<Vec<Fr>, GadgetError> {
        if values.len() != self.values() {
            return Err(GadgetError::PackedValues { expected: self.values(), got: values.len() });
        }
        let mut values = values.iter();
        let mut packed = Vec::with_capacity(self.elements());
        for element in &self.elements {
            let (mut sum, mut unit) = (Fr::zero(), power_of_two(0));
            for (interval, &value) in element.iter().zip(&mut values) {
                sum += unit * from_i128(interval.check(value)? - interval.low());
                unit *= power_of_two(interval.width());
            }
            packed.push(sum);
        }
        Ok(packed)
    }

    /// The values that these elements hold: the reader's side. An error where no values of these
    /// intervals pack to them.
    pub fn unpack(&self, packed: &[Fr]) -> Result<Vec<i128>, GadgetError> {
        let (expected, got) = (self.elements(), packed.len());
        if expected != got {
            return Err(GadgetError::PackedElements { expected, got });
        }
        let mut values = Vec::with_capacity(self.values());
        for (index, (element, intervals)) in packed.iter().zip(&self.elements).enumerate() {
            // All bits of the element: none may stand beyond the last value.
            let bits = low_bits(element, 256);
            let mut rest = bits.as_slice();
            for interval in intervals {
                let (digits, after) = rest.split_at(interval.width() as usize);
                rest = after;
                let offset = digits.iter().rev().fold(0, |sum, &bit| sum << 1 | i128::from(bit));
                values.push(interval.check(interval.low() + offset)?);
            }
            if rest.contains(&true) {
                return Err(GadgetError::NotPacked { element: index });
            }
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use lionml_quant::QuantError;
    use lionml_r1cs::{Builder, field::One};
    use lionml_testing::Target;
    use proptest::prelude::*;

    use super::*;
    use crate::enforce_range;

    fn interval(low: i128, high: i128) -> Interval {
        Interval::new(low, high).unwrap()
    }

    proptest! {
        #[test]
        fn matches_integers_both_ways(
            intervals in prop::collection::vec((-1000i128..1000, 0u32..100, any::<u64>()), 0..20),
        ) {
            let (intervals, values): (Vec<_>, Vec<_>) = intervals
                .into_iter()
                .map(|(low, bits, at)| {
                    let high = low + (1 << bits) - 1;
                    (interval(low, high), low + i128::from(at) % (1 << bits))
                })
                .unzip();
            let packing = Packing::new(&intervals);
            let mut builder = Builder::new();
            let signals: Vec<_> = intervals
                .iter()
                .map(|i| Signal::new(builder.private_input().into(), *i))
                .collect();
            let (of_signals, packed) = Packing::of_signals(&signals);
            prop_assert_eq!(&of_signals, &packing);
            for element in &packed {
                builder.public_output("packed", element);
            }
            let elements = packing.pack(&values).unwrap();
            let (_, program) = builder.finish();
            let inputs: Vec<_> = values.iter().map(|&v| from_i128(v)).collect();
            let witness = program.solve(&inputs).unwrap();
            prop_assert_eq!(&witness.public[1..=elements.len()], elements.as_slice());
            prop_assert_eq!(packing.unpack(&elements).unwrap(), values);
        }
    }

    #[test]
    fn matches_elements_by_hand() {
        let elements = |widths: &[u32]| {
            let intervals: Vec<_> = widths.iter().map(|&w| interval(-5, (1 << w) - 6)).collect();
            Packing::new(&intervals).elements()
        };
        assert_eq!(elements(&[]), 0);
        assert_eq!(elements(&[0]), 1);
        assert_eq!(elements(&[100, 100, 52]), 1);
        assert_eq!(elements(&[100, 100, 53]), 2);
        assert_eq!(elements(&[20; 12]), 1);
        assert_eq!(elements(&[20; 13]), 2);
    }

    #[test]
    fn rejects_elements_that_hold_no_values() {
        let packing = Packing::new(&[interval(-3, 4), interval(0, 9)]);
        let packed = packing.pack(&[-3, 9]).unwrap()[0];
        assert_eq!(packing.unpack(&[packed]), Ok(vec![-3, 9]));
        let outside = QuantError::OutsideInterval { value: 10, interval: interval(0, 9) };
        assert_eq!(packing.unpack(&[packed + power_of_two(3)]), Err(outside.into()));
        for beyond in [power_of_two(7), power_of_two(252), -Fr::one() - packed] {
            let error = GadgetError::NotPacked { element: 0 };
            assert_eq!(packing.unpack(&[packing.pack(&[-3, 0]).unwrap()[0] + beyond]), Err(error));
        }
        let error = GadgetError::PackedElements { expected: 1, got: 2 };
        assert_eq!(packing.unpack(&[packed, packed]), Err(error));
        let error = GadgetError::PackedValues { expected: 2, got: 1 };
        assert_eq!(packing.pack(&[0]), Err(error));
        let outside = QuantError::OutsideInterval { value: 5, interval: interval(-3, 4) };
        assert_eq!(packing.pack(&[5, 0]), Err(outside.into()));
    }

    /// Two private values that are packed, with or without the rows that confine them.
    fn two(is_confined: bool) -> Target {
        let byte = Interval::unsigned(8).unwrap();
        let mut builder = Builder::new();
        let signals = [(); 2].map(|()| {
            let x: Linear = builder.private_input().into();
            if is_confined {
                enforce_range(&mut builder, &x, &byte).unwrap().0
            } else {
                Signal::new(x, byte)
            }
        });
        for element in &Packing::of_signals(&signals).1 {
            builder.public_output("packed", element);
        }
        Target::new(builder.finish())
    }

    #[test]
    fn rejects_a_second_reading() {
        // Where no row confines the values, 3 and 7 read as 259 and 6.
        let loose = two(false);
        assert_eq!(loose.honest(&[3, 7]).public, loose.honest(&[259, 6]).public);

        let confined = two(true);
        confined.assert_sound(&[3, 7], &[]);
        let mut lie = confined.honest(&[3, 7]);
        lie.set(lionml_r1cs::Variable::private(0), from_i128(259));
        assert!(!confined.circuit().check(&lie).is_satisfied());
    }

    #[test]
    fn pins_counts() {
        // The last row names the public element: packing itself takes none.
        assert_eq!(two(true).circuit().constraints(), 2 * 8 + 1);
        assert_eq!(two(false).circuit().constraints(), 1);
    }
}
