//! Add, Sub, Mul, Sum and Mean.

use lionml_ops::ops::{Add, Mul, Square, Sub};

use crate::{
    ImportError,
    node::{NodeImport, Outputs},
    value::Value,
};

pub(super) fn add(node: &mut NodeImport<'_, '_>) -> Outputs {
    let [a, b] = node.pair()?;
    if let Some(masked) = node.hidden_by(&a, &b)? {
        return Ok(vec![masked]);
    }
    Ok(vec![node.arithmetic(Add, &[&a, &b])?])
}

pub(super) fn sub(node: &mut NodeImport<'_, '_>) -> Outputs {
    let [a, b] = node.pair()?;
    Ok(vec![node.arithmetic(Sub, &[&a, &b])?])
}

pub(super) fn mul(node: &mut NodeImport<'_, '_>) -> Outputs {
    let [a, b] = node.pair()?;
    Ok(vec![node.product(&a, &b)?])
}

pub(super) fn sum(node: &mut NodeImport<'_, '_>) -> Outputs {
    let operands = node.all()?;
    let operands: Vec<_> = operands.iter().collect();
    node.same_type(&operands)?;
    Ok(vec![node.sum(&operands)?])
}

pub(super) fn mean(node: &mut NodeImport<'_, '_>) -> Outputs {
    let operands = node.all()?;
    let operands: Vec<_> = operands.iter().collect();
    let kind = node.same_type(&operands)?;
    let sum = node.sum(&operands)?;
    node.only_floats(&sum)?;
    #[expect(clippy::cast_precision_loss, reason = "no node has 2^53 operands")]
    let share = node.scalar(kind, 1.0 / operands.len() as f64)?;
    Ok(vec![node.product(&sum, &share)?])
}

impl NodeImport<'_, '_> {
    /// A product; one that changes nothing is dropped.
    pub(crate) fn product(&mut self, a: &Value, b: &Value) -> Result<Value, ImportError> {
        for (factor, other) in [(a, b), (b, a)] {
            let is_one = factor.as_constant().is_some_and(|factor| factor.is_all(1.0));
            let is_wire = other.as_constant().is_none();
            if is_one
                && is_wire
                && factor.shape().broadcast(other.shape()).as_ref() == Ok(other.shape())
            {
                return Ok(other.clone());
            }
        }
        match (a, b) {
            // No square is negative, which a product of any two could be.
            (Value::Wire(left), Value::Wire(right)) if left.outlet == right.outlet => {
                self.arithmetic(Square, &[a])
            }
            _ => self.arithmetic(Mul, &[a, b]),
        }
    }

    /// The sum of one or more operands, from the first on.
    pub(crate) fn sum(&mut self, operands: &[&Value]) -> Result<Value, ImportError> {
        let [first, rest @ ..] = operands else {
            return Err(self.error("it has no operand"));
        };
        rest.iter().try_fold(Value::clone(first), |sum, term| self.arithmetic(Add, &[&sum, term]))
    }

    /// Two operands of one type. Before operator set 7 the second one is aligned with an axis of the
    /// first.
    pub(crate) fn pair(&mut self) -> Result<[Value; 2], ImportError> {
        let [a, b] = [self.operand(0)?, self.operand(1)?];
        self.same_type(&[&a, &b])?;
        if self.opset >= 7 {
            return Ok([a, b]);
        }
        let is_broadcast = self.flag("broadcast", false)?;
        let rank = a.shape().rank();
        let behind = match self.optional_int("axis")? {
            Some(axis) => rank.saturating_sub(self.axis(axis, rank)? + b.shape().rank()),
            None => 0,
        };
        if !is_broadcast && a.shape() != b.shape() {
            let (a, b) = (a.shape(), b.shape());
            return Err(self.error(format!("shapes `{a}` and `{b}` without attribute `broadcast`")));
        }
        let shape = [b.shape().axes(), &vec![1; behind]].concat();
        Ok([a, self.reshape(b, shape)?])
    }
}
