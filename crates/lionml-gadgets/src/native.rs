//! Digests of plain values: what a reader, or a Leo program, computes beside a circuit.
//!
//! Written apart from the gadgets, which meet it in tests; snarkVM's own code meets both in the
//! tests of `lionml-varuna`.

use lionml_quant::{IntegerType, QuantError};
use lionml_r1cs::{
    Fr,
    field::{Field, PoseidonParameters, Zero},
};

use crate::{
    ELEMENT_BITS,
    poseidon_constants::{PARAMETERS, RATE, WIDTH, header},
};

/// Leo's `Poseidon8` of field elements.
pub fn poseidon8(data: &[Fr]) -> Fr {
    let preimage = [&header(data.len())[..], data].concat();
    let mut state = [Fr::zero(); WIDTH];
    for block in preimage.chunks(RATE) {
        for (place, element) in block.iter().enumerate() {
            state[1 + place] += element;
        }
        permute(&mut state);
    }
    state[1]
}

fn permute(state: &mut [Fr; WIDTH]) {
    let PoseidonParameters { full_rounds, partial_rounds, alpha, ark, mds } = &*PARAMETERS;
    let half = full_rounds / 2;
    for (round, constants) in ark.iter().enumerate() {
        let is_full = round < half || round >= half + partial_rounds;
        for (place, element) in state.iter_mut().enumerate() {
            *element += constants[place];
            if is_full || place == 0 {
                *element = element.pow([*alpha]);
            }
        }
        let before = *state;
        for (element, row) in state.iter_mut().zip(mds) {
            *element = before.iter().zip(row).fold(Fr::zero(), |sum, (x, m)| sum + *x * m);
        }
    }
}

/// The bits of integers in two's complement of their type's width, lowest first, one integer after
/// the other.
pub fn integer_bits(values: &[i128], integer_type: IntegerType) -> Result<Vec<bool>, QuantError> {
    let mut bits = Vec::with_capacity(values.len() * integer_type.bits() as usize);
    for &value in values {
        let value = integer_type.check(value)?;
        bits.extend((0..integer_type.bits()).map(|i| value >> i & 1 == 1));
    }
    Ok(bits)
}

/// What Leo's `Poseidon8::hash_to_field_raw` gives for an array of bytes: the digest by which the
/// registry and programs know a verifying key.
pub fn hash_bytes(bytes: &[u8]) -> Fr {
    let bits: Vec<bool> =
        bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1)).collect();
    poseidon8(&pack_bits(&bits))
}

/// Bits as field elements of 252 bits each, lowest bit first.
pub fn pack_bits(bits: &[bool]) -> Vec<Fr> {
    let element = |chunk: &[bool]| {
        chunk.iter().rev().fold(Fr::zero(), |sum, &bit| sum.double() + Fr::from(u64::from(bit)))
    };
    bits.chunks(ELEMENT_BITS).map(element).collect()
}

/// The digest of integers: what Leo's `Poseidon8::hash_to_field_raw` gives for an array of them or,
/// with several parts or a salt, for a struct of an array for each part and, after them, the salt as
/// a `u128`.
pub fn input_digest(
    parts: &[(&[i128], IntegerType)],
    salt: Option<u128>,
) -> Result<Fr, QuantError> {
    let mut bits = Vec::new();
    for (values, integer_type) in parts {
        bits.extend(integer_bits(values, *integer_type)?);
    }
    if let Some(salt) = salt {
        bits.extend((0..128).map(|i| salt >> i & 1 == 1));
    }
    Ok(poseidon8(&pack_bits(&bits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of snarkVM 4.12.0: `MainnetV0::hash_psd8(&plaintext.to_fields_raw()?)` for the
    /// plaintexts that the comments show.
    #[test]
    fn pins_answers_of_the_virtual_machine() {
        let digest = |values: &[i128], name: &str, salt| {
            input_digest(&[(values, name.parse().unwrap())], salt).unwrap().to_string()
        };
        // [-1i8, -128i8, 127i8, 0i8, 5i8]
        assert_eq!(
            digest(&[-1, -128, 127, 0, 5], "i8", None),
            "5577928102098954158211415034340634268021537789646877768076389246652407070042"
        );
        // [-20015998343856i64, …]
        let values: Vec<_> = (0..33).map(|i| (i - 16) * 0x0123_4567_89ab).collect();
        assert_eq!(
            digest(&values, "i64", None),
            "4637409282148820302414463009560945427290168340551138139376074387943972802419"
        );
        // { x: [0u8, 1u8, 4u8, …], salt: 123456789012345678901234567890u128 }
        let values: Vec<_> = (0..784).map(|i| i * i % 256).collect();
        assert_eq!(
            digest(&values, "u8", Some(123_456_789_012_345_678_901_234_567_890)),
            "6800710011361040010897527204968694223515472000770587058017217341198003629465"
        );
        // { x: [-30000i16, …], salt: 340282366920938463463374607431768211455u128 }
        let values: Vec<_> = (0..64).map(|i| i * 977 - 30000).collect();
        assert_eq!(
            digest(&values, "i16", Some(u128::MAX)),
            "2436901672511795745869934443088404374680162113468457886648353671888129525171"
        );
    }

    #[test]
    fn matches_other_types_of_the_same_bits() {
        // A digest carries neither type nor count: the manifest must.
        let digest =
            |values: &[i128], name: &str| input_digest(&[(values, name.parse().unwrap())], None);
        assert_eq!(digest(&[1, 2], "u8"), digest(&[513], "u16"));
        assert_eq!(digest(&[-1], "i8"), digest(&[255], "u8"));
        assert_eq!(digest(&[7], "u8"), digest(&[7, 0, 0], "u8"));
        assert_ne!(digest(&[7], "u8"), digest(&[0, 7], "u8"));
    }

    #[test]
    fn rejects_integers_beyond_their_type() {
        let integer_type = "i8".parse().unwrap();
        let error = QuantError::OutsideType { value: 128, integer_type };
        assert_eq!(input_digest(&[(&[0, 128], integer_type)], None), Err(error));
    }
}
