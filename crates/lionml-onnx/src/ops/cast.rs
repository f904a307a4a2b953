//! Cast and CastLike.

use lionml_graph::Element;
use lionml_ops::ops::{Cast, CastTarget, Wrap};

use crate::{
    ImportError,
    element::{INT64, Type, name_of},
    node::{NodeImport, Outputs, i128_of},
    value::{Value, Values, Wire},
};

pub(super) fn cast(node: &mut NodeImport<'_, '_>) -> Outputs {
    // Both are about floats of eight bits alone.
    node.ignore("saturate");
    node.ignore("round_mode");
    let number = node.optional_int("to")?.ok_or_else(|| node.error("it has no attribute `to`"))?;
    let number = i32::try_from(number).unwrap_or_default();
    let to = Type::of_number(number).ok_or_else(|| {
        node.refuse_attribute("to", name_of(number), "floats, integers and booleans")
    })?;
    let x = node.operand(0)?;
    Ok(vec![node.cast(&x, to)?])
}

pub(super) fn cast_like(node: &mut NodeImport<'_, '_>) -> Outputs {
    node.ignore("saturate");
    node.ignore("round_mode");
    let (x, like) = (node.operand(0)?, node.operand(1)?);
    Ok(vec![node.cast(&x, like.kind())?])
}

impl NodeImport<'_, '_> {
    /// A value as another type; a wire of the same kind of element is the same wire.
    pub(crate) fn cast(&mut self, x: &Value, to: Type) -> Result<Value, ImportError> {
        let wire = match x {
            Value::Constant(constant) => {
                let values = self.cast_constant(&constant.values, to)?;
                return Ok(self.known(to, values));
            }
            Value::Masked(masked) if masked.shown.kind.element() == to.element() => {
                return Ok(x.clone());
            }
            Value::Masked(masked) => &masked.shown,
            Value::Wire(wire) => wire,
        };
        if wire.kind.element() == to.element() {
            return Ok(Value::Wire(Wire { kind: to, ..wire.clone() }));
        }
        match (wire.kind, to) {
            (Type::Integer { .. }, Type::Integer { signed, bits }) => {
                self.add_as(to, Wrap { signed, bits }, &[x])
            }
            // Of floats beyond a type of four bits or two the standard says that they wrap around.
            (Type::Float(_), Type::Integer { signed, bits: bits @ 0..8 }) => {
                let target = CastTarget::Integer { signed: true, bits: 64 };
                let whole = self.add_as(INT64, Cast { to: target }, &[x])?;
                self.add_as(to, Wrap { signed, bits }, &[&whole])
            }
            _ => {
                let target = match to.element() {
                    Element::Float => CastTarget::Float,
                    Element::Integer { signed, bits } => CastTarget::Integer { signed, bits },
                    Element::Boolean => CastTarget::Boolean,
                };
                self.add_as(to, Cast { to: target }, &[x])
            }
        }
    }

    fn cast_constant(&self, values: &Values, to: Type) -> Result<Values, ImportError> {
        Ok(match (values, to) {
            (Values::Floats(values), Type::Float(_)) => {
                Values::Floats(values.map(|v| to.rounded(*v)))
            }
            (Values::Integers(values), Type::Float(_)) => {
                Values::Floats(values.map(|v| to.nearest(*v)))
            }
            (Values::Floats(values), Type::Boolean) => {
                Values::Integers(values.map(|v| (*v != 0.0).into()))
            }
            (Values::Integers(values), Type::Boolean) => {
                Values::Integers(values.map(|v| (*v != 0).into()))
            }
            (Values::Integers(values), Type::Integer { bits, .. }) => {
                let (low, _) = to.integers().unwrap_or_default();
                let modulus = 1i128 << bits.min(126);
                Values::Integers(values.map(|v| (v - low).rem_euclid(modulus) + low))
            }
            (Values::Floats(_), Type::Integer { bits: 0..8, .. }) => {
                let whole = self.cast_constant(values, INT64)?;
                self.cast_constant(&whole, to)?
            }
            (Values::Floats(values), Type::Integer { .. }) => {
                let (low, high) = to.integers().unwrap_or_default();
                Values::Integers(values.try_map(|&v| {
                    let whole = i128_of(v.trunc()).filter(|whole| (low..=high).contains(whole));
                    whole.ok_or_else(|| {
                        self.error(format!("`{v}` has no place among elements of type {to}"))
                    })
                })?)
            }
        })
    }
}
