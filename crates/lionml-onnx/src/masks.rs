//! Elements that are hidden by a mask: −∞, or what is as far below, at places that are known.
//!
//! No number of a circuit is −∞, and none needs to be: an operator that passes over such elements is one of
//! the others alone.

use std::sync::Arc;

use lionml_ops::ops::Softmax;
use lionml_tensor::{Tensor, Window};

use crate::{
    ImportError,
    node::NodeImport,
    value::{Constant, Masked, Value, Values, Wire},
};

/// What is added to hide an element is at most this: nothing that a model computes comes near it.
const HIDDEN: f64 = -1e7;

/// Whether a number hides what it is added to.
pub(crate) fn hides(value: f64) -> bool {
    value <= HIDDEN
}

impl NodeImport<'_, '_> {
    /// A wire plus constants of which some hide elements; none where none does.
    pub(crate) fn hidden_by(&mut self, a: &Value, b: &Value) -> Result<Option<Value>, ImportError> {
        let (wire, constant) = match (a, b) {
            (Value::Wire(wire), Value::Constant(constant))
            | (Value::Constant(constant), Value::Wire(wire)) => (wire, constant),
            _ => return Ok(None),
        };
        let Values::Floats(values) = &constant.values else { return Ok(None) };
        if !values.data().iter().any(|v| hides(*v)) {
            return Ok(None);
        }
        let shown = values.map(|&v| if hides(v) { 0.0 } else { v });
        let shape = wire.shape.broadcast(constant.shape());
        let shape = shape.map_err(|error| self.error(error.to_string()))?;
        let is_plain = shown.data().iter().all(|v| *v == 0.0) && shape == wire.shape;
        let wire = Value::Wire(wire.clone());
        let sum = match is_plain {
            true => wire,
            false => {
                let shown = self.known(constant.kind, Values::Floats(shown));
                self.add(lionml_ops::ops::Add, &[&wire, &shown])?
            }
        };
        let Value::Wire(shown) = sum else { return Ok(None) };
        let mask = values.map(|&v| if hides(v) { v } else { 0.0 });
        let mask = mask.broadcast_to(&shape).map_err(|error| self.error(error.to_string()))?;
        Ok(Some(self.masked(shown, mask)))
    }

    /// A wire of which those elements are hidden where a mask is not zero.
    pub(crate) fn masked(&self, shown: Wire, mask: Tensor<f64>) -> Value {
        let (name, kind) = (self.label.name.clone(), shown.kind);
        let mask = Arc::new(Constant { name, kind, values: Values::Floats(mask) });
        Value::Masked(Arc::new(Masked { shown, mask }))
    }

    /// The softmax of each row of a wire over the elements that are shown; zero where they are hidden.
    pub(crate) fn masked_softmax(
        &mut self,
        masked: &Masked,
        axes: &[usize],
    ) -> Result<Value, ImportError> {
        let shape = masked.shown.shape.clone();
        /// How much more a place takes here than an element.
        const PLACE: usize = 32;
        self.check_room(&[shape.elements().saturating_mul(PLACE)].into())?;
        let hidden = masked.hidden();
        // The places of each row.
        let mut rows: std::collections::BTreeMap<Vec<usize>, Vec<usize>> = Default::default();
        for (place, hidden) in hidden.iter().enumerate() {
            let mut at = shape.coordinate(place);
            axes.iter().for_each(|axis| at.iter_mut().skip(*axis).take(1).for_each(|at| *at = 0));
            let row = rows.entry(at).or_default();
            if !hidden {
                row.push(place);
            }
        }
        // Rows of as many elements are one operator.
        let mut groups: std::collections::BTreeMap<usize, Vec<usize>> = Default::default();
        for row in rows.into_values() {
            groups.entry(row.len()).or_default().extend(row);
        }
        if groups.contains_key(&0) {
            return Err(self.refuse(
                "a row of its operand",
                "hidden as a whole",
                "an element in each row",
            ));
        }
        let shown = Value::Wire(masked.shown.clone());
        let (mut parts, mut places, mut taken) = (Vec::new(), vec![None; hidden.len()], 0);
        for (size, group) in groups {
            for place in &group {
                places.iter_mut().skip(*place).take(1).for_each(|slot| *slot = Some(taken));
                taken += 1;
            }
            let rows = group.len() / size;
            let group = Tensor::new([rows, size], group).map_err(|e| self.error(e.to_string()))?;
            let part = self.pick(&[&shown], &group)?;
            parts.push(self.add(Softmax { axes: vec![1], table: None }, &[&part])?);
        }
        let zero = self.scalar(shown.kind(), 0.0)?;
        let places = places.into_iter().map(|place| place.unwrap_or(taken)).collect();
        let places = Tensor::new(shape, places).map_err(|error| self.error(error.to_string()))?;
        let operands: Vec<_> = parts.iter().chain(std::iter::once(&zero)).collect();
        self.pick(&operands, &places)
    }

    /// The part of a wire that is shown, and a window over it that has the hidden frame for its padding;
    /// none where what is hidden is not a frame.
    pub(crate) fn unframed(
        &mut self,
        masked: &Masked,
        window: &Window,
    ) -> Result<Option<(Value, Window)>, ImportError> {
        let shape = masked.shown.shape.clone();
        let hidden = masked.hidden();
        let mut window = window.clone();
        let mut shown = Value::Wire(masked.shown.clone());
        let mut frame = Vec::with_capacity(shape.rank());
        for (axis, &size) in shape.axes().iter().enumerate() {
            let mut is_line_hidden = vec![true; size];
            for (place, hidden) in hidden.iter().enumerate() {
                let at = shape.coordinate(place).get(axis).copied().unwrap_or_default();
                is_line_hidden.iter_mut().skip(at).take(1).for_each(|line| *line &= hidden);
            }
            let before = is_line_hidden.iter().take_while(|hidden| **hidden).count();
            let after = is_line_hidden.iter().rev().take_while(|hidden| **hidden).count();
            frame.push((before, size.saturating_sub(after)));
        }
        let is_inside = |place: usize| {
            let at = shape.coordinate(place);
            at.iter().zip(&frame).all(|(at, (start, end))| (*start..*end).contains(at))
        };
        if hidden.iter().enumerate().any(|(place, hidden)| *hidden == is_inside(place)) {
            return Ok(None);
        }
        for (axis, &(start, end)) in frame.iter().enumerate() {
            let size = shape.axes().get(axis).copied().unwrap_or_default();
            shown = crate::ops::part(self, &shown, axis, start, end)?;
            let Some(spatial) = axis.checked_sub(2) else {
                if (start, end) != (0, size) {
                    return Ok(None);
                }
                continue;
            };
            window.pads_before.iter_mut().skip(spatial).take(1).for_each(|pad| *pad += start);
            window.pads_after.iter_mut().skip(spatial).take(1).for_each(|pad| *pad += size - end);
        }
        Ok(Some((shown, window)))
    }
}
