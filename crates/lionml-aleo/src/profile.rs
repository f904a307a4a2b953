//! What one transaction can verify.

use lionml::{HEADER, Interface, Port, Visibility};
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

/// The public elements that values of an output take when they are packed.
fn packed(port: &Port) -> usize {
    port.packing().elements()
}

impl Profile {
    /// The profile of a model, or why one transaction cannot verify it.
    pub fn check(interface: &Interface) -> Result<Self, ProfileError> {
        for (ports, what) in [(&interface.inputs, "inputs"), (&interface.outputs, "outputs")] {
            if ports.len() > PORTS {
                return Err(ProfileError::Ports { what, got: ports.len(), most: PORTS });
            }
        }
        for port in interface.ports() {
            // Leo hashes each argument by itself.
            if port.digest.is_some() {
                return Err(ProfileError::SharedDigest { port: port.name.clone() });
            }
            let elements = port.shape.elements();
            if elements > MAX_ARRAY || elements == 0 {
                let port = port.name.clone();
                return Err(ProfileError::Elements { port, got: elements, most: MAX_ARRAY });
            }
        }
        for port in &interface.inputs {
            // Nothing would tie such an input to the call: any input at all could be proved.
            if port.visibility == Visibility::Private {
                return Err(ProfileError::PrivateInput { port: port.name.clone() });
            }
        }
        for port in &interface.outputs {
            // A program cannot use an answer that it does not see.
            if matches!(port.visibility, Visibility::Private | Visibility::Hashed) {
                return Err(ProfileError::HiddenOutput { port: port.name.clone() });
            }
        }
        let publics = interface.publics();
        // All behind the constant one and the manifest.
        let carried = HEADER - 2 + interface.elements();
        if publics > MAX_PUBLICS {
            let fewest =
                1 + interface.inputs.len() + interface.outputs.iter().map(packed).sum::<usize>();
            let (got, most) = (publics, MAX_PUBLICS);
            return Err(ProfileError::Publics { got, most, carried, fewest });
        }
        let hashed =
            interface.inputs.iter().filter(|port| port.visibility == Visibility::Hashed).count();
        let parameters = hashed + interface.outputs.len() + 1;
        Ok(Self { publics, carried, proof_bytes: PROOF_BYTES, parameters })
    }
}

#[cfg(test)]
mod tests {
    use lionml::{CompileOptions, CompiledModel};

    use super::*;

    /// Rectifies so many values from -1 to 1.
    fn manifest(elements: usize, input: Visibility, output: Visibility) -> Interface {
        const ONNX: &[u8] = include_bytes!("../../lionml/tests/fixtures/any_size.onnx");
        let options = CompileOptions {
            dims: [("n".to_owned(), elements)].into(),
            input_range: Some((-1.0, 1.0)),
            bits: Some(6),
            input_visibility: input,
            output_visibility: output,
            ..CompileOptions::default()
        };
        let (compiled, _) = CompiledModel::compile(ONNX, None, &options).unwrap();
        compiled.manifest.single("a test").unwrap().clone()
    }

    fn check(interface: &Interface) -> Result<Profile, ProfileError> {
        Profile::check(interface)
    }

    #[test]
    fn accepts_what_a_transaction_carries() {
        let profile = check(&manifest(61, Visibility::Hashed, Visibility::Packed)).unwrap();
        let expected = Profile { publics: 8, carried: 4, proof_bytes: PROOF_BYTES, parameters: 3 };
        assert_eq!(profile, expected);
    }

    #[test]
    fn rejects_what_it_does_not_with_the_numbers_and_what_would_fit() {
        let refused = |elements, input, output| {
            let error = check(&manifest(elements, input, output)).unwrap_err();
            (error.to_string(), crate::Error::from(error).hint())
        };
        use Visibility::{Hashed, Packed, Private, Public};
        let (error, hint) = refused(61, Public, Public);
        assert!(error.contains("`128` public values"), "{error}");
        assert!(error.contains("carry `123`; at most `64` fit"), "{error}");
        assert!(hint.ends_with("then it carries `4`"), "{hint}");
        let (error, _) = refused(2049, Hashed, Packed);
        assert_eq!(error, "`x` has `2049` values; an array of Leo has 1 to `2048`");
        assert!(refused(4, Private, Public).0.contains("`x` is private"));
        assert!(refused(4, Public, Private).0.contains("`y` is hidden"));
        assert!(refused(4, Public, Hashed).0.contains("`y` is hidden"));
        let mut large = manifest(2048, Hashed, Packed);
        large.outputs = vec![large.outputs[0].clone(); 4];
        let hint = check(&large).unwrap_err().hint();
        assert!(hint.starts_with("hashed and packed it would carry"), "{hint}");
        let mut several = manifest(4, Hashed, Packed);
        several.inputs = vec![several.inputs[0].clone(); 5];
        let error = check(&several).unwrap_err().to_string();
        assert_eq!(error, "the model has `5` inputs; the registry holds `4`");
    }
}
