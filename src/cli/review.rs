//! `baton review`: what was done with a push, what came of it, and the verdict.

use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::output::least;
use super::{Context, Failure, Format, Table};
use crate::domain::id::PushId;
use crate::domain::message::{Arg, Message};
use crate::domain::money::Currency;
use crate::domain::review::{Knowing, Review, Verdict};
use crate::msg;
use crate::store::connect::STATEMENT_LIMIT;
use crate::store::review::{self, ReviewError, ReviewRow};
use crate::store::segment::LIST_LIMIT;
use crate::store::{Session, bank};
use crate::text::number;
use crate::text::review::{Figure, Line, Plain, lines, methods, sentence, subject, verdict_name};

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
        /// Expands although these guards are broken, each by its name: to be said, and kept with the review; the text says why
        #[arg(long, value_name = "NAME", num_args = 1..)]
        despite_guards: Vec<String>,
        /// Expands or stops although nothing that was declared is measured: to be said, and kept with the review
        #[arg(long)]
        unmeasured: bool,
        /// Expands or stops although an arm has too few customers to show anything: to be said, and kept with the review
        #[arg(long)]
        despite_size: bool,
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
        Args::Close { push, verdict, text, despite_guards, unmeasured, despite_size } => {
            let knowing = Knowing { guards: despite_guards, unmeasured, small: despite_size };
            let closed =
                review::close(session, PushId(push), verdict.into(), &text, &knowing).await?;
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

/// In how many cells people read what a line is of: what is to be known are sentences.
const ITEM: usize = 60;

fn table(review: &Review, currency: Currency, context: &Context) -> Table {
    if context.output.format != Format::Table {
        return numbers(review, currency, context);
    }
    let mut table = Table::new([
        ("part", msg!("review.column.part")),
        ("item", msg!("review.column.item")),
        ("treated", msg!("review.column.treated")),
        ("control", msg!("review.column.control")),
        ("value", msg!("review.column.value")),
        ("lower", msg!("review.column.lower")),
        ("upper", msg!("review.column.upper")),
        ("p", msg!("review.column.p")),
    ])
    .wrapped("item", ITEM);
    for line in lines(review, currency, context.lang()) {
        let part: Arg = line.section.name().into();
        let figures = [line.treated, line.control, line.value, line.lower, line.upper, line.p];
        let rest = figures.map(|figure| Arg::from(figure.text));
        table.row([part, line.item.into()].into_iter().chain(rest));
    }
    table
}

/// The same for programs and workbooks: figures are numbers, what they are counted in stands in a column of its own, and of how many
/// a count is beside it. What is said in words (by whom and when a verdict was given, a limit that was kept) has a column of its own, so
/// that those of figures hold nothing else.
fn numbers(review: &Review, currency: Currency, context: &Context) -> Table {
    let mut table = Table::new([
        ("part", msg!("review.column.part")),
        ("item", msg!("review.column.item")),
        ("treated", msg!("review.column.treated")),
        ("treated_of", msg!("review.column.treated-of")),
        ("control", msg!("review.column.control")),
        ("control_of", msg!("review.column.control-of")),
        ("value", msg!("review.column.value")),
        ("lower", msg!("review.column.lower")),
        ("upper", msg!("review.column.upper")),
        ("p", msg!("review.column.p")),
        ("unit", msg!("review.column.unit")),
        ("words", msg!("review.column.words")),
    ]);
    for line in lines(review, currency, context.lang()) {
        let unit = [&line.value, &line.treated].into_iter().find_map(|figure| figure.plain);
        let unit = unit.map_or_else(String::new, |plain| counted_in(plain, context));
        let of = |figure: &Figure| match figure.plain {
            Some(Plain::Of(part)) => part.n.into(),
            _ => Arg::from(""),
        };
        table.row([
            line.section.name().into(),
            line.item.as_str().into(),
            exact(&line.treated),
            of(&line.treated),
            exact(&line.control),
            of(&line.control),
            exact(&line.value),
            exact(&line.lower),
            exact(&line.upper),
            exact(&line.p),
            unit.into(),
            words(&line).into(),
        ]);
    }
    table
}

/// What a line says in words instead of numbers.
fn words(line: &Line) -> String {
    let figures = [&line.value, &line.treated, &line.control, &line.lower, &line.upper, &line.p];
    let words = figures.into_iter().filter(|figure| figure.plain.is_none());
    let words: Vec<&str> = words.map(|figure| figure.text.as_str()).collect();
    words.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ")
}

/// A figure as a number; nothing where it is none.
fn exact(figure: &Figure) -> Arg {
    match figure.plain {
        None => String::new().into(),
        Some(Plain::Count(n)) => n.into(),
        Some(Plain::Of(part)) => part.hit.into(),
        Some(Plain::Money(amount, currency)) => Arg::Money(amount, currency),
        Some(Plain::Percent(x) | Plain::Points(x) | Plain::Number(x)) => {
            let text = format!("{x:.12}");
            let text = text.trim_end_matches('0').trim_end_matches('.');
            text.parse::<i64>().map_or_else(|_| Arg::Decimal(text.to_owned()), Arg::Count)
        }
    }
}

/// What a figure is counted in: amounts by the code in a workbook, which has whole units, and by the smallest unit else.
fn counted_in(plain: Plain, context: &Context) -> String {
    match plain {
        Plain::Percent(_) => "%".to_owned(),
        Plain::Points(_) => "pp".to_owned(),
        Plain::Money(_, currency) if context.output.format == Format::Xlsx => {
            currency.code().to_owned()
        }
        Plain::Money(_, currency) => least(currency),
        Plain::Count(_) | Plain::Of(_) | Plain::Number(_) => String::new(),
    }
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
            row.standing.clause().into(),
        ]);
    }
    table
}
