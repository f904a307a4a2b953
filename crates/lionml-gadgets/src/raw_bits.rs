//! The raw bits of integers, cut into field elements: what Leo hashes in `hash_to_field_raw`.
//!
//! | gadget         | rows                | what                                                  |
//! |----------------|---------------------|-------------------------------------------------------|
//! | `to_type_bits` | 0                   | the sign repeated (or zeros) up to the type's width   |
//! | `pack_bits`    | 0                   | `Σ 2^i · bᵢ` over 252 bits an element                 |
//! | `input_digest` | 128 and `poseidon8` | both, the salt after the last value, and the hash     |
//!
//! Little-endian bits, no type, no boundary: an element ends after 252 bits, in the middle of a
//! number or not.
//!
//! # Soundness
//!
//! An element of 252 digits that are zero or one is below the modulus, so elements determine bits,
//! and bits (with the type, which the manifest pins) determine values. The rows that pin each bit
//! are the caller's: `enforce_range` and `decompose` write them. Without them elements determine
//! nothing: `b₀ + 2` and `b₁ − 1` pack to the same element, and the digest would stand for many
//! inputs. What is hashed must determine the values *without* the property that is to be proved.
//!
//! The equations: `docs/gadgets/packing.md`.

use lionml_quant::IntegerType;
use lionml_r1cs::{Builder, Linear};

use crate::{GadgetError, decompose, poseidon8};

/// Bits that every field element can hold.
pub const ELEMENT_BITS: usize = 252;

/// Field elements of 252 bits each, lowest bit first. Rows must have pinned each bit to zero or
/// one.
pub fn pack_bits(bits: &[Linear]) -> Vec<Linear> {
    bits.chunks(ELEMENT_BITS).map(Linear::from_bits).collect()
}

/// The bits of a value as its type has them: bits of two's complement, as
/// [`enforce_range`](crate::enforce_range) returns them, with the last one repeated where
/// `is_signed`, else with zeros.
pub fn to_type_bits(
    bits: &[Linear],
    is_signed: bool,
    integer_type: IntegerType,
) -> Result<Vec<Linear>, GadgetError> {
    let width = integer_type.bits() as usize;
    let needed = bits.len() + usize::from(!is_signed && integer_type.is_signed());
    if needed > width || (is_signed && !integer_type.is_signed()) {
        return Err(GadgetError::TypeTooNarrow { bits: bits.len(), is_signed, integer_type });
    }
    let sign = bits.last().filter(|_| is_signed).cloned().unwrap_or_default();
    let mut extended = bits.to_vec();
    extended.resize(width, sign);
    Ok(extended)
}

/// Values of one type, by their bits.
#[derive(Clone, Debug)]
pub struct TypedBits {
    /// The bits of each value, of two's complement where `is_signed`, as
    /// [`enforce_range`](crate::enforce_range) returns them.
    pub values: Vec<Vec<Linear>>,
    /// Whether the last bit of each is a sign.
    pub is_signed: bool,
    /// The type that they are hashed as.
    pub integer_type: IntegerType,
}

/// The digest of values, as [`native::input_digest`](crate::native::input_digest) computes it:
/// the bits of each value as [`to_type_bits`] takes them, then the 128 bits of the salt, of which
/// nothing needs to be known: rows of this gadget confine it.
pub fn input_digest(
    builder: &mut Builder,
    parts: &[TypedBits],
    salt: Option<&Linear>,
) -> Result<Linear, GadgetError> {
    let mut bits = Vec::new();
    for TypedBits { values, is_signed, integer_type } in parts {
        for value in values {
            bits.extend(to_type_bits(value, *is_signed, *integer_type)?);
        }
    }
    if let Some(salt) = salt {
        bits.extend(decompose(builder, salt, 0, IntegerType::U128.bits()));
    }
    Ok(poseidon8(builder, &pack_bits(&bits)))
}

#[cfg(test)]
mod tests {
    use lionml_quant::Interval;
    use lionml_r1cs::{
        Circuit, Fr, Program,
        field::{One, from_i128},
    };
    use lionml_testing::{Lie, Target};
    use proptest::prelude::*;

    use super::*;
    use crate::{enforce_range, native};

    fn integer_type(name: &str) -> IntegerType {
        name.parse().unwrap()
    }

    /// `count` private values of the interval and a salt, hashed as integers of the type.
    fn hashed(interval: Interval, name: &str, count: usize) -> (Circuit, Program) {
        let mut builder = Builder::new();
        let values: Vec<_> = (0..count)
            .map(|_| {
                let value = builder.private_input().into();
                enforce_range(&mut builder, &value, &interval).unwrap().1
            })
            .collect();
        let salt = builder.private_input().into();
        let is_signed = interval.low() < 0;
        let part = TypedBits { values, is_signed, integer_type: integer_type(name) };
        let digest = input_digest(&mut builder, &[part], Some(&salt));
        builder.public_output("digest", &digest.unwrap());
        builder.finish()
    }

    #[test]
    fn matches_native_digests_of_straddling_numbers() {
        for (name, interval, count) in [
            ("i8", Interval::new(-100, 90).unwrap(), 37),
            ("i16", Interval::signed(5).unwrap(), 16),
            ("i16", Interval::unsigned(15).unwrap(), 3),
            ("u32", Interval::unsigned(8).unwrap(), 9),
            ("i128", Interval::signed(64).unwrap(), 3),
        ] {
            let target = Target::new(hashed(interval, name, count));
            let size = interval.high() - interval.low();
            let values: Vec<i128> =
                (0..count as i128).map(|i| interval.high() - (i * 29) % size).collect();
            let salt = u128::MAX / 5;
            let mut inputs: Vec<Fr> = values.iter().map(|&v| from_i128(v)).collect();
            inputs.push(Fr::from(salt));
            let part = (values.as_slice(), integer_type(name));
            let digest = native::input_digest(&[part], Some(salt)).unwrap();
            assert_eq!(target.honest_fields(&inputs).public[1], digest, "{name}");
        }
    }

    proptest! {
        #[test]
        fn matches_native_bits(bits in prop::collection::vec(any::<bool>(), 0..600)) {
            let constants: Vec<_> =
                bits.iter().map(|&bit| Linear::integer(i128::from(bit))).collect();
            let packed: Vec<_> =
                pack_bits(&constants).iter().map(|l| l.as_constant().unwrap()).collect();
            prop_assert_eq!(packed, native::pack_bits(&bits));
        }
    }

    #[test]
    fn rejects_types_that_do_not_hold_the_bits() {
        let bits = vec![Linear::zero(); 8];
        for (is_signed, name) in [(false, "i8"), (true, "u16")] {
            let integer_type = integer_type(name);
            let error = GadgetError::TypeTooNarrow { bits: 8, is_signed, integer_type };
            assert_eq!(to_type_bits(&bits, is_signed, integer_type), Err(error));
        }
        assert_eq!(to_type_bits(&bits, false, integer_type("u8")).unwrap().len(), 8);
        assert_eq!(to_type_bits(&bits, true, integer_type("i8")).unwrap().len(), 8);
        assert_eq!(to_type_bits(&[], false, integer_type("i32")).unwrap().len(), 32);
    }

    #[test]
    fn rejects_bits_that_are_no_bits() {
        // Two digits, with and without the rows that pin them; the other witness packs the same.
        for is_pinned in [false, true] {
            let mut builder = Builder::new();
            let bits: Vec<Linear> = (0..2).map(|_| builder.private_input().into()).collect();
            if is_pinned {
                bits.iter().for_each(|bit| crate::enforce_boolean(&mut builder, bit));
            }
            let digest = poseidon8(&mut builder, &pack_bits(&bits));
            builder.public_output("digest", &digest);
            let (circuit, program) = builder.finish();
            let honest = program.solve(&[Fr::from(0u64), Fr::one()]).unwrap();
            let lie = program.solve(&[Fr::from(2u64), Fr::from(0u64)]).unwrap();
            assert!(circuit.check(&honest).is_satisfied());
            assert_eq!(honest.public[1], lie.public[1]);
            assert_eq!(circuit.check(&lie).is_satisfied(), !is_pinned);
        }
    }

    #[test]
    fn rejects_lies() {
        // The bits of another number, for a value or for the salt: the digest would be another's.
        let lies = [Lie { hint: "bits", values: |b| b.iter().map(|b| Fr::one() - b).collect() }];
        Target::new(hashed(Interval::signed(3).unwrap(), "i8", 2))
            .assert_sound(&[-4, 3, 77], &lies);
    }

    #[test]
    fn rejects_salts_of_more_than_128_bits() {
        let (circuit, program) = hashed(Interval::BIT, "u8", 1);
        let salt = lionml_r1cs::field::power_of_two(128);
        let witness = program.solve(&[Fr::one(), salt]).unwrap();
        assert!(!circuit.check(&witness).is_satisfied());
    }

    #[test]
    fn pins_counts() {
        // An image of MNIST: 26 elements, four blocks.
        let (circuit, _) = hashed(Interval::unsigned(8).unwrap(), "u8", 784);
        let bits = 784 * 8 + 128;
        assert_eq!(circuit.constraints(), bits + 4 * 618 - 6 + 1);
        let non_zeros = circuit.matrices().map(lionml_r1cs::Matrix::non_zeros);
        assert_eq!(non_zeros.iter().sum::<usize>(), 43124);
    }
}
