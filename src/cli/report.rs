//! `baton report`: the review of a push in words, or what a week has brought, for the file.

use chrono::NaiveDate;
use serde_json::json;

use super::{Context, Failure};
use crate::domain::id::PushId;
use crate::store::connect::STATEMENT_LIMIT;
use crate::store::segment::LIST_LIMIT;
use crate::store::weekly::{self, WeeklyError};
use crate::store::{Session, bank, review};
use crate::text;

/// Of which push, or of which week.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The push's number; without one the report is of a week
    pub push: Option<i64>,
    /// The week of this day (default: of the bank's today)
    #[arg(long, value_name = "DATE", conflicts_with = "push")]
    pub week: Option<NaiveDate>,
}

impl From<WeeklyError> for Failure {
    fn from(error: WeeklyError) -> Self {
        match error {
            WeeklyError::Store(error) => error.into(),
            WeeklyError::Kpi(error) => error.into(),
            not_begun @ WeeklyError::NotBegun(_) => Self::refused(not_begun.message()),
        }
    }
}

/// Writes Markdown to stdout, or into the file of `--into`; with `--format json` an object with the text, and of a week its figures.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: &Args, context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    let work = Box::pin(step(args, &mut session, context));
    db.within(LIST_LIMIT + STATEMENT_LIMIT, work).await
}

async fn step(args: &Args, session: &mut Session, context: &Context) -> Result<(), Failure> {
    let (currency, lang) = (bank::bank(session).await?.currency, context.lang());
    let (text, value) = if let Some(push) = args.push {
        let review = review::show(session, PushId(push)).await?;
        let text = text::review::markdown(&review, currency, lang);
        let value = json!({ "push": push, "markdown": text });
        (text, value)
    } else {
        let week = weekly::week(session, args.week).await?;
        let text = text::weekly::markdown(&week, currency, lang);
        let value = json!({ "week": week, "markdown": text });
        (text, value)
    };
    context.output.document(&value, &text)
}
