//! Which matrix holds which linear row.
//!
//! A row `l = 0` can stand in A (`l · 1 = 0`), in B (`1 · l = 0`), in C (`0 · 0 = l`), or be cut
//! in two, one part in A and the other in C (`l₁ · 1 = −l₂`). The number of non-zeros of each
//! matrix is rounded up to a power of two, so the cheapest three powers that hold everything are
//! found first and then filled evenly.

use std::cmp::Reverse;

use crate::{
    Linear, Matrix, Variable,
    cost::{log2_ceil, proof_microseconds, with_own_non_zeros},
    field::{Fr, One},
    row::Row,
};

/// How one linear row is spread: the first `in_a` terms in A, the next `in_b` in B, the rest in C.
#[derive(Clone, Copy, Default)]
struct Spread {
    in_a: usize,
    in_b: usize,
    in_c: usize,
}

/// The three matrices of these rows.
pub(crate) fn place(rows: Vec<Row>) -> [Matrix; 3] {
    let mut fixed = [0; 3];
    let mut linear = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        match row {
            Row::Product(a, b, c) => {
                for (count, part) in fixed.iter_mut().zip([a, b, c]) {
                    *count += part.terms().len();
                }
            }
            Row::Zero(l) => linear.push((index, l.terms().len())),
        }
    }
    // Long rows first: short ones then level the matrices.
    linear.sort_by_key(|&(index, terms)| (Reverse(terms), index));
    let spreads = spread(fixed, &linear, rows.len());

    let mut matrices = [Matrix::default(), Matrix::default(), Matrix::default()];
    for (index, row) in rows.into_iter().enumerate() {
        let [a, b, c] = match row {
            Row::Product(a, b, c) => [a, b, c],
            Row::Zero(l) => cut(&l, spreads[index]),
        };
        for (matrix, part) in matrices.iter_mut().zip([&a, &b, &c]) {
            matrix.push(part);
        }
    }
    matrices
}

fn cut(linear: &Linear, spread: Spread) -> [Linear; 3] {
    let part = |from: usize, to: usize| Linear::from_terms(linear.terms()[from..to].to_vec());
    let one = || Linear::from(Variable::ONE);
    let (left, rest) =
        (spread.in_a.max(spread.in_b), part(spread.in_a.max(spread.in_b), linear.terms().len()));
    debug_assert_eq!(left + spread.in_c, linear.terms().len());
    match spread {
        Spread { in_a: 0, in_b: 0, .. } => [Linear::zero(), Linear::zero(), rest],
        Spread { in_a: 0, in_b, .. } => [one(), part(0, in_b), rest.scaled(-Fr::one())],
        Spread { in_a, .. } => [part(0, in_a), one(), rest.scaled(-Fr::one())],
    }
}

/// One spread a row, by index; rows that are not linear get an empty one.
fn spread(fixed: [usize; 3], linear: &[(usize, usize)], rows: usize) -> Vec<Spread> {
    let total: usize = linear.iter().map(|(_, terms)| terms).sum();
    let low = fixed.map(|n| log2_ceil(with_own_non_zeros(n)));
    let high = low.map(|k| log2_ceil(fixed.iter().sum::<usize>() + total + rows + 1).max(k));
    let mut candidates = Vec::new();
    for ka in low[0]..=high[0] {
        for kb in low[1]..=high[1] {
            for kc in low[2]..=high[2] {
                let domains = [ka, kb, kc];
                let room: usize = domains.iter().map(|k| 1usize << k).sum();
                if room >= fixed.iter().sum::<usize>() + total {
                    candidates.push((proof_microseconds(0, domains, 0), domains));
                }
            }
        }
    }
    candidates.sort_unstable();
    candidates
        .into_iter()
        .find_map(|(_, domains)| fill(fixed, linear, rows, domains))
        .unwrap_or_else(|| everything_in_a(linear, rows))
}

fn everything_in_a(linear: &[(usize, usize)], rows: usize) -> Vec<Spread> {
    let mut spreads = vec![Spread::default(); rows];
    for &(index, terms) in linear {
        spreads[index].in_a = terms;
    }
    spreads
}

/// Spreads the rows so that no matrix outgrows its domain, always into the emptiest; none where
/// they do not fit.
fn fill(
    fixed: [usize; 3],
    linear: &[(usize, usize)],
    rows: usize,
    domains: [u32; 3],
) -> Option<Vec<Spread>> {
    let mut spreads = vec![Spread::default(); rows];
    let mut room = [0; 3];
    for i in 0..3 {
        room[i] = (1usize << domains[i]).checked_sub(with_own_non_zeros(fixed[i]))?;
    }
    for &(index, terms) in linear {
        // A row in A or B also puts a one into the other of the two.
        let fits =
            [room[0] >= terms && room[1] >= 1, room[1] >= terms && room[0] >= 1, room[2] >= terms];
        let emptiest = (0..3).filter(|&i| fits[i]).max_by_key(|&i| (room[i], Reverse(i)));
        let spread = match emptiest {
            Some(0) => Spread { in_a: terms, ..Spread::default() },
            Some(1) => Spread { in_b: terms, ..Spread::default() },
            Some(_) => Spread { in_c: terms, ..Spread::default() },
            None => {
                let in_c = room[2].min(terms);
                let rest = terms - in_c;
                if room[0] >= rest && room[1] >= 1 {
                    Spread { in_a: rest, in_b: 0, in_c }
                } else if room[1] >= rest && room[0] >= 1 {
                    Spread { in_a: 0, in_b: rest, in_c }
                } else {
                    return None;
                }
            }
        };
        room[0] -= spread.in_a + usize::from(spread.in_b > 0);
        room[1] -= spread.in_b + usize::from(spread.in_a > 0);
        room[2] -= spread.in_c;
        spreads[index] = spread;
    }
    Some(spreads)
}

#[cfg(test)]
mod tests {
    use crate::{Builder, Linear, field::from_i128};

    /// `rows` sums of `terms` private inputs, each equal to a hint.
    fn dense(rows: usize, terms: usize) -> crate::Circuit {
        let mut builder = Builder::new();
        let inputs: Vec<Linear> = (0..terms).map(|_| builder.private_input().into()).collect();
        for row in 1..=rows {
            let sum = Linear::sum(
                inputs.iter().enumerate().map(|(i, x)| (from_i128((row * 1000 + i) as i128), x)),
            );
            builder.materialize("sum", &sum);
        }
        builder.finish().0
    }

    #[test]
    fn matches_three_even_matrices() {
        let circuit = dense(30, 99);
        let [a, b, c] = circuit.matrices().map(crate::Matrix::non_zeros);
        assert!(a.max(b).max(c) <= 1024, "{a} {b} {c}");
        assert!(a + b + c <= 30 * 100 + 30);
    }

    #[test]
    fn matches_rows_that_are_cut_in_two() {
        // Every term of `Σ (1000 · row + i) · xᵢ − y` stands in one of the matrices, whatever the cut.
        let cuts: usize = (1..=6).map(|rows| cuts_of_whole_rows(rows, 150)).sum();
        assert!(cuts > 0, "no row is cut");
    }

    fn cuts_of_whole_rows(rows: usize, terms: usize) -> usize {
        let circuit = dense(rows, terms);
        let [a, b, c] = circuit.matrices();
        let one = [(crate::Variable::ONE, from_i128(1))];
        let mut cut = 0;
        for row in 0..rows {
            let (left, right) = match (a.row(row), b.row(row)) {
                (left, right) if right == one => (left, c.row(row)),
                (left, right) if left == one => (right, c.row(row)),
                ([], []) => (&[][..], c.row(row)),
                other => panic!("no linear row: {other:?}"),
            };
            cut += usize::from(!left.is_empty() && !right.is_empty());
            let linear = Linear::from_terms(left.to_vec());
            let linear = &linear - &Linear::from_terms(right.to_vec());
            assert_eq!(linear.terms().len(), terms + 1, "row {row}");
            // In C alone the combination stands with its sign turned.
            let sign = if left.is_empty() { -1 } else { 1 };
            for (i, (variable, k)) in linear.times(sign).terms()[..terms].iter().enumerate() {
                let expected = from_i128(((row + 1) * 1000 + i) as i128);
                assert_eq!((variable.index(), *k), (i, expected), "row {row}");
            }
        }
        cut
    }

    #[test]
    fn accepts_honest_values_wherever_rows_stand() {
        let mut builder = Builder::new();
        let inputs: Vec<Linear> = (0..40).map(|_| builder.private_input().into()).collect();
        for row in 0..17 {
            let sum = Linear::sum(
                inputs.iter().enumerate().map(|(i, x)| (from_i128(i as i128 + row), x)),
            );
            builder.materialize("sum", &sum);
        }
        let (circuit, program) = builder.finish();
        let inputs: Vec<_> = (0..40).map(|i| from_i128(i * i)).collect();
        let mut witness = program.solve(&inputs).unwrap();
        assert!(circuit.check(&witness).is_satisfied());
        witness.private[3] += from_i128(1);
        assert_eq!(circuit.check(&witness).violated, 17);
    }

    #[test]
    fn pins_padding_to_zero() {
        let mut builder = Builder::new();
        let x = builder.private_input();
        builder.public_output("y", &x.into());
        builder.public_output("z", &x.into());
        let (circuit, program) = builder.finish();
        assert_eq!(circuit.publics(), 4);
        let mut witness = program.solve(&[from_i128(5)]).unwrap();
        assert!(circuit.check(&witness).is_satisfied());
        witness.public[3] = from_i128(1);
        let report = circuit.check(&witness);
        assert_eq!(report.failures[0].label, "padding is zero");
    }
}
