//! Models on Aleo: the registry, calls from Leo programs, and the tools that send transactions.
//!
//! A model is registered once under an *annotation number* ([`Deploy`]). A Leo program declares a
//! function with that number and calls it ([`Build`]); whoever executes the program proves the
//! inference first ([`Call`]), and the network verifies the proof in the same transaction.
//!
//! Transactions are made by Leo's own command, which this crate runs as a process. Their fee is shown
//! before they are handed to the node as they are.
//!
//! Nothing is believed for standing on a disk or in a node's answer: packages are somebody else's
//! (`place.rs`), stored calls are checked (`call.rs`), and a transaction is kept until it is known
//! what became of it (`network.rs`).

mod account;
mod build;
mod call;
mod deploy;
mod description;
mod devnet;
mod error;
mod extension;
mod interface;
mod journal;
mod leo;
mod literal;
#[cfg(test)]
mod lying;
mod network;
mod package;
mod place;
mod planned;
mod process;
mod profile;
mod registry;
mod template;

pub use account::Account;
pub use build::{Build, BuildReport, BuiltModel};
pub use call::{Answer, Argument, Call, CallReport, ExecuteStored, StoredCall};
pub use deploy::{Deploy, DeployReport, PlannedDeploy};
pub use description::{Description, PortDescription};
pub use devnet::{DEVNET_KEY, Devnet};
pub use error::{Error, ProfileError, credits};
pub use interface::{Entry, Interface, ModelCall, Origin, Parameter, Role};
pub use leo::{Estimate, Leo};
pub use network::{Connection, Fate, Network, Outcome, Settled};
pub use planned::{Fee, Planned};
pub use profile::Profile;
pub use registry::{Listed, Page, Registration, Registry, RegistryVerify, VerifyReport};
pub use template::{New, NewReport};
