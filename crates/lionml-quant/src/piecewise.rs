//! Functions of an integer in straight pieces.

use serde::{Deserialize, Serialize};

use crate::{Interval, QuantError};

/// A straight piece: `intercept + slope · argument` on `2^bits` arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Piece {
    /// It covers `2^bits` arguments.
    pub bits: u32,
    /// The value that the line has at argument zero.
    pub intercept: i128,
    /// What the value gains from an argument to the next.
    pub slope: i128,
}

/// A function of integers that are not negative, in straight pieces.
///
/// The lowest `dropped_bits` of an argument do not count. What remains is covered by pieces from
/// zero up, without gaps; each covers a power of two of arguments and starts at a multiple of that
/// power, so the pieces are the leaves of a binary tree over the bits of the argument.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(u32, Vec<Piece>)", into = "(u32, Vec<Piece>)")]
pub struct Piecewise {
    dropped_bits: u32,
    bits: u32,
    pieces: Vec<Piece>,
}

impl Piecewise {
    /// The widest argument of a function in pieces.
    pub const MAX_BITS: u32 = 120;

    /// The most pieces of a function: each takes rows, and each argument is looked for among them.
    pub const MAX_PIECES: usize = 1 << 14;

    /// The function with these pieces, which must cover some power of two of arguments.
    pub fn new(dropped_bits: u32, pieces: Vec<Piece>) -> Result<Self, QuantError> {
        if pieces.len() > Self::MAX_PIECES {
            return Err(QuantError::Pieces);
        }
        let mut covered = 0u128;
        for piece in &pieces {
            let fits = piece.bits <= Self::MAX_BITS && covered <= 1 << Self::MAX_BITS;
            if !fits || !covered.is_multiple_of(1 << piece.bits) {
                return Err(QuantError::Pieces);
            }
            covered += 1 << piece.bits;
        }
        let bits = covered.trailing_zeros().saturating_add(dropped_bits);
        if !covered.is_power_of_two() || bits > Self::MAX_BITS {
            return Err(QuantError::Pieces);
        }
        Ok(Self { dropped_bits, bits, pieces })
    }

    /// How many of the lowest bits of an argument do not count.
    pub fn dropped_bits(&self) -> u32 {
        self.dropped_bits
    }

    /// The width of arguments, with those bits.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// The pieces, from zero up.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The value at an argument.
    pub fn eval(&self, argument: i128) -> Result<i128, QuantError> {
        let kept = u128::try_from(argument).map_err(|_| QuantError::Overflow)? >> self.dropped_bits;
        let mut end = 0u128;
        let piece = self.pieces.iter().find(|piece| {
            end += 1 << piece.bits;
            kept < end
        });
        piece.ok_or(QuantError::Overflow)?.value(kept)
    }

    /// The smallest interval around the values at all arguments of an interval.
    pub fn image(&self, arguments: &Interval) -> Result<Interval, QuantError> {
        let kept = |end: i128| u128::try_from(end >> self.dropped_bits);
        let (Ok(low), Ok(high)) = (kept(arguments.low()), kept(arguments.high())) else {
            return Err(QuantError::Overflow);
        };
        let (mut ends, mut start) = (Vec::new(), 0u128);
        for piece in &self.pieces {
            let last = start + (1 << piece.bits) - 1;
            if low <= last && start <= high {
                ends.extend([piece.value(start.max(low))?, piece.value(last.min(high))?]);
            }
            start = last + 1;
        }
        if high >= start {
            return Err(QuantError::Overflow);
        }
        Interval::around(ends)
    }
}

impl Piece {
    fn value(&self, argument: u128) -> Result<i128, QuantError> {
        let argument = i128::try_from(argument).map_err(|_| QuantError::Overflow)?;
        let rise = self.slope.checked_mul(argument).ok_or(QuantError::Overflow)?;
        self.intercept.checked_add(rise).ok_or(QuantError::Overflow)
    }
}

impl From<Piecewise> for (u32, Vec<Piece>) {
    fn from(function: Piecewise) -> Self {
        (function.dropped_bits, function.pieces)
    }
}

impl TryFrom<(u32, Vec<Piece>)> for Piecewise {
    type Error = QuantError;

    fn try_from((dropped_bits, pieces): (u32, Vec<Piece>)) -> Result<Self, QuantError> {
        Self::new(dropped_bits, pieces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(parts: &[(u32, i128, i128)]) -> Vec<Piece> {
        parts.iter().map(|&(bits, intercept, slope)| Piece { bits, intercept, slope }).collect()
    }

    #[test]
    fn matches_pieces_by_hand() {
        let function = Piecewise::new(1, pieces(&[(0, 5, 0), (0, 4, 2), (1, -7, 3)])).unwrap();
        assert_eq!(function.bits(), 3);
        let values: Vec<_> = (0..8).map(|x| function.eval(x).unwrap()).collect();
        assert_eq!(values, [5, 5, 6, 6, -1, -1, 2, 2]);
        let image = |low, high| function.image(&Interval::new(low, high).unwrap());
        assert_eq!(image(1, 4), Interval::new(-1, 6));
        assert_eq!(image(6, 7), Interval::new(2, 2));
        assert!(image(0, 8).is_err() && image(-1, 2).is_err());
        assert!(function.eval(8).is_err() && function.eval(-1).is_err());
    }

    #[test]
    fn rejects_pieces_that_are_no_tree() {
        // A piece across two branches, a gap at the end, nothing, and more than any argument.
        for parts in [&[(0, 0, 0), (1, 0, 0), (0, 0, 0)][..], &[(1, 0, 0), (0, 0, 0)], &[]] {
            assert_eq!(Piecewise::new(0, pieces(parts)), Err(QuantError::Pieces));
        }
        for (dropped, bits) in [(0, 121), (0, u32::MAX), (120, 1), (u32::MAX, 1)] {
            assert_eq!(Piecewise::new(dropped, pieces(&[(bits, 0, 0)])), Err(QuantError::Pieces));
        }
        assert!(Piecewise::new(0, pieces(&[(120, 0, 0)])).is_ok());
        let most = Piecewise::MAX_PIECES;
        assert!(Piecewise::new(0, pieces(&vec![(0, 0, 0); most])).is_ok());
        assert!(Piecewise::new(0, pieces(&vec![(0, 0, 0); 2 * most])).is_err());
    }
}
