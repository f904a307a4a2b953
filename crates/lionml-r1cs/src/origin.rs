//! Where rows and hints come from.

/// Between the names of a path of scopes; the names of nodes have slashes of their own.
pub(crate) const SCOPE_END: &str = "\u{1f}";

/// Where a row comes from: indices into the names of a circuit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) scope: u32,
    pub(crate) label: u32,
}
