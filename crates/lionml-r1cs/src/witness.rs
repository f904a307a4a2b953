//! Values of a circuit's variables, and the program that computes them.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::{
    Linear, Variable,
    field::{Fr, One, Zero},
    origin::SCOPE_END,
};

/// The values of all variables of a circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Public values; the first is one, the last ones are padding.
    pub public: Vec<Fr>,
    /// Private values.
    pub private: Vec<Fr>,
}

impl Witness {
    /// The value of a variable; zero for one that does not exist.
    pub fn value(&self, variable: Variable) -> Fr {
        let values = if variable.is_public() { &self.public } else { &self.private };
        values.get(variable.index()).copied().unwrap_or_else(Fr::zero)
    }

    /// Replaces the value of a variable: for tests that lie.
    pub fn set(&mut self, variable: Variable, value: Fr) {
        let values = if variable.is_public() { &mut self.public } else { &mut self.private };
        if let Some(slot) = values.get_mut(variable.index()) {
            *slot = value;
        }
    }
}

/// How a hint computes its outputs from the values of its inputs.
pub(crate) type Function = Arc<dyn Fn(&[Fr]) -> Vec<Fr> + Send + Sync>;

/// One hint: variables computed from combinations of earlier ones.
#[derive(Clone)]
pub struct Step {
    pub(crate) name: &'static str,
    pub(crate) scope: u32,
    pub(crate) inputs: Vec<Linear>,
    pub(crate) outputs: Vec<Variable>,
    pub(crate) function: Function,
}

impl Step {
    /// The name of the hint.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The variables that it computes.
    pub fn outputs(&self) -> &[Variable] {
        &self.outputs
    }

    /// What it computes them from.
    pub fn inputs(&self) -> &[Linear] {
        &self.inputs
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:?} → {:?}", self.name, self.inputs, self.outputs)
    }
}

/// Inputs that do not fit a program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// Another number of inputs than the circuit has.
    #[error("the circuit takes `{expected}` inputs, got `{got}`")]
    Inputs {
        /// How many the circuit takes.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// A hint that returned another number of values than it was declared with.
    #[error("the hint `{name}` returned `{got}` values instead of `{expected}`")]
    Hint {
        /// The name of the hint.
        name: &'static str,
        /// How many it was declared with.
        expected: usize,
        /// How many it returned.
        got: usize,
    },
}

/// Computes the witness of a circuit from its inputs.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) publics: usize,
    pub(crate) privates: usize,
    pub(crate) inputs: Vec<Variable>,
    pub(crate) steps: Vec<Step>,
    pub(crate) names: Arc<[String]>,
}

impl Program {
    /// The input variables, in the order in which [`Self::solve`] takes their values.
    pub fn inputs(&self) -> &[Variable] {
        &self.inputs
    }

    /// The hints, in the order in which they run.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The path of scopes of a hint, with slashes between them.
    pub fn scope(&self, step: &Step) -> String {
        self.names.get(step.scope as usize).map_or_else(String::new, |n| n.replace(SCOPE_END, "/"))
    }

    /// The witness for these inputs.
    pub fn solve(&self, inputs: &[Fr]) -> Result<Witness, ProgramError> {
        self.solve_with_lies(inputs, &BTreeMap::new())
    }

    /// The witness in which the steps at these indices return other values and the honest rest
    /// runs on them: what a lying prover would do.
    pub fn solve_with_lies(
        &self,
        inputs: &[Fr],
        lies: &BTreeMap<usize, Vec<Fr>>,
    ) -> Result<Witness, ProgramError> {
        if inputs.len() != self.inputs.len() {
            return Err(ProgramError::Inputs { expected: self.inputs.len(), got: inputs.len() });
        }
        let mut witness = Witness {
            public: vec![Fr::zero(); self.publics],
            private: vec![Fr::zero(); self.privates],
        };
        witness.set(Variable::ONE, Fr::one());
        for (variable, value) in self.inputs.iter().zip(inputs) {
            witness.set(*variable, *value);
        }
        for (index, step) in self.steps.iter().enumerate() {
            let values = match lies.get(&index) {
                Some(lie) => lie.clone(),
                None => {
                    let inputs: Vec<_> =
                        step.inputs.iter().map(|l| l.value(|v| witness.value(v))).collect();
                    (step.function)(&inputs)
                }
            };
            if values.len() != step.outputs.len() {
                let (expected, got) = (step.outputs.len(), values.len());
                return Err(ProgramError::Hint { name: step.name, expected, got });
            }
            for (variable, value) in step.outputs.iter().zip(values) {
                witness.set(*variable, value);
            }
        }
        Ok(witness)
    }
}
