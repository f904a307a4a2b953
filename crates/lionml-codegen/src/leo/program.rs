//! What a Leo function computes: integers as field elements, one statement after the other.

use std::collections::{BTreeMap, BTreeSet};

use lionml_quant::{IntegerType, Interval, Piecewise, Scale};

use super::LeoError;

/// `constant + Σ coefficient · variable`. In a circuit a sum is free.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) terms: BTreeMap<usize, i128>,
    pub(super) constant: i128,
}

impl Sum {
    pub(super) fn constant(constant: i128) -> Self {
        Self { terms: BTreeMap::new(), constant }
    }

    pub(super) fn variable(variable: usize) -> Self {
        Self { terms: BTreeMap::from([(variable, 1)]), constant: 0 }
    }

    pub(super) fn as_constant(&self) -> Option<i128> {
        self.terms.is_empty().then_some(self.constant)
    }

    /// The sum and `factor` times another one. Coefficients stay within the largest interval, as
    /// sums of them do: what an artefact holds must not wrap around.
    pub(super) fn plus(&self, other: &Self, factor: i128) -> Result<Self, LeoError> {
        let fits = |value: i128| Interval::point(value).map(|_| value).map_err(LeoError::from);
        let add = |left: i128, right: i128| {
            let scaled = right.checked_mul(factor).and_then(|right| left.checked_add(right));
            fits(scaled.unwrap_or(i128::MAX))
        };
        let mut sum = self.clone();
        sum.constant = add(self.constant, other.constant)?;
        for (&variable, &coefficient) in &other.terms {
            let term = sum.terms.entry(variable).or_default();
            *term = add(*term, coefficient)?;
            if *term == 0 {
                sum.terms.remove(&variable);
            }
        }
        Ok(sum)
    }

    pub(super) fn times(&self, factor: i128) -> Result<Self, LeoError> {
        Self::default().plus(self, factor)
    }

    pub(super) fn minus(&self, other: &Self) -> Result<Self, LeoError> {
        self.plus(other, -1)
    }

    /// How many of Aleo's instructions compute it.
    fn instructions(&self) -> usize {
        let scaled = self.terms.values().filter(|coefficient| coefficient.abs() != 1).count();
        self.terms.len() + scaled
    }
}

/// A function of one field element that the program defines for itself.
///
/// The operand `x` is an integer of `bits` bits, 8, 16, 32, 64 or 128: a cast to Leo's integer of
/// that width writes its bits, and refuses what does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Function {
    /// `⌊x / 2^shift + 1/2⌋`, for operands that are not negative with the half added.
    RoundUnsigned { bits: u32, shift: u32 },
    /// `⌊x / 2^shift + 1/2⌋`.
    Round { bits: u32, shift: u32 },
    /// `max(⌊x / 2^shift + 1/2⌋, 0)`.
    RoundRelu { bits: u32, shift: u32 },
    /// One where `x ≥ 0`, else zero.
    IsNotNegative { bits: u32 },
    /// The curve of the program with this index.
    Curve(usize),
}

/// A function that is odd about its value at zero, in straight pieces of the magnitude.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Curve {
    /// What it is called.
    pub(super) name: &'static str,
    /// The scale of the operand, and of the value.
    pub(super) scales: [Scale; 2],
    /// The width of the operand.
    pub(super) bits: u32,
    /// The width of the magnitude.
    pub(super) magnitude_bits: u32,
    /// The value at zero.
    pub(super) centre: i128,
    /// The distance from it.
    pub(super) pieces: Piecewise,
}

/// Which of two values counts, by a bit of the magnitude: the tree over the pieces of a curve.
pub(super) enum Node {
    /// `intercept + slope · kept`.
    Line { intercept: i128, slope: i128 },
    /// The left one where the bit with this number is zero.
    Choice(u32, Box<[Node; 2]>),
}

impl Node {
    pub(super) fn is_constant(&self) -> bool {
        matches!(self, Self::Line { slope: 0, .. })
    }

    /// The products that choose: a choice between two numbers is linear in the bit.
    fn products(&self) -> usize {
        match self {
            Self::Line { .. } => 0,
            Self::Choice(_, nodes) => {
                let both = nodes.iter().all(Self::is_constant);
                usize::from(!both) + nodes.iter().map(Self::products).sum::<usize>()
            }
        }
    }

    fn instructions(&self) -> usize {
        match self {
            Self::Line { .. } => 2,
            Self::Choice(_, nodes) => 6 + nodes.iter().map(Self::instructions).sum::<usize>(),
        }
    }
}

impl Curve {
    /// The tree over the pieces. Bits that no magnitude has are zero.
    pub(super) fn tree(&self) -> Node {
        let kept_bits = self.pieces.bits() - self.pieces.dropped_bits();
        self.node(&mut self.pieces.pieces().iter(), kept_bits)
    }

    /// The node over the next pieces, which cover `2^level` arguments.
    fn node(&self, pieces: &mut std::slice::Iter<'_, lionml_quant::Piece>, level: u32) -> Node {
        let Some(piece) = pieces.as_slice().first() else {
            return Node::Line { intercept: 0, slope: 0 };
        };
        if piece.bits >= level {
            pieces.next();
            return Node::Line { intercept: piece.intercept, slope: piece.slope };
        }
        let [low, high] = [self.node(pieces, level - 1), self.node(pieces, level - 1)];
        let bit = level - 1 + self.pieces.dropped_bits();
        if bit < self.magnitude_bits { Node::Choice(bit, Box::new([low, high])) } else { low }
    }
}

/// What a variable is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// An element of an input.
    Input { port: usize, element: usize },
    /// A sum.
    Sum(Sum),
    /// A product, of which no factor is constant.
    Product(Sum, Sum),
    /// What a function gives.
    Call(Function, Sum),
}

/// An input or output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Port {
    pub(super) name: String,
    pub(super) integer: IntegerType,
    pub(super) interval: Interval,
    pub(super) scale: Scale,
    pub(super) elements: usize,
}

/// What begins at a variable: a node of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    /// The first variable.
    pub(super) start: usize,
    /// What it is called.
    pub(super) title: String,
    /// What its variables are called.
    pub(super) prefix: String,
}

/// A function of integers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) inputs: Vec<Port>,
    pub(super) values: Vec<Value>,
    pub(super) sections: Vec<Section>,
    pub(super) curves: Vec<Curve>,
    pub(super) outputs: Vec<(Port, Vec<Sum>)>,
}

impl Port {
    /// How the interval of an input is enforced beyond its type.
    pub(super) fn check(&self) -> Check {
        let bits = self.integer.bits();
        match (self.integer.is_signed(), self.interval.low() < 0) {
            (false, _) if self.interval.high() >> (bits - 1) != 0 => Check::None,
            (true, _) if self.interval.signed_bits() == bits => Check::None,
            (false, _) => Check::HighBits { from: 128 - self.interval.high().leading_zeros() },
            (true, _) => Check::SignBits { from: self.interval.signed_bits() - 1 },
        }
    }
}

/// What an input is asserted to be. Its interval is of whole bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// The type says it all.
    None,
    /// The bits from this one on are zero.
    HighBits { from: u32 },
    /// The bits from this one on are equal.
    SignBits { from: u32 },
}

impl Program {
    /// A new variable.
    pub(super) fn push(&mut self, value: Value) -> Sum {
        self.values.push(value);
        Sum::variable(self.values.len() - 1)
    }

    /// A product; without a row where a factor is constant.
    pub(super) fn product(&mut self, left: &Sum, right: &Sum) -> Result<Sum, LeoError> {
        match (left.as_constant(), right.as_constant()) {
            (Some(factor), _) => right.times(factor),
            (_, Some(factor)) => left.times(factor),
            _ => Ok(self.push(Value::Product(left.clone(), right.clone()))),
        }
    }

    /// The constraints of the function in the circuit of a transition: a bit takes one, and so
    /// does what the bits add up to; a product takes one; sums take none.
    pub(super) fn constraints(&self) -> usize {
        let of_bits = |bits: u32| bits as usize + 1;
        let values = self.values.iter().map(|value| match value {
            Value::Input { port, .. } => match self.inputs[*port].check() {
                Check::None => 0,
                Check::HighBits { .. } => 1,
                Check::SignBits { .. } => 7,
            },
            Value::Sum(_) => 0,
            Value::Product(..) => 1,
            Value::Call(function, _) => match function {
                Function::RoundUnsigned { bits, .. }
                | Function::Round { bits, .. }
                | Function::IsNotNegative { bits } => of_bits(*bits),
                Function::RoundRelu { bits, .. } => of_bits(*bits) + 1,
                Function::Curve(index) => {
                    let curve = &self.curves[*index];
                    let tree = curve.tree();
                    let last = usize::from(!tree.is_constant());
                    of_bits(curve.bits) + 1 + of_bits(curve.magnitude_bits) + tree.products() + last
                }
            },
        });
        let outputs = self.outputs.iter().flat_map(|(port, elements)| {
            let is_variable = |sum: &&Sum| sum.as_constant().is_none();
            elements.iter().filter(is_variable).map(|_| of_bits(port.integer.bits()))
        });
        values.chain(outputs).sum()
    }

    /// No fewer than the instructions that Leo makes of the function.
    pub(super) fn instructions(&self) -> usize {
        let values = self.values.iter().map(|value| match value {
            Value::Input { port, .. } => match self.inputs[*port].check() {
                Check::None => 3,
                Check::HighBits { .. } => 5,
                Check::SignBits { .. } => 8,
            },
            Value::Sum(sum) => sum.instructions(),
            Value::Product(left, right) => 1 + left.instructions() + right.instructions(),
            Value::Call(function, sum) => {
                let body = match function {
                    Function::RoundUnsigned { .. } | Function::IsNotNegative { .. } => 4,
                    Function::Round { .. } => 5,
                    Function::RoundRelu { .. } => 9,
                    Function::Curve(index) => 12 + self.curves[*index].tree().instructions(),
                };
                body + sum.instructions()
            }
        });
        let outputs = self.outputs.iter().flat_map(|(_, elements)| elements);
        values.sum::<usize>() + outputs.map(|sum| 3 + sum.instructions()).sum::<usize>()
    }

    /// The functions that the program calls.
    pub(super) fn functions(&self) -> BTreeSet<Function> {
        let function = |value: &Value| match value {
            Value::Call(function, _) => Some(*function),
            _ => None,
        };
        self.values.iter().filter_map(function).collect()
    }
}
