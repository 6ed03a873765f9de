//! What customers' records say of a change: their balances, or how many they are, on two days, by what they have today.
//!
//! Holdings and the days on which customers came and went are known of every day; attributes, units and segments are
//! those of today. So a group is who is in it now, on both days.

use chrono::NaiveDate;
use sqlx::{PgConnection, Row as _};

use super::SegmentError;
use super::axis::{AxisPlan, Words, find_borders};
use crate::domain::attribute::AttributeType;
use crate::domain::metric::definition::Measure;
use crate::domain::rule::{Bind, Called, Column, Kind, Rule, Vocabulary};
use crate::domain::segment::grid::AxisAsked;
use crate::store::built::{Built, Shown};
use crate::store::dynamic;

/// As many dimensions are held against each other.
const MOST_DIMENSIONS: usize = 24;

/// Whose records, of what, on which days.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What of the records is added up.
    pub measure: &'a Measure,
    /// The unit's row: customers of it and of all below it.
    pub unit: i32,
    /// The two days.
    pub days: (NaiveDate, NaiveDate),
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
    /// On the earlier day.
    pub from: i64,
    /// On the later day.
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
    built.words(" select (");
    plan[0].key(&mut built, &mut shown, vocabulary);
    built.words(")::text as k, sum(m.a)::bigint as a, sum(m.b)::bigint as b");
    among(&mut built, &shown, asked).words(" group by 1");
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
        Called::Key(_) | Called::Nothing => (String::new(), String::new()),
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
        ") select s.customer_id is not null as k, sum(m.a)::bigint as a, sum(m.b)::bigint as b",
    );
    built.words(" from m join baton.customer c on c.customer_id = m.customer_id");
    built.words(" left join s on s.customer_id = c.customer_id");
    under(&mut built, asked).words(" group by 1");
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

/// By each of the categories and flags of the dictionary, from one pass over the records.
///
/// # Errors
/// Any [`SegmentError`] of the store.
pub async fn by_each(
    db: &mut PgConnection,
    vocabulary: &Vocabulary,
    asked: Asked<'_>,
) -> Result<Vec<(String, Vec<Moved>)>, SegmentError> {
    let grouped = |kind| matches!(kind, AttributeType::Category | AttributeType::Flag);
    let known = vocabulary.attributes().iter().filter(|known| grouped(known.kind));
    let axes: Vec<AxisPlan> = known
        .take(MOST_DIMENSIONS)
        .map(|known| AxisPlan::of(Column::Attribute(known.clone())))
        .collect();
    if axes.is_empty() {
        return Ok(Vec::new());
    }
    let words = Words::read(db, vocabulary, &axes).await?;
    let mut shown = Shown::default();
    let mut built = moved(asked);
    built.words(" select v.at, v.k, sum(m.a)::bigint as a, sum(m.b)::bigint as b");
    let mut values = built.clone();
    // The joins follow the columns, so the columns are written twice: once to know them.
    for axis in &axes {
        axis.key(&mut values, &mut shown, vocabulary);
    }
    built.words(" from m join baton.customer c on c.customer_id = m.customer_id").joins(&shown);
    built.words(" join baton.org_unit u on u.id = c.org_id cross join lateral (values ");
    for (at, axis) in axes.iter().enumerate() {
        built.words(if at == 0 { "(" } else { ", (" }).number(at).words(", (");
        axis.key(&mut built, &mut shown, vocabulary);
        built.words(")::text)");
    }
    built.words(") v (at, k) where u.path @> array[");
    built.bind(Bind::Int(asked.unit.into()), "int").words("] group by 1, 2");
    let mut all: Vec<(String, Vec<Moved>)> =
        axes.iter().map(|axis| (axis.name(), Vec::new())).collect();
    for row in dynamic::fetch_all(db, &built).await? {
        let at = usize::try_from(row.try_get::<i32, _>("at")?).unwrap_or_default();
        let key: Option<String> = row.try_get("k")?;
        let sums = (row.try_get("a")?, row.try_get("b")?);
        all[at].1.push(group(&axes[at], key.as_deref(), &words, sums));
    }
    Ok(all)
}

/// `with m as materialized (...)`: each customer's part on both days.
fn moved(asked: Asked<'_>) -> Built {
    let (from, to) = (Bind::Date(asked.days.0), Bind::Date(asked.days.1));
    let mut built = Built::new("with d as materialized (select ");
    built.bind(from, "date").words(" as a, ").bind(to, "date").words(" as b), m as materialized (");
    match asked.measure {
        Measure::Customers => built.words(
            "select c.customer_id, \
             (c.opened_on <= d.a and (c.closed_on is null or c.closed_on > d.a))::int::bigint as a, \
             (c.opened_on <= d.b and (c.closed_on is null or c.closed_on > d.b))::int::bigint as b \
             from baton.customer c cross join d)",
        ),
        Measure::Holdings | Measure::HoldingsOf(_) => {
            built.words(
                "select h.customer_id, \
                 coalesce(sum(h.amount) filter (where h.day <= d.a and d.a < h.until), 0) as a, \
                 coalesce(sum(h.amount) filter (where h.day <= d.b and d.b < h.until), 0) as b \
                 from baton.holding h cross join d where h.until > least(d.a, d.b)",
            );
            if let Measure::HoldingsOf(class) = asked.measure {
                built.words(" and h.product in (select p.id from baton.product p where p.class = ");
                built.bind(Bind::Text(class.clone()), "text").words(")");
            }
            built.words(" group by h.customer_id)")
        }
    };
    built
}

fn among<'b>(built: &'b mut Built, shown: &Shown, asked: Asked<'_>) -> &'b mut Built {
    built.words(" from m join baton.customer c on c.customer_id = m.customer_id").joins(shown);
    under(built, asked)
}

fn under<'b>(built: &'b mut Built, asked: Asked<'_>) -> &'b mut Built {
    built.words(" join baton.org_unit u on u.id = c.org_id where u.path @> array[");
    built.bind(Bind::Int(asked.unit.into()), "int").words("]")
}
