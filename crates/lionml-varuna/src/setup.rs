//! Keys of a circuit.

use std::sync::Arc;

use blake2::{Blake2s256, Digest};
use lionml_r1cs::Circuit;
use snarkvm_algorithms::traits::SNARK;
use snarkvm_utilities::CanonicalSerialize;

use crate::{
    Certificate, Error, ProvingKey, Srs, SrsKind, VerifyingKey,
    backend::{Ahp, CircuitProver, Commitments, Failure, SPONGE, UniversalProver, Varuna, guarded},
    srs::verifier,
    synthesize::Synthesis,
};

/// What a set-up makes. The same circuit and reference string give the same keys.
#[derive(Clone, Debug)]
pub struct Keys {
    /// For who proves.
    pub proving: ProvingKey,
    /// For who verifies.
    pub verifying: VerifyingKey,
    /// Shows who has the circuit that the verifying key was made from it.
    pub certificate: Certificate,
}

/// Makes the keys of a circuit.
pub fn setup(srs: &Srs, circuit: &Arc<Circuit>) -> Result<Keys, Error> {
    check_size(srs, circuit)?;
    let (key, _) = guarded(|| -> Result<_, Failure> {
        let synthesis = Synthesis { circuit, witness: None };
        Ok(Varuna::circuit_setup(srs.parameters(), &synthesis)?)
    })
    .map_err(|source| Error::Setup { source })?;
    let verifying = VerifyingKey::new(key.circuit_verifying_key.clone())?;
    let proving = ProvingKey { key, circuit: Arc::clone(circuit), srs: srs.kind() };
    let certificate = proving.certify()?;
    Ok(Keys { proving, verifying, certificate })
}

impl ProvingKey {
    /// Shows who has the circuit that the verifying key was made from it. The last part of a
    /// set-up, and the same each time.
    pub fn certify(&self) -> Result<Certificate, Error> {
        let certificate = guarded(|| -> Result<_, Failure> {
            let verifying = self.verifying();
            Ok(Varuna::prove_vk(&universal_prover(), &SPONGE, verifying, &self.key)?)
        })
        .map_err(|source| Error::Setup { source })?;
        Ok(Certificate::new(certificate)?)
    }

    /// The proving key of a circuit whose verifying key is known: a set-up without the commitments,
    /// which are most of its time. The verifying key must be one of the circuit; that its
    /// commitments are is not checked, and proofs with wrong ones do not verify.
    pub fn rebuild(
        srs: &Srs,
        circuit: &Arc<Circuit>,
        verifying: &VerifyingKey,
    ) -> Result<Self, Error> {
        check_size(srs, circuit)?;
        let (indexed, id, committer_key) = guarded(|| -> Result<_, Failure> {
            let mut indexed = Ahp::index(&Synthesis { circuit, witness: None })?;
            indexed.prune_row_col_evals();
            // The id as Varuna computes it; the indexed circuit keeps its own to itself.
            let mut id = Blake2s256::new();
            indexed.index_info.serialize_uncompressed(&mut id)?;
            for matrix in [&indexed.a, &indexed.b, &indexed.c] {
                matrix.serialize_uncompressed(&mut id)?;
            }
            let id: [u8; 32] = id.finalize().into();
            let bounds = Ahp::get_degree_bounds(&indexed.index_info)?;
            let degree = indexed.max_degree()?;
            let (committer_key, _) =
                Commitments::trim(srs.parameters(), degree, [], HIDING_BOUND, Some(&bounds))?;
            Ok((indexed, id, committer_key))
        })
        .map_err(|source| Error::Setup { source })?;
        if indexed.index_info != verifying.key.circuit_info || id != verifying.key.id.0 {
            return Err(Error::OtherCircuit);
        }
        let key = CircuitProver {
            circuit_verifying_key: verifying.key.clone(),
            circuit: Arc::new(indexed),
            committer_key: Arc::new(committer_key),
        };
        Ok(Self { key, circuit: Arc::clone(circuit), srs: srs.kind() })
    }
}

/// What Varuna's set-up hides polynomials with.
const HIDING_BOUND: usize = 1;

/// The reference string over which a verifying key was made from this circuit, by its certificate.
/// It takes as long as a set-up without the commitments, and no powers.
pub fn verify_certificate(
    verifying: &VerifyingKey,
    circuit: &Circuit,
    certificate: &Certificate,
) -> Result<SrsKind, Error> {
    for kind in [SrsKind::Ceremony, SrsKind::Development] {
        let verifier = verifier(kind)?;
        let holds = guarded(|| {
            let synthesis = Synthesis { circuit, witness: None };
            let certificate = &certificate.certificate;
            Varuna::verify_vk(verifier, &SPONGE, &synthesis, &verifying.key, certificate)
        });
        if holds.is_ok_and(|holds| holds) {
            return Ok(kind);
        }
    }
    Err(Error::CertificateRejected)
}

pub(crate) fn universal_prover() -> UniversalProver {
    UniversalProver { max_degree: snarkvm_parameters::mainnet::MAX_NUM_POWERS - 1, _unused: None }
}

/// Refuses circuits that snarkVM would go looking for more powers for, or stumble over.
fn check_size(srs: &Srs, circuit: &Circuit) -> Result<(), Error> {
    let (needed, available) = (circuit.cost().max_degree(), srs.max_degree());
    if needed > available {
        return Err(Error::DegreeTooSmall { kind: srs.kind(), needed, available });
    }
    for (matrix, name) in circuit.matrices().into_iter().zip(['A', 'B', 'C']) {
        if matrix.non_zeros() == 0 {
            return Err(Error::EmptyMatrix { matrix: name });
        }
    }
    Ok(())
}
