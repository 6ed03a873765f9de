//! Micro-segmentation: a rule's members split by up to three attributes, in one query once the borders are known.
#![expect(clippy::disallowed_methods, reason = "it says how long it took")]

use std::collections::HashMap;
use std::time::Instant;

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};

use super::SegmentError;
use super::axis::{AxisPlan, Words, find_borders};
use crate::domain::attribute::{AttributeType, MartDay};
use crate::domain::customer::Held;
use crate::domain::money::{Currency, Minor};
use crate::domain::rule::{Column, Kind, Rule, Vocabulary};
use crate::domain::segment::bin::Bin;
use crate::domain::segment::grid::{
    Axis, AxisAsked, Cell, Grid, MOST_AXES, MOST_CELLS, Measured, Metric, cell_name, narrowed,
};
use crate::domain::segment::portrait::SMALL;
use crate::store::built::{Built, Shown};
use crate::store::{StoreError, dynamic, mart};

/// Where an axis of numbers, amounts or days is cut if nothing else is said: quartiles of the members.
const QUARTILES: &str = "0.25, 0.5, 0.75";

/// Splits a rule's members by `asked`; each cell has the figures of `metric`, too, if one is named. The grid is of no saved
/// segment: the caller says of which, if it is.
///
/// # Errors
/// The [`SegmentError`]s of axes and means, or any [`StoreError`].
pub async fn grid(
    db: &mut PgConnection,
    rule: &Rule,
    vocabulary: &Vocabulary,
    asked: &[AxisAsked],
    metric: Option<&str>,
) -> Result<Grid, SegmentError> {
    if asked.is_empty() || asked.len() > MOST_AXES {
        return Err(SegmentError::Axes { count: asked.len() });
    }
    let began = Instant::now();
    super::of_its_data(db).await?;
    let read = |asked| AxisPlan::asked(asked, vocabulary);
    let mut axes = asked.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    for (at, axis) in axes.iter().enumerate() {
        if axes[..at].iter().any(|before| before.column == axis.column) {
            return Err(SegmentError::AxisTwice { name: axis.name() });
        }
    }
    let metric = metric.map(|name| metric_of(name, vocabulary)).transpose()?;
    let as_of = vocabulary.bank().as_of;
    let words = Words::read(db, vocabulary, &axes).await?;
    let mut columns: Vec<Column> = rule.reads().into_iter().cloned().collect();
    columns.extend(axes.iter().chain(&metric).map(|axis| axis.column.clone()));
    let columns: Vec<&Column> = columns.iter().collect();
    mart::check(db, &columns).await?;
    let refreshed = MartDay::of(columns.iter().filter_map(|column| column.attribute()));
    let refreshed = mart::days(db, refreshed).await?;
    let asked = asked_of(db, rule, vocabulary, &mut axes, metric.as_ref()).await;
    let rows = match asked {
        Ok(rows) => rows,
        Err(SegmentError::Store(error)) => {
            let text = [rule.canonical()];
            return Err(mart::blamed_on(db, &columns, &text, error).await.into());
        }
        Err(error) => return Err(error),
    };
    if rows.len() > MOST_CELLS {
        return Err(SegmentError::TooManyCells { cells: rows.len() });
    }
    let mut raw = Vec::with_capacity(rows.len());
    for row in &rows {
        raw.push(RawCell::read(row, &axes, &words, metric.as_ref(), vocabulary.bank().currency)?);
    }
    let shown: Vec<Axis> =
        axes.iter().enumerate().map(|(at, axis)| axis_of(axis, at, &raw, &words)).collect();
    // Of all of them, the small ones too.
    let aum = Minor::total(raw.iter().map(|cell| cell.aum)).ok_or(StoreError::TooLarge)?;
    let mut cells: Vec<Cell> =
        raw.into_iter().map(|cell| cell.placed(rule, &axes, &shown)).collect();
    cells.sort_by(|a, b| a.at.cmp(&b.at));
    Ok(Grid {
        segment: None,
        version: None,
        count: cells.iter().map(|cell| cell.count).sum(),
        aum,
        as_of,
        refreshed,
        ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        axes: shown,
        metric: metric.map(|plan| {
            let (zh, en) = plan.labels();
            Metric { name: plan.name(), zh, en, kind: measure(&plan) }
        }),
        cells,
    })
}

/// The rows of the cells, once the borders of the axes are known.
async fn asked_of(
    db: &mut PgConnection,
    rule: &Rule,
    vocabulary: &Vocabulary,
    axes: &mut [AxisPlan],
    metric: Option<&AxisPlan>,
) -> Result<Vec<PgRow>, SegmentError> {
    find_borders(db, axes, Some(rule), QUARTILES, vocabulary.bank().as_of).await?;
    Ok(dynamic::fetch_all(db, &statement(rule, vocabulary, axes, metric)).await?)
}

/// What can be summed: a number, an amount or a flag.
fn metric_of(name: &str, vocabulary: &Vocabulary) -> Result<AxisPlan, SegmentError> {
    const FLAG: Kind = Kind::Plain(AttributeType::Flag);
    let axis = AxisPlan::named(name, vocabulary)?;
    if matches!(axis.column.kind(), Kind::NUMBER | Kind::MONEY | FLAG) {
        return Ok(axis);
    }
    Err(SegmentError::NoSum { name: axis.name() })
}

fn statement(
    rule: &Rule,
    vocabulary: &Vocabulary,
    axes: &[AxisPlan],
    metric: Option<&AxisPlan>,
) -> Built {
    let as_of = vocabulary.bank().as_of;
    let is_money = metric.is_some_and(|metric| metric.column.kind() == Kind::MONEY);
    let mut shown = Shown::default();
    let mut built = Built::new("with m as materialized (select c.customer_id from ");
    built
        .members(rule)
        .words(") select count(*) as members, coalesce(sum(c.aum), 0)::bigint as worth");
    for (at, axis) in axes.iter().enumerate() {
        built.words(", ");
        axis.key(&mut built, &mut shown, vocabulary);
        built.words("::text as k").number(at);
    }
    if let Some(axis) = metric {
        for (before, after) in [
            (", count(", ") as known"),
            (", sum(", ")::text as total"),
            (", round(avg(", if is_money { "))::text as mean" } else { "), 6)::text as mean" }),
        ] {
            built.words(before);
            axis.summed(&mut built, &mut shown, as_of);
            built.words(after);
        }
    }
    built.words(" from m join baton.customer c on c.customer_id = m.customer_id").joins(&shown);
    built.words(" group by ");
    for at in 0..axes.len() {
        built.words(if at == 0 { "k" } else { ", k" }).number(at);
    }
    // One more than an answer has, to know that it is more.
    built.words(" limit ").number(MOST_CELLS + 1);
    built
}

/// What kind of figure the sum of an attribute is; flags are counted.
fn measure(of: &AxisPlan) -> AttributeType {
    match of.column.kind() {
        Kind::Plain(kind) => kind,
        Kind::Tier | Kind::Org | Kind::Staff => AttributeType::Number,
    }
}

/// The figures of a cell.
fn measured(row: &PgRow, of: &AxisPlan, currency: Currency) -> Result<Measured, sqlx::Error> {
    let money = of.column.kind() == Kind::MONEY;
    let read = |text: String| {
        if money {
            return match Held::read(AttributeType::Money, &text) {
                // A sum that no amount holds is told as a number, in major units like its neighbours.
                Held::Text(wide) => Held::Number(currency.pointed(&wide)),
                held => held,
            };
        }
        let short = if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        };
        Held::Number(short)
    };
    let known: i64 = row.try_get("known")?;
    // A sum or a mean over a few would tell of people.
    let told = |text: Option<String>| text.filter(|_| known >= SMALL).map(read);
    Ok(Measured { known, sum: told(row.try_get("total")?), mean: told(row.try_get("mean")?) })
}

/// A cell before the axes are in order.
struct RawCell {
    bins: Vec<Bin>,
    count: i64,
    aum: Minor,
    metric: Option<Measured>,
}

impl RawCell {
    fn read(
        row: &PgRow,
        axes: &[AxisPlan],
        words: &Words<'_>,
        metric: Option<&AxisPlan>,
        currency: Currency,
    ) -> Result<Self, sqlx::Error> {
        let mut bins = Vec::with_capacity(axes.len());
        for (at, axis) in axes.iter().enumerate() {
            let key: Option<String> = row.try_get(format!("k{at}").as_str())?;
            bins.push(axis.bin(key.as_deref(), words));
        }
        let metric = metric.map(|of| measured(row, of, currency)).transpose()?;
        let aum = Minor(row.try_get("worth")?);
        Ok(Self { bins, count: row.try_get("members")?, aum, metric })
    }

    /// The cell at its place, with its rule.
    fn placed(self, rule: &Rule, axes: &[AxisPlan], shown: &[Axis]) -> Cell {
        let place = |(axis, bin): (&Axis, &Bin)| axis.bins.iter().position(|b| b == bin);
        let at: Vec<usize> =
            shown.iter().zip(&self.bins).map(|pair| place(pair).unwrap_or_default()).collect();
        let conditions: Vec<String> = axes
            .iter()
            .zip(&self.bins)
            .map(|(axis, bin)| bin.condition(&axis.column.written(), axis.column.kind()))
            .collect();
        Cell {
            cell: cell_name(&at),
            at,
            count: self.count,
            aum: (self.count >= SMALL).then_some(self.aum),
            metric: self.metric,
            rule: narrowed(rule, &conditions),
        }
    }
}

/// The bins of an axis in order: all ranges of a ranged one, the values that somebody has of others by frequency; the
/// unknown last, if anybody is unknown.
fn axis_of(plan: &AxisPlan, at: usize, cells: &[RawCell], words: &Words<'_>) -> Axis {
    let mut counts: HashMap<&Bin, i64> = HashMap::new();
    for cell in cells {
        *counts.entry(&cell.bins[at]).or_default() += cell.count;
    }
    let unknown = counts.remove(&Bin::Unknown).is_some();
    let mut bins = plan.ranges(words).unwrap_or_else(|| {
        let mut bins: Vec<(&Bin, i64)> = counts.into_iter().collect();
        bins.sort_by(|(a, many), (b, few)| few.cmp(many).then_with(|| a.label().cmp(&b.label())));
        bins.into_iter().map(|(bin, _)| bin.clone()).collect()
    });
    if unknown {
        bins.push(Bin::Unknown);
    }
    let (zh, en) = plan.labels();
    let called = bins.iter().map(|bin| plan.called(bin, words.vocabulary)).collect();
    Axis { name: plan.name(), zh, en, bins, called }
}
