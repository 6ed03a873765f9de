//! `worklist`: what waits for the operator.

use serde_json::{Value, json};

use super::{Context, Failure, Table};
use crate::domain::message::Arg;
use crate::domain::worklist::WorkRow;
use crate::msg;
use crate::store::connect::STATEMENT_LIMIT;
use crate::store::worklist;

/// Lists what waits for the operator, the most urgent first.
///
/// # Errors
/// [`Failure`] with the sentence for the operator.
pub async fn run(context: &Context) -> Result<(), Failure> {
    let db = context.connect().await?;
    let mut session = db.session().await?;
    let rows = db
        .within(STATEMENT_LIMIT, async { Ok::<_, Failure>(worklist::list(&mut session).await?) })
        .await?;
    let shown: Vec<Value> = rows.iter().map(shown).collect();
    context.output.result(&shown, || table(&rows))
}

fn shown(row: &WorkRow) -> Value {
    json!({
        "work": row.work.code(),
        "subject": row.work.subject(),
        "name": row.name,
        "count": row.work.count(),
        "since": row.since,
        "due": row.due,
    })
}

fn table(rows: &[WorkRow]) -> Table {
    let mut table = Table::new([
        ("work", msg!("worklist.column.work")),
        ("subject", msg!("worklist.column.subject")),
        ("name", msg!("worklist.column.name")),
        ("count", msg!("worklist.column.count")),
        ("since", msg!("worklist.column.since")),
        ("due", msg!("worklist.column.due")),
    ]);
    let day = |day: Option<chrono::NaiveDate>| day.map_or_else(|| "".into(), Arg::from);
    for row in rows {
        table.row([
            row.work.title().into(),
            row.work.subject().into(),
            row.name.as_str().into(),
            row.work.count().map_or_else(|| "".into(), Arg::from),
            day(row.since),
            day(row.due),
        ]);
    }
    table
}
