//! Pausing and resuming by command, one strategy or all, and the money and the life of one as JSON and facts have them.

use serde::Serialize;
use serde_json::json;

use crate::cli::{Context, Failure, Table};
use crate::domain::message::{Arg, Key, Message};
use crate::domain::money::{Currency, Minor};
use crate::domain::strategy::StrategyRow;
use crate::domain::strategy::life::{Given, Said};
use crate::domain::strategy::money::Forecast;
use crate::msg;
use crate::store::{Session, life};
use crate::text::number;

/// Pauses or resumes all that may be, and says how many.
pub(super) async fn all(
    session: &mut Session,
    pause: bool,
    reason: &str,
    context: &Context,
) -> Result<(), Failure> {
    let n = if pause {
        life::pause_all(session, reason).await?
    } else {
        life::resume_all(session, reason).await?
    };
    context.output.result(&json!({ "strategies": n }), || {
        Table::facts([(msg!("life.fact.strategies"), n.into())])
    })
}

/// A word of approval as JSON has it.
#[derive(Serialize)]
pub(super) struct ShownGiven<'a> {
    approver: &'a str,
    stands_for: Option<&'a str>,
}

impl<'a> ShownGiven<'a> {
    pub(super) fn of(given: &'a Given) -> Self {
        Self { approver: &given.approver, stands_for: given.stands_for.as_deref() }
    }
}

/// What somebody did and said as JSON has it.
#[derive(Serialize)]
pub(super) struct ShownSaid<'a> {
    by: &'a str,
    why: &'a str,
    at: chrono::NaiveDateTime,
}

impl<'a> ShownSaid<'a> {
    pub(super) fn of(said: &'a Said) -> Self {
        Self { by: &said.by, why: &said.why, at: said.at }
    }
}

/// The money as JSON has it: amounts in minor units, shares in parts per million; null for what cannot be reckoned.
#[derive(Serialize)]
pub(super) struct ShownMoney {
    customers: Option<i64>,
    listed_on: Option<chrono::NaiveDate>,
    control: Option<i64>,
    treated: Option<i64>,
    benefit_cost: Option<Minor>,
    cost: Option<Minor>,
    cap: Option<Minor>,
    paid_for: Option<i64>,
    over: bool,
    expected_ppm: Option<u32>,
    base_ppm: Option<u32>,
    return_per_conversion: Option<Minor>,
    conversions: Option<i64>,
    extra: Option<i64>,
    gain: Option<Minor>,
    net: Option<Minor>,
}

/// The forecast of a version with the size of its newest list.
fn forecast(row: &StrategyRow) -> Option<Forecast> {
    Forecast::of(&row.text, row.life.listed.map(|listed| listed.customers))
}

impl ShownMoney {
    pub(super) fn of(row: &StrategyRow) -> Option<Self> {
        let over = forecast(row)?.is_over();
        let Forecast {
            customers,
            control,
            treated,
            price,
            cost,
            cap,
            paid_for,
            expected_ppm,
            base_ppm,
            value,
            conversions,
            extra,
            gain,
            net,
        } = forecast(row)?;
        let listed_on = row.life.listed.map(|listed| listed.on);
        Some(Self {
            customers,
            listed_on,
            control,
            treated,
            benefit_cost: price,
            cost,
            cap,
            paid_for,
            over,
            expected_ppm,
            base_ppm,
            return_per_conversion: value,
            conversions,
            extra,
            gain,
            net,
        })
    }
}

/// What stands beside the text: who has approved, who sent it back or paused it, and the money.
pub(super) fn facts(row: &StrategyRow, currency: Currency) -> Vec<(Key, Arg)> {
    let mut facts = vec![];
    let life = &row.life;
    if life.levels > 1 || !life.given.is_empty() {
        let levels = Message::new(msg!("life.levels-fact"))
            .with("given", life.given.len())
            .with("levels", life.levels.max(life.given.len()));
        facts.push((msg!("life.fact.levels"), levels.into()));
    }
    for given in &life.given {
        facts.push((msg!("life.fact.given"), given_by(given)));
    }
    let said =
        [(msg!("life.fact.sent-back"), &life.sent_back), (msg!("life.fact.paused"), &life.paused)];
    for (key, said) in said {
        if let Some(said) = said {
            facts.push((key, said_so(said).into()));
        }
    }
    if let Some(forecast) = forecast(row) {
        if let Some(listed) = life.listed {
            facts.push((msg!("life.fact.listed"), listed.on.into()));
        }
        facts.extend(money(&forecast, currency));
    }
    facts
}

fn given_by(given: &Given) -> Arg {
    match &given.stands_for {
        None => given.approver.as_str().into(),
        Some(name) => Message::new(msg!("life.given-for"))
            .with("approver", given.approver.as_str())
            .with("name", name.as_str())
            .into(),
    }
}

fn said_so(said: &Said) -> Message {
    Message::new(msg!("life.said"))
        .with("by", said.by.as_str())
        .with("at", said.at.format("%Y-%m-%d %H:%M").to_string())
        .with("why", said.why.as_str())
}

fn money(forecast: &Forecast, currency: Currency) -> Vec<(Key, Arg)> {
    let amount = |minor: Option<Minor>| minor.map(|minor| Arg::Money(minor, currency));
    let count = |n: Option<i64>| n.map(Arg::from);
    let ppm = |ppm: Option<u32>| {
        ppm.and_then(|ppm| number::percent(ppm.into(), 1_000_000)).map(Arg::from)
    };
    let over = forecast.is_over().then(|| Arg::from(msg!("life.fact.over")));
    let all = [
        (msg!("life.fact.customers"), count(forecast.customers)),
        (msg!("life.fact.treated"), count(forecast.treated)),
        (msg!("life.fact.price"), amount(forecast.price)),
        (msg!("life.fact.cost"), amount(forecast.cost)),
        (msg!("life.fact.cap"), amount(forecast.cap)),
        (msg!("life.fact.paid-for"), count(forecast.paid_for)),
        (msg!("life.fact.over"), over),
        (msg!("life.fact.expected"), ppm(forecast.expected_ppm)),
        (msg!("life.fact.base"), ppm(forecast.base_ppm)),
        (msg!("life.fact.value"), amount(forecast.value)),
        (msg!("life.fact.conversions"), count(forecast.conversions)),
        (msg!("life.fact.extra"), count(forecast.extra)),
        (msg!("life.fact.gain"), amount(forecast.gain)),
        (msg!("life.fact.net"), amount(forecast.net)),
    ];
    all.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}
