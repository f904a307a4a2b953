//! The powers of Aleo's ceremony, embedded and from files.

use std::path::Path;

use sha2::{Digest, Sha256};
use snarkvm_curves::bls12_377::G2Affine;
use snarkvm_parameters::{ParameterError, mainnet};
use snarkvm_utilities::CanonicalDeserialize;

use super::{POINT_BYTES, Parts, Points};
use crate::{
    Error, ParameterFile,
    parameters::{EMBEDDED_POWERS, EMBEDDED_SHIFTED_POWERS, powers_file, shifted_powers_file},
};

/// The ceremony's powers: two to these counts, or all embedded ones if that is more.
pub(super) fn parts(powers: u32, shifted: u32, directory: Option<&Path>) -> Result<Parts, Error> {
    let mut files = Vec::new();
    for exponent in EMBEDDED_POWERS + 1..=powers {
        files.push(powers_file(exponent)?);
    }
    let before_shifted = files.len();
    for exponent in (EMBEDDED_SHIFTED_POWERS + 1..=shifted).rev() {
        files.push(shifted_powers_file(exponent)?);
    }
    check_presence(powers, &files, directory)?;
    let mut pieces = files.iter().map(|file| read(file, directory));

    let mut powers = vec![embedded(mainnet::Degree15::load_bytes())?];
    for piece in pieces.by_ref().take(before_shifted) {
        powers.push(piece?);
    }
    // The files of shifted powers go down from 2^28: the largest exponent comes first.
    let mut shifted_powers = pieces.collect::<Result<Vec<_>, _>>()?;
    if shifted > EMBEDDED_POWERS {
        shifted_powers.push(embedded(mainnet::ShiftedDegree16::load_bytes())?);
    }
    shifted_powers.push(embedded(mainnet::ShiftedDegree15::load_bytes())?);
    around(Points(powers), Points(shifted_powers))
}

/// What a verifier needs: the first power.
pub(super) fn first_power() -> Result<Parts, Error> {
    let mut powers = embedded(mainnet::Degree15::load_bytes())?;
    powers.truncate(POINT_BYTES);
    // Some shifted power must be there, and none is looked at.
    around(Points(vec![powers.clone()]), Points(vec![powers]))
}

fn around(powers: Points, shifted_powers: Points) -> Result<Parts, Error> {
    let beta_h = mainnet::BetaH::load_bytes().map_err(unreadable)?;
    let beta_h = G2Affine::deserialize_uncompressed_unchecked(&*beta_h)
        .map_err(|source| Error::BrokenParameters { source: source.into() })?;
    Ok(Parts {
        powers,
        shifted_powers,
        powers_of_gamma: mainnet::Gamma::load_bytes().map_err(unreadable)?,
        negative_powers: mainnet::NegBeta::load_bytes().map_err(unreadable)?,
        beta_h,
    })
}

fn unreadable(source: ParameterError) -> Error {
    Error::BrokenParameters { source: source.into() }
}

fn embedded(bytes: Result<Vec<u8>, ParameterError>) -> Result<Vec<u8>, Error> {
    bytes.map(without_length).map_err(unreadable)
}

/// The points of a file, which starts with their number.
fn without_length(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.drain(..bytes.len().min(8));
    bytes
}

fn check_presence(
    power: u32,
    files: &[ParameterFile],
    directory: Option<&Path>,
) -> Result<(), Error> {
    let missing = files.iter().filter(|file| !file.is_in(directory));
    let missing: Vec<_> = missing.map(|file| file.name.clone()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::MissingPowers { power, files: missing, directory: directory.map(Path::to_owned) })
}

fn read(file: &ParameterFile, directory: Option<&Path>) -> Result<Vec<u8>, Error> {
    let path = directory.unwrap_or(Path::new("")).join(&file.name);
    let bytes = fs_err::read(&path)?;
    // Wrong powers make keys that nobody else's verifier knows: the name is not enough.
    if format!("{:x}", Sha256::digest(&bytes)) != file.checksum {
        return Err(Error::CorruptFile { path });
    }
    Ok(without_length(bytes))
}
