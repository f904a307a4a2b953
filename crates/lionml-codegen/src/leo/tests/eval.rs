//! What a program computes, as Leo does.

use lionml_quant::IntegerType;

use super::super::program::{Curve, Function, Node, Port, Program, Sum, Value};

impl Program {
    /// What the program computes; none where Leo would refuse.
    pub(super) fn eval(&self, inputs: &[Vec<i128>]) -> Option<Vec<Vec<i128>>> {
        let mut values: Vec<i128> = Vec::with_capacity(self.values.len());
        let sum = |values: &[i128], sum: &Sum| {
            sum.terms.iter().fold(sum.constant, |all, (&v, factor)| all + values[v] * factor)
        };
        for value in &self.values {
            values.push(match value {
                Value::Input { port, element } => Some(inputs[*port][*element])
                    .filter(|&v| self.inputs[*port].interval.contains(v))?,
                Value::Sum(s) => sum(&values, s),
                Value::Product(a, b) => sum(&values, a) * sum(&values, b),
                Value::Call(function, s) => self.call(*function, sum(&values, s))?,
            });
        }
        let output = |(port, elements): &(Port, Vec<Sum>)| {
            let values = elements.iter().map(|element| sum(&values, element));
            values.map(|value| Some(value).filter(|&v| port.integer.contains(v))).collect()
        };
        self.outputs.iter().map(output).collect()
    }

    fn call(&self, function: Function, x: i128) -> Option<i128> {
        let unsigned = |bits: u32, value: i128| IntegerType::new(false, bits)?.check(value).ok();
        let signed = |bits: u32, value: i128| IntegerType::new(true, bits)?.check(value).ok();
        let half = |shift: u32| 1i128 << shift >> 1;
        match function {
            Function::RoundUnsigned { bits, shift } => {
                Some(unsigned(bits, x + half(shift))? >> shift)
            }
            Function::Round { bits, shift } => Some(signed(bits, x + half(shift))? >> shift),
            Function::RoundRelu { bits, shift } => {
                Some((signed(bits, x + half(shift))? >> shift).max(0))
            }
            Function::IsNotNegative { bits } => Some(i128::from(signed(bits, x)? >= 0)),
            Function::Curve(index) => self.curves[index].eval(x),
        }
    }
}

impl Curve {
    fn eval(&self, x: i128) -> Option<i128> {
        let magnitude = x.abs();
        let rise = self.tree().eval(magnitude, magnitude >> self.pieces.dropped_bits())?;
        self.centre.checked_add(if x < 0 { -rise } else { rise })
    }
}

impl Node {
    fn eval(&self, magnitude: i128, kept: i128) -> Option<i128> {
        match self {
            Self::Line { intercept, slope } => slope.checked_mul(kept)?.checked_add(*intercept),
            Self::Choice(bit, nodes) => {
                nodes[usize::from(magnitude >> bit & 1 == 1)].eval(magnitude, kept)
            }
        }
    }
}
