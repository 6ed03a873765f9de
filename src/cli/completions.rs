//! `baton completions SHELL`.

use super::{Context, Failure, zh};

/// Writes the completions to stdout, with what they explain in the language of this run.
///
/// # Errors
/// [`Failure`] if stdout cannot be written.
pub fn run(shell: clap_complete::Shell, context: &Context) -> Result<(), Failure> {
    let mut script = Vec::new();
    let mut command = zh::command(context.lang());
    clap_complete::generate(shell, &mut command, "baton", &mut script);
    context.output.raw(&script)
}
