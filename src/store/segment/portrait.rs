//! What sets a rule's members apart from everyone, over all attributes together: which they are, and what becomes of one that
//! cannot be read. What is asked of them stands in `portrait_told`.
#![expect(clippy::disallowed_methods, reason = "it says how long it took")]

use std::time::Instant;

use chrono::NaiveDate;
use sqlx::{PgConnection, Row as _};

use super::SegmentError;
use super::axis::AxisPlan;
use super::portrait_told::{MOST_FEW, MOST_ROWS, told};
use crate::domain::attribute::{Attribute, MartDay};
use crate::domain::rule::{Column, Rule, Vocabulary};
use crate::domain::segment::portrait::{Portrait, sort};
use crate::store::built::Built;
use crate::store::{StoreError, dynamic, mart};

/// A category of more values names people rather than tells of them, and is left out.
const MOST_VALUES: i64 = 1_000;
/// How many attributes one query asks of, flags and others: a table's row has no room for much more.
const TOGETHER: usize = 300;

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
    let began = Instant::now();
    let mut portrait = asked(db, rule, vocabulary).await?;
    portrait.ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(portrait)
}

async fn asked(
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
    mark_few(db, &mut axes).await?;
    for some in axes.chunks_mut(TOGETHER) {
        let (traits, medians) = (portrait.traits.len(), portrait.medians.len());
        if let Err(error) = told(db, rule, vocabulary, some, &mut portrait).await {
            portrait.traits.truncate(traits);
            portrait.medians.truncate(medians);
            one_by_one(db, rule, vocabulary, some, &mut portrait, error).await?;
        }
    }
    let unread =
        |axis: &&AxisPlan| !portrait.unread.iter().any(|gone| axis.name() == gone.attribute.code);
    let read = axes.iter().filter(unread).filter_map(|axis| axis.column.attribute());
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

/// Marks the ordered ones that had few values when they were measured, those with the fewest first: each of their values is
/// counted, which costs less than putting everybody in order and into ranges. That there are more by now costs rows, and
/// nothing else.
async fn mark_few(db: &mut PgConnection, axes: &mut [AxisPlan]) -> Result<(), SegmentError> {
    let rows = sqlx::query!(
        r#"select attribute as "code!", distinct_values as "values!" from baton.attribute_stat where distinct_values <= $1
           union all select code, distinct_values from baton.fixed_column where distinct_values <= $1"#,
        MOST_FEW
    )
    .fetch_all(db)
    .await?;
    let mut few: Vec<(i64, &mut AxisPlan)> = axes
        .iter_mut()
        .filter(|axis| axis.is_ranged())
        .filter_map(|axis| {
            let row = rows.iter().find(|row| row.code == axis.column.code())?;
            Some((row.values, axis))
        })
        .collect();
    few.sort_by_key(|(values, _)| *values);
    let mut left = MOST_ROWS;
    for (values, axis) in few {
        left -= values;
        axis.few = left >= 0;
    }
    Ok(())
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
