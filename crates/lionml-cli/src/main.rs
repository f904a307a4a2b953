//! The command `lionml`.
fn main() {}
