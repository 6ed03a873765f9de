//! `baton completions SHELL`.

use clap::CommandFactory as _;

use super::{Cli, Context, Failure};

/// Which shell.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// Writes the completions to stdout.
///
/// # Errors
/// [`Failure`] if stdout cannot be written.
pub fn run(args: &Args, context: &Context) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "baton", &mut script);
    context.output.raw(&script)
}
