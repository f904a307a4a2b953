//! From bytes to a float model.

use std::sync::Arc;

use lionml_graph::{Model, is_plain_name};
use lionml_tensor::Shape;
use tract_onnx::{
    prelude::{IntoTValue, TVec, Tensor as TractTensor, TypedModel, TypedNode},
    tract_core::{
        internal::{IntoArcTensor, IntoTensor, OutletId},
        ops::{konst::Const, source::TypedSource},
    },
};

use crate::{
    ImportError, ImportOptions,
    node::{NodeImport, Progress, Wire},
    ops::IMPORTERS,
    prepare::{Labels, Prepared, prepare},
    proto,
    tensors::element,
    tract,
};

/// An imported model.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The model; its nodes have the names of the file's.
    pub model: Model,
}

/// Imports a model: what the file means as operators of LionML.
///
/// Everything that is not supported is refused, first of all the ops, all of them at once.
pub fn import(bytes: &[u8], options: &ImportOptions) -> Result<Imported, ImportError> {
    import_prepared(&prepare(bytes, options)?)
}

/// Imports a model that was checked.
pub(crate) fn import_prepared(prepared: &Prepared) -> Result<Imported, ImportError> {
    let typed = tract::typed(prepared)?;
    let labels = &prepared.labels;
    let mut progress = Progress { constant_room: proto::MAX_CONSTANTS, ..Progress::default() };
    for &source in tract::guarded(labels, || typed.input_outlets())? {
        input(&mut progress, &typed, source, labels)?;
    }
    for node in tract::guarded(labels, || typed.eval_order())? {
        let node = typed.node(node);
        if node.op_is::<TypedSource>() {
            continue;
        }
        for (slot, wire) in wires(&mut progress, &typed, node, labels)?.into_iter().enumerate() {
            progress.wires.insert(OutletId::new(node.id, slot), wire);
        }
    }
    outputs(&mut progress, &typed, prepared)?;
    Ok(Imported { model: progress.model })
}

/// Adds an input.
fn input(
    progress: &mut Progress,
    typed: &TypedModel,
    source: OutletId,
    labels: &Labels,
) -> Result<(), ImportError> {
    let name = typed.node(source.node).name.as_str();
    let fact = tract::guarded(labels, || typed.outlet_fact(source))?;
    let (Some(element), Some(shape)) = (element(fact.datum_type), fact.shape.as_concrete()) else {
        let (tensor, got) = (name.to_owned(), format!("{:?}", fact.datum_type));
        return Err(ImportError::ElementType { tensor, got });
    };
    let outlet = progress.model.input(name, shape.to_vec(), element);
    progress.wires.insert(source, Wire::Variable(outlet));
    Ok(())
}

/// What a node's outputs become.
fn wires(
    progress: &mut Progress,
    typed: &TypedModel,
    node: &TypedNode,
    labels: &Labels,
) -> Result<Vec<Wire>, ImportError> {
    let label = labels.of(&node.name).map(|(label, _)| label);
    // tract numbers the constants of the file.
    let constant_name = node.name.strip_suffix(".0").unwrap_or(&node.name);
    let constant_name = if is_plain_name(constant_name) { constant_name } else { "a constant" };
    let name = label.map_or(constant_name, |label| &label.name);
    let constant = |value: Arc<TractTensor>| Wire::Constant { name: name.to_owned(), value };
    if let Some(value) = node.op_as::<Const>() {
        return Ok(vec![constant(value.val().clone())]);
    }
    // Outputs without elements are known too.
    let known = node.outputs.iter().map(|output| output.fact.konst.clone());
    if let Some(values) = known.collect::<Option<Vec<_>>>() {
        return Ok(values.into_iter().map(constant).collect());
    }
    let operands: Option<TVec<_>> = node
        .inputs
        .iter()
        .map(|source| match progress.wires.get(source) {
            Some(Wire::Constant { value, .. }) => Some(value.clone().into_tvalue()),
            _ => None,
        })
        .collect();
    if let Some(operands) = operands.filter(|operands| !operands.is_empty()) {
        for output in &node.outputs {
            if let Some(shape) = output.fact.shape.as_concrete() {
                let shape = Shape::new(shape);
                proto::check_size(name, &shape)?;
                proto::take_room(&mut progress.constant_room, name, shape.elements())?;
            }
        }
        let values = tract::guarded(labels, || node.op.eval_out_of_plan(operands))?;
        if let Some(values) = values {
            let values =
                values.into_iter().map(|value| constant(value.into_tensor().into_arc_tensor()));
            return Ok(values.collect());
        }
    }
    let Some(label) = label else {
        let reason = "a node was made that belongs to none of the file's".to_owned();
        return Err(ImportError::Model { reason });
    };
    let mut import = NodeImport { progress, typed, node, label, labels };
    let kind = node.op.name();
    let kind = kind.split('<').next().unwrap_or_default();
    match IMPORTERS.iter().find(|(name, _)| *name == kind) {
        Some((_, importer)) => {
            let outlets = importer(&mut import)?;
            import.check_shapes(&outlets)?;
            Ok(outlets.into_iter().map(Wire::Variable).collect())
        }
        None => Err(import.error("it has operands or types that are not supported".to_owned())),
    }
}

/// Names the outputs as the file does.
fn outputs(
    progress: &mut Progress,
    typed: &TypedModel,
    prepared: &Prepared,
) -> Result<(), ImportError> {
    let sources = tract::guarded(&prepared.labels, || typed.output_outlets())?;
    for (name, &source) in prepared.outputs.iter().zip(sources) {
        let missing = || ImportError::UnknownTensor {
            reader: format!("output `{name}`"),
            tensor: name.clone(),
        };
        let outlet = progress.outlet(source).ok_or_else(missing)??;
        let kind = tract::guarded(&prepared.labels, || typed.outlet_fact(source))?.datum_type;
        let element = element(kind).ok_or_else(|| ImportError::ElementType {
            tensor: name.clone(),
            got: format!("{kind:?}"),
        })?;
        let added = progress.model.output(name.as_str(), outlet, element);
        added.map_err(|error| ImportError::Graph(Box::new(error)))?;
    }
    Ok(())
}
