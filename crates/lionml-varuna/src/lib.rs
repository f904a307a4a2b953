//! Set-up, proofs and verification with Varuna, the SNARK of snarkVM.
//!
//! ```text
//! Circuit ──setup(srs)──▶ ProvingKey, VerifyingKey, Certificate
//! [(ProvingKey, witnesses)] ──prove──▶ Proof
//! [(VerifyingKey, public values)], Proof ──verify──▶ SrsKind
//! ```
//!
//! The unit of proof is a plan: circuits, each with its instances, in one proof. This is the only
//! crate that names snarkVM's prover; snarkVM's panics are caught here and nowhere else.
//!
//! # Soundness
//!
//! Varuna V3 only, in both directions: V2 leaves challenges fixed that V3 samples. Keys and proofs
//! from outside are parsed strictly (one value has one encoding), a plan with the same circuit
//! twice is refused, and [`verify()`] says which reference string a proof belongs to: a proof over
//! [`SrsKind::Development`] proves nothing, since anybody can forge one.

mod backend;
mod error;
mod fetch;

mod keys;
mod parameters;
mod prove;
mod setup;
mod srs;
mod synthesize;
mod verify;

#[cfg(test)]
mod tests;

pub use error::{Error, FetchError, FormatError};
pub use fetch::{DEFAULT_BASE_URL, fetch};

pub use keys::{
    ALEO_VERIFYING_KEY_BYTES, Certificate, MAX_PUBLICS, Proof, ProvingKey, VERIFYING_KEY_BYTES,
    VerifyingKey,
};
pub use parameters::{ParameterFile, missing_files, parameter_files};
pub use prove::prove;
pub use setup::{Keys, setup, verify_certificate};
pub use srs::{Srs, SrsKind};
pub use verify::verify;
