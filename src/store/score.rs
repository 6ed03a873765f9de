//! Score cards: the file that is kept, and the figures that its points are made of.

mod error;
mod figures;

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::kpi;
use super::{StoreError, bank};
use crate::domain::clean::clean;
use crate::domain::hash::ContentHash;
use crate::domain::metric::Kind;
use crate::domain::metric::period;
use crate::domain::score::file::{self, Known};
use crate::domain::score::{Card, CardHead, Days, Of, Scored, Scores, Subject, score};

pub use error::ScoreError;

/// Whose card is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// That of the unit with this code.
    Org(String),
    /// That of the RM with this code.
    Rm(String),
}

/// Whose cards are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Units or RMs.
    pub of: Of,
    /// The kind of the units; none for all.
    pub kind: Option<String>,
    /// Those of this unit and below it; none for all that the caller may see.
    pub org: Option<String>,
    /// The period; none for that of the card.
    pub period: Option<String>,
}

/// A card as it is kept, beside when it was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Number, name, hash, author.
    pub head: CardHead,
    /// When, in the bank's time.
    pub loaded_at: chrono::NaiveDateTime,
}

/// Reads a card, holds it against the bank's metrics, and keeps it as the next version; one that counts already stays.
///
/// # Errors
/// [`ScoreError::File`] with the place, or any of the store.
pub async fn load(db: &mut PgConnection, text: &str) -> Result<CardHead, ScoreError> {
    let known = metrics(db).await?;
    let card = file::read(text, Some(&known)).map_err(ScoreError::File)?;
    let version = sqlx::query_scalar!(
        r#"select baton.score_card_load($1, $2) as "version!""#,
        card.name,
        text
    )
    .fetch_one(&mut *db)
    .await?;
    Ok(kept(db, Some(version)).await?.0)
}

/// The bank's metrics, and which of them are quotients.
async fn metrics(db: &mut PgConnection) -> Result<Vec<Known>, ScoreError> {
    let tree = kpi::tree(db).await?;
    Ok(tree
        .defined()
        .iter()
        .map(|metric| (metric.code.clone(), metric.kind == Kind::Ratio))
        .collect())
}

/// The metrics of a card's items whose amounts are money.
async fn money(db: &mut PgConnection, card: &Card, of: Of) -> Result<Vec<String>, ScoreError> {
    let metrics: Vec<&String> =
        card.items(of).iter().filter_map(|item| item.metric.as_ref()).collect();
    if metrics.is_empty() {
        return Ok(vec![]);
    }
    let tree = kpi::tree(db).await?;
    let is_money = |code: &&&String| tree.find(code).is_some_and(|at| tree.metric(at).is_money());
    Ok(metrics.iter().filter(is_money).map(|code| (*code).clone()).collect())
}

/// Every version that was loaded, the newest first.
///
/// # Errors
/// Any [`StoreError`].
pub async fn versions(db: &mut PgConnection) -> Result<Vec<Version>, StoreError> {
    let rows = sqlx::query!(
        r#"select c.version, c.name, c.hash, c.author, baton.bank_time(c.loaded_at) as "loaded_at!"
           from baton.score_card c order by c.version desc limit 200"#
    )
    .fetch_all(db)
    .await?;
    let row = rows.into_iter().map(|row| Version {
        head: head(row.version, &row.name, &row.hash, &row.author),
        loaded_at: row.loaded_at,
    });
    Ok(row.collect())
}

fn head(version: i32, name: &str, hash: &[u8], author: &str) -> CardHead {
    let hash: Option<[u8; 32]> = hash.try_into().ok();
    CardHead {
        version,
        name: clean(name).into_owned(),
        hash: hash.map(|hash| ContentHash(hash).to_string()).unwrap_or_default(),
        author: clean(author).into_owned(),
    }
}

/// The card of a version, or the one that counts.
async fn kept(db: &mut PgConnection, version: Option<i32>) -> Result<(CardHead, Card), ScoreError> {
    let row = sqlx::query!(
        "select c.version, c.name, c.hash, c.author, c.body from baton.score_card c
         where $1::int is null or c.version = $1 order by c.version desc limit 1",
        version
    )
    .fetch_optional(db)
    .await?
    .ok_or(ScoreError::NoCard)?;
    let card = file::read(&row.body, None).map_err(ScoreError::File)?;
    Ok((head(row.version, &row.name, &row.hash, &row.author), card))
}

/// The days of a period up to the bank's own.
fn days(period: String, today: NaiveDate) -> Result<Days, ScoreError> {
    match period::days(&period) {
        Some((from, last)) if from <= today => Ok(Days { period, from, to: last.min(today) }),
        Some(_) => Err(ScoreError::Future { period }),
        None => Err(ScoreError::Period { period }),
    }
}

async fn opened(
    db: &mut PgConnection,
    of: Of,
    period: Option<&str>,
) -> Result<(CardHead, Card, Days), ScoreError> {
    let (head, card) = kept(db, None).await?;
    if card.items(of).is_empty() {
        return Err(ScoreError::NoItems { of });
    }
    let today = bank::bank(db).await?.as_of;
    let period = period.map_or_else(|| card.term.around(today), |text| clean(text).into_owned());
    Ok((head, card, days(period, today)?))
}

/// The cards of the units of a kind, or of the RMs of whom there is any case, the best first.
///
/// # Errors
/// [`ScoreError`] with the reason.
pub async fn list(db: &mut PgConnection, asked: &Asked) -> Result<Scores, ScoreError> {
    let (head, card, days) = opened(db, asked.of, asked.period.as_deref()).await?;
    if let Some(org) = &asked.org {
        figures::known_org(db, org).await?;
    }
    let subjects = match asked.of {
        Of::Unit => figures::units(db, asked.kind.as_deref(), asked.org.as_deref()).await?,
        Of::Rm => figures::rms(db, None, asked.org.as_deref()).await?,
    };
    let figures = figures::read(db, asked.of, &card, &days, asked.kind.as_deref(), None).await?;
    let rows = subjects.into_iter().filter(|(id, _)| asked.of == Of::Unit || figures.knows(*id));
    let rows: Vec<(Subject, _)> = rows
        .map(|(id, subject)| {
            let found = figures.of(id, card.items(asked.of));
            (subject, score(&card, asked.of, &found))
        })
        .collect();
    let mut scores = Scores { card: head, days, of: asked.of, rows };
    scores.sort_by(None);
    Ok(scores)
}

/// One card, explained.
///
/// # Errors
/// [`ScoreError`] with the reason: also that it is not the caller's to see.
pub async fn show(
    db: &mut PgConnection,
    whose: &Whose,
    period: Option<&str>,
) -> Result<Scored, ScoreError> {
    let of = match whose {
        Whose::Org(_) => Of::Unit,
        Whose::Rm(_) => Of::Rm,
    };
    let (head, card, days) = opened(db, of, period).await?;
    let (id, subject) = match whose {
        Whose::Org(code) => figures::unit(db, code).await?,
        Whose::Rm(code) => figures::rm(db, code).await?,
    };
    let figures = figures::read(db, of, &card, &days, None, Some(&subject.code)).await?;
    let score = score(&card, of, &figures.of(id, card.items(of)));
    let money = money(db, &card, of).await?;
    Ok(Scored { card: head, days, subject, score, money })
}
