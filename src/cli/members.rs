//! `baton members`: the customers of a snapshot, a push, two snapshots held against each other, or an event rule; masked,
//! a hundred at a time, as the console's lists show them; a file has them all.

use chrono::NaiveDate;
use clap::Subcommand;
use serde_json::{Value, json};

use super::{Context, Failure, Table};
use crate::domain::id::{PlanId, PushId, SnapshotId};
use crate::domain::message::Arg;
use crate::domain::money::Currency;
use crate::domain::people::{MemberPage, Mover, People, PushPart, Side, note_name};
use crate::msg;
use crate::store::connect::STATEMENT_LIMIT;
use crate::store::people::{self, PeopleError};
use crate::store::segment::LIST_LIMIT;
use crate::store::{bank, export};

/// Whose customers.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    of: Of,
    /// How many stand before the first that is shown
    #[arg(long, global = true, default_value_t = 0, value_name = "N")]
    skip: usize,
}

/// Whose customers.
#[derive(Debug, Subcommand)]
enum Of {
    /// Of a snapshot
    Snapshot {
        /// Its number
        snapshot: i64,
    },
    /// Of a push, and where they stand
    Push {
        /// Its number
        push: i64,
        /// Only of this arm, or left off for this reason: treated, control, `no_contact`, `live_strategy` and so on
        #[arg(long, value_name = "PART")]
        part: Option<String>,
        /// Only of this unit
        #[arg(long, value_name = "CODE")]
        org: Option<String>,
    },
    /// Of a plan that was not pushed yet, and where they stand
    Plan {
        /// Its number
        plan: i64,
        /// Only of this arm, or left off for this reason
        #[arg(long, value_name = "PART")]
        part: Option<String>,
        /// Only of this unit
        #[arg(long, value_name = "CODE")]
        org: Option<String>,
    },
    /// Of two snapshots: who came, left or stayed, and how many by unit
    Moves {
        /// The one before
        before: i64,
        /// The one after
        after: i64,
        /// Which of them
        #[arg(long, value_parser = ["in", "out", "stayed"], default_value = "in")]
        side: String,
        /// Only of this unit
        #[arg(long, value_name = "CODE")]
        org: Option<String>,
    },
    /// Whom an event rule has hit
    Moment {
        /// Its code
        code: String,
        /// Only on this day
        #[arg(long, value_name = "DATE")]
        day: Option<NaiveDate>,
    },
}

impl From<PeopleError> for Failure {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Segment(error) => error.into(),
            PeopleError::Push(error) => error.into(),
            PeopleError::Moment(error) => error.into(),
            PeopleError::Store(error) => error.into(),
        }
    }
}

/// Lists customers.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    let work = async {
        let Args { of, skip } = args;
        let of = of.people();
        let page = if context.output.kept.is_some() {
            let list = people::whole(&mut session, &of, skip).await?;
            let rows = usize::try_from(list.count).unwrap_or_default().saturating_sub(list.skip);
            export::whole(&mut session, list.rows.len(), rows).await?;
            list
        } else {
            people::page(&mut session, &of, skip).await?
        };
        let mut value = json!({
            "count": page.count,
            "skip": page.skip,
            "members": page.rows.iter().map(|row| json!({
                "customer": row.customer,
                "name": row.name,
                "org": row.org,
                "org_name": row.org_name,
                "tier": row.tier,
                "aum": row.aum,
                "stands": row.note,
            })).collect::<Vec<Value>>(),
        });
        match &of {
            People::Push { push, .. } => {
                let parts =
                    people::push_parts(&mut session, *push).await.map_err(PeopleError::from)?;
                value["parts"] = parts_json(&parts.parts);
            }
            People::Plan { plan, .. } => {
                let parts =
                    people::plan_parts(&mut session, *plan).await.map_err(PeopleError::from)?;
                value["parts"] = parts_json(&parts);
            }
            People::Moves { before, after, .. } => {
                let units = people::movers(&mut session, *before, *after).await;
                value["units"] = units_json(&units.map_err(PeopleError::from)?);
            }
            People::Snapshot(_) | People::Hits { .. } => {}
        }
        let currency = bank::bank(&mut session).await?.currency;
        context.output.result(&value, || table(&page, currency))
    };
    let limit = if context.output.kept.is_some() { LIST_LIMIT } else { STATEMENT_LIMIT * 2 };
    db.within(limit, Box::pin(work)).await
}

impl Of {
    fn people(self) -> People {
        match self {
            Self::Snapshot { snapshot } => People::Snapshot(SnapshotId(snapshot)),
            Self::Push { push, part, org } => People::Push {
                push: PushId(push),
                part: part.as_deref().map(PushPart::from_code),
                org,
            },
            Self::Plan { plan, part, org } => People::Plan {
                plan: PlanId(plan),
                part: part.as_deref().map(PushPart::from_code),
                org,
            },
            Self::Moves { before, after, side, org } => People::Moves {
                before: SnapshotId(before),
                after: SnapshotId(after),
                // The parser has let no other word through.
                side: Side::ALL.into_iter().find(|one| one.code() == side).unwrap_or(Side::Came),
                org,
            },
            Self::Moment { code, day } => People::Hits { moment: code, day },
        }
    }
}

fn parts_json(parts: &[(PushPart, i64)]) -> Value {
    let one = |(part, count): &(PushPart, i64)| {
        let blocked = matches!(part, PushPart::Blocked(_));
        json!({ "part": part.code(), "blocked": blocked, "customers": count })
    };
    parts.iter().map(one).collect()
}

fn units_json(units: &[Mover]) -> Value {
    let one = |unit: &Mover| {
        json!({
            "org": unit.org, "name": unit.name, "in": unit.came, "out": unit.left,
            "stayed": unit.stayed,
        })
    };
    units.iter().map(one).collect()
}

fn table(page: &MemberPage, currency: Currency) -> Table {
    let mut table = Table::new([
        ("customer", msg!("customer.fact.id")),
        ("name", msg!("console.column.who")),
        ("org", msg!("console.column.unit")),
        ("tier", msg!("customer.fact.tier")),
        ("aum", msg!("console.column.aum")),
        ("stands", msg!("console.column.stands")),
    ])
    .in_money(currency, &["aum"]);
    let word = |text: &Option<String>| Arg::from(text.as_deref().unwrap_or_default());
    for row in &page.rows {
        table.row([
            row.customer.to_string().into(),
            word(&row.name),
            row.org.as_str().into(),
            word(&row.tier),
            row.aum.map_or_else(|| "".into(), |aum| Arg::Money(aum, currency)),
            row.note.as_deref().and_then(note_name).map_or_else(|| word(&row.note), Arg::from),
        ]);
    }
    table
}
