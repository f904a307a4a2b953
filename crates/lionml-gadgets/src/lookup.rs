//! Table look-up: which leaf of a binary tree the bits of an index lead to.
//!
//! | constraint                     | rows          | enforces                                |
//! |--------------------------------|---------------|-----------------------------------------|
//! | `right = node · bit`           | leaves − 2    | the branch; `left = node − right`       |
//!
//! Each selector is one where the bits lead to its leaf and zero elsewhere, so any table over the
//! leaves is a linear combination of them, at no further row. Leaves may be of different sizes: a
//! table is fine where its function bends and coarse where it is flat. All `2^m` values of `m`
//! bits as leaves are the one-hot form of the index. The root splits without a row.
//!
//! # Soundness
//!
//! The bits are pinned to zero or one by whoever made them, and each product row leaves its
//! variable no choice: by induction exactly one node of each level is one, the one that the bits
//! lead to. A prover who selects another leaf fails in the first product on the way.

use lionml_r1cs::{Builder, Linear};

/// The selectors of leaves, from index zero up. `bits` are those of the index, lowest first, and
/// pinned to zero or one; `leaves` says how many of the lowest bits each leaf ignores, and must
/// tile the `2^bits` indices like the leaves of a binary tree.
pub fn select(builder: &mut Builder, bits: &[Linear], leaves: &[u32]) -> Vec<Linear> {
    let mut selectors = Vec::with_capacity(leaves.len());
    descend(builder, bits, Linear::integer(1), leaves, &mut selectors);
    selectors
}

fn descend(
    builder: &mut Builder,
    bits: &[Linear],
    node: Linear,
    leaves: &[u32],
    selectors: &mut Vec<Linear>,
) {
    let is_leaf = leaves.get(selectors.len()).is_none_or(|&leaf| leaf as usize >= bits.len());
    match bits.split_last() {
        Some((top, lower)) if !is_leaf => {
            let right = builder.product("branch", &node, top);
            let left = &node - &right;
            descend(builder, lower, left, leaves, selectors);
            descend(builder, lower, right, leaves, selectors);
        }
        _ => selectors.push(node),
    }
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::{
        Fr,
        field::{One, Zero, from_i128},
    };
    use lionml_testing::{Lie, Target};

    use super::*;
    use crate::decompose;

    fn target(width: u32, leaves: &[u32]) -> (Target, Vec<Linear>, usize) {
        let mut builder = Builder::new();
        let x = builder.private_input().into();
        let bits = decompose(&mut builder, &x, 0, width);
        let rows = builder.rows();
        let selectors = select(&mut builder, &bits, leaves);
        let rows = builder.rows() - rows;
        (Target::new(builder.finish()), selectors, rows)
    }

    const LIES: &[Lie] = &[
        // Another branch, and half of each.
        Lie { hint: "branch", values: |v| vec![Fr::one() - v[0]] },
        Lie {
            hint: "branch",
            values: |_| vec![lionml_r1cs::field::Field::inverse(&from_i128(2)).unwrap()],
        },
    ];

    #[test]
    fn matches_the_index_and_rejects_lies() {
        for leaves in [&[0; 8][..], &[2, 0, 0, 1], &[0, 0, 1, 2]] {
            let (target, selectors, _) = target(3, leaves);
            for x in 0..8 {
                let witness = target.honest(&[x]);
                let mut start = 0;
                for (selector, leaf) in selectors.iter().zip(leaves) {
                    let end = start + (1 << leaf);
                    let selected = selector.value(|v| witness.value(v));
                    let expected = if (start..end).contains(&x) { Fr::one() } else { Fr::zero() };
                    assert_eq!(selected, expected);
                    start = end;
                }
                target.assert_sound(&[x], LIES);
            }
        }
    }

    #[test]
    fn pins_counts() {
        for (width, leaves, rows) in
            [(4, &[0; 16][..], 14), (1, &[0, 0], 0), (3, &[2, 0, 0, 1], 2), (3, &[3], 0)]
        {
            assert_eq!(target(width, leaves).2, rows);
        }
    }
}
