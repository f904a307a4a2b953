//! The rows of a statement.
//!
//! | element            | pinned by                                                            |
//! |--------------------|----------------------------------------------------------------------|
//! | manifest           | a row that equates it with the digest, a constant of the circuit     |
//! | context            | free by design, bound by a row that squares it                       |
//! | an input           | a range check of whole bits, whatever its visibility                 |
//! | an output          | a row that equates it with the computed combination                  |
//! | a hash, a pack     | a row that equates it with what is computed from ranged values       |
//! | padding            | a row each that pins it to zero ([`Builder::finish`])                |

use std::collections::BTreeMap;

use lionml_gadgets::{GadgetError, Packing, Signal, TypedBits, enforce_range, input_digest};
use lionml_quant::{Interval, QTensor};
use lionml_r1cs::{Builder, Digest, Fr, Linear, field::from_i128};

use crate::{Interface, Port, Visibility, WriteError};

/// Writes the rows of an interface, its ports in order.
#[derive(Debug)]
pub struct Writer<'a> {
    interface: &'a Interface,
    /// The values of ports that wait for the last one of their digest.
    waiting: BTreeMap<&'a str, Vec<TypedBits>>,
}

impl<'a> Writer<'a> {
    /// Writes the header.
    pub fn new(builder: &mut Builder, interface: &'a Interface, manifest: Digest) -> Self {
        // A verifier with another manifest in hand must not accept: the key alone pins neither
        // scales nor shapes nor names.
        builder.public_output("manifest", &Linear::constant(manifest.to_field()));
        let context = builder.public_input().into();
        // A proof is bound to its context only if some row depends on it.
        builder.product("context", &context, &context);
        Self { interface, waiting: BTreeMap::new() }
    }

    /// Writes an input of the interface, by index. Returns its values.
    pub fn input(
        &mut self,
        builder: &mut Builder,
        index: usize,
    ) -> Result<Vec<Linear>, WriteError> {
        let Some(port) = self.interface.inputs.get(index) else { return Ok(Vec::new()) };
        let elements = port.shape.elements();
        builder.check_variables(elements)?;
        // The rows of their bits at least: nothing is written where they are too many.
        let whole = port.interval.to_whole_bits().map_err(GadgetError::from)?;
        let width = usize::try_from(whole.width()).unwrap_or(usize::MAX);
        builder.check_rows(elements.saturating_mul(width))?;
        let values: Vec<Linear> = (0..elements)
            .map(|_| match port.visibility {
                Visibility::Public => builder.public_input().into(),
                _ => builder.private_input().into(),
            })
            .collect();
        let mut bits = Vec::with_capacity(elements);
        for value in &values {
            // Everything downstream assumes the interval, and nobody else checks it: not Varuna's
            // verifier, not the chain.
            bits.push(enforce_range(builder, value, &port.interval)?.1);
        }
        match port.visibility {
            Visibility::Public | Visibility::Private => {}
            Visibility::Packed => packed(builder, &values, &port.interval),
            Visibility::Hashed => self.hashed(builder, port, index, bits)?,
        }
        builder.check_size()?;
        Ok(values)
    }

    /// Writes an output of the interface, by index, that has these values. Rows before confine each
    /// to the port's interval.
    pub fn output(
        &mut self,
        builder: &mut Builder,
        index: usize,
        values: &[Linear],
    ) -> Result<(), WriteError> {
        let Some(port) = self.interface.outputs.get(index) else { return Ok(()) };
        match port.visibility {
            Visibility::Public => values.iter().for_each(|value| {
                builder.public_output("output", value);
            }),
            Visibility::Private => {}
            Visibility::Packed => packed(builder, values, &port.interval),
            Visibility::Hashed => {
                let mut bits = Vec::with_capacity(values.len());
                for value in values {
                    let value = builder.materialize("output", value);
                    bits.push(enforce_range(builder, &value, &port.interval)?.1);
                }
                self.hashed(builder, port, self.interface.inputs.len() + index, bits)?;
            }
        }
        builder.check_size()?;
        Ok(())
    }

    /// The public digest of values whose bits these are, and of a salt of 128 bits that whoever
    /// proves supplies; with the last port of those that share it.
    fn hashed(
        &mut self,
        builder: &mut Builder,
        port: &'a Port,
        index: usize,
        values: Vec<Vec<Linear>>,
    ) -> Result<(), GadgetError> {
        let is_signed = port.interval.low() < 0;
        let mut parts = vec![TypedBits { values, is_signed, integer_type: port.leo }];
        if let Some(digest) = &port.digest {
            let waiting = self.waiting.entry(digest).or_default();
            waiting.append(&mut parts);
            let is_shared = |other: &Port| other.digest.as_ref() == Some(digest);
            if self.interface.ports().skip(index + 1).any(is_shared) {
                return Ok(());
            }
            parts = self.waiting.remove(digest.as_str()).unwrap_or_default();
        }
        let salt = builder.private_input().into();
        let digest = input_digest(builder, &parts, Some(&salt))?;
        builder.public_output("digest", &digest);
        Ok(())
    }
}

/// Public elements that hold many values each; rows before confine each value to the interval,
/// without which an element would stand for many lists of values.
fn packed(builder: &mut Builder, values: &[Linear], interval: &Interval) {
    let signals: Vec<_> = values.iter().map(|v| Signal::new(v.clone(), *interval)).collect();
    for element in Packing::of_signals(&signals).1 {
        builder.public_output("packed", &element);
    }
}

impl Interface {
    /// The inputs of the witness program of a circuit that [`Writer`] wrote: a context, the integers
    /// of the inputs, and the salts of its digests in the order of [`Self::items`].
    pub fn program_inputs(&self, context: Fr, inputs: &[QTensor], salts: &[u128]) -> Vec<Fr> {
        let mut salts = salts.iter().map(|&salt| Fr::from(salt));
        let items = self.items();
        let ends_digest = |index: usize| {
            items
                .iter()
                .any(|i| i.visibility == Visibility::Hashed && i.ports.last() == Some(&index))
        };
        let mut values = vec![context];
        for (index, input) in inputs.iter().enumerate() {
            values.extend(input.values.data().iter().map(|&v| from_i128(v)));
            if ends_digest(index) {
                values.extend(salts.next());
            }
        }
        values.extend(salts);
        values
    }
}

#[cfg(test)]
mod tests {
    use lionml_quant::{Number, Scale};
    use lionml_r1cs::field::{One, Zero, power_of_two};
    use lionml_tensor::{Shape, Tensor};
    use lionml_testing::Target;

    use super::*;
    use crate::Element;

    fn port(name: &str, interval: Interval, count: usize, digest: Option<&str>) -> Port {
        let number = Number { scale: Scale::binary(4), interval };
        let shape = Shape::from([count]);
        let port = Port::new(name, shape, Element::Float, number, Visibility::Hashed);
        Port { digest: digest.map(str::to_owned), ..port }
    }

    /// Two inputs of different types under one digest with one of its own between them, and outputs
    /// that are the same values under digests of their own.
    fn interface() -> Interface {
        let [narrow, wide] = [Interval::signed(4), Interval::unsigned(9)].map(Result::unwrap);
        let shared = Some("both");
        Interface {
            name: "hashes".to_owned(),
            inputs: vec![
                port("a", narrow, 2, shared),
                port("b", narrow, 1, None),
                port("c", wide, 1, shared),
            ],
            outputs: vec![port("d", narrow, 2, None), port("e", wide, 1, None)],
        }
    }

    fn target(interface: &Interface) -> Target {
        let mut builder = Builder::new();
        let mut writer = Writer::new(&mut builder, interface, Digest::of(b"manifest"));
        let inputs: Vec<_> = (0..3).map(|i| writer.input(&mut builder, i).unwrap()).collect();
        writer.output(&mut builder, 0, &inputs[0]).unwrap();
        writer.output(&mut builder, 1, &inputs[2]).unwrap();
        Target::new(builder.finish())
    }

    const SALTS: [u128; 4] = [u128::MAX - 5, 7, 0, 1 << 100];

    fn given(interface: &Interface) -> Vec<Fr> {
        let values = [vec![-8, 7], vec![3], vec![300]];
        let tensors: Vec<_> = interface
            .inputs
            .iter()
            .zip(values)
            .map(|(port, values)| QTensor {
                values: Tensor::new(port.shape.clone(), values).unwrap().into(),
                number: port.number(),
            })
            .collect();
        interface.program_inputs(from_i128(5), &tensors, &SALTS)
    }

    #[test]
    fn matches_what_a_reader_derives() {
        let interface = interface();
        let ports: Vec<_> = interface.items().into_iter().map(|item| item.ports).collect();
        assert_eq!(ports, [vec![1], vec![0, 2], vec![3], vec![4]]);
        // Salts are in the order of items.
        let witness = target(&interface).honest_fields(&given(&interface));
        let integers = [vec![-8, 7], vec![3], vec![300], vec![-8, 7], vec![300]];
        let shown = interface.show(&integers, &SALTS).unwrap();
        let manifest = Digest::of(b"manifest");
        let vector = interface.vector(manifest, from_i128(5), &shown, interface.publics());
        assert_eq!(Ok(witness.public), vector);
        let read = interface.read(&shown).unwrap();
        assert_eq!(read[0], read[2]);
        assert_eq!(read.len(), 5);
    }

    #[test]
    fn rejects_lies_about_shared_digests() {
        let interface = interface();
        let (target, given) = (target(&interface), given(&interface));
        target.assert_sound_fields(&given, &[]);
        // Values beyond their type, and a salt beyond its bits.
        for (place, value) in
            [(1, from_i128(8)), (2, from_i128(-9)), (4, power_of_two(128)), (5, from_i128(512))]
        {
            let mut lying = given.clone();
            lying[place] = value;
            target.assert_refuses(&lying);
        }
    }

    #[test]
    fn rejects_elements_that_are_not_the_interfaces() {
        let interface = interface();
        let elements = vec![Fr::one(); 4];
        let manifest = Digest::of(b"manifest");
        assert_eq!((interface.elements(), interface.publics(), interface.salts()), (4, 8, 4));
        assert!(interface.vector(manifest, Fr::zero(), &elements, 8).is_ok());
        for (elements, publics) in [(&elements[..3], 8), (&elements[..], 16), (&elements[..], 4)] {
            assert!(interface.vector(manifest, Fr::zero(), elements, publics).is_err());
        }
        assert!(interface.read(&elements[..3]).is_err());
        let integers = [vec![0, 0], vec![0], vec![0], vec![0, 0], vec![0]];
        assert!(interface.show(&integers, &SALTS).is_some());
        assert!(interface.show(&integers, &SALTS[..3]).is_none());
        assert!(interface.show(&integers[..4], &SALTS).is_none());
        for (port, value) in [(0, -9), (2, 512)] {
            let mut lying = integers.clone();
            lying[port][0] = value;
            assert!(interface.show(&lying, &SALTS).is_none());
        }
    }
}
