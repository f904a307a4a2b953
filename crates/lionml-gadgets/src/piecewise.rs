//! Functions in straight pieces: `f(a) = intercept + slope · a` on the piece that `a` lies in.
//!
//! | constraint                  | rows         | enforces                                   |
//! |-----------------------------|--------------|--------------------------------------------|
//! | selectors of the pieces     | pieces − 2   | the piece (see `lookup`)                   |
//! | `p = slope · a`             | 1            | the rise; no row where no piece has one    |
//!
//! Intercept and slope are linear combinations of the selectors. The argument is given by its bits.
//! Upper bits that no piece tells apart cost nothing, and each further bit of a piece's width saves
//! a row, so saturation needs no comparison of its own: it is a wide flat piece.
//!
//! # Soundness
//!
//! The selectors follow from the bits, the bits are pinned by whoever made them, and the product
//! row leaves its variable no choice. A prover who takes the line of another piece fails in the
//! selectors; one with another argument fails where its bits were made.

use lionml_quant::Piecewise;
use lionml_r1cs::{Builder, Linear, field::from_i128};

use crate::{GadgetError, select};

/// The value of a function at the argument with these bits, lowest first and pinned to zero or one.
pub fn piecewise(
    builder: &mut Builder,
    bits: &[Linear],
    function: &Piecewise,
) -> Result<Linear, GadgetError> {
    let width = function.bits() as usize;
    if bits.len() > width {
        return Err(GadgetError::TableBits { expected: function.bits(), got: bits.len() });
    }
    let mut bits = bits.to_vec();
    bits.resize(width, Linear::zero());
    let kept = &bits[function.dropped_bits() as usize..];
    let leaves: Vec<u32> = function.pieces().iter().map(|piece| piece.bits).collect();
    let selectors = select(builder, kept, &leaves);
    let pieces = || function.pieces().iter().zip(&selectors);
    let slope = Linear::sum(pieces().map(|(piece, s)| (from_i128(piece.slope), s)));
    let intercept = Linear::sum(pieces().map(|(piece, s)| (from_i128(piece.intercept), s)));
    let rise = builder.product("slope times argument", &slope, &Linear::from_bits(kept));
    Ok(&intercept + &rise)
}

#[cfg(test)]
mod tests {
    use lionml_quant::Piece;
    use lionml_r1cs::{Fr, field::One};
    use lionml_testing::{Lie, Target};

    use super::*;
    use crate::decompose;

    fn function(parts: &[(u32, i128, i128)]) -> Piecewise {
        let pieces = parts.iter().map(|&(bits, intercept, slope)| Piece { bits, intercept, slope });
        Piecewise::new(1, pieces.collect()).unwrap()
    }

    fn target(width: u32, function: &Piecewise) -> (Target, Linear, usize) {
        let mut builder = Builder::new();
        let x = builder.private_input().into();
        let bits = decompose(&mut builder, &x, 0, width);
        let rows = builder.rows();
        let value = piecewise(&mut builder, &bits, function).unwrap();
        let rows = builder.rows() - rows;
        (Target::new(builder.finish()), value, rows)
    }

    const PARTS: &[(u32, i128, i128)] = &[(0, 5, 0), (0, -4, 2), (1, -7, 3), (2, 50, -6)];

    const LIES: &[Lie] = &[
        Lie { hint: "branch", values: |v| vec![Fr::one() - v[0]] },
        Lie { hint: "slope times argument", values: |v| vec![v[0] + from_i128(6)] },
    ];

    #[test]
    fn matches_integers_and_rejects_lies() {
        let function = function(PARTS);
        let (target, value, _) = target(4, &function);
        for x in 0..16 {
            let witness = target.honest(&[x]);
            let expected = from_i128(function.eval(x).unwrap());
            assert_eq!(value.value(|v| witness.value(v)), expected);
            target.assert_sound(&[x], LIES);
        }
    }

    #[test]
    fn matches_integers_of_narrow_arguments() {
        let function = function(PARTS);
        let (target, value, _) = target(3, &function);
        for x in 0..8 {
            let witness = target.honest(&[x]);
            let expected = from_i128(function.eval(x).unwrap());
            assert_eq!(value.value(|v| witness.value(v)), expected);
        }
    }

    #[test]
    fn rejects_arguments_wider_than_the_table() {
        let bits = vec![Linear::zero(); 5];
        let error = piecewise(&mut Builder::new(), &bits, &function(PARTS)).unwrap_err();
        assert_eq!(error, GadgetError::TableBits { expected: 4, got: 5 });
    }

    #[test]
    fn pins_counts() {
        let flat: Vec<_> = (0..8).map(|i| (0, i * i, 0)).collect();
        for (parts, rows) in [(PARTS, 2 + 1), (&flat, 6), (&[(3, 1, 2)], 0)] {
            assert_eq!(target(4, &function(parts)).2, rows);
        }
    }
}
