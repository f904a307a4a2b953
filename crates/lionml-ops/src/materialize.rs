//! When a combination of many terms becomes one variable.

use lionml_r1cs::{Builder, Linear, SizeError};
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

/// Whether there is room for sums in which each element stands so often: sums of sums, none of
/// which takes a row, would grow without end.
pub(crate) fn check_sums(
    builder: &Builder,
    elements: &Tensor<Linear>,
    uses: &[usize],
) -> Result<(), SizeError> {
    let terms =
        elements.data().iter().zip(uses).map(|(e, uses)| e.terms().len().saturating_mul(*uses));
    builder.check_terms(terms.fold(0, usize::saturating_add))
}

#[cfg(test)]
mod tests {
    use lionml_quant::{Interval, Number, QTensor, Scale};
    use lionml_r1cs::field::from_i128;
    use lionml_tensor::Window;
    use lionml_testing::Target;

    use super::*;
    use crate::{
        Fact, Op,
        ops::{Conv, Einsum, SumPool},
    };

    /// Two linear maps, one after the other: rows of the second, non-zeros of its outputs.
    fn chain(second: &dyn Op, outputs: &[usize], weights: QTensor) -> (usize, usize) {
        let number = Number { scale: Scale::ONE, interval: Interval::new(-9, 20).unwrap() };
        let pool = SumPool { window: Window::uniform(1, 4, 4, 6) };
        let pooled = pool.infer(&[Fact::fixed([1, 1, 24], number)]).unwrap();
        let facts = [pooled[0].clone(), Fact::constant(weights.clone())];
        let result = second.infer(&facts).unwrap();
        assert_eq!(result[0].shape.axes(), outputs);

        let mut builder = Builder::new();
        let elements = Tensor::from_fn([1, 1, 24], |_| builder.private_input().into());
        let x = [Wires::Variable { elements, number }];
        let elements = pool.synthesize(&mut builder, &x, &pooled).unwrap().remove(0);
        let sums = Wires::Variable { elements, number: pooled[0].number.unwrap() };
        let wires = [sums, Wires::Constant(weights.clone())];
        let proved = second.synthesize(&mut builder, &wires, &result).unwrap().remove(0);

        let values: Vec<i128> = (0..24).map(|i| i * 7 % 30 - 9).collect();
        let x = Tensor::new([1, 1, 24], values.clone()).unwrap();
        let exact = |op: &dyn Op, inputs: &[QTensor], facts: &[Fact]| {
            let values = op.eval_quant(inputs, facts).unwrap().remove(0).into();
            QTensor { values, number: facts[0].number.unwrap() }
        };
        let x = QTensor { values: x.into(), number };
        let exact = exact(second, &[exact(&pool, &[x], &pooled), weights], &result);
        let target = Target::new(builder.finish());
        let witness = target.honest(&values);
        for (proved, exact) in proved.data().iter().zip(exact.values.data()) {
            assert_eq!(proved.value(|v| witness.value(v)), from_i128(*exact));
        }
        target.assert_sound(&values, &[]);
        let terms = proved.data().iter().map(|output| output.terms().len()).sum();
        (target.circuit().constraints(), terms)
    }

    #[test]
    fn pins_counts_of_linear_maps_after_others() {
        let weights = |shape: &[usize], values: fn(usize) -> i128| {
            QTensor::constant(Tensor::from_fn(shape.to_vec(), values), Scale::ONE).unwrap()
        };
        let einsum = Einsum { expression: "bci,ij->bcj".parse().unwrap() };
        // Few outputs: 6 sums of 4 terms each stay as they are.
        let narrow = weights(&[6, 3], |_| 1);
        assert_eq!(chain(&einsum, &[1, 1, 3], narrow), (0, 3 * 6 * 4));
        let wide = weights(&[6, 4], |i| i as i128 + 1);
        assert_eq!(chain(&einsum, &[1, 1, 4], wide), (6, 4 * 6));
        // A weight of zero does not count as a use.
        let pruned = weights(&[6, 4], |i| i128::from(i % 4 != 0));
        assert_eq!(chain(&einsum, &[1, 1, 4], pruned), (0, 3 * 6 * 4));
        // Elements at the border stand in fewer windows.
        let conv = Conv { window: Window::uniform(1, 2, 1, 5), groups: 1 };
        let filters = weights(&[2, 1, 2], |i| i as i128 + 1);
        assert_eq!(chain(&conv, &[1, 2, 5], filters), (4, 2 * (3 * 2 + 2 * (1 + 4))));
    }

    #[test]
    fn matches_the_rule_at_its_edge() {
        let mut builder = Builder::new();
        let x: Vec<Linear> = (0..3).map(|_| builder.private_input().into()).collect();
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
