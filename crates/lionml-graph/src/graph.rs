//! Nodes in order: each takes outputs of earlier ones.

use lionml_ops::{AnyOp, Fact, work};
use serde::{Deserialize, Serialize};

use crate::{Element, GraphError};

/// An output of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Outlet {
    /// The index of the node.
    pub node: usize,
    /// Which of its outputs.
    pub slot: usize,
}

/// The kind of a node: a source of the graph's own kind, or an operator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Kind<S> {
    /// An input or a constant.
    Source(S),
    /// An operator.
    Op(AnyOp),
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<S> {
    /// The name, as the ONNX file has it where it has one.
    pub name: String,
    /// Its kind.
    pub kind: Kind<S>,
    /// Its operands.
    pub inputs: Vec<Outlet>,
    /// The facts of its outputs.
    pub facts: Vec<Fact>,
}

/// A named output of a graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The name.
    pub name: String,
    /// The outlet that it shows.
    pub outlet: Outlet,
    /// Its element type in the original model.
    pub element: Element,
}

/// A graph whose sources are of kind `S`; nodes stand in topological order.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph<S> {
    nodes: Vec<Node<S>>,
    outputs: Vec<Output>,
    work: usize,
}

/// No model has more to do, in elements and products of all nodes together: four times the
/// non-zeros that the ceremony's powers serve, and as many as the terms of any circuit.
const MAX_WORK: usize = 1 << 27;

impl<S> Default for Graph<S> {
    fn default() -> Self {
        Self { nodes: Vec::new(), outputs: Vec::new(), work: 0 }
    }
}

impl<S> Graph<S> {
    /// A graph without nodes.
    pub fn new() -> Self {
        Self::default()
    }

    /// The nodes in topological order.
    pub fn nodes(&self) -> &[Node<S>] {
        &self.nodes
    }

    /// The outputs.
    pub fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// The fact of an outlet.
    pub fn fact(&self, outlet: Outlet) -> Option<&Fact> {
        self.nodes.get(outlet.node).and_then(|node| node.facts.get(outlet.slot))
    }

    /// Adds a source.
    pub fn source(&mut self, name: impl Into<String>, source: S, fact: Fact) -> Outlet {
        let (name, kind) = (name.into(), Kind::Source(source));
        self.nodes.push(Node { name, kind, inputs: Vec::new(), facts: vec![fact] });
        Outlet { node: self.nodes.len() - 1, slot: 0 }
    }

    /// Adds an operator; its operands must exist and fit, and there must be room for what it does.
    /// Returns its first output.
    pub fn op(
        &mut self,
        name: impl Into<String>,
        op: impl Into<AnyOp>,
        inputs: &[Outlet],
    ) -> Result<Outlet, GraphError> {
        let (name, op) = (name.into(), op.into());
        let facts = inputs
            .iter()
            .map(|&outlet| {
                self.fact(outlet).cloned().ok_or_else(|| GraphError::Outlet {
                    node: name.clone(),
                    from: outlet.node,
                    slot: outlet.slot,
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        self.work = self.work.saturating_add(work(&*op, &facts));
        if self.work > MAX_WORK {
            let (op, work, limit) = (op.name(), self.work, MAX_WORK);
            return Err(GraphError::TooLarge { node: name, op, work, limit });
        }
        let facts = op.infer(&facts).map_err(|source| GraphError::Op {
            node: name.clone(),
            op: op.name(),
            source,
        })?;
        self.nodes.push(Node { name, kind: Kind::Op(op), inputs: inputs.to_vec(), facts });
        Ok(Outlet { node: self.nodes.len() - 1, slot: 0 })
    }

    /// Names an output.
    pub fn output(
        &mut self,
        name: impl Into<String>,
        outlet: Outlet,
        element: Element,
    ) -> Result<(), GraphError> {
        let name = name.into();
        if self.fact(outlet).is_none() {
            return Err(GraphError::Outlet { node: name, from: outlet.node, slot: outlet.slot });
        }
        self.outputs.push(Output { name, outlet, element });
        Ok(())
    }

    /// The number of operands and graph outputs that each node feeds.
    pub fn fan_out(&self) -> Vec<usize> {
        let mut uses = vec![0; self.nodes.len()];
        let outlets = self.nodes.iter().flat_map(|n| n.inputs.iter().copied());
        for outlet in outlets.chain(self.outputs.iter().map(|o| o.outlet)) {
            uses[outlet.node] += 1;
        }
        uses
    }
}
