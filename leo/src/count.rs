//! What a function takes in the circuit of its transition, and how long that is proved.
//!
//! `leo synthesize` counts too, but makes keys, for which it fetches powers of the ceremony; here
//! nothing is fetched. Times are of the same circuit over powers for development, which are
//! insecure and cost the same.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Instant,
};

use lionml_r1cs::{Builder, Fr, Linear};
use lionml_varuna::{Srs, prove, setup, verify};
use serde_json::{Value as Json, json};
use snarkvm::{
    algorithms::r1cs::{
        ConstraintSynthesizer, ConstraintSystem, Index, LinearCombination, SynthesisError, Variable,
    },
    circuit::{AleoTestnetV0, Assignment},
    prelude::{Identifier, PrivateKey, Process, Program, Request, TestnetV0, Value},
    synthesizer::{
        process::{Assignments, CallStack},
        program::StackTrait,
    },
};

use crate::diagnostic::Failure;

type Assigned = Assignment<Fr>;

/// A function and what it is called with.
pub(crate) struct Count {
    /// The program's bytecode.
    pub(crate) program: PathBuf,
    /// The bytecode of the programs that it imports, in the order of their imports.
    pub(crate) imports: Vec<PathBuf>,
    /// The function.
    pub(crate) function: String,
    /// Its inputs, as literals of Leo.
    pub(crate) inputs: Vec<String>,
    /// Whether the circuit is proved.
    pub(crate) prove: bool,
}

impl Count {
    /// Runs the function and counts its circuit.
    pub(crate) fn run(&self) -> Result<Json, Failure> {
        let refused = |error: &dyn std::fmt::Display| {
            Failure::Usage(format!("`{}` cannot be run: {error}", self.function))
        };
        let process = Process::<TestnetV0>::load().map_err(|error| refused(&error))?;
        for import in &self.imports {
            process.lock().add_program(&read(import)?).map_err(|error| refused(&error))?;
        }
        let program = read(&self.program)?;
        process.lock().add_program(&program).map_err(|error| refused(&error))?;
        let function = Identifier::from_str(&self.function).map_err(|error| refused(&error))?;
        let types = program.get_function(&function).map_err(|error| refused(&error))?.input_types();
        let inputs = self.inputs.iter().map(|input| Value::from_str(input));
        let inputs = inputs.collect::<Result<Vec<_>, _>>().map_err(|error| refused(&error))?;
        let rng = &mut rand::rng();
        let key = PrivateKey::new(rng).map_err(|error| refused(&error))?;
        let stack = process.get_stack(program.id()).map_err(|error| refused(&error))?;
        // Programs that can be upgraded sign their own checksum.
        let checksum = match program.contains_constructor() {
            true => Some(stack.program_checksum_as_field().map_err(|error| refused(&error))?),
            false => None,
        };
        let request = Request::sign(
            &key,
            *program.id(),
            function,
            inputs.into_iter(),
            &types,
            None,
            true,
            checksum,
            false,
            rng,
        );
        let request = request.map_err(|error| refused(&error))?;
        let assignments = Assignments::<TestnetV0>::default();
        let call_stack = CallStack::PackageRun(vec![request], key, assignments.clone());
        let answer = stack.execute_function::<AleoTestnetV0, _>(call_stack, None, None, rng);
        let answer = answer.map_err(|error| refused(&error))?;
        let outputs = answer.iter().flat_map(|answer| answer.outputs()).map(ToString::to_string);
        let assignments = assignments.read();
        let Some((assignment, metrics)) = assignments.last() else {
            return Err(Failure::Internal("the virtual machine returned no circuit".to_owned()));
        };
        let (a, b, c) = assignment.num_nonzeros();
        let mut count = json!({
            "program": program.id().to_string(),
            "function": self.function,
            "outputs": outputs.collect::<Vec<_>>(),
            "instructions": metrics.num_instructions,
            "constraints": assignment.num_constraints(),
            "request_constraints": metrics.num_request_constraints,
            "function_constraints": metrics.num_function_constraints,
            "response_constraints": metrics.num_response_constraints,
            "variables": assignment.num_variables(),
            "non_zeros": [a, b, c],
        });
        if self.prove {
            count["proof"] = proved(assignment)?;
        }
        Ok(count)
    }
}

fn read(path: &Path) -> Result<Program<TestnetV0>, Failure> {
    let text = fs_err::read_to_string(path)?;
    Program::from_str(&text).map_err(|error| {
        Failure::Usage(format!("`{}` is no bytecode of a program: {error}", path.display()))
    })
}

/// Seconds of keys, proof and verification.
fn proved(assignment: &Assigned) -> Result<Json, Failure> {
    let internal = |error: &dyn std::fmt::Display| Failure::Internal(error.to_string());
    let mut copy =
        Copy { builder: Builder::new(), values: Vec::new(), publics: 1, privates: 0, rows: 0 };
    assignment.generate_constraints(&mut copy).map_err(|error| internal(&error))?;
    let (circuit, program) = copy.builder.finish();
    let witness = program.solve(&copy.values).map_err(|error| internal(&error))?;
    let srs = Srs::development(circuit.cost().max_degree(), None);
    let srs = srs.map_err(|error| internal(&error))?;
    let start = Instant::now();
    let keys = setup(&srs, &Arc::new(circuit)).map_err(|error| internal(&error))?;
    let setup_seconds = start.elapsed().as_secs_f64();
    let publics = witness.public.clone();
    let witnesses = [witness];
    let start = Instant::now();
    let proof = prove(&[(&keys.proving, &witnesses)], &mut rand::rng());
    let proof = proof.map_err(|error| internal(&error))?;
    let prove_seconds = start.elapsed().as_secs_f64();
    let start = Instant::now();
    verify(&[(&keys.verifying, &[publics])], &proof).map_err(|error| internal(&error))?;
    Ok(json!({
        "srs": "development",
        "setup_seconds": setup_seconds,
        "prove_seconds": prove_seconds,
        "verify_seconds": start.elapsed().as_secs_f64(),
        "bytes": proof.as_bytes().len(),
    }))
}

/// snarkVM's circuit, row by row.
struct Copy {
    builder: Builder,
    /// The values of the variables, in order.
    values: Vec<Fr>,
    publics: usize,
    privates: usize,
    rows: usize,
}

impl Copy {
    fn linear(combination: LinearCombination<Fr>) -> Linear {
        let terms = combination.0.into_iter().map(|(variable, coefficient)| {
            let variable = match variable.get_unchecked() {
                Index::Public(index) => lionml_r1cs::Variable::public(index),
                Index::Private(index) => lionml_r1cs::Variable::private(index),
            };
            (variable, coefficient)
        });
        Linear::from_terms(terms.collect())
    }
}

impl ConstraintSystem<Fr> for Copy {
    type Root = Self;

    fn alloc<FN, A, AR>(&mut self, _: A, value: FN) -> Result<Variable, SynthesisError>
    where
        FN: FnOnce() -> Result<Fr, SynthesisError>,
        A: FnOnce() -> AR,
        AR: AsRef<str>,
    {
        self.values.push(value()?);
        self.privates += 1;
        let variable = self.builder.private_input();
        Ok(Variable::new_unchecked(Index::Private(variable.index())))
    }

    fn alloc_input<FN, A, AR>(&mut self, _: A, value: FN) -> Result<Variable, SynthesisError>
    where
        FN: FnOnce() -> Result<Fr, SynthesisError>,
        A: FnOnce() -> AR,
        AR: AsRef<str>,
    {
        self.values.push(value()?);
        self.publics += 1;
        let variable = self.builder.public_input();
        Ok(Variable::new_unchecked(Index::Public(variable.index())))
    }

    fn enforce<A, AR, LA, LB, LC>(&mut self, _: A, a: LA, b: LB, c: LC)
    where
        A: FnOnce() -> AR,
        AR: AsRef<str>,
        LA: FnOnce(LinearCombination<Fr>) -> LinearCombination<Fr>,
        LB: FnOnce(LinearCombination<Fr>) -> LinearCombination<Fr>,
        LC: FnOnce(LinearCombination<Fr>) -> LinearCombination<Fr>,
    {
        let zero = LinearCombination::zero;
        let [a, b, c] = [a(zero()), b(zero()), c(zero())].map(Self::linear);
        self.rows += 1;
        self.builder.enforce("row", &a, b, c);
    }

    fn push_namespace<NR, N>(&mut self, _: N)
    where
        NR: AsRef<str>,
        N: FnOnce() -> NR,
    {
    }

    fn pop_namespace(&mut self) {}

    fn get_root(&mut self) -> &mut Self::Root {
        self
    }

    fn num_constraints(&self) -> usize {
        self.rows
    }

    fn num_public_variables(&self) -> usize {
        self.publics
    }

    fn num_private_variables(&self) -> usize {
        self.privates
    }

    fn is_in_setup_mode(&self) -> bool {
        false
    }
}
