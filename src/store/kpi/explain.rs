//! Why a metric moved: which days are held against each other, which method splits the change, and over what.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use sqlx::PgConnection;

pub use super::asked::Asked;
use super::days::{self, Asking};
use super::facts::{self, Day};
use super::lowest::lowest;
use super::question::Question;
use super::{KpiFailure, Opened, gaps, open, restated, sight};
use crate::domain::clean::clean;
use crate::domain::decomposition::dimension::{self, Parts};
use crate::domain::decomposition::explain as split;
use crate::domain::decomposition::over::How;
use crate::domain::decomposition::plan::{self, Planned};
use crate::domain::decomposition::{By, Effect, Explanation, Method, When, Why, largest_first};
use crate::domain::message::Arg;
use crate::domain::metric::Value;
use crate::domain::metric::compare::{Compare, Taken};
use crate::domain::metric::definition::Measure;
use crate::domain::metric::error::KpiError;
use crate::domain::metric::tree::Terms;
use crate::domain::money::Currency;
use crate::domain::rule::Vocabulary;
use crate::msg;
use crate::store::segment::moved::{self, Moved};
use crate::store::{attribute, segment};

/// Why a metric moved, with the bank's money for showing it.
///
/// # Errors
/// [`KpiFailure`] says which fact is missing or which method would be needed.
pub async fn explain(
    db: &mut PgConnection,
    asked: &Asked,
) -> Result<(Explanation, Currency), KpiFailure> {
    let mut db = Question::begin(db).await?;
    let mut opened = open(&mut db).await?;
    let metric = opened.ledger.metric(&clean(&asked.metric))?;
    let unit = opened.ledger.unit(asked.org.as_deref().map(clean).as_deref())?;
    let currency = opened.bank.currency;
    if let When::Compare(Compare::Plan, on) = asked.when {
        let on = on.unwrap_or(opened.bank.today);
        let mut answer = against_plan(&mut db, &mut opened, asked, (metric, unit), on).await?;
        answer.currency = Some(currency);
        db.commit().await?;
        return Ok((answer, currency));
    }
    let by_dimension = asked.method == Some(Method::Adtributor);
    let of_customers = asked.by.is_of_customers();
    let over_units = of_customers || by_dimension;
    let needed = bases(&opened, metric, !over_units && asked.by != By::Org);
    let Asking { days, over } = days::of(&opened, metric, asked)?;
    facts::add(&mut db, &mut opened, &needed, days).await?;
    let additive = opened.ledger.tree().is_additive(metric);
    let mut answer = if over_units {
        if !additive || !matches!(asked.method, None | Some(Method::Additive | Method::Adtributor))
        {
            return Err(unfit(asked).into());
        }
        let whole = split::explain(&opened.ledger, metric, unit, &By::Org, None)?;
        match (&asked.by, by_dimension) {
            (By::Attribute(_) | By::Segment(_), false) => {
                by_customers(&mut db, &opened, whole, asked, (metric, unit)).await?
            }
            (By::Org, true) => {
                let (parts, unread) = dimensions(&mut db, &opened, &whole, (metric, unit)).await?;
                Explanation { unread, ..dimension::explain(whole, parts)? }
            }
            _ => return Err(unfit(asked).into()),
        }
    } else {
        split::explain(&opened.ledger, metric, unit, &asked.by, asked.method)?
    };
    answer.over = over;
    answer.currency = Some(currency);
    answer.remarks = days::remarks_of(&opened, metric, &answer);
    let last = opened.ledger.days() - 1;
    doubted(&mut db, &opened, (metric, unit), (0, last), &mut answer).await?;
    db.commit().await?;
    Ok((answer, currency))
}

/// Says of both ends, which stand on these days of the ledger, what is missing of their periods and what was restated.
async fn doubted(
    db: &mut PgConnection,
    opened: &Opened,
    (metric, unit): (usize, usize),
    ends: (usize, usize),
    answer: &mut Explanation,
) -> Result<(), KpiFailure> {
    let works = opened.works.clone();
    for (day, quality) in [(ends.0, &mut answer.quality.from), (ends.1, &mut answer.quality.to)] {
        let periods = days::taken(opened, metric, day);
        let bases = opened.ledger.tree().bases(metric);
        let stands = gaps::stands(opened, &bases, day);
        let missing = gaps::of(db, opened, unit, (&periods, &stands), &works).await?;
        let restated = restated::of(db, opened, (unit, day), &[metric], &periods).await?;
        missing[metric].tell(opened, quality);
        quality.restated = restated[&metric];
    }
    Ok(())
}

/// That the method does not split it so; where none was asked for, that nothing does.
fn unfit(asked: &Asked) -> KpiError {
    let (metric, by) = (clean(&asked.metric).into_owned(), asked.by.word());
    match asked.method {
        Some(method) => KpiError::Unfit { metric, method: method.word(), by },
        None => KpiError::NoGroups { metric, by },
    }
}

/// The metrics whose facts are needed.
pub(super) fn bases(opened: &Opened, metric: usize, factors: bool) -> Vec<usize> {
    let tree = opened.ledger.tree();
    let mut bases = tree.bases(metric);
    if factors {
        let factors = tree.formula(metric).map(Terms::metrics).unwrap_or_default();
        bases.extend(factors.into_iter().flat_map(|factor| tree.bases(factor)));
    }
    bases.sort_unstable();
    bases.dedup();
    bases
}

pub(super) async fn against_plan(
    db: &mut PgConnection,
    opened: &mut Opened,
    asked: &Asked,
    (metric, unit): (usize, usize),
    on: NaiveDate,
) -> Result<Explanation, KpiFailure> {
    if asked.by != By::Org {
        let (metric, by) = (clean(&asked.metric).into_owned(), asked.by.word());
        return Err(KpiError::PlanBy { metric, by }.into());
    }
    if !matches!(asked.method, None | Some(Method::Additive)) {
        return Err(unfit(asked).into());
    }
    let rows = sqlx::query!(
        "select org_id, period, value from baton.target where metric = $1",
        opened.codes[metric]
    )
    .fetch_all(&mut *db)
    .await?;
    let id = |unit: usize| opened.ledger.org(unit).id.0;
    let own = rows.iter().filter(|row| row.org_id == id(unit));
    let periods: Vec<&str> = own.map(|row| row.period.as_str()).collect();
    let Some((at, days, passed_ppm)) = super::plan::shortest(opened, metric, &periods, on) else {
        let (metric, org) =
            (clean(&asked.metric).into_owned(), opened.ledger.org(unit).code.clone());
        return Err(KpiError::NoPlan { metric, org, on }.into());
    };
    let plans: HashMap<i32, i64> =
        rows.iter().filter(|r| r.period == periods[at]).map(|r| (r.org_id, r.value)).collect();
    let taken: HashMap<usize, Taken> = days::period_taken(opened, days, on);
    let needed = bases(opened, metric, false);
    let day = Day { on, taken };
    facts::add(db, opened, &needed, vec![day]).await?;
    let ledger = &opened.ledger;
    let of = |unit: usize| plans.get(&ledger.org(unit).id.0).copied();
    let mut answer =
        plan::explain(ledger, metric, unit, &Planned { period: days, passed_ppm, of: &of })?;
    // A plan is made of no facts: what can be doubted is the value.
    let before = std::mem::take(&mut answer.quality.from);
    doubted(db, opened, (metric, unit), (0, 0), &mut answer).await?;
    answer.quality.from = before;
    Ok(answer)
}

/// The ends of a change as customers' records are asked of them: two days, or two periods whose mean of days it is.
///
/// # Errors
/// [`KpiError`] where records say nothing of it: no measure or one that does not add up to it, a flow, or parts that a period takes in different ways.
pub(super) fn of_records<'a>(
    opened: &'a Opened,
    metric: usize,
    whole: &Explanation,
) -> Result<(&'a Measure, (Taken, Taken)), KpiError> {
    let tree = opened.ledger.tree();
    let none = || KpiError::NoMeasure(whole.metric.clone());
    let measure = opened.measures[metric].as_ref().ok_or_else(none)?;
    if !measure.fits(tree.metric(metric)) {
        let (metric, measure) = (whole.metric.clone(), measure.to_string());
        return Err(KpiError::OtherMeasure { metric, measure: clean(&measure).into_owned() });
    }
    let how = tree.bases(metric).into_iter().map(|base| How::of(tree.metric(base)));
    let how: HashSet<How> = how.collect();
    if how.contains(&How::Sum) {
        return Err(KpiError::Flows(whole.metric.clone()));
    }
    let ends = (
        Taken { start: whole.from_start, end: whole.from_date },
        Taken { start: whole.to_start, end: whole.to_date },
    );
    let plain = ends.0.start.is_none() && ends.1.start.is_none();
    if plain || how.iter().all(|how| *how == How::Mean) {
        Ok((measure, ends))
    } else {
        Err(KpiError::MixedDays(whole.metric.clone()))
    }
}

/// Groups of customers in the place of units; what records and facts differ by is left over.
async fn by_customers(
    db: &mut PgConnection,
    opened: &Opened,
    whole: Explanation,
    asked: &Asked,
    (metric, unit): (usize, usize),
) -> Result<Explanation, KpiFailure> {
    let (measure, ends) = of_records(opened, metric, &whole)?;
    if matches!(&asked.by, By::Segment(code) if code.is_empty()) {
        return Err(KpiError::WhichSegment(segments(db).await?).into());
    }
    let sight = sight::of(db).await?;
    let units = sight.rows(opened, unit);
    let of = moved::Asked { measure, units: &units, metric: &opened.codes[metric], ends };
    let (groups, called) = match &asked.by {
        By::Segment(code) => {
            let (row, rule, _) = segment::rule_of(db, code).await?;
            (moved::by_rule(db, &rule, code, of).await?, Some(row.name.as_str().into()))
        }
        By::Attribute(by) => {
            let words = attribute::vocabulary(db).await?;
            // `age:30,46` is by age.
            let code = by.split_once(':').map_or(by.as_str(), |(code, _)| code);
            let called = called(&words, code);
            (moved::by_attribute(db, &words, of, by).await?, Some(called))
        }
        _ => (Vec::new(), None),
    };
    let mut effects = effects(groups, whole.unit.as_deref());
    largest_first(&mut effects);
    let left = effects.iter().fold(whole.change, |left, part| left.since(part.effect));
    let last = opened.ledger.days() - 1;
    let unseen = sight.unseen(opened, &whole, (unit, last), left);
    let residual = unseen.map_or(left, |unseen| left.since(unseen.effect));
    let (by, method, why) = (asked.by.clone(), Method::Additive, Why::Sum);
    Ok(Explanation { by, method, why, effects, called, residual, unseen, ..whole })
}

/// The codes of segments that a change could be split by, a few of them.
async fn segments(db: &mut PgConnection) -> Result<Vec<String>, KpiFailure> {
    let rows = sqlx::query_scalar!(
        r#"select distinct code as "code!" from baton.segment_version order by 1 limit 12"#
    );
    let rows = rows.fetch_all(db).await?;
    Ok(rows.iter().map(|code| clean(code).into_owned()).collect())
}

fn effects(groups: Vec<Moved>, unit: Option<&str>) -> Vec<Effect> {
    let effect = |group: Moved| {
        let (from, to) = (Value::Whole(group.from), Value::Whole(group.to));
        Effect {
            name: group.name,
            effect: to.since(from),
            parts: Vec::new(),
            rule: Some(group.rule),
            zh: group.called.0,
            en: group.called.1,
            unit: unit.map(str::to_owned),
            from: Some(from),
            to: Some(to),
            opens: false,
        }
    };
    groups.into_iter().map(effect).collect()
}

/// The units right below, the lowest units, and what customers have, each with its parts; and the attributes whose marts cannot be
/// read.
async fn dimensions(
    db: &mut PgConnection,
    opened: &Opened,
    whole: &Explanation,
    (metric, unit): (usize, usize),
) -> Result<(Vec<Parts>, Vec<String>), KpiFailure> {
    let mut unread = Vec::new();
    let mut all = vec![Parts {
        name: "org".to_owned(),
        called: msg!("kpi.dimension.org").into(),
        effects: whole.effects.clone(),
    }];
    let units = [opened.ledger.org(unit).id.0];
    let records = of_records(opened, metric, whole).ok();
    // Of customers who are not the caller's to see nothing is said by what they have.
    let seen = match records {
        Some(_) => sight::of(db).await?.is_whole(&units),
        None => false,
    };
    if let Some((measure, ends)) = records.filter(|_| seen) {
        let words = attribute::vocabulary(db).await?;
        let of = moved::Asked { measure, units: &units, metric: &opened.codes[metric], ends };
        let (each, lost) = moved::by_each(db, &words, of).await?;
        unread = lost;
        for (name, groups) in each {
            let called = called(&words, &name);
            all.push(Parts { name, called, effects: effects(groups, whole.unit.as_deref()) });
        }
    }
    let shown: HashSet<&str> = whole.effects.iter().map(|effect| effect.name.as_str()).collect();
    let lowest = lowest(opened, whole, unit, (0, opened.ledger.days() - 1));
    if lowest.iter().any(|effect| !shown.contains(effect.name.as_str())) {
        let called = msg!("kpi.dimension.unit").into();
        all.push(Parts { name: "unit".to_owned(), called, effects: lowest });
    }
    Ok((all, unread))
}

/// What people call an attribute; its code where it is none of the dictionary's.
fn called(words: &Vocabulary, code: &str) -> Arg {
    let known = words.attributes().iter().find(|attribute| attribute.code == code);
    known.map_or_else(
        || code.into(),
        |attribute| Arg::Label { zh: attribute.zh.clone(), en: attribute.en.clone() },
    )
}
