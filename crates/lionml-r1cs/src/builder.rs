//! Writing a circuit: variables, rows, hints and scopes.

use std::sync::Arc;

use indexmap::IndexSet;

use crate::{
    Circuit, Linear, Program, SizeError, Step, Variable,
    field::{Fr, from_i128, to_i128_or_low_bits},
    origin::{Origin, SCOPE_END},
    placement,
    row::Row,
    size::Limits,
    witness::Function,
};

/// Writes a circuit and, beside it, the program that computes its witness.
///
/// Public variables are padded to a power of two when the circuit is finished, and a row pins each
/// padding slot to zero: Varuna's verifier leaves them to the prover.
///
/// A circuit larger than any that could be proved is dropped and no more is kept, so that what an
/// untrusted model describes does not exhaust memory. The methods go on without effect:
/// [`Self::check_size`] tells, and what [`Self::finish`] returns then is satisfied by nothing.
pub struct Builder {
    publics: usize,
    privates: usize,
    rows: Vec<Row>,
    origins: Vec<Origin>,
    names: IndexSet<String>,
    scopes: Vec<String>,
    scope: u32,
    inputs: Vec<Variable>,
    steps: Vec<Step>,
    terms: usize,
    limits: Limits,
    outgrown: Option<SizeError>,
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// A circuit without rows; the public constant one exists.
    pub fn new() -> Self {
        Self::with_limits(Limits::DEFAULT)
    }

    pub(crate) fn with_limits(limits: Limits) -> Self {
        let mut names = IndexSet::new();
        names.insert(String::new());
        Self {
            publics: 1,
            privates: 0,
            rows: Vec::new(),
            origins: Vec::new(),
            names,
            scopes: Vec::new(),
            scope: 0,
            inputs: Vec::new(),
            steps: Vec::new(),
            terms: 0,
            limits,
            outgrown: None,
        }
    }

    /// Whether all that was written is there.
    pub fn check_size(&self) -> Result<(), SizeError> {
        self.outgrown.map_or(Ok(()), Err)
    }

    /// Whether there is room for so many more variables; nothing is dropped where there is none.
    pub fn check_variables(&self, more: usize) -> Result<(), SizeError> {
        self.limits.check_variables((self.publics + self.privates).saturating_add(more))
    }

    /// Whether there is room for so many more rows; nothing is dropped where there is none.
    pub fn check_rows(&self, more: usize) -> Result<(), SizeError> {
        self.limits.check_rows(self.rows.len().saturating_add(more))
    }

    /// Whether there is room for combinations of so many more terms; nothing is dropped where there
    /// is none.
    pub fn check_terms(&self, more: usize) -> Result<(), SizeError> {
        self.limits.check_terms(self.terms.saturating_add(more))
    }

    /// Counts combinations of so many terms that whoever writes the circuit keeps.
    pub fn count_terms(&mut self, more: usize) {
        self.terms = self.terms.saturating_add(more);
        self.keep(self.limits.check_terms(self.terms));
    }

    /// Whether there is room; where there is none, frees what was written.
    fn keep(&mut self, size: Result<(), SizeError>) -> bool {
        if let (Err(error), None) = (size, self.outgrown) {
            self.outgrown = Some(error);
            (self.rows, self.origins) = (Vec::new(), Vec::new());
            (self.inputs, self.steps) = (Vec::new(), Vec::new());
        }
        self.outgrown.is_none()
    }

    fn new_public(&mut self) -> Variable {
        if self.keep(self.check_variables(1)) {
            self.publics += 1;
        }
        Variable::public(self.publics - 1)
    }

    fn new_private(&mut self) -> Variable {
        if self.keep(self.check_variables(1)) {
            self.privates += 1;
        }
        Variable::private(self.privates.saturating_sub(1))
    }

    /// A public variable whose value whoever proves supplies. Nothing is known of it until rows
    /// say so.
    pub fn public_input(&mut self) -> Variable {
        let variable = self.new_public();
        self.input(variable)
    }

    /// A private variable whose value whoever proves supplies. Nothing is known of it until rows
    /// say so.
    pub fn private_input(&mut self) -> Variable {
        let variable = self.new_private();
        self.input(variable)
    }

    fn input(&mut self, variable: Variable) -> Variable {
        if self.outgrown.is_none() {
            self.inputs.push(variable);
        }
        variable
    }

    /// A public variable that equals a combination: one row.
    pub fn public_output(&mut self, label: &'static str, value: &Linear) -> Variable {
        let variable = self.new_public();
        self.step(label, vec![value.clone()], vec![variable], Arc::new(<[Fr]>::to_vec));
        self.enforce_equal(label, value, &variable.into());
        variable
    }

    /// `count` private variables that a function of the inputs computes. Nothing is known of them
    /// until rows say so: each hint needs a row for every way in which it could lie. The function
    /// must not panic, whatever the inputs, and must return `count` values.
    pub fn hint(
        &mut self,
        name: &'static str,
        inputs: Vec<Linear>,
        count: usize,
        function: impl Fn(&[Fr]) -> Vec<Fr> + Send + Sync + 'static,
    ) -> Vec<Variable> {
        let outputs: Vec<_> = (0..count).map(|_| self.new_private()).collect();
        self.step(name, inputs, outputs.clone(), Arc::new(function));
        outputs
    }

    /// [`Self::hint`] for a function of integers; inputs beyond ±2^126 are cut.
    pub fn integer_hint(
        &mut self,
        name: &'static str,
        inputs: Vec<Linear>,
        count: usize,
        function: impl Fn(&[i128]) -> Vec<i128> + Send + Sync + 'static,
    ) -> Vec<Variable> {
        self.hint(name, inputs, count, move |values| {
            let integers: Vec<_> = values.iter().map(to_i128_or_low_bits).collect();
            function(&integers).into_iter().map(from_i128).collect()
        })
    }

    fn step(
        &mut self,
        name: &'static str,
        inputs: Vec<Linear>,
        outputs: Vec<Variable>,
        function: Function,
    ) {
        self.count_terms(inputs.iter().map(|input| input.terms().len()).sum());
        if self.outgrown.is_none() {
            self.steps.push(Step { name, scope: self.scope, inputs, outputs, function });
        }
    }

    /// The row `a · b = c`.
    pub fn enforce(
        &mut self,
        label: &'static str,
        a: impl Into<Linear>,
        b: impl Into<Linear>,
        c: impl Into<Linear>,
    ) {
        self.row(label, Row::Product(a.into(), b.into(), c.into()));
    }

    /// The row `linear = 0`.
    pub fn enforce_zero(&mut self, label: &'static str, linear: Linear) {
        self.row(label, Row::Zero(linear));
    }

    /// The row `left = right`.
    pub fn enforce_equal(&mut self, label: &'static str, left: &Linear, right: &Linear) {
        self.enforce_zero(label, left - right);
    }

    /// A combination as one variable: itself where it already is one, else a new variable and one
    /// row. Worth it where a combination of many terms is used more than once.
    pub fn materialize(&mut self, label: &'static str, value: &Linear) -> Linear {
        let is_simple = value.as_constant().is_some() || value.terms().len() <= 1;
        if is_simple {
            return value.clone();
        }
        let variable: Linear = self.hint(label, vec![value.clone()], 1, <[Fr]>::to_vec)[0].into();
        self.enforce_equal(label, value, &variable);
        variable
    }

    /// The product of two combinations: one row where neither is constant.
    pub fn product(&mut self, label: &'static str, left: &Linear, right: &Linear) -> Linear {
        match (left.as_constant(), right.as_constant()) {
            (Some(factor), _) => right.scaled(factor),
            (_, Some(factor)) => left.scaled(factor),
            _ => {
                let inputs = vec![left.clone(), right.clone()];
                let product: Linear = self.hint(label, inputs, 1, |v| vec![v[0] * v[1]])[0].into();
                self.enforce(label, left, right, &product);
                product
            }
        }
    }

    fn row(&mut self, label: &'static str, row: Row) {
        self.count_terms(row.terms());
        if self.keep(self.limits.check_rows(self.rows.len() + 1)) {
            let label = self.intern(label);
            self.rows.push(row);
            self.origins.push(Origin { scope: self.scope, label });
        }
    }

    fn intern(&mut self, name: &str) -> u32 {
        let index = match self.names.get_index_of(name) {
            Some(index) => index,
            None => self.names.insert_full(name.to_owned()).0,
        };
        u32::try_from(index).unwrap_or_default()
    }

    /// Runs `f` with a name added to the path under which its rows are reported.
    pub fn scope<T>(&mut self, name: impl Into<String>, f: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.scope;
        self.scopes.push(name.into());
        self.scope = self.intern(&self.scopes.join(SCOPE_END));
        let result = f(self);
        self.scopes.pop();
        self.scope = before;
        result
    }

    /// The number of rows so far.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The circuit, with padded public variables and rows placed, and the program for witnesses.
    pub fn finish(mut self) -> (Circuit, Program) {
        self.scope = self.intern("padding");
        if self.outgrown.is_some() {
            // Rows are missing: whoever did not ask gets a circuit without witnesses, not one that
            // enforces less.
            self.rows = vec![Row::Zero(Linear::integer(1))];
            self.origins = vec![Origin { scope: self.scope, label: self.intern("outgrown") }];
        }
        let label = self.intern("padding is zero");
        for index in self.publics..self.publics.next_power_of_two() {
            let padding = Variable::public(index);
            let function: Function = Arc::new(|_| vec![from_i128(0)]);
            let (name, scope, outputs) = ("zero", self.scope, vec![padding]);
            self.steps.push(Step { name, scope, inputs: Vec::new(), outputs, function });
            // Varuna's verifier does not look at padding: without this row any value passes.
            self.rows.push(Row::Zero(padding.into()));
            self.origins.push(Origin { scope: self.scope, label });
        }
        self.publics = self.publics.next_power_of_two();
        let [a, b, c] = placement::place(self.rows);
        let names: Arc<[String]> = self.names.into_iter().collect();
        let circuit = Circuit {
            a,
            b,
            c,
            publics: self.publics,
            privates: self.privates,
            origins: self.origins,
            names: Arc::clone(&names),
        };
        let program = Program {
            publics: self.publics,
            privates: self.privates,
            inputs: self.inputs,
            steps: self.steps,
            names,
        };
        (circuit, program)
    }
}
