//! Keys and proofs of transpiled circuits, by snarkVM alone: for each, a line of the circuit's
//! digest, the verifying key and a proof.

mod digits;
mod mnist;
/// [`mnist`] with another coefficient in its file.
mod tampered;

use std::{collections::BTreeMap, error::Error, fs};

use snarkvm_algorithms::{
    AlgebraicSponge,
    crypto_hash::PoseidonSponge,
    r1cs::{ConstraintSynthesizer, ConstraintSystem, SynthesisError},
    snark::varuna::{VarunaHidingMode, VarunaSNARK, VarunaVersion},
    srs::UniversalProver,
    traits::SNARK,
};
use snarkvm_curves::bls12_377::{Bls12_377, Fq, Fr};
use snarkvm_utilities::ToBytes;

type Sponge = PoseidonSponge<Fq, 2, 1>;
type Varuna = VarunaSNARK<Bls12_377, Sponge, VarunaHidingMode>;

/// The degree of the powers that are part of snarkVM.
const MAX_DEGREE: usize = (1 << 15) - 1;

/// Either circuit: snarkVM's code is compiled for one type.
enum Circuit {
    Digits(digits::Circuit),
    Mnist(mnist::Circuit),
}

impl ConstraintSynthesizer<Fr> for Circuit {
    fn generate_constraints<CS: ConstraintSystem<Fr>>(
        &self,
        cs: &mut CS,
    ) -> Result<(), SynthesisError> {
        match self {
            Self::Digits(circuit) => circuit.generate_constraints(cs),
            Self::Mnist(circuit) => circuit.generate_constraints(cs),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let witness = digits::Assignment::from_bytes(&fs::read("digits.witness")?);
    let proved = digits::Circuit::new(witness.ok_or("no witness of this circuit")?);
    let keys = prove(Circuit::Digits(digits::Circuit::default()), Circuit::Digits(proved))?;
    println!("{} {keys}", digits::circuit_digest()?);

    let witness = mnist::Assignment::from_bytes(&fs::read("mnist.witness")?);
    let proved = mnist::Circuit::new(witness.ok_or("no witness of this circuit")?);
    let keys = prove(Circuit::Mnist(mnist::Circuit::default()), Circuit::Mnist(proved))?;
    println!("{} {keys}", mnist::circuit_digest()?);

    println!("{}", tampered::circuit_digest().err().ok_or("tampering passes")?);
    Ok(())
}

/// The verifying key of a circuit and a proof of it with values.
fn prove(circuit: Circuit, proved: Circuit) -> Result<String, Box<dyn Error>> {
    let srs = Varuna::universal_setup(MAX_DEGREE)?;
    let (proving, verifying) = Varuna::circuit_setup(&srs, &circuit)?;
    let universal = UniversalProver { max_degree: MAX_DEGREE, _unused: None };
    let proof = Varuna::prove_batch(
        &universal,
        &Sponge::sample_parameters(),
        VarunaVersion::V3,
        &BTreeMap::from([(&proving, &[proved][..])]),
        &mut rand::rng(),
    )?;
    Ok(format!("{} {}", hex(&verifying.to_bytes_le()?), hex(&proof.to_bytes_le()?)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
