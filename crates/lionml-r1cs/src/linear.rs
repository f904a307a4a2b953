//! Linear combinations of variables.

use std::{
    fmt,
    ops::{Add, Neg, Sub},
};

use crate::field::{Fr, One, Zero, from_i128};

/// A variable of a circuit: public ones are what the verifier sees.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Variable(u32);

const PRIVATE: u32 = 1 << 31;

impl Variable {
    /// The public variable that is always one.
    pub const ONE: Self = Self(0);

    /// The public variable at an index; index zero is the constant one.
    pub fn public(index: usize) -> Self {
        Self(Self::number(index))
    }

    /// The private variable at an index.
    pub fn private(index: usize) -> Self {
        Self(Self::number(index) | PRIVATE)
    }

    fn number(index: usize) -> u32 {
        let index = u32::try_from(index).ok().filter(|i| i & PRIVATE == 0);
        #[expect(clippy::expect_used, reason = "a builder stops long before 2^31 variables")]
        index.expect("fewer than 2^31 variables")
    }

    /// Whether the verifier sees the variable.
    pub fn is_public(self) -> bool {
        self.0 & PRIVATE == 0
    }

    /// The index among the public or the private variables.
    pub fn index(self) -> usize {
        (self.0 & !PRIVATE) as usize
    }
}

impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.is_public() { "x" } else { "w" }, self.index())
    }
}

/// A linear combination: terms sorted by variable, without repetition and without zeros.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Linear(Vec<(Variable, Fr)>);

impl Linear {
    /// The combination without terms.
    pub fn zero() -> Self {
        Self(Vec::new())
    }

    /// A constant.
    pub fn constant(value: Fr) -> Self {
        Self::term(Variable::ONE, value)
    }

    /// An integer constant.
    pub fn integer(value: i128) -> Self {
        Self::constant(from_i128(value))
    }

    /// One variable with a coefficient.
    pub fn term(variable: Variable, coefficient: Fr) -> Self {
        Self(if coefficient.is_zero() { Vec::new() } else { vec![(variable, coefficient)] })
    }

    /// The sum of combinations, each with a coefficient. Cost: one sort of all terms.
    pub fn sum<'a>(parts: impl IntoIterator<Item = (Fr, &'a Self)>) -> Self {
        let mut terms = Vec::new();
        for (coefficient, part) in parts {
            if coefficient.is_one() {
                terms.extend_from_slice(&part.0);
            } else if !coefficient.is_zero() {
                terms.extend(part.0.iter().map(|(v, c)| (*v, *c * coefficient)));
            }
        }
        Self::from_terms(terms)
    }

    /// The combination with these terms, in any order.
    pub fn from_terms(mut terms: Vec<(Variable, Fr)>) -> Self {
        terms.sort_by_key(|(variable, _)| *variable);
        let mut merged: Vec<(Variable, Fr)> = Vec::with_capacity(terms.len());
        for (variable, coefficient) in terms {
            match merged.last_mut() {
                Some(last) if last.0 == variable => last.1 += coefficient,
                _ => merged.push((variable, coefficient)),
            }
        }
        merged.retain(|(_, coefficient)| !coefficient.is_zero());
        Self(merged)
    }

    /// The number `Σ 2^i · bit_i` of combinations that stand for bits.
    pub fn from_bits(bits: &[Self]) -> Self {
        let mut power = Fr::one();
        let mut weights = Vec::with_capacity(bits.len());
        for _ in bits {
            weights.push(power);
            power += power;
        }
        Self::sum(weights.into_iter().zip(bits))
    }

    /// The terms, sorted by variable.
    pub fn terms(&self) -> &[(Variable, Fr)] {
        &self.0
    }

    /// The value where the combination has no variable.
    pub fn as_constant(&self) -> Option<Fr> {
        match self.0.as_slice() {
            [] => Some(Fr::zero()),
            [(Variable::ONE, value)] => Some(*value),
            _ => None,
        }
    }

    /// The combination times a constant.
    pub fn scaled(&self, factor: Fr) -> Self {
        Self::sum([(factor, self)])
    }

    /// The combination times an integer.
    pub fn times(&self, factor: i128) -> Self {
        self.scaled(from_i128(factor))
    }

    /// The value under an assignment.
    pub fn value(&self, assignment: impl Fn(Variable) -> Fr) -> Fr {
        self.0.iter().fold(Fr::zero(), |sum, (v, c)| {
            let value = assignment(*v);
            sum + if c.is_one() { value } else { value * c }
        })
    }
}

impl From<Variable> for Linear {
    fn from(variable: Variable) -> Self {
        Self::term(variable, Fr::one())
    }
}

impl From<&Self> for Linear {
    fn from(linear: &Self) -> Self {
        linear.clone()
    }
}

impl Add for &Linear {
    type Output = Linear;

    fn add(self, other: Self) -> Linear {
        Linear::sum([(Fr::one(), self), (Fr::one(), other)])
    }
}

impl Sub for &Linear {
    type Output = Linear;

    fn sub(self, other: Self) -> Linear {
        Linear::sum([(Fr::one(), self), (-Fr::one(), other)])
    }
}

impl Neg for &Linear {
    type Output = Linear;

    fn neg(self) -> Linear {
        self.scaled(-Fr::one())
    }
}

impl fmt::Debug for Linear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return write!(f, "0");
        }
        for (i, (variable, coefficient)) in self.0.iter().enumerate() {
            let plus = if i == 0 { "" } else { " + " };
            match crate::field::to_i128(coefficient) {
                Some(c) => write!(f, "{plus}{c}·{variable:?}")?,
                None => write!(f, "{plus}{coefficient}·{variable:?}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_sums_by_hand() {
        let (x, y) = (Linear::from(Variable::private(0)), Linear::from(Variable::private(1)));
        let sum = &(&x.times(3) + &y) - &x.times(3);
        assert_eq!(sum, y);
        assert_eq!((&x - &x).as_constant(), Some(Fr::zero()));
        assert_eq!(Linear::integer(-4).as_constant(), Some(from_i128(-4)));
        assert_eq!(format!("{:?}", &x.times(-2) + &Linear::integer(7)), "7·x0 + -2·w0");
        assert_eq!(Linear::from_bits(&[x.clone(), y.clone()]), &x + &y.times(2));
    }
}
