//! The coaching log: its entries, one more, a look at one.

use sqlx::PgConnection;

use super::StoreError;
use super::refusal::Refusal;
use crate::domain::clean::clean;
use crate::domain::coaching::{Coaching, Found, NewCoaching, Recheck};
use crate::domain::message::Message;
use crate::msg;

/// As many are listed at once.
const MOST: i64 = 500;

/// Why a step of the log was refused.
#[derive(Debug, thiserror::Error)]
pub enum CoachingError {
    /// Something that it names is not there.
    #[error("there is no {what} {name}")]
    Unknown {
        /// What kind of thing: `org_unit`, `staff`, `coaching`.
        what: String,
        /// Its name.
        name: String,
    },
    /// The unit is not the caller's, nor below his.
    #[error("{org} is not the caller's")]
    Foreign {
        /// Its code.
        org: String,
    },
    /// A named constraint says what it must be.
    #[error("it breaks {0}")]
    Wrong(&'static str),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The constraints that an operator can run into.
const WRONG: [&str; 8] = [
    "coaching_seen",
    "coaching_agreed",
    "coaching_seen_before",
    "coaching_due_after",
    "coaching_said",
    "coaching_again_has_a_day",
    "coaching_next_after",
    "coaching_is_open",
];

impl CoachingError {
    /// What to tell the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        let named = |key, name: &str| Message::new(key).with("name", name);
        match self {
            Self::Unknown { what, name } => match what.as_str() {
                "org_unit" => Message::new(msg!("kpi.unknown-org")).with("org", name.as_str()),
                "staff" => named(msg!("coaching.unknown-rm"), name),
                _ => named(msg!("coaching.unknown"), name),
            },
            Self::Foreign { org } => named(msg!("coaching.foreign"), org),
            Self::Wrong(name) => match *name {
                "coaching_seen" => msg!("coaching.wrong.seen").into(),
                "coaching_agreed" => msg!("coaching.wrong.agreed").into(),
                "coaching_seen_before" => msg!("coaching.wrong.seen-before").into(),
                "coaching_due_after" => msg!("coaching.wrong.due-after").into(),
                "coaching_said" => msg!("coaching.wrong.said").into(),
                "coaching_again_has_a_day" => msg!("coaching.wrong.again").into(),
                "coaching_next_after" => msg!("coaching.wrong.next-after").into(),
                _ => msg!("coaching.wrong.ended").into(),
            },
            Self::Store(error) => error.message(),
        }
    }
}

impl From<sqlx::Error> for CoachingError {
    fn from(error: sqlx::Error) -> Self {
        match Refusal::from(error) {
            Refusal::Unknown { what, name } => Self::Unknown { what, name },
            Refusal::ForeignUnit { org } => Self::Foreign { org },
            Refusal::Constraint(name) => match WRONG.into_iter().find(|known| *known == name) {
                Some(known) => Self::Wrong(known),
                None => Self::Store(Refusal::Constraint(name).unexpected()),
            },
            other => Self::Store(other.unexpected()),
        }
    }
}

/// What is asked of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Of this unit and those below it.
    pub org: Option<String>,
    /// Those that have ended, too.
    pub all: bool,
    /// This one only.
    pub coaching: Option<i64>,
}

/// A look as the database tells it.
#[derive(serde::Deserialize)]
struct Look {
    on: chrono::NaiveDate,
    result: String,
    text: String,
    next_due: Option<chrono::NaiveDate>,
    by: String,
}

/// The entries that the caller may see: the open ones by the day on which they are due, then the ended ones, the newest first.
///
/// # Errors
/// [`CoachingError::Unknown`] for a unit that is not there, or any [`StoreError`].
pub async fn list(db: &mut PgConnection, asked: &Asked) -> Result<Vec<Coaching>, CoachingError> {
    if let Some(org) = &asked.org {
        let there = sqlx::query_scalar!(
            r#"select exists (select from baton.org_unit u where u.code = $1) as "there!""#,
            org
        );
        if !there.fetch_one(&mut *db).await? {
            let name = clean(org).into_owned();
            return Err(CoachingError::Unknown { what: "org_unit".into(), name });
        }
    }
    let rows = sqlx::query!(
        r#"select c.id, u.code, u.name, s.code as "rm?", s.name as "rm_name?", c.seen_on, c.seen, c.agreed, c.due, c.by,
                  coalesce(k.looks::text, '[]') as "looks!"
           from baton.coaching c
           join baton.org_unit u on u.id = c.org_id
           left join baton.staff s on s.id = c.staff_id
           left join lateral (
               select jsonb_agg(jsonb_build_object('on', h.checked_on, 'result', h.result, 'text', h.said,
                          'next_due', h.next_due, 'by', h.by) order by h.n) as looks,
                      (array_agg(h.result order by h.n desc))[1] as last, (array_agg(h.next_due order by h.n desc))[1] as next_due
               from baton.coaching_check h where h.coaching_id = c.id) k on true
           where ($1::bigint is null or c.id = $1) and ($2 or k.last is null or k.last = 'again')
               and ($3::text is null or u.path @> array[(select a.id from baton.org_unit a where a.code = $3)])
           order by (k.last is null or k.last = 'again') desc,
               case when k.last is null or k.last = 'again' then coalesce(k.next_due, c.due) end, c.id desc limit $4"#,
        asked.coaching,
        asked.all || asked.coaching.is_some(),
        asked.org,
        MOST
    )
    .fetch_all(db)
    .await?;
    let word = |text: &str| clean(text).into_owned();
    let rows = rows.into_iter().map(|row| Coaching {
        coaching: row.id,
        org: word(&row.code),
        org_name: word(&row.name),
        rm: row.rm.as_deref().map(word),
        rm_name: row.rm_name.as_deref().map(word),
        seen_on: row.seen_on,
        seen: word(&row.seen),
        agreed: word(&row.agreed),
        due: row.due,
        by: word(&row.by),
        rechecks: looks(&row.looks),
    });
    Ok(rows.collect())
}

/// The looks at an entry, as the database tells them.
fn looks(json: &str) -> Vec<Recheck> {
    let looks: Vec<Look> = serde_json::from_str(json).unwrap_or_default();
    let look = |look: Look| {
        let result = Found::parse(&look.result)?;
        let (text, by) = (clean(&look.text).into_owned(), clean(&look.by).into_owned());
        Some(Recheck { on: look.on, result, text, next_due: look.next_due, by })
    };
    looks.into_iter().filter_map(look).collect()
}

/// Notes what was seen and agreed, and gives it as it stands.
///
/// # Errors
/// [`CoachingError`] with the reason.
pub async fn new(db: &mut PgConnection, new: &NewCoaching) -> Result<Coaching, CoachingError> {
    let id = sqlx::query_scalar!(
        r#"select baton.coaching_new($1, $2, $3, $4, $5, $6) as "id!""#,
        new.org,
        new.rm,
        new.seen_on,
        new.seen,
        new.agreed,
        new.due
    )
    .fetch_one(&mut *db)
    .await?;
    one(db, id).await
}

/// Says what a look at an agreement has found, and gives the entry as it stands.
///
/// # Errors
/// [`CoachingError`] with the reason.
pub async fn recheck(
    db: &mut PgConnection,
    coaching: i64,
    result: Found,
    text: &str,
    next_due: Option<chrono::NaiveDate>,
) -> Result<Coaching, CoachingError> {
    sqlx::query!(
        "select baton.coaching_recheck($1, $2, $3, $4)",
        coaching,
        result.word(),
        text,
        next_due
    )
    .execute(&mut *db)
    .await?;
    one(db, coaching).await
}

/// One entry, with all its looks.
///
/// # Errors
/// [`CoachingError::Unknown`] for one that is not there or not the caller's to see.
pub async fn one(db: &mut PgConnection, coaching: i64) -> Result<Coaching, CoachingError> {
    let asked = Asked { coaching: Some(coaching), ..Asked::default() };
    let unknown = || CoachingError::Unknown { what: "coaching".into(), name: coaching.to_string() };
    list(db, &asked).await?.into_iter().next().ok_or_else(unknown)
}
