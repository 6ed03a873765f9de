//! Reviews: measured anew while they are open, and read as they were once they are closed.
//!
//! What counts as success is asked by the operator's own rights, as with segments; the database holds what it can know by
//! itself: that the planned day has come, the list is long enough, the arms are those of the draw, the figures are of this
//! push, and who gives the verdict did not write the strategy.

mod counted;
mod error;
mod matched;
mod measure;
mod pushed;

pub use error::ReviewError;

use chrono::NaiveDate;
use sqlx::{Connection as _, PgConnection};

use super::segment::LIST_LIMIT;
use super::{StoreError, attribute, bank, line};
use crate::domain::clean::{clean, clean_lines, is_blank};
use crate::domain::id::PushId;
use crate::domain::review::{Closed, Knowing, Note, Review, Standing, Verdict};
use crate::domain::strategy::body::Body;
use measure::{Bench, Ends};
use pushed::Pushed;

/// The most characters of the words to a verdict.
const REMARK_MOST: usize = 4000;

struct Row {
    id: i64,
    plan_id: i64,
    home: i64,
    strategy: String,
    version: i32,
    name: String,
    author: String,
    as_of: NaiveDate,
    deadline: NaiveDate,
    control_ppm: i32,
    wave: i32,
    body: String,
    orders: i64,
    signed: i64,
    standing: String,
}

impl Row {
    fn into_pushed(self) -> Pushed {
        let body = Body::read(&self.body).unwrap_or_default();
        Pushed {
            push: PushId(self.id),
            plan: self.plan_id,
            home: self.home,
            strategy: clean(&self.strategy).into_owned(),
            version: self.version,
            name: clean(&self.name).into_owned(),
            author: clean(&self.author).into_owned(),
            day: self.as_of,
            deadline: self.deadline,
            control_ppm: self.control_ppm,
            apart: body.is_drawn_apart(self.wave),
            body,
            orders: self.orders.unsigned_abs(),
            signed_orders: self.signed.unsigned_abs(),
            standing: Standing::from_code(&self.standing).unwrap_or(Standing::Early),
        }
    }
}

/// The pushes of one number, or of one strategy and a wave of it, in the order in which they went out.
async fn pushes(
    db: &mut PgConnection,
    push: Option<PushId>,
    strategy: Option<(&str, Option<i32>)>,
) -> Result<Vec<Pushed>, ReviewError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select p.id, p.plan_id, p.home, p.strategy, p.version, v.name, v.author, p.as_of, p.deadline, v.control_ppm,
                  p.wave, v.body, o.orders as "orders!", o.signed as "signed!", baton.review_standing(p.id) as "standing!"
           from baton.push p
           join baton.strategy_version v on v.code = p.strategy and v.version = p.version
           cross join lateral (select count(*) as orders,
                                      count(*) filter (where b.signed_at < coalesce(baton.looked_back_until(), 'infinity')) as signed
                               from baton.branch_order b where b.push_id = p.id) o
           where p.id = $1 or p.strategy = $2 and ($3::int is null or p.wave = $3) order by p.id"#,
        push.map(|push| push.0),
        strategy.map(|(code, _)| code),
        strategy.and_then(|(_, wave)| wave)
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Row::into_pushed).collect())
}

/// The review of a push: measured now, or as it was when it was closed.
///
/// # Errors
/// [`ReviewError::Unknown`], [`ReviewError::Later`], [`ReviewError::Rule`], or any [`StoreError`].
pub async fn show(db: &mut PgConnection, push: PushId) -> Result<Review, ReviewError> {
    if let Some(kept) = closed(db, push).await? {
        return Ok(kept);
    }
    let pushes = pushes(db, Some(push), None).await?;
    let Some(found) = pushes.first() else {
        return Err(ReviewError::Unknown { push: push.to_string() });
    };
    let day = found.day;
    if let Some(on) = looked_back(db).await?.filter(|on| day > *on) {
        return Err(ReviewError::Later { push: push.to_string(), day, on });
    }
    let mut review = measured(db, &pushes).await?;
    review.push = Some(push);
    Ok(review)
}

/// The review of all pushes of a strategy, or of one of its waves, each customer once, with the first push that he was on the list of. Pushes of
/// versions that declared another success than the last one are left out, and said to be.
///
/// # Errors
/// [`ReviewError::NotPushed`], [`ReviewError::Rule`], or any [`StoreError`].
pub async fn of_strategy(
    db: &mut PgConnection,
    code: &str,
    wave: Option<i32>,
) -> Result<Review, ReviewError> {
    let mut pushes = pushes(db, None, Some((code, wave))).await?;
    let on = looked_back(db).await?;
    pushes.retain(|push| on.is_none_or(|on| push.day <= on));
    let Some(last) = pushes.last() else {
        return Err(ReviewError::NotPushed { strategy: clean(code).into_owned() });
    };
    let declared = last.body.success.clone();
    let all = pushes.len();
    pushes.retain(|push| push.body.success == declared);
    let others = (all - pushes.len()) as u64;
    let mut review = measured(db, &pushes).await?;
    review.wave = wave;
    if others > 0 {
        review.notes.push(Note::OtherDeclaration { pushes: others });
    }
    Ok(review)
}

async fn measured(db: &mut PgConnection, pushes: &[Pushed]) -> Result<Review, ReviewError> {
    let mut tx = db.begin().await?;
    line::allow(&mut tx, LIST_LIMIT).await?;
    let mut bench = Bench {
        words: attribute::vocabulary(&mut tx).await?,
        units: bank::units(&mut tx, true).await?,
        scope: bank::scope(&mut tx).await?,
        ends: Ends::read(&mut tx).await?,
        seen: Vec::new(),
    };
    let review = bench.review(&mut tx, pushes).await;
    tx.rollback().await?;
    review
}

/// The day that is looked back to; none where it is the bank's own.
async fn looked_back(db: &mut PgConnection) -> Result<Option<NaiveDate>, StoreError> {
    Ok(sqlx::query_scalar!("select baton.looked_back()").fetch_one(db).await?)
}

/// The figures of a closed review, as they were; none of one that was open on the day that is looked back to, or that was measured of more
/// than the operator sees.
async fn closed(db: &mut PgConnection, push: PushId) -> Result<Option<Review>, ReviewError> {
    let row = sqlx::query!(
        "select verdict, remark, figures, closed_by, closed_at, despite_guards, unmeasured, despite_size from baton.review
         where push_id = $1 and as_of <= coalesce(baton.looked_back(), as_of)",
        push.0
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let zone = bank::bank(&mut *db).await?.timezone;
    let mut review: Review = serde_json::from_value(row.figures)
        .map_err(|error| StoreError::Database(sqlx::Error::Decode(error.into())))?;
    let verdict = Verdict::from_code(&row.verdict).unwrap_or(Verdict::Adjust);
    review.standing = Standing::Closed;
    review.verdict = Some(verdict);
    review.closed = Some(Closed {
        verdict,
        text: clean_lines(&row.remark).into_owned(),
        by: clean(&row.closed_by).into_owned(),
        at: row.closed_at.with_timezone(&zone).fixed_offset(),
        despite: if row.despite_guards { review.broken() } else { Vec::new() },
        unmeasured: row.unmeasured,
        small: row.despite_size,
    });
    Ok(Some(review))
}

/// A push and where its review stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewRow {
    /// The push.
    pub push: PushId,
    /// Code of the strategy.
    pub strategy: String,
    /// Its version.
    pub version: i32,
    /// Its name.
    pub name: String,
    /// The bank's day of the push.
    pub pushed_on: NaiveDate,
    /// The planned day of the review.
    pub due: NaiveDate,
    /// Where it stands.
    pub standing: Standing,
    /// The measured effect on the list in parts per million, once it is closed.
    pub uplift_ppm: Option<i32>,
    /// The verdict, once it is closed.
    pub verdict: Option<Verdict>,
    /// Who gave it.
    pub by: Option<String>,
}

/// The newest pushes and where their reviews stand; those that wait for a verdict first.
///
/// # Errors
/// Any [`StoreError`].
pub async fn list(db: &mut PgConnection) -> Result<Vec<ReviewRow>, StoreError> {
    let rows = sqlx::query!(
        r#"select p.id, p.strategy, p.version, v.name, p.as_of, s.standing as "standing!",
                  coalesce(p.as_of + v.review_days, p.deadline + 1) as "due!", r.uplift_ppm, r.verdict as "verdict?",
                  r.closed_by as "closed_by?"
           from (select * from baton.push k where k.as_of <= coalesce(baton.looked_back(), k.as_of) order by k.id desc limit 100) p
           join baton.strategy_version v on v.code = p.strategy and v.version = p.version
           left join baton.review r on r.push_id = p.id and r.as_of <= coalesce(baton.looked_back(), r.as_of)
           cross join lateral (select baton.review_standing(p.id) as standing) s
           order by s.standing in ('ready', 'no_control', 'no_success', 'unfilled') desc, p.id desc"#
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| ReviewRow {
        push: PushId(row.id),
        strategy: clean(&row.strategy).into_owned(),
        version: row.version,
        name: clean(&row.name).into_owned(),
        pushed_on: row.as_of,
        due: row.due,
        standing: Standing::from_code(&row.standing).unwrap_or(Standing::Early),
        uplift_ppm: row.uplift_ppm,
        verdict: row.verdict.as_deref().and_then(Verdict::from_code),
        by: row.closed_by.map(|name| clean(&name).into_owned()),
    });
    Ok(rows.collect())
}

/// Gives the verdict on a push, with all figures as they are now; the review as it is kept. `knowing` is what it is given in spite of.
///
/// # Errors
/// [`ReviewError::Guards`], [`ReviewError::GuardsMoved`], [`ReviewError::Unmeasured`], [`ReviewError::Size`], [`ReviewError::OwnWork`], [`ReviewError::Standing`], [`ReviewError::Remark`], [`ReviewError::Unknown`],
/// [`ReviewError::Rule`], or any [`StoreError`].
pub async fn close(
    db: &mut PgConnection,
    push: PushId,
    verdict: Verdict,
    text: &str,
    knowing: &Knowing,
) -> Result<Review, ReviewError> {
    let text = text.trim();
    if is_blank(text) || text.chars().count() > REMARK_MOST {
        return Err(ReviewError::Remark);
    }
    let review = show(db, push).await?;
    if !review.standing.may_close() {
        return Err(ReviewError::Standing(review.standing));
    }
    let figures = serde_json::to_value(&review)
        .map_err(|error| StoreError::Database(sqlx::Error::Encode(error.into())))?;
    let done = sqlx::query_scalar!(
        "select baton.review_close($1, $2, $3, $4, $5, $6, $7)",
        push.0,
        verdict.code(),
        text.replace('\0', "\u{fffd}"),
        figures,
        &knowing.guards,
        knowing.unmeasured,
        knowing.small
    )
    .fetch_one(&mut *db)
    .await;
    match done.map_err(ReviewError::from) {
        Err(ReviewError::OwnWork { .. }) => Err(ReviewError::OwnWork { author: review.author }),
        Err(ReviewError::Guards { names }) if !knowing.guards.is_empty() => {
            let guards: Vec<&str> = review.guards.iter().map(|guard| guard.name.as_str()).collect();
            let strange = knowing.guards.iter().find(|name| !guards.contains(&name.as_str()));
            Err(match strange {
                Some(name) => {
                    ReviewError::NoGuard { name: name.clone(), guards: guards.join(", ") }
                }
                None => ReviewError::GuardsMoved { names },
            })
        }
        Err(error) => Err(error),
        Ok(_) => show(db, push).await,
    }
}
