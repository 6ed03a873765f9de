//! The command line in Chinese. clap speaks English only, so what it says instead of running a command, its help and
//! its errors, is said anew here; how a line is read stays clap's.
//!
//! The English texts in the doc comments of the arguments are the one source of what there is. The Chinese ones are in
//! the catalogue by the command's path ([`commands`]); what it lacked would be shown in English, and a test finds it first.

mod page;
#[cfg(test)]
mod tests;
mod wrong;

use std::ffi::OsString;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::error::ErrorKind;
use clap::{Arg, Command, CommandFactory as _, ValueEnum as _};

use super::args::{Global, LangWord};
use super::context::language;
use super::surroundings::Surroundings;
use super::{Cli, Exit, config};
use crate::text::Lang;
use crate::text::catalogue::commands;
use wrong::Wrong;

/// The language of a line that clap did not take: its `--lang`, else the config file's, else the locale's. A config
/// file that is wrong is not what was asked about here.
#[must_use]
pub fn language_of(words: &[OsString], around: &Surroundings) -> Lang {
    let global = Global { lang: asked(words), ..Global::default() };
    language(&config::read(&around.config_file()).unwrap_or_default().under(global), around)
}

/// What the line says after `--lang`, wherever it stands.
fn asked(words: &[OsString]) -> Option<LangWord> {
    let mut words = words.iter().filter_map(|word| word.to_str()).take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        let said = match word.strip_prefix("--lang") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        if let Some(lang) = said.and_then(|said| LangWord::from_str(said, false).ok()) {
            return Some(lang);
        }
    }
    None
}

/// Says what clap has to say about `words` instead of giving a command, and returns the exit code, which is clap's.
#[must_use]
pub fn say(error: clap::Error, words: &[OsString], lang: Lang) -> u8 {
    let code = error.exit_code();
    // A reader that has closed its end early (`| head`) is no failure.
    match lang {
        Lang::En => error.print().ok(),
        Lang::ZhCn => chinese(error, words).print().ok(),
    };
    u8::try_from(code).unwrap_or(Exit::Usage.code())
}

/// The same in Chinese. Help was rendered already, so that the line is read once more by commands that have Chinese
/// pages.
fn chinese(error: clap::Error, words: &[OsString]) -> Wrong {
    let help = [ErrorKind::DisplayHelp, ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand];
    let again = if help.contains(&error.kind()) {
        page::with_pages(command(Lang::ZhCn)).try_get_matches_from(words).err()
    } else {
        None
    };
    again.unwrap_or(error).apply()
}

/// The program's commands with their texts in `lang`, for what shows them: help and completions. A line is read by
/// [`Cli`] alone.
#[must_use]
pub fn command(lang: Lang) -> Command {
    let mut command = Cli::command();
    if lang == Lang::En {
        return command;
    }
    // Building adds what clap has of its own: `help`, `--help` and `--version` of each command.
    command.build();
    translated(command, "baton", "baton")
}

/// `command` with the texts of the section `own`; the commands below it are those of the path `path`, which differs for
/// `help` alone: it repeats all that stand beside it.
fn translated(command: Command, own: &str, path: &str) -> Command {
    let command = match commands::text(own, "about") {
        Some(about) => command.about(about),
        None => command,
    };
    command.mut_args(|arg| argument(arg, own)).mut_subcommands(|below| match below.get_name() {
        "help" => translated(below, "baton help", path),
        name => {
            let path = format!("{path} {name}");
            translated(below, &path, &path)
        }
    })
}

fn argument(arg: Arg, path: &str) -> Arg {
    let text = |key: &str| commands::text(commands::section(path, key)?, key);
    let id = arg.get_id().to_string();
    let values = arg.get_possible_values();
    let arg = match text(&id) {
        Some(help) => arg.help(help),
        None => arg,
    };
    if values.iter().all(|value| value.get_help().is_none()) {
        return arg;
    }
    let values =
        values.into_iter().map(|value| match text(&format!("{id} {}", value.get_name())) {
            Some(help) => value.help(help),
            None => value,
        });
    arg.value_parser(PossibleValuesParser::new(values.collect::<Vec<PossibleValue>>()))
}
