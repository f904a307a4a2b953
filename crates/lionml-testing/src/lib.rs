//! Test engines: honest runs, tampering, rank and lies.
