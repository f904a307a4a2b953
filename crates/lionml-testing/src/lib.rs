//! Attacks on circuits, for tests: three nets, because none is enough.
//!
//! * **N1, tamper**: every private variable is changed alone.
//! * **N2, rank**: no direction exists in which private variables could move together.
//! * **N3, lies**: a hint returns something else and the honest rest runs on it.
//!
//! A quotient without a range check passes N1 and N2 and falls only to N3; two limbs without
//! range checks can pass N3 and fall to N2.

#![expect(clippy::expect_used, reason = "a test engine reports by panicking")]

pub mod conformance;

use std::collections::BTreeMap;

use lionml_r1cs::{
    Circuit, Fr, Program, Variable, Witness,
    field::{One, Zero, from_i128, power_of_two},
    free_variables,
};

/// A hint that lies: from the honest values to others. Where the lie equals the honest values it
/// is skipped; it must apply at least once.
pub struct Lie {
    /// The name of the hint.
    pub hint: &'static str,
    /// What it returns instead.
    pub values: fn(honest: &[Fr]) -> Vec<Fr>,
}

/// A circuit under attack.
pub struct Target {
    circuit: Circuit,
    program: Program,
    free: Vec<&'static str>,
}

/// Above this many variables N1 samples and N2 is left out.
const MAX_VARIABLES: usize = 2000;

impl Target {
    /// The circuit and its program.
    pub fn new((circuit, program): (Circuit, Program)) -> Self {
        Self { circuit, program, free: Vec::new() }
    }

    /// Hints whose values may be free for some inputs without harm, such as the inverse of zero.
    #[must_use]
    pub fn with_free_hints(mut self, names: &[&'static str]) -> Self {
        self.free.extend(names);
        self
    }

    /// The circuit.
    pub fn circuit(&self) -> &Circuit {
        &self.circuit
    }

    /// The number of hints.
    pub fn hints(&self) -> usize {
        self.program.steps().len()
    }

    /// The honest witness for these inputs; it must satisfy every row.
    pub fn honest(&self, inputs: &[i128]) -> Witness {
        let inputs: Vec<Fr> = inputs.iter().map(|&v| from_i128(v)).collect();
        self.honest_fields(&inputs)
    }

    /// [`Self::honest`] for inputs that are field elements.
    pub fn honest_fields(&self, inputs: &[Fr]) -> Witness {
        let witness = self.program.solve(inputs).expect("inputs of the circuit");
        let report = self.circuit.check(&witness);
        assert!(report.is_satisfied(), "honest witness refused: {}", report.failures[0]);
        witness
    }

    /// All three nets at these inputs. `lies` are added to lies that every hint is tried with:
    /// each output one up, one down, negated, half in the field, and far away.
    pub fn assert_sound(&self, inputs: &[i128], lies: &[Lie]) {
        let witness = self.honest(inputs);
        let mut unmentioned = self.circuit.unmentioned();
        unmentioned.retain(|v| !self.program.inputs().contains(v));
        assert!(unmentioned.is_empty(), "no row mentions {unmentioned:?}");
        self.assert_rejects_tampering(&witness);
        self.assert_rank(&witness);
        self.assert_rejects_lies(&witness, lies);
    }

    fn may_be_free(&self) -> Vec<Variable> {
        let steps = self.program.steps().iter();
        steps.filter(|s| self.free.contains(&s.name())).flat_map(|s| s.outputs().to_vec()).collect()
    }

    /// N1: each private variable that is not an input, changed alone.
    pub fn assert_rejects_tampering(&self, witness: &Witness) {
        let free = self.may_be_free();
        let step = self.circuit.privates() / MAX_VARIABLES + 1;
        for index in (0..self.circuit.privates()).step_by(step) {
            let variable = Variable::private(index);
            if self.program.inputs().contains(&variable) || free.contains(&variable) {
                continue;
            }
            let honest = witness.value(variable);
            for value in alternatives(honest) {
                let mut tampered = witness.clone();
                tampered.set(variable, value);
                let report = self.circuit.check(&tampered);
                assert!(!report.is_satisfied(), "{variable:?} moved from {honest} to {value}");
            }
        }
    }

    /// N2: no private variables that are not inputs can move together.
    pub fn assert_rank(&self, witness: &Witness) {
        if self.circuit.privates() > MAX_VARIABLES {
            return;
        }
        let mut held = self.program.inputs().to_vec();
        held.extend(self.may_be_free());
        let free = free_variables(&self.circuit, witness, &held);
        assert!(free.is_empty(), "variables can move together: {free:?}");
    }

    /// N3: every hint lies, and the honest rest runs on the lie.
    pub fn assert_rejects_lies(&self, witness: &Witness, lies: &[Lie]) {
        let inputs: Vec<Fr> = self.program.inputs().iter().map(|v| witness.value(*v)).collect();
        let mut applied = vec![false; lies.len()];
        let stride = self.program.steps().len() / 200 + 1;
        for (index, step) in self.program.steps().iter().enumerate() {
            let honest: Vec<Fr> = step.outputs().iter().map(|v| witness.value(*v)).collect();
            let mut told = Vec::new();
            if !self.free.contains(&step.name()) && index % stride == 0 {
                for output in 0..honest.len() {
                    for value in alternatives(honest[output]) {
                        let mut lie = honest.clone();
                        lie[output] = value;
                        told.push(lie);
                    }
                }
            }
            for (lie, applied) in
                lies.iter().zip(&mut applied).filter(|(l, _)| l.hint == step.name())
            {
                let values = (lie.values)(&honest);
                if values != honest {
                    *applied = true;
                    told.push(values);
                }
            }
            for lie in told {
                let lies = BTreeMap::from([(index, lie.clone())]);
                let lying =
                    self.program.solve_with_lies(&inputs, &lies).expect("a lie of this hint");
                assert!(
                    !self.circuit.check(&lying).is_satisfied(),
                    "the hint `{}` in `{}` may say {lie:?} instead of {honest:?}",
                    step.name(),
                    self.program.scope(step),
                );
            }
        }
        for (lie, applied) in lies.iter().zip(applied) {
            assert!(applied, "the lie about `{}` never differs from the truth", lie.hint);
        }
    }
}

fn alternatives(honest: Fr) -> Vec<Fr> {
    let one = Fr::one();
    let mut values = vec![
        honest + one,
        honest - one,
        one - honest,
        -honest,
        honest + power_of_two(200),
        Fr::zero(),
        power_of_two(252) + honest,
    ];
    values.retain(|v| *v != honest);
    values
}
