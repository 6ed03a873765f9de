//! What every question begins with: the bank's day, its metrics and how they hang together, and its units.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{Datelike as _, NaiveDate};
use sqlx::PgConnection;

use super::KpiFailure;
use crate::domain::bank::OrgUnit;
use crate::domain::clean::clean;
use crate::domain::id::OrgId;
use crate::domain::metric::definition::{Measure, Over};
use crate::domain::metric::error::KpiError;
use crate::domain::metric::ledger::Ledger;
use crate::domain::metric::tree::Tree;
use crate::domain::metric::{Kind, Metric};
use crate::domain::money::Currency;

/// The bank as far as metrics are concerned.
pub(super) struct Bank {
    pub(super) today: NaiveDate,
    pub(super) currency: Currency,
}

/// The days that the calendar says something else of than their weekday.
#[derive(Clone)]
pub(super) struct Workdays(Arc<HashMap<NaiveDate, bool>>);

impl Workdays {
    /// Whether the bank works on a day: as the calendar says, else from Monday to Friday.
    pub(super) fn on(&self, day: NaiveDate) -> bool {
        let weekday = day.weekday().number_from_monday() < 6;
        self.0.get(&day).copied().unwrap_or(weekday)
    }

    /// Whether the calendar names a day off in a year: one that names none knows no holiday of it.
    pub(super) fn names_days_off(&self, year: i32) -> bool {
        self.0.iter().any(|(day, works)| !works && day.year() == year)
    }
}

/// The bank with its tree, its units and no facts yet.
pub(super) struct Opened {
    pub(super) bank: Bank,
    pub(super) ledger: Ledger,
    /// The metrics' codes as the database writes them.
    pub(super) codes: Vec<String>,
    pub(super) measures: Vec<Option<Measure>>,
    /// When units were closed.
    pub(super) closed: HashMap<i32, NaiveDate>,
    pub(super) works: Workdays,
}

/// The tree and the units, closed ones too: on old days they still count.
pub(super) async fn open(db: &mut PgConnection) -> Result<Opened, KpiFailure> {
    let (bank, works) = bank(db).await?;
    let Metrics { tree, spans, codes, measures } = metrics(db).await?;
    let (units, closed) = units(db).await?;
    let ledger = Ledger::new(tree, bank.currency.scale(), units, spans);
    Ok(Opened { bank, ledger, codes, measures, closed, works })
}

/// The bank, and its calendar with it: each is a way to the server and back.
async fn bank(db: &mut PgConnection) -> Result<(Bank, Workdays), KpiFailure> {
    let row = sqlx::query!(
        r#"select baton.today() as "today!", b.currency, e.days as "days!", e.works as "works!"
        from baton.bank b cross join (
            select coalesce(array_agg(day order by day), '{}') as days, coalesce(array_agg(works order by day), '{}') as works
            from baton.exceptional_days()
        ) e"#
    )
    .fetch_optional(db)
    .await?;
    let bank = row.and_then(|row| {
        let bank = Bank { today: row.today, currency: Currency::from_code(&row.currency)? };
        Some((bank, Workdays(Arc::new(row.days.into_iter().zip(row.works).collect()))))
    });
    Ok(bank.ok_or(KpiError::NoBank)?)
}

/// Every unit, in no order, and when those were closed that are.
async fn units(
    db: &mut PgConnection,
) -> Result<(Vec<OrgUnit>, HashMap<i32, NaiveDate>), KpiFailure> {
    let rows = sqlx::query!(
        r#"select id, code, name, kind, class, parent_id, cardinality(path) as "steps!", closed_on from baton.org_unit"#
    )
    .fetch_all(db)
    .await?;
    let closed = rows.iter().filter_map(|row| Some((row.id, row.closed_on?))).collect();
    let units = rows.into_iter().map(|row| OrgUnit {
        id: OrgId(row.id),
        code: clean(&row.code).into_owned(),
        name: clean(&row.name).into_owned(),
        kind: row.kind,
        class: row.class.map(|class| clean(&class).into_owned()).filter(|class| !class.is_empty()),
        parent: row.parent_id.map(OrgId),
        depth: usize::try_from(row.steps - 1).unwrap_or_default(),
    });
    Ok((units.collect(), closed))
}

/// The metrics, what is known of each, and how the database writes their codes.
pub(super) struct Metrics {
    pub(super) tree: Tree,
    spans: Vec<Option<(NaiveDate, NaiveDate)>>,
    codes: Vec<String>,
    measures: Vec<Option<Measure>>,
}

/// The metrics that stand, tied together.
pub(super) async fn metrics(db: &mut PgConnection) -> Result<Metrics, KpiFailure> {
    let rows = sqlx::query!(
        r#"select m.code, m.zh, m.en, m.kind, m.unit, m.formula, d.closing as "closing?", d.workdays as "workdays?",
            d.measure as "measure?", (select min(s.day) from baton.fact_sheet s where s.metric = m.code) as first,
            l.day as "last?", l.in_parts as "in_parts?"
        from baton.metric m
        left join lateral (select * from baton.metric_definition k where k.metric = m.code
                           order by k.version desc limit 1) d on true
        left join lateral (select s.day, s.numerators is not null as in_parts from baton.fact_sheet s where s.metric = m.code
                           order by s.day desc limit 1) l on true
        order by m.ordinal, m.code"#
    )
    .fetch_all(db)
    .await?;
    let text = |text: &str| clean(text).into_owned();
    let metric = rows.iter().map(|row| Metric {
        code: text(&row.code),
        zh: text(&row.zh),
        en: text(&row.en),
        // What is delivered in two parts is a ratio, whatever it was called.
        kind: match row.in_parts {
            Some(true) => Kind::Ratio,
            _ => Kind::parse(&row.kind).unwrap_or(Kind::Stock),
        },
        unit: row.unit.as_deref().map(text),
        formula: row.formula.as_deref().map(text).filter(|formula| !formula.trim().is_empty()),
        has_facts: row.first.is_some(),
        over: Over {
            average: row.closing.as_deref() == Some("average"),
            workdays: row.workdays.unwrap_or(false),
        },
    });
    let tree = Tree::new(metric.collect()).map_err(KpiError::from)?;
    // What is lent to a formula has the facts of its own metric.
    let own = (0..tree.metrics().len()).map(|at| &rows[tree.origin(at)]);
    Ok(Metrics {
        spans: own.clone().map(|row| row.first.zip(row.last)).collect(),
        measures: own.clone().map(|row| Measure::parse(row.measure.as_deref()?)).collect(),
        codes: own.map(|row| row.code.clone()).collect(),
        tree,
    })
}
