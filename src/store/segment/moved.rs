//! What customers' records say of a change: their balances, or how many they are, on two days or as the mean of the days of two
//! periods, by what they have today.
//!
//! Holdings and the days on which customers came and went are known of every day; attributes, units and segments are
//! those of today. So a group is who is in it now, at both ends.
//!
//! A mean is taken as that of facts is: over the days on which the customer's unit has any, each day with what stood on it. What
//! groups come to is rounded by largest remainder, so that they add up to what all their customers come to.

use sqlx::{Connection as _, PgConnection, Row as _};

use super::SegmentError;
use super::axis::{AxisPlan, Words, find_borders};
use crate::domain::attribute::AttributeType;
use crate::domain::decomposition::group::{Axis, AxisValue};
use crate::domain::metric::compare::Taken;
use crate::domain::metric::definition::Measure;
use crate::domain::rule::{Bind, Called, Column, Kind, Rule, Vocabulary};
use crate::domain::segment::grid::AxisAsked;
use crate::store::built::{Built, Shown};
use crate::store::{dynamic, mart};

/// As many dimensions are held against each other.
const MOST_DIMENSIONS: usize = 24;

/// Where five years of age begin.
const AGES: [&str; 12] = ["20", "25", "30", "35", "40", "45", "50", "55", "60", "65", "70", "75"];

/// Whose records, of what, on which days.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What of the records is added up.
    pub measure: &'a Measure,
    /// The units' rows: customers of them and of all below them.
    pub units: &'a [i32],
    /// The metric as the database writes it: since when units have facts of it says over which days a mean is taken.
    pub metric: &'a str,
    /// The two days; or the two periods that the mean of days is taken over.
    pub ends: (Taken, Taken),
}

/// A group with what it came to on both days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Its value, as a table says it; the condition where a value alone says nothing.
    pub name: String,
    /// What people call it in Chinese and English; empty if nothing else.
    pub called: (String, String),
    /// The condition that finds its customers.
    pub rule: String,
    /// At the earlier end.
    pub from: i64,
    /// At the later end.
    pub to: i64,
}

/// By the values of an attribute, as an axis of a grid is asked for.
///
/// # Errors
/// The [`SegmentError`]s of axes, or any of the store.
pub async fn by_attribute(
    db: &mut PgConnection,
    vocabulary: &Vocabulary,
    asked: Asked<'_>,
    by: &str,
) -> Result<Vec<Moved>, SegmentError> {
    let named = AxisAsked::read(by);
    let [one] = named.as_slice() else { return Err(SegmentError::Axes { count: named.len() }) };
    let mut plan = [AxisPlan::asked(one, vocabulary)?];
    let as_of = vocabulary.bank().as_of;
    find_borders(db, &mut plan, None, "0.25, 0.5, 0.75", as_of).await?;
    let words = Words::read(db, vocabulary, &plan).await?;
    let mut shown = Shown::default();
    let mut built = moved(asked);
    built.words(", g as (select 0 as at, (");
    plan[0].key(&mut built, &mut shown, vocabulary);
    built.words(")::text as k, sum(m.a) as a, sum(m.b) as b");
    built.words(" from m join baton.customer c on c.customer_id = m.customer_id").joins(&shown);
    built.words(" group by 1, 2)").words(SHARES);
    let mut groups = Vec::new();
    for row in dynamic::fetch_all(db, &built).await? {
        let key: Option<String> = row.try_get("k")?;
        groups.push(group(
            &plan[0],
            key.as_deref(),
            &words,
            (row.try_get("a")?, row.try_get("b")?),
        ));
    }
    Ok(groups)
}

fn group(axis: &AxisPlan, key: Option<&str>, words: &Words<'_>, (from, to): (i64, i64)) -> Moved {
    let bin = axis.bin(key, words);
    let rule = bin.condition(&axis.column.written(), axis.column.kind());
    let called = match axis.called(&bin, words.vocabulary) {
        Called::Names(zh, en) => (zh, en),
        Called::Key(_) | Called::Said(_) | Called::Nothing => (String::new(), String::new()),
    };
    let says = matches!(axis.column.kind(), Kind::Plain(AttributeType::Flag));
    let label = bin.label();
    let name = if says || label.is_empty() { rule.clone() } else { label };
    Moved { name, called, rule, from, to }
}

/// The members of a rule, and the others.
///
/// # Errors
/// Any [`SegmentError`] of the store.
pub async fn by_rule(
    db: &mut PgConnection,
    rule: &Rule,
    code: &str,
    asked: Asked<'_>,
) -> Result<Vec<Moved>, SegmentError> {
    let mut built = moved(asked);
    built.words(", s as materialized (select c.customer_id from ").members(rule).words(
        "), g as (select 0 as at, s.customer_id is not null as k, sum(m.a) as a, sum(m.b) as b",
    );
    built.words(" from m join baton.customer c on c.customer_id = m.customer_id");
    built.words(" left join s on s.customer_id = c.customer_id group by 1, 2)").words(SHARES);
    let named = format!("segment({})", crate::domain::rule::written_text(code));
    let mut groups = Vec::new();
    for row in dynamic::fetch_all(db, &built).await? {
        let inside: bool = row.try_get("k")?;
        let rule = if inside { named.clone() } else { format!("not {named}") };
        let called = (String::new(), String::new());
        let (from, to) = (row.try_get("a")?, row.try_get("b")?);
        groups.push(Moved { name: rule.clone(), called, rule, from, to });
    }
    Ok(groups)
}

/// Dimensions, and the codes of the attributes that are none because their marts cannot be read.
type Readable<T> = (Vec<T>, Vec<String>);

/// By each of the categories and flags of the dictionary, from one pass over the records.
///
/// # Errors
/// Any [`SegmentError`] of the store.
pub async fn by_each(
    db: &mut PgConnection,
    vocabulary: &Vocabulary,
    asked: Asked<'_>,
) -> Result<Readable<(String, Vec<Moved>)>, SegmentError> {
    let (mut axes, mut unread) = dictionary(db, vocabulary).await?;
    let (sums, lost) = readable(db, vocabulary, asked, &mut axes, None).await?;
    unread.extend(lost);
    let words = Words::read(db, vocabulary, &axes).await?;
    let groups = |(axis, sums): (&AxisPlan, Vec<Sums>)| {
        let one = |(key, a, b): Sums| group(axis, key.as_deref(), &words, (a, b));
        (axis.name(), sums.into_iter().map(one).collect())
    };
    Ok((axes.iter().zip(sums).map(groups).collect(), unread))
}

/// By each of them, by gender and by five years of age; of the members of `within` only, if it is given.
///
/// # Errors
/// Any [`SegmentError`] of the store.
pub async fn axes(
    db: &mut PgConnection,
    vocabulary: &Vocabulary,
    asked: Asked<'_>,
    within: Option<&Rule>,
) -> Result<Readable<Axis>, SegmentError> {
    let (mut axes, mut unread) = dictionary(db, vocabulary).await?;
    axes.push(AxisPlan::of(Column::Gender));
    let borders = Some(AGES.map(str::to_owned).to_vec());
    axes.push(AxisPlan { borders, ..AxisPlan::of(Column::Age) });
    let (sums, lost) = readable(db, vocabulary, asked, &mut axes, within).await?;
    unread.extend(lost);
    let words = Words::read(db, vocabulary, &axes).await?;
    let split = |(plan, sums): (&AxisPlan, Vec<Sums>)| {
        let (zh, en) = plan.labels();
        let mut values: Vec<AxisValue> = sums
            .into_iter()
            .map(|(key, from, to)| {
                let bin = plan.bin(key.as_deref(), &words);
                let called = plan.called(&bin, vocabulary);
                AxisValue { bin, called, from, to }
            })
            .collect();
        let order = plan.ranges(&words).unwrap_or_default();
        values.sort_by_key(|value| order.iter().position(|bin| *bin == value.bin));
        Axis { written: plan.column.written(), zh, en, kind: plan.column.kind(), values }
    };
    Ok((axes.iter().zip(sums).map(split).collect(), unread))
}

/// The categories and flags of the dictionary; a mart that cannot be read takes away its own only.
async fn dictionary(
    db: &mut PgConnection,
    vocabulary: &Vocabulary,
) -> Result<Readable<AxisPlan>, SegmentError> {
    let grouped = |kind| matches!(kind, AttributeType::Category | AttributeType::Flag);
    let known = vocabulary.attributes().iter().filter(|known| grouped(known.kind));
    let mut known: Vec<_> = known.cloned().collect();
    let unread = mart::leave_out(db, &mut known).await?.into_iter();
    let unread = unread.filter(|gone| grouped(gone.attribute.kind));
    known.truncate(MOST_DIMENSIONS);
    let axes = known.into_iter().map(|known| AxisPlan::of(Column::Attribute(known)));
    Ok((axes.collect(), unread.map(|gone| gone.attribute.code).collect()))
}

/// A value of an axis as the database writes it, with what it came to on both days.
type Sums = (Option<String>, i64, i64);

/// What each value of each axis came to. The catalogue does not know of every mart that fails when it is read: one that does takes
/// away its own axes only, which are taken out and named.
async fn readable(
    db: &mut PgConnection,
    vocabulary: &Vocabulary,
    asked: Asked<'_>,
    axes: &mut Vec<AxisPlan>,
    within: Option<&Rule>,
) -> Result<(Vec<Vec<Sums>>, Vec<String>), SegmentError> {
    let error = match tried(db, vocabulary, asked, axes, within).await {
        Ok(sums) => return Ok((sums, Vec::new())),
        Err(error) => error,
    };
    let fails = |axis: &AxisPlan, error: &SegmentError| {
        let mart = axis.column.attribute().filter(|known| !known.relation.is_own());
        match (mart, error) {
            (Some(mart), SegmentError::Store(error)) => mart::failed(mart, error).is_some(),
            _ => false,
        }
    };
    if !axes.iter().any(|axis| fails(axis, &error)) {
        return Err(error);
    }
    let (mut kept, mut lost) = (Vec::new(), Vec::new());
    for axis in std::mem::take(axes) {
        let alone = std::slice::from_ref(&axis);
        let own = axis.column.attribute().is_none_or(|known| known.relation.is_own());
        match if own { Ok(()) } else { tried(db, vocabulary, asked, alone, within).await.map(drop) }
        {
            Ok(()) => kept.push(axis),
            Err(error) if fails(&axis, &error) => lost.push(axis.column.code().to_owned()),
            Err(error) => return Err(error),
        }
    }
    if lost.is_empty() {
        return Err(error);
    }
    *axes = kept;
    Ok((tried(db, vocabulary, asked, axes, within).await?, lost))
}

/// The same in a step of its own, so that the transaction goes on where it fails.
async fn tried(
    db: &mut PgConnection,
    vocabulary: &Vocabulary,
    asked: Asked<'_>,
    axes: &[AxisPlan],
    within: Option<&Rule>,
) -> Result<Vec<Vec<Sums>>, SegmentError> {
    let mut step = db.begin().await?;
    let sums = each(&mut step, vocabulary, asked, axes, within).await;
    match &sums {
        Ok(_) => step.commit().await?,
        Err(_) => step.rollback().await?,
    }
    sums
}

/// What each value of each axis came to, from one pass over the records.
async fn each(
    db: &mut PgConnection,
    vocabulary: &Vocabulary,
    asked: Asked<'_>,
    axes: &[AxisPlan],
    within: Option<&Rule>,
) -> Result<Vec<Vec<Sums>>, SegmentError> {
    if axes.is_empty() {
        return Ok(Vec::new());
    }
    let mut shown = Shown::default();
    let mut built = moved(asked);
    if let Some(rule) = within {
        built.words(", s as materialized (select c.customer_id from ").members(rule).words(")");
    }
    built.words(", g as (select v.at, v.k, sum(m.a) as a, sum(m.b) as b");
    let mut values = built.clone();
    // The joins follow the columns, so the columns are written twice: once to know them.
    for axis in axes {
        axis.key(&mut values, &mut shown, vocabulary);
    }
    built.words(" from m join baton.customer c on c.customer_id = m.customer_id").joins(&shown);
    if within.is_some() {
        built.words(" join s on s.customer_id = c.customer_id");
    }
    built.words(" cross join lateral (values ");
    for (at, axis) in axes.iter().enumerate() {
        built.words(if at == 0 { "(" } else { ", (" }).number(at).words(", (");
        axis.key(&mut built, &mut shown, vocabulary);
        built.words(")::text)");
    }
    built.words(") v (at, k) group by 1, 2)").words(SHARES);
    let mut all: Vec<Vec<Sums>> = vec![Vec::new(); axes.len()];
    for row in dynamic::fetch_all(db, &built).await? {
        let at = usize::try_from(row.try_get::<i32, _>("at")?).unwrap_or_default();
        all[at].push((row.try_get("k")?, row.try_get("a")?, row.try_get("b")?));
    }
    Ok(all)
}

/// ` select at, k, a, b from g`: what the groups of each axis come to, whole and adding up to the whole of all of them.
const SHARES: &str = " select g.at, g.k, \
    (floor(g.a) + (row_number() over (partition by g.at order by g.a - floor(g.a) desc, g.k) \
        <= round(sum(g.a) over (partition by g.at)) - sum(floor(g.a)) over (partition by g.at))::int)::bigint as a, \
    (floor(g.b) + (row_number() over (partition by g.at order by g.b - floor(g.b) desc, g.k) \
        <= round(sum(g.b) over (partition by g.at)) - sum(floor(g.b)) over (partition by g.at))::int)::bigint as b \
    from g";

/// `with m as materialized (...)`: each customer's part at both ends, of the units that are asked for. What is known of a
/// customer stands under the unit he has now, so that the units of holdings are those of their customers.
fn moved(asked: Asked<'_>) -> Built {
    let units = asked.units.iter().map(|&unit| unit.into()).collect();
    let mut built = Built::new("with ");
    let (from, to) = asked.ends;
    match (from.start, to.start) {
        (None, None) => on_days(&mut built, asked, units),
        _ => over_days(&mut built, asked, units),
    }
    built
}

/// What stood on two days.
fn on_days(built: &mut Built, asked: Asked<'_>, units: Vec<i64>) {
    let (from, to) = (Bind::Date(asked.ends.0.end), Bind::Date(asked.ends.1.end));
    built.words("d as materialized (select ");
    built.bind(from, "date").words(" as a, ").bind(to, "date").words(" as b), u as materialized (");
    built.words("select o.id from baton.org_unit o where o.path && ");
    built.bind(Bind::IntArray(units), "int[]").words("), m as materialized (");
    match asked.measure {
        Measure::Customers => built.words(
            "select c.customer_id, \
             (c.opened_on <= d.a and (c.closed_on is null or c.closed_on > d.a))::int::bigint as a, \
             (c.opened_on <= d.b and (c.closed_on is null or c.closed_on > d.b))::int::bigint as b \
             from baton.customer c cross join d where c.org_id in (select u.id from u))",
        ),
        Measure::Holdings | Measure::HoldingsOf(_) => {
            built.words(
                "select h.customer_id, \
                 coalesce(sum(h.amount) filter (where h.day <= d.a and d.a < h.until), 0) as a, \
                 coalesce(sum(h.amount) filter (where h.day <= d.b and d.b < h.until), 0) as b \
                 from baton.holding h cross join d \
                 where h.until > least(d.a, d.b) and h.org_id in (select u.id from u)",
            );
            of_class(built, asked.measure);
            built.words(" group by h.customer_id)")
        }
    };
}

/// The mean of what stood on the days of two periods: of each unit over those days on which it has facts.
fn over_days(built: &mut Built, asked: Asked<'_>, units: Vec<i64>) {
    built.words("u as materialized (select k.*, k.a_until - k.a_since as a_days, k.b_until - k.b_since as b_days from (select o.id");
    for (taken, since, until) in
        [(asked.ends.0, " as a_since", " as a_until"), (asked.ends.1, " as b_since", " as b_until")]
    {
        let start = taken.start.unwrap_or(taken.end);
        built.words(", greatest(f.first_day, ").bind(Bind::Date(start), "date").words(")");
        built.words(since).words(", least(o.closed_on, ").bind(Bind::Date(taken.end), "date");
        built.words(" + 1)").words(until);
    }
    built.words(
        " from baton.org_unit o left join baton.fact_unit f on f.org_id = o.id and f.metric = ",
    );
    built.bind(Bind::Text(asked.metric.to_owned()), "text").words(" where o.path && ");
    built.bind(Bind::IntArray(units), "int[]").words(") k), m as materialized (");
    match asked.measure {
        Measure::Customers => built.words(
            "select c.customer_id, \
             case when u.a_days > 0 then greatest(least(c.closed_on, u.a_until) - greatest(c.opened_on, u.a_since), 0)::numeric / u.a_days \
                 else 0 end as a, \
             case when u.b_days > 0 then greatest(least(c.closed_on, u.b_until) - greatest(c.opened_on, u.b_since), 0)::numeric / u.b_days \
                 else 0 end as b \
             from baton.customer c join u on u.id = c.org_id)",
        ),
        Measure::Holdings | Measure::HoldingsOf(_) => {
            built.words(
                "select h.customer_id, \
                 case when min(u.a_days) > 0 then sum(h.amount::numeric \
                     * greatest(least(h.until, u.a_until) - greatest(h.day, u.a_since), 0)) / min(u.a_days) else 0 end as a, \
                 case when min(u.b_days) > 0 then sum(h.amount::numeric \
                     * greatest(least(h.until, u.b_until) - greatest(h.day, u.b_since), 0)) / min(u.b_days) else 0 end as b \
                 from baton.holding h join u on u.id = h.org_id \
                 where h.until > least(u.a_since, u.b_since)",
            );
            of_class(built, asked.measure);
            built.words(" group by h.customer_id)")
        }
    };
}

fn of_class(built: &mut Built, measure: &Measure) {
    if let Measure::HoldingsOf(class) = measure {
        built.words(" and h.product in (select p.id from baton.product p where p.class = ");
        built.bind(Bind::Text(class.clone()), "text").words(")");
    }
}
