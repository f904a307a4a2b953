//! Prove machine-learning inferences with Varuna: the library.
