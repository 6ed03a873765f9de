//! What a portrait asks of some attributes, in three queries over all of them: what everyone is like (the flags, the borders of
//! what has an order), what the members are, and how many have each value inside and overall.

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};

use super::SegmentError;
use super::axis::{AxisPlan, Words};
use crate::domain::attribute::AttributeType;
use crate::domain::clean::clean;
use crate::domain::rule::{Kind, Rule, Vocabulary};
use crate::domain::segment::bin::Bin;
use crate::domain::segment::portrait::{Medians, Portrait, SMALL, Trait, lift};
use crate::domain::segment::spread::{Held, Spread};
use crate::store::built::{Built, Shown};
use crate::store::dynamic;

/// Numbers, amounts and days are told by the deciles of everyone.
const DECILES: [f64; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/// The same where a statement is put together.
const DECILES_SQL: &str = "array[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]";
/// The one in the middle.
const HALF_SQL: &str = "array[0.5]";
/// An attribute with at most so many values is counted value by value.
pub(super) const MOST_FEW: i64 = 3_000;
/// And all of them together bring at most about so many rows.
pub(super) const MOST_ROWS: i64 = 20_000;
/// `grouping` has a bit for each of so many.
const BITS: usize = 31;

/// Whether its values are yes, no and unknown.
fn is_flag(axis: &AxisPlan) -> bool {
    axis.column.kind() == Kind::Plain(AttributeType::Flag)
}

/// Whether everybody must be put in order for its borders.
fn is_sorted(axis: &AxisPlan) -> bool {
    axis.is_ranged() && !axis.few
}

/// Everything of some attributes.
pub(super) async fn told(
    db: &mut PgConnection,
    rule: &Rule,
    vocabulary: &Vocabulary,
    axes: &mut [AxisPlan],
    portrait: &mut Portrait,
) -> Result<(), SegmentError> {
    if axes.is_empty() {
        return Ok(());
    }
    let everyone = figures(db, None, axes, portrait).await?;
    let members = figures(db, Some(rule), axes, portrait).await?;
    for (axis, found) in axes.iter_mut().filter(|axis| is_sorted(axis)).zip(everyone.shares) {
        axis.middle = found.get(DECILES.len() / 2).cloned();
        axis.cut(found);
    }
    let flags = axes.iter().filter(|axis| is_flag(axis));
    for ((axis, all), inside) in flags.zip(&everyone.flags).zip(&members.flags) {
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
    let counted = counted(db, rule, vocabulary, axes).await?;
    let words = Words::read(db, vocabulary, axes).await?;
    let units = units(db).await?;
    let mut shares = members.shares.into_iter();
    for (axis, values) in axes.iter_mut().filter(|axis| !is_flag(axis)).zip(counted) {
        let inside = if axis.is_ranged() {
            let (middle, known) = if axis.few {
                few(axis, &values)
            } else {
                let known = values.known.iter().map(|value| value.members).sum();
                (shares.next().and_then(|mut found| found.pop()), known)
            };
            Some(middle.filter(|_| known >= SMALL))
        } else {
            None
        };
        if let Some(inside) = inside {
            portrait.medians.extend(medians(axis, inside, &units));
        }
        for (bin, counts) in bins(axis, values, &words) {
            found(portrait, vocabulary, axis, bin, counts);
        }
    }
    Ok(())
}

/// Cuts an axis of few values at the deciles of everyone; gives the members' middle value and how many of them have one.
fn few(axis: &mut AxisPlan, values: &Counted) -> (Option<String>, i64) {
    let Some(spread) = spread(axis, values) else { return (None, 0) };
    let everyone = |share| spread.at(share, |held| held.everyone).map(str::to_owned);
    axis.middle = everyone(0.5);
    axis.cut(DECILES.iter().filter_map(|share| everyone(*share)).collect());
    (spread.at(0.5, |held| held.members).map(str::to_owned), spread.known().1)
}

fn spread(axis: &AxisPlan, values: &Counted) -> Option<Spread> {
    let Kind::Plain(kind) = axis.column.kind() else { return None };
    Some(Spread::of(kind, values.known.clone()))
}

/// The values of an axis as a portrait shows them, with how many members and how many of everyone have each.
fn bins(axis: &AxisPlan, values: Counted, words: &Words<'_>) -> Vec<(Bin, (i64, i64))> {
    let unknown = values.unknown.map(|counts| (Bin::Unknown, counts));
    let known: Vec<(Bin, (i64, i64))> = if axis.few
        && let Some(spread) = spread(axis, &values)
    {
        let counts = spread.between(axis.borders.as_deref().unwrap_or_default()).into_iter();
        let told = counts.enumerate().filter(|(_, (everyone, _))| *everyone > 0);
        told.map(|(at, (all, inside))| (axis.bin(Some(&at.to_string()), words), (inside, all)))
            .collect()
    } else {
        let bin = |held: Held| (axis.bin(Some(&held.value), words), (held.members, held.everyone));
        values.known.into_iter().map(bin).collect()
    };
    known.into_iter().chain(unknown).collect()
}

fn medians(axis: &AxisPlan, inside: Option<String>, units: &[(String, String)]) -> Option<Medians> {
    let Kind::Plain(kind) = axis.column.kind() else { return None };
    let (zh, en) = axis.labels();
    let unit = units.iter().find(|(code, _)| code == axis.column.code());
    Some(Medians {
        unit: unit.map(|(_, unit)| unit.clone()),
        attribute: axis.name(),
        zh,
        en,
        kind,
        inside,
        overall: axis.middle.clone(),
    })
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

/// How many have a value of a flag, and how many say yes.
struct FlagCount {
    known: i64,
    yes: i64,
}

/// What everyone is like, or the members.
struct Figures {
    /// Of each flag.
    flags: Vec<FlagCount>,
    /// Of each axis that everybody is put in order for: the values that end the deciles of everyone, the members' middle one.
    shares: Vec<Vec<String>>,
}

/// The figures of everyone, or of the members of a rule: flags are counted where they stand, which costs a fraction of sorting
/// their values out: a bank has hundreds.
async fn figures(
    db: &mut PgConnection,
    members: Option<&Rule>,
    axes: &[AxisPlan],
    portrait: &Portrait,
) -> Result<Figures, SegmentError> {
    let flags = || axes.iter().filter(|axis| is_flag(axis));
    let sorted = || axes.iter().filter(|axis| is_sorted(axis));
    if flags().chain(sorted()).next().is_none() {
        return Ok(Figures { flags: Vec::new(), shares: Vec::new() });
    }
    let (mut built, mut shown) = (Built::new(""), Shown::default());
    if let Some(rule) = members {
        built.words("with m as materialized (select c.customer_id from ").members(rule).words(") ");
    }
    built.words("select array[");
    for (at, axis) in flags().enumerate() {
        built.words(if at == 0 { "count(" } else { ", count(" });
        built.column(&mut shown, &axis.column, portrait.as_of).words(")");
    }
    built.words("]::bigint[] as known, array[");
    for (at, axis) in flags().enumerate() {
        built.words(if at == 0 { "count(nullif(" } else { ", count(nullif(" });
        built.column(&mut shown, &axis.column, portrait.as_of).words(", false))");
    }
    built.words("]::bigint[] as yes");
    for (at, axis) in sorted().enumerate() {
        built.words(", percentile_disc(").words(members.map_or(DECILES_SQL, |_| HALF_SQL));
        built.words(") within group (order by ");
        axis.ordered(&mut built, &mut shown, portrait.as_of);
        built.words(")::text[] as s").number(at);
    }
    built.words(" from baton.customer c");
    if members.is_some() {
        built.words(" join m on m.customer_id = c.customer_id");
    }
    built.joins(&shown).words(" where c.closed_on is null");
    let rows = dynamic::fetch_all(db, &built).await?;
    let Some(row) = rows.first() else {
        return Ok(Figures { flags: Vec::new(), shares: Vec::new() });
    };
    let (known, yes): (Vec<i64>, Vec<i64>) = (row.try_get("known")?, row.try_get("yes")?);
    let shares = (0..sorted().count()).map(|at| {
        let found: Option<Vec<Option<String>>> = row.try_get(format!("s{at}").as_str())?;
        Ok(found.unwrap_or_default().into_iter().flatten().collect())
    });
    Ok(Figures {
        flags: known.into_iter().zip(yes).map(|(known, yes)| FlagCount { known, yes }).collect(),
        shares: shares.collect::<Result<_, sqlx::Error>>()?,
    })
}

/// How many have what of one axis.
#[derive(Default)]
struct Counted {
    /// Each value, or each range by its number.
    known: Vec<Held>,
    /// Members and everyone of whom it is not known; none if it is of all.
    unknown: Option<(i64, i64)>,
}

/// Counts every value of every axis but the flags, inside and overall, in one pass over the customers.
async fn counted(
    db: &mut PgConnection,
    rule: &Rule,
    vocabulary: &Vocabulary,
    axes: &[AxisPlan],
) -> Result<Vec<Counted>, SegmentError> {
    let axes: Vec<&AxisPlan> = axes.iter().filter(|axis| !is_flag(axis)).collect();
    let mut all: Vec<Counted> = axes.iter().map(|_| Counted::default()).collect();
    if axes.is_empty() {
        return Ok(all);
    }
    for row in dynamic::fetch_all(db, &statement(rule, vocabulary, &axes)).await? {
        let Some(at) = grouped(&row, axes.len())? else { continue };
        let (members, everyone): (i64, i64) = (row.try_get("members")?, row.try_get("everyone")?);
        match row.try_get::<Option<String>, _>("key")? {
            Some(value) => all[at].known.push(Held { value, everyone, members }),
            None => all[at].unknown = Some((members, everyone)),
        }
    }
    Ok(all)
}

/// The one column that a row is grouped by: it has a zero among the bits, the first column the highest.
fn grouped(row: &PgRow, columns: usize) -> Result<Option<usize>, sqlx::Error> {
    for (word, first) in (0..columns).step_by(BITS).enumerate() {
        let here = BITS.min(columns - first);
        let bits: i32 = row.try_get(format!("b{word}").as_str())?;
        if let Some(at) = (0..here).find(|at| bits >> (here - 1 - at) & 1 == 0) {
            return Ok(Some(first + at));
        }
    }
    Ok(None)
}

fn statement(rule: &Rule, vocabulary: &Vocabulary, axes: &[&AxisPlan]) -> Built {
    let mut shown = Shown::default();
    let mut built = Built::new("with m as materialized (select c.customer_id from ");
    built.members(rule).words(") select count(*) as everyone, count(member) as members");
    for (word, first) in (0..axes.len()).step_by(BITS).enumerate() {
        for at in first..axes.len().min(first + BITS) {
            built.words(if at == first { ", grouping(k" } else { ", k" }).number(at);
        }
        built.words(") as b").number(word);
    }
    for at in 0..axes.len() {
        built.words(if at == 0 { ", coalesce(k" } else { ", k" }).number(at).words("::text");
    }
    built.words(") as key from (select m.customer_id as member");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deciles_are_the_same_in_a_statement() {
        let texts = DECILES.map(|share| share.to_string());
        assert_eq!(DECILES_SQL, format!("array[{}]", texts.join(", ")));
    }
}
