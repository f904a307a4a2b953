//! Changes of the element type: Cast, and those that tract adds to bring operands together.

use lionml_graph::{Element, Outlet};
use lionml_ops::ops::{Cast, CastTarget, Wrap};

use crate::{ImportError, node::NodeImport, tensors::element};

/// `Cast`; one to the same kind of element is dropped.
pub(crate) fn cast(node: &mut NodeImport<'_>) -> Result<Vec<Outlet>, ImportError> {
    let (from, to) = (node.operand_fact(0)?.datum_type, node.output_type()?);
    let (Some(from_element), Some(to_element)) = (element(from), element(to)) else {
        return Err(node.attribute("to", format!("{to:?}"), "floats, integers and booleans"));
    };
    let x = node.outlet(0)?;
    if from_element == to_element {
        return Ok(vec![x]);
    }
    if let (Element::Integer { .. }, Element::Integer { signed, bits }) = (from_element, to_element)
    {
        return Ok(vec![node.add(Wrap { signed, bits }, &[x])?]);
    }
    let to = match to_element {
        Element::Float => CastTarget::Float,
        Element::Integer { signed, bits } => CastTarget::Integer { signed, bits },
        Element::Boolean => CastTarget::Boolean,
    };
    Ok(vec![node.add(Cast { to }, &[x])?])
}
