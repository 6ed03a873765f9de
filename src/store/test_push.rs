//! Test pushes: made for the author's own unit, looked at, answered and taken back. The database holds who may and that they
//! name no customer; the examples are masked cards, which are noted as opened.

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Map, Value, json};
use sqlx::PgConnection;

use super::customer::{self, CustomerError};
use super::refusal::Refusal;
use super::segment::SegmentError;
use super::strategy::{self, StrategyError, state_name, state_of};
use super::{StoreError, attribute, bank, dynamic};
use crate::domain::clean::{clean, clean_lines};
use crate::domain::id::{CustomerId, OrgId};
use crate::domain::message::{Arg, Message};
use crate::domain::rule::Rule;
use crate::domain::strategy::StrategyState;
use crate::domain::strategy::body::Body;
use crate::domain::strategy::sample::Sample;
use crate::domain::strategy::script;
use crate::domain::strategy::test_push::{Answered, EXAMPLES, Example, TestPush, TestState};
use crate::msg;

/// How many tests of a strategy are listed, the newest first.
const LISTED: i64 = 50;

/// Why a test push was not made, answered or taken back.
#[derive(Debug, thiserror::Error)]
pub enum TestPushError {
    /// There is no such strategy, unit or test.
    #[error("there is no {what} {name}")]
    Unknown {
        /// What was looked for: `strategy`, `org_unit`, `test`.
        what: String,
        /// Its name.
        name: String,
    },
    /// The operator is of the whole bank, and has named no unit.
    #[error("no unit")]
    NoUnit,
    /// The unit is not the operator's own.
    #[error("{org} is another unit's")]
    ForeignUnit {
        /// The unit.
        org: String,
    },
    /// Somebody else wrote the version, or made the test.
    #[error("{author} wrote it")]
    NotAuthor {
        /// Who.
        author: String,
    },
    /// The version is pushed, paused, put away or was voided: there is nothing to be tried.
    #[error("{version} is {state:?}")]
    State {
        /// Which version.
        version: String,
        /// Where it stands.
        state: StrategyState,
    },
    /// Somebody has written a later version meanwhile.
    #[error("a later version stands there")]
    Stale,
    /// Nobody of the segment belongs to the unit.
    #[error("nobody of the segment is of {org}")]
    Nobody {
        /// The unit.
        org: String,
    },
    /// The unit sees it no more.
    #[error("test {test} is over")]
    Over {
        /// Its number.
        test: String,
    },
    /// An answer says something, and not more than 2,000 characters.
    #[error("no words")]
    NoWords,
    /// The segment's rule cannot be run.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// A card was not opened.
    #[error(transparent)]
    Customer(#[from] CustomerError),
    /// Any other failure.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TestPushError {
    /// The sentence for the operator.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Unknown { what, name } => {
                let key = match what.as_str() {
                    "strategy" => {
                        return Message::new(msg!("strategy.unknown")).with("code", name.as_str());
                    }
                    "org_unit" => msg!("push.unknown.unit"),
                    _ => msg!("strategy.test.unknown"),
                };
                Message::new(key).with("name", name.as_str())
            }
            Self::NoUnit => msg!("strategy.test.no-unit").into(),
            Self::ForeignUnit { org } => {
                Message::new(msg!("strategy.test.foreign-unit")).with("org", org.as_str())
            }
            Self::NotAuthor { author } => {
                Message::new(msg!("strategy.test.not-author")).with("author", author.as_str())
            }
            Self::State { version, state } => Message::new(msg!("strategy.test.state"))
                .with("version", version.as_str())
                .with("state", state_name(*state)),
            Self::Stale => msg!("strategy.test.stale").into(),
            Self::Nobody { org } => {
                Message::new(msg!("strategy.test.nobody")).with("org", org.as_str())
            }
            Self::Over { test } => {
                Message::new(msg!("strategy.test.over")).with("test", test.as_str())
            }
            Self::NoWords => msg!("life.no-reason").into(),
            Self::Segment(error) => error.message(),
            Self::Customer(error) => error.message(),
            Self::Store(error) => error.message(),
        }
    }
}

impl From<sqlx::Error> for TestPushError {
    fn from(error: sqlx::Error) -> Self {
        match error.into() {
            Refusal::Unknown { what, name } => Self::Unknown { what, name },
            Refusal::State { state, version } => Self::State { version, state: state_of(&state) },
            Refusal::Stale { .. } => Self::Stale,
            Refusal::ForeignUnit { org } => Self::ForeignUnit { org },
            Refusal::Test { what, detail } => match what.as_str() {
                "no_unit" => Self::NoUnit,
                "not_author" => Self::NotAuthor { author: detail },
                _ => Self::Over { test: detail },
            },
            Refusal::Constraint(name) if name == "test_push_answer" => Self::NoWords,
            other => Self::Store(other.unexpected()),
        }
    }
}

impl From<StrategyError> for TestPushError {
    fn from(error: StrategyError) -> Self {
        match error {
            StrategyError::Store(error) => Self::Store(error),
            StrategyError::Unknown { code, .. } => {
                Self::Unknown { what: "strategy".to_owned(), name: code }
            }
            _ => Self::Stale,
        }
    }
}

/// Shows the latest version of a strategy to the operator's own unit, or, if he is of the whole bank, to the one that he names,
/// with a few masked examples of its customers. `words` says a value in his language. One that stands there gives way.
///
/// # Errors
/// Any [`TestPushError`].
pub async fn make(
    db: &mut PgConnection,
    code: &str,
    org: Option<&str>,
    words: &(dyn Fn(&Arg) -> String + Sync),
) -> Result<TestPush, TestPushError> {
    let row = strategy::show(db, code, None).await?;
    let Some((unit, unit_code)) = unit_of(db, org).await? else {
        return Err(TestPushError::NoUnit);
    };
    let vocabulary = attribute::vocabulary(db).await?;
    let rule = Rule::parse_kept(&row.rule, &vocabulary, None)
        .map_err(|error| SegmentError::of_rule(&row.text.segment, error))?;
    let customers = dynamic::members_of_unit(db, &rule, unit, EXAMPLES).await?;
    if customers.is_empty() {
        return Err(TestPushError::Nobody { org: unit_code });
    }
    let mut names = vec!["name", "tier", "rm"];
    names.extend(script::slots(&row.text.script));
    let waves = row.text.body.waves.iter().filter_map(|wave| wave.script.as_deref());
    names.extend(waves.flat_map(script::slots));
    let currency = bank::bank(db).await?.currency;
    let mut tasks = Vec::new();
    for customer in customers {
        let card = customer::card(db, CustomerId(customer)).await?;
        let sample = Sample::of(&card, currency);
        let known = names.iter().filter_map(|name| Some((*name, sample.value(name)?)));
        let values: Map<String, Value> =
            known.map(|(name, value)| (name.to_owned(), kept(value, words))).collect();
        tasks.push(Value::Object(values));
    }
    let test = sqlx::query_scalar!(
        r#"select baton.strategy_test_push($1, $2, $3, $4) as "test!""#,
        row.text.code,
        row.version,
        unit_code,
        Value::Array(tasks)
    )
    .fetch_one(&mut *db)
    .await?;
    one(db, test).await
}

/// A value as a test push keeps it: what the bank calls in two languages, in both, so that whoever reads it has it in his own.
fn kept(value: &Arg, words: &(dyn Fn(&Arg) -> String + Sync)) -> Value {
    match value {
        Arg::Label { zh, en } => json!({ "zh": zh, "en": en }),
        value => words(value).into(),
    }
}

/// A value that was kept so.
fn as_kept(value: &Value) -> Option<Arg> {
    let word = |text: &Value| Some(clean(text.as_str()?).into_owned());
    match value {
        Value::Object(names) => {
            Some(Arg::Label { zh: word(names.get("zh")?)?, en: word(names.get("en")?)? })
        }
        text => word(text).map(Arg::from),
    }
}

/// The unit that is meant: the one that was named, else the operator's own. Whether he may, the database says.
async fn unit_of(
    db: &mut PgConnection,
    org: Option<&str>,
) -> Result<Option<(OrgId, String)>, TestPushError> {
    let row = sqlx::query!(
        r#"select u.id, u.code from baton.org_unit u
           where case when $1::text is null
                      then u.id = (select o.org_id from baton.operator o where o.name = session_user)
                      else u.code = $1 end"#,
        org
    )
    .fetch_optional(db)
    .await?;
    match (row, org) {
        (Some(row), _) => Ok(Some((OrgId(row.id), row.code))),
        (None, None) => Ok(None),
        (None, Some(org)) => {
            let name = clean(org).into_owned();
            Err(TestPushError::Unknown { what: "org_unit".to_owned(), name })
        }
    }
}

/// Takes a test back.
///
/// # Errors
/// [`TestPushError::NotAuthor`], [`TestPushError::Unknown`], or any [`StoreError`].
pub async fn end(db: &mut PgConnection, test: i64) -> Result<TestPush, TestPushError> {
    sqlx::query!("select baton.strategy_test_end($1)", test).execute(&mut *db).await?;
    one(db, test).await
}

/// Says what the unit thinks of a test.
///
/// # Errors
/// [`TestPushError::ForeignUnit`], [`TestPushError::Over`], [`TestPushError::NoWords`], or any other [`TestPushError`].
pub async fn answer(
    db: &mut PgConnection,
    test: i64,
    words: &str,
) -> Result<TestPush, TestPushError> {
    sqlx::query!("select baton.test_push_answer($1, $2)", test, words).execute(&mut *db).await?;
    one(db, test).await
}

async fn one(db: &mut PgConnection, test: i64) -> Result<TestPush, TestPushError> {
    let found = read(db, None, Some(test)).await?.pop();
    found.ok_or_else(|| TestPushError::Unknown { what: "test".to_owned(), name: test.to_string() })
}

/// The tests of a strategy that the operator sees, the newest first: his own, and those shown to his unit or below it.
///
/// # Errors
/// Any [`StoreError`].
pub async fn list(db: &mut PgConnection, code: &str) -> Result<Vec<TestPush>, StoreError> {
    read(db, Some(code), None).await
}

struct Row {
    id: i64,
    strategy: String,
    version: i32,
    name: String,
    org: String,
    org_name: String,
    made_by: String,
    made_at: NaiveDateTime,
    until: NaiveDate,
    taken_back: bool,
    stands: bool,
    answered_by: Option<String>,
    answered_at: Option<NaiveDateTime>,
    answer: Option<String>,
    product: String,
    benefit: String,
    script: String,
    body: String,
    tasks: Value,
}

async fn read(
    db: &mut PgConnection,
    code: Option<&str>,
    test: Option<i64>,
) -> Result<Vec<TestPush>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select t.id, t.strategy, t.version, v.name, u.code as org, u.name as org_name, t.made_by,
                  baton.bank_time(t.made_at) as "made_at!", t.until, t.ended_at is not null as "taken_back!",
                  baton.test_push_stands(t.ended_at, t.until)
                      and not exists (select from baton.push p where p.strategy = t.strategy and p.version = t.version) as "stands!",
                  t.answered_by, baton.bank_time(t.answered_at) as answered_at, t.answer, v.product, v.benefit, v.script,
                  v.body, t.tasks
           from baton.test_push t
           join baton.strategy_version v on v.code = t.strategy and v.version = t.version
           join baton.org_unit u on u.id = t.org_id
           where t.strategy = $1 or t.id = $2 order by t.id desc limit $3"#,
        code,
        test,
        LISTED
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Row::into_domain).collect())
}

impl Row {
    fn into_domain(self) -> TestPush {
        let word = |text: &str| clean(text).into_owned();
        let lines = |text: &str| clean_lines(text).into_owned();
        let state = match (self.taken_back, self.stands) {
            (true, _) => TestState::TakenBack,
            (false, true) => TestState::Shown,
            (false, false) => TestState::Over,
        };
        let mut scripts = vec![(None, lines(&self.script))];
        let body = Body::read(&self.body).unwrap_or_default();
        let waves = body
            .waves
            .iter()
            .filter_map(|wave| Some((Some(word(&wave.name)), lines(wave.script.as_deref()?))));
        scripts.extend(waves);
        let example = |task: &Value| Example {
            values: task
                .as_object()
                .into_iter()
                .flatten()
                .filter_map(|(name, value)| Some((word(name), as_kept(value)?)))
                .collect(),
        };
        let examples = self.tasks.as_array().into_iter().flatten().map(example).collect();
        let answered = (self.answered_by.as_deref().zip(self.answered_at)).map(|(by, at)| {
            Answered { by: word(by), at, words: lines(self.answer.as_deref().unwrap_or_default()) }
        });
        TestPush {
            test: self.id,
            strategy: word(&self.strategy),
            version: self.version,
            name: word(&self.name),
            org: word(&self.org),
            org_name: word(&self.org_name),
            by: word(&self.made_by),
            at: self.made_at,
            until: self.until,
            state,
            answered,
            product: lines(&self.product),
            benefit: lines(&self.benefit),
            scripts,
            examples,
        }
    }
}
