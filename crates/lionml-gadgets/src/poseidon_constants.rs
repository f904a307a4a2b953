//! The constants of Aleo's Poseidon with eight elements a block.
//!
//! snarkVM's field crate derives them from the Grain register of the Poseidon paper; the same call
//! serves Aleo's virtual machine, so they are taken from there and not copied. Their digest is
//! pinned: a release that changes them would change the meaning of every circuit that hashes, and
//! must fail a test first.

use std::sync::LazyLock;

use lionml_r1cs::{
    Fr,
    field::{PoseidonDefaultField, PoseidonParameters, from_31_bytes},
};

/// Elements that a block absorbs.
pub(crate) const RATE: usize = 8;

/// Elements of the state: one of capacity, then those of the rate.
pub(crate) const WIDTH: usize = RATE + 1;

/// The domain under which Leo's `Poseidon8` hashes.
const DOMAIN: &[u8; 13] = b"AleoPoseidon8";

/// Round constants, matrix and numbers of rounds.
#[expect(clippy::expect_used, reason = "the field has an entry for this rate, and a test asks")]
pub(crate) static PARAMETERS: LazyLock<PoseidonParameters<Fr, RATE, 1>> =
    LazyLock::new(|| Fr::default_poseidon_parameters().expect("constants of rate eight"));

/// The block that precedes the data: domain, number of elements, zeros.
pub(crate) fn header(elements: usize) -> [Fr; RATE] {
    let mut domain = [0; 31];
    domain[..DOMAIN.len()].copy_from_slice(DOMAIN);
    let mut header = [Fr::from(0u64); RATE];
    header[0] = from_31_bytes(&domain);
    header[1] = Fr::from(elements as u64);
    header
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::{Digest, field::to_bytes};

    use super::*;

    #[test]
    fn pins_constants() {
        let PoseidonParameters { full_rounds, partial_rounds, alpha, ark, mds } = &*PARAMETERS;
        assert_eq!((*full_rounds, *partial_rounds, *alpha), (8, 31, 17));
        assert_eq!((ark.len(), mds.len()), (8 + 31, WIDTH));
        assert!(ark.iter().chain(mds).all(|row| row.len() == WIDTH));
        let bytes: Vec<u8> = ark.iter().chain(mds).flatten().flat_map(to_bytes).collect();
        let digest = "9a99d775c5df7a91d7ac999da5e03edab7bc02630eaf4889e85a345341491cbd";
        assert_eq!(Digest::of(&bytes).to_string(), digest);
    }
}
