//! N4, the complete search: whether a circuit has a witness besides the honest one.
//!
//! Some variables are fixed, every other one is free in the whole field. What is known is pushed as
//! far as it goes, and then a case is split in two:
//!
//! * a row with a constant side is linear: one variable of it is replaced everywhere (Gauss);
//! * a row in one combination is a quadratic equation: the combination takes one of two values, and
//!   a new bit says which (`x · x = x` makes `x` such a bit);
//! * a row `a · b = c` where `c` is a combination of both sides is `(a − m) · (b − k) = 0`: one of
//!   the factors is zero, and each is tried;
//! * a linear row over bits alone is an equation of integers, as long as its coefficients add up to
//!   less than the modulus: bits that are too large for what is left, or that are needed to reach
//!   it, are decided without trying.
//!
//! Where none of these applies the search guesses, and no longer says that nothing was found. Steps
//! are counted, so that the answer is the same on every machine.

use std::rc::Rc;

use lionml_r1cs::{
    Circuit, Fr, Linear, Variable, Witness,
    field::{Field, One, SquareRootField, Zero, limbs},
};

/// What a search found.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// All cases were tried: there is no other witness.
    Unique,
    /// A witness that satisfies every row and differs in what must not differ.
    SecondWitness(Box<Witness>),
    /// The steps ran out, or cases were left that the search cannot split: nothing is known.
    OutOfBudget,
}

/// A search for a witness of a circuit.
#[derive(Debug)]
pub struct Search<'a> {
    circuit: &'a Circuit,
    fixed: Vec<(Variable, Fr)>,
    honest: Option<(&'a Witness, &'a [Linear])>,
    without: Option<usize>,
    steps: u64,
    is_partial: bool,
}

/// Terms that are looked at before a search gives up: seconds.
pub const BUDGET: u64 = 30_000_000;

/// An equation of bits is not scaled where its coefficients stay below this many bits.
const SMALL: u32 = 140;

/// How deep several values are tried for a variable that nothing decides.
const GUESSES: usize = 3;

impl<'a> Search<'a> {
    /// A search with these variables fixed.
    pub fn new(circuit: &'a Circuit, fixed: Vec<(Variable, Fr)>) -> Self {
        Self { circuit, fixed, honest: None, without: None, steps: BUDGET, is_partial: false }
    }

    /// Looks only for a witness in which one of these combinations has another value than in the
    /// honest one.
    #[must_use]
    pub fn besides(mut self, honest: &'a Witness, watched: &'a [Linear]) -> Self {
        self.honest = Some((honest, watched));
        self
    }

    /// Leaves a row out.
    #[must_use]
    pub fn without_row(mut self, row: usize) -> Self {
        self.without = Some(row);
        self
    }

    /// Looks at no more terms than this.
    #[must_use]
    pub fn steps(mut self, steps: u64) -> Self {
        self.steps = steps;
        self
    }

    /// Searches.
    pub fn run(mut self) -> Outcome {
        let Ok(state) = self.start() else { return Outcome::Unique };
        match self.explore(state, 0) {
            Ok(Some(witness)) => Outcome::SecondWitness(Box::new(witness)),
            Ok(None) if !self.is_partial => Outcome::Unique,
            Ok(None) | Err(Exhausted) => Outcome::OutOfBudget,
        }
    }

    fn index(&self, variable: Variable) -> usize {
        variable.index() + if variable.is_public() { 0 } else { self.circuit.publics() }
    }

    fn form(&self, terms: &[(Variable, Fr)]) -> Form {
        let mut form = Form::default();
        for (variable, coefficient) in terms {
            if *variable == Variable::ONE {
                form.constant += *coefficient;
            } else {
                form.terms.push((self.index(*variable), *coefficient));
            }
        }
        form.terms.sort_unstable_by_key(|(variable, _)| *variable);
        form
    }

    fn start(&self) -> Result<State, Contradiction> {
        let count = self.circuit.publics() + self.circuit.privates();
        let mut state = State { slots: vec![Slot::Free; count], ..State::default() };
        state.slots[0] = Slot::Known(Fr::one());
        for (variable, value) in &self.fixed {
            state.slots[self.index(*variable)] = Slot::Known(*value);
        }
        let [a, b, c] = self.circuit.matrices();
        let rows = (0..self.circuit.constraints()).filter(|row| Some(*row) != self.without);
        let rows = rows.map(|row| [a, b, c].map(|matrix| self.form(matrix.row(row))));
        let (bits, others): (Vec<_>, Vec<_>) =
            rows.partition(|[a, b, c]| a.terms.len() == 1 && a == b && a == c);
        // Bits first: whether an equation is one of integers depends on them.
        for row in bits.into_iter().chain(others) {
            state.enforce(&row)?;
        }
        Ok(state)
    }

    fn explore(&mut self, mut state: State, depth: usize) -> Result<Option<Witness>, Exhausted> {
        let result = state.propagate();
        self.steps = self.steps.checked_sub(state.take_work()).ok_or(Exhausted)?;
        if result.is_err() {
            return Ok(None);
        }
        if let Some((row, factors)) = state.factors() {
            state.products.swap_remove(row);
            for factor in factors {
                let mut case = state.clone();
                if case.enforce_zero(&factor).is_ok()
                    && let Some(witness) = self.explore(case, depth)?
                {
                    return Ok(Some(witness));
                }
            }
            return Ok(None);
        }
        if let Some(bit) = state.bit() {
            // First the value that the honest witness does not have.
            let honest = self.honest(bit).unwrap_or_else(Fr::zero);
            return self.try_values(&state, bit, &[Fr::one() - honest, honest], depth);
        }
        if let Some(variable) = state.undecided() {
            self.is_partial = true;
            let honest = self.honest(variable).unwrap_or_else(Fr::zero);
            let values = [honest + Fr::one(), honest, -honest, Fr::zero()];
            let values = if depth < GUESSES { &values[..] } else { &values[1..2] };
            return self.try_values(&state, variable, values, depth + 1);
        }
        Ok(self.witness(&mut state))
    }

    fn try_values(
        &mut self,
        state: &State,
        variable: usize,
        values: &[Fr],
        depth: usize,
    ) -> Result<Option<Witness>, Exhausted> {
        for value in values {
            let mut case = state.clone();
            case.slots[variable] = Slot::Known(*value);
            if let Some(witness) = self.explore(case, depth)? {
                return Ok(Some(witness));
            }
        }
        Ok(None)
    }

    fn honest(&self, variable: usize) -> Option<Fr> {
        let (witness, _) = self.honest?;
        let all = witness.public.iter().chain(&witness.private);
        all.copied().nth(variable)
    }

    /// The witness of a case in which every row holds, where it is one that is looked for.
    fn witness(&self, state: &mut State) -> Option<Witness> {
        let mut free: Vec<Fr> = (0..state.slots.len())
            .map(|variable| self.honest(variable).unwrap_or_else(Fr::zero))
            .collect();
        let value = |form: &Form, free: &[Fr]| {
            form.terms.iter().fold(form.constant, |sum, (v, k)| sum + free[*v] * k)
        };
        if let Some((witness, watched)) = self.honest {
            let mut differs = false;
            let mut movable = None;
            for linear in watched {
                let form = state.reduce(&self.form(linear.terms()));
                differs |= value(&form, &free) != linear.value(|v| witness.value(v));
                movable = movable.or(form.terms.first().map(|(variable, _)| *variable));
            }
            if !differs {
                let variable = movable?;
                let is_bit = matches!(state.slots[variable], Slot::Bit);
                free[variable] =
                    if is_bit { Fr::one() - free[variable] } else { free[variable] + Fr::one() };
            }
        }
        let values: Vec<Fr> = (0..self.circuit.publics() + self.circuit.privates())
            .map(|variable| {
                let form = Form { terms: vec![(variable, Fr::one())], ..Form::default() };
                value(&state.reduce(&form), &free)
            })
            .collect();
        let (public, private) = values.split_at(self.circuit.publics());
        let found = Witness { public: public.to_vec(), private: private.to_vec() };
        let report = self.circuit.check(&found);
        let is_right = report.failures.iter().all(|failure| Some(failure.row) == self.without);
        assert!(is_right, "a defect of the search: {:?}", report.failures.first());
        Some(found)
    }
}

/// No witness fits.
#[derive(Debug)]
struct Contradiction;

/// The steps ran out.
struct Exhausted;

/// A combination: terms sorted by variable, without zeros, and a constant.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Form {
    terms: Vec<(usize, Fr)>,
    constant: Fr,
}

impl Default for Form {
    fn default() -> Self {
        Self { terms: Vec::new(), constant: Fr::zero() }
    }
}

impl Form {
    /// `self · factor + other · other_factor`.
    fn plus(&self, factor: Fr, other: &Self, other_factor: Fr) -> Self {
        let mut terms: Vec<_> = self.terms.iter().map(|(v, k)| (*v, *k * factor)).collect();
        terms.extend(other.terms.iter().map(|(v, k)| (*v, *k * other_factor)));
        Self::sorted(terms, self.constant * factor + other.constant * other_factor)
    }

    fn sorted(mut terms: Vec<(usize, Fr)>, constant: Fr) -> Self {
        terms.sort_by_key(|(variable, _)| *variable);
        terms.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                kept.1 += next.1;
            }
            is_same
        });
        terms.retain(|(_, k)| !k.is_zero());
        Self { terms, constant }
    }

    fn minus_constant(&self, constant: Fr) -> Self {
        Self { terms: self.terms.clone(), constant: self.constant - constant }
    }

    fn scaled(&self, factor: Fr) -> Self {
        self.plus(factor, &Self::default(), Fr::zero())
    }

    fn coefficient(&self, variable: usize) -> Fr {
        let at = self.terms.binary_search_by_key(&variable, |(v, _)| *v);
        at.map_or_else(|_| Fr::zero(), |at| self.terms[at].1)
    }

    /// The factor and the constant with which this is `other · factor + constant`, where it is.
    fn multiple_of(&self, other: &Self) -> Option<(Fr, Fr)> {
        let (variable, lead) = other.terms.first()?;
        let factor = self.coefficient(*variable) * lead.inverse()?;
        let rest = self.plus(Fr::one(), other, -factor);
        rest.terms.is_empty().then_some((factor, rest.constant))
    }

    /// `k`, `m` and `n` with which this is `k · a + m · b + n`, where it is; `a` and `b` are not
    /// multiples of one another.
    fn combination_of(&self, a: &Self, b: &Self) -> Option<(Fr, Fr, Fr)> {
        let (i, ai) = *a.terms.first()?;
        let bi = b.coefficient(i);
        let mut variables = a.terms.iter().chain(&b.terms).map(|(variable, _)| *variable);
        let (j, determinant) = variables.find_map(|j| {
            let determinant = ai * b.coefficient(j) - a.coefficient(j) * bi;
            (!determinant.is_zero()).then_some((j, determinant))
        })?;
        let (ci, cj, inverse) = (self.coefficient(i), self.coefficient(j), determinant.inverse()?);
        let k = (ci * b.coefficient(j) - cj * bi) * inverse;
        let m = (ai * cj - a.coefficient(j) * ci) * inverse;
        let rest = self.plus(Fr::one(), a, -k).plus(Fr::one(), b, -m);
        rest.terms.is_empty().then_some((k, m, rest.constant))
    }
}

/// What is known of a variable.
#[derive(Clone, Debug)]
enum Slot {
    Free,
    Bit,
    Known(Fr),
    Is(Rc<Form>),
}

/// One case: what is known, and what must still hold.
#[derive(Clone, Debug, Default)]
struct State {
    slots: Vec<Slot>,
    /// Rows `a · b = c` in which neither `a` nor `b` is constant.
    products: Vec<Rc<[Form; 3]>>,
    /// Combinations of bits that are zero.
    sums: Vec<Rc<Form>>,
    work: u64,
}

impl State {
    fn take_work(&mut self) -> u64 {
        std::mem::take(&mut self.work)
    }

    fn is_open(&self, variable: usize) -> bool {
        matches!(self.slots[variable], Slot::Free | Slot::Bit)
    }

    fn is_reduced(&self, form: &Form) -> bool {
        form.terms.iter().all(|(variable, _)| self.is_open(*variable))
    }

    /// The combination in variables of which nothing is known.
    fn reduce(&mut self, form: &Form) -> Form {
        self.work += 1 + form.terms.len() as u64;
        if self.is_reduced(form) {
            return form.clone();
        }
        let mut terms = Vec::with_capacity(form.terms.len());
        let mut constant = form.constant;
        for &(variable, k) in &form.terms {
            if let Slot::Is(known) = &self.slots[variable]
                && !self.is_reduced(known)
            {
                let known = Rc::clone(known);
                let known = self.reduce(&known);
                self.define(variable, known);
            }
            match &self.slots[variable] {
                Slot::Free | Slot::Bit => terms.push((variable, k)),
                Slot::Known(value) => constant += *value * k,
                Slot::Is(known) => {
                    self.work += known.terms.len() as u64;
                    constant += known.constant * k;
                    terms.extend(known.terms.iter().map(|(v, factor)| (*v, *factor * k)));
                }
            }
        }
        Form::sorted(terms, constant)
    }

    fn define(&mut self, variable: usize, form: Form) {
        self.slots[variable] = if form.terms.is_empty() {
            Slot::Known(form.constant)
        } else {
            Slot::Is(Rc::new(form))
        };
    }

    fn new_bit(&mut self) -> Form {
        self.slots.push(Slot::Bit);
        Form { terms: vec![(self.slots.len() - 1, Fr::one())], ..Form::default() }
    }

    fn enforce_zero(&mut self, form: &Form) -> Result<(), Contradiction> {
        let form = self.reduce(form);
        let free = form.terms.iter().rev().find(|(v, _)| matches!(self.slots[*v], Slot::Free));
        if let Some(&(variable, k)) = free {
            let unit = -k.inverse().ok_or(Contradiction)?;
            let mut rest = form;
            rest.terms.retain(|(v, _)| *v != variable);
            let rest = rest.scaled(unit);
            self.define(variable, rest);
            return Ok(());
        }
        let form = scale(form, &mut self.work);
        if let Some(rest) = self.tighten(&form)? {
            self.sums.push(Rc::new(rest));
        }
        Ok(())
    }

    /// The combination is one of two values.
    fn enforce_either(&mut self, form: &Form, one: Fr, other: Fr) -> Result<(), Contradiction> {
        let form = self.reduce(form);
        if one == other {
            return self.enforce_zero(&form.minus_constant(one));
        }
        match *form.terms.as_slice() {
            [] if form.constant == one || form.constant == other => Ok(()),
            [] => Err(Contradiction),
            [(variable, k)] => {
                let unit = k.inverse().ok_or(Contradiction)?;
                let values = [one, other].map(|value| (value - form.constant) * unit);
                let is_bit = |value: &Fr| value.is_zero() || value.is_one();
                match (&self.slots[variable], values.iter().find(|v| is_bit(v))) {
                    (_, Some(_)) if values.iter().all(is_bit) => {
                        self.slots[variable] = Slot::Bit;
                        Ok(())
                    }
                    (Slot::Bit, Some(value)) => {
                        self.slots[variable] = Slot::Known(*value);
                        Ok(())
                    }
                    (Slot::Bit, None) => Err(Contradiction),
                    _ => {
                        let mut choice = self.new_bit().scaled(values[1] - values[0]);
                        choice.constant = values[0];
                        self.define(variable, choice);
                        Ok(())
                    }
                }
            }
            _ => {
                let choice = self.new_bit();
                self.enforce_zero(&form.minus_constant(one).plus(Fr::one(), &choice, one - other))
            }
        }
    }

    /// The row `a · b = c`.
    fn enforce(&mut self, row: &[Form; 3]) -> Result<(), Contradiction> {
        let [a, b, c] = row;
        let (a, b, c) = (self.reduce(a), self.reduce(b), self.reduce(c));
        let [a, b] = [a, b].map(|side| match self.constant(&side) {
            Some(constant) => Form { terms: Vec::new(), constant },
            None => side,
        });
        if a.terms.is_empty() {
            return self.enforce_zero(&b.plus(a.constant, &c, -Fr::one()));
        }
        if b.terms.is_empty() {
            return self.enforce_zero(&a.plus(b.constant, &c, -Fr::one()));
        }
        if let Some((factor, constant)) = b.multiple_of(&a) {
            if let Some((linear, rest)) = c.multiple_of(&a) {
                // factor · a² + (constant − linear) · a − rest = 0
                let (middle, four) = (constant - linear, Fr::from(4u64));
                let discriminant = middle * middle + four * factor * rest;
                let root = discriminant.sqrt().ok_or(Contradiction)?;
                let unit = (factor + factor).inverse().ok_or(Contradiction)?;
                return self.enforce_either(&a, (root - middle) * unit, (-root - middle) * unit);
            }
        } else if let Some((k, m, n)) = c.combination_of(&a, &b)
            && (n + k * m).is_zero()
        {
            let factors = [a.minus_constant(m), b.minus_constant(k), Form::default()];
            self.products.push(Rc::new(factors));
            return Ok(());
        }
        self.products.push(Rc::new([a, b, c]));
        Ok(())
    }

    /// The value of a combination that differs from an equation of bits by a constant only, as that
    /// of a divisor that was replaced by remainder and rest.
    fn constant(&self, form: &Form) -> Option<Fr> {
        let first = form.terms.first()?.0;
        let alike = self.sums.iter().filter(|sum| {
            sum.terms.len() == form.terms.len() && sum.terms.first().is_some_and(|t| t.0 == first)
        });
        alike.into_iter().find_map(|sum| form.multiple_of(sum)).map(|(_, constant)| constant)
    }

    fn propagate(&mut self) -> Result<(), Contradiction> {
        loop {
            let mut is_still = true;
            for sum in std::mem::take(&mut self.sums) {
                if self.is_reduced(&sum) {
                    self.sums.push(sum);
                } else {
                    is_still = false;
                    let sum = self.reduce(&sum);
                    if let Some(rest) = self.tighten(&sum)? {
                        self.sums.push(Rc::new(rest));
                    }
                }
            }
            if !is_still {
                continue;
            }
            for product in std::mem::take(&mut self.products) {
                self.work += 1;
                let [a, b, _] = &*product;
                let is_known = [a, b].iter().any(|side| self.constant(side).is_some());
                if !is_known && product.iter().all(|form| self.is_reduced(form)) {
                    self.products.push(product);
                } else {
                    is_still = false;
                    self.enforce(&product)?;
                }
            }
            if is_still {
                return Ok(());
            }
        }
    }

    /// Decides the bits of an equation that only one value fits, and returns what is left of it.
    fn tighten(&mut self, sum: &Form) -> Result<Option<Form>, Contradiction> {
        self.work += 4 * sum.terms.len() as u64;
        let mut equation = Equation::of(sum);
        if equation.weights.is_empty() {
            return if sum.constant.is_zero() { Ok(None) } else { Err(Contradiction) };
        }
        let Some(mut reach) = equation.reach() else { return Ok(Some(sum.clone())) };
        let mut target = equation.target;
        equation.weights.sort_unstable_by_key(|weight| std::cmp::Reverse(Number(weight.1)));
        loop {
            if Number(target) > Number(reach) {
                return Err(Contradiction);
            }
            let before = equation.weights.len();
            equation.weights.retain(|&(variable, weight, is_negated)| {
                let rest = minus(reach, weight);
                let is_taken = if Number(weight) > Number(target) {
                    false
                } else if Number(rest) < Number(target) {
                    true
                } else {
                    return true;
                };
                reach = rest;
                if is_taken {
                    target = minus(target, weight);
                }
                let value = if is_taken == is_negated { Fr::zero() } else { Fr::one() };
                self.slots[variable] = Slot::Known(value);
                false
            });
            if equation.weights.len() == before {
                break;
            }
        }
        if equation.weights.is_empty() {
            return if target == [0; 4] { Ok(None) } else { Err(Contradiction) };
        }
        Ok(Some(self.reduce(sum)))
    }

    /// The shortest row of which one of two factors is zero, and the factors, the shorter first.
    fn factors(&self) -> Option<(usize, [Form; 2])> {
        let rows = self.products.iter().enumerate();
        let rows = rows.filter(|(_, row)| row[2] == Form::default());
        let (index, row) = rows.min_by_key(|(_, row)| row[0].terms.len() + row[1].terms.len())?;
        let mut factors = [row[0].clone(), row[1].clone()];
        factors.sort_by_key(|factor| factor.terms.len());
        Some((index, factors))
    }

    /// A bit to try both values of: the heaviest of an equation, or one in a product.
    fn bit(&self) -> Option<usize> {
        // `n` bits and a reach of `R` have about `2^n / R` solutions: the fewest first.
        let solutions = |equation: &Equation| {
            let reach = equation.reach().map_or(0, width);
            i64::try_from(equation.weights.len()).unwrap_or(i64::MAX) - i64::from(reach)
        };
        let equations = self.sums.iter().map(|sum| Equation::of(sum));
        if let Some(equation) = equations.min_by_key(solutions) {
            return equation.weights.into_iter().max_by_key(|w| Number(w.1)).map(|w| w.0);
        }
        let sides = self.products.iter().flat_map(|row| row[..2].iter());
        let mut variables = sides.flat_map(|form| &form.terms).map(|(variable, _)| *variable);
        variables.find(|variable| matches!(self.slots[*variable], Slot::Bit))
    }

    /// A variable of a product that nothing decides.
    fn undecided(&self) -> Option<usize> {
        let [a, ..] = &**self.products.first()?;
        a.terms.first().map(|(variable, _)| *variable)
    }
}

/// An equation of bits, with positive weights: `Σ weight · bit = target`, where some bits stand for
/// their negation.
struct Equation {
    weights: Vec<(usize, [u64; 4], bool)>,
    target: [u64; 4],
}

impl Equation {
    fn of(sum: &Form) -> Self {
        let mut target = -sum.constant;
        let weights = sum.terms.iter().map(|&(variable, k)| {
            let (positive, negative) = (limbs(&k), limbs(&-k));
            let is_negated = Number(negative) < Number(positive);
            if is_negated {
                target -= k;
            }
            (variable, if is_negated { negative } else { positive }, is_negated)
        });
        let weights = weights.collect();
        Self { weights, target: limbs(&target) }
    }

    /// The sum of all weights where it is below the modulus: there the equation of field elements is
    /// one of integers.
    fn reach(&self) -> Option<[u64; 4]> {
        let largest = limbs(&-Fr::one());
        let mut sum = [0; 4];
        for (_, weight, _) in &self.weights {
            sum = plus(sum, *weight)?;
            if Number(sum) > Number(largest) {
                return None;
            }
        }
        Some(sum)
    }
}

/// The equation times a factor that makes its weights small.
fn scale(sum: Form, work: &mut u64) -> Form {
    let size = |form: &Form| Equation::of(form).reach().map_or(u32::MAX, width);
    if size(&sum) <= SMALL {
        return sum;
    }
    let inverses: Vec<Fr> = sum.terms.iter().filter_map(|(_, k)| k.inverse()).collect();
    let factors = (1..=8u64).flat_map(|m| inverses.iter().map(move |i| *i * Fr::from(m)));
    let mut best = (size(&sum), sum.clone());
    for factor in factors {
        *work += sum.terms.len() as u64;
        let scaled = sum.scaled(factor);
        let size = size(&scaled);
        if size < best.0 {
            best = (size, scaled);
        }
        if size <= SMALL {
            break;
        }
    }
    best.1
}

/// The canonical limbs of an element, compared as a number.
#[derive(PartialEq, Eq)]
struct Number([u64; 4]);

impl Ord for Number {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

fn width(limbs: [u64; 4]) -> u32 {
    let top = limbs.iter().rev().position(|&limb| limb != 0);
    top.map_or(0, |top| 256 - 64 * u32::try_from(top).unwrap_or(4) - limbs[3 - top].leading_zeros())
}

fn plus(left: [u64; 4], right: [u64; 4]) -> Option<[u64; 4]> {
    let mut carry = false;
    let mut sum = [0; 4];
    for (i, limb) in sum.iter_mut().enumerate() {
        let (low, first) = left[i].overflowing_add(right[i]);
        let (low, second) = low.overflowing_add(u64::from(carry));
        (*limb, carry) = (low, first || second);
    }
    (!carry).then_some(sum)
}

/// The difference of two numbers of which the second is not larger.
fn minus(left: [u64; 4], right: [u64; 4]) -> [u64; 4] {
    let mut borrow = false;
    let mut difference = [0; 4];
    for (i, limb) in difference.iter_mut().enumerate() {
        let (low, first) = left[i].overflowing_sub(right[i]);
        let (low, second) = low.overflowing_sub(u64::from(borrow));
        (*limb, borrow) = (low, first || second);
    }
    difference
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::{
        Builder,
        field::{from_i128, low_bits},
    };

    use super::*;

    /// The answer for a circuit with these inputs, where all private variables matter.
    fn search(builder: Builder, inputs: &[i128]) -> Outcome {
        let (circuit, program) = builder.finish();
        let inputs: Vec<Fr> = inputs.iter().map(|&v| from_i128(v)).collect();
        let honest = program.solve(&inputs).unwrap();
        assert!(circuit.check(&honest).is_satisfied());
        let fixed = program.inputs().iter().copied().zip(inputs).collect();
        let watched: Vec<Linear> =
            (0..circuit.privates()).map(|i| Variable::private(i).into()).collect();
        Search::new(&circuit, fixed).besides(&honest, &watched).run()
    }

    fn is_unique(builder: Builder, inputs: &[i128]) -> bool {
        match search(builder, inputs) {
            Outcome::Unique => true,
            Outcome::SecondWitness(_) => false,
            Outcome::OutOfBudget => panic!("a tiny circuit"),
        }
    }

    /// The bits of an input, all of them pinned but one.
    fn bits(count: usize, loose: Option<usize>) -> Builder {
        let mut builder = Builder::new();
        let x: Linear = builder.private_input().into();
        let digits = builder.hint("bits", vec![x.clone()], count, move |v| {
            low_bits(&v[0], count).into_iter().map(|b| Fr::from(u64::from(b))).collect()
        });
        let digits: Vec<Linear> = digits.into_iter().map(Linear::from).collect();
        for (_, digit) in digits.iter().enumerate().filter(|(i, _)| Some(*i) != loose) {
            builder.enforce("bit", digit, digit, digit);
        }
        builder.enforce_equal("sum", &Linear::from_bits(&digits), &x);
        builder
    }

    #[test]
    fn accepts_bits_and_rejects_them_without_one_row() {
        assert!(is_unique(bits(8, None), &[77]));
        for loose in 0..8 {
            assert!(!is_unique(bits(8, Some(loose)), &[77]), "{loose}");
        }
    }

    #[test]
    fn rejects_numbers_with_two_readings_below_the_modulus() {
        // 252 bits stay below the modulus; with 253 every small number has a second reading.
        assert!(is_unique(bits(252, None), &[5]));
        assert!(!is_unique(bits(253, None), &[5]));
    }

    #[test]
    fn rejects_limbs_that_trade() {
        // Digits from 0 to 3 by `d · (d − 1) · (d − 2) · (d − 3) = 0`, with a base of four or three.
        for base in [4, 3] {
            let mut builder = Builder::new();
            let x: Linear = builder.private_input().into();
            let digits = builder.integer_hint("digits", vec![x.clone()], 2, move |v| {
                vec![v[0] % base, v[0] / base]
            });
            let digits: Vec<Linear> = digits.into_iter().map(Linear::from).collect();
            for digit in &digits {
                let less = |by| digit - &Linear::integer(by);
                let low = builder.product("low", digit, &less(1));
                let high = builder.product("high", &less(2), &less(3));
                builder.enforce("digit", low, high, Linear::zero());
            }
            let sum = &digits[0] + &digits[1].times(base);
            builder.enforce_equal("sum", &sum, &x);
            assert_eq!(is_unique(builder, &[6]), base == 4);
        }
    }

    #[test]
    fn rejects_a_free_quotient() {
        let mut builder = Builder::new();
        let x: Linear = builder.private_input().into();
        let hint = builder.integer_hint("division", vec![x.clone()], 2, |v| {
            vec![v[0].div_euclid(2), v[0].rem_euclid(2)]
        });
        let (quotient, rest) = (Linear::from(hint[0]), Linear::from(hint[1]));
        builder.enforce("bit", &rest, &rest, &rest);
        builder.enforce_equal("division", &(&quotient.times(2) + &rest), &x);
        assert!(!is_unique(builder, &[9]));
    }

    #[test]
    fn rejects_the_other_root_of_a_square() {
        let root = |with_sign: bool| {
            let mut builder = Builder::new();
            let y: Linear = builder.private_input().into();
            let root: Linear =
                builder.integer_hint("root", vec![y.clone()], 1, |v| vec![v[0].isqrt()])[0].into();
            builder.enforce("square", &root, &root, &y);
            if with_sign {
                let three = Linear::integer(3);
                let choice = &root - &Linear::integer(7);
                builder.enforce("three or seven", &root - &three, choice, Linear::zero());
            }
            builder
        };
        assert!(!is_unique(root(false), &[9]));
        assert!(is_unique(root(true), &[9]));
        assert!(is_unique(root(false), &[0]));
    }

    #[test]
    fn rejects_two_bits_that_move_together() {
        // `b₀ + b₁ = 1`: no single change, no direction, and no lie about one hint shows it.
        let mut builder = Builder::new();
        builder.private_input();
        let pair: Vec<Linear> = (0..2)
            .map(|i| builder.integer_hint("bit", vec![], 1, move |_| vec![i])[0].into())
            .collect();
        for bit in &pair {
            builder.enforce("bit", bit, bit, bit);
        }
        builder.enforce_equal("one of them", &(&pair[0] + &pair[1]), &Linear::integer(1));
        assert!(!is_unique(builder, &[0]));
    }

    #[test]
    fn rejects_values_without_a_witness() {
        let (circuit, program) = bits(8, None).finish();
        for (value, is_held) in [(255, true), (256, false), (-1, false), (1 << 100, false)] {
            let fixed = vec![(program.inputs()[0], from_i128(value))];
            let outcome = Search::new(&circuit, fixed).run();
            assert_eq!(matches!(outcome, Outcome::SecondWitness(_)), is_held, "{value}");
            assert!(!matches!(outcome, Outcome::OutOfBudget));
        }
    }

    #[test]
    fn rejects_saying_that_nothing_was_found_where_cases_are_left() {
        // `u · v = x + 3` and `u · u = v`: a cubic equation, which this search does not solve.
        let mut builder = Builder::new();
        let x: Linear = builder.private_input().into();
        let hint = builder.integer_hint("cube", vec![x.clone()], 2, |_| vec![2, 4]);
        builder.enforce("square", hint[0], hint[0], hint[1]);
        builder.enforce("cube", hint[0], hint[1], &x + &Linear::integer(3));
        assert!(!matches!(search(builder, &[5]), Outcome::Unique));
        // And where the steps run out.
        let (circuit, program) = bits(64, None).finish();
        let fixed = vec![(program.inputs()[0], from_i128(5))];
        assert!(matches!(Search::new(&circuit, fixed).steps(10).run(), Outcome::OutOfBudget));
    }
}
