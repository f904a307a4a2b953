//! Powers of a public secret: insecure by construction.
//!
//! With the secret β anybody opens a commitment to any value, so a proof over these powers proves
//! nothing. They are the same on every machine, so that keys made for development are too.
//!
//! # Soundness
//!
//! The generator is not the ceremony's, and nobody knows its logarithm to that. With the same
//! generator `G`, a commitment `p(β)·G` of a development key would also be the *ceremony's*
//! commitment to the constant `p(β)`, which everybody knows and can open: whether a proof for such
//! a key could be made to pass the ceremony's verifier, and the key be taken for a ceremony key,
//! would hang on the constants. Over another generator the commitments cannot be opened there.

use std::{collections::BTreeMap, path::Path};

use lionml_r1cs::{
    Digest, Fr,
    field::{Field, One, PrimeField},
};
use rayon::prelude::*;
use sha2::Digest as _;
use snarkvm_curves::{
    AffineCurve, ProjectiveCurve,
    bls12_377::{Fq, G1Affine, G1Projective, G2Affine},
};
use snarkvm_fields::Zero;
use snarkvm_utilities::CanonicalSerialize;

use super::{MAX_POWER, POINT_BYTES, Parts, Points, uncompressed};
use crate::Error;

/// The public secret β.
fn insecure_beta() -> Fr {
    Digest::of(b"lionml insecure development srs 1: beta").to_field()
}

/// The public secret γ.
fn insecure_gamma() -> Fr {
    Digest::of(b"lionml insecure development srs 1: gamma").to_field()
}

/// A generator of G1 whose logarithm nobody knows: the first hash that is a coordinate of a point.
fn generator() -> Option<G1Affine> {
    (0..=u8::MAX).find_map(|attempt| {
        let seed =
            [b"lionml insecure development srs 1: generator".as_slice(), &[attempt]].concat();
        let x = Fq::from_bytes_le_mod_order(&Digest::of(&seed).0);
        let point = G1Affine::from_x_coordinate(x, false)?.mul_by_cofactor();
        (!point.is_zero()).then_some(point)
    })
}

/// Two-to-these many powers, read from the directory where they were kept, else computed.
pub(super) fn parts(powers: u32, shifted: u32, directory: Option<&Path>) -> Result<Parts, Error> {
    let limit = MAX_POWER.ilog2();
    if let Some(needed) = [powers, shifted].into_iter().find(|&exponent| exponent > limit) {
        return Err(Error::DegreeTooLarge { needed, limit });
    }
    let generator = generator().ok_or(Error::BrokenParameters { source: "no generator".into() })?;
    let (beta, base) = (insecure_beta(), G1Projective::from(generator));
    let cached = |name: &str, exponent: u32, first: usize| {
        let count = 1usize << exponent;
        let name = format!("insecure-development-{name}-1-{exponent}");
        kept(directory, &name, count * POINT_BYTES, || {
            uncompressed(&multiples(base, &geometric(power(beta, first), beta, count)))
                .map_err(|source| Error::BrokenParameters { source: source.into() })
        })
    };
    let powers = cached("powers", powers, 0)?;
    let shifted_powers = cached("shifted-powers", shifted, MAX_POWER + 1 - (1 << shifted))?;

    // Degree bounds are two less than powers of two; each hides with the three powers at its shift.
    let bounds = (1..=27).map(|k| (1usize << k) - 2);
    let shifts = bounds.clone().flat_map(|bound| (0..3).map(move |i| MAX_POWER - bound + i));
    let indices: Vec<usize> = (0..3).chain(shifts).collect();
    let scalars: Vec<Fr> =
        indices.iter().map(|&index| insecure_gamma() * power(beta, index)).collect();
    let powers_of_gamma: BTreeMap<usize, G1Affine> =
        indices.into_iter().zip(multiples(base, &scalars)).collect();

    let inverse = beta.inverse().unwrap_or_else(Fr::one);
    let h = G2Affine::prime_subgroup_generator().to_projective();
    let negative_powers: BTreeMap<usize, G2Affine> =
        bounds.map(|bound| (bound, (h * power(inverse, MAX_POWER - bound)).into())).collect();
    Ok(Parts {
        powers: Points(vec![powers]),
        shifted_powers: Points(vec![shifted_powers]),
        powers_of_gamma: serialized(&powers_of_gamma)?,
        negative_powers: serialized(&negative_powers)?,
        beta_h: (h * beta).into(),
    })
}

fn serialized(value: &impl CanonicalSerialize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    value
        .serialize_uncompressed(&mut bytes)
        .map_err(|source| Error::BrokenParameters { source: source.into() })?;
    Ok(bytes)
}

fn power(base: Fr, exponent: usize) -> Fr {
    base.pow([exponent as u64])
}

fn geometric(first: Fr, ratio: Fr, count: usize) -> Vec<Fr> {
    std::iter::successors(Some(first), |term| Some(*term * ratio)).take(count).collect()
}

const WINDOW_BITS: usize = 11;
const SCALAR_BITS: usize = 253;

/// Multiples of one point, from tables of its multiples by each digit of a scalar.
fn multiples(base: G1Projective, scalars: &[Fr]) -> Vec<G1Affine> {
    if scalars.len() < 1 << WINDOW_BITS {
        let products = scalars.par_iter().map(|scalar| base * *scalar).collect();
        return G1Projective::batch_normalization_into_affine(products);
    }
    let shift = power(Fr::from(2u64), WINDOW_BITS);
    let bases = geometric(Fr::one(), shift, SCALAR_BITS.div_ceil(WINDOW_BITS));
    let table = |scalar: &Fr| {
        let base = base * *scalar;
        let multiples = std::iter::successors(Some(G1Projective::zero()), |sum| Some(*sum + base));
        let multiples = multiples.take(1 << WINDOW_BITS).collect();
        G1Projective::batch_normalization_into_affine(multiples)
    };
    let tables: Vec<Vec<G1Affine>> = bases.par_iter().map(table).collect();
    let multiple = |scalar: &Fr| {
        let mut sum = G1Projective::zero();
        for (digit, table) in digits(scalar).zip(&tables) {
            sum.add_assign_mixed(&table[digit]);
        }
        sum
    };
    let chunk = |scalars: &[Fr]| {
        G1Projective::batch_normalization_into_affine(scalars.iter().map(multiple).collect())
    };
    scalars.par_chunks(1 << WINDOW_BITS).flat_map_iter(chunk).collect()
}

/// The digits of a scalar to the base of a window, lowest first.
fn digits(scalar: &Fr) -> impl Iterator<Item = usize> {
    let bits = lionml_r1cs::field::low_bits(scalar, SCALAR_BITS);
    (0..SCALAR_BITS.div_ceil(WINDOW_BITS)).map(move |digit| {
        let window = bits.iter().skip(digit * WINDOW_BITS).take(WINDOW_BITS);
        window.enumerate().map(|(i, &bit)| usize::from(bit) << i).sum()
    })
}

/// Bytes from a file with their checksum at its end; computed and written where it does not hold
/// them. A part of them, from a write that was interrupted or one that is not done, is none.
fn kept(
    directory: Option<&Path>,
    name: &str,
    size: usize,
    compute: impl FnOnce() -> Result<Vec<u8>, Error>,
) -> Result<Vec<u8>, Error> {
    let Some(directory) = directory else { return compute() };
    let path = directory.join(name);
    if let Ok(mut bytes) = fs_err::read(&path)
        && bytes.len() == size + 32
        && bytes.split_off(size) == sha2::Sha256::digest(&bytes).as_slice()
    {
        return Ok(bytes);
    }
    let mut bytes = compute()?;
    bytes.extend(sha2::Sha256::digest(&bytes));
    let written = fs_err::create_dir_all(directory).and_then(|()| fs_err::write(&path, &bytes));
    bytes.truncate(size);
    if written.is_err() {
        // What cannot be kept is computed again, and a part of it only takes room.
        let _ = fs_err::remove_file(&path);
    }
    Ok(bytes)
}
