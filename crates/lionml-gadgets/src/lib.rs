//! Gadgets for fixed-point machine learning in R1CS.
