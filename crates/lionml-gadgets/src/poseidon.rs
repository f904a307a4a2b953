//! Poseidon with eight elements a block: the digest that Leo's `Poseidon8` computes.
//!
//! | constraint                      | rows              | enforces                             |
//! |---------------------------------|-------------------|--------------------------------------|
//! | `x = Σ …`                       | 1 an S-box        | the S-box's input, where it is wide  |
//! | `x², x⁴, x⁸, x¹⁶, x¹⁶ · x`      | 5 an S-box        | `x¹⁷`                                |
//!
//! A permutation has 103 S-boxes: nine in each of eight full rounds, one in each of 31 partial
//! rounds. Everything between them is linear and free, and S-boxes of constants are folded: the
//! header block costs nothing.
//!
//! # Representation
//!
//! Two rules keep the combinations short. An S-box mentions its input three times, so an input of
//! more than two terms becomes a variable first. And in the partial rounds, where the state would
//! grow by a term a round, the row that makes the input a variable is also a linear relation
//! between variables: the oldest of them is solved for and replaced in the rest of the state. No
//! row then has more than twenty terms, but for the data that a block absorbs.
//!
//! # Soundness
//!
//! Every hint is the value of a combination or a product of earlier values and stands alone in its
//! row, so a prover has no choice anywhere: each row determines its new variable. The replacement
//! adds a multiple of a row that is enforced and changes no value. The digest binds the *elements*;
//! they bind the bits in them only if rows pin these to zero or one (see `raw_bits`).
//!
//! The equations: `docs/gadgets/poseidon.md`.

use lionml_r1cs::{
    Builder, Linear, Variable,
    field::{Field, PoseidonParameters},
};

use crate::poseidon_constants::{PARAMETERS, WIDTH, header};

/// The digest of field elements, as [`native::poseidon8`](crate::native::poseidon8) computes it.
pub fn poseidon8(builder: &mut Builder, data: &[Linear]) -> Linear {
    let header = header(data.len()).map(Linear::constant);
    let mut state = vec![Linear::zero(); WIDTH];
    for (index, block) in std::iter::once(&header[..]).chain(data.chunks(header.len())).enumerate()
    {
        for (element, new) in state[1..].iter_mut().zip(block) {
            *element = &*element + new;
        }
        builder.scope(format!("block {index}"), |builder| permute(builder, &mut state));
    }
    state.swap_remove(1)
}

fn permute(builder: &mut Builder, state: &mut Vec<Linear>) {
    let PoseidonParameters { full_rounds, partial_rounds, ark, mds, .. } = &*PARAMETERS;
    let partial = full_rounds / 2..full_rounds / 2 + partial_rounds;
    for (round, constants) in ark.iter().enumerate() {
        for (element, constant) in state.iter_mut().zip(constants) {
            *element = &*element + &Linear::constant(*constant);
        }
        if partial.contains(&round) {
            let input = narrow(builder, &state[0]);
            replace_oldest(state, &input);
            state[0] = power(builder, &input);
        } else {
            for element in state.iter_mut() {
                let input = narrow(builder, element);
                *element = power(builder, &input);
            }
        }
        *state = mds.iter().map(|row| Linear::sum(row.iter().copied().zip(&*state))).collect();
    }
}

/// The combination in at most two terms: three mentions of more cost more than a row that names it.
fn narrow(builder: &mut Builder, value: &Linear) -> Linear {
    if value.terms().len() <= 2 {
        return value.clone();
    }
    builder.materialize("S-box input", value)
}

/// Solves `state[0] = input`, a row that stands, for its oldest variable and replaces this one in
/// the rest of the state.
fn replace_oldest(state: &mut [Linear], input: &Linear) {
    let relation = &state[0] - input;
    let Some(&(oldest, lead)) = relation.terms().iter().find(|(v, _)| *v != Variable::ONE) else {
        return;
    };
    let Some(inverse) = lead.inverse() else { return };
    for element in &mut state[1..] {
        if let Some(&(_, coefficient)) = element.terms().iter().find(|(v, _)| *v == oldest) {
            *element = &*element - &relation.scaled(coefficient * inverse);
        }
    }
}

/// `x¹⁷`.
fn power(builder: &mut Builder, x: &Linear) -> Linear {
    let square = builder.product("x^2", x, x);
    let fourth = builder.product("x^4", &square, &square);
    let eighth = builder.product("x^8", &fourth, &fourth);
    let sixteenth = builder.product("x^16", &eighth, &eighth);
    builder.product("x^17", &sixteenth, x)
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::{
        Fr,
        field::{One, from_i128, power_of_two},
    };
    use lionml_testing::{Lie, Target};

    use super::*;
    use crate::native;

    /// `count` private inputs hashed; the digest is public.
    fn target(count: usize) -> Target {
        let mut builder = Builder::new();
        let data: Vec<Linear> = (0..count).map(|_| builder.private_input().into()).collect();
        let digest = poseidon8(&mut builder, &data);
        builder.public_output("digest", &digest);
        Target::new(builder.finish())
    }

    const LIES: &[Lie] = &[
        // The other root of the same fourth power.
        Lie { hint: "x^2", values: |v| vec![-v[0]] },
        // The other root of the same square: the S-box of −x.
        Lie { hint: "S-box input", values: |v| vec![-v[0]] },
        Lie { hint: "x^4", values: |v| vec![-v[0]] },
        Lie { hint: "x^8", values: |v| vec![-v[0]] },
        Lie { hint: "x^16", values: |v| vec![-v[0]] },
        // A linear S-box.
        Lie { hint: "x^17", values: |_| vec![Fr::one()] },
    ];

    #[test]
    fn matches_the_native_digest() {
        for count in [0, 1, 2, 7, 8, 9, 16, 17] {
            let values: Vec<Fr> =
                (0..count as i128).map(|i| power_of_two(240) - from_i128(i * i)).collect();
            let witness = target(count).honest_fields(&values);
            assert_eq!(witness.public[1], native::poseidon8(&values), "{count}");
        }
    }

    #[test]
    fn rejects_lies() {
        target(1).assert_sound(&[-5], LIES);
    }

    #[test]
    fn rejects_directions_across_blocks() {
        let target = target(9);
        let witness = target.honest(&[0, 1, -1, 3, 5, 8, 13, 21, 34]);
        target.assert_rank(&witness);
    }

    #[test]
    fn rejects_another_digest() {
        let target = target(9);
        let mut witness = target.honest(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        witness.public[1] += Fr::one();
        assert!(!target.circuit().check(&witness).is_satisfied());
    }

    #[test]
    fn pins_the_widest_row() {
        let target = target(9);
        let non_zeros = |row| target.circuit().matrices().map(|m| m.row(row).len()).iter().sum();
        assert_eq!((0..target.circuit().constraints()).map(non_zeros).max(), Some(20usize));
    }

    #[test]
    fn pins_counts() {
        let counts = |count| {
            let target = target(count);
            let non_zeros = target.circuit().matrices().map(lionml_r1cs::Matrix::non_zeros);
            (target.circuit().constraints(), non_zeros.iter().sum::<usize>())
        };
        // Each with one row that names the digest. In the first block the capacity is constant,
        // and plain variables are narrow: 14 rows less than in the next.
        assert_eq!([0, 1, 8, 16].map(counts), [(1, 3), (561, 2739), (605, 2934), (1223, 5971)]);
    }
}
