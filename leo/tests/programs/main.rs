//! The command on whole programs.

#![cfg(test)]

mod command;
mod expansion;
mod refusals;
mod semantics;
mod support;
