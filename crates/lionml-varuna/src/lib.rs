//! Set-up, proofs and verification with Varuna, the SNARK of snarkVM.
