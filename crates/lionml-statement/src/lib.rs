//! Statements: the public elements of a proof, and their meaning.
//!
//! ```text
//! instance:   1 │ manifest │ context │ ports of the circuit that are not private │ zeros
//! inference:  instances of one or more circuits, whose ports are linked
//! ```
//!
//! A circuit has [`Port`]s: tensors that enter or leave it, each with a number format and a
//! [`Visibility`]. Its [`Interface`] fixes where their public elements stand. Rows are written by
//! [`Writer`], elements are read by [`Interface::read`], and nothing else knows the layout.
//!
//! A [`Plan`] says which instances of which circuits make one inference, and which ports hold the
//! same values ([`Link`]). A model in one circuit is a plan of one instance without links.

#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

mod element;
mod error;
mod interface;
mod name;
mod plan;
mod port;
mod write;

pub use element::Element;
pub use error::{PlanError, StatementError, WriteError};
pub use interface::{HEADER, Interface, Item, Shown};
pub use name::{PLAIN_NAME, is_hidden, is_plain_name};
pub use plan::{Link, Plan, PortRef};
pub use port::{Port, Visibility};
pub use write::Writer;
