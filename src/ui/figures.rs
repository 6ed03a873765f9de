//! Values of metrics and segments as the screens write them.

use chrono::{DateTime, Utc};

use super::pen::Pen;
use crate::app::listing::Freshness;
use crate::app::state::State;
use crate::domain::message::Message;
use crate::domain::metric::Value;
use crate::domain::money::{Currency, Minor};
use crate::domain::rule::Called;
use crate::msg;
use crate::text::{label, number};

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

/// A change of a metric's value for a list, with its sign.
pub(super) fn change(pen: Pen<'_>, state: &State, value: Value, is_money: bool) -> String {
    match (value, currency(state)) {
        (_, Some(currency)) if is_money => {
            number::money_change(Minor(value.rounded()), currency, pen.lang)
        }
        (Value::Number(number), _) => format!("{number:+.3}"),
        (Value::Whole(count), _) => number::count_change(count, pen.lang),
    }
}

/// A share as a signed percentage: `-1.8 %`.
pub(super) fn share(share: f64) -> String {
    let percent = share * 100.0;
    if percent.abs() < 0.05 { "0.0 %".to_owned() } else { format!("{percent:+.1} %") }
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
