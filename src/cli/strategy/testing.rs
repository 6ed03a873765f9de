//! Test pushes by command: made for one's own branch, listed, answered and taken back.

use chrono_tz::Tz;
use clap::Subcommand;
use serde_json::{Value, json};

use crate::cli::{Context, Failure, Table};
use crate::domain::message::{Arg, Message};
use crate::domain::moment;
use crate::domain::strategy::test_push::TestPush;
use crate::msg;
use crate::store::Session;
use crate::store::bank;
use crate::store::test_push::{self, TestPushError};
use crate::text::{Lang, render};

/// What to do with test pushes.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Shows your strategy to your own branch with a few masked examples; nobody gets a task, and nothing is counted
    TestPush {
        /// The strategy's code; its latest version is shown
        code: String,
        /// The unit, if you are of the whole bank
        #[arg(long, value_name = "UNIT")]
        org: Option<String>,
    },
    /// Lists the test pushes of a strategy, with their examples
    Tests {
        /// The strategy's code
        code: String,
    },
    /// Says what your unit thinks of a test push
    TestAnswer {
        /// The test's number
        test: i64,
        /// The words
        #[arg(long, value_name = "TEXT")]
        words: String,
    },
    /// Takes a test push back: the unit sees it no more
    TestEnd {
        /// The test's number
        test: i64,
    },
}

impl From<TestPushError> for Failure {
    fn from(error: TestPushError) -> Self {
        match error {
            TestPushError::Store(error) => error.into(),
            other => Self::refused(other.message()),
        }
    }
}

pub(super) async fn run(
    args: Args,
    session: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    let lang = context.output.lang;
    let test = match args {
        Args::TestPush { code, org } => {
            let words = |value: &Arg| word(value, lang);
            test_push::make(session, &code, org.as_deref(), &words).await?
        }
        Args::TestEnd { test } => test_push::end(session, test).await?,
        Args::TestAnswer { test, words } => test_push::answer(session, test, &words).await?,
        Args::Tests { code } => {
            let tests = test_push::list(session, &code).await?;
            let zone = bank::bank(session).await?.timezone;
            let shown: Vec<Value> = tests.iter().map(|test| shown(test, zone, lang)).collect();
            return context.output.result(&shown, || table(&tests));
        }
    };
    if context.output.format == crate::cli::Format::Table {
        context.output.say(msg!("strategy.test.told"));
    }
    let zone = bank::bank(session).await?.timezone;
    context.output.result(&shown(&test, zone, lang), || table(std::slice::from_ref(&test)))
}

/// A value as people read it.
fn word(value: &Arg, lang: Lang) -> String {
    render(&Message::new(msg!("strategy.script.value")).with("value", value.clone()), lang)
}

fn shown(test: &TestPush, zone: Tz, lang: Lang) -> Value {
    let say = |value: &Arg| word(value, lang);
    let scripts = |example: &crate::domain::strategy::test_push::Example| {
        let filled = test
            .scripts
            .iter()
            .map(|(wave, words)| json!({ "wave": wave, "script": example.fill(words, say) }));
        filled.collect::<Vec<_>>()
    };
    json!({
        "test": test.test,
        "strategy": test.strategy,
        "version": test.version,
        "org": test.org,
        "by": test.by,
        "at": moment::of_local(test.at, zone),
        "until": test.until,
        "state": test.state.code(),
        "answer": test.answered.as_ref().map(|answered| json!({
            "by": answered.by, "at": moment::of_local(answered.at, zone), "words": answered.words,
        })),
        "examples": test.examples.iter().map(|example| json!({
            "name": example.value("name").map(say), "tier": example.value("tier").map(say), "scripts": scripts(example),
        })).collect::<Vec<_>>(),
    })
}

fn table(tests: &[TestPush]) -> Table {
    let mut table = Table::new([
        ("test", msg!("strategy.test.column.test")),
        ("version", msg!("strategy.fact.version")),
        ("org", msg!("strategy.test.column.org")),
        ("by", msg!("strategy.test.column.by")),
        ("until", msg!("strategy.test.column.until")),
        ("state", msg!("strategy.test.column.state")),
        ("examples", msg!("strategy.test.column.examples")),
        ("answer", msg!("strategy.test.column.answer")),
    ]);
    for test in tests {
        let words = test.answered.as_ref().map_or("", |answered| answered.words.as_str());
        table.row([
            test.test.to_string().into(),
            test.version.into(),
            format!("{} {}", test.org, test.org_name).into(),
            test.by.as_str().into(),
            test.until.into(),
            test.state.title().into(),
            test.examples.len().into(),
            words.into(),
        ]);
    }
    table
}
