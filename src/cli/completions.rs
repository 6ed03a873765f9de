//! `baton completions SHELL`.

use super::{Context, Failure, zh};

/// Which shell.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// Writes the completions to stdout, with what they explain in the language of this run.
///
/// # Errors
/// [`Failure`] if stdout cannot be written.
pub fn run(args: &Args, context: &Context) -> Result<(), Failure> {
    let mut script = Vec::new();
    let mut command = zh::command(context.lang());
    clap_complete::generate(args.shell, &mut command, "baton", &mut script);
    context.output.raw(&script)
}
