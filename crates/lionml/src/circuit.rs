//! A circuit that is ready to run, and its sizes.

use std::sync::Arc;

use lionml_graph::{Lowered, QuantModel, Statement};
use lionml_quant::QTensor;
use lionml_r1cs::{Circuit, Cost, Fr, Program, Witness};
use lionml_tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{Error, Manifest, Scalar};

/// A circuit with the program for its witnesses.
#[derive(Clone, Debug)]
pub(crate) struct Executable {
    pub(crate) circuit: Arc<Circuit>,
    pub(crate) program: Program,
    pub(crate) statement: Statement,
}

/// One inference.
pub(crate) struct Execution {
    pub(crate) witness: Witness,
    pub(crate) inputs: Vec<QTensor>,
    pub(crate) outputs: Vec<QTensor>,
}

impl Executable {
    pub(crate) fn new(lowered: Lowered, statement: Statement) -> Self {
        let Lowered { circuit, program, .. } = lowered;
        Self { circuit: Arc::new(circuit), program, statement }
    }

    /// Runs a model on one set of inputs: integers first, which find values outside their
    /// intervals, then the witness.
    pub(crate) fn execute(
        &self,
        model: &QuantModel,
        inputs: &[Tensor<f64>],
        context: Fr,
        salts: &[u128],
    ) -> Result<Execution, Error> {
        let integers = model.quantize_inputs(inputs)?;
        let trace = model.trace(&integers)?;
        let outputs = model.outputs_of(&trace);
        let values = self.statement.program_inputs(context, &integers, salts);
        Ok(Execution { witness: self.program.solve(&values)?, inputs: integers, outputs })
    }
}

impl Execution {
    /// The integers of inputs, then of outputs.
    pub(crate) fn integers(&self) -> impl Iterator<Item = &QTensor> {
        self.inputs.iter().chain(&self.outputs)
    }

    /// The values of the outputs, flat.
    pub(crate) fn values(&self, manifest: &Manifest) -> Vec<Vec<Scalar>> {
        let outputs = manifest.outputs.iter().zip(&self.outputs);
        outputs.map(|(port, output)| port.values(output.values.data())).collect()
    }
}

/// The sizes of a circuit as Varuna sees them, its own row, variables and non-zeros included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sizes {
    /// Rows.
    pub constraints: usize,
    /// Public elements, the constant one and padding included.
    pub publics: usize,
    /// Private variables.
    pub privates: usize,
    /// Non-zeros of A, B and C.
    pub non_zeros: [usize; 3],
    /// The logarithm of the domain of rows.
    pub log2_constraints: u32,
    /// The logarithm of the domain of variables.
    pub log2_variables: u32,
    /// The logarithms of the domains of non-zeros.
    pub log2_non_zeros: [u32; 3],
    /// The unused part of each domain of non-zeros, from zero to one half.
    pub headroom: [f64; 3],
    /// The ceremony's powers that the circuit needs, as a logarithm.
    pub srs_power: u32,
    /// An estimate of the seconds that a proof takes on two cores.
    pub estimated_prove_seconds: f64,
}

impl Sizes {
    /// The degree of the reference string that the circuit needs.
    pub fn max_degree(&self) -> usize {
        self.cost().max_degree()
    }

    fn cost(&self) -> Cost {
        let Self { constraints, publics, privates, non_zeros, .. } = *self;
        Cost { constraints, publics, privates, non_zeros }
    }
}

impl From<Cost> for Sizes {
    fn from(cost: Cost) -> Self {
        let domains = cost.domains();
        #[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
        let estimated_prove_seconds = cost.estimated_microseconds(1) as f64 / 1e6;
        Self {
            constraints: cost.constraints,
            publics: cost.publics,
            privates: cost.privates,
            non_zeros: cost.non_zeros,
            log2_constraints: domains.constraints,
            log2_variables: domains.variables,
            log2_non_zeros: domains.non_zeros,
            headroom: cost.headroom(),
            // A degree takes one power more than itself.
            srs_power: (cost.max_degree() + 1).next_power_of_two().trailing_zeros(),
            estimated_prove_seconds,
        }
    }
}
