//! The sentence above a change: its factors, the fewest units that explain it, and who of their customers.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection};

use super::explain::{self as explained, Asked};
use super::lowest::lowest;
use super::question::Question;
use super::{KpiFailure, Opened, days, facts, open, sight};
use crate::domain::clean::clean;
use crate::domain::decomposition::explain as split;
use crate::domain::decomposition::group::{self, Axis, Condition};
use crate::domain::decomposition::headline::{Headline, LEAST, Unit, Who, few, not_in_records};
use crate::domain::decomposition::sentence::cancelling_at;
use crate::domain::decomposition::{By, Effect, Explanation, When};
use crate::domain::metric::compare::{Compare, Taken};
use crate::domain::metric::definition::Measure;
use crate::domain::rule::{Rule, Vocabulary};
use crate::store::segment::{SegmentError, moved};
use crate::store::{StoreError, attribute, line};

/// How long each question to customers' records may take: the sentence goes without a group rather than keep anybody waiting.
const RECORDS_LIMIT: Duration = Duration::from_secs(8);
/// How many attributes tell a group apart.
const MOST_CONDITIONS: usize = 2;

/// What the sentence above a change says; over what it is split otherwise, and how, does not matter.
///
/// # Errors
/// [`KpiFailure`] says which fact is missing.
pub async fn headline(db: &mut PgConnection, asked: &Asked) -> Result<Headline, KpiFailure> {
    let asked = Asked { by: By::Org, method: None, ..asked.clone() };
    let mut db = Question::begin(db).await?;
    let mut opened = open(&mut db).await?;
    let metric = opened.ledger.metric(&clean(&asked.metric))?;
    let unit = opened.ledger.unit(asked.org.as_deref().map(clean).as_deref())?;
    let (mut answer, parts) = told(&mut db, &mut opened, &asked, (metric, unit)).await?;
    answer.currency = Some(opened.bank.currency);
    let whole = answer.change.as_f64();
    let found = parts.iter().find_map(|parts| Some((parts.len(), few(parts, whole)?)));
    let cancels = match found {
        Some(_) => None,
        None => parts.iter().find_map(|parts| cancelling_at(&answer, parts)),
    };
    let mut who = found.map(|(of, (units, share))| Who {
        units: units.into_iter().map(|part| named(&opened, part)).collect(),
        of,
        group: Vec::new(),
        share,
    });
    let (mut late, mut left_over, mut unread) = (false, None, Vec::new());
    // Nobody's record says what was planned.
    let planned = matches!(asked.when, When::Compare(Compare::Plan, _));
    let records = explained::of_records(&opened, metric, &answer).ok();
    let records = records.filter(|_| whole != 0.0 && !planned);
    let units = rows(&opened, unit, who.as_ref());
    let seen = match records {
        Some(_) => sight::of(&mut db).await?.is_whole(&units),
        None => true,
    };
    if let Some((measure, ends)) = records.filter(|_| seen) {
        let of =
            Records { measure, units, metric: &opened.codes[metric], ends, falls: whole < 0.0 };
        let mut inner = db.begin().await?;
        line::allow(&mut inner, RECORDS_LIMIT).await?;
        match of.group(&mut inner).await {
            Ok(found) => {
                // What the units that are asked have moved by their facts.
                let facts = whole * who.as_ref().map_or(1.0, |who| who.share);
                left_over = found.moved.and_then(|moved| not_in_records(facts, moved));
                let group = if left_over.is_some() { Vec::new() } else { found.group };
                (who, unread) = (narrowed(who, group, whole), found.unread);
            }
            Err(SegmentError::Store(StoreError::Deadline)) => late = true,
            Err(error) => return Err(error.into()),
        }
        inner.rollback().await?;
    }
    db.commit().await?;
    let org = opened.ledger.org(unit).name.clone();
    let of = opened.ledger.tree().metric(metric);
    let metric = (of.zh.clone(), of.en.clone());
    Ok(Headline { answer, org, metric, who, cancels, late, left_over, unseen: !seen, unread })
}

/// The change by its factors where it has any, and its parts: the lowest units, and those right below.
async fn told(
    db: &mut PgConnection,
    opened: &mut Opened,
    asked: &Asked,
    (metric, unit): (usize, usize),
) -> Result<(Explanation, Vec<Vec<Effect>>), KpiFailure> {
    if let When::Compare(Compare::Plan, on) = asked.when {
        let on = on.unwrap_or(opened.bank.today);
        let answer = explained::against_plan(db, opened, asked, (metric, unit), on).await?;
        let parts = vec![answer.effects.clone()];
        return Ok((answer, parts));
    }
    let needed = explained::bases(opened, metric, true);
    let days = days::of(opened, metric, asked)?.days;
    let last = days.len() - 1;
    facts::add(db, opened, &needed, days).await?;
    let ledger = &opened.ledger;
    let by_org = split::explain(ledger, metric, unit, &By::Org, None);
    let answer = match split::explain(ledger, metric, unit, &By::Factor, None) {
        Ok(answer) => answer,
        Err(_) => by_org.clone()?,
    };
    let mut parts = Vec::new();
    if ledger.tree().is_additive(metric) {
        parts.push(lowest(opened, &answer, unit, (0, last)));
    }
    parts.extend(by_org.ok().map(|answer| answer.effects));
    Ok((answer, parts))
}

fn named(opened: &Opened, part: &Effect) -> Unit {
    let known = opened.ledger.unit(Some(&part.name));
    let kind = known.map_or_else(|_| String::new(), |at| opened.ledger.org(at).kind.clone());
    Unit { code: part.name.clone(), name: part.zh.clone(), kind }
}

/// The rows of the units whose customers are asked: those that explain most, or the whole unit.
fn rows(opened: &Opened, unit: usize, who: Option<&Who>) -> Vec<i32> {
    let ledger = &opened.ledger;
    let units = who.map_or(&[][..], |who| who.units.as_slice());
    let places = units.iter().filter_map(|known| ledger.unit(Some(&known.code)).ok());
    let rows: Vec<i32> = places.map(|at| ledger.org(at).id.0).collect();
    if rows.is_empty() { vec![ledger.org(unit).id.0] } else { rows }
}

/// The units with the group of their customers, where it explains enough of the whole.
#[expect(clippy::cast_precision_loss, reason = "a share is shown in whole percents")]
fn narrowed(who: Option<Who>, group: Vec<Condition>, whole: f64) -> Option<Who> {
    let Some(last) = group.last() else { return who };
    let share = last.ends.1.saturating_sub(last.ends.0) as f64 / whole;
    if share < LEAST {
        return who;
    }
    let who = who.unwrap_or(Who { units: Vec::new(), of: 0, group: Vec::new(), share });
    Some(Who { group, share, ..who })
}

/// Whose records are asked, of what.
struct Records<'a> {
    measure: &'a Measure,
    units: Vec<i32>,
    metric: &'a str,
    ends: (Taken, Taken),
    falls: bool,
}

/// What records say.
struct Said {
    /// Who moved: an attribute, and of those the next one.
    group: Vec<Condition>,
    /// By how much all their customers moved together; none where nothing splits them.
    moved: Option<f64>,
    /// Attributes that could not be read.
    unread: Vec<String>,
}

/// What the values of an axis came to later, less what they came to before: those of all customers that were asked.
#[expect(clippy::cast_precision_loss, reason = "a share is shown in whole percents")]
fn moved_by(axis: &Axis) -> f64 {
    axis.values.iter().map(|value| value.to.saturating_sub(value.from) as f64).sum()
}

impl Records<'_> {
    /// The attribute that tells best who moved, and of those the next one; and which attributes could not be read.
    async fn group(&self, db: &mut PgConnection) -> Result<Said, SegmentError> {
        let words = attribute::vocabulary(&mut *db).await?;
        let mut group: Vec<Condition> = Vec::new();
        let (mut all, mut unread) = (None, Vec::new());
        while group.len() < MOST_CONDITIONS {
            let within = rule(&group, &words);
            let asked = moved::Asked {
                measure: self.measure,
                units: &self.units,
                metric: self.metric,
                ends: self.ends,
            };
            let (mut axes, lost) = moved::axes(&mut *db, &words, asked, within.as_ref()).await?;
            unread.extend(lost);
            all = all.or_else(|| axes.first().map(moved_by));
            axes.retain(|axis| group.iter().all(|known| known.written != axis.written));
            let most = if group.is_empty() { group::MOST } else { group::NARROWER };
            match group::choose(&axes, self.falls, most) {
                Some(found) => group.push(found),
                None => break,
            }
        }
        unread.sort_unstable();
        unread.dedup();
        Ok(Said { group, moved: all, unread })
    }
}

fn rule(group: &[Condition], words: &Vocabulary) -> Option<Rule> {
    let text: Vec<String> = group.iter().map(Condition::rule).collect();
    Rule::parse(&text.join(" and "), words).ok().filter(|_| !group.is_empty())
}
