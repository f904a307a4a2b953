//! A quantised model as a Leo function.
//!
//! Field elements hold the integers: sums and products by constants are free in the circuit of a
//! transition. Where bits are needed, a cast to one of Leo's integers writes them, and refuses what
//! does not fit; shifts by constants choose among them and are free again.
//!
//! # Soundness
//!
//! | what could be another number                   | what stops it                                 |
//! |------------------------------------------------|-----------------------------------------------|
//! | an input outside its interval                  | its type, and an assertion where it is wider  |
//! | a quotient, a sign                             | bits that the cast makes, of which there is one choice |
//! | a value that passes the type that it is cast to | the cast refuses it; proven intervals never do |
//! | an interval that samples were calibrated for   | such a model is refused                       |
//!
//! Nothing here is a hint: the virtual machine computes each statement and constrains it.

mod error;
mod lower;
mod program;
mod write;

#[cfg(test)]
mod tests;

use lionml_graph::QuantModel;

pub use error::LeoError;

/// The instructions of one of Aleo's functions.
const MAX_INSTRUCTIONS: usize = 65_535;

/// The elements of one of Leo's arrays.
const MAX_ARRAY: usize = 2_048;

/// The inputs of one of Aleo's functions, and its outputs.
const MAX_PORTS: usize = 16;

/// A model as a Leo library with one function, `model`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeoModule {
    program: program::Program,
}

impl LeoModule {
    /// The library of a model, if Leo can hold it.
    pub fn new(model: &QuantModel) -> Result<Self, LeoError> {
        let program = lower::lower(model)?;
        let ports = || program.inputs.iter().chain(program.outputs.iter().map(|(port, _)| port));
        let longest = ports().map(|port| port.elements).max().unwrap_or_default();
        for (what, got, limit) in [
            ("inputs", program.inputs.len(), MAX_PORTS),
            ("outputs", program.outputs.len(), MAX_PORTS),
            ("elements of an input or output", longest, MAX_ARRAY),
            ("instructions", program.instructions(), MAX_INSTRUCTIONS),
        ] {
            if got > limit {
                return Err(LeoError::TooLarge { what, got, limit });
            }
        }
        Ok(Self { program })
    }

    /// The constraints that a call adds to the circuit of its transition; Leo drops what no output
    /// needs, and with it some of them.
    pub fn constraints(&self) -> usize {
        self.program.constraints()
    }

    /// The function's name and types: `model(input_0: …) -> …`.
    pub fn signature(&self) -> String {
        write::signature(&self.program)
    }

    /// The library's file, `src/lib.leo`.
    pub fn source(&self, model: &str) -> String {
        write::write(&self.program, model)
    }
}
