//! What sets a rule's members apart from everyone, over all attributes, in three queries: one for everybody's
//! borders and middle values, one for the members' middle values, one that counts every value inside and overall.

use chrono::NaiveDate;
use sqlx::{PgConnection, Row as _};

use super::SegmentError;
use super::axis::{AxisPlan, Words, find_borders};
use crate::domain::attribute::{Attribute, AttributeType, MartDay};
use crate::domain::clean::clean;
use crate::domain::rule::{Column, Kind, Rule, Vocabulary};
use crate::domain::segment::bin::Bin;
use crate::domain::segment::portrait::{Medians, Portrait, SMALL, Trait, lift, sort};
use crate::store::built::{Built, Shown};
use crate::store::{StoreError, dynamic, mart};

/// Numbers, amounts and days are told by the deciles of everyone.
const DECILES: &str = "0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9";
/// A category of more values names people rather than tells of them, and is left out.
const MOST_VALUES: i64 = 1_000;
/// How many attributes one query asks of: `grouping` has a bit for each.
const TOGETHER: usize = 31;
/// How many flags one query counts.
const FLAGS_TOGETHER: usize = 200;

/// What sets a rule's members apart; what the bank's own marts do not tell now is left out and named. The portrait is of
/// no saved segment: the caller says of which, if it is.
///
/// # Errors
/// Any [`StoreError`].
pub async fn portrait(
    db: &mut PgConnection,
    rule: &Rule,
    vocabulary: &Vocabulary,
) -> Result<Portrait, SegmentError> {
    super::of_its_data(db).await?;
    // A mart that the rule itself reads is named if somebody has locked it, and not waited for.
    let refreshed = mart::days(db, rule.marts()).await?;
    let (count, of) = match sizes(db, rule).await {
        Ok(sizes) => sizes,
        Err(SegmentError::Store(error)) => {
            return Err(mart::blamed(db, &[rule], error).await.into());
        }
        Err(error) => return Err(error),
    };
    let mut portrait = Portrait {
        segment: None,
        version: None,
        count,
        of,
        as_of: vocabulary.bank().as_of,
        refreshed,
        unread: Vec::new(),
        ms: 0,
        traits: Vec::new(),
        medians: Vec::new(),
        hidden: 0,
    };
    // Nobody is set apart by nothing: it is empty, and no value of it is hidden.
    if count == 0 {
        return Ok(portrait);
    }
    let mut axes = axes(db, vocabulary, &mut portrait).await?;
    let days = days(db, rule, &mut axes, &mut portrait).await?;
    // Flags are counted where they stand, which costs a fraction of sorting their values out: a bank has hundreds.
    let (mut flags, mut others): (Vec<AxisPlan>, Vec<AxisPlan>) =
        axes.into_iter().partition(is_flag);
    let chunks = flags.chunks_mut(FLAGS_TOGETHER).chain(others.chunks_mut(TOGETHER));
    for some in chunks {
        let (traits, medians) = (portrait.traits.len(), portrait.medians.len());
        if let Err(error) = told(db, rule, vocabulary, some, &mut portrait).await {
            portrait.traits.truncate(traits);
            portrait.medians.truncate(medians);
            one_by_one(db, rule, vocabulary, some, &mut portrait, error).await?;
        }
    }
    let unread =
        |axis: &&AxisPlan| !portrait.unread.iter().any(|gone| axis.name() == gone.attribute.code);
    let read =
        flags.iter().chain(&others).filter(unread).filter_map(|axis| axis.column.attribute());
    let read = MartDay::of(rule.reads().into_iter().filter_map(Column::attribute).chain(read));
    portrait.refreshed = MartDay::told(read, &days);
    sort(&mut portrait.traits);
    Ok(portrait)
}

/// Of which day the marts are that the portrait reads. One that somebody has locked takes its own attributes out of it, but
/// for one that the rule reads itself.
async fn days(
    db: &mut PgConnection,
    rule: &Rule,
    axes: &mut Vec<AxisPlan>,
    portrait: &mut Portrait,
) -> Result<Vec<(String, Option<NaiveDate>)>, StoreError> {
    loop {
        let reads = rule.reads().into_iter().chain(axes.iter().map(|axis| &axis.column));
        let marts = MartDay::of(reads.filter_map(Column::attribute));
        let error = match mart::days_of(db, &marts).await {
            Ok(days) => return Ok(days),
            Err(error) => error,
        };
        let StoreError::Locked { relation } = &error else { return Err(error) };
        let stands = |one: &Attribute| one.relation.to_string() == *relation;
        if rule.reads().into_iter().filter_map(Column::attribute).any(stands) {
            return Err(error);
        }
        let locked =
            axes.iter().filter_map(|axis| axis.column.attribute()).filter(|one| stands(one));
        let unread: Vec<_> = locked.filter_map(|one| mart::failed(one, &error)).collect();
        if unread.is_empty() {
            return Err(error);
        }
        portrait.unread.extend(unread);
        axes.retain(|axis| !axis.column.attribute().is_some_and(stands));
        // It was waited for once; the others are looked at without.
        let others: Vec<Attribute> =
            axes.iter().filter_map(|axis| axis.column.attribute()).cloned().collect();
        let gone = mart::locked(db, &others).await?;
        let is_gone = |one: &Attribute| gone.iter().any(|other| other.attribute.code == one.code);
        axes.retain(|axis| !axis.column.attribute().is_some_and(is_gone));
        portrait.unread.extend(gone);
    }
}

/// What a portrait is told by: the columns that every customer has, and the attributes that can be read and name nobody.
async fn axes(
    db: &mut PgConnection,
    vocabulary: &Vocabulary,
    portrait: &mut Portrait,
) -> Result<Vec<AxisPlan>, SegmentError> {
    let fixed = [
        Column::Tier,
        Column::Age,
        Column::Gender,
        Column::Aum,
        Column::OpenedOn,
        Column::NoContact,
    ];
    let naming = naming(db).await?;
    portrait.hidden = naming.iter().map(|(_, values)| values).sum();
    if vocabulary.attributes().iter().any(|one| !one.relation.is_own()) {
        portrait.unread = mart::unread(db).await?;
    }
    let attributes = vocabulary.attributes().iter().cloned().map(Column::Attribute);
    let mut axes: Vec<AxisPlan> = fixed.into_iter().chain(attributes).map(AxisPlan::of).collect();
    let is_out = |code: &str| {
        naming.iter().any(|(name, _)| code == name)
            || portrait.unread.iter().any(|gone| code == gone.attribute.code)
    };
    axes.retain(|axis| !is_out(axis.column.code()));
    Ok(axes)
}

/// Whether its values are yes, no and unknown.
fn is_flag(axis: &AxisPlan) -> bool {
    axis.column.kind() == Kind::Plain(AttributeType::Flag)
}

/// Everything of some attributes, in three queries; of flags alone, in two.
async fn told(
    db: &mut PgConnection,
    rule: &Rule,
    vocabulary: &Vocabulary,
    axes: &mut [AxisPlan],
    portrait: &mut Portrait,
) -> Result<(), SegmentError> {
    if axes.is_empty() {
        return Ok(());
    }
    if axes.iter().all(is_flag) {
        return flags(db, rule, vocabulary, axes, portrait).await;
    }
    find_borders(db, axes, None, DECILES, portrait.as_of).await?;
    medians(db, rule, axes, portrait).await?;
    traits(db, rule, vocabulary, axes, portrait).await
}

/// The same after it has failed of some mart among them: what imports fill together, then each attribute of a mart alone.
async fn one_by_one(
    db: &mut PgConnection,
    rule: &Rule,
    vocabulary: &Vocabulary,
    axes: &mut [AxisPlan],
    portrait: &mut Portrait,
    error: SegmentError,
) -> Result<(), SegmentError> {
    let is_mart =
        |axis: &AxisPlan| axis.column.attribute().is_some_and(|one| !one.relation.is_own());
    if !axes.iter().any(is_mart) {
        return Err(error);
    }
    axes.sort_by_key(is_mart);
    let own = axes.iter().filter(|axis| !is_mart(axis)).count();
    let (own, marts) = axes.split_at_mut(own);
    told(db, rule, vocabulary, own, portrait).await?;
    for axis in marts.chunks_mut(1) {
        let (traits, medians) = (portrait.traits.len(), portrait.medians.len());
        let Err(error) = told(db, rule, vocabulary, axis, portrait).await else { continue };
        portrait.traits.truncate(traits);
        portrait.medians.truncate(medians);
        let failed = match (axis[0].column.attribute(), &error) {
            (Some(attribute), SegmentError::Store(error)) => mart::failed(attribute, error),
            _ => None,
        };
        portrait.unread.push(failed.ok_or(error)?);
    }
    Ok(())
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

/// The middle value of each ordered attribute, inside and overall; that of all is known from the borders, for which everybody
/// was sorted already.
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
        built.words(", percentile_disc(0.5) within group (order by ");
        axis.ordered(&mut built, &mut shown, portrait.as_of);
        built.words(")::text as i").number(at).words(", count(");
        axis.ordered(&mut built, &mut shown, portrait.as_of);
        built.words(") as n").number(at);
    }
    built.words(" from baton.customer c join m on m.customer_id = c.customer_id");
    built.joins(&shown).words(" where c.closed_on is null");
    let rows = dynamic::fetch_all(db, &built).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let units = units(db).await?;
    for (at, axis) in axes.iter().enumerate().filter(|(_, axis)| axis.is_ranged()) {
        let inside: Option<String> = row.try_get(format!("i{at}").as_str())?;
        let known: i64 = row.try_get(format!("n{at}").as_str())?;
        let Kind::Plain(kind) = axis.column.kind() else { continue };
        let (zh, en) = axis.labels();
        let unit = units.iter().find(|(code, _)| code == axis.column.code());
        portrait.medians.push(Medians {
            unit: unit.map(|(_, unit)| unit.clone()),
            attribute: axis.name(),
            zh,
            en,
            kind,
            inside: inside.filter(|_| known >= SMALL),
            overall: axis.middle.clone(),
        });
    }
    Ok(())
}

/// What numbers count, where the dictionary says it, by attribute.
async fn units(db: &mut PgConnection) -> Result<Vec<(String, String)>, SegmentError> {
    let rows = sqlx::query!(
        r#"select code, unit as "unit!" from baton.attribute where unit is not null and type = 'number'"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.code, clean(&row.unit).into_owned())).collect())
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
        let key: Option<String> = row.try_get(format!("k{at}").as_str())?;
        found(portrait, vocabulary, of, of.bin(key.as_deref(), &words), (members, everyone));
    }
    Ok(())
}

/// Takes a value that so many members and so many of all have, or hides it.
fn found(
    portrait: &mut Portrait,
    vocabulary: &Vocabulary,
    of: &AxisPlan,
    value: Bin,
    (members, everyone): (i64, i64),
) {
    if members < SMALL || everyone < SMALL {
        portrait.hidden += 1;
        return;
    }
    let Some((share, overall, lift)) = lift(members, portrait.count, everyone, portrait.of) else {
        return;
    };
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

/// The shares of yes, no and unknown of some flags: one pass over everybody, one over the members.
async fn flags(
    db: &mut PgConnection,
    rule: &Rule,
    vocabulary: &Vocabulary,
    axes: &[AxisPlan],
    portrait: &mut Portrait,
) -> Result<(), SegmentError> {
    let everyone = flag_counts(db, None, axes, portrait).await?;
    let members = flag_counts(db, Some(rule), axes, portrait).await?;
    for ((axis, all), inside) in axes.iter().zip(everyone).zip(members) {
        for (value, inside, all) in [
            (Bin::Flag(true), inside.yes, all.yes),
            (Bin::Flag(false), inside.known - inside.yes, all.known - all.yes),
            (Bin::Unknown, portrait.count - inside.known, portrait.of - all.known),
        ] {
            if all > 0 {
                found(portrait, vocabulary, axis, value, (inside, all));
            }
        }
    }
    Ok(())
}

/// How many have a value of a flag, and how many say yes.
struct FlagCount {
    known: i64,
    yes: i64,
}

async fn flag_counts(
    db: &mut PgConnection,
    members: Option<&Rule>,
    axes: &[AxisPlan],
    portrait: &mut Portrait,
) -> Result<Vec<FlagCount>, SegmentError> {
    let mut shown = Shown::default();
    let mut built = Built::new("");
    if let Some(rule) = members {
        built.words("with m as materialized (select c.customer_id from ").members(rule).words(") ");
    }
    built.words(
        "select (extract(epoch from clock_timestamp() - statement_timestamp()) * 1000)::bigint as ms",
    );
    built.words(", array[");
    for (at, axis) in axes.iter().enumerate() {
        built.words(if at == 0 { "count(" } else { ", count(" });
        built.column(&mut shown, &axis.column, portrait.as_of).words(")");
    }
    built.words("] as known, array[");
    for (at, axis) in axes.iter().enumerate() {
        built.words(if at == 0 { "count(nullif(" } else { ", count(nullif(" });
        built.column(&mut shown, &axis.column, portrait.as_of).words(", false))");
    }
    built.words("] as yes from baton.customer c");
    if members.is_some() {
        built.words(" join m on m.customer_id = c.customer_id");
    }
    built.joins(&shown).words(" where c.closed_on is null");
    let rows = dynamic::fetch_all(db, &built).await?;
    let Some(row) = rows.first() else { return Ok(Vec::new()) };
    portrait.ms = portrait.ms.max(row.try_get::<i64, _>("ms")?.unsigned_abs());
    let (known, yes): (Vec<i64>, Vec<i64>) = (row.try_get("known")?, row.try_get("yes")?);
    Ok(known.into_iter().zip(yes).map(|(known, yes)| FlagCount { known, yes }).collect())
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
