//! Sums of products: what contraction and convolution have in common.
//!
//! The equations: `docs/gadgets/dot-products.md`.

use lionml_gadgets::dot;
use lionml_quant::Interval;
use lionml_r1cs::{
    Builder, Fr, Linear,
    field::{Zero, from_i128},
};

use crate::{Fact, OpError, Wires, materialize::check_sums};

/// Which elements of two operands meet in each element of the output.
pub(crate) trait SumsOfProducts {
    /// The number of outputs.
    fn outputs(&self) -> usize;

    /// Offsets in the left and in the right operand, of which the products add up to one output.
    fn terms(&self, output: usize) -> impl Iterator<Item = (usize, usize)>;

    /// The number of products in all outputs.
    fn products(&self) -> usize;

    /// The interval of each output. With a constant operand it is as tight as independent elements
    /// allow: the constants decide which end of the other interval counts.
    ///
    /// Each partial sum is checked as well, so the same sums in the same order cannot overflow.
    fn intervals(&self, left: &Fact, right: &Fact) -> Result<Vec<Interval>, OpError> {
        let (a, b) = (left.require_number(0)?.interval, right.require_number(1)?.interval);
        let (constant, other) = match (&left.constant, &right.constant) {
            (None, None) => {
                // All products are alike, and no partial sum is larger than the whole.
                let product = a.mul(&b)?;
                let sum = |output| Ok(product.times(self.terms(output).count() as i128)?);
                return (0..self.outputs()).map(sum).collect();
            }
            (Some(factors), _) => (factors, b),
            (_, Some(factors)) => (factors, a),
        };
        let is_left = left.constant.is_some();
        let factors = constant.values.data();
        let sum = |output| {
            let mut terms = self.terms(output);
            Ok(terms.try_fold(Interval::ZERO, |sum, (i, j)| {
                sum.add(&other.times(factors[if is_left { i } else { j }])?)
            })?)
        };
        (0..self.outputs()).map(sum).collect()
    }

    /// The combination of each output: no row where an operand is constant, one row a product
    /// otherwise. Elements that many outputs use become variables first.
    fn synthesize(
        &self,
        builder: &mut Builder,
        left: &Wires,
        right: &Wires,
    ) -> Result<Vec<Linear>, OpError> {
        let (a, b) = (Factors::new(left), Factors::new(right));
        let mut uses = (vec![0; left.shape().elements()], vec![0; right.shape().elements()]);
        for (i, j) in (0..self.outputs()).flat_map(|output| self.terms(output)) {
            uses.0[i] += usize::from(!b.is_zero(j));
            uses.1[j] += usize::from(!a.is_zero(i));
        }
        let left = left.materialized(builder, &uses.0);
        let right = right.materialized(builder, &uses.1);
        match (&a.0, &b.0) {
            (Some(_), _) => check_sums(builder, &right, &uses.1)?,
            (_, Some(_)) => check_sums(builder, &left, &uses.0)?,
            _ => builder.check_variables(self.products())?,
        }
        let (left, right) = (left.into_data(), right.into_data());
        let output = |output| {
            let terms = self.terms(output);
            match (&a.0, &b.0) {
                (Some(a), _) => Linear::sum(terms.map(|(i, j)| (a[i], &right[j]))),
                (_, Some(b)) => Linear::sum(terms.map(|(i, j)| (b[j], &left[i]))),
                _ => dot(builder, terms.map(|(i, j)| (&left[i], &right[j]))),
            }
        };
        Ok((0..self.outputs()).map(output).collect())
    }
}

/// The elements of an operand as field elements, where they are constant.
struct Factors(Option<Vec<Fr>>);

impl Factors {
    fn new(wires: &Wires) -> Self {
        Self(wires.as_constant().map(|t| t.data().iter().map(|&v| from_i128(v)).collect()))
    }

    fn is_zero(&self, offset: usize) -> bool {
        self.0.as_ref().is_some_and(|factors| factors[offset].is_zero())
    }
}

/// The smallest interval around all; zero where there are none.
pub(crate) fn hull(intervals: impl IntoIterator<Item = Interval>) -> Interval {
    intervals.into_iter().reduce(|all, next| all.hull(&next)).unwrap_or(Interval::ZERO)
}
