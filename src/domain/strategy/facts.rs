//! What stands beside a strategy's text, as names and values: who has approved it, who sent it back or paused it and why,
//! and its money with what that assumes. Screens and commands show the same.

use super::life::{Given, Said};
use super::money::Forecast;
use super::{StrategyRow, StrategyState};
use crate::domain::benefit::Supply;
use crate::domain::draw::control_of;
use crate::domain::message::{Arg, Key, Message};
use crate::domain::money::{Currency, Minor};
use crate::domain::push::{Detectable, Drawn};
use crate::msg;

/// The forecast of a version with the size of its newest list; none if it says nothing of money.
#[must_use]
pub fn forecast(row: &StrategyRow) -> Option<Forecast> {
    Forecast::of(&row.text, row.life.listed.map(|listed| listed.customers))
}

/// How many benefits a version needs for its newest list, and how many there are; none if it limits nothing.
#[must_use]
pub fn supply(row: &StrategyRow) -> Option<Supply> {
    Supply::of(&row.text, row.life.listed.map(|listed| listed.customers))
}

/// What the control group of a version could show if its newest list were drawn in one piece, and how many would be in it;
/// none if its segment was never frozen.
#[must_use]
pub fn detectable(row: &StrategyRow) -> Option<(Detectable, i64)> {
    let customers = row.life.listed?.customers;
    let control = control_of(row.text.control_ppm, customers);
    let body = &row.text.body;
    let found = Detectable::of(body.budget.as_ref(), customers - control, control);
    let by_branch = body.is_by_branch();
    Some((if by_branch { found.by_branch(Drawn::SomeBranches) } else { found }, control))
}

/// The same as a sentence.
#[must_use]
pub fn shows(row: &StrategyRow) -> Message {
    match detectable(row) {
        Some((found, control)) => found.said(control),
        None if row.text.control_ppm == 0 => msg!("push.mde.none").into(),
        None => Message::new(msg!("push.mde.unknown")).with("segment", row.text.segment.as_str()),
    }
}

/// Everything beside the text, in the order that it is read.
#[must_use]
pub fn facts(row: &StrategyRow, currency: Currency) -> Vec<(Key, Arg)> {
    let mut facts = life(row);
    if row.version > 1 {
        facts.push((msg!("life.fact.script-version"), row.script_version.into()));
    }
    facts.push((msg!("life.fact.mde"), shows(row).into()));
    let body = &row.text.body;
    if body.success.is_none() {
        facts.push((msg!("life.fact.success"), Message::new(msg!("life.no-success")).into()));
    }
    if body.has_idle_channels() {
        facts.push((msg!("life.fact.channels"), Message::new(msg!("life.idle-channels")).into()));
    }
    if let Some(supply) = supply(row) {
        facts.push((msg!("life.fact.benefits"), supply.said().into()));
    }
    if let Some(forecast) = forecast(row) {
        if let Some(listed) = row.life.listed {
            facts.push((msg!("life.fact.listed"), listed.on.into()));
        }
        facts.extend(money(&forecast, currency));
    }
    facts
}

fn life(row: &StrategyRow) -> Vec<(Key, Arg)> {
    let mut facts = vec![];
    let life = &row.life;
    if life.levels > 1 || !life.given.is_empty() {
        facts.push((msg!("life.fact.levels"), levels(row).into()));
    }
    facts.extend(life.given.iter().map(|given| (msg!("life.fact.given"), given_by(given))));
    let said =
        [(msg!("life.fact.sent-back"), &life.sent_back), (msg!("life.fact.paused"), &life.paused)];
    facts.extend(said.into_iter().filter_map(|(key, said)| Some((key, said_so(said.as_ref()?)))));
    facts
}

/// How many have approved it, of how many. One that was approved lawfully is whole, whatever the bank asks for since; where a push may still
/// come, what it asks for by now is said.
fn levels(row: &StrategyRow) -> Message {
    let life = &row.life;
    let given = life.given.len();
    let (key, levels) = match row.state {
        _ if row.approver.is_none() => (msg!("life.levels-fact"), life.levels.max(given)),
        StrategyState::Approved | StrategyState::Live | StrategyState::Paused
            if life.wants_more() =>
        {
            (msg!("life.levels-grown"), life.levels)
        }
        _ => (msg!("life.levels-fact"), given),
    };
    Message::new(key).with("given", given).with("levels", levels)
}

/// Who has given an approval, and in whose name.
#[must_use]
pub fn given_by(given: &Given) -> Arg {
    by(&given.approver, given.stands_for.as_deref())
}

fn by(who: &str, stands_for: Option<&str>) -> Arg {
    match stands_for {
        None => who.into(),
        Some(name) => {
            Message::new(msg!("life.given-for")).with("approver", who).with("name", name).into()
        }
    }
}

fn said_so(said: &Said) -> Arg {
    Message::new(msg!("life.said"))
        .with("by", by(&said.by, said.stands_for.as_deref()))
        .with("at", said.at.format("%Y-%m-%d %H:%M").to_string())
        .with("why", said.why.as_str())
        .into()
}

/// A share in parts per million as a percentage with all its decimals, at least one: `12.0 %`, `0.01 %`.
#[must_use]
pub fn percent(ppm: u32) -> String {
    let decimals = format!("{:04}", ppm % 10_000);
    format!("{}.{:0<1} %", ppm / 10_000, decimals.trim_end_matches('0'))
}

fn money(forecast: &Forecast, currency: Currency) -> Vec<(Key, Arg)> {
    let amount = |minor: Option<Minor>| minor.map(|minor| Arg::Money(minor, currency));
    let count = |n: Option<i64>| n.map(Arg::from);
    let share = |ppm: Option<u32>| ppm.map(|ppm| Arg::from(percent(ppm)));
    let over = forecast.is_over().then(|| Arg::from(msg!("life.over-budget")));
    let all = [
        (msg!("life.fact.customers"), count(forecast.customers)),
        (msg!("life.fact.treated"), count(forecast.treated)),
        (msg!("life.fact.price"), amount(forecast.price)),
        (msg!("life.fact.cost"), amount(forecast.cost)),
        (msg!("life.fact.cap"), amount(forecast.cap)),
        (msg!("life.fact.paid-for"), count(forecast.paid_for)),
        (msg!("life.fact.over"), over),
        (msg!("life.fact.expected"), share(forecast.expected_ppm)),
        (msg!("life.fact.base"), share(forecast.base_ppm)),
        (msg!("life.fact.value"), amount(forecast.value)),
        (msg!("life.fact.conversions"), count(forecast.conversions)),
        (msg!("life.fact.extra"), count(forecast.extra)),
        (msg!("life.fact.gain"), amount(forecast.gain)),
        (msg!("life.fact.net"), amount(forecast.net)),
    ];
    all.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// One sentence of the money, for who is asked to bind himself; none if the text says nothing of it.
#[must_use]
pub fn money_in_short(row: &StrategyRow, currency: Currency) -> Option<Message> {
    let forecast = forecast(row)?;
    let amount = |minor: Option<Minor>| match minor {
        Some(minor) => Arg::Money(minor, currency),
        None => msg!("life.unknown").into(),
    };
    let key =
        if forecast.is_over() { msg!("life.money-over") } else { msg!("life.money-in-short") };
    Some(
        Message::new(key)
            .with("cost", amount(forecast.cost))
            .with("cap", amount(forecast.cap))
            .with("net", amount(forecast.net)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_shows_all_its_decimals() {
        for (ppm, text) in [
            (0, "0.0 %"),
            (120_000, "12.0 %"),
            (1_000_000, "100.0 %"),
            (1, "0.0001 %"),
            (65_500, "6.55 %"),
        ] {
            assert_eq!(percent(ppm), text);
        }
    }
}
