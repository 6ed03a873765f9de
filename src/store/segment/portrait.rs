//! What sets a rule's members apart from everyone, over all attributes, in two queries: one for the borders and middle
//! values, one that counts every value inside and overall.

use sqlx::{PgConnection, Row as _};

use super::SegmentError;
use super::axis::{AxisPlan, Words, find_borders};
use crate::domain::attribute::AttributeType;
use crate::domain::rule::{Column, Kind, Rule, Vocabulary};
use crate::domain::segment::portrait::{Medians, Portrait, SMALL, Trait, lift, sort};
use crate::store::built::{Built, Shown};
use crate::store::dynamic;

/// Numbers, amounts and days are told by the deciles of everyone.
const DECILES: &str = "0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9";
/// How many values an attribute may have before it names people rather than tells of them.
const MOST_VALUES: i64 = 1_000;
/// How many attributes one query asks of.
const TOGETHER: usize = 200;

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
    let read = |column| AxisPlan::of(&column, vocabulary);
    let mut axes = fixed.into_iter().chain(attributes).map(read).collect::<Result<Vec<_>, _>>()?;
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
        hidden: 0,
    };
    for some in axes.chunks_mut(TOGETHER) {
        find_borders(db, some, None, DECILES, portrait.as_of).await?;
        medians(db, rule, some, &mut portrait).await?;
        traits(db, rule, vocabulary, some, &mut portrait).await?;
    }
    sort(&mut portrait.traits);
    Ok(portrait)
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
            attribute: axis.name.clone(),
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
    let mut shown = Shown::default();
    let mut built = Built::new("with m as materialized (select c.customer_id from ");
    built.members(rule).words(
        "), told as (select v.axis, v.key, count(*) as everyone, count(m.customer_id) as members \
         from baton.customer c left join m on m.customer_id = c.customer_id",
    );
    // The joins stand before the columns in the text, so the columns are asked for first.
    let mut values = Built::new("");
    for axis in axes {
        axis.key(&mut values, &mut shown, vocabulary);
    }
    built.joins(&shown).words(" cross join lateral (values ");
    for (at, axis) in axes.iter().enumerate() {
        built.words(if at == 0 { "(" } else { ", (" }).number(at).words(", ");
        axis.key(&mut built, &mut shown, vocabulary);
        built.words(")");
    }
    built.words(") v (axis, key) where c.closed_on is null group by v.axis, v.key) ");
    built.words(
        "select axis, key, everyone, members, \
             count(*) over (partition by axis) as many, \
             (extract(epoch from clock_timestamp() - statement_timestamp()) * 1000)::bigint as ms \
         from told",
    );
    for row in &dynamic::fetch_all(db, &built).await? {
        portrait.ms = portrait.ms.max(row.try_get::<i64, _>("ms")?.unsigned_abs());
        let at = usize::try_from(row.try_get::<i32, _>("axis")?).unwrap_or_default();
        let Some(of) = axes.get(at) else { continue };
        let (members, everyone): (i64, i64) = (row.try_get("members")?, row.try_get("everyone")?);
        let names_people = of.column.kind() == Kind::Plain(AttributeType::Category)
            && row.try_get::<i64, _>("many")? > MOST_VALUES;
        if members < SMALL || everyone < SMALL || names_people {
            portrait.hidden += 1;
            continue;
        }
        let key: Option<String> = row.try_get("key")?;
        let Some((share, overall, lift)) = lift(members, portrait.count, everyone, portrait.of)
        else {
            continue;
        };
        let value = of.bin(key.as_deref(), &words);
        let (zh, en) = of.labels();
        portrait.traits.push(Trait {
            attribute: of.name.clone(),
            zh,
            en,
            rule: value.condition(&of.name, of.column.kind()),
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
