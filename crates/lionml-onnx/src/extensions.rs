//! What tract's reading of ONNX lacks, in terms of tract's own ops: these readers replace tract's,
//! for imports and for the reference alike, and the standard's cases check them.

#![cfg_attr(
    not(test),
    expect(
        clippy::indexing_slicing,
        reason = "as in tract: within `tract::guarded`, arity checked"
    )
)]

mod batch_norm;
mod cast;
mod gemm;
mod mat_mul;
mod pad;
mod squeeze;

use tract_onnx::Onnx;

/// tract's reader of ONNX files with these extensions.
pub(crate) fn reader() -> Onnx {
    let mut reader = tract_onnx::onnx().with_ignore_value_info(true);
    reader.op_register.insert("BatchNormalization", batch_norm::read);
    reader.op_register.insert("Cast", cast::read);
    reader.op_register.insert("Gemm", gemm::read);
    reader.op_register.insert("MatMul", mat_mul::read);
    reader.op_register.insert("Pad", pad::read);
    reader.op_register.insert("Squeeze", squeeze::read);
    reader
}
