//! ONNX models read through tract.
