//! What the bank has decided for all strategies: one number each, set by its administrators.

use super::decimal::share_ppm;
use super::message::{Arg, Key, Message};
use super::money::{Currency, Minor};
use crate::msg;

/// How the number of a policy is written and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number: customers, days, contacts.
    Count,
    /// A share, kept in parts per million: `0.10` or `10 %`.
    Share,
    /// Money, kept in minor units and written in major ones.
    Money,
    /// A time of day, kept in minutes after midnight: `09:00`, up to `24:00`.
    Clock,
}

/// A policy that this Baton knows.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// Its word in commands and in the database.
    pub key: &'static str,
    /// How its number is written.
    pub kind: Kind,
    /// What it decides.
    pub title: Key,
}

const fn known(key: &'static str, kind: Kind, title: Key) -> Known {
    Known { key, kind, title }
}

/// Those that this Baton knows; the database may hold more, which are plain numbers then.
pub const KNOWN: &[Known] = &[
    known("office_from", Kind::Clock, msg!("policy.key.office-from")),
    known("office_to", Kind::Clock, msg!("policy.key.office-to")),
    known("quiet_from", Kind::Clock, msg!("policy.key.quiet-from")),
    known("quiet_to", Kind::Clock, msg!("policy.key.quiet-to")),
    known("cap_contacts", Kind::Count, msg!("policy.key.cap-contacts")),
    known("cap_days", Kind::Count, msg!("policy.key.cap-days")),
    known("complaint_days", Kind::Count, msg!("policy.key.complaint-days")),
    known("consent_needed", Kind::Count, msg!("policy.key.consent-needed")),
    known("risk_needed", Kind::Count, msg!("policy.key.risk-needed")),
    known("holdout_ppm", Kind::Share, msg!("policy.key.holdout-ppm")),
    known("holdout_seed", Kind::Count, msg!("policy.key.holdout-seed")),
    known("delivery_quiet", Kind::Count, msg!("policy.key.delivery-quiet")),
    known("two_levels_from_customers", Kind::Count, msg!("policy.key.two-levels-customers")),
    known("two_levels_from_cost", Kind::Money, msg!("policy.key.two-levels-cost")),
    known("sign_hours", Kind::Count, msg!("policy.key.sign-hours")),
    known("drift_ppm", Kind::Share, msg!("policy.key.drift-ppm")),
    known("rm_tasks_per_day", Kind::Count, msg!("policy.key.rm-tasks")),
    known("outcome_message_days", Kind::Count, msg!("policy.key.outcome-message-days")),
    known("board_contact_days", Kind::Count, msg!("policy.key.board-contact-days")),
];

/// One policy as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRow {
    /// Its word, clean.
    pub key: String,
    /// Its number; none means that the bank has set no limit.
    pub value: Option<i64>,
    /// The least that it may be.
    pub low: i64,
    /// The most.
    pub high: i64,
    /// Who has set it, clean; the schema's owner for one that nobody has touched.
    pub set_by: String,
    /// When, in the bank's time zone.
    pub set_at: chrono::NaiveDateTime,
}

/// What is known of the policy of that word.
#[must_use]
pub fn find(key: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.key == key)
}

/// How the number of that policy is written.
#[must_use]
pub fn kind(key: &str) -> Kind {
    find(key).map_or(Kind::Count, |known| known.kind)
}

/// What that policy decides, in the operator's language; the word itself for one that this Baton does not know.
#[must_use]
pub fn title(key: &str) -> Arg {
    find(key).map_or_else(|| key.into(), |known| known.title.into())
}

/// Reads a number as people write it for that policy; `None` if it is none.
#[must_use]
pub fn parse(kind: Kind, text: &str, currency: Currency) -> Option<i64> {
    let text = text.trim();
    match kind {
        Kind::Count => text.parse().ok(),
        Kind::Share => share_ppm(text).map(i64::from),
        Kind::Money => currency.parse(text).ok().map(|minor| minor.0),
        Kind::Clock => clock(text),
    }
}

fn clock(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |part: &str| {
        part.len() <= 2 && !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())
    };
    if !digits(hours) || !digits(minutes) {
        return None;
    }
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let at = hours * 60 + minutes;
    (minutes < 60 && at <= 24 * 60).then_some(at)
}

/// A number as people read it; nothing set is a word of its own.
#[must_use]
pub fn shown(kind: Kind, value: Option<i64>, currency: Currency) -> Arg {
    let Some(value) = value else { return msg!("policy.none").into() };
    match kind {
        Kind::Count => value.into(),
        Kind::Share => share(value).into(),
        Kind::Money => Arg::Money(Minor(value), currency),
        Kind::Clock => format!("{:02}:{:02}", value / 60, value % 60).into(),
    }
}

fn share(ppm: i64) -> String {
    let (whole, parts) = (ppm / 1_000_000, ppm % 1_000_000);
    let parts = format!("{parts:06}");
    format!("{whole}.{:0<2}", parts.trim_end_matches('0'))
}

/// The sentence for a number that cannot be read.
#[must_use]
pub fn unreadable(key: &str, text: &str) -> Message {
    let like = match kind(key) {
        Kind::Count => "1000",
        Kind::Share => "0.10",
        Kind::Money => "500000.00",
        Kind::Clock => "09:00",
    };
    Message::new(msg!("policy.unreadable"))
        .with("key", key)
        .with("value", super::clean::clean(text).into_owned())
        .with("like", like)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_time_of_day_is_minutes_after_midnight() {
        for (text, minutes) in [("09:00", 540), ("9:05", 545), ("0:00", 0), ("24:00", 1440)] {
            assert_eq!(parse(Kind::Clock, text, Currency::CNY), Some(minutes), "{text}");
        }
        for text in ["", "9", "9:60", "24:01", "-1:00", "9:0x", "009:00", ":30"] {
            assert_eq!(parse(Kind::Clock, text, Currency::CNY), None, "{text}");
        }
    }

    #[test]
    fn money_is_written_in_major_units_and_kept_in_minor_ones() {
        assert_eq!(parse(Kind::Money, "500000.00", Currency::CNY), Some(50_000_000));
        assert_eq!(parse(Kind::Money, "0.001", Currency::CNY), None);
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_as_itself(value in 0_i64..=1440) {
            for kind in [Kind::Clock, Kind::Share, Kind::Count] {
                let text = match shown(kind, Some(value), Currency::CNY) {
                    Arg::Text(text) => text,
                    Arg::Count(count) => count.to_string(),
                    other => panic!("{other:?}"),
                };
                prop_assert_eq!(parse(kind, &text, Currency::CNY), Some(value), "{}", text);
            }
        }
    }
}
