//! The instance of Varuna that Aleo's networks run, and the fence around it.

use std::{
    error::Error,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::LazyLock,
};

use snarkvm_algorithms::{
    AlgebraicSponge,
    crypto_hash::PoseidonSponge,
    polycommit::sonic_pc::{SonicKZG10, UniversalParams},
    snark::varuna::{
        CircuitProvingKey, CircuitVerifyingKey, VarunaHidingMode, VarunaSNARK, VarunaVersion, ahp,
    },
    srs,
};
use snarkvm_curves::bls12_377::{Bls12_377, Fq, Fr};

pub(crate) type Sponge = PoseidonSponge<Fq, 2, 1>;
pub(crate) type Varuna = VarunaSNARK<Bls12_377, Sponge, VarunaHidingMode>;
pub(crate) type Ahp = ahp::AHPForR1CS<Fr, VarunaHidingMode>;
pub(crate) type Commitments = SonicKZG10<Bls12_377, Sponge>;
pub(crate) type Parameters = UniversalParams<Bls12_377>;
pub(crate) type UniversalProver = srs::UniversalProver<Bls12_377>;
pub(crate) type UniversalVerifier = srs::UniversalVerifier<Bls12_377>;
pub(crate) type CircuitKey = CircuitVerifyingKey<Bls12_377>;
pub(crate) type CircuitProver = CircuitProvingKey<Bls12_377, VarunaHidingMode>;

/// V2's transcript leaves challenges fixed that V3 samples: nothing else is made or accepted.
pub(crate) const VERSION: VarunaVersion = VarunaVersion::V3;

/// The constants of the Fiat-Shamir sponge: those of Aleo's networks.
pub(crate) static SPONGE: LazyLock<<Sponge as AlgebraicSponge<Fq, 2>>::Parameters> =
    LazyLock::new(Sponge::sample_parameters);

pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// Calls into snarkVM; a panic there, which bytes from outside can cause, becomes an error.
pub(crate) fn guarded<T, E: Into<Failure>>(
    call: impl FnOnce() -> Result<T, E>,
) -> Result<T, Failure> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(Into::into),
        Err(_) => Err("snarkVM panicked".into()),
    }
}
