//! Strategies: draft, submit, approve, and where each version stands.

use chrono::{NaiveDate, NaiveDateTime};
use sqlx::PgConnection;

use super::customer::{self, CustomerError};
use super::refusal::Refusal;
use super::segment::content_hash;
use super::walls::LifeError;
use super::{StoreError, bank, dynamic};
use crate::domain::clean::{clean, clean_lines};
use crate::domain::hash::ContentHash;
use crate::domain::id::CustomerId;
use crate::domain::message::Message;
use crate::domain::rule::{Rule, Vocabulary};
use crate::domain::strategy::body::Body;
use crate::domain::strategy::file::{self, StrategyFileError};
use crate::domain::strategy::life::{Given, Life, Listed, Said};
use crate::domain::strategy::sample::Sample;
use crate::domain::strategy::template;
use crate::domain::strategy::text::{Fault, Field, FieldError};
use crate::domain::strategy::{StrategyRow, StrategyState, StrategyText};
use crate::msg;

/// Why a strategy's step was refused.
#[derive(Debug, thiserror::Error)]
pub enum StrategyError {
    /// There is no such strategy.
    #[error("there is no strategy {code}")]
    Unknown {
        /// Its code.
        code: String,
    },
    /// The text names a segment that nobody has saved.
    #[error("there is no segment {code}")]
    UnknownSegment {
        /// The segment's code.
        code: String,
    },
    /// The text names a unit, by this code, that the bank does not have.
    #[error("there is no unit {0}")]
    NoUnit(String),
    /// A field cannot be so.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// Something in it cannot be so, or the bank has no such thing.
    #[error(transparent)]
    File(#[from] StrategyFileError),
    /// Somebody has written a later version than the one that this text was made from. Nothing was written.
    #[error("v{latest} stands there, not v{base}")]
    Stale {
        /// The version that it was made from.
        base: i32,
        /// The version that stands there, 0 for none.
        latest: i32,
    },
    /// The version stands elsewhere than the step needs.
    #[error("{version} is {state:?}")]
    State {
        /// Which version: `ST-014 v2`.
        version: String,
        /// Where it stands.
        state: StrategyState,
    },
    /// The approver wrote this version.
    #[error("the approver wrote this version")]
    OwnWork {
        /// Who could approve it.
        approvers: Vec<String>,
    },
    /// The hash is not that of the text that stands there.
    #[error("the text has changed")]
    TextChanged,
    /// Who may not approve, delegate, pause, or says no reason.
    #[error(transparent)]
    Life(#[from] LifeError),
    /// Any other failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StrategyError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Unknown { code } => {
                Message::new(msg!("strategy.unknown")).with("code", code.as_str())
            }
            Self::UnknownSegment { code } => {
                Message::new(msg!("strategy.unknown-segment")).with("code", code.as_str())
            }
            Self::NoUnit(org) => Message::new(msg!("strategy.no-unit")).with("org", org.as_str()),
            Self::Field(error) => error.message(),
            Self::File(error) => error.message(),
            Self::Stale { base, latest } => {
                Message::new(msg!("strategy.stale")).with("base", *base).with("latest", *latest)
            }
            Self::State { version, state } => Message::new(msg!("strategy.wrong-state"))
                .with("version", version.as_str())
                .with("state", state_name(*state)),
            Self::OwnWork { approvers } if approvers.is_empty() => {
                msg!("strategy.own-work-nobody").into()
            }
            Self::OwnWork { approvers } => {
                Message::new(msg!("strategy.own-work")).with("approvers", approvers.join(", "))
            }
            Self::TextChanged => msg!("strategy.text-changed").into(),
            Self::Life(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }
}

/// A state in the operator's language.
#[must_use]
pub fn state_name(state: StrategyState) -> Message {
    match state {
        StrategyState::Draft => msg!("strategy.state.draft"),
        StrategyState::Submitted => msg!("strategy.state.submitted"),
        StrategyState::SentBack => msg!("strategy.state.sent-back"),
        StrategyState::Approved => msg!("strategy.state.approved"),
        StrategyState::Live => msg!("strategy.state.live"),
        StrategyState::Paused => msg!("strategy.state.paused"),
        StrategyState::Ended => msg!("strategy.state.ended"),
        StrategyState::Reviewed => msg!("strategy.state.reviewed"),
        StrategyState::Voided => msg!("strategy.state.voided"),
        StrategyState::Archived => msg!("strategy.state.archived"),
    }
    .into()
}

impl From<sqlx::Error> for StrategyError {
    fn from(error: sqlx::Error) -> Self {
        Refusal::from(error).into()
    }
}

impl From<Refusal> for StrategyError {
    fn from(refusal: Refusal) -> Self {
        if let Some(error) = refusal.life() {
            return Self::Life(error);
        }
        match refusal {
            Refusal::Unknown { what, name } if what == "segment" => {
                Self::UnknownSegment { code: name }
            }
            Refusal::Unknown { what, name } if what == "org_unit" => Self::NoUnit(name),
            Refusal::Unknown { name, .. } => Self::Unknown { code: name },
            Refusal::Stale { latest } => Self::Stale { base: 0, latest },
            Refusal::State { state, version } => Self::State { version, state: state_of(&state) },
            Refusal::Constraint(name) if name == "approval_not_by_author" => {
                Self::OwnWork { approvers: Vec::new() }
            }
            Refusal::Constraint(name) if name == "approval_names_current_text" => Self::TextChanged,
            Refusal::Constraint(name) => match field_of(&name) {
                Some(field) => Self::Field(field),
                None => Self::Store(Refusal::Constraint(name).unexpected()),
            },
            other => Self::Store(other.unexpected()),
        }
    }
}

/// The field that a constraint holds. The text is read before it is sent; these are for whoever comes by another way.
fn field_of(constraint: &str) -> Option<FieldError> {
    let (field, fault) = match constraint {
        "strategy_version_code" => (Field::Code, Fault::NotACode),
        "strategy_version_name" => (Field::Name, Fault::Empty),
        "strategy_version_product" => (Field::Product, Fault::Empty),
        "strategy_version_script" => (Field::Script, Fault::Empty),
        "deadline_days_range" => (Field::DeadlineDays, Fault::DaysRange),
        "control_share_range" => (Field::ControlShare, Fault::ShareRange),
        _ => return None,
    };
    Some(FieldError { field, fault })
}

pub(super) fn state_of(word: &str) -> StrategyState {
    StrategyState::from_code(word).unwrap_or(StrategyState::Draft)
}

struct Row {
    code: String,
    version: i32,
    name: String,
    segment: String,
    segment_version: Option<i32>,
    deadline_days: i32,
    control_ppm: i32,
    seed: i64,
    product: String,
    benefit: String,
    script: String,
    hash: Option<Vec<u8>>,
    author: String,
    approver: Option<String>,
    state: String,
    rule: String,
    body: String,
    levels: i32,
    approvers: Option<Vec<String>>,
    may: Option<Vec<String>>,
    in_names: Option<Vec<String>>,
    sent_by: Option<String>,
    comment: Option<String>,
    sent_at: Option<NaiveDateTime>,
    paused_by: Option<String>,
    pause_reason: Option<String>,
    paused_at: Option<NaiveDateTime>,
    listed: Option<i64>,
    listed_on: Option<NaiveDate>,
    script_version: i32,
    uplift_ppm: Option<i32>,
}

fn said(by: Option<&str>, why: Option<&str>, at: Option<NaiveDateTime>) -> Option<Said> {
    let (by, why) = (clean(by?).into_owned(), clean_lines(why?).into_owned());
    Some(Said { by, why, at: at? })
}

impl Row {
    fn life(&self) -> Life {
        let (said_by, in_names) = (self.approvers.as_deref(), self.in_names.as_deref());
        let given = said_by.unwrap_or_default().iter().zip(in_names.unwrap_or_default());
        let given = given.map(|(approver, name)| Given {
            approver: clean(approver).into_owned(),
            stands_for: (name != approver).then(|| clean(name).into_owned()),
        });
        let listed = self.listed.zip(self.listed_on);
        Life {
            levels: usize::try_from(self.levels).unwrap_or(1),
            given: given.collect(),
            may: self
                .may
                .as_ref()
                .map(|may| may.iter().map(|name| clean(name).into_owned()).collect()),
            sent_back: said(self.sent_by.as_deref(), self.comment.as_deref(), self.sent_at),
            paused: said(self.paused_by.as_deref(), self.pause_reason.as_deref(), self.paused_at),
            listed: listed.map(|(customers, on)| Listed { customers, on }),
        }
    }

    fn into_domain(self) -> StrategyRow {
        let life = self.life();
        let body = Body::read(&self.body);
        let strange = || clean(&self.body).into_owned();
        StrategyRow {
            text: StrategyText {
                code: clean(&self.code).into_owned(),
                name: clean(&self.name).into_owned(),
                segment: clean(&self.segment).into_owned(),
                deadline_days: self.deadline_days,
                control_ppm: self.control_ppm,
                seed: self.seed,
                product: clean_lines(&self.product).into_owned(),
                benefit: clean_lines(&self.benefit).into_owned(),
                script: clean_lines(&self.script).into_owned(),
                body: body.clone().unwrap_or_default(),
            },
            strange_body: body.is_none().then(strange),
            version: self.version,
            state: state_of(&self.state),
            hash: self.hash.map(|hash| content_hash(&hash)),
            segment_version: self.segment_version,
            rule: clean(&self.rule).into_owned(),
            author: clean(&self.author).into_owned(),
            approver: self.approver.map(|name| clean(&name).into_owned()),
            life,
            script_version: self.script_version,
            uplift_ppm: self.uplift_ppm,
        }
    }
}

/// Which versions a list has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Those that have this somewhere in their text, whatever its case.
    pub search: Option<&'a str>,
    /// Every version, also those that no longer matter.
    pub every: bool,
    /// Those that were put away, and no others.
    pub archived: bool,
}

/// Every version that matters now: the latest of each strategy, and older ones that wait, may be pushed or are live.
///
/// # Errors
/// Any [`StoreError`].
pub async fn list(db: &mut PgConnection) -> Result<Vec<StrategyRow>, StoreError> {
    library(db, Wanted::default()).await
}

/// The library: the versions that are wanted, by code, the latest first.
///
/// # Errors
/// Any [`StoreError`].
pub async fn library(
    db: &mut PgConnection,
    wanted: Wanted<'_>,
) -> Result<Vec<StrategyRow>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select code as "code!", version as "version!", name as "name!", segment as "segment!", segment_version,
                  deadline_days as "deadline_days!", control_ppm as "control_ppm!", seed as "seed!",
                  product as "product!", benefit as "benefit!", script as "script!", hash, author as "author!",
                  approver, state as "state!", coalesce(rule, '') as "rule!",
                  body as "body!", levels as "levels!", approvers,
                  case when state = 'submitted' then array(select m from baton.may_approve(code, version) m) end as may,
                  in_names, sent_by, comment, sent_at, paused_by,
                  pause_reason, paused_at, listed, listed_on, baton.script_version(code, version) as "script_version!",
                  (select r.uplift_ppm from baton.review r join baton.push p on p.id = r.push_id
                                    where p.strategy = strategy_row.code order by p.id desc limit 1) as uplift_ppm
           from baton.strategy_row
           where (state = 'archived') = $1
               and ($2 or latest or state in ('submitted', 'approved', 'live', 'paused'))
               and ($3::text is null or position(lower($3) in
                    lower(concat_ws(' ', code, name, segment, product, benefit, script, body, author))) > 0)
           order by code, version desc"#,
        wanted.archived,
        wanted.every,
        wanted.search
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Row::into_domain).collect())
}

/// A code that no strategy has: the number after the highest.
///
/// # Errors
/// Any [`StoreError`].
pub async fn free_code(db: &mut PgConnection) -> Result<String, StoreError> {
    let codes = sqlx::query_scalar!("select distinct code from baton.strategy_version")
        .fetch_all(db)
        .await?;
    Ok(template::free_code(codes.iter().map(String::as_str)))
}

/// Puts a strategy away, or takes it out again.
///
/// # Errors
/// [`StrategyError::Unknown`], [`StrategyError::State`] if a push of it is still out, or any [`StoreError`].
pub async fn shelve(
    db: &mut PgConnection,
    code: &str,
    away: bool,
) -> Result<StrategyRow, StrategyError> {
    sqlx::query!("select baton.strategy_shelve($1, $2)", code, away).execute(&mut *db).await?;
    show(db, code, None).await
}

/// A customer of this rule as an example for scripts, noted in the audit as a card that was opened; none if the rule
/// finds nobody.
///
/// # Errors
/// Any [`CustomerError`].
pub async fn sample(db: &mut PgConnection, rule: &Rule) -> Result<Option<Sample>, CustomerError> {
    let Some(customer) = dynamic::first_member(db, rule).await? else { return Ok(None) };
    let card = customer::card(db, CustomerId(customer)).await?;
    let currency = bank::bank(db).await?.currency;
    Ok(Some(Sample::of(&card, currency)))
}

/// One version of a strategy, the latest if none is named.
///
/// # Errors
/// [`StrategyError::Unknown`] or any [`StoreError`].
pub async fn show(
    db: &mut PgConnection,
    code: &str,
    version: Option<i32>,
) -> Result<StrategyRow, StrategyError> {
    let row = sqlx::query_as!(
        Row,
        r#"select code as "code!", version as "version!", name as "name!", segment as "segment!", segment_version,
                  deadline_days as "deadline_days!", control_ppm as "control_ppm!", seed as "seed!",
                  product as "product!", benefit as "benefit!", script as "script!", hash, author as "author!",
                  approver, state as "state!", coalesce(rule, '') as "rule!",
                  body as "body!", levels as "levels!", approvers,
                  case when state = 'submitted' then array(select m from baton.may_approve(code, version) m) end as may,
                  in_names, sent_by, comment, sent_at, paused_by,
                  pause_reason, paused_at, listed, listed_on, baton.script_version(code, version) as "script_version!",
                  (select r.uplift_ppm from baton.review r join baton.push p on p.id = r.push_id
                                    where p.strategy = strategy_row.code order by p.id desc limit 1) as uplift_ppm
           from baton.strategy_row where code = $1 and (version = $2 or $2 is null and latest)"#,
        code,
        version
    )
    .fetch_optional(db)
    .await?;
    let unknown = || StrategyError::Unknown { code: clean(code).into_owned() };
    row.map(Row::into_domain).ok_or_else(unknown)
}

/// Writes a text as the next draft version of its code, if `base` is still the latest one, 0 for a code that is new;
/// without a base after whatever is there. Everything that it names is looked up in the bank's words first.
///
/// # Errors
/// [`StrategyError::Field`], [`StrategyError::File`], [`StrategyError::UnknownSegment`], [`StrategyError::Stale`], or
/// any [`StoreError`].
pub async fn new_draft(
    db: &mut PgConnection,
    words: &Vocabulary,
    text: &StrategyText,
    base: Option<i32>,
) -> Result<StrategyRow, StrategyError> {
    if let Some(error) = text.faults().into_iter().next() {
        return Err(error.into());
    }
    let currency = words.bank().currency;
    let text = file::read(&file::print(text, currency), currency)?.check(words)?;
    let version = sqlx::query_scalar!(
        r#"select baton.strategy_new($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) as "version!""#,
        text.code,
        text.name,
        text.segment,
        text.deadline_days,
        text.control_ppm,
        text.seed,
        text.product,
        text.benefit,
        text.script,
        text.body.canonical(),
        base
    )
    .fetch_one(&mut *db)
    .await
    .map_err(|error| match StrategyError::from(error) {
        StrategyError::Stale { latest, .. } => {
            StrategyError::Stale { base: base.unwrap_or_default(), latest }
        }
        other => other,
    })?;
    show(db, &text.code, Some(version)).await
}

/// Fixes the latest draft's text: pins the segment's version and sets the hash that an approver approves.
///
/// # Errors
/// [`StrategyError::Unknown`], [`StrategyError::State`] if the latest version is no draft, or any [`StoreError`].
pub async fn submit(db: &mut PgConnection, code: &str) -> Result<StrategyRow, StrategyError> {
    let version = sqlx::query_scalar!(r#"select baton.strategy_submit($1) as "version!""#, code)
        .fetch_one(&mut *db)
        .await?;
    show(db, code, Some(version)).await
}

/// Approves the submitted version if `hash` is still its text and the caller did not write it; `stands_for` says in whose
/// name, if not in one's own. It is approved when as many have said so as it needs.
///
/// # Errors
/// [`StrategyError::OwnWork`], [`StrategyError::Life`], [`StrategyError::TextChanged`], [`StrategyError::State`] if nothing waits for approval,
/// [`StrategyError::Unknown`], or any [`StoreError`].
pub async fn approve(
    db: &mut PgConnection,
    code: &str,
    hash: ContentHash,
    stands_for: Option<&str>,
) -> Result<StrategyRow, StrategyError> {
    let approved = sqlx::query_scalar!(
        r#"select baton.strategy_approve($1, $2, $3) as "version!""#,
        code,
        &hash.0[..],
        stands_for
    )
    .fetch_one(&mut *db)
    .await
    .map_err(StrategyError::from);
    match approved {
        Ok(version) => show(db, code, Some(version)).await,
        Err(error) => Err(with_others(db, code, error).await),
    }
}

/// Who else can approve, put to a refusal. A help only, so its own failure does not hide the refusal.
async fn with_others(db: &mut PgConnection, code: &str, error: StrategyError) -> StrategyError {
    if !matches!(
        error,
        StrategyError::OwnWork { .. }
            | StrategyError::Life(LifeError::Writer { .. } | LifeError::SamePerson { .. })
    ) {
        return error;
    }
    let may = show(db, code, None).await.ok().and_then(|row| row.life.may).unwrap_or_default();
    match error {
        StrategyError::Life(LifeError::Writer { .. }) => LifeError::Writer { may }.into(),
        StrategyError::Life(LifeError::SamePerson { .. }) => LifeError::SamePerson { may }.into(),
        _ => StrategyError::OwnWork { approvers: may },
    }
}
