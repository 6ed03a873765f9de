//! What a screen exports is a command that there is.

use clap::Parser as _;

use super::screens::screens;
use crate::app::twin::{twin, week};
use crate::cli::Cli;
use crate::text::Lang;

#[test]
fn the_report_of_the_week_has_a_command() {
    let state = crate::app::fixtures::Console::strategist().state;
    let line = std::iter::once("baton".to_owned()).chain(week(&state).unwrap());
    let cli = Cli::try_parse_from(line).unwrap();
    assert_eq!(cli.command.and_then(|command| command.lists()), Some("report"));
}

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
