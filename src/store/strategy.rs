//! Strategies: draft, submit, approve, and where each version stands.

mod days;
mod error;

pub use days::{days, days_ahead};
pub use error::StrategyError;

use chrono::{NaiveDate, NaiveDateTime};
use sqlx::PgConnection;

use super::customer::{self, CustomerError};
use super::near::{self, Coded as _};
use super::segment::content_hash;
use super::walls::LifeError;
use super::{StoreError, attribute, bank, dynamic, mart};
use crate::domain::clean::{clean, clean_lines};
use crate::domain::find::sounds;
use crate::domain::hash::ContentHash;
use crate::domain::id::CustomerId;
use crate::domain::message::Message;
use crate::domain::rule::{Rule, Vocabulary};
use crate::domain::strategy::body::Body;
use crate::domain::strategy::file::{self, StrategyFileError};
use crate::domain::strategy::life::{Bar, Given, Life, Listed, Said};
use crate::domain::strategy::sample::Sample;
use crate::domain::strategy::template;
use crate::domain::strategy::{StrategyRow, StrategyState, StrategyText};
use crate::msg;

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
    bar: Option<String>,
    in_names: Option<Vec<String>>,
    sent_by: Option<String>,
    sent_for: Option<String>,
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
    Some(Said { by, stands_for: None, why, at: at? })
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
            bar: self.bar.as_deref().and_then(Bar::from_code),
            sent_back: self.sent_back(),
            paused: said(self.paused_by.as_deref(), self.pause_reason.as_deref(), self.paused_at),
            listed: listed.map(|(customers, on)| Listed { customers, on }),
        }
    }

    fn sent_back(&self) -> Option<Said> {
        let said = said(self.sent_by.as_deref(), self.comment.as_deref(), self.sent_at)?;
        let own = self.sent_for == self.sent_by;
        let name = self.sent_for.as_deref().filter(|_| !own);
        Some(Said { stands_for: name.map(|name| clean(name).into_owned()), ..said })
    }

    /// Whether this stands in its text, or is how its name or its segment is read.
    fn has(&self, search: &str) -> bool {
        let parts = [&self.code, &self.name, &self.segment, &self.product, &self.benefit];
        let parts = parts.into_iter().chain([&self.script, &self.body, &self.author]);
        let text = parts.map(String::as_str).collect::<Vec<_>>().join(" ").to_lowercase();
        text.contains(&search.to_lowercase())
            || [&self.name, &self.segment].into_iter().any(|words| sounds(search, words))
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
            broken: None,
        }
    }
}

/// Which versions a list has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Those that have this somewhere in their text, whatever its case, and those whose name or segment sounds like it in pinyin, as in
    /// the console's filter.
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
                  case when state = 'submitted' or state in ('approved', 'live', 'paused') and levels > cardinality(approvers)
                      then array(select m from baton.may_approve(code, version) m) end as may,
                  case when state = 'submitted' or state in ('approved', 'live', 'paused') and levels > cardinality(approvers)
                      then baton.approval_bar(code, version) end as bar,
                  in_names, sent_by, comment, sent_at, paused_by,
                  (select b.stands_for from baton.send_back b
                   where b.strategy = strategy_row.code and b.version = strategy_row.version) as sent_for,
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
        None::<&str>
    )
    .fetch_all(&mut *db)
    .await?;
    let wanted = |row: &Row| wanted.search.is_none_or(|search| row.has(search));
    let mut rows: Vec<StrategyRow> =
        rows.into_iter().filter(wanted).map(Row::into_domain).collect();
    look(db, &mut rows).await?;
    Ok(rows)
}

/// Says of each row, as long as something may still come of it, what of it stands on records that the bank cannot give any more, and why.
async fn look(db: &mut PgConnection, rows: &mut [StrategyRow]) -> Result<(), StoreError> {
    let asks = |row: &&mut StrategyRow| {
        let over = matches!(
            row.state,
            StrategyState::Ended
                | StrategyState::Reviewed
                | StrategyState::Voided
                | StrategyState::Archived
        );
        !over && row.text.asks()
    };
    let mut asking: Vec<&mut StrategyRow> = rows.iter_mut().filter(asks).collect();
    if asking.is_empty() {
        return Ok(());
    }
    let vocabulary = attribute::vocabulary(db).await?;
    let gone = mart::gone(db, &vocabulary).await?;
    for row in &mut asking {
        row.broken = row.text.broken(&vocabulary, &gone);
    }
    Ok(())
}

/// The codes and names of all strategies, by code.
///
/// # Errors
/// Any [`StoreError`].
pub(super) async fn names(db: &mut PgConnection) -> Result<Vec<(String, String)>, StoreError> {
    let rows = sqlx::query!(
        "select distinct on (code) code, name from baton.strategy_version order by code, version desc"
    )
    .fetch_all(db)
    .await?;
    let word = |text: &str| clean(text).into_owned();
    Ok(rows.iter().map(|row| (word(&row.code), word(&row.name))).collect())
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
    let done =
        sqlx::query!("select baton.strategy_shelve($1, $2)", code, away).execute(&mut *db).await;
    near::done::<_, StrategyError>(db, done).await?;
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

/// One version of a strategy, the latest if none is named, and whether its rules can still be asked.
///
/// # Errors
/// [`StrategyError::Unknown`], [`StrategyError::UnknownVersion`] or any [`StoreError`].
pub async fn show(
    db: &mut PgConnection,
    code: &str,
    version: Option<i32>,
) -> Result<StrategyRow, StrategyError> {
    let mut row = kept(db, code, version).await?;
    look(db, std::slice::from_mut(&mut row)).await?;
    Ok(row)
}

/// The same as it is kept, for whoever wants its words and asks none of its rules.
///
/// # Errors
/// [`StrategyError::Unknown`], [`StrategyError::UnknownVersion`] or any [`StoreError`].
pub(super) async fn kept(
    db: &mut PgConnection,
    code: &str,
    version: Option<i32>,
) -> Result<StrategyRow, StrategyError> {
    if let Some(row) = find(db, code, version).await? {
        return Ok(row);
    }
    let named = clean(code).into_owned();
    let latest = if version.is_some() { find(db, code, None).await? } else { None };
    Err(match (version, latest) {
        (Some(version), Some(latest)) => {
            StrategyError::UnknownVersion { code: named, version, last: latest.version }
        }
        _ => StrategyError::Unknown { code: named, meant: None }.with_meant(db).await,
    })
}

/// The version of this number, or the latest; none if there is none.
async fn find(
    db: &mut PgConnection,
    code: &str,
    version: Option<i32>,
) -> Result<Option<StrategyRow>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"select code as "code!", version as "version!", name as "name!", segment as "segment!", segment_version,
                  deadline_days as "deadline_days!", control_ppm as "control_ppm!", seed as "seed!",
                  product as "product!", benefit as "benefit!", script as "script!", hash, author as "author!",
                  approver, state as "state!", coalesce(rule, '') as "rule!",
                  body as "body!", levels as "levels!", approvers,
                  case when state = 'submitted' or state in ('approved', 'live', 'paused') and levels > cardinality(approvers)
                      then array(select m from baton.may_approve(code, version) m) end as may,
                  case when state = 'submitted' or state in ('approved', 'live', 'paused') and levels > cardinality(approvers)
                      then baton.approval_bar(code, version) end as bar,
                  in_names, sent_by, comment, sent_at, paused_by,
                  (select b.stands_for from baton.send_back b
                   where b.strategy = strategy_row.code and b.version = strategy_row.version) as sent_for,
                  pause_reason, paused_at, listed, listed_on, baton.script_version(code, version) as "script_version!",
                  (select r.uplift_ppm from baton.review r join baton.push p on p.id = r.push_id
                                    where p.strategy = strategy_row.code order by p.id desc limit 1) as uplift_ppm
           from baton.strategy_row where code = $1 and (version = $2 or $2 is null and latest)"#,
        code,
        version
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Row::into_domain))
}

/// Writes a text as the next draft version of its code, if `base` is still the latest one, 0 for a code that is new;
/// without a base after whatever is there. Everything that it names is looked up in the bank's words first.
///
/// # Errors
/// [`StrategyError::Field`], [`StrategyError::File`], also where one of its rules or scripts stands on a mart that cannot be read,
/// [`StrategyError::UnknownSegment`], [`StrategyError::Stale`], or any [`StoreError`].
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
    let gone = mart::gone(db, words).await?;
    let text = file::read(&file::print(text, currency), currency)?.check_with(words, &gone);
    let text = text.map_err(|error| match error {
        // What was printed here is no file of the operator's.
        StrategyFileError::Mart { key, unread, .. } => {
            StrategyFileError::Mart { key, unread, place: None }
        }
        other => other,
    })?;
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
    .await;
    let version = match near::done(db, version).await {
        Err(StrategyError::Stale { latest, .. }) => {
            return Err(StrategyError::Stale { base: base.unwrap_or_default(), latest });
        }
        done => done?,
    };
    show(db, &text.code, Some(version)).await
}

/// Fixes the latest draft's text: pins the segment's version and sets the hash that an approver approves.
///
/// # Errors
/// [`StrategyError::Unknown`], [`StrategyError::State`] if the latest version is no draft, or any [`StoreError`].
pub async fn submit(db: &mut PgConnection, code: &str) -> Result<StrategyRow, StrategyError> {
    askable(db, code).await?;
    if let Some(row) = find(db, code, None).await? {
        days_ahead(db, &row.text).await?;
    }
    let done = sqlx::query_scalar!(r#"select baton.strategy_submit($1) as "version!""#, code)
        .fetch_one(&mut *db)
        .await;
    let version = near::done::<_, StrategyError>(db, done).await?;
    show(db, code, Some(version)).await
}

/// Refuses a strategy of which a rule cannot be asked any more, or a script not filled: nobody could say whether it did anything, or read it
/// to a customer.
async fn askable(db: &mut PgConnection, code: &str) -> Result<(), StrategyError> {
    match find(db, code, None).await? {
        Some(mut row) => {
            look(db, std::slice::from_mut(&mut row)).await?;
            row.broken.map_or(Ok(()), |reason| Err(StrategyError::Broken(reason)))
        }
        // Who is meant is said where the step itself is refused.
        None => Ok(()),
    }
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
    askable(db, code).await?;
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
        Err(error @ StrategyError::Unknown { .. }) => Err(error.with_meant(db).await),
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
