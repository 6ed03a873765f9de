//! `baton review`: what was done with a push, what came of it, and the verdict.

use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{Context, Failure, Format, Table};
use crate::domain::id::PushId;
use crate::domain::message::{Arg, Message};
use crate::domain::money::Currency;
use crate::domain::review::{Review, Verdict};
use crate::msg;
use crate::store::connect::STATEMENT_LIMIT;
use crate::store::review::{self, ReviewError, ReviewRow, standing_sentence};
use crate::store::segment::LIST_LIMIT;
use crate::store::{Session, bank};
use crate::text::number;
use crate::text::review::{lines, methods, sentence, subject, verdict_name};

/// What to do with reviews.
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Shows the review of a push, or of all pushes of a strategy
    Show {
        /// The push's number
        #[arg(required_unless_present = "strategy", conflicts_with = "strategy")]
        push: Option<i64>,
        /// All pushes of this strategy, each customer once
        #[arg(long, value_name = "CODE")]
        strategy: Option<String>,
        /// Of that strategy only this wave
        #[arg(long, value_name = "N", requires = "strategy")]
        wave: Option<i32>,
    },
    /// Gives the verdict on a push; another person's word than the author's, and kept with all figures
    Close {
        /// The push's number
        push: i64,
        /// The verdict
        #[arg(long, value_enum)]
        verdict: VerdictWord,
        /// Why
        #[arg(long)]
        text: String,
        /// Expands although a guard is broken: to be said, and kept with the review; the text says why
        #[arg(long)]
        despite_guards: bool,
    },
    /// Lists pushes and where their reviews stand
    List,
}

/// A verdict as it is written on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VerdictWord {
    /// It works: more of it (扩大)
    Expand,
    /// It must become another before it goes on (调整)
    Adjust,
    /// No more of it (停止)
    Stop,
}

impl From<VerdictWord> for Verdict {
    fn from(word: VerdictWord) -> Self {
        match word {
            VerdictWord::Expand => Self::Expand,
            VerdictWord::Adjust => Self::Adjust,
            VerdictWord::Stop => Self::Stop,
        }
    }
}

impl From<ReviewError> for Failure {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::Store(error) => error.into(),
            other => Self::refused(other.message()),
        }
    }
}

/// Runs a `review` command.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    let work = Box::pin(step(args, &mut session, context));
    db.within(LIST_LIMIT + STATEMENT_LIMIT, work).await
}

async fn step(args: Args, session: &mut Session, context: &Context) -> Result<(), Failure> {
    let currency = bank::bank(session).await?.currency;
    match args {
        Args::Show { push: Some(push), .. } => {
            shown(&review::show(session, PushId(push)).await?, currency, context)
        }
        Args::Show { strategy, wave, .. } => {
            let code = strategy.unwrap_or_default();
            shown(&review::of_strategy(session, &code, wave).await?, currency, context)
        }
        Args::Close { push, verdict, text, despite_guards } => {
            let closed =
                review::close(session, PushId(push), verdict.into(), &text, despite_guards).await?;
            context.output.say(
                Message::new(msg!("review.closed"))
                    .with("push", push.to_string())
                    .with("verdict", verdict_name(verdict.into())),
            );
            shown(&closed, currency, context)
        }
        Args::List => {
            let rows = review::list(session).await?;
            let value: Vec<Value> = rows.iter().map(row_json).collect();
            context.output.result(&value, || list_table(&rows))
        }
    }
}

fn shown(review: &Review, currency: Currency, context: &Context) -> Result<(), Failure> {
    if context.output.format == Format::Table {
        let lang = context.lang();
        let said = Message::new(msg!("review.said"))
            .with("subject", subject(review))
            .with("sentence", sentence(review, currency, lang));
        context.output.say(said);
        for (_, said) in methods(review, currency) {
            context.output.say(said);
        }
        if !review.standing.may_close() {
            context.output.say(ReviewError::Standing(review.standing).message());
        }
    }
    context.output.result(review, || table(review, currency, context))
}

fn table(review: &Review, currency: Currency, context: &Context) -> Table {
    let mut table = Table::new([
        ("part", msg!("review.column.part")),
        ("item", msg!("review.column.item")),
        ("treated", msg!("review.column.treated")),
        ("control", msg!("review.column.control")),
        ("value", msg!("review.column.value")),
        ("lower", msg!("review.column.lower")),
        ("upper", msg!("review.column.upper")),
        ("p", msg!("review.column.p")),
    ]);
    for line in lines(review, currency, context.lang()) {
        let part: Arg = line.section.name().into();
        let rest =
            [line.item, line.treated, line.control, line.value, line.lower, line.upper, line.p];
        table.row(std::iter::once(part).chain(rest.map(Arg::from)));
    }
    table
}

fn row_json(row: &ReviewRow) -> Value {
    json!({
        "push": row.push,
        "strategy": row.strategy,
        "version": row.version,
        "name": row.name,
        "pushed_on": row.pushed_on,
        "due": row.due,
        "standing": row.standing,
        "uplift_ppm": row.uplift_ppm,
        "verdict": row.verdict,
        "by": row.by,
    })
}

fn list_table(rows: &[ReviewRow]) -> Table {
    let mut table = Table::new([
        ("push", msg!("review.column.push")),
        ("strategy", msg!("review.column.strategy")),
        ("name", msg!("review.column.name")),
        ("pushed_on", msg!("review.column.pushed-on")),
        ("due", msg!("review.column.due")),
        ("uplift", msg!("review.column.uplift")),
        ("verdict", msg!("review.column.verdict")),
        ("by", msg!("review.column.by")),
        ("standing", msg!("review.column.standing")),
    ]);
    for row in rows {
        let uplift = row.uplift_ppm.map(|ppm| number::points(ppm.into())).unwrap_or_default();
        table.row([
            row.push.to_string().into(),
            format!("{} v{}", row.strategy, row.version).into(),
            row.name.as_str().into(),
            row.pushed_on.into(),
            row.due.into(),
            uplift.into(),
            row.verdict.map_or_else(|| "".into(), |verdict| Arg::from(verdict_name(verdict))),
            row.by.as_deref().unwrap_or_default().into(),
            standing_sentence(row.standing).into(),
        ]);
    }
    table
}
