//! Shapes, tensors, broadcasting and sliding windows. No field, no ONNX, no quantisation.

mod shape;
mod tensor;
mod window;

pub use shape::{Shape, ShapeError};
pub use tensor::Tensor;
pub use window::Window;
