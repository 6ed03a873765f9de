//! Alerts: what they say, and looking at them after each load.
//!
//! An alert is judged first, in one moment of the database, and taken after in a transaction of its own: another worker may
//! have judged the same load meanwhile, and then has said the same.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use sqlx::{Connection as _, PgConnection};

use super::facts::{self, Day};
use super::question::Question;
use super::{KpiFailure, Opened, days, open, plan};
use crate::domain::alert::{
    AlertHit, AlertKind, AlertRow, AlertText, Looked, Reading, Side, judge,
};
use crate::domain::clean::clean;
use crate::domain::message::Message;
use crate::domain::metric::compare::{self, Compare};
use crate::domain::metric::{Value, targets};
use crate::msg;
use crate::store::refusal::Refusal;
use crate::store::{StoreError, bank};

/// Why an alert's step was refused.
#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    /// Something that it names is not there.
    #[error("there is no {what} {name}")]
    Unknown {
        /// What kind of thing: `metric`, `operator`, `alert`.
        what: String,
        /// Its name.
        name: String,
    },
    /// A new one's code is another's.
    #[error("the code {code} is taken")]
    Taken {
        /// The code.
        code: String,
        /// What the other is called.
        name: String,
    },
    /// Whoever is to own it has no right to mute or change it.
    #[error("{name} may not own an alert")]
    Owner {
        /// Who.
        name: String,
        /// Who may, by name.
        may: Vec<String>,
    },
    /// It is not put together rightly.
    #[error("{0}")]
    Constraint(String),
    /// The metric's question.
    #[error(transparent)]
    Kpi(#[from] KpiFailure),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AlertError {
    /// What to tell the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        let named = |key, name: &str| Message::new(key).with("name", name);
        match self {
            Self::Unknown { what, name } => match what.as_str() {
                "metric" => Message::new(msg!("kpi.unknown-metric")).with("metric", name.as_str()),
                "operator" => named(msg!("finding.unknown-operator"), name),
                _ => named(msg!("alert.unknown"), name),
            },
            Self::Taken { code, name } => {
                named(msg!("alert.taken"), name).with("code", code.as_str())
            }
            Self::Owner { name, may } => {
                named(msg!("alert.owner-may-mute"), name).with("may", Message::list(may))
            }
            Self::Constraint(name) => match name.as_str() {
                "alert_code" => msg!("alert.code").into(),
                "alert_name" => msg!("alert.name").into(),
                "alert_days" | "alert_outlier_has_a_history" => msg!("alert.days").into(),
                "alert_muted_ahead" => msg!("alert.muted-ahead").into(),
                _ => msg!("alert.wrong").into(),
            },
            Self::Kpi(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }
}

impl From<sqlx::Error> for AlertError {
    fn from(error: sqlx::Error) -> Self {
        match Refusal::from(error) {
            Refusal::Unknown { what, name } => Self::Unknown { what, name },
            Refusal::Constraint(name) if name.starts_with("alert_") => Self::Constraint(name),
            other => Self::Store(other.unexpected()),
        }
    }
}

/// Every alert, by code.
///
/// # Errors
/// Any [`AlertError`] of the store.
pub async fn list(db: &mut PgConnection) -> Result<Vec<AlertRow>, AlertError> {
    let rows = sqlx::query!(
        r#"select a.code, a.name, a.metric, a.kind, a.side, a.bound, a.compare, a.days, a.units, a.owner,
                  a.state = 'on' as "on!", a.muted_until, r.day as "last_day?", coalesce(r.hits, 0)::bigint as "hits!",
                  m.unit is not distinct from 'money' as "money!"
           from baton.alert a
           join baton.metric m on m.code = a.metric
           left join lateral (select k.day, k.hits from baton.alert_run k where k.alert = a.code
                              order by k.load_id desc limit 1) r on true
           order by a.code"#
    )
    .fetch_all(db)
    .await?;
    let word = |text: &str| clean(text).into_owned();
    let rows = rows.into_iter().map(|row| AlertRow {
        text: AlertText {
            code: word(&row.code),
            name: word(&row.name),
            metric: word(&row.metric),
            kind: match row.kind.as_str() {
                "change" => {
                    let compare = row.compare.as_deref().and_then(Compare::parse);
                    AlertKind::Change(compare.unwrap_or(Compare::Prev))
                }
                "pace" => AlertKind::Pace,
                "outlier" => AlertKind::Outlier {
                    days: row.days.and_then(|days| u32::try_from(days).ok()).unwrap_or(60),
                },
                _ => AlertKind::Threshold,
            },
            side: Side::parse(&row.side).unwrap_or(Side::Either),
            bound: row.bound,
            units: row.units,
        },
        owner: word(&row.owner),
        on: row.on,
        muted_until: row.muted_until,
        last_day: row.last_day,
        hits: row.hits,
        money: row.money,
    });
    Ok(rows.collect())
}

/// One alert.
///
/// # Errors
/// [`AlertError::Unknown`], or any of the store.
pub async fn show(db: &mut PgConnection, code: &str) -> Result<AlertRow, AlertError> {
    let found = list(db).await?.into_iter().find(|row| row.text.code == clean(code));
    let unknown = || AlertError::Unknown { what: "alert".into(), name: clean(code).into_owned() };
    found.ok_or_else(unknown)
}

/// Saves an alert, switched on. `fresh` is true of a new one and false of one that is changed; without it what stands there, if
/// anything, is written anew. Whether a new one's code is free the database says: somebody may save under it at this moment.
///
/// # Errors
/// [`AlertError::Taken`] if a new one's code is somebody's, [`AlertError::Unknown`] if there is none to change, or any [`AlertError`]
/// with what is wrong with it.
pub async fn save(
    db: &mut PgConnection,
    text: &AlertText,
    fresh: Option<bool>,
) -> Result<AlertRow, AlertError> {
    let (compare, days) = match text.kind {
        AlertKind::Change(compare) => (Some(compare.word()), None),
        AlertKind::Outlier { days } => (None, Some(i32::try_from(days).unwrap_or(i32::MAX))),
        AlertKind::Threshold | AlertKind::Pace => (None, None),
    };
    let saved = sqlx::query!(
        "select baton.alert_save($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        text.code,
        text.name,
        text.metric,
        text.kind.word(),
        text.side.word(),
        text.bound,
        compare,
        days,
        text.units,
        fresh
    )
    .execute(&mut *db)
    .await;
    match saved.map_err(AlertError::from) {
        Ok(_) => show(db, &text.code).await,
        Err(AlertError::Constraint(wall)) if wall == "alert_pkey" => {
            let there = show(db, &text.code).await?;
            Err(AlertError::Taken { code: there.text.code, name: there.text.name })
        }
        // To whoever reads codes, AL-aum is AL-AUM.
        Err(AlertError::Constraint(wall)) if wall == "alert_code_case" => {
            let like = |row: &AlertRow| row.text.code.to_lowercase() == text.code.to_lowercase();
            let there = list(db).await?.into_iter().find(like);
            let (code, name) = there.map_or_else(
                || (text.code.clone(), String::new()),
                |there| (there.text.code, there.text.name),
            );
            Err(AlertError::Taken { code, name })
        }
        Err(other) => Err(other),
    }
}

/// How many of a metric's own units (minor units, counts) are one of those in which its bounds are typed.
///
/// # Errors
/// Any [`AlertError`] of the store.
pub async fn scale_of(db: &mut PgConnection, metric: &str) -> Result<f64, AlertError> {
    let tree = super::tree(db).await?;
    let money = tree.find(&clean(metric)).is_some_and(|at| tree.metric(at).is_money());
    if !money {
        return Ok(1.0);
    }
    let scale = bank::bank(db).await?.currency.scale();
    // A currency has at most 10^4 minor units.
    Ok(i32::try_from(scale).map_or(1.0, f64::from))
}

/// Switches an alert on or off.
///
/// # Errors
/// [`AlertError::Unknown`], or any of the store.
pub async fn switch(db: &mut PgConnection, code: &str, on: bool) -> Result<AlertRow, AlertError> {
    let state = if on { "on" } else { "off" };
    sqlx::query!("select baton.alert_switch($1, $2)", code, state).execute(&mut *db).await?;
    show(db, code).await
}

/// Keeps an alert out of the worklist until a day, or lets it speak again.
///
/// # Errors
/// [`AlertError::Unknown`], [`AlertError::Constraint`] if that day is over, or any of the store.
pub async fn mute(
    db: &mut PgConnection,
    code: &str,
    until: Option<NaiveDate>,
) -> Result<AlertRow, AlertError> {
    sqlx::query!("select baton.alert_mute($1, $2)", code, until).execute(&mut *db).await?;
    show(db, code).await
}

/// Gives an alert to another operator, who must be able to mute and change it.
///
/// # Errors
/// [`AlertError::Unknown`], [`AlertError::Owner`] with those who may own one, or any of the store.
pub async fn own(db: &mut PgConnection, code: &str, owner: &str) -> Result<AlertRow, AlertError> {
    let given = sqlx::query!("select baton.alert_own($1, $2)", code, owner);
    match given.execute(&mut *db).await.map_err(AlertError::from) {
        Ok(_) => show(db, code).await,
        Err(AlertError::Constraint(wall)) if wall == "alert_owner_may_mute" => {
            let may = sqlx::query_scalar!(
                "select name from baton.operator where 'strategist' = any (duties) order by name limit 12"
            );
            let may = may.fetch_all(&mut *db).await?;
            let may = may.iter().map(|name| clean(name).into_owned()).collect();
            Err(AlertError::Owner { name: clean(owner).into_owned(), may })
        }
        Err(other) => Err(other),
    }
}

/// Looks at an alert as of the bank's today, and keeps nothing.
///
/// # Errors
/// [`AlertError`]: the metric is unknown or has no facts.
pub async fn look(db: &mut PgConnection, text: &AlertText) -> Result<Looked, AlertError> {
    let mut db = Question::begin(db).await?;
    let mut opened = open(&mut db).await?;
    let metric = opened.ledger.metric(&text.metric).map_err(KpiFailure::from)?;
    let on = opened.bank.today;
    let works = opened.works.clone();
    let mut planned = Vec::new();
    let days = match text.kind {
        AlertKind::Threshold => vec![days::single(&opened, on)],
        AlertKind::Change(compare) => {
            let (before, now) = days::compared(&opened, compare, on, &works);
            vec![Day { on, taken: now }, Day { on, taken: before }]
        }
        AlertKind::Pace => {
            let (taken, plans) = plans(&mut db, &opened, metric, on).await?;
            planned = plans;
            vec![Day { on, taken }]
        }
        AlertKind::Outlier { days } => {
            let of = opened.ledger.tree().metric(metric);
            let last = compare::stands_for(of, on, &|day| works.on(day));
            // Of a metric that counts working days only, a day off would say the day before it once more.
            let counts = |day: &NaiveDate| !of.over.workdays || works.on(*day) || *day == last;
            let back = (0..=days).filter_map(|n| last.checked_sub_days(Days::new(n.into())));
            back.filter(counts).map(|day| days::single(&opened, day)).collect()
        }
    };
    let bases = opened.ledger.tree().bases(metric);
    facts::add(&mut db, &mut opened, &bases, days).await?;
    db.commit().await?;
    Ok(judged(&opened, text, metric, on, &planned))
}

/// What the plan expects of each unit by now, and from when on flows are added up: the period is the shortest around the
/// day that any unit has a plan for.
async fn plans(
    db: &mut PgConnection,
    opened: &Opened,
    metric: usize,
    on: NaiveDate,
) -> Result<(HashMap<usize, compare::Taken>, Vec<(i32, f64)>), KpiFailure> {
    let rows = sqlx::query!(
        "select org_id, period, value, millionths from baton.target where metric = $1",
        opened.codes[metric]
    )
    .fetch_all(db)
    .await?;
    let named: Vec<&str> = rows.iter().map(|row| row.period.as_str()).collect();
    let Some((at, days, passed)) = plan::shortest(opened, metric, &named, on) else {
        return Ok((HashMap::new(), Vec::new()));
    };
    let kind = opened.ledger.tree().metric(metric).kind;
    let expected = |kept| plan::part_of(targets::planned(kind, kept), passed).as_f64();
    let mine = rows.iter().filter(|row| row.period == named[at]);
    let plans = mine.map(|row| (row.org_id, expected((row.value, row.millionths)))).collect();
    Ok((days::period_taken(opened, days, on), plans))
}

fn judged(
    opened: &Opened,
    text: &AlertText,
    metric: usize,
    on: NaiveDate,
    planned: &[(i32, f64)],
) -> Looked {
    let ledger = &opened.ledger;
    let kind = |unit: &usize| ledger.org(*unit).kind == text.units;
    let units: Vec<usize> = (0..ledger.units()).filter(kind).collect();
    let (mut hits, mut answered) = (Vec::new(), 0);
    for &unit in &units {
        let org = ledger.org(unit);
        let value = |day| ledger.value(metric, day, &ledger.under(unit)).map(Value::as_f64);
        let base = match text.kind {
            AlertKind::Change(_) => value(1),
            AlertKind::Pace => {
                planned.iter().find(|(id, _)| *id == org.id.0).map(|(_, expected)| *expected)
            }
            AlertKind::Threshold | AlertKind::Outlier { .. } => None,
        };
        let history = match text.kind {
            AlertKind::Outlier { .. } => (1..ledger.days()).filter_map(value).collect(),
            _ => Vec::new(),
        };
        let Some(judged) = judge(text, &Reading { value: value(0), base, history }) else {
            continue;
        };
        answered += 1;
        if judged.raised {
            let (org_id, org, name) = (org.id.0, org.code.clone(), org.name.clone());
            hits.push(AlertHit { org_id, org, name, way: ledger.way(unit), judged });
        }
    }
    hits.sort_by(|a, b| {
        let far = |hit: &AlertHit| (hit.judged.score - text.bound).abs();
        far(b).total_cmp(&far(a)).then_with(|| a.org.cmp(&b.org))
    });
    let money = ledger.tree().metric(metric).is_money();
    let (alert, kind, units) = (text.code.clone(), text.kind, units.len());
    Looked { alert, kind, money, day: on, answered, units, hits }
}

/// The units that an alert was raised for when it was looked at last.
///
/// # Errors
/// Any [`AlertError`] of the store.
pub async fn hits(db: &mut PgConnection, code: &str) -> Result<Vec<AlertHit>, AlertError> {
    let rows = sqlx::query!(
        r#"select u.id, u.code, u.name, h.value, h.base, h.score,
                  array(select a.code from baton.org_unit a where a.id = any (u.path) and a.parent_id is not null
                        order by cardinality(a.path)) as "codes!",
                  array(select a.name from baton.org_unit a where a.id = any (u.path) and a.parent_id is not null
                        order by cardinality(a.path)) as "names!"
           from baton.alert_hit h join baton.org_unit u on u.id = h.org_id join baton.alert a on a.code = h.alert
           where h.alert = $1 and h.day = (
               select r.day from baton.alert_run r where r.alert = $1 order by r.load_id desc limit 1)
           order by abs(h.score - a.bound) desc, u.code limit 500"#,
        code
    )
    .fetch_all(db)
    .await?;
    let word = |text: &String| clean(text).into_owned();
    let hits = rows.into_iter().map(|row| AlertHit {
        org_id: row.id,
        org: clean(&row.code).into_owned(),
        name: clean(&row.name).into_owned(),
        way: row
            .codes
            .iter()
            .zip(&row.names)
            .map(|(code, name)| (word(code), word(name)))
            .collect(),
        judged: crate::domain::alert::Judged {
            value: row.value,
            base: row.base,
            score: row.score,
            raised: true,
        },
    });
    Ok(hits.collect())
}

/// Looks at every alert that is on and was not looked at since the last load, and keeps what it says. One that fails keeps
/// no other from being looked at; its reason comes back beside its code.
///
/// # Errors
/// Any [`AlertError`] of the store: this login may not, or the line is down.
pub async fn run(
    db: &mut PgConnection,
) -> Result<(Vec<Looked>, Vec<(String, Message)>), AlertError> {
    let due = sqlx::query_scalar!(
        "select a.code from baton.alert a
         where a.state = 'on' and exists (select from baton.import_run) and not exists (
             select from baton.alert_run r where r.alert = a.code and r.load_id = (select max(k.id) from baton.import_run k))
         order by a.code"
    )
    .fetch_all(&mut *db)
    .await?;
    let (mut looked, mut failed) = (Vec::new(), Vec::new());
    for code in due {
        match run_one(db, &code).await {
            Ok(done) => looked.extend(done),
            Err(AlertError::Store(error)) => return Err(error.into()),
            Err(error) => failed.push((clean(&code).into_owned(), error.message())),
        }
    }
    Ok((looked, failed))
}

async fn run_one(db: &mut PgConnection, code: &str) -> Result<Option<Looked>, AlertError> {
    let row = show(db, code).await?;
    let looked = match look(db, &row.text).await {
        Err(AlertError::Kpi(KpiFailure::Store(error))) => return Err(error.into()),
        looked => looked?,
    };
    let mut change = db.begin().await?;
    let load =
        sqlx::query_scalar!("select baton.alert_claim($1)", code).fetch_one(&mut *change).await?;
    let Some(load) = load else { return Ok(None) };
    let hits = || looked.hits.iter();
    let units: Vec<i32> = hits().map(|hit| hit.org_id).collect();
    let values: Vec<f64> = hits().map(|hit| hit.judged.value).collect();
    let bases: Vec<Option<f64>> = hits().map(|hit| hit.judged.base).collect();
    let scores: Vec<f64> = hits().map(|hit| hit.judged.score).collect();
    sqlx::query!(
        "select baton.alert_take($1, $2, $3, $4, $5, $6, $7, $8)",
        code,
        load,
        looked.day,
        i32::try_from(looked.answered).unwrap_or(i32::MAX),
        &units,
        &values,
        &bases as &[Option<f64>],
        &scores
    )
    .execute(&mut *change)
    .await?;
    change.commit().await?;
    Ok(Some(looked))
}
