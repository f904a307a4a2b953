//! Errors of graphs.

use lionml_ops::OpError;
use lionml_quant::QuantError;
use lionml_tensor::ShapeError;

/// A graph that cannot be built, run, quantised or lowered.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// An operator that does not fit its operands.
    #[error("node `{node}` ({op})")]
    Op {
        /// The name of the node.
        node: String,
        /// The operator.
        op: &'static str,
        /// The reason.
        #[source]
        source: OpError,
    },
    /// A node with which there is more to compute than a circuit could hold.
    #[error(
        "node `{node}` ({op}): up to here the model runs through `{work}` elements and products, of \
         which it may have `{limit}`"
    )]
    TooLarge {
        /// The name of the node.
        node: String,
        /// The operator.
        op: &'static str,
        /// The elements and products up to this node, its own included.
        work: usize,
        /// The most that a model may have.
        limit: usize,
    },
    /// An operand that no node before it produces.
    #[error("node `{node}` takes output `{slot}` of node `{from}`, which does not exist before it")]
    Outlet {
        /// The name of the node.
        node: String,
        /// The index of the node it refers to.
        from: usize,
        /// The output of that node.
        slot: usize,
    },
    /// A name that a screen or a program could take for something else.
    #[error("the name {name:?}: {}", crate::PLAIN_NAME)]
    Name {
        /// The name.
        name: String,
    },
    /// Another number of inputs than the model has.
    #[error("the model takes `{expected}` inputs, got `{got}`")]
    Inputs {
        /// How many the model takes.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// An input of another shape.
    #[error("input `{input}`")]
    InputShape {
        /// The name of the input.
        input: String,
        /// The reason.
        #[source]
        source: ShapeError,
    },
    /// An input whose interval a range check does not enforce.
    #[error(
        "input `{input}` of the interval `{interval}`: rows enforce whole bits, here `{enforced}`"
    )]
    InputInterval {
        /// The name of the input.
        input: String,
        /// Its interval.
        interval: lionml_quant::Interval,
        /// What rows would enforce.
        enforced: lionml_quant::Interval,
    },
    /// A statement with visibilities for another number of outputs than the model has.
    #[error("the model has `{expected}` outputs, got `{got}`")]
    Outputs {
        /// How many the model has.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// A port of a statement that is not the model's.
    #[error("the port `{port}` of the statement is not that of the model")]
    Port {
        /// The name of the port.
        port: String,
    },
    /// A value of an input outside the interval that the circuit enforces.
    #[error(
        "input `{input}`, element `{element}`: the value `{value}` lies outside `[{low}, {high}]`"
    )]
    InputRange {
        /// The name of the input.
        input: String,
        /// The element.
        element: usize,
        /// The value.
        value: f64,
        /// The smallest value that the model was compiled for.
        low: f64,
        /// The largest.
        high: f64,
    },
    /// A value of an input that is not a finite number.
    #[error("input `{input}`, element `{element}`: `{value}` is not a finite number")]
    InputNotFinite {
        /// The name of the input.
        input: String,
        /// The element.
        element: usize,
        /// The value, as text.
        value: String,
    },
    /// A value of an input that is not of its element type.
    #[error(
        "input `{input}`, element `{element}`: the value `{value}` is not a valid `{expected}`"
    )]
    InputElement {
        /// The name of the input.
        input: String,
        /// The element.
        element: usize,
        /// The value.
        value: f64,
        /// The element type.
        expected: crate::Element,
    },
    /// A constant or a wire that does not fit its number format.
    #[error("node `{node}`")]
    Number {
        /// The name of the node.
        node: String,
        /// The reason.
        #[source]
        source: QuantError,
    },
    /// A value outside its wire's interval: a defect of an operator's interval rule.
    #[error("node `{node}`: `{value}` at element `{element}` breaks the interval rule of `{op}`")]
    Interval {
        /// The name of the node.
        node: String,
        /// The operator.
        op: &'static str,
        /// The element.
        element: usize,
        /// The value.
        value: i128,
    },
}
