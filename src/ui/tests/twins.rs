//! What a screen exports is a command that there is.

use clap::Parser as _;

use super::screens::screens;
use crate::app::twin::twin;
use crate::cli::Cli;
use crate::text::Lang;

#[test]
fn every_table_has_a_command_that_gives_the_same() {
    let mut tables = 0;
    for (name, state) in screens(Lang::En) {
        let Ok(words) = twin(&state) else { continue };
        let line = std::iter::once("baton".to_owned()).chain(words);
        let cli = Cli::try_parse_from(line.clone())
            .unwrap_or_else(|error| panic!("{name}: {:?}: {error}", line.collect::<Vec<_>>()));
        assert!(cli.command.is_some_and(|command| command.lists().is_some()), "{name}");
        tables += 1;
    }
    assert!(tables > 40, "{tables}");
}
