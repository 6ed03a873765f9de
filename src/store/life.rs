//! The life of a strategy beyond its texts: sent back, delegated, paused and resumed; and what the walls of a push say.

use chrono::NaiveDate;
use sqlx::{Connection as _, PgConnection};

use super::refusal::Refusal;
use super::strategy::{StrategyError, show};
use super::{StoreError, bank};
use crate::domain::clean::clean;
use crate::domain::hash::ContentHash;
use crate::domain::message::Message;
use crate::domain::money::{Currency, Minor};
use crate::domain::strategy::StrategyRow;
use crate::domain::strategy::life::Delegation;
use crate::msg;

/// Why a step in a strategy's life was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{self:?}")]
pub enum LifeError {
    /// The approver, or the one in whose name he speaks, has written a version of it.
    Writer {
        /// Who could approve it.
        may: Vec<String>,
    },
    /// The other level was given by the same person, or in his name.
    SamePerson {
        /// Who could approve it.
        may: Vec<String>,
    },
    /// Nobody of that name has delegated to the caller for today.
    NoDelegation {
        /// In whose name it was tried.
        name: String,
    },
    /// A budget is named, and no price that it could be reckoned by.
    NoPrice {
        /// Which version.
        version: String,
    },
    /// A comment or a reason must say something, and not more than 2,000 characters.
    NoReason,
    /// The strategy is not paused.
    NotPaused {
        /// Its code.
        code: String,
    },
    /// There is no such operator, or he is no approver.
    NoOperator {
        /// The name.
        name: String,
    },
    /// Nobody delegates to himself, under whatever login.
    ToHimself,
    /// The last day is before the first, or more than a year after it.
    Days,
    /// The operator has no such delegation that still holds.
    NotDelegated,
}

impl LifeError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        let among = |some: Message, none: Message, may: &[String]| {
            if may.is_empty() { none } else { some.with("approvers", may.join(", ")) }
        };
        match self {
            Self::Writer { may } => {
                among(msg!("life.writer").into(), msg!("life.writer-nobody").into(), may)
            }
            Self::SamePerson { may } => {
                among(msg!("life.same-person").into(), msg!("life.same-person-nobody").into(), may)
            }
            Self::NoDelegation { name } => {
                Message::new(msg!("life.no-delegation")).with("name", name.as_str())
            }
            Self::NoPrice { version } => {
                Message::new(msg!("life.no-price")).with("version", version.as_str())
            }
            Self::NoReason => msg!("life.no-reason").into(),
            Self::NotPaused { code } => {
                Message::new(msg!("life.not-paused")).with("code", code.as_str())
            }
            Self::NoOperator { name } => {
                Message::new(msg!("life.no-operator")).with("name", name.as_str())
            }
            Self::ToHimself => msg!("life.to-himself").into(),
            Self::Days => msg!("life.days").into(),
            Self::NotDelegated => msg!("life.not-delegated").into(),
        }
    }

    /// What a constraint of these tables holds.
    pub(super) fn of_constraint(name: &str) -> Option<Self> {
        Some(match name {
            "approval_not_by_writer" => Self::Writer { may: Vec::new() },
            "approval_by_another_person" => Self::SamePerson { may: Vec::new() },
            "approval_by_delegation" => Self::NoDelegation { name: String::new() },
            "send_back_comment" | "pause_reason" | "resume_reason" => Self::NoReason,
            "delegation_to_another" => Self::ToHimself,
            "delegation_range" => Self::Days,
            _ => return None,
        })
    }
}

/// What a push is not true of any more, or never was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{self:?}")]
pub enum PushWall {
    /// Nothing goes out today.
    Blackout {
        /// Why.
        reason: String,
    },
    /// Its list is so large, or its budget, that one more must approve it.
    Levels {
        /// Which version.
        version: String,
    },
    /// A budget is named, and no price.
    NoPrice {
        /// Which version.
        version: String,
    },
    /// The benefits would cost more than they may.
    Cap {
        /// The most that they may.
        cap: Minor,
        /// What they would, with all pushes of the strategy.
        cost: Minor,
        /// The bank's money.
        currency: Currency,
    },
}

impl PushWall {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Blackout { reason } => {
                Message::new(msg!("life.blackout")).with("reason", reason.as_str())
            }
            Self::Levels { version } => {
                Message::new(msg!("life.levels")).with("version", version.as_str())
            }
            Self::NoPrice { version } => {
                Message::new(msg!("life.no-price")).with("version", version.as_str())
            }
            Self::Cap { cap, cost, currency } => Message::new(msg!("life.cap"))
                .with("cap", crate::domain::message::Arg::Money(*cap, *currency))
                .with("cost", crate::domain::message::Arg::Money(*cost, *currency)),
        }
    }

    /// What `BT203` to `BT206` say; `None` for another code.
    pub(super) fn of(code: &str, message: &str, detail: &str) -> Option<Self> {
        let version = || clean(detail).into_owned();
        let amount = |text: &str| Minor(text.parse().unwrap_or(i64::MAX));
        Some(match code {
            "BT203" => Self::Blackout { reason: version() },
            "BT204" => Self::Levels { version: version() },
            "BT205" => Self::NoPrice { version: version() },
            // Whoever tells it knows the bank's money; see `with_currency`.
            "BT206" => {
                Self::Cap { cap: amount(message), cost: amount(detail), currency: Currency::CNY }
            }
            _ => return None,
        })
    }

    /// The same, its amounts in the bank's own money.
    pub(super) async fn with_currency(self, db: &mut PgConnection) -> Self {
        match (self, bank::bank(db).await) {
            (Self::Cap { cap, cost, .. }, Ok(bank)) => {
                Self::Cap { cap, cost, currency: bank.currency }
            }
            (wall, _) => wall,
        }
    }
}

/// Sends the submitted version back to its author, if `hash` is still its text; `stands_for` says in whose name, if not
/// in one's own.
///
/// # Errors
/// [`StrategyError::TextChanged`], [`StrategyError::State`], [`StrategyError::Life`], or any other [`StrategyError`].
pub async fn send_back(
    db: &mut PgConnection,
    code: &str,
    hash: ContentHash,
    comment: &str,
    stands_for: Option<&str>,
) -> Result<StrategyRow, StrategyError> {
    let version = sqlx::query_scalar!(
        r#"select baton.strategy_send_back($1, $2, $3, $4) as "version!""#,
        code,
        &hash.0[..],
        comment,
        stands_for
    )
    .fetch_one(&mut *db)
    .await?;
    show(db, code, Some(version)).await
}

/// Who could approve a version, in their own names.
///
/// # Errors
/// Any [`StoreError`].
pub async fn may_approve(
    db: &mut PgConnection,
    code: &str,
    version: i32,
) -> Result<Vec<String>, StoreError> {
    let names = sqlx::query_scalar!(
        r#"select m as "name!" from baton.may_approve($1, $2) m where m <> session_user"#,
        code,
        version
    )
    .fetch_all(db)
    .await?;
    Ok(names.iter().map(|name| clean(name).into_owned()).collect())
}

/// Stops a strategy: nothing of it is planned, pushed or delivered until it is resumed.
///
/// # Errors
/// [`StrategyError::State`] if nothing of it is approved or live, [`StrategyError::Life`] without a reason, or any other
/// [`StrategyError`].
pub async fn pause(
    db: &mut PgConnection,
    code: &str,
    reason: &str,
) -> Result<StrategyRow, StrategyError> {
    sqlx::query!("select baton.strategy_pause($1, $2)", code, reason).execute(&mut *db).await?;
    touched(db, code).await
}

/// Lets a paused strategy go on.
///
/// # Errors
/// [`StrategyError::Life`] if it is not paused or without a reason, or any other [`StrategyError`].
pub async fn resume(
    db: &mut PgConnection,
    code: &str,
    reason: &str,
) -> Result<StrategyRow, StrategyError> {
    sqlx::query!("select baton.strategy_resume($1, $2)", code, reason).execute(&mut *db).await?;
    touched(db, code).await
}

/// The version that a pause is about: the latest that is paused, live or approved, else the latest.
async fn touched(db: &mut PgConnection, code: &str) -> Result<StrategyRow, StrategyError> {
    let version = sqlx::query_scalar!(
        r#"select version as "version!" from baton.strategy_row where code = $1
           order by state in ('paused', 'live', 'approved') desc, version desc limit 1"#,
        code
    )
    .fetch_optional(&mut *db)
    .await?;
    show(db, code, version).await
}

/// The kill switch: stops every strategy that is approved or live, and gives how many.
///
/// # Errors
/// [`StrategyError::Life`] without a reason, or any other [`StrategyError`].
pub async fn pause_all(db: &mut PgConnection, reason: &str) -> Result<i32, StrategyError> {
    Ok(sqlx::query_scalar!(r#"select baton.strategy_pause_all($1) as "n!""#, reason)
        .fetch_one(db)
        .await?)
}

/// Lets all go on that the operator may let go on, and gives how many.
///
/// # Errors
/// [`StrategyError::Life`] without a reason, or any other [`StrategyError`].
pub async fn resume_all(db: &mut PgConnection, reason: &str) -> Result<i32, StrategyError> {
    Ok(sqlx::query_scalar!(r#"select baton.strategy_resume_all($1) as "n!""#, reason)
        .fetch_one(db)
        .await?)
}

/// Lets `delegate` approve in the caller's name from one day to another.
///
/// # Errors
/// [`StrategyError::Life`] with the reason, or any other [`StrategyError`].
pub async fn delegate(
    db: &mut PgConnection,
    delegate: &str,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<i64, StrategyError> {
    Ok(sqlx::query_scalar!(r#"select baton.delegate($1, $2, $3) as "id!""#, delegate, from, to)
        .fetch_one(db)
        .await?)
}

/// The same for an approver who is away already. The caller is a member of `baton_owner`.
///
/// # Errors
/// As [`delegate`].
pub async fn delegate_for(
    owner: &mut PgConnection,
    delegator: &str,
    delegate: &str,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<i64, StrategyError> {
    let mut tx = owner.begin().await?;
    sqlx::raw_sql("set local role baton_owner").execute(&mut *tx).await?;
    let made = sqlx::query_scalar!(
        r#"select baton.delegate_for($1, $2, $3, $4) as "id!""#,
        delegator,
        delegate,
        from,
        to
    )
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(made)
}

/// Ends a delegation of the caller's before its last day.
///
/// # Errors
/// [`StrategyError::Life`] if he has none of that number, or any other [`StrategyError`].
pub async fn end_delegation(db: &mut PgConnection, id: i64) -> Result<(), StrategyError> {
    sqlx::query!("select baton.delegation_end($1)", id).execute(db).await?;
    Ok(())
}

/// Every delegation, the newest first.
///
/// # Errors
/// Any [`StoreError`].
pub async fn delegations(db: &mut PgConnection) -> Result<Vec<Delegation>, StoreError> {
    let rows = sqlx::query!(
        r#"select d.id, d.delegator, d.delegate, d.from_day, d.to_day, d.ended_at is not null as "ended!",
                  d.ended_at is null and baton.clock_day() between d.from_day and d.to_day as "now!"
           from baton.delegation d order by d.id desc limit 500"#
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| Delegation {
        id: row.id,
        delegator: clean(&row.delegator).into_owned(),
        delegate: clean(&row.delegate).into_owned(),
        from: row.from_day,
        to: row.to_day,
        now: row.now,
        ended: row.ended,
    });
    Ok(rows.collect())
}

/// The operators in whose names the caller may approve today.
///
/// # Errors
/// Any [`StoreError`].
pub async fn stands_for(db: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    let names = sqlx::query_scalar!(
        r#"select distinct d.delegator from baton.delegation d
           where d.delegate = session_user and baton.delegation_now(d.delegator, d.delegate) is not null order by 1"#
    )
    .fetch_all(db)
    .await?;
    Ok(names.iter().map(|name| clean(name).into_owned()).collect())
}

/// Says which person a login is; without one, nobody but itself. The caller is a member of `baton_owner`.
///
/// # Errors
/// [`StrategyError::Life`] if there is no such operator, or any other [`StrategyError`].
pub async fn set_person(
    owner: &mut PgConnection,
    name: &str,
    person: Option<&str>,
) -> Result<(), StrategyError> {
    let mut tx = owner.begin().await?;
    sqlx::raw_sql("set local role baton_owner").execute(&mut *tx).await?;
    sqlx::query!("select baton.operator_person($1, $2)", name, person).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}

/// What is missing, where the owner's functions of this page say so.
pub(super) fn missing(what: &str, name: &str) -> Option<LifeError> {
    let name = name.to_owned();
    Some(match what {
        "operator" | "approver" => LifeError::NoOperator { name },
        "delegation" => LifeError::NotDelegated,
        "pause" => LifeError::NotPaused { code: name },
        _ => return None,
    })
}

/// A refusal of this page, if it is one.
pub(super) fn refused(refusal: &Refusal) -> Option<LifeError> {
    match refusal {
        Refusal::Unknown { what, name } => missing(what, name),
        Refusal::Constraint(name) => LifeError::of_constraint(name),
        Refusal::NoDelegation { name } => Some(LifeError::NoDelegation { name: name.clone() }),
        Refusal::Wall(PushWall::NoPrice { version }) => {
            Some(LifeError::NoPrice { version: version.clone() })
        }
        _ => None,
    }
}
