//! Files of inputs and samples.

mod file;
mod json;
mod npy;

pub use file::InputFile;
