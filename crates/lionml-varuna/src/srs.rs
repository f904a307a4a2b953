//! Structured reference strings: Aleo's ceremony, and a stand-in for development.

mod ceremony;
mod development;

use std::{
    fmt,
    io::{self, Cursor, Read},
    path::Path,
    sync::LazyLock,
};

use serde::{Deserialize, Serialize};
use snarkvm_curves::{
    AffineCurve, PairingCurve,
    bls12_377::{G1Affine, G2Affine},
};
use snarkvm_parameters::mainnet::MAX_NUM_POWERS;
use snarkvm_utilities::{CanonicalSerialize, FromBytes, SerializationError, ToBytes};

use crate::{
    Error,
    backend::{Parameters, UniversalVerifier},
    parameters::{powers_for, shifted_powers_for},
};

/// Which reference string keys and proofs belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SrsKind {
    /// The powers of Aleo's ceremony, whose secret nobody knows: what the networks verify against.
    Ceremony,
    /// Powers of a secret that stands in this crate. Insecure: anybody can forge any proof.
    Development,
}

impl fmt::Display for SrsKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ceremony => "ceremony",
            Self::Development => "development (insecure)",
        })
    }
}

/// A structured reference string with the powers that circuits up to some degree need.
#[derive(Clone, Debug)]
pub struct Srs {
    kind: SrsKind,
    max_degree: usize,
    parameters: Parameters,
}

impl Srs {
    /// The ceremony's powers for circuits up to this degree. Powers up to 2^15 are part of the
    /// program; larger ones are read from this directory, under the names that
    /// [`parameter_files`](crate::parameter_files) gives: those of `~/.aleo/resources`, where
    /// snarkVM keeps them. Nothing is downloaded: see [`fetch`](crate::fetch()).
    pub fn ceremony(max_degree: usize, directory: Option<&Path>) -> Result<Self, Error> {
        let parts =
            ceremony::parts(powers_for(max_degree), shifted_powers_for(max_degree), directory)?;
        Self::new(SrsKind::Ceremony, parts)
    }

    /// Insecure powers for circuits up to this degree, for tests, benchmarks and circuits beyond
    /// the ceremony's powers at hand: their secret stands in this crate. They take seconds to
    /// compute and are kept in the directory where one is given.
    pub fn development(max_degree: usize, directory: Option<&Path>) -> Result<Self, Error> {
        let parts =
            development::parts(powers_for(max_degree), shifted_powers_for(max_degree), directory)?;
        Self::new(SrsKind::Development, parts)
    }

    fn new(kind: SrsKind, parts: Parts) -> Result<Self, Error> {
        // A degree takes one power more, and a degree bound, which is below it, as many shifted
        // ones as it has.
        let max_degree = (parts.powers.count() - 1).min(parts.shifted_powers.count());
        let parameters = parts.assemble().map_err(broken)?;
        Ok(Self { kind, max_degree, parameters })
    }

    /// Whose powers these are.
    pub fn kind(&self) -> SrsKind {
        self.kind
    }

    /// The largest degree that the powers serve.
    pub fn max_degree(&self) -> usize {
        self.max_degree
    }

    pub(crate) fn parameters(&self) -> &Parameters {
        &self.parameters
    }
}

/// What proofs over a reference string are verified with: part of the program, whatever its size.
pub(crate) fn verifier(kind: SrsKind) -> Result<&'static UniversalVerifier, Error> {
    static CEREMONY: LazyLock<Result<UniversalVerifier, String>> =
        LazyLock::new(|| verifier_of(ceremony::first_power()));
    static DEVELOPMENT: LazyLock<Result<UniversalVerifier, String>> =
        LazyLock::new(|| verifier_of(development::parts(0, 0, None)));
    let verifier = match kind {
        SrsKind::Ceremony => &CEREMONY,
        SrsKind::Development => &DEVELOPMENT,
    };
    verifier.as_ref().map_err(|message| Error::BrokenParameters { source: message.as_str().into() })
}

fn verifier_of(parts: Result<Parts, Error>) -> Result<UniversalVerifier, String> {
    let parameters = parts.and_then(|parts| parts.assemble().map_err(broken));
    let verifier = parameters.map_err(|error| error.to_string())?.to_universal_verifier();
    verifier.map_err(|error| error.to_string())
}

fn broken(source: io::Error) -> Error {
    Error::BrokenParameters { source: source.into() }
}

/// Bytes of an uncompressed point of G1.
const POINT_BYTES: usize = 96;

/// A list of points in pieces, each without the length that snarkVM writes before a list.
struct Points(Vec<Vec<u8>>);

impl Points {
    fn count(&self) -> usize {
        self.0.iter().map(Vec::len).sum::<usize>() / POINT_BYTES
    }

    fn into_reader(self) -> Box<dyn Read> {
        let length = Cursor::new((self.count() as u64).to_le_bytes().to_vec());
        self.0
            .into_iter()
            .fold(Box::new(length), |reader, piece| Box::new(reader.chain(Cursor::new(piece))))
    }
}

/// A reference string in the encoding of snarkVM's parameters.
struct Parts {
    /// `β^i G` from `i = 0`.
    powers: Points,
    /// `β^i G` up to `i = 2^28 − 1`.
    shifted_powers: Points,
    /// A map from `i` to `β^i γ G`.
    powers_of_gamma: Vec<u8>,
    /// A map from degree bounds `d` to `β^(d − 2^28 + 1) H`.
    negative_powers: Vec<u8>,
    /// `β H`.
    beta_h: G2Affine,
}

impl Parts {
    /// The reference string. Bytes are the only way to make one of another size than snarkVM's.
    fn assemble(self) -> io::Result<Parameters> {
        let mut beta_h = Vec::new();
        self.beta_h.serialize_uncompressed(&mut beta_h)?;
        let h = G2Affine::prime_subgroup_generator();
        let mut rest = Vec::new();
        h.write_le(&mut rest)?;
        h.prepare().write_le(&mut rest)?;
        self.beta_h.prepare().write_le(&mut rest)?;
        let reader = self.powers.into_reader().chain(self.shifted_powers.into_reader());
        let reader = reader.chain(Cursor::new(self.powers_of_gamma));
        let reader = reader.chain(Cursor::new(self.negative_powers));
        Parameters::read_le(reader.chain(Cursor::new(beta_h)).chain(Cursor::new(rest)))
    }
}

fn uncompressed(points: &[G1Affine]) -> Result<Vec<u8>, SerializationError> {
    let mut bytes = Vec::with_capacity(points.len() * POINT_BYTES);
    points.iter().try_for_each(|point| point.serialize_uncompressed(&mut bytes))?;
    Ok(bytes)
}

/// The largest power.
const MAX_POWER: usize = MAX_NUM_POWERS - 1;
