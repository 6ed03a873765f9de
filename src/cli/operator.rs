//! `baton operator`: who may use this bank's database, and for what.

use clap::Subcommand;

use super::{Context, Failure};

/// What to do with operators.
#[derive(Debug, Subcommand)]
pub enum Args {}

/// Runs an `operator` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
#[expect(clippy::unused_async, reason = "every family's run is awaited")]
pub async fn run(args: Args, _context: &Context) -> Result<(), Failure> {
    match args {}
}
