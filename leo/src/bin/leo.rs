//! Leo's own command, from its own package: built here, it shares every crate with the extension.

use clap::Parser as _;
use leo_lang::cli::{CLI, handle_error, run_with_args};
use leo_span::create_session_if_not_set_then;

fn main() {
    create_session_if_not_set_then(|_| handle_error(run_with_args(CLI::parse())));
}
