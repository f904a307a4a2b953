//! What repeats in a circuit: its rows as sections, one a node, of blocks that loops can write.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::Range,
};

use lionml_r1cs::{
    Circuit, Digest, Fr, Variable,
    field::{self, One},
};

/// Repetitions are looked for among this many statements.
const MAX_PERIOD: usize = 24;

/// Rows of one label go to a table where more of them than this differ, and most of them do.
const MAX_DIFFERENT: usize = 8;

/// Rows of one label outside of loops go to a table where they are more than this, or longer.
const MAX_SINGLE_ROWS: usize = 16;
const MAX_SINGLE_TERMS: usize = 64;

/// All rows of a section go to a table where it would have more terms than this outside of one.
const MAX_TERMS: usize = 400;

/// The rows that a node of the model took, or another part of the circuit.
pub(super) struct Section {
    /// The outermost scope of the rows.
    pub(super) scope: String,
    /// How many they are.
    pub(super) rows: usize,
    /// The numbers of those that stand in a table, in their order.
    pub(super) tabled: Vec<usize>,
    /// The rows.
    pub(super) blocks: Vec<Block>,
}

/// Statements, a number of times.
pub(super) struct Block {
    pub(super) times: usize,
    pub(super) statements: Vec<Statement>,
}

/// A few rows; variables of the i-th repetition are `i` steps further.
pub(super) enum Statement {
    /// Variables one after the other, each with the row that makes it zero or one.
    Bits { first: Place, count: usize },
    /// A row.
    Row { label: String, parts: [Vec<Term>; 3] },
    /// The next row of the table.
    Table { label: String },
}

/// A term of a linear combination.
pub(super) struct Term {
    pub(super) coefficient: Fr,
    pub(super) variable: Place,
}

/// A variable, and how much further the next repetition's is.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) variable: Variable,
    pub(super) step: usize,
}

impl Place {
    fn new(variable: Variable) -> Self {
        Self { variable, step: 0 }
    }

    /// How much further the other variable is, where both are public or both private. The constant
    /// one is before no other: it has no step.
    fn distance(&self, other: &Self) -> Option<usize> {
        let (here, there) = (self.variable, other.variable);
        let is_one = |variable| variable == Variable::ONE;
        (here.is_public() == there.is_public() && is_one(here) == is_one(there))
            .then(|| there.index().checked_sub(here.index()))
            .flatten()
    }
}

/// The sections of a circuit of these nodes with their numbers of rows; what follows the last one
/// is padding.
pub(super) fn sections(circuit: &Circuit, nodes: &[(String, usize)]) -> Vec<Section> {
    let all = circuit.constraints();
    let mut sections = Vec::new();
    let mut start = 0usize;
    for (scope, rows) in nodes.iter().map(|(scope, rows)| (scope.as_str(), *rows)) {
        let end = start.saturating_add(rows).min(all);
        sections.push((scope, start..end));
        start = end;
    }
    sections.push(("padding", start..all));
    sections
        .into_iter()
        .filter(|(_, rows)| !rows.is_empty())
        .map(|(scope, rows)| {
            let (scope, count) = (scope.to_owned(), rows.len());
            let (tabled, blocks) = Rows { circuit, rows }.blocks();
            Section { scope, rows: count, tabled, blocks }
        })
        .collect()
}

/// The rows of one section.
struct Rows<'a> {
    circuit: &'a Circuit,
    rows: Range<usize>,
}

impl<'a> Rows<'a> {
    /// The rows that stand in a table, and the statements that write all.
    fn blocks(&self) -> (Vec<usize>, Vec<Block>) {
        let mut labels = self.different();
        let mut blocks = repetitions(self.statements(&labels));
        for longer in [single, any] {
            let longer = longer(&blocks);
            if !longer.is_empty() {
                labels.extend(longer);
                blocks = repetitions(self.statements(&labels));
            }
        }
        let is_tabled = |row: &usize| labels.contains(self.label(*row)) && self.bit(*row).is_none();
        (self.rows.clone().filter(is_tabled).collect(), blocks)
    }

    fn label(&self, row: usize) -> &'a str {
        self.circuit.origin(row).1
    }

    fn parts(&self, row: usize) -> [&'a [(Variable, Fr)]; 3] {
        self.circuit.matrices().map(|matrix| matrix.row(row))
    }

    /// The variable that a row makes zero or one, if that is what it does.
    fn bit(&self, row: usize) -> Option<Variable> {
        match self.parts(row) {
            [[(a, one)], b, c] if one.is_one() && !a.is_public() && b == c => {
                (*b == [(*a, *one)]).then_some(*a)
            }
            _ => None,
        }
    }

    /// The labels whose rows differ by more than their variables.
    fn different(&self) -> BTreeSet<String> {
        let mut kinds = BTreeMap::<&str, (usize, BTreeSet<Digest>)>::new();
        for row in self.rows.clone() {
            let (rows, different) = kinds.entry(self.label(row)).or_default();
            let mut kind = Vec::new();
            for part in self.parts(row) {
                kind.extend((part.len() as u64).to_le_bytes());
                for (variable, coefficient) in part {
                    kind.push(u8::from(variable.is_public()));
                    kind.extend(field::to_bytes(coefficient));
                }
            }
            *rows += 1;
            different.insert(Digest::of(&kind));
        }
        kinds
            .into_iter()
            .filter(|(_, (rows, different))| {
                different.len() > MAX_DIFFERENT && different.len() * 2 > *rows
            })
            .map(|(label, _)| label.to_owned())
            .collect()
    }

    fn statements(&self, tabled: &BTreeSet<String>) -> Vec<Statement> {
        let mut statements = Vec::new();
        for row in self.rows.clone() {
            if let Some(bit) = self.bit(row) {
                if let Some(Statement::Bits { first, count }) = statements.last_mut()
                    && first.variable.index() + *count == bit.index()
                {
                    *count += 1;
                } else {
                    statements.push(Statement::Bits { first: Place::new(bit), count: 1 });
                }
                continue;
            }
            let label = self.label(row).to_owned();
            statements.push(if tabled.contains(&label) {
                Statement::Table { label }
            } else {
                let term = |&(variable, coefficient): &(Variable, Fr)| Term {
                    coefficient,
                    variable: Place::new(variable),
                };
                let parts = self.parts(row).map(|part| part.iter().map(term).collect());
                Statement::Row { label, parts }
            });
        }
        statements
    }
}

/// The labels of rows that no loop writes, where they would make the code long.
fn single(blocks: &[Block]) -> BTreeSet<String> {
    let mut counts = BTreeMap::<&str, [usize; 2]>::new();
    for block in blocks.iter().filter(|block| block.times == 1) {
        for statement in &block.statements {
            if let Statement::Row { label, parts } = statement {
                let [rows, terms] = counts.entry(label).or_default();
                *rows += 1;
                *terms += parts.iter().map(Vec::len).sum::<usize>();
            }
        }
    }
    counts
        .into_iter()
        .filter(|(_, [rows, terms])| *rows > MAX_SINGLE_ROWS || *terms > MAX_SINGLE_TERMS)
        .map(|(label, _)| label.to_owned())
        .collect()
}

/// All labels, where the code is long all the same.
fn any(blocks: &[Block]) -> BTreeSet<String> {
    let statements = blocks.iter().flat_map(|block| &block.statements);
    let (mut labels, mut all) = (BTreeSet::new(), 0);
    for statement in statements {
        if let Statement::Row { label, parts } = statement {
            labels.insert(label.clone());
            all += parts.iter().map(Vec::len).sum::<usize>();
        }
    }
    if all > MAX_TERMS { labels } else { BTreeSet::new() }
}

/// The same statements, with those that repeat in blocks.
fn repetitions(statements: Vec<Statement>) -> Vec<Block> {
    let mut blocks = Vec::<Block>::new();
    let mut rest = statements.into_iter().collect::<VecDeque<_>>();
    while !rest.is_empty() {
        let slice = rest.make_contiguous();
        let longest = (1..=MAX_PERIOD.min(slice.len() / 2))
            .map(|period| (period, times(slice, period)))
            .max_by_key(|&(period, times)| ((times - 1) * period, Reverse(period)))
            .filter(|&(_, times)| times > 1);
        match longest {
            Some((period, times)) => {
                for index in 0..period {
                    let (own, next) = slice.split_at_mut(period);
                    own[index].set_steps(&next[index]);
                }
                let statements = rest.drain(..period).collect();
                rest.drain(..period * (times - 1));
                blocks.push(Block { times, statements });
            }
            None => match (blocks.last_mut(), rest.pop_front()) {
                (Some(Block { times: 1, statements }), Some(next)) => statements.push(next),
                (_, next) => {
                    blocks.push(Block { times: 1, statements: next.into_iter().collect() });
                }
            },
        }
    }
    blocks
}

/// How often the first statements repeat, each time the same steps further.
fn times(statements: &[Statement], period: usize) -> usize {
    let mut repetitions = statements.chunks_exact(period);
    let (Some(first), Some(second)) = (repetitions.next(), repetitions.next()) else { return 1 };
    let mut times = 1;
    let mut before = first;
    for repetition in std::iter::once(second).chain(repetitions) {
        let follows = |index: usize| {
            before[index]
                .distances(&repetition[index])
                .is_some_and(|distances| Some(distances) == first[index].distances(&second[index]))
        };
        if !(0..period).all(follows) {
            break;
        }
        times += 1;
        before = repetition;
    }
    times
}

impl Statement {
    /// How far the variables of another statement are from those of this one, where nothing else
    /// differs.
    fn distances(&self, other: &Self) -> Option<Vec<usize>> {
        match (self, other) {
            (Self::Bits { first, count }, Self::Bits { first: other, count: others })
                if count == others =>
            {
                Some(vec![first.distance(other)?])
            }
            (Self::Table { label }, Self::Table { label: other }) if label == other => {
                Some(Vec::new())
            }
            (Self::Row { label, parts }, Self::Row { label: other, parts: others })
                if label == other =>
            {
                let is_even = parts.iter().zip(others).all(|(own, other)| own.len() == other.len());
                let terms = parts.iter().flatten().zip(others.iter().flatten());
                let distance = |(own, other): (&Term, &Term)| {
                    (own.coefficient == other.coefficient)
                        .then(|| own.variable.distance(&other.variable))
                        .flatten()
                };
                is_even.then(|| terms.map(distance).collect()).flatten()
            }
            _ => None,
        }
    }

    /// Notes how far the variables of the next repetition are.
    fn set_steps(&mut self, next: &Self) {
        let distances = self.distances(next).unwrap_or_default();
        let places: Vec<&mut Place> = match self {
            Self::Bits { first, .. } => vec![first],
            Self::Row { parts, .. } => {
                parts.iter_mut().flatten().map(|term| &mut term.variable).collect()
            }
            Self::Table { .. } => Vec::new(),
        };
        for (place, step) in places.into_iter().zip(distances) {
            place.step = step;
        }
    }
}
