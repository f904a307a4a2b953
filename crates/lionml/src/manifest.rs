//! The manifest: what the public elements of a proof mean.
//!
//! ```text
//! 1 │ manifest's digest │ context │ inputs that are not private │ outputs likewise │ zeros
//! ```
//!
//! | visibility | elements of an input or output                                            |
//! |------------|---------------------------------------------------------------------------|
//! | public     | its integers, one each                                                    |
//! | packed     | its integers, as many in one as fit 252 bits ([`Packing`])                |
//! | hashed     | one: the Poseidon digest of its integers and a salt                       |
//! | private    | none                                                                      |
//!
//! # Soundness
//!
//! A verifying key pins matrices and nothing else: no scale, no shape, no name. So the digest of
//! the manifest is a constant of the circuit, and a verifier who holds a manifest with that digest
//! derives from it where every public element is, how large it may be and what it means.

use std::collections::BTreeMap;

use lionml_gadgets::Packing;
use lionml_graph::{
    Element, GraphError, QuantModel, Settings, Statement, Visibility, is_plain_name,
};
use lionml_quant::{IntegerType, Interval, Number, Scale};
use lionml_r1cs::{
    Digest, Fr,
    field::{One, Zero, to_i128},
};
use lionml_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};

use crate::{ArtifactError, ArtifactKind, Scalar, StatementError, json};

/// The version of Varuna's protocol: the only one that is made or accepted.
const VARUNA_VERSION: u32 = 3;

/// No input or output that a verifier sees has more elements: a manifest of a few bytes must not
/// cost its reader gigabytes.
const MAX_SHOWN_ELEMENTS: usize = 1 << 20;

/// What a proof of a model pins beside the matrices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: String,
    version: u32,
    varuna: u32,
    /// The name of the model.
    pub model: String,
    /// The digest of the ONNX file.
    #[serde(with = "json::hex_digest")]
    pub onnx: Digest,
    /// The symbolic dimensions of the ONNX file and the sizes that were given to them.
    pub dims: BTreeMap<String, usize>,
    /// The inputs, in the order of their public elements.
    pub inputs: Vec<Port>,
    /// The outputs, in the order of their public elements.
    pub outputs: Vec<Port>,
    /// Everything that quantisation chose.
    pub settings: Settings,
}

/// An input or output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Port {
    /// The name, as the ONNX file has it.
    pub name: String,
    /// The shape.
    pub shape: Shape,
    /// What its elements are in the original model.
    pub element: Element,
    /// What the integer one stands for.
    pub scale: Scale,
    /// Which integers can occur.
    pub interval: Interval,
    /// The narrowest of Leo's types that holds them: the one that a digest is over.
    pub leo: IntegerType,
    /// Who sees the values.
    pub visibility: Visibility,
}

/// What the public elements say of an input or output.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// Its integers.
    Integers(Vec<i128>),
    /// A Poseidon digest of its integers and a salt.
    Digest(Fr),
    /// Nothing.
    Hidden,
}

impl Port {
    fn new(
        name: &str,
        shape: &Shape,
        element: Element,
        number: Number,
        visibility: Visibility,
    ) -> Self {
        let Number { scale, interval } = number;
        Self {
            name: name.to_owned(),
            shape: shape.clone(),
            element,
            scale,
            interval,
            leo: IntegerType::smallest_for(&interval),
            visibility,
        }
    }

    fn packing(&self) -> Packing {
        Packing::new(&vec![self.interval; self.shape.elements()])
    }

    /// The number of its public elements.
    pub fn public_elements(&self) -> usize {
        match self.visibility {
            Visibility::Public => self.shape.elements(),
            Visibility::Packed => self.packing().elements(),
            Visibility::Hashed => 1,
            Visibility::Private => 0,
        }
    }

    /// What its public elements say. Integers outside the interval are refused here, since nobody
    /// else checks public inputs: not Varuna's verifier, not the chain.
    fn read(&self, elements: &[Fr]) -> Result<Shown, StatementError> {
        let outside = |element| StatementError::Value { name: self.name.clone(), element };
        match self.visibility {
            Visibility::Public => elements
                .iter()
                .enumerate()
                .map(|(index, element)| {
                    to_i128(element)
                        .filter(|&value| self.interval.contains(value))
                        .ok_or_else(|| outside(index))
                })
                .collect::<Result<_, _>>()
                .map(Shown::Integers),
            Visibility::Packed => {
                self.packing().unpack(elements).map(Shown::Integers).map_err(|_| outside(0))
            }
            Visibility::Hashed => elements
                .first()
                .map_or_else(|| Err(outside(0)), |digest| Ok(Shown::Digest(*digest))),
            Visibility::Private => Ok(Shown::Hidden),
        }
    }

    /// The widths of the values in each public element, the lowest bits first; for packed ones.
    pub fn packed_widths(&self) -> Vec<Vec<u32>> {
        self.packing().widths()
    }

    /// The tensor of real numbers that these integers stand for; none where they are not as many.
    pub fn tensor(&self, integers: &[i128]) -> Option<Tensor<f64>> {
        let reals = integers.iter().map(|&value| self.scale.dequantize(value)).collect();
        Tensor::new(self.shape.clone(), reals).ok()
    }

    /// The values that integers of it stand for.
    pub fn values(&self, integers: &[i128]) -> Vec<Scalar> {
        let is_whole = self.element != Element::Float && self.scale == Scale::ONE;
        let value = |&value: &i128| match is_whole {
            true => Scalar::Integer(value),
            false => Scalar::Float(self.scale.dequantize(value)),
        };
        integers.iter().map(value).collect()
    }
}

/// The visibility of each input and output, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Visibilities {
    pub(crate) inputs: Vec<Visibility>,
    pub(crate) outputs: Vec<Visibility>,
}

impl Manifest {
    pub(crate) fn new(
        name: &str,
        onnx: Digest,
        dims: BTreeMap<String, usize>,
        settings: Settings,
        model: &QuantModel,
        visibilities: &Visibilities,
    ) -> Result<Self, GraphError> {
        let (inputs, outputs) = ports(model, visibilities)?;
        let names = inputs.iter().chain(&outputs).map(|port| port.name.as_str()).chain([name]);
        if let Some(name) = names.into_iter().find(|name| !is_plain_name(name)) {
            return Err(GraphError::Name { name: name.to_owned() });
        }
        Ok(Self {
            format: ArtifactKind::Manifest.format().to_owned(),
            version: ArtifactKind::Manifest.version(),
            varuna: VARUNA_VERSION,
            model: name.to_owned(),
            onnx,
            dims,
            inputs,
            outputs,
            settings,
        })
    }

    /// Whether the manifest describes this model.
    pub(crate) fn describes(&self, model: &QuantModel) -> Result<bool, GraphError> {
        let (inputs, outputs) = ports(model, &self.visibilities())?;
        Ok(self.inputs == inputs && self.outputs == outputs)
    }

    /// The text: one for each manifest.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ArtifactError> {
        json::encode(ArtifactKind::Manifest, self)
    }

    /// The manifest with this text.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtifactError> {
        let manifest: Self = json::decode(ArtifactKind::Manifest, bytes)?;
        let malformed =
            |reason: String| Err(ArtifactError::Malformed { kind: ArtifactKind::Manifest, reason });
        if manifest.varuna != VARUNA_VERSION {
            return malformed(format!("Varuna version {}", manifest.varuna));
        }
        // Names stand on screens between what a proof says, and in generated programs.
        let names = manifest.ports().map(|port| &port.name).chain(manifest.dims.keys());
        if let Some(name) = names.chain([&manifest.model]).find(|name| !is_plain_name(name)) {
            return malformed(GraphError::Name { name: name.clone() }.to_string());
        }
        let mut shown = 0_usize;
        for port in manifest.ports() {
            if let Err(error) = port.shape.checked_elements() {
                return malformed(error.to_string());
            }
            if port.visibility != Visibility::Private {
                shown = shown.saturating_add(port.shape.elements());
            }
            if shown > MAX_SHOWN_ELEMENTS {
                return malformed(format!("with `{}` it shows {shown} values", port.name));
            }
            if port.leo != IntegerType::smallest_for(&port.interval) {
                return malformed(format!("`{}` is no `{}`", port.name, port.leo));
            }
        }
        Ok(manifest)
    }

    /// The SHA-256 of the text: what the circuit pins.
    pub fn digest(&self) -> Result<Digest, ArtifactError> {
        Ok(Digest::of(&self.to_bytes()?))
    }

    /// What the circuit proves.
    pub fn statement(&self) -> Result<Statement, ArtifactError> {
        let Visibilities { inputs, outputs } = self.visibilities();
        Ok(Statement { manifest: self.digest()?, inputs, outputs })
    }

    pub(crate) fn visibilities(&self) -> Visibilities {
        let of = |ports: &[Port]| ports.iter().map(|port| port.visibility).collect();
        Visibilities { inputs: of(&self.inputs), outputs: of(&self.outputs) }
    }

    /// Inputs, then outputs.
    pub fn ports(&self) -> impl Iterator<Item = &Port> {
        self.inputs.iter().chain(&self.outputs)
    }

    /// The number of public elements of inputs and outputs.
    pub fn public_elements(&self) -> usize {
        self.ports().map(Port::public_elements).sum()
    }

    /// All public elements of an instance: the constant one, this manifest's digest and zeros are
    /// the verifier's own, whatever a proof's file says.
    pub fn public_vector(
        &self,
        context: Fr,
        elements: &[Fr],
        publics: usize,
    ) -> Result<Vec<Fr>, StatementError> {
        let expected = self.public_elements();
        if elements.len() != expected {
            return Err(StatementError::Elements { expected, got: elements.len() });
        }
        let digest = self.digest().map_err(|_| StatementError::Manifest)?.to_field();
        let mut vector = vec![Fr::one(), digest, context];
        vector.extend_from_slice(elements);
        if vector.len() > publics || vector.len().next_power_of_two() != publics {
            return Err(StatementError::Publics { expected: vector.len(), got: publics });
        }
        vector.resize(publics, Fr::zero());
        Ok(vector)
    }

    /// The elements of inputs and outputs within all public elements of an instance.
    pub(crate) fn elements_of<'a>(&self, vector: &'a [Fr]) -> &'a [Fr] {
        vector.get(3..3 + self.public_elements()).unwrap_or_default()
    }

    /// What the public elements say of each input and output.
    pub fn read(&self, elements: &[Fr]) -> Result<Vec<(&Port, Shown)>, StatementError> {
        let error =
            StatementError::Elements { expected: self.public_elements(), got: elements.len() };
        let mut rest = elements;
        let mut shown = Vec::new();
        for port in self.ports() {
            let Some((own, after)) = rest.split_at_checked(port.public_elements()) else {
                return Err(error);
            };
            rest = after;
            shown.push((port, port.read(own)?));
        }
        if rest.is_empty() { Ok(shown) } else { Err(error) }
    }
}

fn ports(
    model: &QuantModel,
    visibilities: &Visibilities,
) -> Result<(Vec<Port>, Vec<Port>), GraphError> {
    let inputs = model.inputs().zip(&visibilities.inputs).map(|(input, visibility)| {
        Port::new(input.name, input.shape, input.element, input.number, *visibility)
    });
    let outputs = model.outputs().iter().zip(&visibilities.outputs).map(|(output, visibility)| {
        let number = model.number(output.outlet)?;
        let shape = model.fact(output.outlet).map(|f| f.shape.clone()).unwrap_or_default();
        Ok(Port::new(&output.name, &shape, output.element, number, *visibility))
    });
    Ok((inputs.collect(), outputs.collect::<Result<_, _>>()?))
}
