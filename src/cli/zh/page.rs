//! Help in Chinese, laid out by cells: clap breaks lines at spaces only, which Chinese has none of.

use std::fmt::Write as _;

use clap::builder::{PossibleValue, Styles};
use clap::{Arg, Command};

use crate::text::catalogue::commands::{said, text};
use crate::text::width::{cells, wrap};

/// The least that a text is given beside its name; with less it stands below.
const BESIDE: usize = 30;
/// How far a text that stands below its name is set in.
const BELOW: usize = 10;

/// One line of a list: a command or an argument.
struct Entry {
    name: String,
    text: String,
    /// What clap adds: values, default, variable.
    notes: Vec<String>,
}

impl Entry {
    /// The text and its notes in lines: each note in its own in the long help, else all behind the text if that is
    /// one line then.
    fn lines(&self, long: bool, width: usize) -> impl Iterator<Item = String> {
        let notes = if long { self.notes.clone() } else { vec![self.notes.join(" ")] };
        let one = format!("{} {}", self.text, notes.join(" "));
        let lines = if !long && cells(&one) <= width {
            vec![one]
        } else {
            std::iter::once(self.text.clone()).chain(notes).collect()
        };
        lines.into_iter().filter(|line| !line.is_empty()).flat_map(move |line| set_in(&line, width))
    }
}

/// `command` and those below it, built and translated, with their own pages as help: the short one for `-h`, the long
/// one for `--help`.
pub(super) fn with_pages(command: Command) -> Command {
    let width = line(command.clone());
    paged(command, width)
}

/// How many cells a line of help has. clap knows: the terminal's, or `COLUMNS`, at most what the program allows.
fn line(command: Command) -> usize {
    let mut ruler = command.help_template("{about}").about("x ".repeat(100));
    ruler.render_help().to_string().lines().next().map_or(80, cells)
}

pub(super) fn paged(mut command: Command, width: usize) -> Command {
    let [short, long] = [false, true].map(|long| page(&mut command, long, width));
    // Nobody can ask for the pages below `help`.
    let command = match command.get_name() {
        "help" => command,
        _ => command.mut_subcommands(|below| paged(below, width)),
    };
    // Without a width clap leaves the lines as they are.
    command.about(short).long_about(long).help_template("{about}").term_width(0)
}

fn page(command: &mut Command, long: bool, width: usize) -> String {
    let usage = usage(&command.render_usage().ansi().to_string());
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let below: Vec<Entry> =
        command.get_subcommands().filter(|c| !c.is_hide_set()).map(below).collect();
    let entries = |of: &dyn Fn(&Arg) -> bool| -> Vec<Entry> {
        let shown = command.get_arguments().filter(|arg| !arg.is_hide_set() && of(arg));
        shown.map(|arg| entry(arg, long)).collect()
    };
    // Options that every command takes come last, so that a command's own are read first.
    let general = |arg: &Arg| text("baton", arg.get_id().as_str()).is_some();
    let lists = [
        ("commands", below, false),
        ("arguments", entries(&|arg| arg.is_positional()), long),
        ("options", entries(&|arg| !arg.is_positional() && !general(arg)), long),
        ("general", entries(&|arg| !arg.is_positional() && general(arg)), long),
    ];
    let lists = lists.into_iter().filter(|(_, entries, _)| !entries.is_empty());
    let lists = lists.map(|(heading, entries, below)| list(heading, &entries, below, width));
    [wrap(&about, width).join("\n"), usage]
        .into_iter()
        .chain(lists)
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// clap's line of usage with its own words in Chinese; names of values stay.
pub(super) fn usage(line: &str) -> String {
    let [options, command] = ["any-options", "any-command"].map(|key| said("heading", key, &[]));
    // The wide colon takes the cell of the blank, so that further lines begin a cell earlier.
    line.replacen("Usage:", &said("heading", "usage", &[]), 1)
        .replacen(' ', "", 1)
        .replace("\n       ", "\n      ")
        .replace("[OPTIONS]", &format!("[{options}]"))
        .replace("[COMMAND]", &format!("[{command}]"))
        .replace("<COMMAND>", &format!("<{command}>"))
}

fn below(command: &Command) -> Entry {
    let text = command.get_about().map(ToString::to_string).unwrap_or_default();
    Entry { name: command.get_name().to_owned(), text, notes: Vec::new() }
}

fn entry(arg: &Arg, long: bool) -> Entry {
    let name = match (arg.get_short(), arg.get_long()) {
        (Some(short), Some(_)) => format!("-{short}, {arg}"),
        (None, Some(_)) => format!("    {arg}"),
        _ => arg.to_string(),
    };
    let text = arg.get_help().map(ToString::to_string).unwrap_or_default();
    Entry { name, text, notes: notes(arg, long) }
}

/// What clap adds to an argument's text: its values, its default, its variable.
fn notes(arg: &Arg, long: bool) -> Vec<String> {
    let mut notes = Vec::new();
    let values = arg.get_possible_values();
    let names: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
    if long && values.iter().any(|value| value.get_help().is_some()) {
        notes.push(said("heading", "values", &[]));
        let longest = names.iter().map(|name| cells(name)).max().unwrap_or_default();
        notes.extend(values.iter().map(|value| {
            let name = format!("{}:", value.get_name());
            let help = value.get_help().map(ToString::to_string).unwrap_or_default();
            format!("- {name:<0$} {help}", longest + 1)
        }));
    } else if !names.is_empty() && !arg.is_hide_possible_values_set() {
        notes.push(said("heading", "values-are", &[("values", &names.join(", "))]));
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|v| v.to_string_lossy()).collect();
    let defaults = defaults.join(" ");
    if arg.get_action().takes_values() && !arg.is_hide_default_value_set() && !defaults.is_empty() {
        notes.push(said("heading", "default", &[("values", &defaults)]));
    }
    if let Some(env) = arg.get_env().filter(|_| !arg.is_hide_env_set()) {
        notes.push(said("heading", "env", &[("name", &env.to_string_lossy())]));
    }
    notes
}

/// A heading and its entries: each text beside its name, or with `below` and where there is no room, below it.
fn list(heading: &str, entries: &[Entry], below: bool, width: usize) -> String {
    let styles = Styles::styled();
    let (header, literal) = (styles.get_header(), styles.get_literal());
    let longest = entries.iter().map(|entry| cells(&entry.name)).max().unwrap_or_default();
    let column = longest + 4;
    let beside = !below && column + BESIDE <= width;
    let left = if beside { column } else { BELOW };
    let mut text = format!("{header}{}{header:#}", said("heading", heading, &[]));
    for (at, entry) in entries.iter().enumerate() {
        let flag = entry.name.find(['<', '[']).unwrap_or(entry.name.len());
        let (flag, value) = entry.name.split_at(flag);
        let gap = if at > 0 && below { "\n\n" } else { "\n" };
        write!(text, "{gap}  {literal}{flag}{literal:#}{value}").ok();
        for (at, line) in entry.lines(below, width.saturating_sub(left).max(1)).enumerate() {
            if at == 0 && beside {
                write!(text, "{:1$}{line}", "", column - 2 - cells(&entry.name)).ok();
            } else {
                write!(text, "\n{:left$}{line}", "").ok();
            }
        }
    }
    text
}

/// A text in lines; what follows the first line of a value's text stands below its beginning.
fn set_in(text: &str, width: usize) -> Vec<String> {
    if !text.starts_with("- ") {
        return wrap(text, width);
    }
    let start = text
        .find(": ")
        .map_or(2, |at| at + 1 + text[at + 1..].chars().take_while(|c| *c == ' ').count());
    let (name, rest) = text.split_at(start);
    let lines = wrap(rest, width.saturating_sub(start).max(1)).into_iter().enumerate();
    lines
        .map(
            |(at, line)| {
                if at == 0 { format!("{name}{line}") } else { format!("{:start$}{line}", "") }
            },
        )
        .collect()
}
