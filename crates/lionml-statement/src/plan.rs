//! Which instances of which circuits make one inference, and which of their ports are linked.
//!
//! # Soundness
//!
//! Each instance proves what its own circuit computes, for inputs that whoever proves chooses. That
//! an input of one is the output of another is what a link says, and only the verifier can see it:
//! both ports show integers, and the verifier compares them, or both show a digest over the same
//! type, and the verifier compares digests (Poseidon is collision-resistant, and the rows of both
//! circuits confine each value to its type). So a link between ports of different types, scales or
//! shapes is refused when the plan is read: equal digests would stand for different numbers. An
//! input that nothing links to is free, and belongs to the inference's own inputs.
//!
//! Instances are ordered, and so are the circuits of a proof: an instance that is left out, added or
//! exchanged changes a count or a place that the verifier derives from the plan alone.

use serde::{Deserialize, Serialize};

use crate::{Interface, PlanError, Port, Shown, StatementError, Visibility, interface::check_name};

/// The most instances, and the most links, of one inference.
const MAX_INSTANCES: usize = 1 << 12;

/// The most values that one instance of each circuit shows: a manifest of a few bytes must not cost
/// its reader gigabytes.
const MAX_SHOWN: usize = 1 << 20;

/// The circuits and instances of one inference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The circuits, each with its ports.
    pub circuits: Vec<Interface>,
    /// The circuit of each instance, by index. An instance takes values of earlier ones alone.
    pub instances: Vec<usize>,
    /// Which inputs hold what which outputs hold.
    pub links: Vec<Link>,
}

/// An input that holds the values of an output of an earlier instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The output.
    pub from: PortRef,
    /// The input.
    pub to: PortRef,
}

/// An output or input of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortRef {
    /// The instance.
    pub instance: usize,
    /// The index among its circuit's outputs, or inputs.
    pub port: usize,
}

impl Plan {
    /// The plan of a model in one circuit.
    pub fn single(circuit: Interface) -> Self {
        Self { circuits: vec![circuit], instances: vec![0], links: Vec::new() }
    }

    /// The circuit, where there is one with one instance and no link.
    pub fn as_single(&self) -> Option<&Interface> {
        match (&self.circuits[..], &self.instances[..], &self.links[..]) {
            ([circuit], [0], []) => Some(circuit),
            _ => None,
        }
    }

    /// The circuit of an instance.
    pub fn circuit(&self, instance: usize) -> Option<&Interface> {
        self.circuits.get(*self.instances.get(instance)?)
    }

    /// The link to an input.
    pub fn source(&self, input: PortRef) -> Option<PortRef> {
        self.links.iter().find(|link| link.to == input).map(|link| link.from)
    }

    /// The inputs of an inference: those that no link leads to, in the order of instances.
    pub fn inputs(&self) -> impl Iterator<Item = (PortRef, &Port)> {
        self.side(|circuit| &circuit.inputs)
            .filter(|(place, _)| self.links.iter().all(|link| link.to != *place))
    }

    /// The outputs of an inference: those that no link starts from, in the order of instances.
    pub fn outputs(&self) -> impl Iterator<Item = (PortRef, &Port)> {
        self.side(|circuit| &circuit.outputs)
            .filter(|(place, _)| self.links.iter().all(|link| link.from != *place))
    }

    fn side(
        &self,
        ports: impl Fn(&Interface) -> &[Port],
    ) -> impl Iterator<Item = (PortRef, &Port)> {
        self.instances.iter().enumerate().flat_map(move |(instance, circuit)| {
            let ports = self.circuits.get(*circuit).map(&ports).unwrap_or_default();
            ports.iter().enumerate().map(move |(port, it)| (PortRef { instance, port }, it))
        })
    }

    /// Refuses whatever is no plan, or one with two readings.
    pub fn check(&self) -> Result<(), PlanError> {
        for (what, got) in [("instances", self.instances.len()), ("links", self.links.len())] {
            if got > MAX_INSTANCES {
                return Err(PlanError::TooMany { what, got, most: MAX_INSTANCES });
            }
        }
        let mut shown = 0_usize;
        for (index, circuit) in self.circuits.iter().enumerate() {
            check_name(&circuit.name)?;
            if self.circuits.iter().take(index).any(|other| other.name == circuit.name) {
                let (name, reason) = (circuit.name.clone(), "two circuits have it");
                return Err(PlanError::Name { name, reason });
            }
            shown = shown.saturating_add(circuit.check()?);
            if shown > MAX_SHOWN {
                return Err(PlanError::TooMany {
                    what: "values are shown",
                    got: shown,
                    most: MAX_SHOWN,
                });
            }
            // A key that is in no proof could be any.
            if !self.instances.contains(&index) {
                return Err(PlanError::Unused { circuit: Some(circuit.name.clone()) });
            }
        }
        if self.instances.is_empty() {
            return Err(PlanError::Unused { circuit: None });
        }
        let missing = |circuit: &&usize| **circuit >= self.circuits.len();
        if let Some(instance) = self.instances.iter().position(|c| missing(&c)) {
            let circuit = self.instances.get(instance).copied().unwrap_or_default();
            return Err(PlanError::Circuit { instance, circuit });
        }
        (0..self.links.len()).try_for_each(|index| self.check_link(index))
    }

    fn check_link(&self, index: usize) -> Result<(), PlanError> {
        let error = |reason| Err(PlanError::Link { index, reason });
        let Some(&Link { from, to }) = self.links.get(index) else { return Ok(()) };
        let (Some(output), Some(input)) = (self.output(from), self.input(to)) else {
            return error("one of its ports does not exist");
        };
        if from.instance >= to.instance {
            return error("an instance takes values of earlier ones alone");
        }
        if self.links.iter().take(index).any(|other| other.to == to) {
            return error("the input has a link already");
        }
        let (shape, scale, leo) = (&output.shape, output.scale, output.leo);
        if (shape, scale, leo) != (&input.shape, input.scale, input.leo) {
            return error("its ports differ in shape, scale or type");
        }
        match (output.visibility, input.visibility) {
            (Visibility::Private, _) | (_, Visibility::Private) => {
                error("nobody sees the values of a private port")
            }
            (Visibility::Hashed, Visibility::Hashed) => self.check_digests(index, from, to),
            (Visibility::Hashed, _) | (_, Visibility::Hashed) => {
                error("a digest is compared with a digest")
            }
            _ => Ok(()),
        }
    }

    /// A digest of several ports is compared with one of as many: each must be linked with its
    /// counterpart.
    fn check_digests(&self, index: usize, from: PortRef, to: PortRef) -> Result<(), PlanError> {
        let sharing = |ports: &[Port], port: usize| -> Vec<usize> {
            let digest = ports.get(port).and_then(|port| port.digest.as_ref());
            match digest {
                None => vec![port],
                some => (0..ports.len())
                    .filter(|i| ports.get(*i).and_then(|port| port.digest.as_ref()) == some)
                    .collect(),
            }
        };
        let outputs = self.circuit(from.instance).map(|c| sharing(&c.outputs, from.port));
        let inputs = self.circuit(to.instance).map(|c| sharing(&c.inputs, to.port));
        let (outputs, inputs) = (outputs.unwrap_or_default(), inputs.unwrap_or_default());
        let is_linked = |(&output, &input): (&usize, &usize)| {
            let from = PortRef { port: output, ..from };
            self.source(PortRef { port: input, ..to }) == Some(from)
        };
        let is_whole = outputs.len() == inputs.len();
        if is_whole && outputs.iter().zip(&inputs).all(is_linked) {
            return Ok(());
        }
        let reason = "ports that share a digest are linked together, in their order";
        Err(PlanError::Link { index, reason })
    }

    fn output(&self, place: PortRef) -> Option<&Port> {
        self.circuit(place.instance)?.outputs.get(place.port)
    }

    fn input(&self, place: PortRef) -> Option<&Port> {
        self.circuit(place.instance)?.inputs.get(place.port)
    }

    /// Refuses an inference in which linked ports do not hold the same. `shown` has for each
    /// instance what its ports show, inputs first.
    pub fn check_links(&self, shown: &[Vec<Shown>]) -> Result<(), StatementError> {
        for Link { from, to } in &self.links {
            let of = |instance: usize, port: usize| shown.get(instance)?.get(port);
            let inputs = self.circuit(from.instance).map_or(0, |c| c.inputs.len());
            let (output, input) = (of(from.instance, inputs + from.port), of(to.instance, to.port));
            let holds = match (output, input) {
                (Some(Shown::Hidden) | None, _) => false,
                (output, input) => output == input,
            };
            if !holds {
                let name = |port: Option<&Port>, instance: usize| {
                    port.map_or_else(String::new, |port| format!("{}[{instance}]", port.name))
                };
                return Err(StatementError::Link {
                    from: name(self.output(*from), from.instance),
                    to: name(self.input(*to), to.instance),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use lionml_quant::{Interval, Number, Scale};
    use lionml_r1cs::{Fr, field::One};
    use lionml_tensor::Shape;

    use super::*;
    use crate::Element;

    fn port(name: &str, visibility: Visibility) -> Port {
        let interval = Interval::signed(6).unwrap();
        let number = Number { scale: Scale::binary(4), interval };
        Port::new(name, Shape::from([3]), Element::Float, number, visibility)
    }

    /// A step that takes a state and data, and hands the state on.
    fn step(state: Visibility) -> Interface {
        Interface {
            name: "step".to_owned(),
            inputs: vec![port("w", state), port("x", Visibility::Public)],
            outputs: vec![port("w_next", state)],
        }
    }

    fn link(from: (usize, usize), to: (usize, usize)) -> Link {
        let place = |(instance, port)| PortRef { instance, port };
        Link { from: place(from), to: place(to) }
    }

    fn chain(state: Visibility) -> Plan {
        Plan {
            circuits: vec![step(state)],
            instances: vec![0, 0, 0],
            links: vec![link((0, 0), (1, 0)), link((1, 0), (2, 0))],
        }
    }

    /// A state of two tensors under one digest.
    fn shared() -> Plan {
        let mut plan = chain(Visibility::Hashed);
        let step = &mut plan.circuits[0];
        step.inputs.insert(1, port("b", Visibility::Hashed));
        step.outputs.push(port("b_next", Visibility::Hashed));
        step.inputs[..2].iter_mut().for_each(|port| port.digest = Some("state".to_owned()));
        step.outputs.iter_mut().for_each(|port| port.digest = Some("next".to_owned()));
        plan.links.extend([link((0, 1), (1, 1)), link((1, 1), (2, 1))]);
        plan
    }

    #[test]
    fn accepts_chains_of_instances() {
        for state in [Visibility::Public, Visibility::Packed, Visibility::Hashed] {
            let plan = chain(state);
            assert_eq!(plan.check(), Ok(()));
            let names = |ports: Vec<(PortRef, &Port)>| {
                ports.iter().map(|(at, port)| (at.instance, port.name.clone())).collect::<Vec<_>>()
            };
            let inputs = [(0, "w"), (0, "x"), (1, "x"), (2, "x")];
            let owned = |(instance, name): (usize, &str)| (instance, name.to_owned());
            assert_eq!(names(plan.inputs().collect()), inputs.map(owned));
            assert_eq!(names(plan.outputs().collect()), [(2, "w_next")].map(owned));
        }
        assert_eq!(shared().check(), Ok(()));
        assert_eq!(shared().circuits[0].salts(), 2);
        assert_eq!(Plan::single(step(Visibility::Private)).check(), Ok(()));
    }

    #[test]
    fn rejects_plans_with_two_readings() {
        type Change = fn(&mut Plan);
        let changes: [(Change, &str); 19] = [
            (|plan| plan.instances.clear(), "there is no instance of `step`"),
            (|plan| plan.circuits.push(step(Visibility::Public)), "two circuits have it"),
            (
                |plan| {
                    let other = Interface { name: "other".to_owned(), ..step(Visibility::Public) };
                    plan.circuits.push(other);
                },
                "there is no instance of `other`",
            ),
            (|plan| plan.instances[1] = 1, "instance `1` is of circuit `1`, which does not exist"),
            (|plan| plan.instances = vec![0; 5000], "`5000` instances, at most `4096`"),
            (|plan| plan.circuits[0].name = "a`b".to_owned(), "the name \"a`b\""),
            (|plan| plan.circuits[0].inputs[0].name = "a`b".to_owned(), "the name \"a`b\""),
            (|plan| plan.circuits[0].inputs[1].leo = "i64".parse().unwrap(), "port `x`: the type"),
            (
                |plan| plan.circuits[0].inputs[1].digest = Some("d".to_owned()),
                "port `x`: it shares a digest and is not hashed",
            ),
            (
                |plan| {
                    plan.circuits[0].inputs[0].digest = Some("d".to_owned());
                    plan.circuits[0].outputs[0].digest = Some("d".to_owned());
                },
                "port `w_next`: it shares a digest with an input",
            ),
            (
                |plan| plan.circuits[0].inputs[1].shape = Shape::from([1 << 19, 4]),
                "values are shown",
            ),
            (|plan| plan.links[0].to.port = 9, "link `0`: one of its ports does not exist"),
            (|plan| plan.links[0].from.instance = 3, "link `0`: one of its ports does not exist"),
            (
                |plan| plan.links[1].from.instance = 2,
                "link `1`: an instance takes values of earlier",
            ),
            (|plan| plan.links[1].to.instance = 1, "link `1`: an instance takes values of earlier"),
            (|plan| plan.links[1] = plan.links[0], "link `1`: the input has a link already"),
            (
                |plan| plan.circuits[0].outputs[0].scale = Scale::binary(5),
                "link `0`: its ports differ in shape, scale or type",
            ),
            (
                |plan| plan.circuits[0].outputs[0].visibility = Visibility::Private,
                "link `0`: nobody sees the values of a private port",
            ),
            (
                |plan| plan.circuits[0].outputs[0].visibility = Visibility::Public,
                "link `0`: a digest is compared with a digest",
            ),
        ];
        for (change, expected) in changes {
            let mut plan = chain(Visibility::Hashed);
            change(&mut plan);
            let error = plan.check().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}: {expected}");
        }
    }

    #[test]
    fn rejects_parts_of_a_shared_digest() {
        for change in [
            (|plan: &mut Plan| {
                plan.links.pop();
            }) as fn(&mut Plan),
            |plan| {
                let (a, b) = (plan.links[0].from, plan.links[2].from);
                (plan.links[0].from, plan.links[2].from) = (b, a);
            },
            |plan| plan.circuits[0].outputs[1].digest = None,
        ] {
            let mut plan = shared();
            change(&mut plan);
            let error = plan.check().unwrap_err().to_string();
            assert!(error.contains("ports that share a digest are linked together"), "{error}");
        }
    }

    #[test]
    fn rejects_instances_whose_links_do_not_hold() {
        let plan = chain(Visibility::Hashed);
        let instance = |from: u64, to: u64| {
            let digest = |value| Shown::Digest(Fr::from(value));
            vec![digest(from), Shown::Integers(vec![1, 2, 3]), digest(to)]
        };
        let honest = [instance(1, 2), instance(2, 3), instance(3, 4)];
        assert_eq!(plan.check_links(&honest), Ok(()));
        let refused = |shown: &[Vec<Shown>]| plan.check_links(shown).unwrap_err().to_string();
        let expected = "`w_next[0]` and `w[1]` are linked, and do not hold the same values";
        assert_eq!(refused(&[instance(1, 2), instance(3, 4), instance(4, 5)]), expected);
        // In another order, left out, hidden.
        let [first, second, third] = honest.clone();
        assert_eq!(refused(&[second.clone(), first.clone(), third]), expected);
        assert!(refused(&[first.clone(), second]).contains("w_next[1]"));
        let mut hidden = honest;
        hidden[0][2] = Shown::Hidden;
        hidden[1][0] = Shown::Hidden;
        assert_eq!(refused(&hidden), expected);
        assert_ne!(Shown::Digest(Fr::one()), Shown::Integers(vec![1]));
    }
}
