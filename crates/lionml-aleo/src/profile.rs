//! What one transaction can verify.

use lionml::{Manifest, Visibility};
use serde::Serialize;

use crate::{ProfileError, description::PORTS};

/// The sizes of a model that matter on chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// Public values of a proof, padding included.
    pub publics: usize,
    /// Of these, how many a transaction must carry: the rest is known beforehand.
    pub carried: usize,
    /// The bytes of a proof.
    pub proof_bytes: usize,
    /// How many parameters a call adds to the function that makes it.
    pub parameters: usize,
}

/// The longest array of Leo.
const MAX_ARRAY: usize = 2048;

/// The public values that the registry's own check takes.
pub(crate) const MAX_PUBLICS: usize = 64;

/// Aleo's form of a proof of one instance.
pub(crate) const PROOF_BYTES: usize = 957;

impl Profile {
    /// The profile of a model, or why one transaction cannot verify it.
    pub fn check(manifest: &Manifest, publics: usize) -> Result<Self, ProfileError> {
        for (ports, what) in [(&manifest.inputs, "inputs"), (&manifest.outputs, "outputs")] {
            if ports.len() > PORTS {
                return Err(ProfileError::Ports { what, got: ports.len(), most: PORTS });
            }
        }
        for port in manifest.ports() {
            let elements = port.shape.elements();
            if elements > MAX_ARRAY || elements == 0 {
                let port = port.name.clone();
                return Err(ProfileError::Elements { port, got: elements, most: MAX_ARRAY });
            }
        }
        for port in &manifest.inputs {
            // Nothing would tie such an input to the call: any input at all could be proved.
            if port.visibility == Visibility::Private {
                return Err(ProfileError::PrivateInput { port: port.name.clone() });
            }
        }
        for port in &manifest.outputs {
            // A program cannot use an answer that it does not see.
            if matches!(port.visibility, Visibility::Private | Visibility::Hashed) {
                return Err(ProfileError::HiddenOutput { port: port.name.clone() });
            }
        }
        let carried = 1 + manifest.public_elements();
        if publics > MAX_PUBLICS {
            return Err(ProfileError::Publics { got: publics, most: MAX_PUBLICS, carried });
        }
        let hashed =
            manifest.inputs.iter().filter(|port| port.visibility == Visibility::Hashed).count();
        let parameters = hashed + manifest.outputs.len() + 1;
        Ok(Self { publics, carried, proof_bytes: PROOF_BYTES, parameters })
    }
}
