//! When a combination of many terms becomes one variable.

use lionml_r1cs::{Builder, Linear};
use lionml_tensor::Tensor;

use crate::Wires;

/// The non-zeros that are worth as much prover time as one row with its variable, from the cost
/// model of `lionml-r1cs`.
const ROW_WEIGHT: usize = 4;

impl Wires {
    /// The combinations, each replaced by one variable where that is cheaper given how often the
    /// operator uses it: `terms · uses` non-zeros become `uses`, and one row of `terms + 1`.
    ///
    /// Without it, a linear map after another multiplies the non-zeros of both. `uses` has one
    /// entry an element.
    pub fn materialized(&self, builder: &mut Builder, uses: &[usize]) -> Tensor<Linear> {
        let elements = match self {
            Self::Constant(q) => return q.values.map(|&v| Linear::integer(v)),
            Self::Variable { elements, .. } => elements,
        };
        let mut uses = uses.iter();
        elements.map(|element| {
            let (terms, uses) = (element.terms().len(), uses.next().copied().unwrap_or_default());
            if terms.saturating_sub(1) * uses > terms + 1 + ROW_WEIGHT {
                builder.materialize("materialized", element)
            } else {
                element.clone()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use lionml_quant::{Interval, Number, Scale};

    use super::*;

    #[test]
    fn matches_the_rule_at_its_edge() {
        let mut builder = Builder::new();
        let x: Vec<Linear> = (0..3).map(|_| builder.private_input("x").into()).collect();
        let sum = &(&x[0] + &x[1]) + &x[2];
        let number = Number { scale: Scale::ONE, interval: Interval::BIT };
        let elements = Tensor::new([3], vec![x[0].clone(), sum.clone(), sum.clone()]).unwrap();
        let wires = Wires::Variable { elements, number };
        // Three terms: two are saved a use, at the price of four non-zeros and a row.
        let result = wires.materialized(&mut builder, &[100, 4, 5]);
        assert_eq!(result.data()[..2], [x[0].clone(), sum]);
        assert_eq!(result.data()[2].terms().len(), 1);
        assert_eq!(builder.rows(), 1);
    }
}
