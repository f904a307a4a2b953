//! The typed graph of operators and its passes.
