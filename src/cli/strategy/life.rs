//! Pausing and resuming all by command, and the money and the life of a strategy as JSON has them.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use serde_json::json;

use crate::cli::{Context, Failure, Table};
use crate::domain::moment;
use crate::domain::money::Minor;
use crate::domain::strategy::StrategyRow;
use crate::domain::strategy::facts::forecast;
use crate::domain::strategy::life::{Given, Said};
use crate::domain::strategy::money::Forecast;
use crate::msg;
use crate::store::{Session, life};

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
    stands_for: Option<&'a str>,
    why: &'a str,
    at: DateTime<Utc>,
}

impl<'a> ShownSaid<'a> {
    pub(super) fn of(said: &'a Said, zone: Tz) -> Self {
        Self {
            by: &said.by,
            stands_for: said.stands_for.as_deref(),
            why: &said.why,
            at: moment::of_local(said.at, zone),
        }
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
