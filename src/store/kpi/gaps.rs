//! What is missing of the facts of a period, from the sheets alone: no row of a fact is read.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::{KpiFailure, Opened, Workdays};
use crate::domain::id::OrgId;
use crate::domain::metric::compare::{self, Compare, Taken};
use crate::domain::metric::gaps::{Delivered, Gaps, LOOKS_BACK, gaps};
use crate::domain::metric::{Kind, Quality};

/// The days that some metrics are taken over, by their places: from the first one to the last.
pub(super) type Periods = HashMap<usize, (NaiveDate, NaiveDate)>;

/// From the beginning of the period around a day up to it, for each metric with facts that is taken over its days: flows, and
/// stocks that are the mean of days.
pub(super) fn so_far(opened: &Opened, on: NaiveDate, works: &Workdays) -> Periods {
    let mut periods = Periods::new();
    for (at, metric) in opened.ledger.tree().metrics().iter().enumerate() {
        let taken = compare::taken(metric, Compare::Prev, on, &|day| works.on(day)).1;
        if let Some(start) = taken.start.filter(|_| metric.over_days() && metric.has_facts) {
            periods.insert(at, (start, taken.end));
        }
    }
    periods
}

/// The days of these metrics that a day of the ledger is made of: the period that they are taken over, or of a flow the day.
pub(super) fn behind(opened: &Opened, metrics: &[usize], day: usize) -> Periods {
    let of = |&metric: &usize| {
        let of = opened.ledger.tree().metric(metric);
        let taken = opened.ledger.taken(metric, day);
        let taken = taken.unwrap_or_else(|| Taken::on(opened.ledger.date(day)));
        let flow = (of.kind == Kind::Flow).then_some(taken.end);
        Some((metric, (taken.start.or(flow)?, taken.end))).filter(|_| of.has_facts)
    };
    metrics.iter().filter_map(of).collect()
}

/// The days since the last fact of each of these metrics that stands on a day of the ledger and is older than it.
pub(super) fn stands(opened: &Opened, metrics: &[usize], day: usize) -> Periods {
    let ledger = &opened.ledger;
    let of = |&metric: &usize| {
        let on = Taken::on(ledger.date(day));
        let taken = ledger.taken(metric, day).unwrap_or(on);
        let stands = ledger.tree().metric(metric).kind != Kind::Flow && taken.start.is_none();
        let after = ledger.newest(metric, day)?.succ_opt()?;
        (stands && after <= taken.end).then_some((metric, (after, taken.end)))
    };
    metrics.iter().filter_map(of).collect()
}

/// What is missing of these periods under a unit, for each metric; of one that stands on a day, that its facts ended before.
pub(super) async fn of(
    db: &mut PgConnection,
    opened: &Opened,
    unit: usize,
    (periods, stands): (&Periods, &Periods),
    works: &Workdays,
) -> Result<Vec<Lacking>, KpiFailure> {
    let known = read(db, opened, unit, [periods, stands].into_iter()).await?;
    Ok(known.missing(opened, (periods, stands), works, None))
}

/// What is missing of a metric.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lacking {
    pub(super) gaps: Gaps,
    /// Of what it is made whose facts ended.
    ended: Option<usize>,
}

impl Lacking {
    pub(super) fn tell(&self, opened: &Opened, quality: &mut Quality) {
        let tree = opened.ledger.tree();
        let of = self.ended.map(|ended| tree.metric(ended));
        quality.missing(self.gaps, of);
        let unit = |row: &i32| opened.ledger.position(OrgId(*row));
        let whose = self.gaps.whose.iter().flatten().filter_map(unit);
        quality.missing_units = whose.map(|at| opened.ledger.org(at).code.clone()).collect();
    }

    /// The most of both; the end of what ended first.
    fn most(self, other: Self) -> Self {
        let ends = |one: Self| one.gaps.ended.zip(one.ended);
        let first = match (ends(self), ends(other)) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let more = if other.gaps.facts > self.gaps.facts { other.gaps } else { self.gaps };
        let gaps = Gaps {
            days: self.gaps.days.max(other.gaps.days),
            facts: more.facts,
            units: more.units,
            whose: more.whose,
            ended: first.map(|first| first.0),
            go_on: [self, other].iter().any(|one| ends(*one) == first && one.gaps.go_on),
        };
        Self { gaps, ended: first.map(|first| first.1) }
    }
}

/// What was delivered of some metrics around some periods, and who owes it: read once for all of these periods.
pub(super) struct Known {
    delivered: HashMap<String, Delivered>,
    layouts: HashMap<i32, HashSet<i32>>,
    owing: HashMap<String, Vec<(i32, NaiveDate)>>,
    /// The last day of all on which a metric has facts.
    newest: HashMap<String, NaiveDate>,
}

/// Reads it for the units under a unit.
pub(super) async fn read<'a>(
    db: &mut PgConnection,
    opened: &Opened,
    unit: usize,
    all: impl Iterator<Item = &'a Periods> + Clone,
) -> Result<Known, KpiFailure> {
    let mut known = Known {
        delivered: HashMap::new(),
        layouts: HashMap::new(),
        owing: HashMap::new(),
        newest: HashMap::new(),
    };
    let days = all.clone().flat_map(HashMap::values).copied();
    let Some((first, last)) = days.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else {
        return Ok(known);
    };
    let metrics = all.flat_map(HashMap::keys).map(|&at| opened.codes[at].clone());
    let codes: Vec<String> = metrics.collect::<BTreeSet<_>>().into_iter().collect();
    // The months before tell how facts come; where they stopped, those before that.
    let rows = sqlx::query!(
        r#"select s.metric, array_agg(s.day) as "days!", array_agg(s.layout) as "layouts!",
                  (select max(n.day) from baton.fact_sheet n where n.metric = s.metric) as "newest!"
           from unnest($1::text[]) as m (code)
           cross join lateral (select max(k.day) as day from baton.fact_sheet k where k.metric = m.code and k.day < $2::date) l
           join baton.fact_sheet s on s.metric = m.code and s.day between coalesce(l.day, $2::date) - $4::int and $3
           group by s.metric"#,
        &codes,
        first,
        last,
        i32::try_from(LOOKS_BACK).unwrap_or(i32::MAX)
    );
    for row in rows.fetch_all(&mut *db).await? {
        known.newest.insert(row.metric.clone(), row.newest);
        known.delivered.insert(row.metric, row.days.into_iter().zip(row.layouts).collect());
    }
    known.layouts = layouts(db, &known.delivered).await?;
    known.owing = owing(db, opened, unit, &codes).await?;
    Ok(known)
}

impl Known {
    /// What is missing of these periods for each metric; of the facts of `within` alone, if that is given. Of the days since the
    /// last fact of what stands on a day, only that facts are owed there.
    pub(super) fn missing(
        &self,
        opened: &Opened,
        (periods, stands): (&Periods, &Periods),
        works: &Workdays,
        within: Option<&HashSet<i32>>,
    ) -> Vec<Lacking> {
        let of = |metric: usize, periods: &Periods| {
            let found = periods.get(&metric).zip(self.delivered.get(&opened.codes[metric]));
            found.map_or_else(Gaps::default, |(period, days)| {
                let owing = self.owing.get(&opened.codes[metric]).map_or(&[][..], Vec::as_slice);
                let mine =
                    |owing: &&(i32, NaiveDate)| within.is_none_or(|of| of.contains(&owing.0));
                let owing: Vec<(i32, NaiveDate)> = owing.iter().filter(mine).copied().collect();
                let found = gaps(days, *period, &|day| works.on(day), &self.layouts, &owing);
                let newest = self.newest.get(&opened.codes[metric]);
                let go_on = found.ended.is_some() && newest.is_some_and(|day| *day > period.1);
                Gaps { go_on, ..found }
            })
        };
        // A metric without facts of its own lacks what those lack that it is made of.
        let tree = opened.ledger.tree();
        let lacking =
            |metric: usize, gaps: Gaps| Lacking { gaps, ended: gaps.ended.map(|_| metric) };
        let most = |metric: usize| {
            let bases = tree.bases(metric).into_iter();
            let each = bases.flat_map(|base| {
                let Gaps { ended, go_on, .. } = of(base, stands);
                let ended = Gaps { ended, go_on, ..Gaps::default() };
                [lacking(base, of(base, periods)), lacking(base, ended)]
            });
            each.fold(Lacking::default(), Lacking::most)
        };
        (0..opened.codes.len()).map(most).collect()
    }
}

async fn layouts(
    db: &mut PgConnection,
    delivered: &HashMap<String, Delivered>,
) -> Result<HashMap<i32, HashSet<i32>>, KpiFailure> {
    let mut ids: Vec<i32> = delivered.values().flat_map(HashMap::values).copied().collect();
    ids.sort_unstable();
    ids.dedup();
    let rows = sqlx::query!("select id, units from baton.fact_layout where id = any ($1)", &ids);
    let rows = rows.fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.units.into_iter().collect())).collect())
}

/// The open units under a unit that have facts of a metric, and since when.
async fn owing(
    db: &mut PgConnection,
    opened: &Opened,
    unit: usize,
    codes: &[String],
) -> Result<HashMap<String, Vec<(i32, NaiveDate)>>, KpiFailure> {
    let rows = sqlx::query!(
        "select k.metric, k.org_id, k.first_day from baton.fact_unit k join baton.org_unit u on u.id = k.org_id
         where k.metric = any ($1) and u.closed_on is null and u.path @> array[$2::int]
           and not exists (select from baton.org_unit b where b.parent_id = u.id and b.closed_on is null)",
        codes,
        opened.ledger.org(unit).id.0
    );
    let mut owing: HashMap<String, Vec<(i32, NaiveDate)>> = HashMap::new();
    for row in rows.fetch_all(db).await? {
        owing.entry(row.metric).or_default().push((row.org_id, row.first_day));
    }
    Ok(owing)
}
