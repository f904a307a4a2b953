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
#[derive(Clone)]
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

impl fmt::Debug for Srs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Srs({}, degree {})", self.kind, self.max_degree)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use lionml_r1cs::{Builder, Linear, field::from_i128};
    use snarkvm_curves::{PairingEngine, bls12_377::Bls12_377};
    use snarkvm_utilities::CanonicalDeserialize;

    use super::*;
    use crate::{Error, prove, setup, verify};

    fn points(points: &Points) -> Vec<G1Affine> {
        let all = points.0.concat();
        let point = |bytes| G1Affine::deserialize_uncompressed(bytes).unwrap();
        all.chunks_exact(POINT_BYTES).map(point).collect()
    }

    /// Whether `high = β · low`.
    fn is_next(low: G1Affine, high: G1Affine, beta_h: G2Affine) -> bool {
        let h = G2Affine::prime_subgroup_generator();
        Bls12_377::pairing(low, beta_h) == Bls12_377::pairing(high, h)
    }

    fn check(parts: &Parts) {
        let (powers, shifted) = (points(&parts.powers), points(&parts.shifted_powers));
        for powers in [&powers, &shifted] {
            for i in [0, 1, powers.len() / 2 - 1, powers.len() - 2] {
                assert!(is_next(powers[i], powers[i + 1], parts.beta_h), "power {i}");
            }
        }
        let gamma: BTreeMap<usize, G1Affine> =
            BTreeMap::deserialize_uncompressed(&*parts.powers_of_gamma).unwrap();
        let negative: BTreeMap<usize, G2Affine> =
            BTreeMap::deserialize_uncompressed(&*parts.negative_powers).unwrap();
        assert!(is_next(gamma[&0], gamma[&1], parts.beta_h));
        for k in 1..=27 {
            let bound = (1 << k) - 2;
            let (shift, negative) = (MAX_POWER - bound, negative[&bound]);
            let h = G2Affine::prime_subgroup_generator();
            let shifted_back = Bls12_377::pairing(gamma[&shift], negative);
            assert_eq!(shifted_back, Bls12_377::pairing(gamma[&0], h), "bound {bound}");
            assert!(is_next(gamma[&shift], gamma[&(shift + 1)], parts.beta_h));
            if bound < shifted.len() {
                let power = shifted[shifted.len() - 1 - bound];
                let shifted_back = Bls12_377::pairing(power, negative);
                assert_eq!(shifted_back, Bls12_377::pairing(powers[0], h), "shifted {bound}");
            }
        }
        assert_eq!(negative.len(), 27);
    }

    #[test]
    fn matches_one_secret_in_all_powers() {
        check(&development::parts(12, 4, None).unwrap());
        // Two files of shifted powers, the lower one first.
        check(&ceremony::parts(15, 16, None).unwrap());
    }

    #[test]
    fn pins_the_development_generator_apart_from_the_ceremony() {
        let [ceremony, development] =
            [SrsKind::Ceremony, SrsKind::Development].map(|kind| verifier(kind).unwrap());
        assert_ne!(ceremony.vk.g, development.vk.g);
        assert_eq!(ceremony.vk.g, G1Affine::prime_subgroup_generator());
        assert!(development.vk.g.is_in_correct_subgroup_assuming_on_curve());
        assert_ne!(ceremony.vk.beta_h, development.vk.beta_h);
    }

    #[test]
    fn accepts_kept_powers_and_recomputes_broken_ones() {
        let directory = tempfile::tempdir().unwrap();
        let name = directory.path().join("insecure-development-powers-1-5");
        let parts = || development::parts(5, 4, Some(directory.path())).unwrap();
        let first = parts();
        let kept = fs_err::read(&name).unwrap();
        assert_eq!(kept.len(), 32 * POINT_BYTES + 32);
        assert_eq!(parts().powers.0, first.powers.0);
        for broken in [&kept[1..], &[&[kept[0] ^ 1], &kept[1..]].concat()] {
            fs_err::write(&name, broken).unwrap();
            assert_eq!(parts().powers.0, first.powers.0);
            assert_eq!(fs_err::read(&name).unwrap(), kept);
        }
        assert_eq!(fs_err::read_dir(directory.path()).unwrap().count(), 2);
    }

    #[test]
    fn rejects_circuits_beyond_the_powers() {
        let mut builder = Builder::new();
        let x: Linear = builder.private_input().into();
        let square = builder.product("square", &x, &x);
        builder.public_output("y", &square);
        let (circuit, program) = builder.finish();
        let circuit = std::sync::Arc::new(circuit);
        let degree = circuit.cost().max_degree();
        let small = Srs::development(degree - 1, None).unwrap();
        assert!(matches!(setup(&small, &circuit), Err(Error::DegreeTooSmall { .. })));
        // The degree that the cost model says is enough.
        let srs = Srs::development(degree, None).unwrap();
        assert_eq!(srs.max_degree(), degree);
        let keys = setup(&srs, &circuit).unwrap();
        let witness = [program.solve(&[from_i128(3)]).unwrap()];
        let mut rng: rand::rngs::StdRng = rand::SeedableRng::seed_from_u64(1);
        let proof = prove(&[(&keys.proving, &witness)], &mut rng).unwrap();
        let publics = [witness[0].public.clone()];
        let kind = verify(&[(&keys.verifying, &publics)], &proof).unwrap();
        assert_eq!(kind, SrsKind::Development);
    }
}
