//! Values of metrics and segments as the screens write them.

use chrono::{DateTime, Utc};

use super::pen::Pen;
use crate::app::listing::Freshness;
use crate::app::state::State;
use crate::domain::message::Message;
use crate::domain::metric::Value;
use crate::domain::money::{Currency, Minor};
use crate::domain::percent::{signed, signed_percent};
use crate::domain::rule::{Called, Word, known_called};
use crate::domain::segment::bin::Bin;
use crate::msg;
use crate::text::{Lang, label, number};

/// The bank's money, or yuan before the bank is known: nothing with money is on screen then.
pub(super) fn currency(state: &State) -> Option<Currency> {
    state.session.bank.as_ref().map(|bank| bank.currency)
}

/// What something is called, or else its code.
pub(super) fn called(pen: Pen<'_>, called: &Called, code: &str) -> String {
    match called {
        Called::Nothing => code.to_owned(),
        Called::Key(key) => pen.say(*key),
        Called::Names(zh, en) => label(zh, en, pen.lang).to_owned(),
        Called::Said(said) => pen.say(said.clone()),
    }
}

/// A kind of event as the bank calls it, and what people call it where the catalogue knows the word.
pub(super) fn event(pen: Pen<'_>, code: &str) -> String {
    valued(pen, code, &known_called(Word::Event, code))
}

/// An asset class in words, where the catalogue knows it.
pub(super) fn class(pen: Pen<'_>, code: &str) -> String {
    called(pen, &known_called(Word::Class, code), code)
}

/// A value as the records have it, and what people call it where that is more: `C1 Conservative`.
pub(super) fn valued(pen: Pen<'_>, code: &str, called: &Called) -> String {
    let name = self::called(pen, called, code);
    if name == code { name } else { format!("{code} {name}") }
}

/// A bin of an axis in words: a value with what people call it, a range by its ends.
pub(super) fn bin(pen: Pen<'_>, bin: &Bin, called: &Called) -> String {
    let say = |key| pen.say(Message::new(key));
    match bin {
        Bin::Unknown => say(msg!("console.rule.unknown")),
        Bin::Flag(true) => say(msg!("console.rule.yes")),
        Bin::Flag(false) => say(msg!("console.rule.no")),
        Bin::Value(value) => valued(pen, value, called),
        Bin::Range { from: None, below: Some(below) } => {
            pen.say(Message::new(msg!("console.rule.below")).with("below", end(below)))
        }
        Bin::Range { from: Some(from), below: None } => {
            pen.say(Message::new(msg!("console.rule.from")).with("from", end(from)))
        }
        Bin::Range { from: Some(from), below: Some(below) } => {
            format!("{} .. {}", end(from), end(below))
        }
        Bin::Range { from: None, below: None } => bin.label(),
    }
}

/// An end of a range: numbers in groups of three, days as they are.
fn end(text: &str) -> String {
    let (whole, rest) = text.split_once('.').map_or((text, None), |(w, rest)| (w, Some(rest)));
    match (whole.parse(), rest) {
        (Ok(whole), None) => number::count(whole),
        (Ok(whole), Some(rest)) if !text.starts_with('-') => {
            format!("{}.{rest}", number::count(whole))
        }
        _ => text.to_owned(),
    }
}

/// Money for a list.
pub(super) fn money(pen: Pen<'_>, state: &State, amount: Minor) -> String {
    match currency(state) {
        Some(currency) => number::money_short(amount, currency, pen.lang),
        None => number::count(amount.0),
    }
}

/// A metric's value for a list.
pub(super) fn value(pen: Pen<'_>, state: &State, value: Value, is_money: bool) -> String {
    match value {
        _ if is_money => money(pen, state, Minor(value.rounded())),
        Value::Whole(count) => number::count_short(count, pen.lang),
        Value::Number(number) => format!("{number:.3}"),
    }
}

/// Money that something is held against: in the short form, or in full where that would round it.
pub(super) fn money_bound(pen: Pen<'_>, state: &State, amount: Minor) -> String {
    let Some(currency) = currency(state) else { return amount.0.to_string() };
    let scale = currency.scale();
    // One digit behind 万, behind 亿, and none behind the point.
    let step = match (pen.lang, amount.0.unsigned_abs() / scale.unsigned_abs()) {
        (Lang::En, _) | (Lang::ZhCn, ..10_000) => scale,
        (Lang::ZhCn, 10_000..100_000_000) => scale * 1_000,
        (Lang::ZhCn, _) => scale * 10_000_000,
    };
    if amount.0 % step == 0 {
        money(pen, state, amount)
    } else {
        number::money_exact(amount, currency)
    }
}

/// A change of a metric's value for a list, with its sign.
pub(super) fn change(pen: Pen<'_>, state: &State, value: Value, is_money: bool) -> String {
    match (value, currency(state)) {
        (_, Some(currency)) if is_money => {
            number::money_change(Minor(value.rounded()), currency, pen.lang)
        }
        (Value::Number(number), _) => signed(number, 3),
        (Value::Whole(count), _) => number::count_change(count, pen.lang),
    }
}

/// A part of a change from `whole` for a list, with its sign: what a factor did to a count is no whole number.
pub(super) fn part(
    pen: Pen<'_>,
    state: &State,
    part: Value,
    whole: Value,
    is_money: bool,
) -> String {
    match (part, whole) {
        (Value::Number(number), Value::Whole(_)) if !is_money && number.abs() < 10_000.0 => {
            signed(number, 1)
        }
        (Value::Number(_), Value::Whole(_)) => {
            change(pen, state, Value::Whole(part.rounded()), is_money)
        }
        _ => change(pen, state, part, is_money),
    }
}

/// A share as a signed percentage: `-1.8 %`.
pub(super) fn share(share: f64) -> String {
    signed_percent(share)
}

/// A moment in the bank's time zone.
pub(super) fn moment(state: &State, at: DateTime<Utc>) -> String {
    match &state.session.bank {
        Some(bank) => number::moment(&at.with_timezone(&bank.timezone)),
        None => number::moment(&at),
    }
}

/// As of when data are: the bank's day, and if they are stale, since when nothing newer has come.
pub(super) fn as_of(pen: Pen<'_>, state: &State, freshness: Freshness) -> (String, bool) {
    match freshness {
        Freshness::Unknown => (String::new(), false),
        Freshness::Fresh(day, _) => (number::date(day), false),
        Freshness::Stale(day, at) => {
            let at = moment(state, at);
            let said = Message::new(msg!("console.stale")).with("day", day).with("at", at);
            (pen.say(said), true)
        }
    }
}
