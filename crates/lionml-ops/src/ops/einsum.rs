//! `Einsum`: the contraction of two tensors along named axes.
//!
//! ONNX: [Einsum](https://onnx.ai/onnx/operators/onnx__Einsum.html) of two operands,
//! [MatMul](https://onnx.ai/onnx/operators/onnx__MatMul.html) and
//! [Gemm](https://onnx.ai/onnx/operators/onnx__Gemm.html), whose bias and factors are operators of
//! their own. Axes of size one broadcast.
//! Exactness: the sum of products of the quantised operands, without rounding.
//!
//! | constraint    | per output | enforces                                               |
//! |---------------|------------|--------------------------------------------------------|
//! | none          | 0          | a constant operand: the output is a linear combination |
//! | `dot product` | `n`        | two wires: `n` products of which the last row adds all |
//!
//! # Soundness
//!
//! See [`lionml_gadgets::dot`]: products are unique.

use std::collections::{BTreeMap, BTreeSet};

use lionml_quant::{Number, QTensor};
use lionml_r1cs::{Builder, Linear};
use lionml_tensor::{Shape, ShapeError, Tensor};
use serde::{Deserialize, Serialize};

use crate::{
    EinsumExpression, Fact, Form, Integers, Op, OpError, Properties, Role, Rounding, Wires, counts,
    op::operands,
    products::{SumsOfProducts, hull},
    weights::{Weighted, padded},
};

/// The contraction of two tensors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Einsum {
    /// Which axes are paired, kept and summed over.
    pub expression: EinsumExpression,
}

impl Einsum {
    /// The size of each axis.
    fn sizes(&self, left: &Shape, right: &Shape) -> Result<BTreeMap<u8, usize>, OpError> {
        let mut sizes = BTreeMap::new();
        for (axes, shape) in [(self.expression.left(), left), (self.expression.right(), right)] {
            if axes.len() != shape.rank() {
                let expected = format!("{} axes", axes.len());
                return Err(ShapeError::Mismatch { expected, got: shape.clone() }.into());
            }
            for (&axis, &size) in axes.iter().zip(shape.axes()) {
                let known = sizes.entry(axis).or_insert(size);
                if *known == 1 {
                    *known = size;
                } else if size != 1 && size != *known {
                    let (left, right) = (left.clone(), right.clone());
                    return Err(ShapeError::Broadcast { left, right }.into());
                }
            }
        }
        Ok(sizes)
    }

    fn contraction(&self, left: &Shape, right: &Shape) -> Result<Contraction, OpError> {
        let sizes = self.sizes(left, right)?;
        let shape = |axes: &[u8]| Shape::new(axes.iter().map(|a| sizes[a]).collect::<Vec<_>>());
        let summed = self.expression.summed();
        let (outer, inner) = (shape(self.expression.output()), shape(&summed));
        outer.checked_elements()?;
        inner.checked_elements()?;
        let left = Steps::new(self.expression.left(), left);
        let right = Steps::new(self.expression.right(), right);
        let pairs = |axes: &[u8], shape: &Shape| {
            left.offsets(axes, shape).into_iter().zip(right.offsets(axes, shape)).collect()
        };
        let starts = pairs(self.expression.output(), &outer);
        let steps = pairs(&summed, &inner);
        Ok(Contraction { shape: outer, starts, steps })
    }
}

/// The stride of each axis in one operand.
struct Steps(BTreeMap<u8, usize>);

impl Steps {
    fn new(axes: &[u8], shape: &Shape) -> Self {
        let mut steps = BTreeMap::new();
        for ((&axis, stride), &size) in axes.iter().zip(shape.strides()).zip(shape.axes()) {
            // A repeated axis moves along both of its places: the diagonal.
            *steps.entry(axis).or_insert(0) += if size == 1 { 0 } else { stride };
        }
        Self(steps)
    }

    /// The offsets in the operand while these axes run in row-major order.
    fn offsets(&self, axes: &[u8], shape: &Shape) -> Vec<usize> {
        axes.iter().zip(shape.axes()).fold(vec![0], |offsets, (axis, &size)| {
            let step = self.0.get(axis).copied().unwrap_or_default();
            offsets.iter().flat_map(|start| (0..size).map(move |i| start + i * step)).collect()
        })
    }
}

/// The offsets of the products of each output: its start plus steps that are the same for all.
struct Contraction {
    shape: Shape,
    starts: Vec<(usize, usize)>,
    steps: Vec<(usize, usize)>,
}

impl SumsOfProducts for Contraction {
    fn outputs(&self) -> usize {
        self.starts.len()
    }

    fn products(&self) -> usize {
        self.starts.len().saturating_mul(self.steps.len())
    }

    fn terms(&self, output: usize) -> impl Iterator<Item = (usize, usize)> {
        let (left, right) = self.starts[output];
        self.steps.iter().map(move |(i, j)| (left + i, right + j))
    }
}

impl Einsum {
    /// The axes of the operand at a position, and those of the other one.
    fn axes(&self, position: usize) -> (&[u8], &[u8]) {
        let (left, right) = (self.expression.left(), self.expression.right());
        if position == 0 { (left, right) } else { (right, left) }
    }
}

impl Weighted for Einsum {
    fn times_outputs(
        &self,
        operands: &[Option<&Tensor<f64>>],
        output: &Shape,
        factors: &Tensor<f64>,
    ) -> Option<Vec<Option<Tensor<f64>>>> {
        let (position, weights) = match operands {
            [Some(weights), None] => (0, *weights),
            [None, Some(weights)] => (1, *weights),
            _ => return None,
        };
        // The factors may vary along axes of the weights alone; they are laid out like them.
        let aligned = padded(factors.shape(), output.rank());
        let (own, _) = self.axes(position);
        let mut places = Vec::with_capacity(aligned.len());
        for (axis, &size) in self.expression.output().iter().zip(&aligned) {
            // Where the weights have one element along an axis, they are broadcast: one weight
            // cannot hold many factors.
            places.push(match size {
                1 => None,
                _ => {
                    let place = own.iter().position(|own| own == axis);
                    Some(place.filter(|&place| weights.shape().axes()[place] == size)?)
                }
            });
        }
        let aligned = Shape::new(aligned);
        let scaled = Tensor::from_fn(weights.shape().clone(), |offset| {
            let at = weights.shape().coordinate(offset);
            let at: Vec<_> =
                places.iter().map(|place| place.map_or(0, |place| at[place])).collect();
            weights.data()[offset] * factors.data()[aligned.offset(&at)]
        });
        let mut constants = vec![None; 2];
        constants[position] = Some(scaled);
        Some(constants)
    }

    fn times_operand(
        &self,
        position: usize,
        weights: &Tensor<f64>,
        factors: &Tensor<f64>,
    ) -> Option<Tensor<f64>> {
        let (own, other) = self.axes(position);
        let is_once = |axes: &[u8]| axes.iter().collect::<BTreeSet<_>>().len() == axes.len();
        if !is_once(own) || !is_once(other) {
            return None;
        }
        let places = other.iter().zip(factors.shape().axes()).map(|(axis, &size)| match size {
            1 => Some(None),
            size => own
                .iter()
                .position(|own| own == axis)
                .filter(|&place| weights.shape().axes()[place] == size)
                .map(Some),
        });
        let places = places.collect::<Option<Vec<_>>>()?;
        Some(Tensor::from_fn(weights.shape().clone(), |offset| {
            let at = weights.shape().coordinate(offset);
            let at: Vec<_> =
                places.iter().map(|place| place.map_or(0, |place| at[place])).collect();
            weights.data()[offset] * factors.data()[factors.shape().offset(&at)]
        }))
    }
}

impl Op for Einsum {
    fn infer(&self, inputs: &[Fact]) -> Result<Vec<Fact>, OpError> {
        let [a, b] = operands(inputs)?;
        let contraction = self.contraction(&a.shape, &b.shape)?;
        let fact = Fact::derived(contraction.shape.clone(), inputs, |numbers| {
            let scale = numbers[0].scale.product(&numbers[1].scale)?;
            Ok(Number { scale, interval: hull(contraction.intervals(a, b)?) })
        })?;
        Ok(vec![fact])
    }

    fn eval_float(&self, inputs: &[Tensor<f64>]) -> Result<Vec<Tensor<f64>>, OpError> {
        let [a, b] = operands(inputs)?;
        let sizes = self.sizes(a.shape(), b.shape())?;
        let summed = self.expression.summed();
        let shape = |axes: &[u8]| Shape::new(axes.iter().map(|a| sizes[a]).collect::<Vec<_>>());
        let (outer, inner) = (shape(self.expression.output()), shape(&summed));
        let mut index = [0; 128];
        let at = |x: &Tensor<f64>, axes: &[u8], index: &[usize; 128]| {
            let offset = axes.iter().zip(x.shape().axes()).fold(0, |offset, (&axis, &size)| {
                offset * size + if size == 1 { 0 } else { index[usize::from(axis)] }
            });
            x.data()[offset]
        };
        let set = |index: &mut [usize; 128], axes: &[u8], coordinate: &[usize]| {
            for (&axis, &i) in axes.iter().zip(coordinate) {
                index[usize::from(axis)] = i;
            }
        };
        let sum = Tensor::from_fn(outer.clone(), |output| {
            set(&mut index, self.expression.output(), &outer.coordinate(output));
            let mut sum = 0.0;
            for coordinate in inner.coordinates() {
                set(&mut index, &summed, &coordinate);
                sum +=
                    at(a, self.expression.left(), &index) * at(b, self.expression.right(), &index);
            }
            sum
        });
        Ok(vec![sum])
    }

    fn eval_quant(
        &self,
        inputs: &[QTensor],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<i128>>, OpError> {
        let [a, b] = operands(inputs)?;
        let contraction = self.contraction(a.values.shape(), b.values.shape())?;
        let (a, b) = (a.values.data(), b.values.data());
        // Every partial sum lies in an interval that `infer` has accepted: nothing overflows.
        let sums = Tensor::from_fn(contraction.shape, |output| {
            let (left, right) = contraction.starts[output];
            let mut sum = 0;
            for (i, j) in &contraction.steps {
                sum += a[left + i] * b[right + j];
            }
            sum
        });
        Ok(vec![sums])
    }

    fn synthesize(
        &self,
        builder: &mut Builder,
        inputs: &[Wires],
        _outputs: &[Fact],
    ) -> Result<Vec<Tensor<Linear>>, OpError> {
        let [a, b] = operands(inputs)?;
        let contraction = self.contraction(a.shape(), b.shape())?;
        let sums = contraction.synthesize(builder, a, b)?;
        Ok(vec![Tensor::new(contraction.shape, sums)?])
    }

    fn role(&self, _: usize) -> Role {
        Role::Factor
    }

    fn properties(&self) -> Properties<'_> {
        Properties {
            form: Form::Contraction(self),
            rounding: Rounding::Never,
            integers: Integers::Kept,
            range: None,
        }
    }

    fn work(&self, operands: &[&[usize]]) -> usize {
        let [left, right] = operands else { return 0 };
        let mut sizes = BTreeMap::new();
        let left = self.expression.left().iter().zip(*left);
        for (axis, &size) in left.chain(self.expression.right().iter().zip(*right)) {
            let known = sizes.entry(*axis).or_insert(size);
            *known = size.max(*known);
        }
        let output = self.expression.output().iter().filter_map(|axis| sizes.get(axis).copied());
        let output = counts::elements(&output.collect::<Vec<_>>());
        counts::product(sizes.into_values()).saturating_add(output)
    }
}

#[cfg(test)]
mod tests {
    use lionml_r1cs::field::from_i128;
    use lionml_testing::Lie;
    use proptest::prelude::*;

    use super::*;
    use crate::check::{Check, Checked, Operand, constant, wire};

    fn einsum(expression: &str) -> Einsum {
        Einsum { expression: expression.parse().unwrap() }
    }

    fn weights(shape: impl Into<Shape>) -> Operand {
        let shape = shape.into();
        let values: Vec<_> = (0..shape.elements()).map(|i| (i as i128 * 37) % 23 - 11).collect();
        constant(shape, 5, &values)
    }

    impl Checked for Einsum {
        fn checks(checks: &mut Vec<Check<Self>>) {
            let x = |shape: &[usize]| wire(shape.to_vec(), 3, -20, 30);
            Check::new(einsum("bi,ij->bj"))
                .case([x(&[2, 3]), weights([3, 4])])
                .case([weights([2, 3]), x(&[3, 4])])
                .case([x(&[2, 3]), x(&[3, 2])])
                .case([x(&[1, 1]), x(&[1, 1])])
                .add_to(checks);
            Check::new(einsum("bik,bkj->bij"))
                .case([x(&[2, 2, 3]), x(&[1, 3, 2])])
                .case([x(&[2, 2, 3]), weights([2, 3, 2])])
                .add_to(checks);
            Check::new(einsum("ij,kj->ki")).case([x(&[2, 3]), weights([4, 3])]).add_to(checks);
            Check::new(einsum("ii,ij->j")).case([x(&[3, 3]), weights([3, 2])]).add_to(checks);
            Check::new(einsum("ij,->")).case([x(&[2, 3]), weights([])]).add_to(checks);
        }
    }

    #[test]
    fn matches_tight_intervals() {
        let facts = |left: &[i128]| {
            let values = Tensor::new([1, 2], left.to_vec()).unwrap();
            let weights = QTensor::constant(values, lionml_quant::Scale::ONE).unwrap();
            let Operand::Wire(shape, number) = wire([2], 0, -1, 10) else { unreachable!() };
            [Fact::constant(weights), Fact::fixed(shape, number)]
        };
        let interval =
            |facts: [Fact; 2]| einsum("ij,j->i").infer(&facts).unwrap()[0].number.unwrap().interval;
        let constant = interval(facts(&[3, -2]));
        assert_eq!((constant.low(), constant.high()), (-3 - 20, 30 + 2));
        let mut wires = facts(&[3, -2]);
        wires[0].constant = None;
        let wires = interval(wires);
        assert_eq!((wires.low(), wires.high()), (-40, 60));
    }

    #[test]
    fn pins_counts() {
        let counts = Check::new(einsum("ik,kj->ij"))
            .case([wire([3, 4], 3, -20, 30), weights([4, 5])])
            .case([wire([3, 4], 3, -20, 30), wire([4, 5], 3, -20, 30)])
            .counts();
        assert_eq!(
            counts,
            ["0 rows, 0 hints, 0 + 0 + 0 non-zeros", "60 rows, 60 hints, 60 + 60 + 105 non-zeros"]
        );
    }

    #[test]
    fn rejects_lies() {
        const LIES: &[Lie] = &[
            Lie { hint: "product", values: |v| vec![v[0] + from_i128(7)] },
            Lie { hint: "dot product", values: |v| vec![v[0] - from_i128(7)] },
        ];
        let case = [wire([2, 3], 3, -20, 30), wire([3, 2], 3, -20, 30)];
        Check::new(einsum("ik,kj->ij")).case(case).lies(LIES).run();
    }

    #[test]
    fn rejects_shapes_that_do_not_fit() {
        let op = einsum("ik,kj->ij");
        let fact = |shape: &[usize]| Fact::float(shape.to_vec());
        for [a, b] in [[fact(&[2, 3]), fact(&[4, 5])], [fact(&[2]), fact(&[2, 5])]] {
            assert!(matches!(op.infer(&[a, b]), Err(OpError::Shape(_))));
        }
        let large = [fact(&[1 << 16, 1]), fact(&[1, 1 << 16])];
        assert!(matches!(op.infer(&large), Err(OpError::Shape(ShapeError::TooLarge { .. }))));
    }

    #[test]
    fn rejects_sums_past_every_interval() {
        let wide = || {
            let Operand::Wire(shape, number) = wire([2], 0, 0, 1 << 60) else { unreachable!() };
            Fact::fixed(shape, number)
        };
        assert!(matches!(einsum("i,i->").infer(&[wide(), wide()]), Err(OpError::Quant(_))));
        assert!(einsum("i,i->i").infer(&[wide(), wide()]).is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn matches_random_contractions(
            sizes in prop::collection::vec(1usize..4, 4),
            axes in prop::collection::vec(0usize..4, 0..6),
            split in 0usize..6,
            keep in prop::collection::vec(any::<bool>(), 4),
            constant in any::<bool>(),
        ) {
            let (left, right) = axes.split_at(split.min(axes.len()));
            let kept: Vec<_> = (0..4).filter(|i| keep[*i] && axes.contains(i)).collect();
            let text = |axes: &[usize]| axes.iter().map(|&i| ["a", "b", "c", "d"][i]).collect::<String>();
            let shape = |axes: &[usize]| axes.iter().map(|&i| sizes[i]).collect::<Vec<_>>();
            let op = einsum(&format!("{},{}->{}", text(left), text(right), text(&kept)));
            let right = shape(right);
            let right = if constant { weights(right) } else { wire(right, 2, -3, 4) };
            prop_assume!(constant || sizes.iter().product::<usize>() <= 16);
            Check::new(op).case([wire(shape(left), 1, -5, 3), right]).run();
        }
    }
}
