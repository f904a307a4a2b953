//! Errors of statements and plans.

use lionml_gadgets::GadgetError;
use lionml_r1cs::SizeError;

/// Public elements that are not those of the statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Another number of public elements than the interface has.
    #[error("`{circuit}` has `{expected}` public elements, the proof has `{got}`")]
    Elements {
        /// The name of the circuit.
        circuit: String,
        /// The number that the interface has.
        expected: usize,
        /// The number of elements.
        got: usize,
    },
    /// A proof of nothing.
    #[error("the proof has no instances: it proves nothing")]
    NoInstances,
    /// A proof with a part of an inference.
    #[error("an inference takes `{expected}` instances, the proof has `{got}`")]
    Instances {
        /// The number of instances of one inference.
        expected: usize,
        /// The number of instances in the proof.
        got: usize,
    },
    /// A key with another number of public elements than the interface has.
    #[error("`{circuit}` has `{expected}` public elements before padding, its key has `{got}`")]
    Publics {
        /// The name of the circuit.
        circuit: String,
        /// The number of elements, without padding.
        expected: usize,
        /// The number that the key has, with padding.
        got: usize,
    },
    /// A public value outside the interval of its port.
    #[error("`{name}`, element `{element}`: the value lies outside the interval of the manifest")]
    Value {
        /// The name of the port.
        name: String,
        /// The element.
        element: usize,
    },
    /// Two linked ports that do not hold the same values.
    #[error("`{from}` and `{to}` are linked, and do not hold the same values")]
    Link {
        /// The output.
        from: String,
        /// The input.
        to: String,
    },
}

/// A plan that makes no statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A plan without an instance, or a circuit that has none.
    #[error("{}", circuit.as_ref().map_or_else(
        || "there are no instances".to_owned(),
        |name| format!("there is no instance of `{name}`"),
    ))]
    Unused {
        /// The name of the circuit.
        circuit: Option<String>,
    },
    /// More instances or links than a plan may have.
    #[error("`{got}` {what}, at most `{most}`")]
    TooMany {
        /// Instances, links, or values that are shown.
        what: &'static str,
        /// The number of them.
        got: usize,
        /// The largest number.
        most: usize,
    },
    /// An instance of a circuit that does not exist.
    #[error("instance `{instance}` is of circuit `{circuit}`, which does not exist")]
    Circuit {
        /// The instance.
        instance: usize,
        /// The index of the circuit.
        circuit: usize,
    },
    /// A name that is not plain, or that two ports or circuits share.
    #[error("the name {name:?}: {reason}")]
    Name {
        /// The name.
        name: String,
        /// The reason.
        reason: &'static str,
    },
    /// A port whose parts contradict each other.
    #[error("port `{port}`: {reason}")]
    Port {
        /// The name of the port.
        port: String,
        /// The contradiction.
        reason: String,
    },
    /// A link between ports that cannot hold the same values, or that do not exist.
    #[error("link `{index}`: {reason}")]
    Link {
        /// The index of the link.
        index: usize,
        /// The reason.
        reason: &'static str,
    },
}

/// Rows of a port that cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// A circuit that would outgrow what can be proved.
    #[error(transparent)]
    Size(#[from] SizeError),
    /// A gadget that cannot be written.
    #[error(transparent)]
    Gadget(#[from] GadgetError),
}
