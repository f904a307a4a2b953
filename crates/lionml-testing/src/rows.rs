//! Rows dropped one at a time: what no net catches is a row that could vanish unseen.

use std::collections::BTreeSet;

use lionml_r1cs::{Fr, Witness};

use crate::{Outcome, Search, Target};

/// A row without which a circuit enforces the same.
#[derive(Clone, Copy, Debug)]
pub struct Redundant {
    /// The circuit: the name that is given to [`Rows::of`].
    pub circuit: &'static str,
    /// The label of the row.
    pub label: &'static str,
    /// Why nothing is lost.
    pub reason: &'static str,
}

/// All rows that may vanish. One that a net misses has no place here.
pub const REDUNDANT: &[Redundant] = &[
    Redundant {
        circuit: "ArgMax of one signal",
        label: "a bit is zero or one",
        reason: "the only signal is selected by a constant: the row says that one is a bit",
    },
    Redundant {
        circuit: "ArgMax of equal constants",
        label: "a bit is zero or one",
        reason: "signals of an interval of one number have no bits, and the rows of their distances \
                 determine every selection",
    },
    Redundant {
        circuit: "ArgMax of equal constants",
        label: "a value without width is its low end",
        reason: "selections are bits that sum to one: all but one of the distances follow",
    },
];

/// Terms that the search for what a prover gets away with looks at before the next net is tried.
const STEPS: u64 = 3_000_000;

/// At how many inputs the nets other than the search try to miss a row.
const ATTACKED: usize = 4;

/// The rows of circuits of one name, dropped one at a time.
#[derive(Debug)]
pub struct Rows {
    circuit: &'static str,
    dropped: usize,
    unmissed: BTreeSet<String>,
}

impl Rows {
    /// Nothing dropped yet.
    pub fn of(circuit: &'static str) -> Self {
        Self { circuit, dropped: 0, unmissed: BTreeSet::new() }
    }

    /// Drops each row of a circuit. The nets attack at each of `inputs`; `refused` are
    /// inputs that have no witness, and have one as soon as the row that refuses them is gone.
    #[must_use]
    pub fn drop_each(mut self, target: &Target, inputs: &[Vec<Fr>], refused: &[Vec<Fr>]) -> Self {
        for row in target.unmissed_rows(inputs, refused) {
            self.unmissed.insert(target.circuit().origin(row).1.to_owned());
        }
        self.dropped += target.circuit().constraints();
        self
    }

    /// Fails where a row was not missed, or where a row is listed that is. Returns how many were
    /// dropped.
    pub fn finish(self) -> usize {
        let unused = self.listed().find(|label| !self.unmissed.contains(*label));
        assert!(
            unused.is_none(),
            "`{}`: the row {unused:?} is missed, take it off the list",
            self.circuit
        );
        self.finish_part()
    }

    /// [`Self::finish`] for some of the circuits of this name.
    pub fn finish_part(self) -> usize {
        let listed: Vec<_> = self.listed().collect();
        let unmissed = self.unmissed.iter().filter(|label| !listed.contains(&label.as_str()));
        let unmissed: Vec<_> = unmissed.collect();
        assert!(unmissed.is_empty(), "`{}`: nobody misses the rows {unmissed:?}", self.circuit);
        self.dropped
    }

    fn listed(&self) -> impl Iterator<Item = &'static str> {
        REDUNDANT.iter().filter(|row| row.circuit == self.circuit).map(|row| row.label)
    }
}

impl Target {
    fn unmissed_rows(&self, inputs: &[Vec<Fr>], refused: &[Vec<Fr>]) -> Vec<usize> {
        let circuit = self.circuit();
        let mut is_missed = vec![false; circuit.constraints()];
        let honest: Vec<Witness> = inputs.iter().map(|i| self.honest_fields(i)).collect();
        // An attack that one row alone stops succeeds without it.
        for witness in honest.iter().take(ATTACKED) {
            let mut judge = |attack: &Witness, _: &dyn Fn() -> String| {
                let report = circuit.check(attack);
                if report.violated == 1 {
                    is_missed[report.failures[0].row] = true;
                }
            };
            self.tamper(witness, &mut judge);
            self.lie(witness, &[], &mut judge);
        }
        for inputs in refused {
            self.assert_refuses(inputs);
        }
        let watched = self.watched();
        let finds = |outcome| matches!(outcome, Outcome::SecondWitness(_));
        let rows = (0..circuit.constraints()).filter(|row| !is_missed[*row]);
        rows.filter(|&row| {
            let is_second = |witness: &Witness| {
                let search = Search::new(circuit, self.inputs_of(witness)).without_row(row);
                finds(search.besides(witness, &watched).steps(STEPS).run())
            };
            let is_accepted = |inputs: &Vec<Fr>| {
                let fixed = self.program.inputs().iter().copied().zip(inputs.iter().copied());
                finds(Search::new(circuit, fixed.collect()).without_row(row).steps(STEPS).run())
            };
            let moves =
                |witness: &Witness| !self.moving(&circuit.without_row(row), witness).is_empty();
            !(honest.iter().any(is_second)
                || refused.iter().any(is_accepted)
                || honest.iter().take(ATTACKED).any(moves))
        })
        .collect()
    }
}
