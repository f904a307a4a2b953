//! The calls to tract: its panics are caught here and its errors get the file's names.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tract_onnx::prelude::{InferenceModelExt, TractError, TractResult, TypedModel};

use crate::{
    ImportError,
    bounded::bound,
    extensions,
    prepare::{Labels, Prepared},
};

/// The model with all types and shapes, otherwise as it stands in the file.
pub(crate) fn typed(prepared: &Prepared) -> Result<TypedModel, ImportError> {
    guarded(&prepared.labels, || {
        let mut model = extensions::reader().parse(&prepared.model, None)?.model;
        bound(&mut model);
        model.into_typed()
    })
}

/// Calls tract. A malformed model can make it panic, which becomes an error like any other of its
/// refusals: nothing of what it was building is used afterwards.
pub(crate) fn guarded<T>(
    labels: &Labels,
    call: impl FnOnce() -> TractResult<T>,
) -> Result<T, ImportError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(|error| translated(labels, &error)),
        Err(_) => Err(ImportError::Model { reason: "it is malformed".to_owned() }),
    }
}

/// An error of tract's: its cause, and the node that its context names last.
fn translated(labels: &Labels, error: &TractError) -> ImportError {
    let (reason, mut label) = labels.translate(&error.root_cause().to_string());
    for context in error.chain() {
        label = labels.translate(&context.to_string()).1.or(label);
    }
    match label {
        Some(label) => ImportError::Node { node: label.name.clone(), op: label.op.clone(), reason },
        None => ImportError::Model { reason },
    }
}
