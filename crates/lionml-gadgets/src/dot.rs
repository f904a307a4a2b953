//! Sums of products of combinations.
//!
//! | constraint               | rows    | enforces                                     |
//! |--------------------------|---------|----------------------------------------------|
//! | `aᵢ · bᵢ = pᵢ`           | `n − 1` | each product but the last                    |
//! | `aₙ · bₙ = y − Σ pᵢ − l` | 1       | the sum; `l` holds the products by constants |
//!
//! `n` counts the pairs in which both sides have variables. The last row absorbs the addition, so
//! the sum is one variable at no extra row.
//!
//! # Soundness
//!
//! Each row leaves its one new variable no choice.
//!
//! The equations: `docs/gadgets/dot-products.md`.

use lionml_r1cs::{
    Builder, Linear,
    field::{Fr, One},
};

/// The sum of the products of all pairs.
pub fn dot<'a>(
    builder: &mut Builder,
    pairs: impl IntoIterator<Item = (&'a Linear, &'a Linear)>,
) -> Linear {
    let mut parts = Vec::new();
    let mut last: Option<(&Linear, &Linear)> = None;
    for (a, b) in pairs {
        let (a, b) = if a.as_constant().is_some() || b.as_constant().is_some() {
            (a, b)
        } else {
            let Some(before) = last.replace((a, b)) else { continue };
            before
        };
        parts.push(builder.product("product", a, b));
    }
    let rest = Linear::sum(parts.iter().map(|part| (Fr::one(), part)));
    let Some((a, b)) = last else { return rest };
    let inputs = vec![a.clone(), b.clone(), rest.clone()];
    let sum: Linear =
        builder.hint("dot product", inputs, 1, |v| vec![v[0] * v[1] + v[2]])[0].into();
    builder.enforce("dot product", a, b, &sum - &rest);
    sum
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::field::from_i128;
    use lionml_testing::{Lie, Target};

    use super::*;

    /// The sum and one product move together: the rows of the others stop it.
    const LIES: &[Lie] = &[
        Lie { hint: "product", values: |v| vec![v[0] + from_i128(7)] },
        Lie { hint: "dot product", values: |v| vec![v[0] - from_i128(7)] },
    ];

    fn build(pairs: usize, constants: &[i128]) -> (Target, Linear) {
        let mut builder = Builder::new();
        let mut wires = || Linear::from(builder.private_input());
        let mut left: Vec<_> = (0..pairs).map(|_| wires()).collect();
        let mut right: Vec<_> = (0..pairs).map(|_| wires()).collect();
        for &constant in constants {
            left.push(Linear::integer(constant));
            right.push(wires());
        }
        let sum = dot(&mut builder, left.iter().zip(&right));
        (Target::new(builder.finish()), sum)
    }

    #[test]
    fn matches_integers() {
        let (target, sum) = build(3, &[5, -2]);
        let values = [2, -3, 4, 10, 20, -30, 7, 11];
        let witness = target.honest(&values);
        let expected = 2 * 10 - 3 * 20 - 4 * 30 + 5 * 7 - 2 * 11;
        assert_eq!(sum.value(|v| witness.value(v)), from_i128(expected));
        assert_eq!(sum.terms().len(), 1);
        assert_eq!(dot(&mut Builder::new(), []), Linear::zero());
    }

    #[test]
    fn rejects_lies() {
        for constants in [&[][..], &[5, -2]] {
            let (target, _) = build(3, constants);
            let values: Vec<i128> = (1..=6 + constants.len()).map(|v| v as i128 * 3 - 8).collect();
            target.assert_sound(&values, LIES);
        }
    }

    #[test]
    fn pins_counts() {
        for (pairs, constants, rows) in [(1, 0, 1), (5, 0, 5), (5, 3, 5), (0, 3, 0)] {
            let (target, _) = build(pairs, &vec![2; constants]);
            assert_eq!((target.circuit().constraints(), target.hints()), (rows, rows));
        }
    }
}
