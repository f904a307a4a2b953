//! Keys, proofs and certificates, and their bytes.
//!
//! | what | bytes |
//! |---|---|
//! | verifying key | 664: six sizes, 12 commitments with their number, the circuit's id |
//! | verifying key for Aleo | 673: version, verifying key, number of variables |
//! | proof | 956 for one instance, + 144 an instance, + 344 a circuit |
//! | proof for Aleo | one more: version, proof |
//! | certificate | 57 |
//!
//! Integers are little-endian. A proving key has no bytes: it is rebuilt from circuit, verifying
//! key and reference string ([`ProvingKey::rebuild`]).
//!
//! # Soundness
//!
//! snarkVM's own parser reads sizes that it then trusts, ignores what follows, and panics on some
//! bytes. So here lengths and sizes are checked before it sees them, and whatever it reads must
//! encode to the same bytes. Sizes and id of a key are not in a proof's transcript: a changed key
//! that parses can verify the same proof, so keys are compared by their bytes, never by id.

use std::{fmt, sync::Arc};

use lionml_r1cs::Circuit;
use snarkvm_algorithms::snark::varuna;
use snarkvm_curves::bls12_377::Bls12_377;
use snarkvm_utilities::{FromBytes, ToBytes};

use crate::{
    FormatError, SrsKind,
    backend::{CircuitKey, CircuitProver, guarded},
};

/// Bytes of a verifying key.
pub const VERIFYING_KEY_BYTES: usize = 6 * 8 + 8 + COMMITMENTS * POINT_BYTES + 32;

/// Bytes of a verifying key in Aleo's form.
pub const ALEO_VERIFYING_KEY_BYTES: usize = 1 + VERIFYING_KEY_BYTES + 8;

const CERTIFICATE_BYTES: usize = 8 + POINT_BYTES + 1;

/// The version that starts Aleo's form of keys and proofs.
const ALEO_VERSION: u8 = 1;

const COMMITMENTS: usize = 12;
const POINT_BYTES: usize = 48;
const FIELD_BYTES: usize = 32;

/// The most public values of a circuit, the constant one and padding included: more would cost a
/// verifier seconds.
pub const MAX_PUBLICS: usize = 1 << 16;

/// More rows, variables or non-zeros than this do not fit the ceremony's powers.
const MAX_SIZE: u64 = 1 << 28;

/// What a proof of a circuit is verified with. It pins the matrices and nothing else, and only for
/// who knows that it was made from them ([`verify_certificate`](crate::verify_certificate)).
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    pub(crate) key: CircuitKey,
    bytes: Vec<u8>,
}

impl VerifyingKey {
    pub(crate) fn new(key: CircuitKey) -> Result<Self, FormatError> {
        let bytes = encode("verifying key", &key)?;
        Ok(Self { key, bytes })
    }

    /// The number of public values, the constant one and padding included.
    pub fn publics(&self) -> usize {
        self.key.circuit_info.num_public_inputs
    }

    /// The bytes: [`VERIFYING_KEY_BYTES`].
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The key with these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FormatError> {
        check_length("verifying key", VERIFYING_KEY_BYTES, bytes)?;
        let [publics, variables, sizes @ ..] = [0, 1, 2, 3, 4, 5].map(|index| number(bytes, index));
        if !publics.is_power_of_two() || publics > MAX_PUBLICS as u64 {
            return Err(FormatError::Number { field: "number of public values", value: publics });
        }
        if variables <= publics || variables > MAX_SIZE {
            return Err(FormatError::Number { field: "number of variables", value: variables });
        }
        if let Some(value) = sizes.into_iter().find(|size| !(2..=MAX_SIZE).contains(size)) {
            return Err(FormatError::Number { field: "number of rows or non-zeros", value });
        }
        if number(bytes, 6) != COMMITMENTS as u64 {
            return Err(FormatError::Number {
                field: "number of commitments",
                value: number(bytes, 6),
            });
        }
        let key = decode("verifying key", bytes)?;
        Ok(Self { key, bytes: bytes.to_vec() })
    }

    /// The bytes that Aleo's `snark.verify` takes: [`ALEO_VERIFYING_KEY_BYTES`].
    pub fn to_aleo_bytes(&self) -> Vec<u8> {
        let variables = self.key.circuit_info.num_public_and_private_variables as u64;
        [&[ALEO_VERSION], self.as_bytes(), &variables.to_le_bytes()].concat()
    }

    /// The key with these bytes in Aleo's form.
    pub fn from_aleo_bytes(bytes: &[u8]) -> Result<Self, FormatError> {
        check_length("verifying key", ALEO_VERIFYING_KEY_BYTES, bytes)?;
        let rest = without_version(bytes)?;
        let (key, variables) = rest.split_at(VERIFYING_KEY_BYTES);
        // Nothing else reads this number: were it free, one key would have many encodings.
        if number(variables, 0) != number(key, 1) {
            let value = number(variables, 0);
            return Err(FormatError::Number { field: "number of variables", value });
        }
        Self::from_bytes(key)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({:?}, {})", self.key.circuit_info, self.key.id)
    }
}

/// What proofs of a circuit are made with: the circuit, its matrices as Varuna sees them and a
/// share of the reference string.
#[derive(Clone)]
pub struct ProvingKey {
    pub(crate) key: CircuitProver,
    pub(crate) circuit: Arc<Circuit>,
    pub(crate) srs: SrsKind,
}

impl ProvingKey {
    /// The circuit.
    pub fn circuit(&self) -> &Arc<Circuit> {
        &self.circuit
    }

    /// The reference string that the key belongs to.
    pub fn srs(&self) -> SrsKind {
        self.srs
    }

    pub(crate) fn verifying(&self) -> &CircuitKey {
        &self.key.circuit_verifying_key
    }
}

impl fmt::Debug for ProvingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProvingKey({}, {})", self.verifying().id, self.srs)
    }
}

/// One proof of a plan.
#[derive(Clone, PartialEq, Eq)]
pub struct Proof {
    pub(crate) proof: varuna::Proof<Bls12_377>,
    bytes: Vec<u8>,
}

impl Proof {
    pub(crate) fn new(proof: varuna::Proof<Bls12_377>) -> Result<Self, FormatError> {
        let bytes = encode("proof", &proof)?;
        Ok(Self { proof, bytes })
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The proof with these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FormatError> {
        let expected = proof_bytes(bytes).ok_or(FormatError::Malformed { what: "proof" })?;
        check_length("proof", expected, bytes)?;
        let proof = decode("proof", bytes)?;
        Ok(Self { proof, bytes: bytes.to_vec() })
    }

    /// The bytes that Aleo's `snark.verify` takes.
    pub fn to_aleo_bytes(&self) -> Vec<u8> {
        [&[ALEO_VERSION], self.as_bytes()].concat()
    }

    /// The proof with these bytes in Aleo's form.
    pub fn from_aleo_bytes(bytes: &[u8]) -> Result<Self, FormatError> {
        Self::from_bytes(without_version(bytes)?)
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proof({:?} instances)", self.proof.batch_sizes())
    }
}

/// The length of a proof of as many circuits and instances as its first bytes declare, or none
/// where the bytes cannot hold that many.
fn proof_bytes(bytes: &[u8]) -> Option<usize> {
    let circuits = usize::try_from(read_number(bytes, 0)?).ok()?;
    if circuits == 0 || circuits > bytes.len() / 8 {
        return None;
    }
    let mut instances = 0usize;
    for index in 1..=circuits {
        let count = usize::try_from(read_number(bytes, index)?).ok()?;
        instances = instances.checked_add(count).filter(|&n| count > 0 && n <= bytes.len())?;
    }
    // Of one circuit and one instance: their numbers, whether the proof hides, eight commitments
    // with the mask's, ten field elements, and three openings of which one carries an element.
    let one = 16 + 1 + 9 * POINT_BYTES + 10 * FIELD_BYTES + 8 + 3 * (POINT_BYTES + 1) + FIELD_BYTES;
    let circuit = 8 + 3 * POINT_BYTES + 6 * FIELD_BYTES;
    let instance = POINT_BYTES + 3 * FIELD_BYTES;
    Some(one + (circuits - 1) * circuit + (instances - 1) * instance)
}

/// Shows that a verifying key was made from a circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    pub(crate) certificate: varuna::Certificate<Bls12_377>,
    bytes: Vec<u8>,
}

impl Certificate {
    pub(crate) fn new(certificate: varuna::Certificate<Bls12_377>) -> Result<Self, FormatError> {
        let bytes = encode("certificate", &certificate)?;
        Ok(Self { certificate, bytes })
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The certificate with these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FormatError> {
        check_length("certificate", CERTIFICATE_BYTES, bytes)?;
        if number(bytes, 0) != 1 {
            return Err(FormatError::Number {
                field: "number of openings",
                value: number(bytes, 0),
            });
        }
        let certificate = decode("certificate", bytes)?;
        Ok(Self { certificate, bytes: bytes.to_vec() })
    }
}

fn check_length(what: &'static str, expected: usize, bytes: &[u8]) -> Result<(), FormatError> {
    match bytes.len() {
        got if got == expected => Ok(()),
        got => Err(FormatError::Length { what, expected, got }),
    }
}

fn without_version(bytes: &[u8]) -> Result<&[u8], FormatError> {
    match bytes {
        [ALEO_VERSION, rest @ ..] => Ok(rest),
        [version, ..] => Err(FormatError::Number { field: "version", value: (*version).into() }),
        [] => Err(FormatError::Malformed { what: "version" }),
    }
}

/// The `index`-th 64-bit number, where the bytes reach that far.
fn read_number(bytes: &[u8], index: usize) -> Option<u64> {
    let bytes = bytes.get(index.checked_mul(8)?..)?.first_chunk()?;
    Some(u64::from_le_bytes(*bytes))
}

/// [`read_number`] of bytes whose length is checked.
fn number(bytes: &[u8], index: usize) -> u64 {
    read_number(bytes, index).unwrap_or_default()
}

fn encode(what: &'static str, value: &impl ToBytes) -> Result<Vec<u8>, FormatError> {
    value.to_bytes_le().map_err(|_| FormatError::Malformed { what })
}

/// The value with these bytes, points checked to be in their group, if they are its encoding.
fn decode<T: FromBytes + ToBytes>(what: &'static str, bytes: &[u8]) -> Result<T, FormatError> {
    let value: T = guarded(|| T::read_le(bytes)).map_err(|_| FormatError::Malformed { what })?;
    // snarkVM accepts flags and padding that it does not write: one value must have one encoding.
    match encode(what, &value)? {
        encoded if encoded == bytes => Ok(value),
        _ => Err(FormatError::Malformed { what }),
    }
}
