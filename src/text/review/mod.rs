//! A review in words: the sentence at its top, its figures as lines, and the report for the file.

mod lines;
mod methods;
mod report;

pub use lines::{Figure, Line, Plain, Section, lines};
pub use methods::methods;
pub use report::{markdown, plain};

use super::{Lang, number, render};
use crate::domain::message::{Key, Message};
use crate::domain::money::{Currency, Minor};
use crate::domain::percent::{signed, unsigned};
use crate::domain::review::matched::NoMatch;
use crate::domain::review::{Closed, Effect, Note, Review, Standing, StepName, Verdict};
use crate::msg;

/// What is shown of a share that is an estimate: `+3.1 pp`.
#[must_use]
pub fn points(share: f64) -> String {
    number::points(millionths(share))
}

/// A share: `8.1 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    number::percent(millionths(share), 1_000_000).unwrap_or_default()
}

/// A relative change: `+62.0 %`.
fn relative(share: f64) -> String {
    let shown = percent(share);
    if share > 0.0 { unsigned(format!("+{shown}")) } else { shown }
}

/// A relative change with as many decimals as its limits need to be told apart: `+0.021 %` between `+0.004 %` and `+0.038 %`, where one
/// decimal would say nothing of all three.
fn relative_within(value: f64, (lower, upper): (f64, f64)) -> String {
    // Two digits of how far the limits are apart; where they are one, of the number itself.
    let apart = (upper - lower).abs();
    let of = 100.0 * if apart > 0.0 { apart } else { value.abs() };
    let least = [(1, 1.0), (2, 0.1), (3, 0.01), (4, 0.001), (5, 0.000_1)];
    let digits = least.into_iter().find(|(_, least)| of >= *least).map_or(6, |(digits, _)| digits);
    let digits = if of > 0.0 { digits } else { 1 };
    format!("{} %", signed(value * 100.0, digits))
}

/// A probability: three decimals, and no false zero.
#[must_use]
pub fn chance(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") }
}

/// An estimate in whole steps of `1 / scale`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float beyond an i64 becomes the largest one"
)]
fn steps(value: f64, scale: f64) -> i64 {
    (value * scale).round() as i64
}

fn millionths(share: f64) -> i64 {
    steps(share, 1_000_000.0)
}

/// A mean or a difference of balances, money in minor units.
fn amount(value: f64, money: bool, currency: Currency, lang: Lang) -> String {
    if money {
        number::money_short(Minor(steps(value, 1.0)), currency, lang)
    } else {
        unsigned(format!("{value:.2}"))
    }
}

fn change(value: f64, money: bool, currency: Currency, lang: Lang) -> String {
    if money {
        number::money_change(Minor(steps(value, 1.0)), currency, lang)
    } else {
        signed(value, 2)
    }
}

/// A verdict in the operator's language.
#[must_use]
pub fn verdict_name(verdict: Verdict) -> Key {
    match verdict {
        Verdict::Expand => msg!("review.verdict.expand"),
        Verdict::Adjust => msg!("review.verdict.adjust"),
        Verdict::Stop => msg!("review.verdict.stop"),
    }
}

/// A verdict that was given, with what it was given in spite of.
#[must_use]
pub fn verdict_given(closed: &Closed) -> Message {
    let mut said: Message = verdict_name(closed.verdict).into();
    if closed.unmeasured {
        said = Message::new(msg!("review.verdict.unmeasured")).with("verdict", said);
    }
    if closed.small {
        said = Message::new(msg!("review.verdict.small")).with("verdict", said);
    }
    if closed.despite.is_empty() {
        return said;
    }
    let despite = Message::new(msg!("review.verdict.despite")).with("verdict", said);
    despite.with("names", Message::list(&closed.despite))
}

/// A step of the funnel in the operator's language.
#[must_use]
pub fn step_name(step: StepName) -> Key {
    match step {
        StepName::Listed => msg!("review.step.listed"),
        StepName::Treated => msg!("review.step.treated"),
        StepName::Signed => msg!("review.step.signed"),
        StepName::Reached => msg!("review.step.reached"),
        StepName::Interested => msg!("review.step.interested"),
        StepName::Sold => msg!("review.step.sold"),
    }
}

/// What is reviewed: `#1 ST-014 v1 name`.
#[must_use]
pub fn subject(review: &Review) -> Message {
    match (review.push, review.wave) {
        (Some(push), _) => Message::new(msg!("review.subject.push"))
            .with("push", push.to_string())
            .with("strategy", review.strategy.as_str())
            .with("version", review.version)
            .with("name", review.name.as_str()),
        (None, Some(wave)) => Message::new(msg!("review.subject.wave"))
            .with("strategy", review.strategy.as_str())
            .with("name", review.name.as_str())
            .with("wave", wave)
            .with("pushes", review.pushes.len()),
        (None, None) => Message::new(msg!("review.subject.strategy"))
            .with("strategy", review.strategy.as_str())
            .with("name", review.name.as_str())
            .with("pushes", review.pushes.len()),
    }
}

/// The sentence at the top: what came of it, or why nothing can be said.
#[must_use]
pub fn sentence(review: &Review, currency: Currency, lang: Lang) -> String {
    let said = render(&conclusion(review, currency, lang), lang) + &broken(review, lang);
    if review.standing == Standing::Early {
        let early = Message::new(msg!("review.sentence.early")).with("due", review.days.due);
        return render(&early, lang) + &said;
    }
    said
}

/// Which guards are broken, behind what came of it; nothing where all are kept.
fn broken(review: &Review, lang: Lang) -> String {
    let names = review.broken();
    if names.is_empty() {
        return String::new();
    }
    let names = names.join(if lang == Lang::ZhCn { "、" } else { ", " });
    render(&Message::new(msg!("review.sentence.broken")).with("names", names), lang)
}

fn conclusion(review: &Review, currency: Currency, lang: Lang) -> Message {
    if let Some(srm) = review.srm.filter(|srm| srm.p < 0.001) {
        return Message::new(msg!("review.sentence.mismatch")).with("p", format!("{:.1e}", srm.p));
    }
    if let Some(end) = review.records_end().filter(|_| nothing_converted(review)) {
        return unmeasured(end);
    }
    if review.is_part() && review.arms.control.n == 0 {
        return Message::new(msg!("review.sentence.part"))
            .with("customers", whole(review.arms.treated.n));
    }
    let by_branch = by_branch(review);
    if let (Some((treated, control)), None, true) =
        (by_branch, review.itt, review.arms.control.converted.is_some())
    {
        return Message::new(msg!("review.sentence.few-branches"))
            .with("treated", whole(treated))
            .with("control", whole(control));
    }
    if let (Some((some, alone)), Some(itt)) = (by_branch, review.itt) {
        return Message::new(msg!("review.sentence.by-branch"))
            .with("treated", whole(some))
            .with("control", whole(alone))
            .with("effect", points(itt.estimate))
            .with("lower", points(itt.lower))
            .with("upper", points(itt.upper))
            .with("said", said_of(itt, review.standing == Standing::Early));
    }
    if let Some(itt) = review.itt {
        let (treated, control) = review.shares();
        return compared(itt, review.standing == Standing::Early)
            .with("treated", percent(treated.unwrap_or_default()))
            .with("control", percent(control.unwrap_or_default()))
            .with("effect", points(itt.estimate))
            .with("lower", points(itt.lower))
            .with("upper", points(itt.upper));
    }
    if let Some(pair) = review.before_after {
        let share = |hit: u64| {
            let hit = i64::try_from(hit).unwrap_or(i64::MAX);
            number::percent(hit, i64::try_from(pair.n).unwrap_or(i64::MAX)).unwrap_or_default()
        };
        return Message::new(msg!("review.sentence.no-control"))
            .with("before", share(pair.before))
            .with("after", share(pair.after));
    }
    if let Some((on, wanted)) = review.balance.as_ref().and_then(|b| Some((b.on, b.wanted?))) {
        return Message::new(msg!("review.sentence.unfilled"))
            .with("on", on)
            .with("wanted", wanted);
    }
    if let Some((balance, effect)) =
        review.balance.as_ref().and_then(|b| Some((b, b.cuped.or(b.raw)?)))
    {
        let shown = |value: f64| change(value, balance.money, currency, lang);
        return Message::new(msg!("review.sentence.no-rule"))
            .with("effect", shown(effect.estimate))
            .with("lower", shown(effect.lower))
            .with("upper", shown(effect.upper));
    }
    // Closed, nothing more will come.
    if matches!(review.standing, Standing::NoSuccess | Standing::Closed) && review.balance.is_none()
    {
        return msg!("review.sentence.no-success").into();
    }
    msg!("review.sentence.nothing").into()
}

/// Whether nobody was counted as having done what was declared.
fn nothing_converted(review: &Review) -> bool {
    review.arms.treated.converted.is_none()
}

/// How many branches had tasks and how many were left alone, where whole branches were drawn.
fn by_branch(review: &Review) -> Option<(u64, u64)> {
    review.notes.iter().find_map(|note| match note {
        Note::ByBranch { treated, control } => Some((*treated, *control)),
        _ => None,
    })
}

fn whole(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// What the limits say, in three words; before the planned day no word of a verdict.
fn said_of(itt: Effect, early: bool) -> Key {
    match (itt.lower > 0.0, itt.upper < 0.0, early) {
        (true, _, false) => msg!("review.said.up"),
        (true, _, true) => msg!("review.said.up-early"),
        (_, true, false) => msg!("review.said.down"),
        (_, true, true) => msg!("review.said.down-early"),
        _ => msg!("review.said.open"),
    }
}

fn compared(itt: Effect, early: bool) -> Message {
    Message::new(msg!("review.sentence.compared")).with("said", said_of(itt, early))
}

/// That nothing of the declared success is measured, since what it is asked of was not loaded.
fn unmeasured(end: &Note) -> Message {
    match end {
        Note::EventsUnfilled { on: Some(on), wanted } => {
            Message::new(msg!("review.sentence.events")).with("on", *on).with("wanted", *wanted)
        }
        Note::EventsUnfilled { on: None, wanted } => {
            Message::new(msg!("review.sentence.no-events")).with("wanted", *wanted)
        }
        other => Message::new(msg!("review.sentence.records")).with("ended", ended(other)),
    }
}

/// On which day records ended that should count up to a later one.
fn ended(end: &Note) -> Message {
    let (key, on, wanted) = match end {
        Note::HoldingsUnfilled { on: Some(on), wanted } => {
            (msg!("review.ended.holdings"), Some(*on), *wanted)
        }
        Note::HoldingsUnfilled { on: None, wanted } => {
            (msg!("review.ended.no-holdings"), None, *wanted)
        }
        Note::CustomersUnfilled { on, wanted } => (msg!("review.ended.customers"), *on, *wanted),
        Note::MartUnfilled { on: Some(on), wanted, .. } => {
            (msg!("review.ended.mart"), Some(*on), *wanted)
        }
        Note::MartUnfilled { on: None, wanted, .. } => (msg!("review.ended.no-day"), None, *wanted),
        _ => return Message::new(msg!("review.note.preliminary")),
    };
    let said = Message::new(key).with("wanted", wanted);
    let said = match on {
        Some(on) => said.with("on", on),
        None => said,
    };
    match end {
        Note::MartUnfilled { mart, .. } => said.with("mart", mart.as_str()),
        _ => said,
    }
}

/// What must be known of the figures, in a sentence.
#[must_use]
pub fn note(note: &Note, review: &Review) -> Message {
    match note {
        Note::Preliminary => Message::new(msg!("review.note.preliminary"))
            .with("until", review.days.measures_to)
            .with("to", review.days.measured_to),
        Note::WindowCut => msg!("review.note.window-cut").into(),
        Note::ReadsPresent => msg!("review.note.reads-present").into(),
        Note::NoHistory => msg!("review.note.no-history").into(),
        Note::BalanceUnfilled { on, wanted } => {
            Message::new(msg!("review.note.unfilled")).with("on", *on).with("wanted", *wanted)
        }
        Note::EventsUnfilled { on: Some(on), wanted } => {
            Message::new(msg!("review.note.events")).with("on", *on).with("wanted", *wanted)
        }
        Note::EventsUnfilled { on: None, wanted } => {
            Message::new(msg!("review.note.no-events")).with("wanted", *wanted)
        }
        Note::HoldingsUnfilled { .. }
        | Note::CustomersUnfilled { .. }
        | Note::MartUnfilled { .. } => {
            Message::new(msg!("review.note.records")).with("ended", ended(note))
        }
        Note::UnknownBalance { customers } => {
            Message::new(msg!("review.note.unknown-balance")).with("customers", *customers)
        }
        Note::Contaminated { customers } => {
            Message::new(msg!("review.note.contaminated")).with("customers", *customers)
        }
        Note::Scope { unit } => Message::new(msg!("review.note.scope")).with("unit", unit.as_str()),
        Note::QuasiExperimental { pairs, left_out } => {
            Message::new(msg!("review.note.quasi-experimental"))
                .with("pairs", *pairs)
                .with("left-out", *left_out)
        }
        Note::TrendsDiffer => msg!("review.note.trends-differ").into(),
        Note::NoMatch { why: NoMatch::NoHistory } => msg!("review.note.match-no-history").into(),
        Note::NoMatch { why: NoMatch::NobodyLeft } => msg!("review.note.match-nobody-left").into(),
        Note::NoMatch { why: NoMatch::NobodyAlike } => {
            msg!("review.note.match-nobody-alike").into()
        }
        Note::OtherDeclaration { pushes } => {
            Message::new(msg!("review.note.other-declaration")).with("pushes", *pushes)
        }
        Note::ByBranch { treated, control } => Message::new(msg!("review.note.by-branch"))
            .with("treated", whole(*treated))
            .with("control", whole(*control)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_that_are_close_have_the_digits_that_tell_them_apart() {
        let shown = |value, lower, upper| {
            [value, lower, upper].map(|one| relative_within(one, (lower, upper)))
        };
        assert_eq!(shown(0.05, -0.012, 0.112), ["+5.0 %", "-1.2 %", "+11.2 %"]);
        assert_eq!(shown(0.000_21, 0.000_04, 0.000_38), ["+0.021 %", "+0.004 %", "+0.038 %"]);
        assert_eq!(shown(0.0, -0.000_3, 0.000_3), ["0.000 %", "-0.030 %", "+0.030 %"]);
        assert_eq!(shown(0.0, 0.0, 0.0), ["0.0 %"; 3]);
        assert_eq!(shown(0.000_4, 0.000_4, 0.000_4), ["+0.040 %"; 3]);
    }
}
