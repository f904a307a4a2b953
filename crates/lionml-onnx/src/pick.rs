//! Elements of one or more tensors in any order: each a place in all of them laid one after the other.

use lionml_ops::ops::{Concat, Gather};
use lionml_tensor::{Shape, Tensor};

use crate::{ImportError, node::NodeImport, value::Value};

impl NodeImport<'_, '_> {
    /// The elements at these places, in their shape. Nothing is computed: elements move.
    pub(crate) fn pick(
        &mut self,
        operands: &[&Value],
        places: &Tensor<usize>,
    ) -> Result<Value, ImportError> {
        self.same_type(operands)?;
        let elements = operands.iter().map(|operand| operand.shape().elements());
        self.check_room(&Shape::from([elements.fold(0, usize::saturating_add)]))?;
        self.check_room(places.shape())?;
        let mut flat = Vec::with_capacity(operands.len());
        for operand in operands {
            let elements = operand.shape().elements();
            flat.push(self.reshape(Value::clone(operand), [elements])?);
        }
        let all = match flat.as_slice() {
            [one] => one.clone(),
            flat => self.add(Concat { axis: 0 }, &flat.iter().collect::<Vec<_>>())?,
        };
        self.add(Gather { axis: 0, indices: places.clone() }, &[&all])
    }

    /// A list of indices along an axis, which may count from behind.
    pub(crate) fn indices(
        &self,
        operand: usize,
        size: usize,
        way_out: Option<&'static str>,
    ) -> Result<Tensor<usize>, ImportError> {
        let indices = self.constant(operand, "the list of indices", way_out)?;
        let integers = indices.integers().ok_or_else(|| {
            self.refuse("the list of indices", indices.kind.to_string(), "integers")
        })?;
        integers.try_map(|&index| self.index(index, size))
    }

    /// An index along an axis, which may count from behind.
    pub(crate) fn index(&self, index: i128, size: usize) -> Result<usize, ImportError> {
        let from_behind = if index < 0 { i128::try_from(size).unwrap_or(i128::MAX) } else { 0 };
        let place = usize::try_from(index.saturating_add(from_behind)).ok();
        place.filter(|place| *place < size).ok_or_else(|| {
            self.error(format!("the index `{index}` is beyond the `{size}` elements of its axis"))
        })
    }
}
