//! Who may be told of, and the figures of each: the owner's functions say no more than the caller may see.

use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;

use super::ScoreError;
use crate::domain::clean::clean;
use crate::domain::score::{Card, Days, Figure, Item, Measure, Of, Subject};
use crate::store::kpi::plan;

/// The figures of many, by row and measure.
pub(super) struct Figures {
    cases: HashMap<(i32, String), Figure>,
    plans: HashMap<(String, i32), Figure>,
    known: HashSet<i32>,
}

impl Figures {
    /// There is any case of it.
    pub(super) fn knows(&self, id: i32) -> bool {
        self.known.contains(&id)
    }

    /// The figures of one, in the order of the items.
    pub(super) fn of(&self, id: i32, items: &[Item]) -> Vec<Option<Figure>> {
        let figure = |item: &Item| match (&item.metric, item.measure) {
            (Some(metric), Measure::Plan) => self.plans.get(&(metric.clone(), id)).copied(),
            _ => self.cases.get(&(id, item.measure.word().to_owned())).copied(),
        };
        items.iter().map(figure).collect()
    }
}

/// A row of one of the owner's functions.
struct Row {
    id: i32,
    measure: String,
    numerator: i64,
    denominator: i64,
}

/// The figures of the units of a kind or of all RMs, of one if his code is given.
pub(super) async fn read(
    db: &mut PgConnection,
    of: Of,
    card: &Card,
    days: &Days,
    kind: Option<&str>,
    code: Option<&str>,
) -> Result<Figures, ScoreError> {
    let rows = match of {
        Of::Unit => {
            sqlx::query_as!(
                Row,
                r#"select f.org_id as "id!", f.measure as "measure!", f.numerator as "numerator!", f.denominator as "denominator!"
                   from baton.score_units($1, $2, $3, $4) f"#,
                kind,
                code,
                days.from,
                days.to
            )
            .fetch_all(&mut *db)
            .await?
        }
        Of::Rm => {
            sqlx::query_as!(
                Row,
                r#"select f.rm_id as "id!", f.measure as "measure!", f.numerator as "numerator!", f.denominator as "denominator!"
                   from baton.score_rms($1, $2, $3) f"#,
                code,
                days.from,
                days.to
            )
            .fetch_all(&mut *db)
            .await?
        }
    };
    let metrics: Vec<String> =
        card.items(of).iter().filter_map(|item| item.metric.clone()).collect();
    let plans = if metrics.is_empty() {
        HashMap::new()
    } else {
        plan::plans(db, &metrics, days.to).await?
    };
    let known = rows.iter().map(|row| row.id).collect();
    let figure = |row: Row| {
        let figure = Figure { numerator: row.numerator, denominator: row.denominator };
        ((row.id, row.measure), figure)
    };
    Ok(Figures { cases: rows.into_iter().map(figure).collect(), plans, known })
}

fn word(text: &str) -> String {
    clean(text).into_owned()
}

/// A unit or an RM of whom the caller is told.
struct Told {
    id: i32,
    code: String,
    name: String,
    org: String,
    org_name: String,
}

impl Told {
    fn subject(self, of: Of) -> (i32, Subject) {
        let subject = Subject {
            of,
            code: word(&self.code),
            name: word(&self.name),
            org: word(&self.org),
            org_name: word(&self.org_name),
        };
        (self.id, subject)
    }
}

/// The caller's units, each after the one above it.
pub(super) async fn units(
    db: &mut PgConnection,
    kind: Option<&str>,
    above: Option<&str>,
) -> Result<Vec<(i32, Subject)>, ScoreError> {
    let rows = sqlx::query_as!(
        Told,
        r#"select u.id, u.code, u.name, u.code as "org!", u.name as "org_name!" from baton.org_unit u
           where u.closed_on is null and ($1::text is null or u.kind = $1)
               and ($2::text is null or exists (select from baton.org_unit a where a.code = $2 and a.id = any (u.path)))
               and baton.own_staff() is null
               and (baton.sees_all() or u.id in (select s from baton.scope_units() s))
           order by u.path"#,
        kind,
        above
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| row.subject(Of::Unit)).collect())
}

/// The RMs of the caller's units, by unit and code; an RM himself.
pub(super) async fn rms(
    db: &mut PgConnection,
    code: Option<&str>,
    above: Option<&str>,
) -> Result<Vec<(i32, Subject)>, ScoreError> {
    let rows = sqlx::query_as!(
        Told,
        r#"select s.id, s.code, s.name, u.code as "org!", u.name as "org_name!"
           from baton.staff s join baton.org_unit u on u.id = s.org_id
           where s.closed_on is null and ($1::text is null or s.code = $1)
               and ($2::text is null or exists (select from baton.org_unit a where a.code = $2 and a.id = any (u.path)))
               and (baton.own_staff() is null or s.id = baton.own_staff())
               and (baton.sees_all() or s.org_id in (select k from baton.scope_units() k))
           order by u.path, s.code"#,
        code,
        above
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| row.subject(Of::Rm)).collect())
}

/// Refuses a unit that is not there.
pub(super) async fn known_org(db: &mut PgConnection, org: &str) -> Result<(), ScoreError> {
    let there = sqlx::query_scalar!(
        r#"select exists (select from baton.org_unit u where u.code = $1 and u.closed_on is null) as "there!""#,
        org
    )
    .fetch_one(db)
    .await?;
    if there { Ok(()) } else { Err(ScoreError::UnknownOrg { org: word(org) }) }
}

/// One unit, if it is the caller's to see.
pub(super) async fn unit(db: &mut PgConnection, code: &str) -> Result<(i32, Subject), ScoreError> {
    known_org(db, code).await?;
    let found = units(db, None, Some(code)).await?;
    let found = found.into_iter().find(|(_, unit)| unit.code == word(code));
    found.ok_or_else(|| ScoreError::Foreign { name: word(code) })
}

/// One RM, if he is the caller's to see.
pub(super) async fn rm(db: &mut PgConnection, code: &str) -> Result<(i32, Subject), ScoreError> {
    if let Some(found) = rms(&mut *db, Some(code), None).await?.into_iter().next() {
        return Ok(found);
    }
    let there = sqlx::query_scalar!(
        r#"select exists (select from baton.staff s where s.code = $1 and s.closed_on is null) as "there!""#,
        code
    )
    .fetch_one(db)
    .await?;
    let name = word(code);
    Err(if there { ScoreError::Foreign { name } } else { ScoreError::UnknownRm { rm: name } })
}
