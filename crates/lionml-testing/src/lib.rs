//! Attacks on circuits, for tests: four nets, because none is enough.
//!
//! * **N1, tamper**: every private variable is changed alone.
//! * **N2, rank**: no direction exists in which private variables could move together.
//! * **N3, lies**: a hint returns something else and the honest rest runs on it.
//! * **N4, search**: there is no second witness, by a search of all cases ([`Search`]).
//!
//! A quotient without a range check passes N1 and N2 and falls only to N3; two limbs without
//! range checks can pass N3 and fall to N2; two bits that can only move together, by a whole step,
//! fall to N4 alone. The first three are fast in circuits of any size.
//!
//! And the nets are tested: [`Rows`] drops every row of a circuit, one at a time, and one of them
//! must catch what a prover then gets away with.

#![expect(clippy::expect_used, clippy::panic, reason = "a test engine reports by panicking")]

pub mod conformance;
mod rows;
pub mod runtime;
mod search;

use std::collections::BTreeMap;

use lionml_r1cs::{
    Circuit, Fr, Linear, Program, Variable, Witness,
    field::{One, Zero, from_i128, power_of_two},
    free_variables,
};

pub use rows::{REDUNDANT, Redundant, Rows};
pub use search::{BUDGET, Outcome, Search};

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
    outputs: Vec<Linear>,
}

/// Above this many variables N1 samples and N2 is left out.
const MAX_VARIABLES: usize = 2000;

/// Above this many hints N3 tries no pairs of them.
const MAX_PAIRED: usize = 16;

impl Target {
    /// The circuit and its program.
    pub fn new((circuit, program): (Circuit, Program)) -> Self {
        Self { circuit, program, free: Vec::new(), outputs: Vec::new() }
    }

    /// Combinations whose values nobody may choose, whatever hints may be free.
    #[must_use]
    pub fn with_outputs(mut self, outputs: impl IntoIterator<Item = Linear>) -> Self {
        self.outputs.extend(outputs);
        self
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

    /// All nets at these inputs. `lies` are added to lies that every hint is tried with:
    /// each output one up, one down, negated, half in the field, and far away.
    pub fn assert_sound(&self, inputs: &[i128], lies: &[Lie]) {
        let inputs: Vec<Fr> = inputs.iter().map(|&v| from_i128(v)).collect();
        self.assert_sound_fields(&inputs, lies);
    }

    /// [`Self::assert_sound`] for inputs that are field elements.
    pub fn assert_sound_fields(&self, inputs: &[Fr], lies: &[Lie]) {
        let witness = self.honest_fields(inputs);
        let mut unmentioned = self.circuit.unmentioned();
        unmentioned.retain(|v| !self.program.inputs().contains(v));
        assert!(unmentioned.is_empty(), "no row mentions {unmentioned:?}");
        self.assert_rejects_tampering(&witness);
        self.assert_rank(&witness);
        self.assert_rejects_lies(&witness, lies);
        self.assert_unique(&witness);
    }

    fn may_be_free(&self) -> Vec<Variable> {
        let steps = self.program.steps().iter();
        steps.filter(|s| self.free.contains(&s.name())).flat_map(|s| s.outputs().to_vec()).collect()
    }

    fn inputs_of(&self, witness: &Witness) -> Vec<(Variable, Fr)> {
        self.program.inputs().iter().map(|v| (*v, witness.value(*v))).collect()
    }

    /// What must have one value for given inputs.
    fn watched(&self) -> Vec<Linear> {
        let free = self.may_be_free();
        let public = (1..self.circuit.publics()).map(Variable::public);
        let all = public.chain((0..self.circuit.privates()).map(Variable::private));
        let bound = all.filter(|v| !free.contains(v)).map(Linear::from);
        self.outputs.iter().cloned().chain(bound).collect()
    }

    /// N1: each private variable that is not an input, changed alone.
    pub fn assert_rejects_tampering(&self, witness: &Witness) {
        self.tamper(witness, &mut |tampered, told| {
            assert!(!self.circuit.check(tampered).is_satisfied(), "{}", told());
        });
    }

    fn tamper(&self, witness: &Witness, check: &mut Judge<'_>) {
        let free = self.may_be_free();
        let step = self.circuit.privates() / MAX_VARIABLES + 1;
        let mut tampered = witness.clone();
        for index in (0..self.circuit.privates()).step_by(step) {
            let variable = Variable::private(index);
            if self.program.inputs().contains(&variable) || free.contains(&variable) {
                continue;
            }
            let honest = witness.value(variable);
            for value in alternatives(honest) {
                tampered.set(variable, value);
                check(&tampered, &|| format!("{variable:?} moved from {honest} to {value}"));
            }
            tampered.set(variable, honest);
        }
    }

    /// N2: no private variables that are not inputs can move together.
    pub fn assert_rank(&self, witness: &Witness) {
        let free = self.moving(&self.circuit, witness);
        assert!(free.is_empty(), "variables can move together: {free:?}");
    }

    fn moving(&self, circuit: &Circuit, witness: &Witness) -> Vec<Variable> {
        if circuit.privates() > MAX_VARIABLES {
            return Vec::new();
        }
        let mut held = self.program.inputs().to_vec();
        held.extend(self.may_be_free());
        free_variables(circuit, witness, &held)
    }

    /// N3: every hint lies, and the honest rest runs on the lie. In small circuits, so do two hints
    /// that follow one another.
    pub fn assert_rejects_lies(&self, witness: &Witness, lies: &[Lie]) {
        self.lie(witness, lies, &mut |lying, told| {
            assert!(!self.circuit.check(lying).is_satisfied(), "{}", told());
        });
    }

    /// N3 with a lie about several hints that are told together, on one run: whatever stands in the
    /// list is told by every hint of its name.
    pub fn assert_rejects_joint_lie(&self, inputs: &[i128], lies: &[Lie]) {
        let witness = self.honest(inputs);
        let mut told = BTreeMap::new();
        for lie in lies {
            let before = told.len();
            for (index, step) in self.program.steps().iter().enumerate() {
                let honest: Vec<Fr> = step.outputs().iter().map(|v| witness.value(*v)).collect();
                let values = (lie.values)(&honest);
                if step.name() == lie.hint && values != honest {
                    told.insert(index, values);
                }
            }
            assert!(
                told.len() > before,
                "the lie about `{}` never differs from the truth",
                lie.hint
            );
        }
        let lying = self.run(&witness, &told);
        let names: Vec<_> = lies.iter().map(|lie| lie.hint).collect();
        assert!(!self.circuit.check(&lying).is_satisfied(), "{names:?} may lie together: {told:?}");
    }

    fn run(&self, witness: &Witness, told: &BTreeMap<usize, Vec<Fr>>) -> Witness {
        let inputs: Vec<Fr> = self.program.inputs().iter().map(|v| witness.value(*v)).collect();
        self.program.solve_with_lies(&inputs, told).expect("a lie of these hints")
    }

    fn lie(&self, witness: &Witness, lies: &[Lie], check: &mut Judge<'_>) {
        let steps = self.program.steps();
        let mut applied = vec![false; lies.len()];
        let stride = steps.len() / 200 + 1;
        let mut before: Vec<Vec<Fr>> = Vec::new();
        for (index, step) in steps.iter().enumerate() {
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
            // Neighbours: one step up or down each, and a bit flipped.
            let small: Vec<Vec<Fr>> =
                told.iter().filter(|_| steps.len() <= MAX_PAIRED).cloned().collect();
            for first in &before {
                for second in small.iter().take(12) {
                    let told =
                        BTreeMap::from([(index - 1, first.clone()), (index, second.clone())]);
                    check(&self.run(witness, &told), &|| {
                        let (one, other) = (steps[index - 1].name(), step.name());
                        format!("the hints `{one}` and `{other}` may say {told:?} together")
                    });
                }
            }
            before = small.into_iter().take(12).collect();
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
                let lying = self.run(witness, &BTreeMap::from([(index, lie.clone())]));
                check(&lying, &|| {
                    let (name, scope) = (step.name(), self.program.scope(step));
                    format!("the hint `{name}` in `{scope}` may say {lie:?} instead of {honest:?}")
                });
            }
        }
        for (lie, applied) in lies.iter().zip(applied) {
            assert!(applied, "the lie about `{}` never differs from the truth", lie.hint);
        }
    }

    /// N4: no second witness for these inputs differs in an output or in a variable that is not
    /// declared free.
    pub fn assert_unique(&self, witness: &Witness) {
        let (fixed, watched) = (self.inputs_of(witness), self.watched());
        match Search::new(&self.circuit, fixed).besides(witness, &watched).run() {
            Outcome::Unique => {}
            Outcome::SecondWitness(second) => {
                let moved = watched
                    .iter()
                    .map(|l| (l, l.value(|v| witness.value(v)), l.value(|v| second.value(v))));
                let moved: Vec<_> = moved.filter(|(_, one, other)| one != other).collect();
                panic!("a second witness: {moved:?}");
            }
            Outcome::OutOfBudget => panic!("the search for a second witness is not complete"),
        }
    }

    /// N4 the other way round: no witness at all has these inputs.
    pub fn assert_refuses(&self, inputs: &[Fr]) {
        let fixed = self.program.inputs().iter().copied().zip(inputs.iter().copied()).collect();
        let outcome = Search::new(&self.circuit, fixed).run();
        assert!(matches!(outcome, Outcome::Unique), "a witness for {inputs:?}: {outcome:?}");
    }
}

/// What an attack made, and how to tell.
type Judge<'a> = dyn FnMut(&Witness, &dyn Fn() -> String) + 'a;

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
