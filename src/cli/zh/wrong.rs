//! What is wrong with a command line, in Chinese: clap's findings in sentences of our own.

use std::error::Error as _;
use std::fmt::Write as _;
use std::num::{ParseFloatError, ParseIntError};

use clap::builder::styling::Style;
use clap::builder::{StyledStr, Styles};
use clap::error::{ContextKind, ContextValue, ErrorFormatter, ErrorKind};

use super::page::usage;
use crate::domain::clean::clean;
use crate::text::catalogue::commands;

/// Says an error of clap in Chinese. Help and versions pass as they are.
#[derive(Debug)]
pub(super) struct Chinese;

/// An error that is said in Chinese.
pub(super) type Wrong = clap::error::Error<Chinese>;

impl ErrorFormatter for Chinese {
    fn format_error(error: &Wrong) -> StyledStr {
        let styles = Styles::styled();
        let red = styles.get_error();
        let mut text = format!("{red}{}{red:#}", say("error", &[]));
        text += &sentence(error);
        let tips = tips(error);
        if !tips.is_empty() {
            text.push('\n');
        }
        let green = styles.get_valid();
        for tip in tips {
            write!(text, "\n  {green}{}{green:#}{tip}", say("tip", &[])).ok();
        }
        if let Some(ContextValue::StyledStr(line)) = error.get(ContextKind::Usage) {
            write!(text, "\n\n{}", usage(&line.ansi().to_string())).ok();
        }
        writeln!(text, "\n\n{}", say("more", &[])).ok();
        text.into()
    }
}

fn say(key: &str, given: &[(&str, &str)]) -> String {
    commands::said("error", key, given)
}

/// What stands on the line or may stand there, in its colour.
fn shown(text: &str, style: &Style) -> String {
    format!("{style}{}{style:#}", clean(text))
}

fn wrong(text: &str) -> String {
    shown(text, Styles::styled().get_invalid())
}

fn right(text: &str) -> String {
    shown(text, Styles::styled().get_valid())
}

/// A piece of what clap found, as text.
fn found(error: &Wrong, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// The same where it is several, or may be.
fn several(error: &Wrong, kind: ContextKind) -> Vec<&str> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text],
        Some(ContextValue::Strings(texts)) => texts.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

fn sentence(error: &Wrong) -> String {
    let arg = found(error, ContextKind::InvalidArg);
    let value = found(error, ContextKind::InvalidValue);
    let command = found(error, ContextKind::InvalidSubcommand);
    let [name, value_shown, command] = [&arg, &value, &command].map(|text| wrong(text));
    let given = found(error, ContextKind::ActualNumValues);
    let numbers = |wanted| {
        [("arg", name.clone()), ("wanted", found(error, wanted)), ("given", given.clone())]
    };
    match error.kind() {
        ErrorKind::UnknownArgument if arg.starts_with('-') => {
            say("unknown-option", &[("arg", &name)])
        }
        ErrorKind::UnknownArgument => say("one-too-many", &[("arg", &name)]),
        ErrorKind::InvalidSubcommand => say("unknown-command", &[("arg", &command)]),
        ErrorKind::MissingSubcommand => {
            say("missing-command", &[("arg", &command)])
                + &values(error, ContextKind::ValidSubcommand, "commands-are")
        }
        ErrorKind::MissingRequiredArgument => {
            say("missing", &[]) + &below(&several(error, ContextKind::InvalidArg), right)
        }
        ErrorKind::ArgumentConflict => {
            let name = if arg.is_empty() { command } else { name };
            match several(error, ContextKind::PriorArg).as_slice() {
                [other] if *other == arg => say("twice", &[("arg", &name)]),
                [other] => say("conflict", &[("arg", &name), ("other", &wrong(other))]),
                others => say("conflicts", &[("arg", &name)]) + &below(others, wrong),
            }
        }
        ErrorKind::NoEquals => say("no-equals", &[("arg", &name)]),
        ErrorKind::InvalidValue if value.is_empty() => {
            say("no-value", &[("arg", &name)])
                + &values(error, ContextKind::ValidValue, "values-are")
        }
        ErrorKind::InvalidValue => {
            say("bad-value", &[("arg", &name), ("value", &value_shown)])
                + &values(error, ContextKind::ValidValue, "values-are")
        }
        ErrorKind::ValueValidation => {
            let why = error.source().map(why).unwrap_or_default();
            say("bad-value-for", &[("arg", &name), ("value", &value_shown), ("why", &why)])
        }
        ErrorKind::TooManyValues => say("too-many", &[("arg", &name), ("value", &value_shown)]),
        ErrorKind::TooFewValues => filled("too-few", &numbers(ContextKind::MinValues)),
        ErrorKind::WrongNumberOfValues => {
            filled("wrong-number", &numbers(ContextKind::ExpectedNumValues))
        }
        ErrorKind::InvalidUtf8 => say("not-text", &[]),
        _ => say("unreadable", &[]),
    }
}

fn filled(key: &str, given: &[(&str, String)]) -> String {
    say(key, &given.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>())
}

/// Each in a line of its own.
fn below(names: &[&str], colour: fn(&str) -> String) -> String {
    names.iter().flat_map(|name| ["\n  ".to_owned(), colour(name)]).collect()
}

/// The values or commands that would do, if they are known.
fn values(error: &Wrong, kind: ContextKind, key: &str) -> String {
    let known: Vec<String> = several(error, kind).into_iter().map(right).collect();
    if known.is_empty() {
        return String::new();
    }
    format!("\n  {}", commands::said("heading", key, &[("values", &known.join(", "))]))
}

/// Why a value was refused. What the program's own readers say is found by its English; what is not known there is said
/// as it is, and a test that gives each argument nonsense finds it first.
pub(super) fn why(source: &(dyn std::error::Error + 'static)) -> String {
    let key = if source.is::<chrono::ParseError>() {
        "date"
    } else if source.is::<ParseIntError>() {
        "whole"
    } else if source.is::<ParseFloatError>() {
        "number"
    } else {
        let text = source.to_string();
        let range = text.split_once(" is not in ").and_then(|(_, range)| range.split_once("..="));
        return match range {
            Some((low, high)) => {
                commands::said("value", "between", &[("low", low), ("high", high)])
            }
            None => commands::said("value", &text, &[]),
        };
    };
    commands::said("value", key, &[])
}

/// What may have been meant.
fn tips(error: &Wrong) -> Vec<String> {
    let kinds =
        [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    let meant = kinds.into_iter().filter_map(|kind| {
        let names: Vec<String> = several(error, kind).into_iter().map(right).collect();
        (!names.is_empty()).then(|| say("meant", &[("meant", &names.join(&say("or", &[])))]))
    });
    let phrases = match error.get(ContextKind::Suggested) {
        Some(ContextValue::StyledStrs(phrases)) => phrases.as_slice(),
        _ => &[],
    };
    meant.chain(phrases.iter().filter_map(|phrase| tip(&phrase.to_string()))).collect()
}

/// A phrase that clap gives ready-made; what it is about stands between quotes.
fn tip(phrase: &str) -> Option<String> {
    let mut quoted = phrase.split('\'').skip(1).step_by(2);
    let first = right(quoted.next()?);
    if phrase.starts_with("to pass") {
        return Some(say("as-value", &[("arg", &first), ("value", &right(quoted.next()?))]));
    }
    let key = if phrase.starts_with("subcommand") { "without-dashes" } else { "elsewhere" };
    Some(say(key, &[("arg", &first)]))
}
