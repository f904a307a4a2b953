//! One operator a file: shape, float, quantised, constraints, tests.
