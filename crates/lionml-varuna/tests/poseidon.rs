//! Digests against snarkVM's own: the hash, the bits of its integers and its field elements.
#![cfg(test)]

use lionml_gadgets::{TypedBits, enforce_range, input_digest, native, poseidon8};
use lionml_quant::{IntegerType, Interval};
use lionml_r1cs::{
    Builder, Fr, Linear,
    field::{from_i128, power_of_two},
};
use snarkvm_console_algorithms::{
    Field, FromBits, Hash, I8, I16, I32, I64, I128, Poseidon8, SizeInDataBits, ToBits, U8, U16,
    U32, U64, U128, environment::Console,
};

/// Leo's `Poseidon8` of field elements, by snarkVM.
fn oracle(data: &[Field<Console>]) -> Fr {
    *Poseidon8::<Console>::setup("AleoPoseidon8").unwrap().hash(data).unwrap()
}

/// The digest of raw bits, by snarkVM: cut where `Plaintext::to_fields_raw` cuts.
fn oracle_of_bits(bits: &[bool]) -> Fr {
    let size = Field::<Console>::size_in_data_bits();
    let elements: Vec<_> = bits.chunks(size).map(|c| Field::from_bits_le(c).unwrap()).collect();
    oracle(&elements)
}

/// The bits of an integer, by snarkVM.
fn oracle_bits(value: i128, integer_type: IntegerType) -> Vec<bool> {
    macro_rules! bits {
        ($($name:literal $type:ident $rust:ty),*) => {
            match integer_type.to_string().as_str() {
                $($name => $type::<Console>::new(<$rust>::try_from(value).unwrap()).to_bits_le(),)*
                other => panic!("snarkVM has no `{other}`"),
            }
        };
    }
    bits!(
        "i8" I8 i8, "i16" I16 i16, "i32" I32 i32, "i64" I64 i64, "i128" I128 i128,
        "u8" U8 u8, "u16" U16 u16, "u32" U32 u32, "u64" U64 u64, "u128" U128 u128
    )
}

/// The digest that the gadget computes for these elements.
fn proved(values: &[Fr]) -> Fr {
    let mut builder = Builder::new();
    let data: Vec<Linear> = values.iter().map(|_| builder.private_input().into()).collect();
    let digest = poseidon8(&mut builder, &data);
    builder.public_output("digest", &digest);
    let (circuit, program) = builder.finish();
    let witness = program.solve(values).unwrap();
    assert!(circuit.check(&witness).is_satisfied());
    witness.public[1]
}

/// The digest that the gadget computes for these integers of the interval, and the salt.
fn proved_input(values: &[i128], interval: Interval, integer_type: IntegerType, salt: u128) -> Fr {
    let mut builder = Builder::new();
    let bits: Vec<_> = values
        .iter()
        .map(|_| {
            let value = builder.private_input().into();
            enforce_range(&mut builder, &value, &interval).unwrap().1
        })
        .collect();
    let salt_input: Linear = builder.private_input().into();
    let is_signed = interval.low() < 0;
    let part = TypedBits { values: bits, is_signed, integer_type };
    let digest = input_digest(&mut builder, &[part], Some(&salt_input));
    builder.public_output("digest", &digest.unwrap());
    let (circuit, program) = builder.finish();
    let mut inputs: Vec<Fr> = values.iter().map(|&v| from_i128(v)).collect();
    inputs.push(Fr::from(salt));
    let witness = program.solve(&inputs).unwrap();
    assert!(circuit.check(&witness).is_satisfied());
    witness.public[1]
}

#[test]
fn matches_the_hash_of_field_elements() {
    for count in [0, 1, 2, 7, 8, 9, 15, 16, 17, 24, 25] {
        let values: Vec<Fr> =
            (0..count).map(|i| power_of_two(251) - from_i128(i * i * 7919)).collect();
        let elements: Vec<_> = values.iter().map(|v| Field::new(*v)).collect();
        let expected = oracle(&elements);
        assert_eq!(native::poseidon8(&values), expected, "{count} elements");
        assert_eq!(proved(&values), expected, "{count} elements");
    }
}

#[test]
fn matches_the_digest_of_integers() {
    let salt = 0x0123_4567_89ab_cdef_0f1e_2d3c_4b5a_6978;
    for integer_type in IntegerType::all() {
        // Types of 128 bits pass the widest interval of a wire.
        let bits = integer_type.bits().min(120);
        let interval = if integer_type.is_signed() {
            Interval::signed(bits)
        } else {
            Interval::unsigned(bits)
        }
        .unwrap();
        // 31 bytes leave four bits of an element empty, 33 numbers of 64 bits straddle nine.
        for count in [0usize, 1, 4, 5, 31, 32, 33, 65] {
            let middle = interval.low() / 2 + interval.high() / 2;
            let values: Vec<i128> = [interval.low(), interval.high(), interval.low() + 1, middle]
                .into_iter()
                .cycle()
                .take(count)
                .collect();
            let bits: Vec<bool> =
                values.iter().flat_map(|&v| oracle_bits(v, integer_type)).collect();
            let unsalted = native::input_digest(&[(&values, integer_type)], None).unwrap();
            assert_eq!(unsalted, oracle_of_bits(&bits), "{count} {integer_type}");

            let salt_bits = U128::<Console>::new(salt).to_bits_le();
            let expected = oracle_of_bits(&[bits, salt_bits].concat());
            let salted = native::input_digest(&[(&values, integer_type)], Some(salt)).unwrap();
            assert_eq!(salted, expected, "{count} {integer_type} and a salt");
            if [5, 33].contains(&count) {
                let proved = proved_input(&values, interval, integer_type, salt);
                assert_eq!(proved, expected, "{count} {integer_type} and a salt, proved");
            }
        }
    }
}

#[test]
fn matches_narrow_values_in_wide_types() {
    for (low, high, name) in [(-3, 3, "i16"), (0, 200, "i16"), (0, 200, "u64"), (-9, 0, "i128")] {
        let interval = Interval::new(low, high).unwrap();
        let integer_type: IntegerType = name.parse().unwrap();
        let values: Vec<i128> = (0..21).map(|i| low + i * 11 % (high - low + 1)).collect();
        let mut bits: Vec<bool> =
            values.iter().flat_map(|&v| oracle_bits(v, integer_type)).collect();
        bits.extend(U128::<Console>::new(u128::MAX).to_bits_le());
        let proved = proved_input(&values, interval, integer_type, u128::MAX);
        assert_eq!(proved, oracle_of_bits(&bits), "{name}");
    }
}
