//! The command on whole programs.

#![cfg(test)]

mod expansion;
mod refusals;
mod semantics;
mod support;
