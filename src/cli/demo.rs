//! `baton demo`: the demo bank, made in an empty database and left alone where it stands.

use std::time::Duration;

use chrono::NaiveDate;
use serde::Serialize;
use sqlx::PgConnection;

use crate::domain::alert::typed;
use crate::domain::event_rule::{USUAL_DAYS, file};
use crate::domain::message::Message;
use crate::domain::operator::{Duty, Operator};
use crate::msg;
use crate::store::cluster::INTERNAL;
use crate::store::connect::within;
use crate::store::demo::past;
use crate::store::demo::size::Size;
use crate::store::demo::sized;
use crate::store::demo::story;
use crate::store::demo::write::{self, Standing, Step};
use crate::store::kpi::watch;
use crate::store::{Db, calendar, moment, operator};
use crate::text;

use super::{Context, Failure, Table, db, drafts};

/// How long writing the small bank may take; it takes seconds.
const LOAD_LIMIT: Duration = Duration::from_mins(10);
/// How long writing a larger one may take; it takes minutes.
const SIZED_LIMIT: Duration = Duration::from_mins(110);
/// How long all of it may take, a first start of the private cluster included.
const DEMO_LIMIT: Duration = Duration::from_hours(2);

/// How to make the demo bank.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only makes the bank; does not open the console on it
    #[arg(long)]
    pub no_console: bool,
    /// How many customers: 50 thousand, 500 thousand (0.6 GB), or 10 million (12 GB)
    #[arg(long, value_enum, default_value_t = Wanted::Small)]
    pub size: Wanted,
}

/// The sizes by their words.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Wanted {
    /// The demo bank of the handbook
    Small,
    /// For trying things out
    Medium,
    /// For benches
    Large,
}

impl Wanted {
    fn size(self) -> Size {
        match self {
            Self::Small => Size::Small,
            Self::Medium => Size::Medium,
            Self::Large => Size::Large,
        }
    }
}

/// The demo's event rules, as files.
const MOMENTS: [&str; 2] = [
    include_str!("../../fixtures/demo/mot-out.toml"),
    include_str!("../../fixtures/demo/mot-complaint.toml"),
];

/// The demo's calendar, as a file.
const CALENDAR: &str = include_str!("../../fixtures/calendar/china-2026.csv");

/// The demo's alerts: code, name, and when each is raised.
const ALERTS: [(&str, &str, &str); 4] = [
    ("AL-AUM", "AUM 环比下降", "aum change prev below -1.5 % branch"),
    ("AL-PACE", "AUM 落后于计划", "aum pace below -3 % subbranch"),
    ("AL-REACH", "触达率过低", "reach_rate threshold below 0.5 branch"),
    ("AL-ODD", "存款偏离自身历史", "deposits outlier 60 below -3.5 subbranch"),
];

/// The demo's operator who is an RM: the first of his unit.
const RM: &str = "nancheng.rm";

/// The demo's operators: name, duty, and the org unit of those who have one.
const OPERATORS: [(&str, Duty, Option<&str>); 6] = [
    ("li.strategist", Duty::Strategist, None),
    ("wang.approver", Duty::Approver, None),
    ("zhao.viewer", Duty::Viewer, None),
    ("sun.auditor", Duty::Auditor, None),
    ("nancheng.branch", Duty::Branch, Some(story::SUB_BRANCHES[0])),
    (RM, Duty::Branch, Some(story::SUB_BRANCHES[0])),
];

/// The answer.
#[derive(Serialize)]
struct Answer {
    bank: &'static str,
    as_of: NaiveDate,
    /// False if it stood there before, and nothing was changed.
    made: bool,
    /// Rows written by target; empty if it stood there before.
    loaded: serde_json::Map<String, serde_json::Value>,
    operators: [&'static str; 6],
}

/// Makes the demo bank if the database holds no bank.
///
/// # Errors
/// [`Failure`] if another bank stands there, or with the sentence for the operator.
pub async fn run(args: &Args, context: &Context) -> Result<(), Failure> {
    let answer = within(DEMO_LIMIT, Box::pin(make(args.size.size(), context))).await?;
    if !args.no_console {
        return Ok(());
    }
    context.output.result(&answer, || {
        Table::facts([
            (msg!("demo.fact.bank"), answer.bank.into()),
            (msg!("demo.fact.as-of"), answer.as_of.into()),
            (msg!("demo.fact.operators"), answer.operators.join(" ").into()),
        ])
    })
}

async fn make(size: Size, context: &Context) -> Result<Answer, Failure> {
    drafts::sweep(&context.drafts_dir());
    db::migrated(context).await?;
    let mut owner = context.owner().await?.alone().await?;
    let made = match write::standing(&mut owner).await? {
        Standing::Other(bank) => {
            return Err(Failure::refused(Message::new(msg!("demo.other-bank")).with("bank", bank)));
        }
        Standing::Demo(stands) if stands == size => None,
        Standing::Demo(stands) => {
            let other = Message::new(msg!("demo.other-size"))
                .with("size", stands.code())
                .with("wanted", size.code());
            return Err(Failure::refused(other));
        }
        Standing::Empty if size == Size::Small => Some(load_as_owner(context, &mut owner).await?),
        Standing::Empty => Some(load_sized(context, size, &mut owner).await?),
    };
    let added = add_operators(context, &mut owner).await?;
    if made.is_some() && size == Size::Small && context.is_private() {
        add_moments(context).await?;
        add_alerts(context).await?;
        add_past(context).await?;
    }
    context.output.say(if made.is_some() || added {
        msg!("demo.made")
    } else {
        msg!("demo.stands")
    });
    Ok(Answer {
        bank: size.bank(),
        as_of: story::as_of(),
        made: made.is_some(),
        loaded: made.unwrap_or_default(),
        operators: OPERATORS.map(|(name, ..)| name),
    })
}

/// Adds those of the demo's operators who are not there; true if there was one.
async fn add_operators(context: &Context, owner: &mut PgConnection) -> Result<bool, Failure> {
    let known = operator::list(owner).await?;
    let mut added = false;
    for (name, duty, org) in OPERATORS {
        if known.iter().any(|operator| operator.name == name) {
            continue;
        }
        let staff = match org {
            Some(org) if name == RM => operator::first_rm(owner, org).await?,
            _ => None,
        };
        let (name, org) = (name.to_owned(), org.map(str::to_owned));
        let new = Operator { name, duties: vec![duty], org, staff };
        super::operator::put(context, &new).await?;
        added = true;
    }
    Ok(added)
}

/// Adds the demo's event rules, back-tested and switched off: whoever has the private bank writes them, so that their page
/// shows something.
async fn add_moments(context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    let work = async {
        for text in MOMENTS {
            let text = file::parse(text).map_err(|error| Failure::refused(error.message()))?;
            moment::save(&mut session, &text, None).await?;
            moment::test(&mut session, &text.code, USUAL_DAYS, &mut |_| {}).await?;
        }
        Ok(())
    };
    let done = db.within(LOAD_LIMIT, Box::pin(work)).await;
    db.close().await;
    done
}

/// Adds the demo's alerts, looked at once as after a load, each in the worklist of its owner.
async fn add_alerts(context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    let work = async {
        for (code, name, condition) in ALERTS {
            let typed = typed::read(condition).map_err(Failure::refused)?;
            let scale = watch::scale_of(&mut session, &typed.metric).await?;
            watch::save(&mut session, &typed.named(code, name, scale), None).await?;
            watch::own(&mut session, code, OPERATORS[0].0).await?;
        }
        let (_, failed) = watch::run(&mut session).await?;
        failed.into_iter().next().map_or(Ok(()), |(_, why)| Err(Failure::refused(why)))
    };
    let done = db.within(LOAD_LIMIT, Box::pin(work)).await;
    db.close().await;
    done
}

/// Adds what the bank has tried before. Only in the private cluster is there somebody who may be each of its operators.
async fn add_past(context: &Context) -> Result<(), Failure> {
    let db = Db::private(context.cluster().await?, INTERNAL, None);
    let mut session = db.session().await?;
    let work = async {
        let planted = past::plant(&mut session).await;
        planted.map_err(|error| Failure::refused(error.message()))
    };
    let done = db.within(LOAD_LIMIT, Box::pin(work)).await;
    db.close().await;
    done
}

/// In the private cluster the OS user's own operator loads; on a server the caller, who is a loader for as long as
/// it takes.
async fn load_as_owner(
    context: &Context,
    owner: &mut PgConnection,
) -> Result<serde_json::Map<String, serde_json::Value>, Failure> {
    let lent = !context.is_private() && write::lend_duty(owner).await?;
    let loaded = load(context).await;
    if lent {
        write::take_duty_back(owner).await?;
    }
    loaded
}

/// A larger bank is made by the database's owner: what an import checks, its generator keeps.
async fn load_sized(
    context: &Context,
    size: Size,
    owner: &mut PgConnection,
) -> Result<serde_json::Map<String, serde_json::Value>, Failure> {
    let bar = context.output.progress(1);
    let load = sized::load(owner, size, size.shape(), |step| {
        bar.set_length(step.all);
        bar.set_position(step.done);
        let message = match step.target {
            Some(target) => Message::new(msg!("demo.writing")).with("target", target.code()),
            None => msg!("demo.taking-in").into(),
        };
        bar.set_message(text::render(&message, context.lang()));
    });
    let loaded = within(SIZED_LIMIT, async {
        load.await.map_err(|error| Failure::refused(error.message()))
    })
    .await;
    bar.finish_and_clear();
    Ok(loaded?.into_iter().map(|(target, rows)| (target.code().to_owned(), rows.into())).collect())
}

/// Gives the bank China's calendar of its year, with one blackout: working hours, deadlines and the month's page go by it.
async fn add_calendar(db: &Db) -> Result<(), Failure> {
    let mut session = db.session().await?;
    let entries = super::calendar::entries(CALENDAR)?;
    calendar::put(&mut session, &entries).await?;
    Ok(())
}

async fn load(context: &Context) -> Result<serde_json::Map<String, serde_json::Value>, Failure> {
    let db = context.connect().await?;
    let bar = context.output.progress(14);
    let load = write::load(&db, story::SEED, |step| {
        let message = match step {
            Step::Table(target) => Message::new(msg!("demo.writing")).with("target", target.code()),
            Step::TakeIn => msg!("demo.taking-in").into(),
        };
        bar.set_message(text::render(&message, context.lang()));
        bar.inc(1);
    });
    let loaded =
        within(LOAD_LIMIT, async { load.await.map_err(|error| Failure::refused(error.message())) })
            .await;
    bar.finish_and_clear();
    let loaded = loaded?;
    let days = within(LOAD_LIMIT, add_calendar(&db)).await;
    db.close().await;
    days?;
    Ok(loaded.into_iter().map(|(target, rows)| (target.code().to_owned(), rows.into())).collect())
}
