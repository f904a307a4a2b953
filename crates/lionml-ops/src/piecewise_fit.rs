//! Cutting a function into straight pieces, when a model is quantised.
//!
//! Floats are used here and nowhere later: the pieces are integers and are stored with the model.

use lionml_quant::{Piece, Piecewise};

/// A function to cut, and how close the pieces must come. It is monotone, and smooth on the scale
/// of [`Fit::STRAIGHT`].
pub(crate) struct Fit<'a> {
    /// The function, for arguments that are not negative.
    pub(crate) function: &'a dyn Fn(f64) -> f64,
    /// The largest error for a value of the function.
    pub(crate) bound: &'a dyn Fn(f64) -> f64,
    /// The largest value of the function; the smallest is zero or more.
    pub(crate) top: f64,
    /// The real number that the argument one stands for.
    pub(crate) step: f64,
    /// The width of arguments.
    pub(crate) bits: u32,
    /// The number of lowest bits of an argument that do not count.
    pub(crate) dropped_bits: u32,
    /// Whether the value at zero must be zero exactly.
    pub(crate) from_zero: bool,
}

impl Fit<'_> {
    /// A piece that rises spans at most this much of the argument.
    const STRAIGHT: f64 = 1.0;

    /// The number of arguments, evenly spaced, at which a piece is compared with the function.
    const SAMPLES: i128 = 32;

    /// The part of the bound that samples may take: between two of them a curve that bends evenly comes
    /// no more than a 512th of the piece's error nearer to the bound.
    const KEPT: f64 = 255.0 / 256.0;

    /// The pieces that cost least, and the fraction bits of their values: a piece costs a row, and
    /// a bit of their values `rows_per_bit` where they are used. At least `fraction_bits` and at
    /// most eleven more; none where even those are too few.
    pub(crate) fn cheapest(
        &self,
        fraction_bits: u32,
        rows_per_bit: usize,
    ) -> Option<(u32, Piecewise)> {
        let mut best: Option<(usize, u32, Vec<Piece>)> = None;
        // The finest values need the fewest pieces; coarser ones are given up once they cost more.
        for fraction_bits in (fraction_bits..fraction_bits + 12).rev() {
            let value_rows = rows_per_bit * fraction_bits as usize;
            let most = best.as_ref().map_or(Piecewise::MAX_PIECES, |(cost, ..)| cost - value_rows);
            let mut pieces = Vec::new();
            if self.cut(fraction_bits, 0, self.bits - self.dropped_bits, most, &mut pieces) {
                best = Some((pieces.len() + value_rows, fraction_bits, pieces));
            }
        }
        let (_, fraction_bits, pieces) = best?;
        Some((fraction_bits, Piecewise::new(self.dropped_bits, pieces).ok()?))
    }

    /// Cuts `2^bits` kept arguments from `first` on; whether `most` pieces are enough.
    fn cut(
        &self,
        fraction_bits: u32,
        first: i128,
        bits: u32,
        most: usize,
        pieces: &mut Vec<Piece>,
    ) -> bool {
        if pieces.len() >= most {
            return false;
        }
        if let Some(piece) = self.piece(fraction_bits, first, bits) {
            pieces.push(piece);
            return true;
        }
        let middle = first + (1 << bits >> 1);
        bits > 0
            && self.cut(fraction_bits, first, bits - 1, most, pieces)
            && self.cut(fraction_bits, middle, bits - 1, most, pieces)
    }

    /// One line for `2^bits` kept arguments from `first` on, where it is near enough everywhere.
    #[expect(clippy::cast_precision_loss, reason = "what floats cannot tell apart is flat")]
    #[expect(clippy::cast_possible_truncation, reason = "values of the function, below 2^60")]
    fn piece(&self, fraction_bits: u32, first: i128, bits: u32) -> Option<Piece> {
        let last = first + (1 << bits) - 1;
        let unit = libm::ldexp(1.0, fraction_bits.cast_signed());
        // A kept argument stands for all arguments from its first to its last.
        let ends = |kept: i128| {
            let start = kept << self.dropped_bits;
            let end = start + (1 << self.dropped_bits) - 1;
            [start, end].map(|argument| (self.function)(argument as f64 * self.step))
        };
        let middle = |kept: i128| ends(kept).iter().sum::<f64>() / 2.0;
        let count = (last - first).max(1);
        let slope = libm::round((middle(last) - middle(first)) * unit / count as f64);
        let span = ((last - first) << self.dropped_bits) as f64 * self.step;
        if slope != 0.0 && span > Self::STRAIGHT {
            return None;
        }
        // Each sample confines the intercept.
        let (mut low, mut high) = (f64::MIN, f64::MAX);
        for sample in 0..=count.min(Self::SAMPLES) {
            let kept = first + (last - first) * sample / count.min(Self::SAMPLES);
            let rise = slope * kept as f64;
            for value in ends(kept) {
                let bound = (self.bound)(value) * Self::KEPT;
                low = low.max((value - bound).max(0.0) * unit - rise);
                high = high.min((value + bound).min(self.top) * unit - rise);
            }
        }
        let is_fixed = self.from_zero && first == 0;
        let intercept = if is_fixed { 0.0 } else { libm::round((low + high) / 2.0) };
        (low <= intercept && intercept <= high).then_some(Piece {
            bits,
            intercept: intercept as i128,
            slope: slope as i128,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_function_within_the_bound_everywhere() {
        for (bits, dropped_bits, from_zero) in [(13u32, 0, false), (16, 1, false), (13, 0, true)] {
            let rising = |x: f64| 1.0 - libm::exp(-x);
            let fit = Fit {
                function: &rising,
                bound: &|_| 1.0 / 1024.0,
                top: 1.0,
                step: libm::ldexp(1.0, 3 - bits.cast_signed()),
                bits,
                dropped_bits,
                from_zero,
            };
            let (fraction_bits, function) = fit.cheapest(11, 1).unwrap();
            let mut worst = 0.0f64;
            for argument in 0..1i128 << bits {
                let value = function.eval(argument).unwrap() as f64;
                assert!(value >= 0.0);
                let value = libm::ldexp(value, -fraction_bits.cast_signed());
                assert!(value <= 1.0);
                worst = worst.max((value - rising(argument as f64 * fit.step)).abs());
            }
            assert!(worst <= 1.0 / 1024.0, "{worst}");
            assert!(function.pieces().len() < 64, "{}", function.pieces().len());
            assert!(!from_zero || function.eval(0) == Ok(0));
        }
    }

    #[test]
    fn rejects_bounds_below_the_step() {
        let fit = Fit {
            function: &|x| x,
            bound: &|_| 1e-9,
            top: 1.0,
            step: libm::ldexp(1.0, -4),
            bits: 4,
            dropped_bits: 2,
            from_zero: false,
        };
        assert!(fit.cheapest(4, 1).is_none());
    }
}
