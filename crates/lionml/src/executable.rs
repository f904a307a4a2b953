//! The circuits of a compiled model, ready to run.

use std::sync::Arc;

use lionml_graph::{FixedInput, GraphError, Lowered};
use lionml_quant::QTensor;
use lionml_r1cs::{Circuit, Cost, Digest, Fr, Program, Witness};
use lionml_statement::{Plan, PortRef, Visibility};
use lionml_tensor::Tensor;

use crate::{CompiledModel, Error, MismatchError, Sizes};

/// The circuits of a compiled model, each with the program for its witnesses.
#[derive(Clone, Debug)]
pub(crate) struct Executable {
    /// The digest of the manifest, which every circuit pins.
    pub(crate) manifest: Digest,
    /// In the order of the plan.
    pub(crate) circuits: Vec<ExecutableCircuit>,
}

/// A circuit with the program for its witnesses.
#[derive(Clone, Debug)]
pub(crate) struct ExecutableCircuit {
    pub(crate) circuit: Arc<Circuit>,
    pub(crate) program: Program,
}

/// An inference in integers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Inference {
    /// The instances of the plan, in order.
    pub(crate) instances: Vec<InstanceValues>,
}

/// The inputs and outputs of one instance of a circuit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct InstanceValues {
    pub(crate) inputs: Vec<QTensor>,
    pub(crate) outputs: Vec<QTensor>,
}

impl Executable {
    pub(crate) fn new(lowered: Vec<Lowered>, manifest: Digest) -> Self {
        let circuit = |Lowered { circuit, program, .. }| ExecutableCircuit {
            circuit: Arc::new(circuit),
            program,
        };
        Self { manifest, circuits: lowered.into_iter().map(circuit).collect() }
    }

    /// The degree of the reference string that every circuit fits.
    pub(crate) fn max_degree(&self) -> usize {
        self.costs().map(|cost| cost.max_degree()).max().unwrap_or_default()
    }

    pub(crate) fn sizes(&self, plan: &Plan) -> Result<Sizes, MismatchError> {
        let count = |circuit| plan.instances.iter().filter(|c| **c == circuit).count();
        let sizes = self.costs().enumerate().map(|(c, cost)| Sizes::new(cost, count(c)));
        sizes.reduce(Sizes::and).ok_or(MismatchError::Parts)
    }

    fn costs(&self) -> impl Iterator<Item = Cost> {
        self.circuits.iter().map(|it| it.circuit.cost())
    }

    /// The witness of each instance of an inference.
    pub(crate) fn witnesses(
        &self,
        plan: &Plan,
        inference: &Inference,
        context: Fr,
        salts: &[Vec<u128>],
    ) -> Result<Vec<Witness>, Error> {
        let instances = inference.instances.iter().zip(&plan.instances).zip(salts);
        let witness = |((values, circuit), salts): ((&InstanceValues, &usize), &Vec<u128>)| {
            let inputs = plan.circuits[*circuit].program_inputs(context, &values.inputs, salts);
            Ok(self.circuits[*circuit].program.solve(&inputs)?)
        };
        instances.map(witness).collect()
    }
}

impl CompiledModel {
    /// The outputs of an inference, as its integers stand for them.
    pub fn run(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, Error> {
        let inference = self.infer(inputs)?;
        Ok(inference.outputs(&self.manifest.plan).map(QTensor::dequantize).collect())
    }

    /// The integers of an inference: values that no input takes, or that leave an interval, are
    /// found here.
    pub(crate) fn infer(&self, inputs: &[Tensor<f64>]) -> Result<Inference, GraphError> {
        self.check_count(inputs.len())?;
        self.infer_with(|input, index| input.quantize(&inputs[index]))
    }

    /// The integers of an inference whose inputs are integers already.
    pub(crate) fn infer_integers(&self, inputs: &[QTensor]) -> Result<Inference, GraphError> {
        self.check_count(inputs.len())?;
        self.infer_with(|_, index| Ok(inputs[index].clone()))
    }

    fn check_count(&self, got: usize) -> Result<(), GraphError> {
        let expected = self.manifest.plan.inputs().count();
        if got == expected { Ok(()) } else { Err(GraphError::Inputs { expected, got }) }
    }

    fn infer_with(
        &self,
        given: impl Fn(&FixedInput<'_>, usize) -> Result<QTensor, GraphError>,
    ) -> Result<Inference, GraphError> {
        let plan = &self.manifest.plan;
        let mut free = 0..;
        let mut instances: Vec<InstanceValues> = Vec::with_capacity(plan.instances.len());
        for (instance, &circuit) in plan.instances.iter().enumerate() {
            let model = &self.parts[circuit].model;
            let mut inputs = Vec::new();
            for (port, input) in model.inputs().enumerate() {
                inputs.push(match plan.source(PortRef { instance, port }) {
                    Some(from) => instances[from.instance].outputs[from.port].clone(),
                    None => given(&input, free.next().unwrap_or_default())?,
                });
            }
            let outputs = model.outputs_of(&model.trace(&inputs)?);
            instances.push(InstanceValues { inputs, outputs });
        }
        Ok(Inference { instances })
    }

    /// A salt for each digest of each instance. Linked ports have the same digest, so its salt.
    pub(crate) fn draw_salts(&self, fixed: Option<u128>) -> Vec<Vec<u128>> {
        let plan = &self.manifest.plan;
        let mut salts: Vec<Vec<u128>> = Vec::with_capacity(plan.instances.len());
        for (instance, &circuit) in plan.instances.iter().enumerate() {
            let circuit = &plan.circuits[circuit];
            let mut own = Vec::new();
            for item in circuit.items().iter().filter(|i| i.visibility == Visibility::Hashed) {
                let source = item
                    .ports
                    .first()
                    .filter(|port| **port < circuit.inputs.len())
                    .and_then(|&port| plan.source(PortRef { instance, port }));
                let shared = source.and_then(|from| {
                    let place = salt_of_output(plan, from)?;
                    salts.get(from.instance)?.get(place).copied()
                });
                own.push(shared.or(fixed).unwrap_or_else(rand::random));
            }
            salts.push(own);
        }
        salts
    }
}

/// Which of an instance's salts is that of an output.
fn salt_of_output(plan: &Plan, output: PortRef) -> Option<usize> {
    let circuit = plan.circuit(output.instance)?;
    let index = circuit.inputs.len() + output.port;
    let items = circuit.items();
    let mut hashed = items.iter().filter(|item| item.visibility == Visibility::Hashed);
    hashed.position(|item| item.ports.contains(&index))
}

impl Inference {
    /// The outputs of the inference, in the plan's order.
    pub(crate) fn outputs<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = &'a QTensor> {
        plan.outputs().map(|(place, _)| &self.instances[place.instance].outputs[place.port])
    }
}

impl InstanceValues {
    /// The integers of each port: inputs, then outputs.
    pub(crate) fn ports(&self) -> impl Iterator<Item = &QTensor> {
        self.inputs.iter().chain(&self.outputs)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use lionml_graph::{QuantModel, Settings};
    use lionml_ops::ops::{Add, ReduceSum, Requantize};
    use lionml_quant::{Interval, Number, Scale};
    use lionml_r1cs::field::{One, Zero};
    use lionml_statement::{Element, Link};
    use lionml_varuna::Srs;

    use super::*;
    use crate::{
        Manifest, Opening, ProofFile, ProveOptions, Proven, Prover, Verified, VerifierKey,
        VerifyOptions,
    };

    fn number() -> Number {
        Number { scale: Scale::binary(4), interval: Interval::signed(8).unwrap() }
    }

    /// One step of a state: `w + x`, in the number format of `w`.
    fn step() -> QuantModel {
        let mut model = QuantModel::new();
        let w = model.input("w", [2], Element::Float, number());
        let x = model.input("x", [2], Element::Float, number());
        let sum = model.op("sum", Add, &[w, x]).unwrap();
        let calibrated = Some(number().interval);
        let op = Requantize { scale: number().scale, relu: false, calibrated };
        let next = model.op("next", op, &[sum]).unwrap();
        model.output("w_next", next, Element::Float).unwrap();
        model
    }

    /// The sum of a state's elements.
    fn answer() -> QuantModel {
        let mut model = QuantModel::new();
        let w = model.input("w", [2], Element::Float, number());
        let op = ReduceSum { axes: vec![0], keep_dims: false };
        let sum = model.op("sum", op, &[w]).unwrap();
        model.output("y", sum, Element::Float).unwrap();
        model
    }

    /// Two steps of a hashed state, then its sum.
    fn compiled(state: Visibility) -> CompiledModel {
        let (step, answer) = (step(), answer());
        let circuits = vec![
            step.interface("step", &[state, Visibility::Public], &[state]).unwrap(),
            answer.interface("answer", &[state], &[Visibility::Public]).unwrap(),
        ];
        let link = |from, to| Link {
            from: PortRef { instance: from, port: 0 },
            to: PortRef { instance: to, port: 0 },
        };
        let plan = Plan { circuits, instances: vec![0, 0, 1], links: vec![link(0, 1), link(1, 2)] };
        let digest = Digest::of(b"onnx");
        let manifest =
            Manifest::new("state", digest, Default::default(), Settings::default(), plan).unwrap();
        CompiledModel::new(manifest, vec![step, answer]).unwrap().0
    }

    static SRS: LazyLock<Srs> = LazyLock::new(|| Srs::development(1 << 13, None).unwrap());
    static PROVER: LazyLock<Prover> =
        LazyLock::new(|| compiled(Visibility::Hashed).setup(&SRS).unwrap());
    static PROVEN: LazyLock<Proven> = LazyLock::new(|| {
        PROVER.prove(&[inputs(0.5), inputs(-1.0)], &ProveOptions::default()).unwrap()
    });

    /// A first state, then the data of both steps.
    fn inputs(first: f64) -> Vec<Tensor<f64>> {
        let tensor = |values: [f64; 2]| Tensor::new([2], values.to_vec()).unwrap();
        vec![tensor([first, 1.0]), tensor([0.25, -0.5]), tensor([1.5, 0.125])]
    }

    fn verify(key: &VerifierKey, proof: &ProofFile) -> Result<Verified, Error> {
        let proof = ProofFile { key: key.digest().unwrap(), ..proof.clone() };
        key.verify(&proof, &VerifyOptions { context: None, allow_insecure: true })
    }

    fn refused(proof: &ProofFile) -> &'static str {
        verify(PROVER.verifier(), proof).unwrap_err().name()
    }

    #[test]
    fn accepts_an_inference_of_two_circuits() {
        let verified = verify(PROVER.verifier(), &PROVEN.file).unwrap();
        assert_eq!(verified.instances.len(), 2);
        for (inference, first) in verified.instances.iter().zip([0.5, -1.0]) {
            // What links take up is neither an input nor an output.
            let names: Vec<_> = inference.inputs.iter().map(|port| port.name.as_str()).collect();
            assert_eq!(names, ["w", "x", "x"]);
            let [output] = &inference.outputs[..] else { panic!("{:?}", inference.outputs) };
            assert_eq!(output.values.as_ref().unwrap()[0], first + 1.0 - 0.25 + 1.625);
        }
        // Each artefact is read again as it was written, and proves again.
        let compiled = PROVER.compiled();
        let read = CompiledModel::from_bytes(&compiled.to_bytes().unwrap()).unwrap();
        let key = crate::ProverKey::from_bytes(&PROVER.key().unwrap().to_bytes().unwrap()).unwrap();
        let verifier = VerifierKey::from_bytes(&PROVER.verifier().to_bytes().unwrap()).unwrap();
        assert_eq!((&read, &verifier), (compiled, PROVER.verifier()));
        let again = read.prover(&SRS, &key, verifier).unwrap();
        let proof = again.prove(&[inputs(2.0)], &ProveOptions::default()).unwrap().file;
        let proof = ProofFile::from_bytes(&proof.to_bytes().unwrap()).unwrap();
        assert!(verify(PROVER.verifier(), &proof).is_ok());
        assert!(compiled.single("a test").is_err());
        assert_eq!(PROVER.executable().sizes(&compiled.manifest.plan).unwrap().srs_power, 13);
    }

    #[test]
    fn matches_openings_of_what_is_not_linked() {
        let Proven { file, opened, .. } = &*PROVEN;
        // Linked ports have one salt: their digests could not be equal otherwise.
        assert_eq!(opened[0][1].salt, opened[1][0].salt);
        assert_ne!(opened[0][0].salt, opened[0][1].salt);
        let proof = Digest::of(&file.to_bytes().unwrap());
        let opening = Opening { proof, instances: opened.clone() };
        let mut verified = verify(PROVER.verifier(), file).unwrap();
        let manifest = &PROVER.verifier().manifest;
        opening.open(file, manifest, &mut verified).unwrap();
        let first = verified.instances[1].inputs[0].values.as_ref().unwrap();
        assert_eq!((first[0].to_f64(), first[1].to_f64()), (-1.0, 1.0));
        // Of a linked port nothing is shown, and a lie is refused all the same.
        for (instance, port) in [(0, 0), (0, 1), (2, 0), (4, 0)] {
            let mut lying = opening.clone();
            lying.instances[instance][port].integers[1] += 1;
            let refused = lying.open(file, manifest, &mut verified).unwrap_err();
            assert_eq!(refused.name(), "proof::opening");
        }
        let mut short = opening;
        short.instances[4].pop();
        assert!(short.open(file, manifest, &mut verified).is_err());
    }

    #[test]
    fn rejects_another_state_between_instances() {
        for state in [Visibility::Hashed, Visibility::Packed] {
            let prover = compiled(state).setup(&SRS).unwrap();
            let mut inference = prover.compiled().infer(&inputs(0.5)).unwrap();
            // The second step starts from a state of the prover's own, and goes on rightly.
            let other = prover.compiled().infer(&inputs(3.0)).unwrap();
            inference.instances[1..].clone_from_slice(&other.instances[1..]);
            let forged = prover.prove_inferences(&[inference], &ProveOptions::default()).unwrap();
            let error = verify(prover.verifier(), &forged.file).unwrap_err();
            assert_eq!(error.name(), "proof::link");
            let text = "`w_next[0]` and `w[1]` are linked, and do not hold the same values";
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn rejects_instances_that_are_exchanged_left_out_or_added() {
        let honest = &PROVEN.file;
        let with = |change: &dyn Fn(&mut Vec<Vec<Fr>>)| {
            let mut proof = honest.clone();
            change(&mut proof.instances);
            refused(&proof)
        };
        // Parts of the two inferences, and the two whole: the proof fixes the order of instances.
        assert_eq!(with(&|all| all.swap(1, 4)), "proof::link");
        assert_eq!(with(&|all| all.swap(0, 1)), "proof::link");
        assert_eq!(with(&|all| all.rotate_left(3)), "proof::rejected");
        assert_eq!(with(&|all| all.swap(1, 2)), "proof::elements");
        assert_eq!(with(&|all| drop(all.pop())), "proof::elements");
        assert_eq!(with(&|all| all.truncate(3)), "proof::elements");
        assert_eq!(with(&|all| all.push(all[0].clone())), "proof::elements");
        assert_eq!(with(&|all| all.clear()), "proof::elements");
        assert_eq!(with(&|all| all[2][1] += Fr::one()), "proof::rejected");
        let mut linked = honest.clone();
        for (instance, element) in [(0, 3), (1, 0)] {
            linked.instances[instance][element] = Fr::zero();
        }
        assert_eq!(refused(&linked), "proof::rejected");
    }

    #[test]
    fn rejects_keys_and_plans_of_others() {
        let honest = PROVER.verifier();
        let mut swapped = honest.clone();
        swapped.circuits.swap(0, 1);
        assert!(verify(&swapped, &PROVEN.file).is_err());
        let mut short = honest.clone();
        short.circuits.pop();
        assert!(VerifierKey::from_bytes(&short.to_bytes().unwrap()).is_err());
        // A plan without its links is another manifest, which every circuit pins.
        let mut free = honest.clone();
        free.manifest.plan.links.clear();
        assert_eq!(verify(&free, &PROVEN.file).unwrap_err().name(), "proof::rejected");
        let development = compiled(Visibility::Packed).setup(&SRS).unwrap();
        let key = development.key().unwrap();
        let mixed = PROVER.compiled().prover(&SRS, &key, honest.clone()).err().unwrap();
        assert_eq!(mixed.name(), "mismatch::keys");
    }
}
