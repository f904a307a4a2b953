//! The files that hold the ceremony's powers: names, sizes and checksums.

use std::path::Path;

use serde::Deserialize;
use snarkvm_parameters::mainnet;

use crate::Error;

/// Powers up to two to this, and shifted powers up to twice as many, are part of the program.
pub(crate) const EMBEDDED_POWERS: u32 = 15;
pub(crate) const EMBEDDED_SHIFTED_POWERS: u32 = 16;

/// The largest file that the parameters' crate describes.
const MAX_POWERS: u32 = 25;

/// A file of the ceremony's powers, as Aleo publishes it and snarkVM caches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterFile {
    /// The name, both in the cache directory and at the server.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its SHA-256, in hexadecimal.
    pub checksum: String,
}

#[derive(Deserialize)]
struct Metadata {
    checksum: String,
    size: u64,
}

/// Powers `β^i G` for `i` below two to this: what polynomials of the degree need.
pub(crate) fn powers_for(max_degree: usize) -> u32 {
    log2_ceil(max_degree.saturating_add(1))
}

/// Powers `β^i G` for the last two-to-this `i` below 2^28: what degree bounds need, which are
/// below the degree.
pub(crate) fn shifted_powers_for(max_degree: usize) -> u32 {
    log2_ceil(max_degree)
}

fn log2_ceil(n: usize) -> u32 {
    n.max(1).checked_next_power_of_two().map_or(usize::BITS, usize::trailing_zeros)
}

/// The files beyond those embedded in the program that circuits of this degree need
/// ([`lionml_r1cs::Cost::max_degree`]); none where the embedded ones suffice.
pub fn parameter_files(max_degree: usize) -> Result<Vec<ParameterFile>, Error> {
    let (powers, shifted) = (powers_for(max_degree), shifted_powers_for(max_degree));
    if powers > MAX_POWERS {
        return Err(Error::DegreeTooLarge { needed: powers, limit: MAX_POWERS });
    }
    let powers = (EMBEDDED_POWERS + 1..=powers).map(powers_file);
    let shifted = (EMBEDDED_SHIFTED_POWERS + 1..=shifted).map(shifted_powers_file);
    powers.chain(shifted).collect()
}

/// Those of [`parameter_files`] that are not in a directory.
pub fn missing_files(
    max_degree: usize,
    directory: Option<&Path>,
) -> Result<Vec<ParameterFile>, Error> {
    let mut files = parameter_files(max_degree)?;
    files.retain(|file| !file.is_in(directory));
    Ok(files)
}

impl ParameterFile {
    /// Whether a file of this name is there; what it holds is checked when it is read.
    pub(crate) fn is_in(&self, directory: Option<&Path>) -> bool {
        directory.is_some_and(|directory| directory.join(&self.name).is_file())
    }
}

/// The file with the powers from half of two-to-this to two-to-this.
pub(crate) fn powers_file(exponent: u32) -> Result<ParameterFile, Error> {
    let metadata = match exponent {
        16 => mainnet::Degree16::METADATA,
        17 => mainnet::Degree17::METADATA,
        18 => mainnet::Degree18::METADATA,
        19 => mainnet::Degree19::METADATA,
        20 => mainnet::Degree20::METADATA,
        21 => mainnet::Degree21::METADATA,
        22 => mainnet::Degree22::METADATA,
        23 => mainnet::Degree23::METADATA,
        24 => mainnet::Degree24::METADATA,
        25 => mainnet::Degree25::METADATA,
        needed => return Err(Error::DegreeTooLarge { needed, limit: MAX_POWERS }),
    };
    describe(&format!("powers-of-beta-{exponent}"), metadata)
}

/// The file with the powers from the last two-to-this to the last half of that.
pub(crate) fn shifted_powers_file(exponent: u32) -> Result<ParameterFile, Error> {
    let metadata = match exponent {
        17 => mainnet::ShiftedDegree17::METADATA,
        18 => mainnet::ShiftedDegree18::METADATA,
        19 => mainnet::ShiftedDegree19::METADATA,
        20 => mainnet::ShiftedDegree20::METADATA,
        21 => mainnet::ShiftedDegree21::METADATA,
        22 => mainnet::ShiftedDegree22::METADATA,
        23 => mainnet::ShiftedDegree23::METADATA,
        24 => mainnet::ShiftedDegree24::METADATA,
        25 => mainnet::ShiftedDegree25::METADATA,
        needed => return Err(Error::DegreeTooLarge { needed, limit: MAX_POWERS }),
    };
    describe(&format!("shifted-powers-of-beta-{exponent}"), metadata)
}

fn describe(stem: &str, metadata: &str) -> Result<ParameterFile, Error> {
    let Metadata { checksum, size } = serde_json::from_str(metadata)
        .map_err(|source| Error::BrokenParameters { source: source.into() })?;
    let name = format!("{stem}.usrs.{}", checksum.get(..7).unwrap_or_default());
    Ok(ParameterFile { name, size, checksum })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(max_degree: usize) -> Vec<String> {
        parameter_files(max_degree).unwrap().into_iter().map(|file| file.name).collect()
    }

    #[test]
    fn pins_the_files_of_a_degree() {
        assert!(names((1 << 15) - 1).is_empty());
        assert_eq!(names(1 << 15), ["powers-of-beta-16.usrs.84631bc"]);
        assert_eq!(
            names(1 << 17),
            [
                "powers-of-beta-16.usrs.84631bc",
                "powers-of-beta-17.usrs.7c27308",
                "powers-of-beta-18.usrs.7a12bcb",
                "shifted-powers-of-beta-17.usrs.2025178",
            ]
        );
        assert!(parameter_files((1 << 25) - 1).is_ok());
        let refused = parameter_files(1 << 25);
        assert!(matches!(refused, Err(Error::DegreeTooLarge { needed: 26, limit: 25 })));
        assert!(parameter_files(usize::MAX).is_err());
    }
}
