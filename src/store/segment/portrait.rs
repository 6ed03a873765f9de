//! What sets a rule's members apart from everyone, over all attributes, in two queries: one for the borders and middle
//! values, one that counts every value inside and overall.

use sqlx::{PgConnection, Row as _};

use super::SegmentError;
use super::axis::{AxisPlan, Words, find_borders};
use crate::domain::rule::{Column, Kind, Rule, Vocabulary};
use crate::domain::segment::portrait::{Medians, Portrait, SMALL, Trait, lift, sort};
use crate::store::built::{Built, Shown};
use crate::store::dynamic;

/// Numbers, amounts and days are told by the deciles of everyone.
const DECILES: &str = "0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9";
/// A category of more values names people rather than tells of them, and is left out.
const MOST_VALUES: i64 = 1_000;
/// How many attributes one query asks of: `grouping` has a bit for each.
const TOGETHER: usize = 31;

/// What sets a rule's members apart. The portrait is of no saved segment: the caller says of which, if it is.
///
/// # Errors
/// Any [`StoreError`](crate::store::StoreError).
pub async fn portrait(
    db: &mut PgConnection,
    rule: &Rule,
    vocabulary: &Vocabulary,
) -> Result<Portrait, SegmentError> {
    let fixed = [
        Column::Tier,
        Column::Age,
        Column::Gender,
        Column::Aum,
        Column::OpenedOn,
        Column::NoContact,
    ];
    let attributes = vocabulary.attributes().iter().cloned().map(Column::Attribute);
    let mut axes: Vec<AxisPlan> = fixed.into_iter().chain(attributes).map(AxisPlan::of).collect();
    let naming = naming(db).await?;
    axes.retain(|axis| !naming.iter().any(|(code, _)| axis.column.code() == code));
    let (count, of) = sizes(db, rule).await?;
    let mut portrait = Portrait {
        segment: None,
        version: None,
        count,
        of,
        as_of: vocabulary.bank().as_of,
        ms: 0,
        traits: Vec::new(),
        medians: Vec::new(),
        hidden: naming.iter().map(|(_, values)| values).sum(),
    };
    for some in axes.chunks_mut(TOGETHER) {
        find_borders(db, some, None, DECILES, portrait.as_of).await?;
        medians(db, rule, some, &mut portrait).await?;
        traits(db, rule, vocabulary, some, &mut portrait).await?;
    }
    sort(&mut portrait.traits);
    Ok(portrait)
}

/// Categories that name people, and how many values each has.
async fn naming(db: &mut PgConnection) -> Result<Vec<(String, i64)>, SegmentError> {
    let rows = sqlx::query!(
        r#"select attribute, count(*) as "values!" from baton.category_value
           group by attribute having count(*) > $1"#,
        MOST_VALUES
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.attribute, row.values)).collect())
}

async fn sizes(db: &mut PgConnection, rule: &Rule) -> Result<(i64, i64), SegmentError> {
    let mut built = Built::new(
        "select (select count(*) from baton.customer where closed_on is null) as everyone, count(*) as members from ",
    );
    let rows = dynamic::fetch_all(db, built.members(rule)).await?;
    let Some(row) = rows.first() else { return Ok((0, 0)) };
    Ok((row.try_get("members")?, row.try_get("everyone")?))
}

/// The middle value of each ordered attribute, inside and overall.
async fn medians(
    db: &mut PgConnection,
    rule: &Rule,
    axes: &[AxisPlan],
    portrait: &mut Portrait,
) -> Result<(), SegmentError> {
    let mut shown = Shown::default();
    let mut built = Built::new("with m as materialized (select c.customer_id from ");
    built.members(rule).words(") select 0 as none");
    for (at, axis) in axes.iter().enumerate().filter(|(_, axis)| axis.is_ranged()) {
        for (name, who) in [("i", " filter (where m.customer_id is not null)"), ("o", "")] {
            built.words(", percentile_disc(0.5) within group (order by ");
            axis.ordered(&mut built, &mut shown, portrait.as_of);
            built.words(")").words(who).words("::text as ").words(name).number(at);
        }
        built.words(", count(");
        axis.ordered(&mut built, &mut shown, portrait.as_of);
        built.words(") filter (where m.customer_id is not null) as n").number(at);
    }
    built.words(" from baton.customer c left join m on m.customer_id = c.customer_id");
    built.joins(&shown).words(" where c.closed_on is null");
    let rows = dynamic::fetch_all(db, &built).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    for (at, axis) in axes.iter().enumerate().filter(|(_, axis)| axis.is_ranged()) {
        let get = |name: &str| row.try_get::<Option<String>, _>(format!("{name}{at}").as_str());
        let known: i64 = row.try_get(format!("n{at}").as_str())?;
        let Kind::Plain(kind) = axis.column.kind() else { continue };
        let (zh, en) = axis.labels();
        portrait.medians.push(Medians {
            attribute: axis.name(),
            zh,
            en,
            kind,
            inside: get("i")?.filter(|_| known >= SMALL),
            overall: get("o")?,
        });
    }
    Ok(())
}

/// The shares of every value.
async fn traits(
    db: &mut PgConnection,
    rule: &Rule,
    vocabulary: &Vocabulary,
    axes: &[AxisPlan],
    portrait: &mut Portrait,
) -> Result<(), SegmentError> {
    let words = Words::read(db, vocabulary, axes).await?;
    let rows = dynamic::fetch_all(db, &statement(rule, vocabulary, axes)).await?;
    for row in &rows {
        portrait.ms = portrait.ms.max(row.try_get::<i64, _>("ms")?.unsigned_abs());
        // The one column that this row is grouped by has a zero among the bits, the first column the highest.
        let bits = row.try_get::<i32, _>("bits")?;
        let grouped = (0..axes.len()).find(|at| bits >> (axes.len() - 1 - at) & 1 == 0);
        let Some((at, of)) = grouped.and_then(|at| Some((at, axes.get(at)?))) else { continue };
        let (members, everyone): (i64, i64) = (row.try_get("members")?, row.try_get("everyone")?);
        if members < SMALL || everyone < SMALL {
            portrait.hidden += 1;
            continue;
        }
        let key: Option<String> = row.try_get(format!("k{at}").as_str())?;
        let Some((share, overall, lift)) = lift(members, portrait.count, everyone, portrait.of)
        else {
            continue;
        };
        let value = of.bin(key.as_deref(), &words);
        let (zh, en) = of.labels();
        portrait.traits.push(Trait {
            attribute: of.name(),
            zh,
            en,
            rule: value.condition(&of.column.written(), of.column.kind()),
            called: of.called(&value, vocabulary),
            value,
            count: members,
            of: everyone,
            share,
            overall,
            lift,
        });
    }
    Ok(())
}

/// Counts every value of every axis, inside and overall, in one pass over the customers.
fn statement(rule: &Rule, vocabulary: &Vocabulary, axes: &[AxisPlan]) -> Built {
    let mut shown = Shown::default();
    let mut built = Built::new("with m as materialized (select c.customer_id from ");
    built.members(rule).words(") select count(*) as everyone, count(member) as members, grouping(");
    for at in 0..axes.len() {
        built.words(if at == 0 { "k" } else { ", k" }).number(at);
    }
    built.words(
        ") as bits, (extract(epoch from clock_timestamp() - statement_timestamp()) * 1000)::bigint as ms",
    );
    for at in 0..axes.len() {
        built.words(", k").number(at).words("::text");
    }
    built.words(" from (select m.customer_id as member");
    for (at, axis) in axes.iter().enumerate() {
        built.words(", ");
        axis.key(&mut built, &mut shown, vocabulary);
        built.words(" as k").number(at);
    }
    built
        .words(" from baton.customer c left join m on m.customer_id = c.customer_id")
        .joins(&shown);
    // Without an offset the planner writes each expression out once more for every use.
    built.words(" where c.closed_on is null offset 0) one group by grouping sets (");
    for at in 0..axes.len() {
        built.words(if at == 0 { "(k" } else { ", (k" }).number(at).words(")");
    }
    built.words(")");
    built
}
