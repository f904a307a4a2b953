//! The scalar field of BLS12-377, over which Varuna's circuits are written.

pub use snarkvm_curves::bls12_377::Fr;
pub use snarkvm_fields::{
    Field, One, PoseidonDefaultField, PoseidonParameters, PrimeField, SquareRootField, Zero,
};
use snarkvm_utilities::BigInteger256;

/// Bytes of a field element in its canonical little-endian form.
pub const FIELD_BYTES: usize = 32;

/// An integer as a field element; negative ones count down from the modulus.
pub fn from_i128(value: i128) -> Fr {
    let magnitude = Fr::from(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}

/// A power of two.
pub fn power_of_two(exponent: u32) -> Fr {
    Fr::from(2u64).pow([u64::from(exponent)])
}

/// The canonical representative, as little-endian limbs.
pub fn limbs(value: &Fr) -> [u64; 4] {
    value.to_bigint().0
}

/// The integer that a field element stands for where it lies within ±2^127.
pub fn to_i128(value: &Fr) -> Option<i128> {
    let low = |limbs: [u64; 4]| {
        let magnitude = u128::from(limbs[0]) | (u128::from(limbs[1]) << 64);
        (limbs[2] == 0 && limbs[3] == 0).then_some(magnitude)
    };
    match low(limbs(value)) {
        Some(magnitude) => i128::try_from(magnitude).ok(),
        None => low(limbs(&-*value))
            .and_then(|magnitude| i128::try_from(magnitude).ok())
            .map(|magnitude| -magnitude),
    }
}

/// The integer that a field element stands for, or its lowest 126 bits where it stands for none
/// that fits. Hints use it: they must go on whatever a lying prover feeds them, and the rows judge.
pub fn to_i128_or_low_bits(value: &Fr) -> i128 {
    to_i128(value).unwrap_or_else(|| {
        let limbs = limbs(value);
        i128::from(limbs[0]) | (i128::from(limbs[1] >> 2) << 64)
    })
}

/// The lowest `count` bits of the canonical representative.
pub fn low_bits(value: &Fr, count: usize) -> Vec<bool> {
    let limbs = limbs(value);
    (0..count).map(|i| i < 256 && limbs[i / 64] >> (i % 64) & 1 == 1).collect()
}

/// The canonical little-endian bytes.
pub fn to_bytes(value: &Fr) -> [u8; FIELD_BYTES] {
    let mut bytes = [0; FIELD_BYTES];
    for (chunk, limb) in bytes.chunks_exact_mut(8).zip(limbs(value)) {
        chunk.copy_from_slice(&limb.to_le_bytes());
    }
    bytes
}

/// The field element with these canonical little-endian bytes; none where they are not below the
/// modulus, so that every element has one encoding.
pub fn from_bytes(bytes: &[u8; FIELD_BYTES]) -> Option<Fr> {
    let mut limbs = [0u64; 4];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
        *limb = chunk.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte));
    }
    let value = Fr::from_bigint(BigInteger256::new(limbs))?;
    (to_bytes(&value) == *bytes).then_some(value)
}

/// The element with these 31 bytes, little-endian: always below the modulus.
pub fn from_31_bytes(bytes: &[u8; 31]) -> Fr {
    let base = Fr::from(256u64);
    bytes.iter().rev().fold(Fr::zero(), |value, &byte| value * base + Fr::from(u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_integers_both_ways() {
        for value in [0, 1, -1, 255, -256, i128::MAX, -i128::MAX, 1 << 100] {
            assert_eq!(to_i128(&from_i128(value)), Some(value));
        }
        assert_eq!(to_i128(&power_of_two(127)), None);
        assert_eq!(to_i128(&power_of_two(200)), None);
        assert_eq!(low_bits(&from_i128(5), 4), [true, false, true, false]);
    }

    #[test]
    fn rejects_second_encodings() {
        let value = from_i128(-3);
        assert_eq!(from_bytes(&to_bytes(&value)), Some(value));
        assert_eq!(from_bytes(&[255; 32]), None);
        let mut modulus = to_bytes(&-Fr::one());
        modulus[0] += 1;
        assert_eq!(from_bytes(&modulus), None);
        assert_eq!(from_31_bytes(&[1; 31]), {
            let mut bytes = [1; 32];
            bytes[31] = 0;
            from_bytes(&bytes).unwrap()
        });
    }
}
