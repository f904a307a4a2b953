//! The ports of a circuit and the place of each among the public elements.
//!
//! ```text
//! 1 │ manifest's digest │ context │ inputs that are not private │ outputs likewise │ zeros
//! ```
//!
//! | visibility | public elements of a port                                                  |
//! |------------|----------------------------------------------------------------------------|
//! | public     | its integers, one each                                                     |
//! | packed     | its integers, as many in one as fit 252 bits ([`Packing`](lionml_gadgets::Packing)) |
//! | hashed     | the Poseidon digest of its integers and a salt; ports that share a digest have one, over all their integers in order, at the place of the last of them |
//! | private    | none                                                                       |
//!
//! # Soundness
//!
//! A verifying key pins matrices and nothing else: no scale, no shape, no name. So the digest of
//! the manifest is a constant of the circuit, and a verifier who holds a manifest with that digest
//! derives from it where every public element is, how large it may be and what it means. Integers
//! outside a port's interval are refused when they are read, since nobody else checks public inputs:
//! not Varuna's verifier, not the chain.

use std::collections::BTreeSet;

use lionml_gadgets::native;
use lionml_quant::{IntegerType, QuantError};
use lionml_r1cs::{
    Digest, Fr,
    field::{One, Zero, from_i128, to_i128},
};
use serde::{Deserialize, Serialize};

use crate::{PLAIN_NAME, PlanError, Port, StatementError, Visibility, is_plain_name};

/// The elements that every public vector begins with: one, the manifest's digest, the context.
pub const HEADER: usize = 3;

/// The ports of a circuit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interface {
    /// The name of the circuit.
    pub name: String,
    /// The inputs, in the order of their public elements.
    pub inputs: Vec<Port>,
    /// The outputs, in the order of their public elements.
    pub outputs: Vec<Port>,
}

/// Public elements that are read as one: of one port, or of ports that share a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The ports, by index among inputs and then outputs.
    pub ports: Vec<usize>,
    /// The visibility of each of them; never private.
    pub visibility: Visibility,
    /// The number of elements.
    pub elements: usize,
}

/// The public elements of a port, read.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// Its integers.
    Integers(Vec<i128>),
    /// A Poseidon digest of its integers and a salt, and of those of all ports that share it.
    Digest(Fr),
    /// Nothing.
    Hidden,
}

impl Interface {
    /// Inputs, then outputs.
    pub fn ports(&self) -> impl Iterator<Item = &Port> {
        self.inputs.iter().chain(&self.outputs)
    }

    /// The public elements behind the header, in order.
    pub fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        for (index, port) in self.ports().enumerate() {
            let elements = match port.visibility {
                Visibility::Public => port.shape.elements(),
                Visibility::Packed => port.packing().elements(),
                Visibility::Hashed => 1,
                Visibility::Private => continue,
            };
            let mut ports = vec![index];
            if let Some(digest) = &port.digest {
                let shares = |other: &Port| other.digest.as_ref() == Some(digest);
                let all = self.ports().enumerate().filter(|(_, other)| shares(other));
                ports = all.map(|(other, _)| other).collect();
                if ports.last() != Some(&index) {
                    continue;
                }
            }
            items.push(Item { ports, visibility: port.visibility, elements });
        }
        items
    }

    /// The number of public elements behind the header.
    pub fn elements(&self) -> usize {
        self.items().iter().map(|item| item.elements).sum()
    }

    /// The number of all public elements, padding included.
    pub fn publics(&self) -> usize {
        (HEADER + self.elements()).next_power_of_two()
    }

    /// The number of salts that a witness needs: one for each digest.
    pub fn salts(&self) -> usize {
        self.items().iter().filter(|item| item.visibility == Visibility::Hashed).count()
    }

    /// All public elements of an instance: the constant one, the manifest's digest and zeros are the
    /// verifier's own, whatever a proof's file says. `publics` is the number that the key has.
    pub fn vector(
        &self,
        manifest: Digest,
        context: Fr,
        elements: &[Fr],
        publics: usize,
    ) -> Result<Vec<Fr>, StatementError> {
        let circuit = || self.name.clone();
        let (expected, got) = (self.elements(), elements.len());
        if got != expected {
            return Err(StatementError::Elements { circuit: circuit(), expected, got });
        }
        if self.publics() != publics {
            let expected = HEADER + expected;
            return Err(StatementError::Publics { circuit: circuit(), expected, got: publics });
        }
        let mut vector = vec![Fr::one(), manifest.to_field(), context];
        vector.extend_from_slice(elements);
        vector.resize(publics, Fr::zero());
        Ok(vector)
    }

    /// The elements behind the header within all public elements of an instance.
    pub fn elements_of<'a>(&self, vector: &'a [Fr]) -> &'a [Fr] {
        vector.get(HEADER..HEADER + self.elements()).unwrap_or_default()
    }

    /// What the elements behind the header say of each port.
    pub fn read(&self, elements: &[Fr]) -> Result<Vec<Shown>, StatementError> {
        let (expected, got) = (self.elements(), elements.len());
        if got != expected {
            return Err(StatementError::Elements { circuit: self.name.clone(), expected, got });
        }
        let mut shown = vec![Shown::Hidden; self.ports().count()];
        let mut rest = elements;
        for item in self.items() {
            let (own, after) = rest.split_at(item.elements);
            rest = after;
            for index in item.ports {
                if let (Some(port), Some(place)) = (self.ports().nth(index), shown.get_mut(index)) {
                    *place = port.read(own)?;
                }
            }
        }
        Ok(shown)
    }

    /// The elements behind the header for these integers of each port and these salts, one for each
    /// digest in the order of [`Self::items`]; none where the ports hold no such integers.
    pub fn show(&self, integers: &[Vec<i128>], salts: &[u128]) -> Option<Vec<Fr>> {
        let ports: Vec<&Port> = self.ports().collect();
        let holds = |(port, integers): (&&Port, &Vec<i128>)| {
            integers.len() == port.shape.elements()
                && integers.iter().all(|&integer| port.interval.contains(integer))
        };
        if integers.len() != ports.len() || !ports.iter().zip(integers).all(holds) {
            return None;
        }
        let mut salts = salts.iter();
        let mut elements = Vec::new();
        for item in self.items() {
            let own: Vec<(&Port, &[i128])> = item
                .ports
                .iter()
                .map(|&index| Some((*ports.get(index)?, integers.get(index)?.as_slice())))
                .collect::<Option<_>>()?;
            let (port, values) = *own.first()?;
            match item.visibility {
                Visibility::Public => elements.extend(values.iter().map(|&v| from_i128(v))),
                Visibility::Packed => elements.extend(port.packing().pack(values).ok()?),
                Visibility::Hashed => elements.push(Self::digest(&own, *salts.next()?).ok()?),
                Visibility::Private => {}
            }
        }
        Some(elements)
    }

    /// The digest of ports of these integers and a salt.
    pub fn digest(ports: &[(&Port, &[i128])], salt: u128) -> Result<Fr, QuantError> {
        let parts: Vec<(&[i128], IntegerType)> =
            ports.iter().map(|(port, integers)| (*integers, port.leo)).collect();
        native::input_digest(&parts, Some(salt))
    }

    /// Refuses an interface with two readings. Returns the number of values that it shows.
    pub(crate) fn check(&self) -> Result<usize, PlanError> {
        let mut shown = 0_usize;
        for port in self.ports() {
            // Names stand on screens between what a proof says, and in generated programs.
            for name in [&port.name].into_iter().chain(&port.digest) {
                check_name(name)?;
            }
            port.check()?;
            if port.visibility != Visibility::Private {
                shown = shown.saturating_add(port.shape.elements());
            }
        }
        let digests =
            |ports: &[Port]| ports.iter().filter_map(|port| port.digest.clone()).collect();
        let inputs: BTreeSet<String> = digests(&self.inputs);
        if let Some(port) =
            self.outputs.iter().find(|p| p.digest.iter().any(|d| inputs.contains(d)))
        {
            let reason = "it shares a digest with an input".to_owned();
            return Err(PlanError::Port { port: port.name.clone(), reason });
        }
        Ok(shown)
    }
}

/// Refuses a name that could pass for something else.
pub(crate) fn check_name(name: &str) -> Result<(), PlanError> {
    match is_plain_name(name) {
        true => Ok(()),
        false => Err(PlanError::Name { name: name.to_owned(), reason: PLAIN_NAME }),
    }
}

impl Port {
    /// What its public elements say.
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
}
